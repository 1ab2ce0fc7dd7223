"""What a pause on this node means to those who install, delete and list callbacks; no other node is asked."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..deployment import installation
from ..driver import pause
from ..driver.pause import ALL, Pause
from ..exceptions import GPFSError
from ..runs.pause_orders import is_of_the_cluster
from . import header, moments
from .signatures import Remark

if TYPE_CHECKING:
    from ..commands import CallbackRecord
    from .definition import Definition

__all__ = ["PausesHere"]


class PausesHere:
    """The pauses that the driver of this node heeds; none where they cannot be read."""

    def __init__(self) -> None:
        self._known: list[Pause] = []
        try:
            state = installation.configuration_of(installation.driver_path())["state"]
        except (GPFSError, OSError):
            return
        self._known = [one for one in pause.read_if_possible(state) if not one.is_over(time.time())]

    def doubts(self, definitions: Iterable[Definition]) -> list[str]:
        """Return what to warn about before callbacks are installed: which functions do not run here."""
        identifiers = [definition.identifier for definition in definitions if definition.is_callable]
        return [
            f"callback {identifier!r} does not run here: {_shown(found)}"
            for identifier in identifiers
            if (found := self._of(identifier)) is not None
        ]

    def outliving(self, identifier: str) -> list[str]:
        """Return what to warn about before a callback is deleted: its pauses stay."""
        return [
            f"a pause outlives callback {identifier!r}, and holds for the next of that name: {_shown(found)}"
            for found in self._known
            if found.callback == identifier
        ]

    def remarks(self, record: CallbackRecord) -> list[Remark]:
        """Return what is said of a listed callback; nothing of a script, which no pause holds."""
        found = self._of(record.identifier) if header.is_driver(record.command) else None
        return [] if found is None else [Remark("paused", f"it does not run here: {_shown(found)}")]

    def _of(self, identifier: str) -> Pause | None:
        return pause.find(self._known, identifier, time.time())


def _shown(found: Pause) -> str:
    end = f"until {moments.shown(found.until)}" if found.until is not None else "until somebody ends that"
    everywhere = is_of_the_cluster(found.id)
    what = "all callbacks are paused" if found.callback == ALL else "it is paused"
    way_out = f"arcapix-gpfs resume {'--all' if found.callback == ALL else found.callback}"
    return (
        f"{what}{' on all nodes' if everywhere else ''} by {found.by}, {end}; "
        f"run: {way_out}{' --nodes all' if everywhere else ''}"
    )
