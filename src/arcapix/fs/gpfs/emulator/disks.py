"""What disks hold, and disks that stop."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from arcapix.fs.gpfs.emulator.errors import EmulatorError
from arcapix.fs.gpfs.emulator.model import Disk, Filesystem

if TYPE_CHECKING:
    from arcapix.fs.gpfs.emulator.emulator import Emulator

_FEW, _MANY = 3, 5
"""How many disks hold a descriptor of their file system: `_MANY` only if there is room for them."""
_MANY_DISKS = 9
"""With so many disks there is room, however few failure groups they are in; 8 are too few [recorded]."""


def by_id(filesystem: Filesystem) -> list[Disk]:
    """The disks of a file system, by id."""
    return sorted(filesystem.disks.values(), key=lambda disk: disk.id)


def holds(filesystem: Filesystem, disk: Disk) -> tuple[bool, bool]:
    """Tell whether a disk holds metadata, and data."""
    pool = filesystem.pools[disk.pool]
    return pool.metadata and disk.metadata, pool.data and disk.data


def quorum_disks(filesystem: Filesystem) -> list[Disk]:
    """The disks with a descriptor of the file system: three, or five of many, spread over failure groups.

    There are five if there are as many failure groups [doc]. Disks with metadata come first [recorded].
    """
    groups: dict[str, list[Disk]] = {}
    for disk in sorted(by_id(filesystem), key=lambda disk: not holds(filesystem, disk)[0]):
        alone = disk.failure_group == "-1"
        groups.setdefault(disk.name if alone else f"group {disk.failure_group}", []).append(disk)
    in_turn = [disk for row in zip_longest(*groups.values()) for disk in row if disk is not None]
    many = len(groups) >= _MANY or len(in_turn) >= _MANY_DISKS
    return in_turn[: _MANY if many else _FEW]


def stop(emulator: Emulator, filesystem: str, disk: str) -> None:
    """Mark a disk down and raise diskFailure on the file system manager."""
    with emulator.change() as state:
        state.filesystems[filesystem].disks[disk].availability = "down"
    manager = emulator.state.filesystems[filesystem].manager
    emulator.raise_event("diskFailure", manager, {"fsName": filesystem, "diskName": disk})


def fail(emulator: Emulator, disk: str) -> None:
    """Make a disk fail, whichever file system it belongs to.

    Raises:
        EmulatorError: There is no such disk.
    """
    disks = {name: one.name for one in emulator.state.filesystems.values() for name in one.disks}
    if disk not in disks:
        raise EmulatorError(f"no disk '{disk}' in the emulated cluster; there are {', '.join(sorted(disks))}")
    stop(emulator, disks[disk], disk)
