#!/usr/bin/env python3
"""Alert once when a node leaves the cluster, although every node that remains calls the function.

    ./single_instance.py FOLDER [LOGFILE]

nodeLeave is a global event: GPFS calls the function on all nodes at about the same time. Whichever node makes
the lock folder first alerts, the others do nothing. FOLDER must be in a file system that all nodes have
mounted; there, making a folder succeeds on one node only.

The folder's name holds the node that left and the time, rounded down to ten minutes: there is no second alert
about the same node for ten to twenty minutes, and after that the folder has another name. So nothing has to
be removed for the function to work again, not even if a node dies between lock and alert; only that one alert
is lost.
"""

import sys
import time
from pathlib import Path

from arcapix.fs.gpfs import Cluster

if len(sys.argv) not in (2, 3) or any(word.startswith("-") for word in sys.argv[1:]):
    print(__doc__, file=sys.stderr)
    sys.exit(2)
folder = Path(sys.argv[1])
logfile = sys.argv[2] if len(sys.argv) > 2 else "/var/log/gpfs-alerts.log"

WINDOW = 600  # seconds


def lock_of(what, window):
    return folder / f"{what}.{time.strftime('%Y-%m-%dT%H-%MZ', time.gmtime(window * WINDOW))}"


def take_lock(what):
    """Make the lock folder; return None, or the one that was there before."""
    now = int(time.time()) // WINDOW
    # One node may be here just before the turn of the window, and the next just after it.
    before = lock_of(what, now - 1)
    if before.is_dir():
        return before
    ours = lock_of(what, now)
    try:
        ours.mkdir(parents=True)
    except FileExistsError:
        return ours
    return None


def remove_old_locks(what):
    now = int(time.time()) // WINDOW
    keep = [lock_of(what, window) for window in (now - 1, now, now + 1)]
    for lock in folder.glob(f"{what}.*"):
        if lock not in keep:
            lock.rmdir()


def alert_once(eventName, eventNode, myNode):
    what = f"{eventName}-{eventNode}"
    taken = take_lock(what)
    if taken:
        print(f"{myNode} leaves: another node alerts, for {taken} was there")  # this is for the driver's log
        return
    with open(logfile, "a") as log:
        log.write(f"{time.strftime('%H:%M:%S')}: {eventNode} has left the cluster, says {myNode}\n")
    remove_old_locks(what)


callback = Cluster().onNodeLeave.new("node-left", alert_once)
print(f"installed {callback.id}")
