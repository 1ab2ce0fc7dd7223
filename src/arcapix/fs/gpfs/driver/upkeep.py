"""What files of ours need now and then: the folder that they are in, and room once they are full."""

from __future__ import annotations

import posix

from .journal import GENERATIONS


def open_in_spite_of(error: OSError, path: str, flags: int, mode: int) -> int:
    """Open a file that could not be opened: its folder may have to be made.

    Raises:
        OSError: It cannot be opened.
    """
    if not isinstance(error, FileNotFoundError):
        from . import own_files

        raise own_files.explained(path, error) from None
    make_folder(path.rpartition("/")[0])
    return posix.open(path, flags, mode)


def make_folder(path: str, mode: int = 0o750) -> None:
    """Make one of our folders, and its parents; what exists stays as it is.

    Args:
        path: The folder.
        mode: Its rights and those of its parents, whatever the umask.

    Raises:
        OSError: It cannot be made, as below a link to nowhere.
    """
    try:
        _make_last_folder(path, mode)
    except FileNotFoundError:
        parent = path.rpartition("/")[0]
        if not parent:
            raise
        make_folder(parent, mode)
        _make_last_folder(path, mode)


def _make_last_folder(path: str, mode: int) -> None:
    """Make a folder whose parent exists.

    That something of its name exists already is no error here: it need not be a folder, as whoever opens a
    file in it will see.
    """
    try:
        posix.mkdir(path, mode)
    except FileExistsError:
        return
    descriptor = posix.open(path, posix.O_RDONLY | posix.O_DIRECTORY | posix.O_NOFOLLOW | posix.O_CLOEXEC)
    try:
        posix.fchmod(descriptor, mode)
    finally:
        posix.close(descriptor)


def move_aside(path: str, descriptor: int) -> None:
    """Move a file aside that is full, once, however many runs notice it.

    The lock is on a file beside it, which nobody else can open: whoever may read the log can lock that.

    Args:
        path: The file.
        descriptor: One that has it open.

    Raises:
        OSError: It cannot be moved.
    """
    from . import own_files

    folder, _, name = path.rpartition("/")
    lock = own_files.open_file(f"{folder}/.{name}.lock", posix.O_RDWR | posix.O_CREAT)
    try:
        posix.lockf(lock, posix.F_TLOCK, 0)
        _move(path, descriptor)
    except (BlockingIOError, FileNotFoundError):
        return  # another run does it at this moment, or somebody has removed the file
    finally:
        posix.close(lock)


def _move(path: str, descriptor: int) -> None:
    current = posix.stat(path)
    full = posix.fstat(descriptor)
    if (current.st_ino, current.st_dev) == (full.st_ino, full.st_dev):
        for number in range(GENERATIONS, 1, -1):
            try:
                posix.rename(f"{path}.{number - 1}", f"{path}.{number}")
            except FileNotFoundError:
                continue
        posix.rename(path, f"{path}.1")
