"""Follows a command and all processes that it starts; one of them, or all, are killed, or one call fails.

`killing` follows one process; this is for commands whose processes live on when their first one ends, and it
works as that does, by ``ptrace``. Each process has a name: that of its parent and the number of its birth there,
so ``0`` is the command itself and ``0.2.1`` the first child of its second. Calls are counted from the first in
the command that names a certain path, and in all that is born later from birth on. What executes another program
is followed, but its calls are not counted: it is nothing of ours.

Whoever waits for processes of all ages cannot do so in the process of a test, so this module is a program too:
it is given a plan, and prints what has come of it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from . import ptrace

_ROOT = Path(__file__).parents[1]
_LIMIT = 100
"""Seconds after which everything is killed: something hangs."""
_ON_DISKS = {ptrace.NUMBERS[name] for name in ("write", "pwrite64", "pread64", "fsync")}
"""Calls that fail as disks do: not on a pipe, which is memory, and by which Python tells itself of signals."""
_PATIENCE = 10
"""Seconds after a kill in which the others may end: a deliverer may wait for a minute then. What is left is killed."""


@dataclass(frozen=True)
class Plan:
    """What is to become of a command.

    Attributes:
        process: Which process is killed.
        call: At which of its calls; 0 for none.
        failing: Let a call fail instead of killing anybody: the `call`-th of this number in the process.
        error: What it fails with.
        everybody: Kill all processes at that call of one, as when the node goes down.
    """

    process: str = ""
    call: int = 0
    failing: int = -1
    error: int = 0
    everybody: bool = False


@dataclass(frozen=True)
class Crash:
    """What has come of it.

    Attributes:
        status: The exit status of the command's first process, as whoever has started it sees it.
        at: The call that was killed at, or that failed: its number, and the paths in it. Empty if there was none.
        calls: The numbers of the calls of each process.
        printed: What the command has printed.
    """

    status: int
    at: str
    calls: Mapping[str, Sequence[int]]
    printed: str


class Refused(Exception):
    """Processes may not be followed here."""


def run(command: Sequence[str | Path], plan: Plan, *, since: str | Path, env: Mapping[str, str]) -> Crash:
    """Run a command until it and all that it has started have ended.

    Args:
        command: The program and its arguments.
        plan: What is to become of it.
        since: Count from the first call that names a path beginning like this.
        env: The variables that it finds.

    Raises:
        Refused: Processes may not be followed here.
    """
    words = [list(map(str, command)), dataclasses.asdict(plan), str(since), dict(env)]
    program = [sys.executable, "-S", "-m", "tests.crashing", json.dumps(words)]
    done = subprocess.run(program, cwd=_ROOT, capture_output=True, text=True, timeout=_LIMIT + 10)
    if done.returncode == os.EX_NOPERM:
        raise Refused(done.stderr)
    assert done.returncode == 0, f"{plan}: {done.stderr}"
    return Crash(**json.loads(done.stdout))


@dataclass
class _Process:
    pid: int
    name: str
    is_counted: bool
    calls: list[int] = field(default_factory=list)
    children: int = 0


class _Follower:
    """Follows a family of processes from one system call to the next."""

    def __init__(self, pid: int, plan: Plan, since: bytes) -> None:
        self.plan = plan
        self.since = since
        first = _Process(pid, "0", False)
        self.processes = [first]
        self.threads = {pid: first}
        self.unknown: set[int] = set()
        """Threads that have stopped at their birth before their parent has told of it."""
        self.ended_untold: set[int] = set()
        """Those that have even ended by then: the kernel tells of some before it tells of others."""
        self.failing = 0
        self.at = ""
        self.is_over = False

    def follow(self) -> int:
        """Follow them to their ends; return how the first one has ended, as `subprocess` counts."""
        first = self.processes[0]
        result = 0
        while self.threads:
            thread, status = os.waitpid(-1, ptrace.WALL)
            if os.WIFSTOPPED(status):
                with contextlib.suppress(ProcessLookupError):  # it has been killed meanwhile
                    self._pass(thread, status)
            else:
                self.unknown.discard(thread)
                process = self.threads.pop(thread, None)
                if process is None or not process.name:
                    self.ended_untold.add(thread)
                if thread == first.pid:
                    result = os.waitstatus_to_exitcode(status)
        with contextlib.suppress(ChildProcessError):  # orphans have ended, and nobody has been told
            while os.waitpid(-1, ptrace.WALL):
                continue
        return result

    def kill_all(self, *_: object) -> None:
        """Kill whatever is left."""
        for thread in list(self.threads):
            with contextlib.suppress(ProcessLookupError):
                os.kill(thread, signal.SIGKILL)

    def _pass(self, thread: int, status: int) -> None:
        process = self.threads.get(thread)
        if process is None:
            self.unknown.add(thread)
            if self.is_over:
                self._take_in_unknown()
            return
        stopped, event = os.WSTOPSIG(status), status >> 16
        handed_on = 0
        if event in (ptrace.FORK, ptrace.VFORK, ptrace.CLONE):
            self._welcome(process, ptrace.event_message(thread))
        elif event == ptrace.EXEC:
            process.is_counted = False
        elif stopped == ptrace.SYSCALL_STOP:
            if self.failing == thread:
                ptrace.return_error(thread, self.plan.error)
                self.failing = 0
            elif not self.is_over:
                self._look(process, thread)
        elif not event:
            handed_on = stopped
        self._continue(thread, handed_on)

    def _continue(self, thread: int, handed_on: int = 0) -> None:
        stops_at_calls = self.failing == thread or not self.is_over
        ptrace.trace(ptrace.SYSCALL if stops_at_calls else ptrace.CONTINUE, thread, 0, handed_on)

    def _welcome(self, parent: _Process, thread: int) -> None:
        """Give a process that was just born a name; a thread belongs to its process."""
        if thread in self.threads:
            return
        if thread in self.ended_untold:
            self.ended_untold.discard(thread)
            parent.children += 1
            return
        if Path(f"/proc/{parent.pid}/task/{thread}").exists():
            self.threads[thread] = parent
        else:
            parent.children += 1
            child = _Process(thread, f"{parent.name}.{parent.children}", parent.is_counted)
            self.processes.append(child)
            self.threads[thread] = child
            if self.at and self.plan.everybody:
                os.kill(thread, signal.SIGKILL)
        if thread in self.unknown:
            self.unknown.discard(thread)
            self._continue(thread)

    def _take_in_unknown(self) -> None:
        """Let those go on whose parents may be killed before they tell of them; names no longer matter."""
        for thread in self.unknown:
            self.threads[thread] = _Process(thread, "", False)
            with contextlib.suppress(ProcessLookupError):
                if self.at and self.plan.everybody:
                    os.kill(thread, signal.SIGKILL)
                self._continue(thread)
        self.unknown.clear()

    def _look(self, process: _Process, thread: int) -> None:
        """Count a call, and do what is to be done at it."""
        call = ptrace.call_entered(thread)
        if call is None:
            return
        number, arguments = call
        if not process.is_counted:
            if process.name != "0" or process.calls or not self._names_the_path(process.pid, arguments):
                return
            process.is_counted = True
        process.calls.append(number)
        if self._is_the_one(process, number, arguments):
            self.at = " ".join([f"number {number}", *ptrace.paths(process.pid, arguments)])
            self.is_over = True
            if self.plan.error:
                ptrace.leave_out(thread)
                self.failing = thread
            else:
                if self.plan.everybody:
                    self.kill_all()
                else:
                    os.kill(process.pid, signal.SIGKILL)
                signal.alarm(_PATIENCE)
            self._take_in_unknown()

    def _names_the_path(self, pid: int, arguments: list[int]) -> bool:
        return any(ptrace.memory(pid, at, len(self.since)) == self.since for at in arguments[:2])

    def _is_the_one(self, process: _Process, number: int, arguments: list[int]) -> bool:
        plan = self.plan
        if plan.process != process.name:
            return False
        if plan.error:
            is_it = number == plan.failing and process.calls.count(number) == plan.call
            return is_it and not (number in _ON_DISKS and ptrace.is_pipe(process.pid, arguments[0]))
        return len(process.calls) == plan.call


def _main(command: list[str], plan: dict[str, object], since: str, env: dict[str, str]) -> None:
    signal.alarm(_LIMIT)
    ptrace.adopt()
    output = os.memfd_create("output")
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.read(reading, 1)  # by then it is followed
        os.execve(command[0], command, env)
    options = ptrace.TRACESYSGOOD | ptrace.TRACEFORK | ptrace.TRACEVFORK | ptrace.TRACECLONE
    try:
        ptrace.trace(ptrace.SEIZE, child, 0, options | ptrace.TRACEEXEC | ptrace.EXITKILL)
    except OSError as error:
        os.kill(child, signal.SIGKILL)
        print(error, file=sys.stderr)
        sys.exit(os.EX_NOPERM)
    os.write(writing, b"x")
    follower = _Follower(child, Plan(**plan), os.fsencode(since))  # type: ignore[arg-type]
    signal.signal(signal.SIGALRM, follower.kill_all)
    status = follower.follow()
    calls = {each.name: each.calls for each in follower.processes}
    printed = os.pread(output, 1 << 20, 0).decode(errors="replace")
    print(json.dumps({"status": status, "at": follower.at, "calls": calls, "printed": printed}))


if __name__ == "__main__":
    _main(*json.loads(sys.argv[1]))
