"""What the callbacks of the soak do: each function notes its attempt first, and then is of a kind of its own."""

from __future__ import annotations

import os
import posix
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from arcapix.fs.gpfs import Event, RetryLater, Run

folder = ""
"""Where attempts are noted, in a file for each node; captured by value."""


def note(event: Event) -> None:
    """Have an attempt on the disk, as `audit` reads it."""
    flags = posix.O_WRONLY | posix.O_CREAT | posix.O_APPEND
    descriptor = posix.open(f"{folder}/{event.node}", flags)
    posix.write(descriptor, f"{event.id} {event.attempt}\n".encode())
    posix.fsync(descriptor)
    posix.close(descriptor)


def chance() -> float:
    return posix.urandom(1)[0] / 256


def be_quick(event: Event) -> None:
    note(event)


def print_much(event: Event) -> None:
    note(event)
    for _ in range(int(chance() * 1000)):
        print("x" * 1000)


def fail_at_random(event: Event) -> None:
    note(event)
    if chance() < 0.4:
        raise RetryLater(chance())
    if chance() < 0.2:
        raise RuntimeError("as it happens")


def hang_at_random(event: Event) -> None:
    note(event)
    if chance() < 0.5:
        time.sleep(600)


def kill_itself_at_random(event: Event) -> None:
    note(event)
    if chance() < 0.7:
        os.kill(os.getpid(), signal.SIGKILL)


def kill_its_driver_at_random(event: Event) -> None:
    note(event)
    if chance() < 0.5:
        os.kill(os.getppid(), signal.SIGKILL)


def fork(event: Event) -> None:
    note(event)
    if os.fork() == 0:
        time.sleep(chance())
        print("said by a child")
        os._exit(0)


def leave_a_daemon(event: Event) -> None:
    note(event)
    subprocess.Popen(["/bin/sh", "-c", "sleep 1; echo said later"], start_new_session=True)


def leave(event: Event) -> None:
    note(event)
    sys.exit(chance() < 0.5)


def fill_memory(event: Event) -> None:
    note(event)
    bytearray(1 << 30)


@dataclass(frozen=True)
class Kind:
    """A callback of the soak."""

    handler: Callable[[Event], None]
    event: str
    run: Run | None = None
    sync: bool = False

    @property
    def retries(self) -> int:
        return self.run.retries if self.run else 0


KINDS = {
    "quick": Kind(be_quick, "mount"),
    "loud": Kind(print_much, "unmount"),
    "failing": Kind(fail_at_random, "preUnmount"),
    "killed": Kind(kill_itself_at_random, "softQuotaExceeded"),
    "forking": Kind(fork, "lowDiskSpace"),
    "daemon": Kind(leave_a_daemon, "preMount"),
    "leaving": Kind(leave, "snapshotCreated"),
    "quick-limited": Kind(be_quick, "unmount", Run(timeout=30)),
    "loud-limited": Kind(print_much, "lowDiskSpace", Run(output="100K")),
    "hanging-limited": Kind(hang_at_random, "mount", Run(timeout=1)),
    "memory-limited": Kind(fill_memory, "softQuotaExceeded", Run(memory="256M")),
    "quick-sync": Kind(be_quick, "preMount", sync=True),
    "failing-sync": Kind(fail_at_random, "unmount", sync=True),
    "hanging-sync": Kind(hang_at_random, "preUnmount", Run(timeout=1), sync=True),
    "quick-retried": Kind(be_quick, "mount", Run(retries=3)),
    "loud-retried": Kind(print_much, "softQuotaExceeded", Run(retries=3)),
    "failing-retried": Kind(fail_at_random, "unmount", Run(retries=3)),
    "hanging-retried": Kind(hang_at_random, "lowDiskSpace", Run(retries=2, timeout=1)),
    "killed-retried": Kind(kill_itself_at_random, "snapshotCreated", Run(retries=2)),
    "driverless-retried": Kind(kill_its_driver_at_random, "preUnmount", Run(retries=2)),
    "forking-retried": Kind(fork, "preMount", Run(retries=1)),
    "daemon-retried": Kind(leave_a_daemon, "unmount", Run(retries=1)),
    "leaving-retried": Kind(leave, "preMount", Run(retries=3)),
    "memory-retried": Kind(fill_memory, "snapshotCreated", Run(retries=1, memory="256M")),
}
"""The callbacks by identifier."""
