"""What a node knows of a callback: whether it can run there, and how it ran. GPFS is asked once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from ...deployment import cluster_key, installation
from ...driver.refusal import claimed
from ...driver.token import TokenError
from ...driver.verification import checked
from ...exceptions import GPFSError
from ...registration import header, registry
from ...registration.signatures import Signatures
from ...runs.deliveries import Deliveries
from ...runs.history import History, RecordedRun, Selection
from ...runs.pauses import CurrentPause, Pauses
from ..checks import node_callbacks, node_checks
from ..checks.finding import Finding
from . import kernel_log

if TYPE_CHECKING:
    from ...commands import CallbackRecord

__all__ = ["NodeFacts", "checks_of", "collect", "release"]

Found = TypeVar("Found")

_NEWEST = 30
"""How many runs are looked at."""
_OF_EVENTS = ("id", "state", "due")
"""What is told of accepted events."""
_DISTRIBUTION = "arcapix-fs-gpfs"


@dataclass(slots=True)
class NodeFacts:
    """What a node has answered.

    Attributes:
        release: Of this package there.
        interpreter: The Python of the driver; empty if that cannot be read.
        checks: What was found about the driver.
        key: Remarks on the token that come from the key of the node: two or three words, and a sentence.
        is_taken: Whether the driver there takes the token, as far as key and digest go.
        pauses: What is paused there.
        needs_root: Whether this user may not read what the driver has recorded.
        knows_runs: Whether its journal was read.
        runs: The newest runs of the callback, in the order of their starts.
        killed_for_memory: Those of them that the kernel has killed.
        pending: The events of the callback that are accepted and not finished, as of `PendingEvent.fields`.
        has_deliverer: Whether a process delivers what waits.
        unknown: What could not be told, in one line each.
    """

    release: str = ""
    interpreter: str = ""
    checks: list[Finding] = field(default_factory=list)
    key: list[tuple[str, str]] = field(default_factory=list)
    is_taken: bool = False
    pauses: list[CurrentPause] = field(default_factory=list)
    needs_root: bool = False
    knows_runs: bool = False
    runs: list[RecordedRun] = field(default_factory=list)
    killed_for_memory: list[str] = field(default_factory=list)
    pending: list[dict[str, Any]] = field(default_factory=list)
    has_deliverer: bool = False
    unknown: list[str] = field(default_factory=list)

    def fields(self) -> dict[str, Any]:
        """Return all that is known, in values that JSON has."""
        return {
            "release": self.release,
            "interpreter": self.interpreter,
            "checks": [check.fields() for check in self.checks],
            "key": self.key,
            "is_taken": self.is_taken,
            "pauses": [pause.fields() for pause in self.pauses],
            "needs_root": self.needs_root,
            "knows_runs": self.knows_runs,
            "runs": [run.fields() for run in self.runs],
            "killed_for_memory": self.killed_for_memory,
            "pending": self.pending,
            "has_deliverer": self.has_deliverer,
            "unknown": self.unknown,
        }

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> Self:
        """Return the facts that `fields` was called for.

        Raises:
            KeyError, TypeError, ValueError: They are of none.
        """
        return cls(
            release=str(fields["release"]),
            interpreter=str(fields["interpreter"]),
            checks=[Finding.from_fields(check) for check in fields["checks"]],
            key=[(str(mark), str(text)) for mark, text in fields["key"]],
            is_taken=bool(fields["is_taken"]),
            pauses=[CurrentPause.from_fields(pause) for pause in fields["pauses"]],
            needs_root=bool(fields["needs_root"]),
            knows_runs=bool(fields["knows_runs"]),
            runs=[RecordedRun.from_fields(run) for run in fields["runs"]],
            killed_for_memory=[str(run) for run in fields["killed_for_memory"]],
            pending=[{name: event[name] for name in _OF_EVENTS} for event in fields["pending"]],
            has_deliverer=bool(fields["has_deliverer"]),
            unknown=[str(text) for text in fields["unknown"]],
        )


def release() -> str:
    """Return the release of this package on this node."""
    return metadata.version(_DISTRIBUTION)


def collect(identifier: str, command: str) -> NodeFacts:
    """Return what this node knows.

    Args:
        identifier: The callback.
        command: The program that it is registered with.
    """
    facts, driver, name = NodeFacts(release=release()), Path(command), identifier
    record = _told(facts, "how it is registered", lambda: registry.get(identifier))
    if not header.is_driver(command):
        facts.checks = node_callbacks.of_callback(driver, record) if record else []
        return facts
    facts.checks = checks_of(driver, record)
    if any(check.check == "answering" for check in facts.checks):
        return facts
    facts.needs_root = _needs_root(driver)
    if record is not None and record.parms:
        name = claimed(record.parms[0]) or identifier
        _told(facts, "whether its token is taken", lambda: _add_key(facts, driver, record))
    facts.interpreter = _told(facts, "the driver's Python", lambda: installation.interpreter_of(driver)) or ""
    facts.pauses = _told(facts, "what is paused", lambda: Pauses.of(driver).current()) or []
    runs = _told(facts, "what has run", lambda: _runs(driver, name))
    facts.knows_runs, facts.runs = runs is not None, runs or []
    facts.killed_for_memory = _killed_for_memory(facts.runs)
    deliveries = _told(facts, "what is pending", lambda: _pending(driver, name))
    if deliveries is not None:
        facts.pending, facts.has_deliverer = deliveries
    return facts


def checks_of(driver: Path, record: CallbackRecord | None) -> list[Finding]:
    """Return what was found about a driver, and what is not well of all else that it needs."""
    found = node_checks.of_driver(driver)
    if any(each.check == "driver" and each.state != "ok" for each in found):
        return found
    rest = node_checks.of_answering(driver)
    if rest[0].state == "ok":
        rest = [*node_checks.of_key(driver), *node_checks.of_places(driver)]
        if record is not None:
            rest += node_callbacks.of_callback(driver, record)
    return found + [each for each in rest if each.state in ("problem", "unknown")]


def _needs_root(driver: Path) -> bool:
    """Tell whether this user may not read what a driver has recorded here, as root may."""
    if os.geteuid() == 0:
        return False
    try:
        state = Path(installation.configuration_of(driver)["state"])
        return any(path.exists() and not os.access(path, os.R_OK) for path in (state, state / "journal"))
    except PermissionError:
        return True
    except (GPFSError, OSError):
        return False


def _told(facts: NodeFacts, what: str, ask: Callable[[], Found]) -> Found | None:
    """Return an answer; where there is none, add to the facts that it could not be told."""
    try:
        return ask()
    except (GPFSError, OSError) as error:
        facts.unknown.append(f"{what} cannot be told: {str(error).partition(chr(10))[0]}")
        return None


def _add_key(facts: NodeFacts, driver: Path, record: CallbackRecord) -> None:
    """Add whether the key of this node vouches for a token."""
    configuration = installation.configuration_of(driver)
    keys, is_required = cluster_key.keys(Path(configuration["key"])), configuration["key_required"]
    found = header.read(record)
    if found is not None:
        signatures = Signatures(keys, key_required=is_required)
        facts.key = [(mark, text) for mark, text in signatures.vouching(record.parms[0], found)]
        with suppress(TokenError):
            checked(record.parms[0], keys)
            facts.is_taken = bool(keys) or not is_required


def _runs(driver: Path, name: str) -> list[RecordedRun]:
    return History.of(driver).newest(_NEWEST, Selection(callbacks=(name,)))


def _killed_for_memory(runs: Iterable[RecordedRun]) -> list[str]:
    interrupted = {run.pid: run for run in runs if run.state == "interrupted"}
    if not interrupted:
        return []
    started = {pid: run.started.timestamp() for pid, run in interrupted.items()}
    return [interrupted[pid].id for pid in kernel_log.killed_for_memory(started)]


def _pending(driver: Path, name: str) -> tuple[list[dict[str, Any]], bool]:
    deliveries = Deliveries.of(driver)
    every = [event.fields() for event in deliveries.pending() if event.callback == name]
    found = [{name: event[name] for name in _OF_EVENTS} for event in every]
    return found, bool(found) and deliveries.has_deliverer()
