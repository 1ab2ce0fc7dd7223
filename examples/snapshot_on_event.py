#!/usr/bin/env python3
"""Make a snapshot when something happens, named after the time: @GMT-2026.01.31-23.59.59.

    ./snapshot_on_event.py FILESYSTEM [FILESET] [--event softQuotaExceeded]

With FILESET the snapshot is of that fileset, which must be an independent one, else of the whole file system.
Snapshots with such names are those that Samba's vfs_shadow_copy2 offers to Windows as previous versions.
"""

import argparse
import sys
import time

from arcapix.fs.gpfs import AlreadyExists, Filesystem

if len(sys.argv) == 1:
    print(__doc__, file=sys.stderr)
    sys.exit(2)
parser = argparse.ArgumentParser(description="Make a snapshot when something happens, named after the time.")
parser.add_argument("filesystem")
parser.add_argument("fileset", nargs="?")
parser.add_argument("--event", default="softQuotaExceeded")
options = parser.parse_args()
if options.event.lower() == "snapshotcreated":
    parser.error("a function that makes a snapshot whenever one was made never ends")

fileset = options.fileset
owner = Filesystem(options.filesystem)
if fileset:
    owner = owner.filesets[fileset]


def make_snapshot(fsName):
    name = time.strftime("@GMT-%Y.%m.%d-%H.%M.%S", time.gmtime())
    filesystem = Filesystem(fsName)
    try:
        snapshot = (filesystem.filesets[fileset] if fileset else filesystem).snapshots.new(name)
    except AlreadyExists:
        print(f"{name} is there already: two events in one second")
        return
    print(f"made {snapshot.name} of {fileset or fsName}")


identifier = f"snapshot-{options.filesystem}" + (f"-{fileset}" if fileset else "")
callback = owner.callbacks.new(identifier, make_snapshot, options.event)
print(f"installed {callback.id} for {', '.join(callback.events)}")
