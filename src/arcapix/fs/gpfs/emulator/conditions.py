"""What is noticed by looking: pools that run full, quotas that are passed."""

from __future__ import annotations

import threading
import time
import traceback
from typing import TYPE_CHECKING, TypeAlias

from arcapix.fs.gpfs.emulator.model import Filesystem, Pool, Quota, State
from arcapix.fs.gpfs.emulator.usage import Amount, Usage, measure, of_quota

if TYPE_CHECKING:
    from arcapix.fs.gpfs.emulator.emulator import Emulator

INTERVAL = 1.0
"""Seconds between two looks."""
SHARE = 10
"""A look that takes long is followed by a pause this many times as long, so that looking stays cheap."""

Finding: TypeAlias = tuple[str, str, dict[str, str]]
"""An event, the file system that it is about, and its variables."""


class Conditions:
    """Looks at all file systems again and again, and raises the events of what it finds."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._raised: dict[tuple[str, str, str], float] = {}
        """When a space event was last raised: (event, file system, pool)."""
        self._looking = threading.Lock()
        self._end = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Look regularly, in a thread. What holds already is repeated after its interval only."""
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
            self._thread.join()

    def age(self, seconds: float) -> None:
        """Let the repetition of events come this much earlier."""
        with self._looking:
            self._raised = {key: raised - seconds for key, raised in self._raised.items()}

    def _look_regularly(self) -> None:
        pause = INTERVAL
        while not self._end.wait(pause):
            started = time.monotonic()
            try:
                self.look()
            except Exception:
                traceback.print_exc()  # to the daemon's log: one bad look must not be the last one
            pause = max(INTERVAL, SHARE * (time.monotonic() - started))

    def look(self) -> None:
        """Look at every file system that is mounted somewhere, once, and raise what there is to raise."""
        with self._emulator.activity:
            with self._looking:
                found = [
                    event for name in sorted(self._emulator.state.filesystems) for event in self._find(name)
                ]
            for event, name, variables in found:
                filesystem = self._emulator.state.filesystems.get(name)
                if filesystem is not None:
                    self._emulator.raise_event(event, filesystem.manager, variables)

    def _find(self, name: str) -> list[Finding]:
        filesystem = self._emulator.state.filesystems.get(name)
        if filesystem is None or not self._is_in_use(name):
            return []
        usage = measure(filesystem)
        return self._space(filesystem, usage) + self._quotas(filesystem, usage)

    def _is_in_use(self, name: str) -> bool:
        return any(name in node.mounts for node in self._emulator.state.active())

    def _space(self, filesystem: Filesystem, usage: Usage) -> list[Finding]:
        events = []
        for pool in filesystem.pools.values():
            used = usage.total.bytes if pool.name == "system" else 0
            low = used * 100 > pool.size * pool.threshold
            full = used >= pool.size
            if (low, full) != (pool.low, pool.full):
                self._remember_pool(filesystem.name, pool, low, full)
            for event, holds in (("lowDiskSpace", low), ("noDiskSpace", full)):
                if self._is_due(event, filesystem.name, pool.name, holds):
                    events.append(
                        (event, filesystem.name, {"fsName": filesystem.name, "storagePool": pool.name})
                    )
        return events

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

    def _remember_pool(self, name: str, pool: Pool, low: bool, full: bool) -> None:
        with self._emulator.change() as state:
            filesystem = state.filesystems.get(name)
            if filesystem is not None and pool.name in filesystem.pools:
                filesystem.pools[pool.name].low, filesystem.pools[pool.name].full = low, full

    def _quotas(self, filesystem: Filesystem, usage: Usage) -> list[Finding]:
        events = []
        for quota in filesystem.quotas.values():
            amount = of_quota(usage, quota.kind, quota.id, quota.name, quota.fileset)
            over = {
                "block": bool(quota.block_soft) and amount.bytes > quota.block_soft,
                "files": bool(quota.files_soft) and amount.files > quota.files_soft,
            }
            now_over = [what for what, holds in over.items() if holds]
            if now_over != quota.over:
                self._remember_quota(filesystem.name, quota.key, now_over)
            repeat = self._emulator.switch("quota_repeat") == "always"
            for what, holds in over.items():
                if holds and (repeat or what not in quota.over):
                    event = "softQuotaExceeded"
                elif not holds and what in quota.over:
                    event = "usageUnderSoftQuota"
                else:
                    continue
                events.append((event, filesystem.name, _quota_variables(filesystem, quota, amount, what)))
        return events

    def _remember_quota(self, name: str, key: str, over: list[str]) -> None:
        def remember(state: State) -> None:
            quota = state.filesystems[name].quotas[key]
            quota.over_since = quota.over_since if quota.over and over else time.time() if over else 0.0
            quota.over = over

        with self._emulator.change() as state:
            if name in state.filesystems and key in state.filesystems[name].quotas:
                remember(state)


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
