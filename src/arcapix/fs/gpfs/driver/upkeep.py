"""What files of ours need now and then: the folder that they are in, and room once they are full."""

from __future__ import annotations

import posix

from .journal import GENERATIONS


def make_folder(path: str) -> None:
    """Make one of our folders, and its parents.

    Raises:
        OSError: It cannot be made, as below a link to nowhere.
    """
    try:
        _make_last_folder(path)
    except FileNotFoundError:
        parent = path.rpartition("/")[0]
        if not parent:
            raise
        make_folder(parent)
        _make_last_folder(path)


def _make_last_folder(path: str) -> None:
    """Make a folder, closed to others, whose parent exists.

    That something of its name exists already is no error here: it need not be a folder, as whoever opens a
    file in it will see.
    """
    try:
        posix.mkdir(path, 0o750)
    except FileExistsError:
        return


def move_aside(path: str, descriptor: int) -> None:
    """Move a file aside that is full, once, however many runs notice it.

    Args:
        path: The file.
        descriptor: One that has it open.

    Raises:
        OSError: It cannot be moved.
    """
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return  # another run does it at this moment
    try:
        current = posix.stat(path)
        full = posix.fstat(descriptor)
        if (current.st_ino, current.st_dev) == (full.st_ino, full.st_dev):
            for number in range(GENERATIONS, 1, -1):
                try:
                    posix.rename(f"{path}.{number - 1}", f"{path}.{number}")
                except FileNotFoundError:
                    continue
            posix.rename(path, f"{path}.1")
    except FileNotFoundError:
        return  # somebody has removed it
