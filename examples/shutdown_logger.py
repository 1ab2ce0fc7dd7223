#!/usr/bin/env python3
"""Log the time at which GPFS stops on a node.

    ./shutdown_logger.py NODE [LOGFILE]

Run it once, as root, on any node of the cluster. GPFS keeps the function and calls it on that node whenever
its daemon has shut down there; nothing has to stay running for that.
LOGFILE is by default /var/log/gpfs/events/shutdown.log.
"""

import sys
from datetime import datetime
from pathlib import Path

from arcapix.fs.gpfs import Node

if len(sys.argv) not in (2, 3) or any(word.startswith("-") for word in sys.argv[1:]):
    print(__doc__, file=sys.stderr)
    sys.exit(2)
node = sys.argv[1]
logfile = Path(sys.argv[2] if len(sys.argv) > 2 else "/var/log/gpfs/events/shutdown.log")


def logger():
    # The folder is made here, not above: this runs on the node, where it may be missing.
    logfile.parent.mkdir(parents=True, exist_ok=True)
    with logfile.open("a") as log:
        log.write(f"{datetime.now():%Y-%m-%d %H:%M:%S}: GPFS has shut down\n")


callback = Node(node).onShutdown.new("shutdown-logger", logger)
print(f"installed {callback.id} for {', '.join(callback.events)} on {callback.node}")
