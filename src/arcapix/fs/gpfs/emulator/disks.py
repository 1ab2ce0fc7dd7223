"""Disks that stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arcapix.fs.gpfs.emulator.errors import EmulatorError

if TYPE_CHECKING:
    from arcapix.fs.gpfs.emulator.emulator import Emulator


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
