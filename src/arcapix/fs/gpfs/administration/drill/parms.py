"""What GPFS would make of the parms of a callback: words, with variables replaced.

Words are told apart first. A variable has the value that was given, or that can be asked for; else it is
``UNDEFINED``. What is no variable stays as it is.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from ... import events
from ..reconciliation.asked import UNDEFINED

if TYPE_CHECKING:
    from ...commands import CallbackRecord
    from ..reconciliation.asked import Asked

__all__ = ["Values", "variables_in"]

_MENTIONED = re.compile(r"%([A-Za-z][A-Za-z0-9]*)")


def variables_in(records: Iterable[CallbackRecord]) -> set[str]:
    """Return what callbacks ask GPFS for."""
    return {name for record in records for word in record.parms for name in _MENTIONED.findall(word)}


class Values:
    """The variables of an event, as a node would know them.

    Args:
        event: The event.
        given: Values that somebody has chosen; nodes may be in any form of their names.
        asked: What this node says about the others.
    """

    def __init__(self, event: str, given: Mapping[str, str], asked: Asked) -> None:
        self._given = {"eventTime": time.strftime("%Y-%m-%d_%H:%M:%S"), **given, "eventName": event}
        self._asked = asked
        facts = events.EVENTS.get(event)
        if facts is not None and facts.scope == "local" and "eventNode" in facts.variables:
            self._given.setdefault("eventNode", asked.here.daemon_name)
        names = sorted({*events.VARIABLES, *self._given}, key=len, reverse=True)
        qualifiers = "|".join(events.QUALIFIERS)
        self._pattern = re.compile(
            rf"%({'|'.join(map(re.escape, names))})(?:\.({qualifiers})(?![A-Za-z0-9]))?"
        )

    def words(self, parms: Iterable[str]) -> list[str]:
        """Return the words that a program is started with."""
        return [self._pattern.sub(lambda match: self.value(match[1], match[2] or ""), word) for word in parms]

    def value(self, name: str, qualifier: str = "") -> str:
        """Return a variable; a qualifier says in which form nodes are wanted."""
        given = self._given.get(name)
        if name not in events.NODE_VALUED:
            value = given if given is not None else self._asked.value(name)
            return f"{value}.{qualifier}" if qualifier else value
        if given is None:
            return self._asked.value(f"{name}.{qualifier}")
        return ",".join(self._node(text, qualifier) for text in given.split(",")) if given else UNDEFINED

    def _node(self, name: str, qualifier: str) -> str:
        node = self._asked.node(name)
        return name if node is None else self._asked.shown(iter([node]), qualifier)
