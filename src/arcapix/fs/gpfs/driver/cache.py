"""What a node keeps of a function after its first event there: its checked token, and the compiled code.

The folder and its files have to belong to the user who runs the driver and to be closed to all others: what
is taken from here is executed. Whatever is wrong, the answer is None, and the token is checked in full.
`cache_writer` puts in.
"""

from __future__ import annotations

import posix
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    KeyMark = tuple[int, ...]
    """What tells one state of the key's file from every other; empty where there is no key."""

MAXIMUM_BYTES = 16 << 20
"""Of one file, and of all together."""

_PRIME = (1 << 61) - 1
_DIRECTORY = posix.O_RDONLY | posix.O_DIRECTORY | posix.O_NOFOLLOW | posix.O_CLOEXEC
_READING = posix.O_RDONLY | posix.O_NOFOLLOW | posix.O_CLOEXEC | posix.O_NONBLOCK
_REGULAR_FILE = 0o100000
_KIND = 0o170000
_OTHERS = 0o077


def key(digest: str) -> str:
    """Return the name under which a function is kept for this interpreter; `digest` is that of its token."""
    return f"{digest}.{sys.implementation.cache_tag}-{sys.hexversion:08x}"


def mark(status: posix.stat_result) -> KeyMark:
    """Return the mark of a cluster key's file.

    No digest of the key: working it out costs an event more than all else that the check saves, and a file of
    the cache that told anything about the key would have to be guarded like the key. Whoever writes to a
    file, replaces it or changes who may read it changes its ``ctime``.
    """
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def load(folder: str, name: str) -> bytes | None:
    """Return what was stored under a name, or None."""
    try:
        place = open_folder(folder)
        try:
            content = _read(place, name)
        finally:
            posix.close(place)
    except OSError:
        return None
    first, _, data = content.partition(b"\n")
    return data if first == head(name, data) else None


def head(name: str, data: bytes) -> bytes:
    """Return the first line of a file, which a torn one does not fit."""
    checksum = int.from_bytes(data, "little") % _PRIME  # any other one needs a library module
    return f"{name} {len(data)} {checksum:x}".encode()


def open_folder(folder: str) -> int:
    """Return a descriptor of the folder, so that what is checked is what is used.

    Raises:
        OSError: it is not there, or not ours alone.
    """
    place = posix.open(folder, _DIRECTORY)
    if not _is_ours_alone(posix.fstat(place)):
        posix.close(place)
        raise PermissionError
    return place


def _is_ours_alone(status: posix.stat_result) -> bool:
    return status.st_uid == posix.geteuid() and not status.st_mode & _OTHERS


def _read(place: int, name: str) -> bytes:
    descriptor = posix.open(name, _READING, dir_fd=place)
    try:
        status = posix.fstat(descriptor)
        if status.st_mode & _KIND != _REGULAR_FILE or not _is_ours_alone(status):
            raise PermissionError
        if status.st_size > MAXIMUM_BYTES:
            return b""
        return posix.read(descriptor, status.st_size)
    finally:
        posix.close(descriptor)
