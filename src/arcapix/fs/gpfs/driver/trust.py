"""Who else could change what the driver runs: owners and rights of files, and of all folders above them.

Whoever may write one of them runs programs as the user who runs the driver, who is root on a cluster. It is
asked at installation, at registration, and at a function's first event on a node.
"""

from __future__ import annotations

import posix
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    Seen = set[tuple[str, bool]]
    """Paths that have proved safe, and whether they did so as the end of a way or as a part of it."""

_KIND, _FOLDER, _FILE, _LINK = 0o170000, 0o040000, 0o100000, 0o120000
_STICKY, _OTHERS = 0o1000, 0o002
ROOTS_FOLDER = "/opt/arcapix/gpfs"
"""Where root's driver is, unless its Python is a virtual environment or another folder is given."""

_MOST_LINKS = 40
"""The kernel follows no more."""


def is_foreign(owner: int) -> bool:
    """Tell whether a file's owner is neither root nor the user who runs this.

    Within a user namespace, whoever is outside of it is shown as one user; root is among them.
    """
    if owner in (0, posix.geteuid()):
        return False
    try:
        with open("/proc/sys/fs/overflowuid") as outside, open("/proc/self/uid_map") as users:
            return int(outside.read()) != owner or users.read().split() == ["0", "0", "4294967295"]
    except OSError:
        return True


def is_open(path: str, mode: int, owner: int, group: int) -> bool:
    """Tell whether a file's rights let others than its owner write.

    Root's group may, and one that the owner has alone. With an access list (ACL) the rights of the group are
    the bound of all that the list names, so where they include writing, anybody may be in it.
    """
    if mode & 0o022 != 0o020:
        return bool(mode & 0o002)
    return has_list(path) or not (group == 0 or is_private(owner, group))


def has_list(path: str) -> bool:
    """Tell whether a file has an access list of POSIX; others, as those of NFS 4, are not seen."""
    try:
        posix.getxattr(path, "system.posix_acl_access")
    except OSError:
        return False
    return True


def is_private(owner: int, group: int, users: str = "/etc/passwd", groups: str = "/etc/group") -> bool:
    """Tell whether a group has nobody but a user in it, as far as the files of this node tell.

    It is the user's first group there, or has the user's number, as where a directory service knows the user.
    """
    names, is_first = [""], False
    for name, _, user, first, *_ in entries(users):
        if user == str(owner):
            names.append(name)
            is_first = is_first or first == str(group)
        elif first == str(group):
            return False
    listed = [fields[3].split(",") for fields in entries(groups) if fields[2] == str(group)]
    if any(member not in names for members in listed for member in members):
        return False
    return owner == group or (is_first and bool(listed))


def entries(path: str) -> list[list[str]]:
    """Return the fields of each line of a file such as ``/etc/passwd``; nothing if there is none."""
    try:
        with open(path, errors="replace") as file:
            return [fields for line in file if len(fields := line.strip().split(":")) > 3]
    except OSError:
        return []


def parts(stub: str, package: str, state: str, interpreter: str) -> list[str]:
    """Return the paths of all that runs at an event.

    Args:
        stub: What GPFS starts.
        package: The folder of the driver's modules.
        state: The driver's folder for what it keeps, which includes code.
        interpreter: That of the stub. The library that it loads is known if it is the one that runs this.
    """
    name = stub.removesuffix(".py")
    folder = interpreter.rpartition("/")[0]
    found = [stub.rpartition("/")[0], stub, f"{name}.unbundled", f"{name}.{sys.hexversion:x}.bundle"]
    found += [package, state, interpreter, folder, f"{folder}/pyvenv.cfg"]
    found.append(f"{folder.rpartition('/')[0]}/pyvenv.cfg")
    if interpreter == sys.executable:
        library = f"{sys.platlibdir}/python{sys.version_info[0]}.{sys.version_info[1]}"
        found += [sys.prefix, sys.base_prefix]
        found += [f"{sys.base_prefix}/{library}", f"{sys.base_prefix}/{library}/lib-dynload"]
        found.append(f"{sys.prefix}/{library}/site-packages")
    return found


