"""What a node keeps of a function after its first event there: its checked token, and the compiled code.

The folder and its files have to belong to the user who runs the driver and to be closed to all others: what
is taken from here is executed. Whatever is wrong, the answer is None, and the function is compiled.
"""

from __future__ import annotations

import posix
import sys

MAXIMUM_FILES = 4_096
MAXIMUM_BYTES = 16 << 20
"""Beyond either bound the oldest files go when one is added."""

_PRIME = (1 << 61) - 1
_ABANDONED_SECONDS = 60
"""After this time a temporary file is one whose writer was killed."""
_DIRECTORY = posix.O_RDONLY | posix.O_DIRECTORY | posix.O_NOFOLLOW | posix.O_CLOEXEC
_READING = posix.O_RDONLY | posix.O_NOFOLLOW | posix.O_CLOEXEC | posix.O_NONBLOCK
_WRITING = posix.O_WRONLY | posix.O_CREAT | posix.O_EXCL | posix.O_CLOEXEC
_REGULAR_FILE = 0o100000
_KIND = 0o170000
_OTHERS = 0o077


def key(digest: str) -> str:
    """Return the name under which a function is kept for this interpreter; `digest` is that of its token."""
    return f"{digest}.{sys.implementation.cache_tag}-{sys.hexversion:08x}"


def load(folder: str, name: str) -> bytes | None:
    """Return what was stored under a name, or None."""
    try:
        place = _open_folder(folder)
        try:
            content = _read(place, name)
        finally:
            posix.close(place)
    except OSError:
        return None
    head, _, data = content.partition(b"\n")
    return data if head == _head(name, data) else None


def store(folder: str, name: str, data: bytes) -> None:
    """Keep data under a name, if that is possible; the folder is made, those above it are not."""
    content = _head(name, data) + b"\n" + data
    if len(content) > MAXIMUM_BYTES:
        return
    try:
        _make_folder(folder)
        place = _open_folder(folder)
        try:
            _make_room(place, len(content))
            _write(place, name, content)
        finally:
            posix.close(place)
    except OSError:
        return


def _head(name: str, data: bytes) -> bytes:
    """Return the first line of a file, which a torn one does not fit."""
    checksum = int.from_bytes(data, "little") % _PRIME  # any other one needs a library module
    return f"{name} {len(data)} {checksum:x}".encode()


def _make_folder(folder: str) -> None:
    try:
        posix.mkdir(folder, 0o700)
    except FileExistsError:
        return


def _open_folder(folder: str) -> int:
    """Return a descriptor of the folder, so that what is checked is what is used.

    Raises:
        OSError: it is not there, or not ours alone.
    """
    place = posix.open(folder, _DIRECTORY)
    if not _is_ours_alone(posix.fstat(place)):
        posix.close(place)
        raise PermissionError
    return place


def _is_ours_alone(facts: posix.stat_result) -> bool:
    return facts.st_uid == posix.geteuid() and not facts.st_mode & _OTHERS


def _read(place: int, name: str) -> bytes:
    descriptor = posix.open(name, _READING, dir_fd=place)
    try:
        facts = posix.fstat(descriptor)
        if facts.st_mode & _KIND != _REGULAR_FILE or not _is_ours_alone(facts):
            raise PermissionError
        if facts.st_size > MAXIMUM_BYTES:
            return b""
        return posix.read(descriptor, facts.st_size)
    finally:
        posix.close(descriptor)


def _write(place: int, name: str, content: bytes) -> None:
    """Write a file and put it in place at once; another event may be reading, or writing the same."""
    temporary = f".{name}.{posix.getpid()}"
    descriptor = posix.open(temporary, _WRITING, 0o600, dir_fd=place)
    try:
        try:
            written = posix.write(descriptor, content)
        finally:
            posix.close(descriptor)
        if written != len(content):
            raise OSError
        posix.rename(temporary, name, src_dir_fd=place, dst_dir_fd=place)
    except OSError:
        posix.unlink(temporary, dir_fd=place)
        raise


def _make_room(place: int, wanted: int) -> None:
    """Remove the oldest files beyond the bounds, and what killed writers left."""
    import time

    now = time.time()
    found = []
    for name in posix.listdir(place):
        try:
            facts = posix.stat(name, dir_fd=place, follow_symlinks=False)
        except FileNotFoundError:
            continue  # another writer removed it, or put it in place
        found.append((facts.st_mtime, name, facts.st_size))
    count, size = 1, wanted
    for written, name, length in sorted(found, reverse=True):
        count += 1
        size += length
        abandoned = name.startswith(".") and now - written > _ABANDONED_SECONDS
        if abandoned or count > MAXIMUM_FILES or size > MAXIMUM_BYTES:
            try:
                posix.unlink(name, dir_fd=place)
            except OSError:
                continue
