"""What is noticed by looking: pools that fill up, quotas that are passed."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from arcapix.fs.gpfs.emulator.model import Filesystem, Quota, State
from arcapix.fs.gpfs.emulator.owners import owned
from arcapix.fs.gpfs.emulator.usage import Amount, Usage, measure, of_quota

if TYPE_CHECKING:
    from arcapix.fs.gpfs.emulator.emulator import Emulator

INTERVAL = 1.0
"""Seconds between two looks."""
SHARE = 10
"""A look that takes long is followed by a pause this many times as long, so that looking stays cheap."""

ENDING = 5.0
"""Seconds that the end of a cluster waits for a look in progress."""

Finding: TypeAlias = tuple[str, dict[str, str]]
"""An event and its variables."""


@dataclass(frozen=True)
class Subject:
    """What is looked at: a pool, or a quota by its key."""

    filesystem: str
    kind: Literal["pool", "quota"]
    name: str


@dataclass
class Noticed:
    """What holds for a pool or quota, and the events that follow.

    It is remembered in the state once the events are raised, so that none is lost with a daemon that is
    killed before that: the next one notices it again.
    """

    subject: Subject
    holds: list[str]
    """Of a pool "low" and "full", of a quota what is above its soft limit: "block", "files"."""
    findings: list[Finding] = field(default_factory=list)
    time: float = field(default_factory=time.time)
    raising: int = 0
    """How many looks are raising events about it."""


class Conditions:
    """Looks at all file systems again and again, and raises events for what it finds."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._raised: dict[tuple[str, str, str], float] = {}
        """When a space event was last raised: (event, file system, pool)."""
        self._noticed: dict[Subject, Noticed] = {}
        """What was noticed last, while events about it are being raised."""
        self._looking = threading.Lock()
        self._end = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Look regularly, in a thread. What holds already is repeated only after its interval."""
        now = time.monotonic()
        for filesystem in self._emulator.state.filesystems.values():
            for pool in filesystem.pools.values():
                for event, holds in (("lowDiskSpace", pool.low), ("noDiskSpace", pool.full)):
                    if holds:
                        self._raised[event, filesystem.name, pool.name] = now
        self._thread = threading.Thread(target=self._look_regularly, name="conditions", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._end.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(ENDING)

    def age(self, seconds: float) -> None:
        """Make repeated events come this much earlier."""
        with self._looking:
            self._raised = {key: raised - seconds for key, raised in self._raised.items()}

    def _look_regularly(self) -> None:
        pause = INTERVAL
        while not self._end.wait(pause):
            started = time.monotonic()
            with _reported():
                self.look()
            pause = max(INTERVAL, SHARE * (time.monotonic() - started))

    def look(self) -> None:
        """Look at every file system that is mounted somewhere, once, and raise what there is to raise."""
        with self._emulator.activity:
            with self._looking:
                found = [one for name in sorted(self._emulator.state.filesystems) for one in self._find(name)]
                for noticed in found:
                    self._begin(noticed)
            for noticed in found:
                with _reported():
                    self._raise(noticed)
                with _reported():
                    self._settle(noticed.subject)

    def _begin(self, noticed: Noticed) -> None:
        """Events are about to be raised, perhaps while an earlier look raises others."""
        noticed.raising = 1
        before = self._noticed.get(noticed.subject)
        if before is not None:
            noticed.raising += before.raising
            noticed.time = before.time if before.holds == noticed.holds else noticed.time
        self._noticed[noticed.subject] = noticed

    def _raise(self, noticed: Noticed) -> None:
        for event, variables in noticed.findings:
            filesystem = self._emulator.state.filesystems.get(noticed.subject.filesystem)
            if filesystem is not None:
                self._emulator.raise_event(event, filesystem.manager, variables)

    def _settle(self, subject: Subject) -> None:
        """The events of a look are raised: remember what was noticed last, once no other look raises any."""
        with self._looking:
            noticed = self._noticed[subject]
            noticed.raising -= 1
            if noticed.raising or self._emulator.runs.closed:
                return
            if _remembered(self._emulator.state, subject) not in (None, noticed.holds):
                with self._emulator.change() as state:
                    _remember(state, noticed)
            del self._noticed[subject]

    def _holding(self, subject: Subject) -> list[str]:
        """What held for a pool or quota when it was last looked at."""
        noticed = self._noticed.get(subject)
        return noticed.holds if noticed is not None else _remembered(self._emulator.state, subject) or []

    def _find(self, name: str) -> list[Noticed]:
        filesystem = self._emulator.state.filesystems.get(name)
        if filesystem is None or not self._is_in_use(name):
            return []
        usage = measure(filesystem)
        self._enter(filesystem, usage)
        state = self._emulator.state
        filesystem = state.filesystems.get(name, filesystem)
        found = [*self._space(filesystem, usage), *self._quotas(filesystem, usage)]
        return [one for one in found if one.findings or one.holds != _remembered(state, one.subject)]

    def _is_in_use(self, name: str) -> bool:
        return any(name in node.mounts for node in self._emulator.state.active())

    def _space(self, filesystem: Filesystem, usage: Usage) -> Iterator[Noticed]:
        for pool in filesystem.pools.values():
            used = usage.total.bytes if pool.name == "system" else 0
            now = {"low": used * 100 > pool.size * pool.threshold, "full": used >= pool.size}
            noticed = Noticed(Subject(filesystem.name, "pool", pool.name), [one for one in now if now[one]])
            for event, holds in (("lowDiskSpace", now["low"]), ("noDiskSpace", now["full"])):
                if self._is_due(event, filesystem.name, pool.name, holds):
                    noticed.findings.append((event, {"fsName": filesystem.name, "storagePool": pool.name}))
            yield noticed

    def _is_due(self, event: str, filesystem: str, pool: str, holds: bool) -> bool:
        key = (event, filesystem, pool)
        if not holds:
            self._raised.pop(key, None)
            return False
        interval = self._emulator.switch("space_interval")
        if event == "noDiskSpace":
            interval = self._emulator.state.settings.get("noSpaceEventInterval", {}).get("", interval)
        now = time.monotonic()
        if key in self._raised and now - self._raised[key] < float(interval):
            return False
        self._raised[key] = now
        return True

    def _enter(self, filesystem: Filesystem, usage: Usage) -> None:
        """Give an entry to those for whom default limits hold: it says what they were above last."""
        new = [
            quota
            for kind in filesystem.kinds_with_defaults()
            for quota in owned(filesystem, usage, kind)
            if quota.key not in filesystem.quotas and filesystem.is_by_default(quota)
        ]
        if new:
            with self._emulator.change() as state:
                if filesystem.name in state.filesystems:
                    quotas = state.filesystems[filesystem.name].quotas
                    quotas.update({quota.key: quota for quota in new if quota.key not in quotas})

    def _quotas(self, filesystem: Filesystem, usage: Usage) -> Iterator[Noticed]:
        repeat = self._emulator.switch("quota_repeat") == "always"
        for quota in [filesystem.in_force(quota) for quota in filesystem.quotas.values() if quota.name]:
            amount = of_quota(usage, quota.kind, quota.id, quota.name, quota.fileset)
            now = {
                "block": bool(quota.block_soft) and amount.bytes > quota.block_soft,
                "files": bool(quota.files_soft) and amount.files > quota.files_soft,
            }
            noticed = Noticed(Subject(filesystem.name, "quota", quota.key), [one for one in now if now[one]])
            before = self._holding(noticed.subject)
            for what, holds in now.items():
                if holds and (repeat or what not in before):
                    event = "softQuotaExceeded"
                elif not holds and what in before:
                    event = "usageUnderSoftQuota"
                else:
                    continue
                noticed.findings.append((event, _quota_variables(filesystem, quota, amount, what)))
            yield noticed


@contextmanager
def _reported() -> Iterator[None]:
    """Report an error in the daemon's log, and go on: one bad look must not be the last one."""
    try:
        yield
    except Exception:
        traceback.print_exc()


