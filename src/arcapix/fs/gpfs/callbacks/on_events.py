"""The ``on<Event>`` attributes: a mixin for each kind of object, each attribute declared for editors to find.

An object offers the events whose data name its kind; Cluster, Node and Nodeclass offer all of them. Each
attribute is declared once, and inherited by the other objects that offer it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn, overload

from .. import callbacks, events
from ..registration.owner import Owner

if TYPE_CHECKING:
    from .collection import EventCallbacks

__all__ = ["EveryEvent", "FilesetEvents", "FilesystemEvents", "OnEvent", "PoolEvents"]


class OnEvent:
    """An attribute that holds the callbacks of an object for one event.

    Args:
        event: The event, as the catalogue spells it.
    """

    def __init__(self, event: str) -> None:
        self.event = event

    @property
    def __doc__(self) -> str:  # type: ignore[override]
        """What `help` shows for the attribute."""
        return f"Callbacks for {self.event}: {events.EVENTS[self.event].description}"

    @overload
    def __get__(self, owner: None, cls: type[Owner]) -> OnEvent: ...

    @overload
    def __get__(self, owner: Owner, cls: type[Owner]) -> EventCallbacks: ...

    def __get__(self, owner: Owner | None, cls: type[Owner]) -> OnEvent | EventCallbacks:
        if owner is None:
            return self
        return callbacks.EventCallbacks(owner, self.event)

    def __set__(self, owner: Owner, value: object) -> NoReturn:
        attribute = events.attribute(self.event)
        raise AttributeError(f"{attribute} cannot be set; install a callback by {attribute}.new(...)")


class _FilesetOrPoolEvents:
    """The events that can be about a fileset as well as about a storage pool."""

    onNoDiskSpace = OnEvent("noDiskSpace")


class FilesetEvents(_FilesetOrPoolEvents):
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
    onSnapshotCreated = OnEvent("snapshotCreated")
    onSoftQuotaExceeded = OnEvent("softQuotaExceeded")
    onUsageUnderSoftQuota = OnEvent("usageUnderSoftQuota")
    onAfmRPOMiss = OnEvent("afmRPOMiss")
    onAfmQueueDropped = OnEvent("afmQueueDropped")
    onAfmFilesetUnmounted = OnEvent("afmFilesetUnmounted")
    onAfmCmdRequeued = OnEvent("afmCmdRequeued")
    onAfmRecoveryFail = OnEvent("afmRecoveryFail")


class PoolEvents(_FilesetOrPoolEvents):
    """The events that are about a storage pool."""

    onLowDiskSpace = OnEvent("lowDiskSpace")


class FilesystemEvents(FilesetEvents, PoolEvents):
    """The events that are about a file system: those about its filesets and pools too."""

    onDiskFailure = OnEvent("diskFailure")
    onPreMount = OnEvent("preMount")
    onPreUnmount = OnEvent("preUnmount")
    onMount = OnEvent("mount")
    onUnmount = OnEvent("unmount")
    onDiskIOHang = OnEvent("diskIOHang")
    onFsstruct = OnEvent("fsstruct")


class EveryEvent(FilesystemEvents):
    """The events of a Cluster, Node or Nodeclass: all of them."""

    onNodeJoin = OnEvent("nodeJoin")
    onNodeLeave = OnEvent("nodeLeave")
    onQuorumReached = OnEvent("quorumReached")
    onQuorumLoss = OnEvent("quorumLoss")
    onQuorumNodeJoin = OnEvent("quorumNodeJoin")
    onQuorumNodeLeave = OnEvent("quorumNodeLeave")
    onClusterManagerTakeover = OnEvent("clusterManagerTakeover")
    onDeadlockDetected = OnEvent("deadlockDetected")
    onDeadlockOverload = OnEvent("deadlockOverload")
    onMmProtocolTraceFileChange = OnEvent("mmProtocolTraceFileChange")
    onPreShutdown = OnEvent("preShutdown")
    onPreStartup = OnEvent("preStartup")
    onSendRequestToNodes = OnEvent("sendRequestToNodes")
    onShutdown = OnEvent("shutdown")
    onStartup = OnEvent("startup")
    onTiebreakerCheck = OnEvent("tiebreakerCheck")
    onCcrFileChange = OnEvent("ccrFileChange")
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
    onTraceConfigChanged = OnEvent("traceConfigChanged")
