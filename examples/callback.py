#!/usr/bin/env python3
"""Log when a file system is unmounted, and when the callback for that was installed.

    ./callback.py [LOGFILE]      # by default output.log in your home folder

The date at the top is taken now, when the program runs; it travels with the function. The date inside the
function is taken on the node, when the event happens.
"""

import sys
from datetime import datetime
from pathlib import Path

from arcapix.fs.gpfs import Node

FORMAT = "%A, %d. %B %Y %H:%M:%S"

installed = datetime.now()
logfile = sys.argv[1] if len(sys.argv) > 1 else str(Path.home() / "output.log")


def logcallback():
    with open(logfile, "a") as log:
        log.write(f"INSTALLED: {installed:{FORMAT}}\n")
        log.write(f"CALLED: {datetime.now():{FORMAT}}\n")


callback = Node("mynode").callbacks.new(logcallback, ["unmount"])
print(f"installed {callback.id}")
