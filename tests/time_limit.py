"""A test that hangs ends at its limit, says what it waited for, and leaves no process: a plugin of pytest.

pytest-timeout raises once, in the main thread. Who waits again on the way out, as ``with Popen(...)`` and the
ends of fixtures do, would wait for ever; and after a test has failed, for whatever reason, nothing limits the
ends of its fixtures. Here the limit comes again until the test has ended, and it kills the processes that were
started meanwhile: they are what tests that hang wait for.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import threading
import time
from collections.abc import Generator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from pytest_timeout import timeout_sigalrm

AGAIN = 20.0
"""Seconds from one limit to the next at most: the ends of fixtures need some time."""
ENDING = 5.0
"""Seconds that killed processes have to go; one that hangs inside the kernel stays."""

_PR_SET_CHILD_SUBREAPER = 36
_BEGAN = pytest.StashKey[float]()
_HUNG = pytest.StashKey[bool]()


def pytest_sessionstart() -> None:
    """Let what loses its parent become a child of this process, or daemons could not be told from others'."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    item.stash[_BEGAN] = time.clock_gettime(time.CLOCK_BOOTTIME)
    try:
        return (yield)
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.setitimer(signal.ITIMER_REAL, 0)
        if item.stash.get(_HUNG, False):
            _end_what_was_started(item)
        _reap()


@pytest.hookimpl(tryfirst=True)
def pytest_timeout_set_timer(item: pytest.Item, settings: Any) -> bool | None:
    """Set the timer in place of pytest-timeout, which would set it once."""
    if settings.method != "signal" or threading.current_thread() is not threading.main_thread():
        return None

    def at_the_limit(_number: int, _frame: FrameType | None) -> None:
        __tracebackhide__ = True
        try:
            timeout_sigalrm(item, settings)  # raises, unless somebody is debugging
        except BaseException:
            item.stash[_HUNG] = True
            ended = "\n".join(_end_what_was_started(item)) or "none"
            item.add_report_section("call", "processes ended at the time limit", ended)
            signal.setitimer(signal.ITIMER_REAL, min(settings.timeout, AGAIN))
            raise

    signal.signal(signal.SIGALRM, at_the_limit)
    signal.setitimer(signal.ITIMER_REAL, settings.timeout)
    return True


def _end_what_was_started(item: pytest.Item) -> list[str]:
    """Kill what was started since the test began, again until nothing is left; return the command lines."""
    told: dict[int, str] = {}
    deadline = time.monotonic() + ENDING
    while (found := _started_since(item.stash[_BEGAN])) and time.monotonic() < deadline:
        for pid in found:
            told.setdefault(pid, f"{pid}: {_command_line(pid)}")
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)
    return list(told.values())


def _started_since(moment: float) -> list[int]:
    """The processes that came from this one, at any remove, since a moment after the start of the machine."""
    parents: dict[int, int] = {}
    young: set[int] = set()
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            stat = (folder / "stat").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue
        state, parent, *rest = stat.rpartition(b")")[2].split()
        if state in b"ZX":
            continue
        pid = int(folder.name)
        parents[pid] = int(parent)
        if int(rest[17]) >= int(moment * os.sysconf("SC_CLK_TCK")):
            young.add(pid)
    ours = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in ours} - ours:
        ours |= more
    return sorted(young & ours)


def _command_line(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return "(has ended)"
    return os.fsdecode(b" ".join(words)).strip()


def _reap() -> None:
    """Take note of the ends of orphans, which would otherwise stay in the list of processes."""
    with contextlib.suppress(ChildProcessError):
        while os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG):
            pass
