"""The ``on<Event>`` attributes: a mixin for each kind of object, each attribute declared for editors to find.

An object offers an event whose data name that kind of object; Cluster, Node and Nodeclass offer all of them.
"""

from __future__ import annotations

from typing import NoReturn, overload

from .. import events
from ..registration.owner import Owner
from .collection import EventCallbacks

__all__ = ["EveryEvent", "FilesetEvents", "FilesystemEvents", "OnEvent", "PoolEvents"]


class OnEvent:
    """An attribute that holds the callbacks of an object for one event.

    Args:
        event: the event, as the catalogue spells it.
    """

    def __init__(self, event: str) -> None:
        self.event = event

    @property
    def __doc__(self) -> str:  # type: ignore[override]
        """What `help` shows for the attribute."""
        return f"Callbacks for {self.event}: {events.EVENTS[self.event].description}."

    @overload
    def __get__(self, owner: None, cls: type[Owner]) -> OnEvent: ...

    @overload
    def __get__(self, owner: Owner, cls: type[Owner]) -> EventCallbacks: ...

    def __get__(self, owner: Owner | None, cls: type[Owner]) -> OnEvent | EventCallbacks:
        if owner is None:
            return self
        return EventCallbacks(owner, self.event)

    def __set__(self, owner: Owner, value: object) -> NoReturn:
        attribute = events.attribute(self.event)
        raise AttributeError(f"{attribute} cannot be set; install a callback by {attribute}.new(...)")


class EveryEvent:
    """The events of a Cluster, Node or Nodeclass: all of them."""

    onAfmFilesetExpired = OnEvent("afmFilesetExpired")
    onAfmFilesetUnexpired = OnEvent("afmFilesetUnexpired")
    onNodeJoin = OnEvent("nodeJoin")
    onNodeLeave = OnEvent("nodeLeave")
    onQuorumReached = OnEvent("quorumReached")
    onQuorumLoss = OnEvent("quorumLoss")
    onQuorumNodeJoin = OnEvent("quorumNodeJoin")
    onQuorumNodeLeave = OnEvent("quorumNodeLeave")
    onClusterManagerTakeover = OnEvent("clusterManagerTakeover")
    onAfmHomeConnected = OnEvent("afmHomeConnected")
    onAfmHomeDisconnected = OnEvent("afmHomeDisconnected")
    onAfmManualResyncComplete = OnEvent("afmManualResyncComplete")
    onAfmPrepopEnd = OnEvent("afmPrepopEnd")
    onAfmRecoveryStart = OnEvent("afmRecoveryStart")
    onAfmRecoveryEnd = OnEvent("afmRecoveryEnd")
    onDeadlockDetected = OnEvent("deadlockDetected")
    onDeadlockOverload = OnEvent("deadlockOverload")
    onDiskFailure = OnEvent("diskFailure")
    onFilesetLimitExceeded = OnEvent("filesetLimitExceeded")
    onLowDiskSpace = OnEvent("lowDiskSpace")
    onMmProtocolTraceFileChange = OnEvent("mmProtocolTraceFileChange")
    onNoDiskSpace = OnEvent("noDiskSpace")
    onPreMount = OnEvent("preMount")
    onPreUnmount = OnEvent("preUnmount")
    onMount = OnEvent("mount")
    onUnmount = OnEvent("unmount")
    onPreShutdown = OnEvent("preShutdown")
    onPreStartup = OnEvent("preStartup")
    onSendRequestToNodes = OnEvent("sendRequestToNodes")
    onShutdown = OnEvent("shutdown")
    onSnapshotCreated = OnEvent("snapshotCreated")
    onSoftQuotaExceeded = OnEvent("softQuotaExceeded")
    onStartup = OnEvent("startup")
    onTiebreakerCheck = OnEvent("tiebreakerCheck")
    onUsageUnderSoftQuota = OnEvent("usageUnderSoftQuota")
    onCcrFileChange = OnEvent("ccrFileChange")
    onAfmRPOMiss = OnEvent("afmRPOMiss")
    onAfmQueueDropped = OnEvent("afmQueueDropped")
    onAfmFilesetUnmounted = OnEvent("afmFilesetUnmounted")
    onPreRGTakeover = OnEvent("preRGTakeover")
    onPostRGTakeover = OnEvent("postRGTakeover")
    onPreRGRelinquish = OnEvent("preRGRelinquish")
    onPostRGRelinquish = OnEvent("postRGRelinquish")
    onRgOpenFailed = OnEvent("rgOpenFailed")
    onRgPanic = OnEvent("rgPanic")
    onPdFailed = OnEvent("pdFailed")
    onPdRecovered = OnEvent("pdRecovered")
    onPdReplacePdisk = OnEvent("pdReplacePdisk")
    onPdPathDown = OnEvent("pdPathDown")
    onDaRebuildFailed = OnEvent("daRebuildFailed")
    onNsdCksumMismatch = OnEvent("nsdCksumMismatch")
    onCcrVarChange = OnEvent("ccrVarChange")
    onAfmCmdRequeued = OnEvent("afmCmdRequeued")
    onAfmRecoveryFail = OnEvent("afmRecoveryFail")
    onDiskIOHang = OnEvent("diskIOHang")
    onFsstruct = OnEvent("fsstruct")
    onTraceConfigChanged = OnEvent("traceConfigChanged")


