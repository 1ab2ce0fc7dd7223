"""Kills a command at its first system call, at its second, at its third, and so on: whatever it leaves must do.

A process changes what others see by system calls alone, so there are no other instants to be killed at. A
command is followed by ``ptrace`` and killed with all its threads before the kernel carries out the call; the
processes that it has started are not followed, and live on. Calls are counted from the start of the program,
or from the first that names a path, since an interpreter makes hundreds before it does anything of its own::

    for end in killing.ends([stub, token], since=stub):
        assert the_journal_is_readable(), end

In the same way `failures` lets one call after the other fail, as on a full disk or without a free descriptor.
"""

from __future__ import annotations

import contextlib
import errno
import os
import platform
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pytest

from . import ptrace

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
    return _follow(command, call, since=since, env=env, cwd=cwd).end


def _follow(
    command: Sequence[str | Path],
    call: int,
    *,
    since: str | Path = "",
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    failing: int = 0,
    error: int = 0,
) -> _Follower:
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        words = ["/bin/sh", "-c", _WAITING, "sh", *map(str, command)]
        streams: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": stdout, "stderr": stderr}
        with subprocess.Popen(words, env=env, cwd=cwd, process_group=0, **streams) as process:
            follower = _Follower(process.pid, call, os.fsencode(since), failing, error)
            try:
                assert process.stdin is not None
                _seize(process.pid)
                process.stdin.write(b"\n")
                process.stdin.close()
                process.returncode = follower.follow()
            except BaseException:
                process.kill()
                raise
        status, calls = process.returncode, follower.calls
        follower.end = End(process.pid, status, calls, follower.at, _text(stdout), _text(stderr))
        return follower


def failures(
    command: Sequence[str | Path],
    errors: Mapping[str, Sequence[int]],
    before: Callable[[], object],
    *,
    since: str | Path = "",
    step: int = 1,
    env: Mapping[str, str] | None = None,
) -> Iterator[tuple[End, str]]:
    """Start a command again and again, and let another of its calls fail each time.

    Args:
        command: The program and its arguments, which is run once without any failure first.
        errors: The calls that may fail, and the numbers of the errors that each fails with.
        before: Makes the command find what it found the first time.
        since: As for `ends`.
        step: As for `ends`.
        env: As for `ends`.

    Yields:
        How the command ended, and what failed. A run that made no such call is left out.
    """
    if platform.machine() != "x86_64":
        pytest.skip("how a call is made to fail is known for x86_64 only")
    before()
    names = {number: name for name, number in ptrace.NUMBERS.items()}
    numbers = _follow(command, 0, since=since, env=env).numbers
    # How much memory it asks for, and so how many calls lie in between, is not the same each time.
    calls = [(numbers[:at].count(number), names.get(number, "")) for at, number in enumerate(numbers, 1)]
    cases = [(turn, name) for turn, name in calls if name in errors]
    for place, (call, name) in enumerate(cases):
        for turn, error in enumerate(errors[name]):
            if (place + turn) % step == 0:
                before()
                follower = _follow(
                    command, call, since=since, env=env, failing=ptrace.NUMBERS[name], error=error
                )
                if follower.at:
                    yield follower.end, f"{name} {call} fails with {errno.errorcode[error]}, {follower.at}"


class _Follower:
    """Follows one process and its threads from one system call to the next.

    Args:
        pid: The process.
        call: The call that it is killed at; 0 for none.
        since: What the first call that counts names.
        failing: The number of the system call that fails: its `call`-th one, not that of all.
        error: What it fails with, instead of being the last one.
    """

    end: End

    def __init__(self, pid: int, call: int, since: bytes, failing: int = 0, error: int = 0) -> None:
        self.pid = pid
        self.last = call
        self.failing = failing
        self.error = error
        self.is_failing = False
        self.numbers: list[int] = []
        self.since = since
        self.calls = 0
        self.at = ""
        self.is_started = self.is_counting = False

    def follow(self) -> int:
        """Follow it to its end; return its status, as `subprocess` counts."""
        while True:
            # Of its group, lest a child of the test's be waited for; threads belong to the group.
            thread, status = os.waitpid(-self.pid, ptrace.WALL)
            if os.WIFSTOPPED(status):
                with contextlib.suppress(ProcessLookupError):  # it has been killed meanwhile
                    self._pass(thread, status)
            elif thread == self.pid:
                return os.waitstatus_to_exitcode(status)

    def _pass(self, thread: int, status: int) -> None:
        stopped, event = os.WSTOPSIG(status), status >> 16
        handed_on = 0
        if event == ptrace.EXEC:
            self.is_started = True
            self.is_counting = not self.since
        elif stopped == ptrace.SYSCALL_STOP:
            if self.is_failing:
                ptrace.return_error(thread, self.error)
                self.is_failing = False
            elif self.is_started and not self.at:
                self._look(thread)
        elif not event:
            handed_on = stopped
        ptrace.trace(ptrace.SYSCALL, thread, 0, handed_on)

    def _look(self, thread: int) -> None:
        """Count a call, and kill the process if it is the last one."""
        call = ptrace.call_entered(thread)
        if call is None:
            return
        number, arguments = call
        if not self.is_counting:
            self.is_counting = any(
                ptrace.memory(self.pid, at, len(self.since)) == self.since for at in arguments[:2]
            )
        if self.is_counting:
            self.calls += 1
            self.numbers.append(number)
            if self.error:
                is_last = number == self.failing and self.numbers.count(number) == self.last
            else:
                is_last = self.calls == self.last
            if is_last:
                paths = ptrace.paths(self.pid, arguments)
                self.at = " ".join([f"number {number} of {platform.machine()}", *paths])
                if self.error:
                    ptrace.leave_out(thread)
                    self.is_failing = True
                else:
                    os.kill(self.pid, signal.SIGKILL)


def _seize(pid: int) -> None:
    options = ptrace.TRACESYSGOOD | ptrace.TRACECLONE | ptrace.TRACEEXEC | ptrace.EXITKILL
    try:
        ptrace.trace(ptrace.SEIZE, pid, 0, options)
    except ProcessLookupError:
        raise
    except OSError as error:
        pytest.skip(f"processes may not be followed by ptrace here: {error.strerror}")


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")
