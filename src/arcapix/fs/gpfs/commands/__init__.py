"""The mm commands as functions: one call, one command, frozen records of what it printed.

``process`` is the only module of the package that starts a process. Names, options and units are GPFS's;
nothing here knows about callbacks as Python functions. The names load on first use: a program that asks for
filesets needs neither quotas nor nodes.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .callback import (
        CallbackRecord,
        mmaddcallback,
        mmaddcallback_spec,
        mmdelcallback,
        mmlscallback,
        mmlscallback_options,
    )
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
        mmdiag_version,
        mmgetstate,
        mmlsnode_local,
        mmshutdown,
        mmstartup,
    )
    from .nodeclass import NodeclassRecord, mmchnodeclass, mmcrnodeclass, mmdelnodeclass, mmlsnodeclass
    from .pool import PoolRecord, PoolSpace, mmlspolicy_thresholds, mmlspool, mmlspool_space
    from .process import before_repeating, directory, holding, operand
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
    "PoolSpace",
    "QuotaRecord",
    "SnapshotRecord",
    "before_repeating",
    "directory",
    "holding",
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
    "mmdiag_version",
    "mmgetstate",
    "mmlinkfileset",
    "mmlscallback",
    "mmlscallback_options",
    "mmlscluster",
    "mmlsfileset",
    "mmlsfs",
    "mmlsmgr",
    "mmlsmount",
    "mmlsnode_local",
    "mmlsnodeclass",
    "mmlspolicy_thresholds",
    "mmlspool",
    "mmlspool_space",
    "mmlsquota_fileset",
    "mmlssnapshot",
    "mmrepquota",
    "mmsetquota",
    "mmshutdown",
    "mmsnapdir",
    "mmstartup",
    "mmunlinkfileset",
    "operand",
]

_NAMES = {
    "callback": (
        "CallbackRecord",
        "mmaddcallback",
        "mmaddcallback_spec",
        "mmdelcallback",
        "mmlscallback",
        "mmlscallback_options",
    ),
    "cluster": ("ClusterRecord", "ManagerRecord", "NodeRecord", "mmlscluster", "mmlsmgr"),
    "fileset": (
        "FilesetRecord",
        "mmchfileset",
        "mmcrfileset",
        "mmdelfileset",
        "mmlinkfileset",
        "mmlsfileset",
        "mmunlinkfileset",
    ),
    "filesystem": ("mmlsfs", "mmlsmount", "mmsnapdir"),
    "node": (
        "mmaddnode",
        "mmchlicense",
        "mmchnode",
        "mmdelnode",
        "mmdiag_version",
        "mmgetstate",
        "mmlsnode_local",
        "mmshutdown",
        "mmstartup",
    ),
    "nodeclass": ("NodeclassRecord", "mmchnodeclass", "mmcrnodeclass", "mmdelnodeclass", "mmlsnodeclass"),
    "pool": ("PoolRecord", "PoolSpace", "mmlspolicy_thresholds", "mmlspool", "mmlspool_space"),
    "process": ("before_repeating", "directory", "holding", "operand"),
    "quota": ("QuotaRecord", "mmlsquota_fileset", "mmrepquota", "mmsetquota"),
    "snapshot": ("SnapshotRecord", "mmcrsnapshot", "mmdelsnapshot", "mmlssnapshot"),
}
_HOMES = {name: module for module, names in _NAMES.items() for name in names}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value
