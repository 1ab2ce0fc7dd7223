"""Removes an installed driver from a node, and nothing that it did not bring there."""

from __future__ import annotations

from pathlib import Path

from . import installation, units

__all__ = ["remove"]


def remove(prefix: Path | None = None) -> list[Path]:
    """Remove the driver below a folder, and return what was removed. State and log stay.

    The program itself goes first: GPFS finds none then, instead of one that lacks its modules. If that is not
    the end of it, to remove it once more removes the rest.

    Args:
        prefix: The folder; by default `installation.default_prefix`.

    Raises:
        GPFSError: A file in the place of the driver is none of ours.
        OSError: A file cannot be removed.
    """
    folder = (prefix or installation.default_prefix()).absolute()
    driver = folder / installation.STUB
    if driver.exists():
        installation.interpreter_of(driver)
    removed = [path for path in _files(driver) if _unlink(path)]
    for emptied in (folder / installation.UNITS, folder):
        if emptied.is_dir() and not any(emptied.iterdir()):
            emptied.rmdir()
    return removed


def _files(driver: Path) -> list[Path]:
    """Return all that an installation writes, of whichever Python."""
    folder = driver.parent
    bundles = sorted(folder.glob(f"{driver.stem}.*.bundle*"))
    beside = [folder / installation.UNITS / name for name in units.units(driver, Path(), Path())]
    return [driver, driver.with_suffix(".unbundled"), *bundles, *beside]


def _unlink(path: Path) -> bool:
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    return True
