# The guide's, to the letter.
# fmt: off
# ruff: noqa
from datetime import datetime

# Get the time the script was run
dt = datetime.now()

def logcallback():

  with open("/tmp/output.log", "a") as f:

        # Write the unserialised variable dt
        f.write(dt.strftime("INSTALLED: %A, %d. %B %Y %I:%M.%f\n"))

        # Get the time the callback fired
        tn = datetime.now()
        f.write(tn.strftime("CALLED: %A, %d. %B %Y %I:%M.%f\n"))
