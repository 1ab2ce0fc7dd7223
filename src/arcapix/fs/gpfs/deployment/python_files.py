"""Who else could change what root's Python loads: each file of the installation, not only their folders.

There are thousands, so it is asked at ``driver install`` alone. Where others can change many, as after an
installation with a careless umask, one line tells of all, with one command.
"""

from __future__ import annotations

import itertools
import os
import stat
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from ..driver import trust

_OF_ITS_OWN = ("site-packages", "dist-packages")
"""Folders within the standard library that a virtual environment does not load from."""

Found = tuple[str, os.stat_result]


def danger(package: Path) -> str:
    """Return who else could change a file that this Python loads, and what to do; nothing if nobody could.

    Args:
        package: The folder of the driver's modules.

    Raises:
        OSError: A folder cannot be read.
    """
    tops = [os.path.realpath(top) for top in (sys.prefix, sys.base_prefix, package.parent, "/")]
    files = itertools.chain(_programs(), *map(_below, _folders(package)))
    found = list(_dangers(itertools.chain(map(_with_status, tops[:2]), files)))
    for top in tops:
        here = [each for each in found if f"{each[0]}/".startswith(f"{top.rstrip('/')}/")]
        if here:
            return _told(here)
    return trust.danger(_libraries())


def _dangers(files: Iterable[Found]) -> Iterator[Found]:
    safe = set()
    for path, status in files:
        rights = status.st_mode, status.st_uid, status.st_gid
        if rights in safe and not (status.st_mode & stat.S_IWGRP and trust.has_list(path)):
            continue
        if trust.is_danger(path, status):
            yield path, status
        else:
            safe.add(rights)  # of a group it takes two files to tell


def _told(found: list[Found]) -> str:
    """Return one line for all: of other users' files if there are any, else of what others can write."""
    found = [each for each in found if trust.is_foreign(each[1].st_uid)] or found
    path, status = found[0]
    if not found[1:]:
        return trust.told(path, status)
    top = os.path.commonpath([path for path, _ in found])
    is_foreign = trust.is_foreign(status.st_uid)
    way_out = f"move {top} away, and install it anew" if is_foreign else f"run: chmod -R go-w {top}"
    many = f"{len(found)} files and folders of {top} could be changed by others"
    return f"{many}, such as this: {trust.who(path, status)}; {way_out}"


def _programs() -> Iterator[Found]:
    """Yield the folder of this Python's programs, and those that root starts."""
    folder = os.path.realpath(sysconfig.get_path("scripts"))
    if not Path(folder).is_dir():
        return
    yield _with_status(folder)
    for entry in os.scandir(folder):
        if entry.name == "arcapix-gpfs" or entry.name.startswith("python"):
            yield entry.path, entry.stat(follow_symlinks=False)


def _folders(package: Path) -> list[str]:
    """Return the folders that modules are loaded from; some Pythons lack one of them."""
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    found = {os.path.realpath(sysconfig.get_path(name)) for name in names}
    own = os.path.realpath(package.parent)
    if not any(own.startswith(f"{folder}/") for folder in found):
        found.add(own)
    return sorted(folder for folder in found if Path(folder).is_dir())


def _below(folder: str) -> Iterator[Found]:
    """Yield a folder and all that is in it; of links, themselves."""
    yield _with_status(folder)
    folders = [folder]
    while folders:
        with suppress(FileNotFoundError, PermissionError):  # nothing is loaded from there
            for entry in os.scandir(folders.pop()):
                yield entry.path, entry.stat(follow_symlinks=False)
                if entry.is_dir(follow_symlinks=False) and entry.name not in _OF_ITS_OWN:
                    folders.append(entry.path)


def _with_status(path: str) -> Found:
    return path, Path(path).lstat()


def _libraries() -> set[str]:
    """Return the shared library of Python that this process has loaded, if its Python has one."""
    with open("/proc/self/maps") as file:
        return {line.split(maxsplit=5)[5].rstrip("\n") for line in file if "/libpython" in line}
