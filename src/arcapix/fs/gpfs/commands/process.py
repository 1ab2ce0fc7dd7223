"""The one place that starts a process: an mm command, its two streams, its time limit, its lock.

Everything goes through ``execute``; ``using`` replaces it with another runner for a while, which is how tests
and the in-process emulator stand in for a cluster.
"""

from __future__ import annotations

import contextlib
import os
import re
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from ..exceptions import BadIdentifier, GPFSError, GPFSExecuteException, GPFSNotInstalled
from . import log, origin, signals
from .environment import BIN

__all__ = [
    "CHANGE_LIMIT",
    "LIST_LIMIT",
    "LONG_LIST_LIMIT",
    "START_STOP_LIMIT",
    "Completed",
    "Runner",
    "as_user",
    "before_repeating",
    "begin",
    "directory",
    "execute",
    "holding",
    "node_operand",
    "operand",
    "run",
    "runner",
    "set_runner",
    "start",
    "using",
]

LIST_LIMIT = 60.0
LONG_LIST_LIMIT = 300.0
CHANGE_LIMIT = 300.0
START_STOP_LIMIT = 600.0

_DEFAULT_DIRECTORY = "/usr/lpp/mmfs/bin"

# Seconds: how often a running command is checked, how long output may trickle in after its end (from a child
# that kept the pipe), and how long it may take to exit after SIGTERM.
_TICK = 0.1
_LINGER = 0.5
_GRACE = 2.0

# More than a minute in total even with the shortest jitter: GPFS itself waits a minute for its lock.
_PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0)
_JITTER = (0.75, 1.25)
_sleep = time.sleep

# "Unable to obtain the GPFS configuration file lock. Retrying ..." (6027-1262) is not one of them: the
# command goes on after it, and its final answer is what counts.
_LOCK_BUSY = re.compile(
    r"Timed out waiting for lock"
    r"|Local update lock is busy"
    r"|The .{1,200} lock for file system .{1,300} is busy",
    re.IGNORECASE,
)
_COMMAND_FAILED = re.compile(r"^(?:\S+:\s+)?(?:6027-\d+\s+)?(?:\[\w\]\s+)?Command failed\b", re.MULTILINE)
_HEADER = re.compile(r"[A-Za-z]\w*:\w*:HEADER:")
_NOTHING_THERE = re.compile(
    r"^(?:\S+:\s+)?(?:6027-\d+\s+)?(?:\[\w\]\s+)?"
    r"(?:No (?:file systems|disks) were found|No snapshots in file system)",
    re.IGNORECASE | re.MULTILINE,
)
# Sentences that nobody has recorded; believed only together with status 0. A listing restricted to the
# caller's own filesets does not count as empty.
_PERHAPS_NOTHING = re.compile(
    r"^(?:\S+:\s+)?(?:6027-\d+\s+)?(?:\[\w\]\s+)?"
    r"(?:There (?:is|are) no\b|No\b|File system .+ is not mounted)(?!.*owned by)",
    re.IGNORECASE | re.MULTILINE,
)

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")

_changing = threading.RLock()


@dataclass(frozen=True, slots=True)
class Completed:
    """A command that ended by itself.

    Attributes:
        argv: The command line, program first.
        returncode: Its exit status; ``-N`` if signal N ended it.
        stdout: Its standard output; decoded like the name of a file.
        stderr: Its standard error.
    """

    argv: tuple[str, ...]
    returncode: int
    stdout: str
    stderr: str


Runner = Callable[[tuple[str, ...], float], Completed]


def _decoded(data: bytearray) -> str:
    return os.fsdecode(bytes(data))


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """End a command and its children: mm commands are shell scripts, and what they started must not stay."""
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
        grace_ends = time.monotonic() + _GRACE
        # Looking without reaping keeps the group's number ours until the last signal is sent.
        look = os.WEXITED | os.WNOHANG | os.WNOWAIT
        while os.waitid(os.P_PID, process.pid, look) is None and time.monotonic() < grace_ends:
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGKILL)
    # A process that hangs inside the kernel, say in a dead file system, cannot be ended by anybody.
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_GRACE)


def _read_until_end(
    process: subprocess.Popen[bytes], deadline: float, collected: dict[int, bytearray]
) -> bool:
    """Collect both streams until the command has ended; False if the deadline came first.

    The end is that of the command, not that of its pipes: a daemon that it started may keep those open.
    """
    assert process.stdout is not None and process.stderr is not None
    with selectors.DefaultSelector() as selector:
        for number, pipe in enumerate((process.stdout, process.stderr)):
            selector.register(pipe, selectors.EVENT_READ, number)
        limit = deadline
        ended = False
        while selector.get_map():
            if not ended and process.poll() is not None:
                ended, limit = True, time.monotonic() + _LINGER
            left = limit - time.monotonic()
            for key, _ in selector.select(max(0.0, min(left, _TICK))):
                data = os.read(key.fd, 1 << 16)
                collected[key.data] += data
                if not data:
                    selector.unregister(key.fileobj)
            if left <= 0:
                return ended
    try:
        process.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        return False
    return True


