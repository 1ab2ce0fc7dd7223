"""Kills a command at its first system call, at its second, at its third, and so on: whatever it leaves must do.

A process changes what others see by system calls alone, so there are no other instants to be killed at. A
command is followed by ``ptrace`` and killed with all its threads before the kernel carries out the call; the
processes that it has started are not followed, and live on. Calls are counted from the start of the program,
or from the first that names a path, since an interpreter makes hundreds before it does anything of its own::

    for end in killing.ends([stub, token], since=stub):
        assert the_journal_is_readable(), end
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import signal
import struct
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NoReturn

import pytest

_SYSCALL, _SEIZE, _GET_SYSCALL_INFO = 24, 0x4206, 0x420E
_TRACESYSGOOD, _TRACECLONE, _TRACEEXEC, _EXITKILL = 1, 8, 16, 1 << 20
_SYSCALL_STOP = signal.SIGTRAP | 0x80
_EXEC = 4
_WALL = 0x40000000

_ENTRY = 1
_INFORMATION = struct.Struct("=B3xIQQQ6Q")
"""What the kernel says of a system call: entry or exit, architecture, two pointers, number, arguments."""

_LONGEST_PATH = 4096
_STEPS = 10_000
"""No command that is killed at each call makes more."""

_WAITING = 'read -r _ && exec "$@" </dev/null'
"""A shell that becomes the command when it is told to: by then it is followed."""


@dataclass(frozen=True)
class End:
    """How a command ended."""

    pid: int
    status: int
    """Its exit status; ``-N`` if signal N ended it, as the one that killed it does."""
    call: int
    """The call that it was killed at, or how many it made until it ended by itself."""
    at: str
    """That call: its number and the paths in it. Empty if it ended by itself."""
    stdout: str
    stderr: str

    @property
    def is_killed(self) -> bool:
        """Whether it was killed here, and has not ended by itself."""
        return bool(self.at)

    def __str__(self) -> str:
        return f"killed at its call {self.call}: {self.at}" if self.at else f"ended with status {self.status}"


def ends(
    command: Sequence[str | Path],
    *,
    since: str | Path = "",
    step: int = 1,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Iterator[End]:
    """Start a command again and again, and kill it at a later call each time, until it ends by itself.

    The last one is yielded too. What runs between two of them decides what the command finds.

    Args:
        command: The program and its arguments.
        since: Count from the first call that names a path beginning like this.
        step: Kill at each call, or only at each seventh, for a sample that takes less time.
        env: The variables that it finds; by default, those of this process.
        cwd: The folder that it starts in.
    """
    for call in range(1, _STEPS, step):
        end = run(command, call, since=since, env=env, cwd=cwd)
        if end.call == 0:
            pytest.fail(f"no call of {command[0]} names {since}: {end.stderr}")
        yield end
        if not end.is_killed:
            return
    pytest.fail(f"{command[0]} makes more than {_STEPS} system calls")


def run(
    command: Sequence[str | Path],
    call: int,
    *,
    since: str | Path = "",
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> End:
    """Run a command to its end, which comes at a certain call unless it ended by itself before."""
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        words = ["/bin/sh", "-c", _WAITING, "sh", *map(str, command)]
        streams: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": stdout, "stderr": stderr}
        with subprocess.Popen(words, env=env, cwd=cwd, process_group=0, **streams) as process:
            follower = _Follower(process.pid, call, os.fsencode(since))
            try:
                assert process.stdin is not None
                _trace(_SEIZE, process.pid, 0, _TRACESYSGOOD | _TRACECLONE | _TRACEEXEC | _EXITKILL)
                process.stdin.write(b"\n")
                process.stdin.close()
                process.returncode = follower.follow()
            except BaseException:
                process.kill()
                raise
        return End(process.pid, process.returncode, follower.calls, follower.at, _text(stdout), _text(stderr))


class _Follower:
    """Follows one process and its threads from one system call to the next."""

    def __init__(self, pid: int, call: int, since: bytes) -> None:
        self.pid = pid
        self.last = call
        self.since = since
        self.calls = 0
        self.at = ""
        self.is_started = self.is_counting = False

    def follow(self) -> int:
        """Follow it to its end; return its status, as `subprocess` counts."""
        while True:
            # Of its group, lest a child of the test's be waited for; threads belong to the group.
            thread, status = os.waitpid(-self.pid, _WALL)
            if os.WIFSTOPPED(status):
                with contextlib.suppress(ProcessLookupError):  # it has been killed meanwhile
                    self._pass(thread, status)
            elif thread == self.pid:
                return os.waitstatus_to_exitcode(status)

    def _pass(self, thread: int, status: int) -> None:
        stopped, event = os.WSTOPSIG(status), status >> 16
        handed_on = 0
        if event == _EXEC:
            self.is_started = True
            self.is_counting = not self.since
        elif stopped == _SYSCALL_STOP:
            if self.is_started and not self.at:
                self._look(thread)
        elif not event:
            handed_on = stopped
        _trace(_SYSCALL, thread, 0, handed_on)

    def _look(self, thread: int) -> None:
        """Count a call, and kill the process if it is the last one."""
        information = bytearray(_INFORMATION.size)
        buffer = (ctypes.c_char * len(information)).from_buffer(information)
        _trace(_GET_SYSCALL_INFO, thread, len(information), ctypes.addressof(buffer))
        kind, _, _, _, number, *arguments = _INFORMATION.unpack(information)
        if kind != _ENTRY:
            return
        if not self.is_counting:
            self.is_counting = any(self._memory(at, len(self.since)) == self.since for at in arguments[:2])
        if self.is_counting:
            self.calls += 1
            if self.calls == self.last:
                texts = [self._memory(at, _LONGEST_PATH).partition(b"\0")[0] for at in arguments[:4]]
                paths = [ascii(os.fsdecode(text)) for text in texts if text.startswith(b"/")]
                self.at = " ".join([f"number {number} of {platform.machine()}", *paths])
                os.kill(self.pid, signal.SIGKILL)

    def _memory(self, address: int, count: int) -> bytes:
        """Read what an argument points to; nothing if it is no pointer."""
        try:
            with open(f"/proc/{self.pid}/mem", "rb", buffering=0) as memory:
                return os.pread(memory.fileno(), count, address)
        except (OSError, OverflowError):
            return b""


def _trace(request: int, thread: int, address: int, data: int) -> None:
    if _ptrace(request, thread, ctypes.c_void_p(address), ctypes.c_void_p(data)) < 0:
        error = OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        if isinstance(error, ProcessLookupError):
            raise error
        _skip(error)


def _skip(error: OSError) -> NoReturn:
    pytest.skip(f"processes may not be followed by ptrace here: {error.strerror}")


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")


_ptrace = ctypes.CDLL(None, use_errno=True).ptrace
_ptrace.restype = ctypes.c_long
