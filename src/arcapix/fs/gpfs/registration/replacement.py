"""Changes callbacks, for which GPFS has no command: it can only delete and add, so the old one is kept.

Between the two there is a gap in which an event is not seen. Before the gap, the old definition is written to
a journal file; a process that is killed in the gap leaves the file behind, and `recover` adds again what is
missing.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import os
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from .. import commands
from ..commands import signals
from ..deployment import whole_file
from ..deployment.environment import STATE
from ..exceptions import GPFSError, NotFound, ReplaceFailed
from . import registry
from .definition import same_action
from .doubts import warn

if TYPE_CHECKING:
    from ..commands import CallbackRecord

__all__ = ["alone", "folder", "put", "recover", "unfinished"]


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


def put(old: CallbackRecord, restorable: CallbackRecord, new: CallbackRecord) -> None:
    """Replace a registered callback (one ``mmdelcallback``, one ``mmaddcallback``).

    An event in between is not seen. To be called within `alone`.

    Args:
        old: The callback, as GPFS lists it.
        restorable: The callback, as it is added again if the new one cannot be added.
        new: What takes its place.

    Raises:
        NotFound: Somebody deleted it in between; nothing was changed.
        ReplaceFailed: It could not be changed; the text says whether the old one is back.
        GPFSError: It could not be put back, or no journal can be written; nothing was changed.
    """
    if old.unknown:
        keys = ", ".join(sorted({name for name, _ in old.unknown}))
        raise GPFSError(
            f"callback {old.identifier!r} cannot be changed: GPFS lists {keys} for it, which we could not "
            "put back; delete it and install it anew"
        )
    with signals.deferred(), _journal(restorable) as journal, commands.holding(journal.descriptor):
        _delete(old, journal)
        try:
            registry.add(new)
        except Exception as error:
            _put_back(old, restorable, journal, error)
        journal.done()


def _delete(old: CallbackRecord, journal: _Journal) -> None:
    try:
        registry.delete(old.identifier)
    except NotFound:
        journal.done()
        raise
    except GPFSError as error:
        still_there = _listed_now(old.identifier) is not None
        if still_there:
            journal.done()
        path = None if still_there else str(journal.path)
        raise ReplaceFailed(
            old.identifier, restored=still_there, journal=path, reason=str(error), failure=error
        ) from error


def _put_back(
    old: CallbackRecord, restorable: CallbackRecord, journal: _Journal, error: Exception
) -> NoReturn:
    """Add the old definition again, and raise what happened."""
    reason = str(error)
    try:
        registry.add(restorable)
    except Exception as second:
        if str(second) != reason:
            reason = f"{reason}\n  and it could not be put back: {second}"
        raise ReplaceFailed(
            old.identifier, restored=False, journal=str(journal.path), reason=reason, failure=error
        ) from error
    there = _listed_now(old.identifier)
    restored = there is not None and _is_alike(there, old)
    if restored:
        journal.done()
    raise ReplaceFailed(
        old.identifier,
        restored=restored,
        journal=None if restored else str(journal.path),
        reason=reason,
        failure=error,
    ) from error


def _listed_now(identifier: str) -> CallbackRecord | None:
    try:
        return registry.get(identifier)
    except GPFSError:
        return None


def _is_alike(one: CallbackRecord, other: CallbackRecord) -> bool:
    """Tell whether GPFS lists the same callback twice, in whatever order it gives the items of its lists."""
    return (
        one.command == other.command
        and {event.lower() for event in one.events} == {event.lower() for event in other.events}
        and (set(one.nodes), one.nowhere) == (set(other.nodes), other.nowhere)
        and (one.parms, one.priority, one.sync, one.timeout)
        == (other.parms, other.priority, other.sync, other.timeout)
        and same_action(one.onerror, other.onerror)
    )


class _Journal:
    """One file with the definition of a callback that is being replaced, locked in the meantime."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self.descriptor = descriptor

    def done(self) -> None:
        """Mark that there is nothing to recover: a callback is installed, or it is up to the user again."""
        self.path.unlink(missing_ok=True)


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Allow one change at a time from this node: another would find the gap, or undo what it did not see.

    Raises:
        GPFSError: The folder of the journal cannot be written; nothing was changed.
    """
    place = folder()
    try:
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        place.chmod(0o700)
        descriptor = os.open(place / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise GPFSError(
            f"nothing was changed: the definition could not be kept in {place}: {error.strerror}"
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _journal(record: CallbackRecord) -> Iterator[_Journal]:
    import json  # here and where a journal is read: an installation needs none

    place = folder()
    now = time.time()
    when = f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime(now))}.{int(now % 1 * 1e6):06}"
    path = place / f"{_cluster()}-{when}Z-{os.getpid()}-{os.urandom(4).hex()}.json"
    fields = {"commands": commands.directory(), "time": now, "pid": os.getpid()}
    text = json.dumps({**fields, "callback": dataclasses.asdict(record)}, indent=1)
    try:
        for torn in place.glob(f"{_cluster()}-*.new"):  # from a process that was killed; we are `alone`
            torn.unlink(missing_ok=True)
        descriptor = _write(path, text)
    except OSError as error:
        raise GPFSError(
            f"callback {record.identifier!r} was not changed: its definition cannot be kept in {place}: "
            f"{error.strerror}"
        ) from error
    try:
        yield _Journal(path, descriptor)
    finally:
        os.close(descriptor)


def _write(path: Path, text: str) -> int:
    """Write a file that is complete or absent, and return a descriptor of it, which holds its lock."""
    with whole_file.written(path, text.encode("ascii"), 0o600) as new:
        descriptor = os.open(new, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            new.rename(path)
            _sync_folder(path.parent)
        except OSError:
            os.close(descriptor)
            path.unlink(missing_ok=True)
            raise
    return descriptor


def _sync_folder(place: Path) -> None:
    descriptor = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def unfinished() -> dict[str, Path]:
    """Return the callbacks whose replacement was cut short on this node, each with its journal file."""
    found = {}
    for path in _files():
        with _locked(path) as mine:
            if mine:
                record = _record_in(path)
                found[record.identifier if record else path.name] = path
    return found


def recover() -> list[str]:
    """Add again what killed processes left out (a listing, an ``mmaddcallback`` each); return the names.

    Of several files about one callback the newest counts. The file of a change still in progress is left
    alone, and one that cannot be read stays where it is, with a `CallbackWarning`.

    Raises:
        GPFSError: GPFS refuses one; the others are back nevertheless.
    """
    added = []
    failed: list[GPFSError] = []
    waiting = set()
    there: set[str] | None = None
    for path in reversed(_files()):
        with _locked(path) as mine:
            record = _record_in(path)
            if record is None:
                if mine:
                    warn([f"the journal file {path} cannot be read; look at it, and remove it"])
                continue
            if not mine:
                waiting.add(record.identifier)
            if record.identifier in waiting:
                continue
            if there is None:
                there = {listed.identifier for listed in registry.listed()}
            if record.identifier not in there:
                try:
                    registry.add(record)
                except GPFSError as error:
                    failed.append(error)
                    waiting.add(record.identifier)
                    continue
                there.add(record.identifier)
                added.append(record.identifier)
            path.unlink(missing_ok=True)
    if failed:
        raise failed[0]
    return added


def _cluster() -> str:
    """Return the prefix of one cluster's files: an emulated one on this machine is not the real one."""
    return f"{zlib.crc32(os.fsencode(commands.directory())):08x}"


def _files() -> list[Path]:
    try:
        return sorted(folder().glob(f"{_cluster()}-*.json"))
    except OSError as error:
        raise GPFSError(f"the journal files in {folder()} cannot be read: {error.strerror}") from error


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[bool]:
    """Lock a journal file for ourselves.

    False if its writer is still at work, or a command that outlived the writer, or if somebody else is
    recovering it.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        yield False
        return
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield os.fstat(descriptor).st_nlink > 0
    finally:
        os.close(descriptor)


def _record_in(path: Path) -> CallbackRecord | None:
    import json

    try:
        values = json.loads(path.read_bytes())["callback"]
        for name in ("events", "nodes", "parms"):
            values[name] = tuple(values[name])
        return commands.CallbackRecord(**{**values, "unknown": (), "shown": ()})
    except (OSError, ValueError, KeyError, TypeError):
        return None