_held: list[int] = []


@contextlib.contextmanager
def holding(descriptor: int) -> Iterator[None]:
    """Have the commands of the block inherit a descriptor: its lock lasts until the last of them has ended.

    A command outlives a program that is killed, and its work must still count as under way.
    """
    _held.append(descriptor)
    try:
        yield
    finally:
        _held.remove(descriptor)


_user = ContextVar[dict[str, Any] | None]("_user", default=None)


@contextlib.contextmanager
def as_user(user: int, group: int, groups: Sequence[int]) -> Iterator[None]:
    """Have the commands of the block run as another user, as only root can."""
    previous = _user.set({"user": user, "group": group, "extra_groups": groups})
    try:
        yield
    finally:
        _user.reset(previous)


_look = ContextVar[Callable[[], None] | None]("_look", default=None)


@contextlib.contextmanager
def before_repeating(look: Callable[[], None]) -> Iterator[None]:
    """Have a look before a changing command of the block is repeated, since it found GPFS's lock busy.

    Others make their changes while it waits, so that it may no longer be right; an exception ends it.
    """
    previous = _look.set(look)
    try:
        yield
    finally:
        _look.reset(previous)


def _spawned(argv: tuple[str, ...]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "LC_ALL": "C", "LANG": "C"},
            start_new_session=True,
            close_fds=True,
            pass_fds=tuple(_held),
            **(_user.get() or {}),
        )
    except OSError as error:
        program = Path(argv[0])
        if _has_no_commands(program.parent):
            raise GPFSNotInstalled(program.parent) from None
        # The statuses that a shell gives for a program that is missing, or that cannot be started.
        status = 127 if isinstance(error, FileNotFoundError) else 126
        raise GPFSExecuteException(argv, status, "", error.strerror or str(error)) from error


def _has_no_commands(folder: Path) -> bool:
    """Tell whether a folder is known to hold no mm commands; one that this user may not look into may."""
    try:
        return not any(folder.glob("mm*"))
    except OSError:
        return False


def _start(argv: tuple[str, ...], timeout: float) -> Completed:
    if os.environ.get(BIN) and argv[0].rpartition("/")[0] == directory():
        origin.check(argv[0])  # what is in GPFS's own folder is GPFS's to guard
    collected = {0: bytearray(), 1: bytearray()}
    process = None
    try:
        with signals.deferred():  # an interrupt would leave a command that nobody knows of
            process = _spawned(argv)
        in_time = _read_until_end(process, time.monotonic() + timeout, collected)
    except BaseException:
        if process is not None:
            _end_group(process)
        raise
    finally:
        for pipe in (process.stdout, process.stderr) if process is not None else ():
            assert pipe is not None
            pipe.close()
    stdout, stderr = _decoded(collected[0]), _decoded(collected[1])
    if not in_time:
        _end_group(process)
        raise GPFSExecuteException(argv, None, stdout, stderr, note=f"no end within {timeout:g} s")
    return Completed(argv, process.wait(), stdout, stderr)


_runner: Runner = _start


def runner() -> Runner:
    """Return what runs commands at the moment."""
    return _runner


def set_runner(replacement: Runner | None) -> Runner:
    """Run commands with another runner instead of real processes; None brings those back.

    Args:
        replacement: Called with the command line and the time limit in seconds; returns the answer.

    Returns:
        The previous runner.
    """
    global _runner
    previous, _runner = _runner, replacement or _start
    return previous


@contextlib.contextmanager
def using(replacement: Runner) -> Iterator[None]:
    """Run commands with another runner instead of real processes while the block runs."""
    previous = set_runner(replacement)
    try:
        yield
    finally:
        set_runner(previous)


def execute(argv: Sequence[str], *, timeout: float) -> Completed:
    """Run one command to its end, whatever it answers.

    It gets its own session, the C locale and no standard input. At its time limit the whole process group is
    ended: SIGTERM, and SIGKILL for what is left. How it ended is logged.

    Args:
        argv: The command line, program first.
        timeout: Seconds.

    Raises:
        GPFSExecuteException: It did not end in time (``returncode`` None), or it could not be started.
        GPFSNotInstalled: There are no mm commands where this one was looked for.
        GPFSError: It is an mm command that others could change.
    """
    command = tuple(argv)
    started = time.perf_counter()
    outcome = "cut short"
    try:
        answer = _runner(command, timeout)
        outcome = f"status {answer.returncode}"
        return answer
    except GPFSExecuteException as error:
        outcome = "stopped at its time limit" if error.returncode is None else f"status {error.returncode}"
        raise
    except GPFSNotInstalled:
        outcome = "not there"
        raise
    except GPFSError:
        outcome = "not started"
        raise
    finally:
        log.note(command, outcome, time.perf_counter() - started)


