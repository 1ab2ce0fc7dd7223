"""The pauses on a node: which callbacks have their events let go, and how many that were."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ..deployment import installation, whole_file
from ..driver import pause, pause_file
from ..driver.pause import ALL, Pause
from ..exceptions import GPFSError, NotFound
from . import pause_orders
from .pause_orders import Order, is_of_the_cluster

__all__ = ["ALL", "Answer", "CurrentPause", "Pauses", "holding"]

_ORDERS = "pauses-of-cluster"


@dataclass(frozen=True, slots=True)
class CurrentPause:
    """A pause that is in force on a node.

    Attributes:
        callback: The identifier of the callback, or `ALL`.
        since: When it began; seconds since 1970.
        until: When it ends by itself, if it does.
        by: Who has asked for it.
        reason: Why; may be empty.
        cluster: Whether it was asked of all nodes.
        skipped: How many events it has let go here.
    """

    callback: str
    since: float
    until: float | None
    by: str
    reason: str
    cluster: bool
    skipped: int

    def way_out(self, node: str = "") -> str:
        """Return the command that ends it; `node` is what a node is called that is not the local one."""
        which = "--all" if self.callback == ALL else self.callback
        where = " --nodes all" if self.cluster else f" --node {node}" if node else ""
        return f"arcapix-gpfs resume {which}{where}"

    def why(self) -> str:
        """Return why a callback is paused by it, as the end of a sentence."""
        everywhere = " on all nodes" if self.cluster else ""
        return (
            f"paused together with all others{everywhere}" if self.callback == ALL else f"paused{everywhere}"
        )

    def fields(self) -> dict[str, Any]:
        """Return all that is known, in values that JSON has; times are local, in ISO format with offset."""
        return {
            "callback": self.callback,
            "since": _iso(self.since),
            "until": None if self.until is None else _iso(self.until),
            "by": self.by,
            "reason": self.reason or None,
            "cluster": self.cluster,
            "skipped": self.skipped,
        }

    @classmethod
    def from_fields(cls, fields: dict[str, Any]) -> CurrentPause:
        """Return the pause that `fields` was called for.

        Raises:
            KeyError, TypeError, ValueError: They are of none.
        """
        until = fields["until"]
        return cls(
            callback=str(fields["callback"]),
            since=datetime.fromisoformat(fields["since"]).timestamp(),
            until=None if until is None else datetime.fromisoformat(until).timestamp(),
            by=str(fields["by"]),
            reason=str(fields["reason"] or ""),
            cluster=bool(fields["cluster"]),
            skipped=int(fields["skipped"]),
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What a node says that was told of orders.

    Attributes:
        learned: How many it had not heard of.
        orders: All that it knows of now.
        pauses: What is paused there.
    """

    learned: int
    orders: list[Order]
    pauses: list[CurrentPause]

    def fields(self) -> dict[str, Any]:
        """Return all that is known, in values that JSON has."""
        pauses = [each.fields() for each in self.pauses]
        return {"learned": self.learned, "orders": pause_orders.text(self.orders), "pauses": pauses}

    @classmethod
    def from_fields(cls, fields: dict[str, Any]) -> Answer:
        """Return the answer that `fields` was called for.

        Raises:
            KeyError, TypeError, ValueError: They are of none.
        """
        pauses = [CurrentPause.from_fields(each) for each in fields["pauses"]]
        return cls(int(fields["learned"]), pause_orders.parse(fields["orders"]), pauses)