class FilesystemEvents:
    """The events that are about a file system."""

    onAfmFilesetExpired = OnEvent("afmFilesetExpired")
    onAfmFilesetUnexpired = OnEvent("afmFilesetUnexpired")
    onAfmHomeConnected = OnEvent("afmHomeConnected")
    onAfmHomeDisconnected = OnEvent("afmHomeDisconnected")
    onAfmManualResyncComplete = OnEvent("afmManualResyncComplete")
    onAfmPrepopEnd = OnEvent("afmPrepopEnd")
    onAfmRecoveryStart = OnEvent("afmRecoveryStart")
    onAfmRecoveryEnd = OnEvent("afmRecoveryEnd")
    onDiskFailure = OnEvent("diskFailure")
    onFilesetLimitExceeded = OnEvent("filesetLimitExceeded")
    onLowDiskSpace = OnEvent("lowDiskSpace")
    onNoDiskSpace = OnEvent("noDiskSpace")
    onPreMount = OnEvent("preMount")
    onPreUnmount = OnEvent("preUnmount")
    onMount = OnEvent("mount")
    onUnmount = OnEvent("unmount")
    onSnapshotCreated = OnEvent("snapshotCreated")
    onSoftQuotaExceeded = OnEvent("softQuotaExceeded")
    onUsageUnderSoftQuota = OnEvent("usageUnderSoftQuota")
    onAfmRPOMiss = OnEvent("afmRPOMiss")
    onAfmQueueDropped = OnEvent("afmQueueDropped")
    onAfmFilesetUnmounted = OnEvent("afmFilesetUnmounted")
    onAfmCmdRequeued = OnEvent("afmCmdRequeued")
    onAfmRecoveryFail = OnEvent("afmRecoveryFail")
    onDiskIOHang = OnEvent("diskIOHang")
    onFsstruct = OnEvent("fsstruct")


class FilesetEvents:
    """The events that are about a fileset."""

    onAfmFilesetExpired = OnEvent("afmFilesetExpired")
    onAfmFilesetUnexpired = OnEvent("afmFilesetUnexpired")
    onAfmHomeConnected = OnEvent("afmHomeConnected")
    onAfmHomeDisconnected = OnEvent("afmHomeDisconnected")
    onAfmManualResyncComplete = OnEvent("afmManualResyncComplete")
    onAfmPrepopEnd = OnEvent("afmPrepopEnd")
    onAfmRecoveryStart = OnEvent("afmRecoveryStart")
    onAfmRecoveryEnd = OnEvent("afmRecoveryEnd")
    onFilesetLimitExceeded = OnEvent("filesetLimitExceeded")
    onNoDiskSpace = OnEvent("noDiskSpace")
    onSnapshotCreated = OnEvent("snapshotCreated")
    onSoftQuotaExceeded = OnEvent("softQuotaExceeded")
    onUsageUnderSoftQuota = OnEvent("usageUnderSoftQuota")
    onAfmRPOMiss = OnEvent("afmRPOMiss")
    onAfmQueueDropped = OnEvent("afmQueueDropped")
    onAfmFilesetUnmounted = OnEvent("afmFilesetUnmounted")
    onAfmCmdRequeued = OnEvent("afmCmdRequeued")
    onAfmRecoveryFail = OnEvent("afmRecoveryFail")


class PoolEvents:
    """The events that are about a storage pool."""

    onLowDiskSpace = OnEvent("lowDiskSpace")
    onNoDiskSpace = OnEvent("noDiskSpace")
