#!/usr/bin/env python3
"""Write a line when a storage pool of mmfs1 fills up, and not for other file systems.

./low_space_alert.py [LOGFILE]      # by default alerts.log in your home folder
"""

import sys
from pathlib import Path

from arcapix.fs.gpfs import Filesystem

logfile = sys.argv[1] if len(sys.argv) > 1 else str(Path.home() / "alerts.log")


def alert(fsName, storagePool):
    with open(logfile, "a") as log:
        log.write(f"space is running low in pool {storagePool} of {fsName}\n")


callback = Filesystem("mmfs1").onLowDiskSpace.new("low-space-alert", alert)
print(f"installed {callback.id}")