class Pauses:
    """The pauses on this node.

    Args:
        state: The driver's state folder.
    """

    def __init__(self, state: Path) -> None:
        self._state = state
        self._orders = state / _ORDERS

    @classmethod
    def of(cls, driver: Path) -> Pauses:
        """Return those that an installed driver heeds.

        Raises:
            GPFSError: It is not one of our drivers.
        """
        return cls(Path(installation.configuration_of(driver)["state"]))

    def damage(self) -> list[str]:
        """Return what is wrong with lines of the file, in one line each; nothing if it cannot be read."""
        what = "is damaged: the driver passes over it, so that it pauses nothing"
        try:
            lines = enumerate(pause.lines(str(self._state)), 1)
            numbers = [number for number, line in lines if line and pause.parse(line) is None]
        except (OSError, ValueError):
            return []
        return [
            f"{self._state}{pause.FILE}, line {number}, {what}; the next change of the file removes it"
            for number in numbers
        ]

    def settle(self) -> None:
        """Take out pauses that have ended by themselves, and record how many events they have let go.

        Nothing is done where this process may not, and where another one does it.
        """
        now = time.time()
        if any(each.is_over(now) for each in pause.read_if_possible(str(self._state))):
            with suppress(ValueError):
                pause_file.remove_ended(str(self._state), now)

    def current(self) -> list[CurrentPause]:
        """Return the pauses that are in force, the oldest first, after `settle`.

        Raises:
            GPFSError: They cannot be read.
        """
        self.settle()
        try:
            found = [each for each in pause.read(str(self._state)) if not each.is_over(time.time())]
            counts = pause_file.counts(str(self._state))
        except (OSError, ValueError) as error:
            raise GPFSError(f"the pauses cannot be read: {error}") from error
        skipped = {each.id: 0 for each in found}
        for (id, _), count in counts.items():
            skipped[id] = skipped.get(id, 0) + count
        return sorted((_current(each, skipped[each.id]) for each in found), key=lambda each: each.since)

    def hold(self, callback: str) -> bool:
        """Tell whether the driver lets events of a callback go; pauses that cannot be read hold nothing."""
        known = pause.read_if_possible(str(self._state))
        return pause.find(known, callback, time.time()) is not None

    def add(self, callbacks: Sequence[str], until: float | None, by: str, reason: str) -> None:
        """Pause callbacks on this node; a pause of the same callback here makes way.

        Raises:
            GPFSError: The pauses cannot be read or written.
        """
        now = time.time()
        new = [Pause(f"n{os.urandom(4).hex()}", each, now, until, by, reason) for each in callbacks]
        self._change(lambda known: [*_without(known, callbacks), *new])

    def remove(self, callbacks: Sequence[str], node: str = "") -> list[CurrentPause]:
        """Resume callbacks on this node, with `ALL` whatever was paused here alone; return what was paused.

        Args:
            callbacks: The callbacks.
            node: What this node is called where somebody reads the errors; empty if that is here.

        Raises:
            NotFound: One of them is not paused.
            GPFSError: One is paused together with others, or on all nodes; or the file cannot be written.
        """
        current = self.current()
        mine = {each.callback: each for each in current if not each.cluster}
        if ALL in callbacks:
            callbacks = list(mine)
        for name in callbacks:
            if name not in mine:
                raise _reason_to_stay(name, current, node)
        self._change(lambda known: _without(known, callbacks))
        return [mine[name] for name in callbacks]

    def orders(self) -> list[Order]:
        """Return what was asked of all nodes, as far as this one has heard of it.

        Raises:
            GPFSError: That cannot be read.
        """
        try:
            return pause_orders.parse(whole_file.read(self._orders)[0].decode())
        except FileNotFoundError:
            return []
        except (OSError, ValueError) as error:
            way_out = "remove it, and run: arcapix-gpfs paused --nodes all"
            raise GPFSError(f"{self._orders} cannot be read: {error}; {way_out}") from error

    def learn(self, orders: Iterable[Order], resumed: Sequence[str] = ()) -> Answer:
        """Heed orders that this node may not have heard of.

        Args:
            orders: The orders.
            resumed: Callbacks, or `ALL`, whose pauses on this node alone are to end, too.

        Raises:
            GPFSError: They cannot be kept.
        """
        known_before = self.orders()

        def edit(known: list[Pause]) -> list[Pause]:
            everything = pause_orders.merged(self.orders(), orders)
            self._keep(everything)
            mine = [each for each in known if not is_of_the_cluster(each.id)]
            kept = [] if ALL in resumed else _without(mine, resumed)
            return [*kept, *[each.pause() for each in everything if each.pauses]]

        self._change(edit)
        now_known = self.orders()
        learned = [each for each in now_known if each not in known_before]
        return Answer(len(learned), now_known, self.current())

    def _keep(self, orders: list[Order]) -> None:
        data = pause_orders.text(orders).encode()
        with (
            whole_file.tidied(self._state, _ORDERS),
            whole_file.written(self._orders, data, 0o600) as new,
        ):
            new.replace(self._orders)

    def _change(self, edit: pause_file.Edit) -> None:
        def without_ended(known: list[Pause]) -> list[Pause]:
            return [each for each in edit(known) if not each.is_over(time.time())]

        try:
            pause_file.change(str(self._state), without_ended)
        except (OSError, ValueError) as error:
            what = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
            hint = "; only the user that the driver runs as may, usually root" if _is_refused(error) else ""
            raise GPFSError(f"the pauses in {self._state} cannot be changed: {what}{hint}") from error


def _is_refused(error: Exception) -> bool:
    return isinstance(error, OSError) and error.errno in (errno.EACCES, errno.EPERM)


def _without(known: Iterable[Pause], callbacks: Sequence[str]) -> list[Pause]:
    """Return pauses without those of some callbacks on this node alone."""
    return [each for each in known if is_of_the_cluster(each.id) or each.callback not in callbacks]


def holding(callback: str, current: Iterable[CurrentPause]) -> CurrentPause | None:
    """Return the pause that has to end first for a callback, or `ALL`, to run; None if nothing holds it."""
    found = [each for each in current if callback == ALL or each.callback in (callback, ALL)]
    return min(found, key=lambda each: each.callback == ALL, default=None)


def _reason_to_stay(name: str, current: list[CurrentPause], node: str) -> GPFSError:
    held = holding(name, current)
    if held is None:
        return NotFound("paused callback", name, [each.callback for each in current])
    return GPFSError(f"{name!r} is {held.why()}; run: {held.way_out(node)}")


def _current(each: Pause, skipped: int) -> CurrentPause:
    cluster = is_of_the_cluster(each.id)
    return CurrentPause(each.callback, each.since, each.until, each.by, each.reason, cluster, skipped)


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).astimezone().isoformat(timespec="milliseconds")