def _remembered(state: State, subject: Subject) -> list[str] | None:
    """What the state says of a pool or quota; None if it is gone."""
    filesystem = state.filesystems.get(subject.filesystem)
    if filesystem is None:
        return None
    if subject.kind == "quota":
        quota = filesystem.quotas.get(subject.name)
        return None if quota is None else quota.over
    pool = filesystem.pools.get(subject.name)
    if pool is None:
        return None
    return [what for what, holds in (("low", pool.low), ("full", pool.full)) if holds]


def _remember(state: State, noticed: Noticed) -> None:
    """Alter a state so that it says what was noticed."""
    if _remembered(state, noticed.subject) is None:
        return
    filesystem = state.filesystems[noticed.subject.filesystem]
    if noticed.subject.kind == "quota":
        quota = filesystem.quotas[noticed.subject.name]
        since = quota.over_since if quota.over else noticed.time
        quota.over, quota.over_since = noticed.holds, since if noticed.holds else 0.0
        return
    pool = filesystem.pools[noticed.subject.name]
    pool.low, pool.full = "low" in noticed.holds, "full" in noticed.holds


def _quota_variables(filesystem: Filesystem, quota: Quota, amount: Amount, what: str) -> dict[str, str]:
    """The variables of a quota event: amounts in KiB, `root` where the whole file system is meant."""
    fileset = quota.name if quota.kind == "FILESET" else quota.fileset or "root"
    return {
        "fsName": filesystem.name,
        "filesetName": fileset,
        "blockUsage": str(_kib(amount.bytes)),
        "blockQuota": str(_kib(quota.block_soft)),
        "blockLimit": str(_kib(quota.block_hard)),
        "filesetSize": str(_kib(amount.bytes)),
        "filesUsage": str(amount.files),
        "filesQuota": str(quota.files_soft),
        "filesLimit": str(quota.files_hard),
        "quotaID": str(quota.id),
        "quotaOwnerName": quota.name,
        "quotaType": quota.kind,
        "quotaEventType": "blockQuotaExceeded" if what == "block" else "inodeQuotaExceeded",
    }


def _kib(size: int) -> int:
    return -(-size // 1024)
