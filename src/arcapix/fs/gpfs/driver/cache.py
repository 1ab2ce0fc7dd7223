"""What a node keeps of a function after its first event there: the checked token and the compiled code.

The folder and its files must belong to the user who runs the driver and be closed to everybody else, because
what is read from here is executed. If anything is wrong, the answer is None, and the token is checked in
full. `cache_writer` fills the cache.
"""

from __future__ import annotations

import posix
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    KeyMark = tuple[int, ...]
    """Identifies one state of the key's file; empty where there is no key."""

MAXIMUM_BYTES = 32 << 20
"""The limit for one file, and for all files together."""

_FORM = 6
"""Of what is kept. Another release may keep another, under another name."""
_DIRECTORY = posix.O_RDONLY | posix.O_DIRECTORY | posix.O_NOFOLLOW | posix.O_CLOEXEC
BY_NAME = posix.O_NOFOLLOW | posix.O_CLOEXEC | posix.O_NONBLOCK
"""How a file of ours is opened: what stands in its place is neither followed nor waited for."""

REGULAR_FILE = 0o100000
KIND = 0o170000
_OTHERS = 0o077
_OTHERS_WRITE = 0o022


def key(digest: str) -> str:
    """Return the name under which a function is kept for this interpreter; `digest` is its token's."""
    return f"{digest}.{sys.implementation.cache_tag}-{sys.hexversion:08x}-{_FORM}"


def mark(status: posix.stat_result) -> KeyMark:
    """Return the mark of a cluster key's file.

    It is not a digest of the key: computing one would cost an event more than the cache saves it, and a cache
    file that revealed anything about the key would have to be guarded like the key. Writing to a file,
    replacing it or changing who may read it changes its ``ctime``.
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
    data = content[len(name) + 1 : (len(content) + len(name) + 1) // 2]
    return data if data and content == whole(name, data) else None


def whole(name: str, data: bytes) -> bytes:
    """Return the content of a cache file: its name, and the data twice, which shows whether it is damaged."""
    return b"%b\n%b%b" % (name.encode(), data, data)


def open_folder(folder: str) -> int:
    """Return a descriptor of the folder, so that what is checked is what is used.

    Raises:
        OSError: It does not exist, or others can access it.
    """
    place = posix.open(folder, _DIRECTORY)
    status = posix.fstat(place)
    if status.st_uid != posix.geteuid() or status.st_mode & _OTHERS:
        posix.close(place)
        raise PermissionError
    return place


def is_file_of_ours(status: posix.stat_result, closed: int = _OTHERS_WRITE) -> bool:
    """Tell whether only the driver's user can have made an open file, and has these rights to it alone."""
    return (
        status.st_mode & (KIND | closed) == REGULAR_FILE
        and status.st_nlink < 2
        and status.st_uid == posix.geteuid()
    )


def _read(place: int, name: str) -> bytes:
    descriptor = posix.open(name, posix.O_RDONLY | BY_NAME, dir_fd=place)
    try:
        status = posix.fstat(descriptor)
        if not is_file_of_ours(status, _OTHERS):
            raise PermissionError
        if status.st_size > MAXIMUM_BYTES:
            return b""
        return posix.read(descriptor, status.st_size)
    finally:
        posix.close(descriptor)
