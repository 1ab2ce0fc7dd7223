"""The folder by which nodes agree who runs: made ready at installation, as far as this node reaches it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from ..deployment import installation
from ..driver import own_files
from ..driver.once_record import OnceRecord
from ..exceptions import GPFSError
from .once import Once

__all__ = ["local_kind", "prepare"]

_LOCAL = frozenset({"ext2", "ext3", "ext4", "f2fs", "overlay", "ramfs", "tmpfs", "xfs"})

_HELD_UP = frozenset({"preunmount", "unmount", "preshutdown", "shutdown"})
"""Events, in small letters, at which GPFS wants to unmount the file system that the folder may be in."""


def prepare(once: Once, identifier: str, events: Sequence[str], driver: Path) -> list[str]:
    """Make the record of a callback, at full size, in the folder and that folder in its own; return doubts.

    Args:
        once: What is asked for.
        identifier: The callback's.
        events: Its events.
        driver: The driver that it is registered with.

    Raises:
        GPFSError: No folder is named, neither here nor where the driver was installed.
    """
    configuration = installation.configuration_of(driver)
    folder = once.folder or configuration["once_folder"]
    if not folder:
        raise GPFSError(
            "once needs a folder that all nodes share: give Once(within=..., folder='/mmfs1/.arcapix/once'), "
            "or install the drivers with: arcapix-gpfs driver install --once-folder /mmfs1/.arcapix/once"
        )
    doubts = []
    was_there = Path(folder).is_dir()
    try:
        Path(folder).mkdir(mode=0o700, exist_ok=True)
        OnceRecord(folder, identifier, once.lost_after).close()
    except OSError as error:
        doubts.append(
            f"the folder of once cannot be used on this node: {error}; while a node does not reach it, that "
            f"node {'runs the function' if once.on_lost == 'run' else 'skips its events'}"
        )
    else:
        doubts += _doubts_about(folder)
        if not configuration["emulated"]:  # the nodes of an emulated cluster share the disks of one machine
            doubts += _doubts_about_disk(folder, was_there=was_there)
    held_up = [event for event in events if event.lower() in _HELD_UP]
    if held_up:
        doubts.append(
            f"while the function runs at {', '.join(held_up)}, a file in {folder} is open, which can hold up "
            "the unmount of the file system that it is in"
        )
    return doubts


def local_kind(folder: str) -> str:
    """Return which kind of local file system a folder is in, such as ``ext4``; empty for any other.

    Raises:
        OSError: It cannot be looked at.
    """
    device = Path(folder).stat().st_dev
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        mounted, _, kind = line.partition(" - ")
        if mounted.split()[2] == f"{os.major(device)}:{os.minor(device)}":
            return kind.split()[0] if kind.split()[0] in _LOCAL else ""
    return ""


def _doubts_about_disk(folder: str, *, was_there: bool) -> list[str]:
    kind = local_kind(folder)
    if not kind:
        return []
    how = "is" if was_there else "was not there, and was made"
    return [
        f"the folder of once, {folder}, {how} on a local disk ({kind}), which no other node reaches, so that "
        "each runs the function; name one in a file system of GPFS"
    ]


def _doubts_about(folder: str) -> list[str]:
    try:
        own_files.check_folder(folder)
    except OSError:
        return [
            f"others than root can write to the folder of once, {folder}, and so have events count as done "
            "that were not; name a folder that is root's, and run: chmod 700"
        ]
    return []
