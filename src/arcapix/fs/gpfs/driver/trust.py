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


def is_open(mode: int, owner: int, group: int) -> bool:
    """Tell whether a file's rights let others than its owner write.

    Root's group may, and the group that a user has alone, which has the user's number.
    """
    return bool(mode & 0o002) or (bool(mode & 0o020) and group not in (0, owner))


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


def danger(paths: Iterable[str]) -> str:
    """Return who else could change one of these, and what to do about it; nothing if nobody could.

    What does not exist cannot be changed, and is no danger.

    Args:
        paths: They are followed as the kernel does: through every folder and link.

    Raises:
        OSError: One of them cannot be followed.
    """
    seen: Seen = set()
    for path in paths:
        found = _danger_on_the_way(path, seen)
        if found:
            return found
    return ""


def _danger_on_the_way(path: str, seen: Seen) -> str:
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
            return ""
        step = place, not any(left)
        found = "" if step in seen else _danger_of(place or "/", status, is_end=step[1])
        if found:
            return found
        seen.add(step)
        if status.st_mode & _KIND == _LINK:
            links += 1
            if links > _MOST_LINKS:
                return ""
            target = posix.readlink(place)
            place = "" if target.startswith("/") else place.rpartition("/")[0]
            left += reversed(target.split("/"))
    return ""


def _danger_of(path: str, status: posix.stat_result, *, is_end: bool) -> str:
    mode, owner, group = status.st_mode, status.st_uid, status.st_gid
    could = "who could change what the driver runs; run"
    if is_foreign(owner):
        return f"{path} belongs to user {owner}, {could}: chown root {path}"
    if mode & _KIND not in (_FOLDER, _FILE) or not is_open(mode, owner, group):
        return ""  # the rights of a link say nothing, and nothing runs from a device
    if mode & _STICKY and not is_end:
        return ""  # nobody can replace there what belongs to another user
    who = "everybody" if mode & _OTHERS else f"its group, {group}"
    return f"{path} can be written by {who}, {could}: chmod go-w {path}"