def start(argv: Sequence[str], environment: Mapping[str, str]) -> None:
    """Start a program as GPFS starts that of a callback: in a session of its own, and nobody waits for it.

    Args:
        argv: The command line, program first, with its whole path.
        environment: All variables that it finds.

    Raises:
        OSError: It cannot be started.
    """
    null = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in range(3)]
    ignored = (signal.SIGPIPE, signal.SIGXFSZ)  # by Python, and by nobody else
    os.posix_spawn(argv[0], list(argv), environment, file_actions=null, setsid=True, setsigdef=ignored)


def begin(
    argv: Sequence[str], environment: Mapping[str, str], output: BinaryIO | None = None
) -> subprocess.Popen[bytes]:
    """Start a program as GPFS starts that of a callback, and let somebody wait for it.

    Args:
        argv: The command line, program first, with its whole path.
        environment: All variables that it finds.
        output: What takes all that it prints; by default that is lost, as in GPFS.

    Raises:
        OSError: It cannot be started.
    """
    printed = subprocess.DEVNULL if output is None else output
    return subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=printed,
        stderr=printed,
        env=environment,
        cwd="/",
        umask=0o022,
        start_new_session=True,
    )


def directory() -> str:
    """Return the directory of the mm commands: ``$ARCAPIX_GPFS_BIN``, else ``/usr/lpp/mmfs/bin``."""
    return str(Path(os.environ.get(BIN) or _DEFAULT_DIRECTORY).absolute())


def operand(text: str) -> str:
    """Return a name unchanged if no command can take it for anything else, such as an option.

    Raises:
        BadIdentifier: It is empty, begins with ``-``, or holds a control character.
    """
    if not text or text.startswith("-") or _CONTROL.search(text):
        raise BadIdentifier(text, "cannot be a name: a command would misread it")
    return text


def node_operand(name: str) -> str:
    """Return the name of a node or a node class unchanged if it can be one.

    Raises:
        BadIdentifier: As for `operand`, or it holds white space.
    """
    if len(operand(name).split()) != 1 or name != name.strip():
        raise BadIdentifier(name, "cannot be the name of a node: it holds white space")
    return name


def _problem(answer: Completed, expect_header: bool) -> str | None:
    """What is wrong with an answer; None if it is a success, "" if the answer itself says what is wrong."""
    streams = (answer.stdout, answer.stderr)
    without_header = expect_header and not _HEADER.search(answer.stdout)
    if without_header and any(map(_NOTHING_THERE.search, streams)):
        return None
    if answer.returncode != 0:
        return ""
    # The plain search comes first: the pattern would take long on the listing of a large cluster.
    if any("Command failed" in stream and _COMMAND_FAILED.search(stream) for stream in streams):
        return "its output says that it failed"
    if without_header and not any(map(_PERHAPS_NOTHING.search, streams)):
        return "its output has no HEADER line"
    return None


def _uniform(low: float, high: float) -> float:
    from random import uniform  # only a command that is repeated needs it

    return uniform(low, high)


def _run_once(argv: tuple[str, ...], timeout: float, expect_header: bool) -> Completed:
    answer = execute(argv, timeout=timeout)
    problem = _problem(answer, expect_header)
    if problem is not None:
        raise GPFSExecuteException(argv, answer.returncode, answer.stdout, answer.stderr, note=problem)
    return answer


def _is_lock_busy(error: GPFSExecuteException) -> bool:
    return bool(_LOCK_BUSY.search(error.stdout) or _LOCK_BUSY.search(error.stderr))


def _run_changing(argv: tuple[str, ...], timeout: float) -> Completed:
    pauses = iter(_PAUSES)
    with _changing:
        while True:
            try:
                return _run_once(argv, timeout, False)
            except GPFSExecuteException as error:
                if error.returncode is None:
                    note = f"{error.note}; what it changed until then stays: list before you repeat it"
                    raise GPFSExecuteException(argv, None, error.stdout, error.stderr, note=note) from error
                pause = next(pauses, None)
                if pause is None or not _is_lock_busy(error):
                    raise
            _sleep(pause * _uniform(*_JITTER))
            if look := _look.get():
                look()


def run(
    name: str, *arguments: str, timeout: float, changing: bool = False, expect_header: bool = False
) -> Completed:
    """Run an mm command and insist on success.

    Success is exit status 0 and no "Command failed" in either stream: some releases print that with status 0.

    Args:
        name: The command, without its directory.
        *arguments: Its arguments.
        timeout: Seconds.
        changing: Whether it changes the cluster. Such commands queue for one lock of the cluster: they run
            one at a time in this process, and are repeated for more than a minute while GPFS's lock is busy.
        expect_header: Whether the answer must be ``-Y`` output: a HEADER line, or a sentence saying that
            there is nothing.

    Raises:
        GPFSExecuteException: It failed, or did not end in time. A change that was stopped is never repeated.
        GPFSNotInstalled: There are no mm commands.
    """
    argv = (f"{directory()}/{name}", *arguments)
    return _run_changing(argv, timeout) if changing else _run_once(argv, timeout, expect_header)
