"""Puts into a node's cache what `cache` takes out of it; nothing that goes wrong here stops an event."""

from __future__ import annotations

import posix

from . import cache

MAXIMUM_FILES = 4_096
"""Beyond this, or beyond `cache.MAXIMUM_BYTES`, adding a file removes the oldest ones."""

_ABANDONED_SECONDS = 60
"""A temporary file older than this was left by a writer that was killed."""
_WRITING = posix.O_WRONLY | posix.O_CREAT | posix.O_EXCL | posix.O_CLOEXEC


def store(folder: str, name: str, data: bytes) -> None:
    """Keep data under a name, if possible; the folder is created, its parents are not."""
    content = cache.whole(name, data)
    if len(content) > cache.MAXIMUM_BYTES:
        return
    try:
        _make_folder(folder)
        place = cache.open_folder(folder)
        try:
            _make_room(place, len(content))
            _write(place, name, content)
        finally:
            posix.close(place)
    except OSError:
        return


def _make_folder(folder: str) -> None:
    try:
        posix.mkdir(folder, 0o700)
    except FileExistsError:
        return


def _write(place: int, name: str, content: bytes) -> None:
    """Write a file and put it in place atomically; another event may be reading or writing it."""
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
    """Remove the oldest files beyond the bounds, and what killed writers left behind."""
    import time

    now = time.time()
    found = []
    for name in posix.listdir(place):
        try:
            status = posix.stat(name, dir_fd=place, follow_symlinks=False)
        except FileNotFoundError:
            continue  # another writer has removed it, or put it in place
        found.append((status.st_mtime, name, status.st_size))
    count, size = 1, wanted
    for written, name, length in sorted(found, reverse=True):
        count += 1
        size += length
        abandoned = name.startswith(".") and now - written > _ABANDONED_SECONDS
        if abandoned or count > MAXIMUM_FILES or size > cache.MAXIMUM_BYTES:
            try:
                posix.unlink(name, dir_fd=place)
            except OSError:
                continue
