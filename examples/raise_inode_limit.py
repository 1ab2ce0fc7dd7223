#!/usr/bin/env python3
"""Give an independent fileset more inodes when its files pass the soft limit.

    ./raise_inode_limit.py FILESYSTEM FILESET

Each time the number of files passes the soft limit, the fileset gets 20 % more inodes, at most 50,000, and
both limits of its file quota rise by as many. A fileset without a file quota gets one here: the hard limit at
its number of inodes, the soft limit at 90 % of that.
"""

import sys

from arcapix.fs.gpfs import Filesystem, GPFSExecuteException, IndependentFileset

SHARE, MOST = 0.20, 50_000
SOFT_SHARE = 0.90


def raise_limits(fsName, filesetName):
    fileset = Filesystem(fsName).filesets[filesetName]
    quota = fileset.quotas.fileset[filesetName]
    # Block limits, and quotas of users inside the fileset, raise the same event.
    if not quota.filesSoftLimit or quota.filesUsage <= quota.filesSoftLimit:
        print(f"the files of {filesetName} are within their soft limit; nothing to do")
        return
    more = min(int(fileset.maxInodes * SHARE), MOST)
    hard = quota.filesHardLimit
    try:
        fileset.change(
            maxInodes=fileset.maxInodes + more,
            filesSoftLimit=quota.filesSoftLimit + more,
            filesHardLimit=hard and hard + more,  # 0 means no limit, and stays 0
        )
    except GPFSExecuteException as error:
        sys.exit(f"{filesetName} keeps its limits: {error}")
    print(f"{filesetName} has {fileset.maxInodes} inodes now, and files up to {quota.filesSoftLimit}")
    # GPFS raises the event when the limit is passed, not as long as usage is above it.
    if quota.filesUsage > quota.filesSoftLimit:
        print(f"{filesetName} has {quota.filesUsage} files already: raise the limits by hand")


if len(sys.argv) != 3 or any(word.startswith("-") for word in sys.argv[1:]):
    print(__doc__, file=sys.stderr)
    sys.exit(2)
filesystem, name = sys.argv[1:]
fileset = Filesystem(filesystem).filesets[name]
if not isinstance(fileset, IndependentFileset):
    sys.exit(f"{name} is a dependent fileset; its inodes are those of the fileset that it belongs to")
if not fileset.quotas:
    fileset.quotas.fileset.new(
        filesSoftLimit=int(fileset.maxInodes * SOFT_SHARE), filesHardLimit=fileset.maxInodes
    )
callback = fileset.onSoftQuotaExceeded.new(f"raise-inodes-{filesystem}-{name}", raise_limits)
print(f"installed {callback.id}")
