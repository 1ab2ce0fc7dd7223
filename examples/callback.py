#!/usr/bin/env python3
"""Log when a file system is unmounted, and when the callback for that was installed.

    ./callback.py LOGFILE

LOGFILE is on the node, which is called mynode. The date below is taken now, when the program runs; it travels
with the function. The date inside the function is taken on the node, when the event happens.
"""

import sys
from datetime import datetime

from arcapix.fs.gpfs import Node

FORMAT = "%A, %d. %B %Y %H:%M:%S"

if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
    print(__doc__, file=sys.stderr)
    sys.exit(2)
logfile = sys.argv[1]
installed = datetime.now()


def logcallback():
    with open(logfile, "a") as log:
        log.write(f"INSTALLED: {installed:{FORMAT}}\n")
        log.write(f"CALLED: {datetime.now():{FORMAT}}\n")


callback = Node("mynode").callbacks.new(logcallback, ["unmount"])
print(f"installed {callback.id}")
