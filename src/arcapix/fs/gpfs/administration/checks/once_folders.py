"""Looks at the folders by which nodes agree who runs a function: those of the callbacks on this node."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ...deployment import installation
from ...exceptions import few
from ...registration import header
from ...registration.once_folder import local_kind
from .finding import Outcome
from .hanging import hanging

if TYPE_CHECKING:
    from ...commands import CallbackRecord

__all__ = ["looked_at"]


def looked_at(driver: Path, records: Sequence[CallbackRecord]) -> Outcome:
    """Yield how each folder stands on this node; nothing if no callback has one.

    Args:
        driver: The driver of this node.
        records: The callbacks that GPFS may start here.
    """
    configuration = installation.configuration_of(driver)
    users: dict[str, list[str]] = {}
    for record in records:
        found = header.read(record)
        once = found.run.once if found is not None and found.run is not None else None
        if once is not None:
            users.setdefault(once.folder or configuration["once_folder"], []).append(record.identifier)
    hung = hanging([folder for folder in users if folder]) if any(users) else ""
    if hung:
        text = f"the folder of once, {hung}, does not answer, and no other one was looked at"
        yield "problem", text, "see to the file system that it is on: mount, df, dmesg"
        return
    for folder, callbacks in users.items():
        yield from _one(folder, few(callbacks), is_emulated=configuration["emulated"])


def _one(folder: str, callbacks: str, *, is_emulated: bool) -> Outcome:
    if not folder:
        text = f"the driver knows no folder by which this node and others agree who runs {callbacks}"
        yield "problem", text, "run: arcapix-gpfs driver install --once-folder DIR"
    elif not Path(folder).is_dir():
        text = f"{folder}, the folder of once for {callbacks}, is not there"
        yield "problem", text, f"mount the file system that it is in, or run: mkdir -m 700 {folder}"
    elif not is_emulated and (kind := local_kind(folder)):
        text = f"{folder}, the folder of once for {callbacks}, is on a local disk ({kind})"
        yield "warning", text, "name a folder that all nodes share, in a file system of GPFS"
    else:
        yield "ok", f"{folder}, the folder of once for {callbacks}, is there", ""
