"""What a change of a callback is to do, and what it has done, field by field."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any, NamedTuple

from ..callbacks.callback import Callback
from ..cluster import Cluster
from ..exceptions import GPFSError
from ..registration import journal, run_options
from ..registration.run_options import Run

__all__ = ["Difference", "alone_with", "changed", "options"]

NONE = "-"


class Difference(NamedTuple):
    """A field of a callback that is another one than before.

    Attributes:
        field: The field, as options of a command are called.
        before: What it was, as text; ``-`` for nothing.
        after: What it is.
    """

    field: str
    before: str
    after: str


@contextmanager
def alone_with(identifier: str) -> Iterator[Callback]:
    """Give a callback as it is once no other change of this node is under way; within the block none begins.

    What is looked up before that may be in the gap of another change, or older than what that has made.

    Raises:
        NotFound: There is none.
        GPFSError: No lock can be had; nothing was changed.
    """
    with journal.alone([identifier], needed=True):
        yield Cluster().callbacks[identifier]


def options(run: Run | None, given: Mapping[str, Any], defaults: Collection[str]) -> Run:
    """Return run options with some fields set anew, and some as if nobody had asked for them.

    Args:
        run: Those before.
        given: Fields to set; the variables of ``env`` come to those that there are.
        defaults: Fields to take back.

    Raises:
        TypeError, ValueError: See `Run`.
    """
    fresh = Run()
    fields = {name: getattr(fresh, name) for name in defaults} | dict(given)
    if fields.pop("alone", False):
        fields["max_running"] = 1
    if "env" in given:
        there = run.env if run is not None and "env" not in defaults else {}
        fields["env"] = {**there, **given["env"]}
    return replace(run or fresh, **fields)


def changed(callback: Callback, change: dict[str, Any]) -> list[Difference]:
    """Change a callback by one replacement, and return what is different now (one listing).

    Args:
        callback: The callback.
        change: Keywords of `Callback.change`.

    Raises:
        TypeError, ValueError, GPFSError: See `Callback.change`.
    """
    before, body = _fields(callback), _body(callback)
    callback.change(**change)
    with suppress(GPFSError):  # it is changed, whether or not GPFS lists it in its own words, such as nodes
        callback.refresh()
    after = _fields(callback)
    found = [
        Difference(name, before.get(name, NONE), after.get(name, NONE))
        for name in dict.fromkeys([*before, *after])
        if before.get(name) != after.get(name)
    ]
    if before["function"] == after["function"] and body != _body(callback):
        found.append(Difference("function", before["function"], f"{after['function']}, as it is now"))
    return found


def _fields(callback: Callback) -> dict[str, str]:
    """Return what a callback is, as texts; fields that nobody asked for are left out."""
    values = {
        "event": ",".join(callback.events),
        "on-nodes": callback.node or "all",
        "function": callback.function or callback.command,
        "parms": " ".join(callback.parms),
        "priority": callback.priority,
        "sync": "yes" if callback.sync else None,
        "timeout": callback.timeout,
        "onerror": callback.onerror,
    }
    found = {name: str(value) for name, value in values.items() if value not in (None, "")}
    for name, text in run_options.write(callback.run) if callback.run is not None else ():
        field = name.replace("_", "-").replace("env:", "env ")
        found[f"run's {field}" if field in found else field] = text
    return found


def _body(callback: Callback) -> tuple[str, str] | None:
    with suppress(GPFSError):  # no key vouches for it here, so it cannot be told from another one
        return callback.captured_text()
    return None
