# The guide's, to the letter.
# fmt: off
# ruff: noqa
import smtplib
from email.mime.text import MIMEText

def email_alert(fsName):
    msg = MIMEText("Space is running low on %s" % fsName)

    msg['Subject'] = 'Low Disk Space!'
    msg['From'] = 'callbacks@mycompany.com'
    msg['To'] = 'alerts@mycompany.com'

    s = smtplib.SMTP('mailhost')
    s.sendmail('callbacks@mycompany.com',
                ['alerts@mycompany.com'], msg.as_string())
    s.quit()
