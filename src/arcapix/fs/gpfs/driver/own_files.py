"""Opens files of ours in folders that others may reach: what stands in their place is refused, in words.

Nothing is followed or waited for: a link, a FIFO or a device is no file of ours, nor is one that somebody
else can have made, can write to, or has given another name.
"""

from __future__ import annotations

import posix

from . import cache

_KINDS = {
    0o120000: "a link",
    0o010000: "a FIFO",
    0o140000: "a socket",
    0o040000: "a directory",
    0o020000: "a device",
    0o060000: "a device",
}
_GROUP, _OTHERS, _STICKY = 0o020, 0o002, 0o1000
_MOVE = ", and what is in it may be theirs; move it away"
"""Nobody can tell by looking at compiled code, or at a record, who has written it."""


def open_file(path: str, flags: int, mode: int = 0o600) -> int:
    """Open a file of ours.

    Raises:
        FileNotFoundError: There is none.
        OSError: It cannot be opened, or is none of ours; says what to do.
    """
    try:
        descriptor = posix.open(path, flags | cache.BY_NAME, mode)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise explained(path, error) from None
    try:
        check(path, descriptor)
    except OSError:
        posix.close(descriptor)
        raise
    return descriptor


def open_in_folder(path: str, flags: int, mode: int = 0o600) -> int:
    """Open a file of ours in a folder of the state folder, after making that if need be.

    Raises:
        OSError: As `open_file`; or others can put what they like in its place.
    """
    folder = path.rpartition("/")[0]
    check_folder(folder.rpartition("/")[0])
    check_folder(folder)
    try:
        return open_file(path, flags, mode)
    except FileNotFoundError:
        from . import upkeep

        upkeep.make_folder(folder)
        return open_file(path, flags, mode)


def check(path: str, descriptor: int) -> posix.stat_result:
    """Return the status of an open file, if that is ours.

    Raises:
        PermissionError: It is not.
    """
    status = posix.fstat(descriptor)
    if not cache.is_file_of_ours(status):
        raise _wrong_file(path, status)
    return status


def explained(path: str, error: OSError) -> OSError:
    """Return why a file could not be opened: what stands in its place, or else the error."""
    try:
        status = posix.lstat(path)
    except OSError:
        return error
    return error if status.st_mode & cache.KIND == cache.REGULAR_FILE else _wrong_file(path, status)


def _wrong_file(path: str, status: posix.stat_result) -> PermissionError:
    kind = status.st_mode & cache.KIND
    if kind != cache.REGULAR_FILE:
        text = f"it is {_KINDS.get(kind, 'no file')}, where a file of the driver's should be; move it away"
    elif status.st_uid != posix.geteuid():
        text = f"it belongs to the user with number {status.st_uid}; move it away"
    elif status.st_nlink > 1:
        text = "it has another name, too, by which others may reach it; move it away"
    else:
        text = f"others may write to it{_MOVE}"
    return PermissionError(1, text, path)


def check_folder(path: str) -> None:
    """Refuse a folder in which others can put what they like in the place of our files.

    One of root's is safe in which nobody can remove what belongs to others, as in ``/tmp``. The group that
    may write to a folder may be root's, or that of the driver, unless an access list (ACL) lets others do so.

    Raises:
        OSError: It is such a folder, or nobody can tell.
    """
    try:
        status = posix.stat(path)
    except FileNotFoundError:
        return  # it will be made, closed to others
    mode = status.st_mode
    if status.st_uid not in (0, posix.geteuid()):
        raise PermissionError(1, f"it belongs to the user with number {status.st_uid}{_MOVE}", path)
    if mode & _STICKY or not mode & (_OTHERS | _GROUP):
        return
    if mode & _OTHERS or status.st_gid not in (0, posix.getegid()):
        raise PermissionError(1, f"others may write to it{_MOVE}", path)
    from . import trust

    if trust.has_list(path):
        text = f"others may write to it by its ACL{_MOVE}, or empty it and run: setfacl -b"
        raise PermissionError(1, text, path)
