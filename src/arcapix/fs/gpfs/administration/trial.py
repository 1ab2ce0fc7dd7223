"""Runs a function here and now as the driver would: with a driver, a state and a log of its own."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event
from typing import Any, NamedTuple

from .. import events
from ..commands import process
from ..deployment import cluster_key, installation
from ..deployment.environment import DRIVER
from ..driver.decision import SCOPES
from ..driver.main import DRILL
from ..driver.records import DRIVER_LOG
from ..exceptions import GPFSError, NotFound, nearest
from ..registration import outgoing
from ..registration.definition import define
from ..registration.doubts import warn
from ..runs.history import History, RecordedRun

__all__ = ["Trial", "Tried"]

_UNDEFINED = "UNDEFINED"
"""What GPFS gives for a variable without a value."""
_KEPT = ("path", "node_variable", "keep_environment", "set_environment", "syslog")
"""What the function finds around it as on this node."""
_PAUSE = 0.05
"""Seconds between two looks at what is printed."""


class Tried(NamedTuple):
    """What became of a trial.

    Attributes:
        status: The exit status of the driver.
        run: What it has recorded; None if the event is about another object.
        complaints: What it has said itself.
    """

    status: int
    run: RecordedRun | None
    complaints: str


class Trial:
    """A function, and the event that it is to be called for.

    Args:
        function: The function.
        event: The event, in any letter case.
        scope: The object that the callback would be of.
        values: Variables with their values, besides those that name the object.
        parms: As for a callback.
        run: Fields of `Run`.

    Raises:
        NotFound: The catalogue has no such event.
    """

    def __init__(
        self,
        function: Callable[..., object],
        event: str,
        scope: tuple[str, ...],
        values: Mapping[str, str],
        parms: Sequence[str] = (),
        run: Mapping[str, Any] | None = None,
    ) -> None:
        known = events.canonical(event)
        if known is None:
            raise NotFound("event", event, events.EVENTS)
        self._function = function
        self._event = known
        self._scope = scope
        self._given = values
        self._values = {"eventName": known, **dict(zip(SCOPES.get(scope[0], ()), scope[1:])), **values}
        self._keywords = {"parms": list(parms) or None, "run": run or None}

    def doubts(self) -> list[str]:
        """Return which of the given variables the event does not supply."""
        supplied = events.variables_of(self._event)
        found = []
        for name in self._given:
            if name.partition(".")[0] not in supplied:
                near = nearest(name, supplied)
                mend = f"; did you mean {near!r}?" if near and near != name else ""
                found.append(f"as far as is known, event {self._event} supplies no {name!r}{mend}")
        return found

    def run(self, show: Callable[[Iterable[bytes]], object]) -> Tried:
        """Capture the function, and run it; nothing that this node has recorded changes.

        Args:
            show: Gets what the function prints, in pieces as it comes; called in another thread.

        Raises:
            TypeError, ValueError, GPFSError: The function could not be installed so.
        """
        definition = define("run", (self._function, self._event), self._keywords, scope=self._scope)
        settings = _settings()
        with tempfile.TemporaryDirectory(prefix="arcapix-run-") as folder:
            driver = installation.install(Path(folder), settings)
            with _variables({DRIVER: str(driver), DRIVER_LOG: None}):
                [prepared] = outgoing.verified([outgoing.prepare(definition)])
                warn(prepared.doubts)
                token, *words = prepared.record.parms
                history = History.of(driver)
                command = (str(driver), DRILL, "run", token, *map(self._filled, words))
                done = _executed(command, lambda ended: show(_printed(history, ended)))
            runs = history.runs()
        return Tried(done.returncode, runs[0] if runs else None, done.stderr)

    def _filled(self, word: str) -> str:
        """Return a word as GPFS gives it: with the value in the place of the variable."""
        before, percent, name = word.rpartition("%")
        return before + self._values.get(name, _UNDEFINED) if percent else word


def _settings() -> dict[str, object]:
    """Return the configuration of a driver whose functions find what they find on this node."""
    settings: dict[str, object] = {"key": str(cluster_key.path()), "emulated": True}
    with suppress(GPFSError):  # none is installed here; then it is as any other
        there = installation.configuration_of(installation.driver_path())
        settings |= {name: there[name] for name in _KEPT}
    return settings


@contextmanager
def _variables(values: Mapping[str, str | None]) -> Iterator[None]:
    """Have environment variables within the block; None stands for having none."""
    before = {name: os.environ.get(name) for name in values}
    try:
        _set(values)
        yield
    finally:
        _set(before)


def _set(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def _executed(command: Sequence[str], watch: Callable[[Event], object]) -> process.Completed:
    """Run a program while something watches it from another thread, which is told of its end."""
    ended = Event()
    with ThreadPoolExecutor(1) as pool:
        watching = pool.submit(watch, ended)
        try:
            done = process.execute(command, timeout=float("inf"))
        finally:
            ended.set()
        watching.result()
    return done


def _printed(history: History, ended: Event) -> Iterator[bytes]:
    """Yield what the only run of a history prints, as it comes."""
    runs = history.runs()
    while not runs:
        if ended.is_set():
            return
        time.sleep(_PAUSE)
        runs = history.runs()
    is_any = False
    for piece in history.follow_output(runs[0], _PAUSE):
        is_any = True
        yield piece
    if not is_any:  # it had ended before anybody could follow it
        yield history.output(history.find(runs[0].id)) or b""
