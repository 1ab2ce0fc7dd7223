"""What this node keeps of changes under way: a file each, and a lock, so that there is one at a time.

GPFS has no command that changes a callback, and none that undoes a batch. So what a process would leave half
done if it were killed is written to a file first. The file goes when the work is done; one that is found
later belongs to `recovery`, until somebody changes or deletes the callback with success.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import os
import stat
import threading
import time
import zlib
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from .. import commands
from ..deployment import whole_file
from ..deployment.environment import STATE
from ..driver import own_files, upkeep
from ..exceptions import GPFSError
from . import kept_callback
from .doubts import warn

if TYPE_CHECKING:
    from ..commands import CallbackRecord

__all__ = ["Entry", "Journal", "alone", "cluster", "entries", "folder", "kept", "retire"]


_SURVIVAL = 300.0
"""Seconds that a change waits for a command whose program was killed; those of living ones get as many."""
_TICK = 0.05
_LOOK = "look at it, and remove it"
_READING = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


def folder() -> Path:
    """Return where journal files are: in ``$ARCAPIX_GPFS_STATE``, or in root's or the user's own folder."""
    named = os.environ.get(STATE)
    if named:
        state = Path(named)
    elif os.geteuid() == 0:
        state = Path("/var/lib/arcapix/gpfs")
    else:
        state = Path(os.environ.get("XDG_STATE_HOME") or "~/.local/state").expanduser() / "arcapix-gpfs"
    return state / "replacements"


class Entry(NamedTuple):
    """What a journal file says.

    Attributes:
        path: The file.
        mine: Whether nobody works on it, so that the caller may remove it: not its writer, nor a command that
            outlived the writer.
        records: The callback as it was before a change, or those that a batch was to install; empty if the
            file is not to be used.
        batch: Whether it is a batch.
        time: When it was written, in seconds since 1970.
        problem: Why the file is not to be used, and what to do about that; empty if it is to be used.
    """

    path: Path
    mine: bool
    records: tuple[CallbackRecord, ...]
    batch: bool
    time: float
    problem: str = ""

    @property
    def identifiers(self) -> set[str]:
        """What the callbacks are called."""
        return {record.identifier for record in self.records}


class Journal:
    """One file about work under way, locked in the meantime.

    Attributes:
        path: The file.
        descriptor: Holds its lock.
    """

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self.descriptor = descriptor

    def done(self) -> None:
        """Mark that there is nothing to recover: a callback is installed, or it is up to the user again."""
        self.path.unlink(missing_ok=True)


class _Held(threading.local):
    """Whether this thread is `alone` already."""

    yes = False


_held = _Held()


@contextlib.contextmanager
def alone(identifiers: Collection[str] = (), *, needed: bool = False) -> Iterator[None]:
    """Allow one change at a time from this node: another would find the gap, or undo what it did not see.

    A command that outlived its killed program still counts as under way. Within the block, the same thread
    may enter it again.

    Args:
        identifiers: What is to be changed.
        needed: Whether nothing can be done without the folder, since a definition has to be kept there.
            Otherwise, where it cannot be written, the block runs without the lock: a node that cannot change
            callbacks can still install and delete them.

    Raises:
        GPFSError: The folder is needed, and cannot be written; or a command that outlived its program does
            not end. Nothing was changed.
    """
    if _held.yes:
        yield
        return
    descriptor = None
    try:
        try:
            descriptor = _opened_lock()
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        except OSError as error:
            if needed:
                raise GPFSError(
                    f"nothing was changed: the definition could not be kept in {folder()}: {error.strerror}"
                ) from None
        _held.yes = True
        _wait_for_survivors(identifiers)
        yield
    finally:
        _held.yes = False
        if descriptor is not None:
            os.close(descriptor)


def _opened_lock() -> int:
    place = folder()
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        return os.open(place / "lock", flags, 0o600)
    except FileNotFoundError:
        upkeep.make_folder(str(place), 0o700)
        return os.open(place / "lock", flags, 0o600)


def _wait_for_survivors(identifiers: Collection[str]) -> None:
    """Wait for commands that outlived their programs, and will still delete or add one of the callbacks."""
    for entry in entries() if identifiers else ():
        if not entry.mine and not entry.identifiers.isdisjoint(identifiers):
            _wait_for(entry)


def _wait_for(entry: Entry) -> None:
    deadline = time.monotonic() + _SURVIVAL
    while entry.path.exists():
        with _locked(entry.path) as now:
            if now.mine:
                return
        if time.monotonic() > deadline:
            names = ", ".join(map(repr, sorted(entry.identifiers)))
            raise GPFSError(
                f"nothing was changed: a command whose program was killed still works on callback {names}, "
                f"and holds {entry.path}; look for mmaddcallback and mmdelcallback on this node"
            )
        time.sleep(_TICK)


@contextlib.contextmanager
def kept(records: Collection[CallbackRecord], *, batch: bool = False) -> Iterator[Journal]:
    """Keep a file about callbacks until it is `done`; the commands of the block hold its lock too.

    To be called within `alone`.

    Args:
        records: The callback as it is, before it is changed; or those of a batch, before they are installed.
        batch: Whether it is a batch.

    Raises:
        OSError: It cannot be written.
    """
    place = folder()
    place.chmod(0o700)
    for torn in place.glob(f"{cluster()}-*.new"):  # from a process that was killed; we are `alone`
        torn.unlink(missing_ok=True)
    now = time.time()
    when = f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime(now))}.{int(now % 1 * 1e6):06}"
    path = place / f"{cluster()}-{when}Z-{os.getpid()}-{os.urandom(4).hex()}.json"
    try:
        descriptor = _write(path, records, batch, now)
    except OSError:
        path.unlink(missing_ok=True)
        raise
    try:
        with commands.holding(descriptor):
            yield Journal(path, descriptor)
    finally:
        os.close(descriptor)


def _write(path: Path, records: Iterable[CallbackRecord], batch: bool, when: float) -> int:
    """Write a file that is complete or absent, and return a descriptor of it, which holds its lock."""
    import json  # here and where a journal is read: an installation needs none

    written = [dataclasses.asdict(record) for record in records]
    content = {"batch": written} if batch else {"callback": written[0]}
    fields = {"commands": commands.directory(), "time": when, "pid": os.getpid(), **content}
    with whole_file.written(path, json.dumps(fields, indent=1).encode("ascii"), 0o600) as new:
        descriptor = os.open(new, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            new.rename(path)
            _sync_folder(path.parent)
        except OSError:
            os.close(descriptor)
            raise
    return descriptor


def _sync_folder(place: Path) -> None:
    descriptor = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def entries(*, needed: bool = False) -> Iterator[Entry]:
    """Go through the files about this cluster, the newest first; each that is `mine` is locked meanwhile.

    Args:
        needed: Whether it matters that the folder can be read; otherwise there are none in one that cannot.

    Raises:
        GPFSError: The folder is needed, and cannot be read.
    """
    place, beginning = folder(), f"{cluster()}-"
    try:
        with os.scandir(place) as found:
            names = [one.name for one in found if one.name.startswith(beginning)]
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        if needed:
            raise GPFSError(f"the journal files in {place} cannot be read: {error.strerror}") from None
        return
    doubt = _distrust_folder(place)
    for name in sorted(names, reverse=True):
        if name.endswith(".json"):
            with _locked(place / name, doubt) as entry:
                yield entry


def retire(identifiers: Iterable[str]) -> None:
    """Forget what earlier processes left half done of callbacks that have been changed or deleted since.

    To be called within `alone`, after a success. A file that cannot be removed is named by a
    `CallbackWarning`.
    """
    settled = set(identifiers)
    for entry in entries():
        left = [record for record in entry.records if record.identifier not in settled]
        if not entry.mine or len(left) == len(entry.records):
            continue
        try:
            if left:
                os.close(_write(entry.path, left, entry.batch, entry.time))
            else:
                entry.path.unlink(missing_ok=True)
        except OSError as error:
            names = ", ".join(sorted(entry.identifiers & settled))
            warn(
                [
                    f"the journal file {entry.path} is older than what was done to {names} now, and cannot "
                    f"be removed ({error.strerror}): remove it"
                ]
            )


def cluster() -> str:
    """Return a name of this cluster for its files: an emulated one on this machine is not the real one."""
    return f"{zlib.crc32(os.fsencode(commands.directory())):08x}"


@contextlib.contextmanager
def _locked(path: Path, doubt: str = "") -> Iterator[Entry]:
    """Lock a journal file for ourselves, and read what was locked.

    It is not ours if its writer is still at work, or a command that outlived the writer, or if somebody else
    is recovering it.

    Args:
        path: The file.
        doubt: Why it is not to be used, whatever it is; empty if there is no reason.
    """
    try:
        descriptor = os.open(path, _READING)
    except FileNotFoundError:
        yield Entry(path, False, (), False, 0.0, "is gone")
        return
    except OSError as error:  # no file of this user's, nor one that others work on
        kind = "is a link" if path.is_symlink() else f"cannot be read: {error.strerror}"
        yield Entry(path, True, (), False, 0.0, f"{kind}; {_LOOK}")
        return
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            mine = os.fstat(descriptor).st_nlink > 0
        except BlockingIOError:
            mine = False
        yield _read(path, descriptor, mine, doubt)
    finally:
        os.close(descriptor)


def _read(path: Path, descriptor: int, mine: bool, doubt: str) -> Entry:
    import json

    problem = doubt or _distrust(path, os.fstat(descriptor))
    if problem:
        return Entry(path, mine, (), False, 0.0, problem)
    try:
        with open(descriptor, "rb", closefd=False) as file:
            fields = json.load(file)
        if fields["commands"] != commands.directory():
            problem = f"is about the cluster whose commands are in {fields['commands']}; {_LOOK}"
            return Entry(path, mine, (), False, 0.0, problem)
        batch = "batch" in fields
        records = tuple(map(kept_callback.read, fields["batch"] if batch else [fields["callback"]]))
        when = float(fields["time"])
        time.gmtime(when)  # it may be no time at all
        return Entry(path, mine, records, batch, when)
    except kept_callback.Misleading as error:
        return Entry(path, mine, (), False, 0.0, f"{error}; {_LOOK}")
    except (OSError, ValueError, KeyError, TypeError, OverflowError):
        return Entry(path, mine, (), False, 0.0, f"cannot be read; {_LOOK}")


def _distrust(path: Path, status: os.stat_result) -> str:
    """Return why a file may be the work of somebody else than this user and root; empty if it cannot be."""
    if not stat.S_ISREG(status.st_mode):
        return f"is no file; {_LOOK}"
    if status.st_nlink > 1:
        return f"has another name, too, by which others may reach it; {_LOOK}"
    if status.st_uid not in (0, os.geteuid()):
        return f"belongs to the user with number {status.st_uid}; {_LOOK}"
    if status.st_mode & 0o022:
        return f"may be written by others; {_LOOK}, or run: chmod go-w {path}"
    return ""


def _distrust_folder(place: Path) -> str:
    """Return why nothing in a folder is to be used: others can put there what they like, or exchange it."""
    try:
        own_files.check_folder(str(place))
        own_files.check_folder(str(place.parent))
    except OSError as error:
        return f"is not to be used, since others reach {error.filename}: {error.strerror}"
    return ""