def renewal(stub: str) -> str:
    """Return the command that writes a driver anew."""
    folder = stub.rpartition("/")[0]
    return "arcapix-gpfs driver install" + ("" if folder == ROOTS_FOLDER else f" --prefix {folder}")


def danger(paths: Iterable[str], stub: str = "", state: str = "", folders: Iterable[str] = ()) -> str:
    """Return who else could change one of these, and what to do about it; nothing if nobody could.

    What does not exist cannot be changed, and is no danger.

    Args:
        paths: They are followed as the kernel does: through every folder and link.
        stub: What GPFS starts, if these are the paths of a driver.
        state: The folder of its state.
        folders: Some of the paths, of which what is in them counts, too; links there are not followed.

    Raises:
        OSError: One of them cannot be followed, or read.
    """
    seen: Seen = set()
    for path in paths:
        found = _danger_on_the_way(path, seen)
        if found:
            return told(*found, stub, state)
    for folder in folders:
        for name in posix.listdir(folder):
            path = f"{folder}/{name}"
            status = posix.lstat(path)
            if is_danger(path, status):
                return told(path, status, stub, state)
    return ""


def told(path: str, status: posix.stat_result, stub: str = "", state: str = "") -> str:
    """Return who else could change a file in which there is danger, and what to do about it."""
    return (
        f"{who(path, status)}, who could change what the driver runs; {_way_out(path, status, stub, state)}"
    )


def who(path: str, status: posix.stat_result) -> str:
    """Return who else could change a file in which there is danger."""
    if is_foreign(status.st_uid):
        kind = " is a link and" if status.st_mode & _KIND == _LINK else ""
        return f"{path}{kind} belongs to user {status.st_uid}"
    if status.st_mode & _OTHERS:
        return f"{path} can be written by everybody"
    if has_list(path):
        return f"{path} can be written by whomever its access list (ACL) names"
    return f"{path} can be written by its group, {status.st_gid}"


def _way_out(path: str, status: posix.stat_result, stub: str, state: str) -> str:
    """Return what to do, which makes nothing root's that somebody else may have put there."""
    if status.st_mode & _KIND == _LINK:
        return f"look where it leads, and run: chown -h root {path}"
    if stub and path.startswith(stub.removesuffix("py")):
        return f"run: {renewal(stub)}"
    if stub and path == state.rstrip("/"):
        return f"what is in it may be theirs: move it away, and run: {renewal(stub)}"
    if is_foreign(status.st_uid):
        return "what is in it may be theirs: move it away, and install it anew"
    is_by_list = not status.st_mode & _OTHERS and has_list(path)
    return f"run: setfacl -b {path}" if is_by_list else f"run: chmod go-w {path}"


def _danger_on_the_way(path: str, seen: Seen) -> tuple[str, posix.stat_result] | None:
    whole = path if path.startswith("/") else f"{posix.getcwd()}/{path}"
    place, left, links = "", whole.split("/")[::-1], 0
    while left:
        name = left.pop()
        if name == "..":
            place = place.rpartition("/")[0]
        if name in ("..", ".") or (not name and place):
            continue
        place = f"{place}/{name}" if name else ""
        try:
            status = posix.lstat(place or "/")
        except (FileNotFoundError, NotADirectoryError):
            return None
        step = place, not any(left)
        if step not in seen and is_danger(place or "/", status, is_end=step[1]):
            return place or "/", status
        seen.add(step)
        if status.st_mode & _KIND == _LINK:
            links += 1
            if links > _MOST_LINKS:
                return None
            target = posix.readlink(place)
            place = "" if target.startswith("/") else place.rpartition("/")[0]
            left += reversed(target.split("/"))
    return None


def is_danger(path: str, status: posix.stat_result, *, is_end: bool = True) -> bool:
    """Tell whether others could change a file, or what is in a folder.

    Args:
        path: The file, or a link itself.
        status: Its own.
        is_end: Whether it is itself meant, not only a part of the way to something that exists in it.
    """
    mode, owner, group = status.st_mode, status.st_uid, status.st_gid
    if is_foreign(owner):
        return True
    if mode & _KIND not in (_FOLDER, _FILE) or not is_open(path, mode, owner, group):
        return False  # the rights of a link say nothing, and nothing runs from a device
    return is_end or not mode & _STICKY  # nobody can replace there what belongs to another user
