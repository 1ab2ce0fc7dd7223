"""The mm commands as functions: one call, one command, frozen records of what it printed.

``process`` is the only module of the package that starts a process. Names, options and units are GPFS's;
nothing here knows about callbacks as Python functions.
"""

from __future__ import annotations

from . import process
from .callback import CallbackRecord, mmaddcallback, mmaddcallback_spec, mmdelcallback, mmlscallback
from .cluster import ClusterRecord, ManagerRecord, NodeRecord, mmlscluster, mmlsmgr
from .fileset import (
    FilesetRecord,
    mmchfileset,
    mmcrfileset,
    mmdelfileset,
    mmlinkfileset,
    mmlsfileset,
    mmunlinkfileset,
)
from .filesystem import mmlsfs, mmlsmount, mmsnapdir
from .node import (
    mmaddnode,
    mmchlicense,
    mmchnode,
    mmdelnode,
    mmgetstate,
    mmlsnode_local,
    mmshutdown,
    mmstartup,
)
from .nodeclass import NodeclassRecord, mmchnodeclass, mmcrnodeclass, mmdelnodeclass, mmlsnodeclass
from .pool import PoolRecord, mmlspool
from .quota import QuotaRecord, mmlsquota_fileset, mmrepquota, mmsetquota
from .snapshot import SnapshotRecord, mmcrsnapshot, mmdelsnapshot, mmlssnapshot

__all__ = [
    "CallbackRecord",
    "ClusterRecord",
    "FilesetRecord",
    "ManagerRecord",
    "NodeRecord",
    "NodeclassRecord",
    "PoolRecord",
    "QuotaRecord",
    "SnapshotRecord",
    "mmaddcallback",
    "mmaddcallback_spec",
    "mmaddnode",
    "mmchfileset",
    "mmchlicense",
    "mmchnode",
    "mmchnodeclass",
    "mmcrfileset",
    "mmcrnodeclass",
    "mmcrsnapshot",
    "mmdelcallback",
    "mmdelfileset",
    "mmdelnode",
    "mmdelnodeclass",
    "mmdelsnapshot",
    "mmgetstate",
    "mmlinkfileset",
    "mmlscallback",
    "mmlscluster",
    "mmlsfileset",
    "mmlsfs",
    "mmlsmgr",
    "mmlsmount",
    "mmlsnode_local",
    "mmlsnodeclass",
    "mmlspool",
    "mmlsquota_fileset",
    "mmlssnapshot",
    "mmrepquota",
    "mmsetquota",
    "mmshutdown",
    "mmsnapdir",
    "mmstartup",
    "mmunlinkfileset",
    "process",
]
