#!/usr/bin/env python3
"""Call one function for several events, and add an event to a callback that is installed.

    ./two_events.py LOGFILE

The function is called on the node where the daemon stopped or started. A parameter that is named like a
variable of GPFS, such as eventName, gets that variable; any other parameter would need an entry in parms.
"""

import sys
from datetime import datetime

from arcapix.fs.gpfs import Cluster

if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
    print(__doc__, file=sys.stderr)
    sys.exit(2)
logfile = sys.argv[1]


def log_event(eventName, myNode):
    with open(logfile, "a") as log:
        log.write(f"{datetime.now():%Y-%m-%d %H:%M:%S}: {eventName} on {myNode}\n")


callback = Cluster().callbacks.new("daemon-log", log_event, ["shutdown", "startup"])
print(f"installed {callback.id} for {', '.join(callback.events)}")

# Any later program can do the same, with Cluster().callbacks["daemon-log"]; the function stays as it is.
callback.add(event="mount")
print(f"now {callback.id} is called for {', '.join(callback.events)}")
