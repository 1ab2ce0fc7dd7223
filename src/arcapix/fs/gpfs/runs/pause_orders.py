"""What was asked of all nodes of the cluster about pauses, in a form that nodes can tell each other.

Nodes that have heard of the same orders, in whatever sequence, agree on what is paused. So a node that was
down learns all that it missed from any other. No two clocks are compared: an order has a number that is
larger than those of all orders that its maker knew of.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import NamedTuple

from ..driver.pause import ALL, Pause

__all__ = ["Order", "merged", "parse", "text"]

_OF_THE_CLUSTER = "c"
"""How the identifiers of their pauses begin."""


class Order(NamedTuple):
    """Somebody wants a callback, or all, to be paused or resumed on every node.

    Attributes:
        number: The order with the largest counts.
        maker: Tells apart orders that were made at the same time with the same number.
        callback: The identifier of the callback, or `pause.ALL`.
        pauses: Whether it is to be paused.
        since: When that was asked for; seconds since 1970.
        until: When the pause ends; None if somebody has to end it.
        by: Who has asked for it.
        reason: Why.
    """

    number: int
    maker: str
    callback: str
    pauses: bool
    since: float
    until: float | None
    by: str
    reason: str

    @property
    def rank(self) -> tuple[int, str]:
        """What is larger for orders that count instead of others."""
        return self.number, self.maker

    def pause(self) -> Pause:
        """Return the pause that it asks for."""
        id = f"{_OF_THE_CLUSTER}{self.number}x{self.maker}"
        return Pause(id, self.callback, self.since, self.until, self.by, self.reason)


def is_of_the_cluster(pause: str) -> bool:
    """Tell whether a pause, by its identifier, was asked of all nodes."""
    return pause.startswith(_OF_THE_CLUSTER)


def merged(*groups: Iterable[Order]) -> list[Order]:
    """Return the orders that count among some, the newest last.

    To resume all callbacks undoes whatever was asked for before.
    """
    newest: dict[tuple[str, bool], Order] = {}
    for order in itertools.chain(*groups):
        key = order.callback, order.callback == ALL and order.pauses
        if key not in newest or newest[key].rank < order.rank:
            newest[key] = order
    all_resumed = newest.get((ALL, False))
    found = [each for each in newest.values() if all_resumed is None or each.rank >= all_resumed.rank]
    return sorted(found, key=lambda each: each.rank)


def text(orders: Iterable[Order]) -> str:
    """Return orders as one text."""
    import json  # few nodes have orders

    return json.dumps(list(orders))


def parse(given: str) -> list[Order]:
    """Return the orders that a text stands for.

    Raises:
        ValueError: It is not one that `text` has made.
    """
    import json

    try:
        orders = [Order(*fields) for fields in json.loads(given)]
    except TypeError as error:
        raise ValueError(str(error)) from None
    for order in orders:
        if not _is_sound(order):
            raise ValueError(f"not an order: {order}")
    return orders


def _is_sound(order: Order) -> bool:
    texts = (order.maker, order.callback, order.by, order.reason)
    times = (order.since, 0.0 if order.until is None else order.until)
    return (
        isinstance(order.number, int)
        and isinstance(order.pauses, bool)
        and all(isinstance(each, str) for each in texts)
        and all(isinstance(each, float) for each in times)
        and order.maker.isalnum()
    )
