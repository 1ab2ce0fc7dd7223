#!/usr/bin/env python3
"""Write a line when a storage pool of mmfs1 fills up, and not for other file systems.

    ./low_space_alert.py LOGFILE

LOGFILE is on the node that manages mmfs1.
"""

import sys

from arcapix.fs.gpfs import Filesystem

if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
    print(__doc__, file=sys.stderr)
    sys.exit(2)
logfile = sys.argv[1]


def alert(fsName, storagePool):
    with open(logfile, "a") as log:
        log.write(f"space is running low in pool {storagePool} of {fsName}\n")


callback = Filesystem("mmfs1").onLowDiskSpace.new("low-space-alert", alert)
print(f"installed {callback.id}")
