#!/usr/bin/env python3
"""Send mail when a storage pool fills up.

    ./mail_alert.py RECIPIENT [--host mailhost] [--port 25] [--sender callbacks@mycompany.com]

GPFS raises lowDiskSpace on the manager of the file system, so there is one mail, not one from each node. It
raises it again every two minutes as long as the pool stays full; mmchconfig changes that.
"""

import argparse
import smtplib
import socket
import sys
from email.message import EmailMessage

from arcapix.fs.gpfs import Cluster

if len(sys.argv) == 1:
    print(__doc__, file=sys.stderr)
    sys.exit(2)
parser = argparse.ArgumentParser(description="Send mail when a storage pool fills up.")
parser.add_argument("recipient")
parser.add_argument("--host", default="mailhost")
parser.add_argument("--port", type=int, default=25)
parser.add_argument("--sender", default="callbacks@mycompany.com")
options = parser.parse_args()

# Plain names: these four values travel with the function.
host, port = options.host, options.port
sender, recipient = options.sender, options.recipient


def email_alert(fsName, storagePool):
    message = EmailMessage()
    message["Subject"] = "Low disk space!"
    message["From"] = sender
    message["To"] = recipient
    message.set_content(f"Space is running low in pool {storagePool} of {fsName}.\n")
    # Without a time limit, a mail server that hangs would keep a process on the node for each event; without
    # a name to introduce itself by, smtplib asks the name service for one, which may be what is down.
    with smtplib.SMTP(host, port, local_hostname=socket.gethostname(), timeout=30) as server:
        server.send_message(message)


callback = Cluster().onLowDiskSpace.new("lowspace_email", email_alert)
print(f"installed {callback.id}; it sends mail to {recipient} by {host}:{port}")
