#!/usr/bin/env python3
"""List the callbacks of the cluster, or look one up.

    ./list_callbacks.py --all
    ./list_callbacks.py IDENTIFIER

Looking never runs any part of a function: all of this is in the text beside it.
"""

import sys

from arcapix.fs.gpfs import Cluster, NotFound


def describe(callback):
    what = callback.function or callback.command  # a function of ours, or the path of a script
    return f"{callback.id}: {what}, on {','.join(callback.events)}, for {callback.owner!r}"


if len(sys.argv) != 2 or (sys.argv[1].startswith("-") and sys.argv[1] != "--all"):
    print(__doc__, file=sys.stderr)
    sys.exit(2)
callbacks = Cluster().callbacks

if sys.argv[1] == "--all":
    for callback in callbacks:
        print(describe(callback))
else:
    try:
        callback = callbacks[sys.argv[1]]
    except NotFound as error:
        sys.exit(str(error))  # names the nearest one
    print(describe(callback))
    for parameter, source in callback.binding:
        print(f"  {parameter} gets {source}")
