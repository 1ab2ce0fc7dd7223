"""The folder by which nodes agree who runs: made ready at installation, as far as this node reaches it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..deployment import installation
from ..driver import own_files
from ..driver.once_record import OnceRecord
from ..exceptions import GPFSError
from .once import Once

__all__ = ["prepare"]

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
    folder = once.folder or installation.configuration_of(driver)["once_folder"]
    if not folder:
        raise GPFSError(
            "once needs a folder that all nodes share: give Once(within=..., folder='/mmfs1/.arcapix/once'), "
            "or install the drivers with: arcapix-gpfs driver install --once-folder /mmfs1/.arcapix/once"
        )
    doubts = []
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
    held_up = [event for event in events if event.lower() in _HELD_UP]
    if held_up:
        doubts.append(
            f"while the function runs at {', '.join(held_up)}, a file in {folder} is open, which can hold up "
            "the unmount of the file system that it is in"
        )
    return doubts


def _doubts_about(folder: str) -> list[str]:
    try:
        own_files.check_folder(folder)
    except OSError:
        return [
            f"others than root can write to the folder of once, {folder}, and so have events count as done "
            "that were not; name a folder that is root's, and run: chmod 700"
        ]
    return []
