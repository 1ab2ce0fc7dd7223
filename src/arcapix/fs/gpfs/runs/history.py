"""Reads what the driver recorded on a node: runs, whether they still run, and what they printed.

The journal tells starts and ends. A run whose end is missing still runs, or was killed and is `interrupted`:
which of the two is found out by looking for its process at the time of the question. Reading changes nothing,
and does not ask GPFS, which may be down.
"""

from __future__ import annotations

import os
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, BinaryIO, Literal, TypeAlias, cast, get_args

from ..deployment import installation
from ..driver import log_frames, output, stale_runs
from ..driver.decision import REFUSED, SUCCEEDED, TIMED_OUT
from ..driver.journal import end_record
from ..driver.records import DRIVER_LOG
from ..exceptions import GPFSError
from . import files, generations, identifiers, last_words
from .followed_output import FollowedOutput
from .generations import Facts, News, Snapshot
from .journal_reader import object_in
from .tail import Tail

__all__ = ["EVERY_RUN", "STATES", "History", "RecordedRun", "RunState", "Selection"]

RunState: TypeAlias = Literal[
    "running",
    "succeeded",
    "failed",
    "timed-out",
    "interrupted",
    "refused",
    "skipped",
    "retrying",
    "discarded",
]
"""What became of a run. It is ``retrying`` between two attempts, and ``discarded`` if somebody gave it up."""

STATES: tuple[RunState, ...] = get_args(RunState)

_UNKNOWN = "-"
"""What the driver records where it knows no callback, or no event."""
_INTERRUPTED = (
    "its process is gone and recorded no end: SIGKILL or os._exit() ended it, or the node went down"
)
_NO_END = "the reason could not be recorded; its output may tell it"
_STATES_BY_STATUS = {SUCCEEDED: "succeeded", REFUSED: "refused", TIMED_OUT: "timed-out"}
_NOT_CALLED = ("refused", "skipped")
"""States of runs whose function was not called, so that it has printed nothing."""
_LAST_BYTES = 64 << 10
"""How much of an output is looked at for what a signal made it say at last."""
_PIECE = 64 << 10
"""How much of a journal is read at a time from its end; memory for more is slower than reading."""
_PAUSE = 0.2
"""Seconds between two looks at a journal that is followed."""
_ON_ITS_WAY = 1.0
"""Seconds in which the last output of a killed run comes from where it is collected to its file."""


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """One run of a callback on a node.

    Attributes:
        id: What it is called in the journal and the log, such as ``20261122T160501.004711-815``.
        node: The node's name, as its driver knows it.
        callback: The identifier of the callback.
        event: The event, as GPFS spelled it.
        about: The object that the callback belongs to, such as ``filesystem:mmfs1``; empty if there is none.
        variables: The GPFS variables as they were given.
        user: The user that the driver ran as.
        pid: Its process.
        attempt: 1 for the first attempt.
        started: When it began, with the offset of this machine's time zone.
        ended: When its end was recorded; None while it runs, and if it was interrupted.
        state: What became of it.
        status: The driver's exit status; None if no end was recorded.
        reason: Why it did not succeed, in one line; empty while it runs, unless that is on another node, of
            which this one knows no more than its records say. Of a success, why other nodes may have run in
            spite of ``once``; else it is empty.
        drill: Whether its event was only rehearsed, by ``arcapix-gpfs drill``.
        synthetic: Whether the node missed its event and was told of it afterwards.
        unverified: Whether the callback is only what a refused token calls itself, which may be forged.
    """

    id: str
    node: str
    callback: str
    event: str
    about: str
    variables: Mapping[str, str]
    user: str
    pid: int
    attempt: int
    started: datetime
    ended: datetime | None
    state: RunState
    status: int | None
    reason: str
    drill: bool = False
    synthetic: bool = False
    unverified: bool = False

    @property
    def seconds(self) -> float | None:
        """How long it took; None if no end was recorded."""
        return None if self.ended is None else (self.ended - self.started).total_seconds()

    def fields(self) -> dict[str, Any]:
        """Return all that is known, in values that JSON has; times are local, in ISO format with offset."""
        return {
            "run": self.id,
            "node": self.node,
            "callback": None if self.callback == _UNKNOWN else self.callback,
            "event": None if self.event == _UNKNOWN else self.event,
            "about": self.about or None,
            "variables": dict(self.variables),
            "started": _iso(self.started),
            "ended": None if self.ended is None else _iso(self.ended),
            "state": self.state,
            "status": self.status,
            "reason": self.reason or None,
            "user": self.user,
            "pid": self.pid,
            "attempt": self.attempt,
            "drill": self.drill,
            "synthetic": self.synthetic,
            "unverified": self.unverified,
        }

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> RecordedRun:
        """Return the run that another node reported; the counterpart of `fields`.

        Raises:
            KeyError, TypeError, ValueError: These are not the fields of a run.
        """
        nothing = {"callback": _UNKNOWN, "event": _UNKNOWN, "about": "", "reason": ""}
        fields = {name: nothing.get(name) if value is None else value for name, value in fields.items()}
        texts = ("run", "node", "state", "user", *nothing)
        if not all(isinstance(fields[name], str) for name in texts):
            raise TypeError(f"one of {', '.join(texts)} is no text")
        ended = fields["ended"]
        others = ("id", "about", "started", "ended", "drill", "synthetic", "unverified")
        values = {name: fields[name] for name in cls.__slots__ if name not in others}
        return cls(
            id=fields["run"],
            about=object_in(fields["about"]),
            started=_local(fields["started"]),
            ended=None if ended is None else _local(ended),
            # an older release tells nothing of these
            drill=fields.get("drill") is True,
            synthetic=fields.get("synthetic") is True,
            unverified=fields.get("unverified") is True,
            **values,
        )


def _local(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone()
    except OverflowError as error:  # a year at the edge of the calendar, in another time zone
        raise ValueError(str(error)) from None


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")


@dataclass(frozen=True, slots=True)
class Selection:
    """Which runs are wanted; an empty attribute takes all.

    Attributes:
        callbacks: Identifiers, or patterns such as ``log*``.
        events: Events, in any letter case, or under another name that GPFS has for them.
        states: States.
        since: When they started at the earliest, in seconds since 1970.
        until: When they started at the latest.
        objects: Objects, written such as ``filesystem:mmfs1``; ``cluster`` for those that are about none.
    """

    callbacks: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    since: float | None = None
    until: float | None = None
    objects: tuple[str, ...] = ()

    def takes(self, run: RecordedRun) -> bool:
        """Tell whether a run is one of those."""
        return (
            (not self.states or run.state in self.states)
            and (self.since is None or run.started.timestamp() >= self.since)
            and (self.until is None or run.started.timestamp() <= self.until)
            and (not self.objects or (run.about or "cluster") in self.objects)
            and (not self.events or _folded(run.event) in map(_folded, self.events))
            and (not self.callbacks or any(fnmatchcase(run.callback, text) for text in self.callbacks))
        )


EVERY_RUN = Selection()


def _folded(event: str) -> str:
    from ..events import canonical

    return (canonical(event) or event).lower()


class History:
    """The runs on one node.

    Args:
        state: The driver's state folder, with the journal and the output of runs in progress.
        log: The driver's log, with the output of runs that ended.
        node: The name of this node; by default, it is that of each run. The processes of another one that has
            the same state folder cannot be looked for here.
    """

    def __init__(self, state: Path, log: Path, node: str = "") -> None:
        self.node = node
        self.journal = state / "journal"
        self.outputs = state / "output"
        self.log = log

    @classmethod
    def of(cls, driver: Path) -> History:
        """Return the history of an installed driver on this node.

        Raises:
            GPFSError: It is not one of our drivers.
        """
        configuration = installation.configuration_of(driver)
        log = os.environ.get(DRIVER_LOG) or configuration["log"]
        return cls(Path(configuration["state"]), Path(log), installation.node_of(configuration))

    def runs(self, selection: Selection = EVERY_RUN) -> list[RecordedRun]:
        """Return the runs that the journal still has, in the order of their starts.

        Raises:
            GPFSError: It cannot be read: this user may not, or something else stands in its place.
        """
        with closing(self.follow()) as looks:
            return [run for run in next(looks) if selection.takes(run)]

    def newest(self, count: int, selection: Selection = EVERY_RUN, piece: int = _PIECE) -> list[RecordedRun]:
        """Return the last of `runs`, so many at most. The journal is read from its end, as far as need be.

        Args:
            count: How many runs.
            selection: Which runs.
            piece: How much is read at a time, in bytes.

        Raises:
            GPFSError: As for `runs`.
        """
        of_any_state = replace(selection, states=())
        with closing(Snapshot(self.journal, piece)) as journal:
            tail = Tail(journal, selection.callbacks)
            while True:
                runs = _taken(of_any_state, tail.runs())
                if selection.states:
                    runs = _taken(selection, self._with_ends(runs, journal))
                if len(runs) >= count:
                    tail.forget_older(runs, count)
                if len(runs) >= count or tail.is_whole:
                    break
                tail.grow()
            found = dict(list(runs.items())[-count:])
            return [_recorded(fields) for fields in self._with_ends(found, journal).values()]

    def mark_interrupted(self) -> list[RecordedRun]:
        """Record of runs that were killed that they are interrupted, so that it stays known; return those.

        Raises:
            GPFSError: The journal cannot be read.
            OSError: It cannot be written.
        """
        runs: Facts = {}
        with closing(News(self.journal)) as news:
            news.read_into(runs)
            without_end = [name for name, fields in runs.items() if "state" not in fields]
            self._tell_of_gone(runs, news)
        killed = [_recorded(runs[name]) for name in without_end if runs[name].get("state") == "interrupted"]
        for run in killed:
            generations.append(self.journal, end_record(run.id, time.time(), run.state, None, run.reason))
        return killed

    def _with_ends(self, runs: Facts, journal: Snapshot) -> Facts:
        """Return runs with the ends that they have had without a record of it, or since a moment."""
        found = dict(runs)
        with closing(journal.news()) as news:
            self._tell_of_gone(found, news)
        return {name: found[name] for name in runs}

    def follow(self, pause: float = _PAUSE) -> Generator[list[RecordedRun], None, None]:
        """Yield all runs so far; then, whenever there are any, those that have started or ended since.

        A run that did both since the last look comes once, as ended. This goes on until it is closed.

        Args:
            pause: Seconds between two looks.

        Raises:
            GPFSError: The journal cannot be read.
        """
        running: Facts = {}
        with closing(News(self.journal)) as news:
            yield self._look(news, running)
            while True:
                time.sleep(pause)
                found = self._look(news, running)
                if found:
                    yield found

    def _look(self, news: News, running: Facts) -> list[RecordedRun]:
        """Return what started or ended since the last look, and leave in `running` what still runs."""
        known = set(running)
        news.read_into(running)
        self._tell_of_gone(running, news)
        found = [fields for name, fields in running.items() if name not in known or "state" in fields]
        for fields in found:
            if "state" in fields:
                del running[fields["run"]]
        return [_recorded(fields) for fields in found]

    def _tell_of_gone(self, runs: Facts, news: News) -> None:
        """Add how runs have ended that have no end so far, and whose processes are gone."""
        gone = [
            name for name, fields in runs.items() if "state" not in fields and not self._is_running(fields)
        ]
        if gone:  # it may have recorded its end just before it left
            news.read_into(runs)
        # A run whose end the journal could not take may have it in the log, with its output.
        logged = self._ends_in_log() if gone else {}
        for name in gone:
            if name in logged:
                runs[name] = {**logged[name], **runs[name]}
            else:
                runs[name] = {
                    "state": "interrupted",
                    "reason": self._why_it_is_gone(runs[name]),
                    **runs[name],
                }

    def _is_running(self, fields: dict[str, Any]) -> bool:
        if self.node not in ("", fields["node"]):
            fields["reason"] = f"on {fields['node']}, as far as this node can know"
            return True
        path = self._output_of(fields["run"], fields["node"])
        return stale_runs.is_running(fields["pid"], fields["started"], str(path))

    def _output_of(self, run: str, node: str) -> Path:
        return self.outputs / stale_runs.output_name(run, node)

    def _ends_in_log(self) -> dict[str, dict[str, Any]]:
        """Return how runs ended, by the last lines of their blocks in the log."""
        found: dict[str, dict[str, Any]] = {}
        with suppress(GPFSError):  # that there is no end is told as well
            for log in self._logs():
                for run, (_, _, last, is_sure) in log_frames.by_run(log).items():
                    name = run.decode(errors="surrogateescape")
                    if is_sure or name not in found:
                        found |= _end_of(name, last)
        return found

    def _why_it_is_gone(self, fields: dict[str, Any]) -> str:
        try:
            with files.open_file(self._output_of(fields["run"], fields["node"])) as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - _LAST_BYTES))
                return last_words.signal_in(file.read()) or _INTERRUPTED
        except (OSError, GPFSError):
            return _INTERRUPTED

    def find(self, name: str) -> RecordedRun:
        """Return the run with an identifier.

        Raises:
            NotFound: The journal has no such run, or no longer has it.
            GPFSError: The journal cannot be read.
        """
        runs = {run.id: run for run in self.runs()}
        if name not in runs:
            raise identifiers.unknown("run", name, list(runs), "history")
        return runs[name]

    def output(self, run: RecordedRun) -> bytes | None:
        """Return what a run on this node has printed so far, with the driver's notes once it has ended.

        What processes print that outlive the function comes behind that, as long as it is kept.

        If that is more than 16 MiB, return the first and the last 8.

        Returns:
            None if it is no longer kept.

        Raises:
            GPFSError: What stands in the place of the log, or of the output file, cannot be read.
        """
        if run.state in _NOT_CALLED:
            return self._block(run) or b""
        if run.state == "running":
            # It may end in the meantime: then its block was written before its file was removed.
            printed = self._printed(run)
            return (self._block(run) or b"") if printed is None else printed
        block = self._block(run)
        printed = self._printed(run) if block is None else block
        later = self._printed(run, stale_runs.LATER)
        return printed if later is None else (printed or b"") + later

    def follow_output(self, run: RecordedRun, pause: float = _PAUSE) -> Generator[bytes, None, None]:
        """Yield what a run on this node has printed and goes on printing, piece by piece, until it has ended.

        The pieces together are what `output` returns afterwards, except for what processes print that outlive
        the function, and for how much is left out in the middle of more than 16 MiB: that depends on how fast
        it is printed and read.

        Args:
            run: The run. There are no pieces if it has ended before its output could be followed.
            pause: Seconds between two looks.

        Raises:
            GPFSError: The journal, the log or the output file cannot be read.
        """
        running: Facts = {}
        has_ended = False
        with closing(News(self.journal)) as news, ExitStack() as stack:
            file = followed = None
            while not has_ended:
                found = self._look(news, running)
                has_ended = run.id not in running
                if file is None and (file := self._open_output(run)):
                    followed = FollowedOutput(stack.enter_context(file), pause)
                if has_ended and not any(each.id == run.id and each.ended for each in found):
                    time.sleep(_ON_ITS_WAY)
                if followed is not None:
                    yield from followed.news()
                if not has_ended:
                    time.sleep(pause)
            if file is not None and (notes := self._notes(run, file)):
                yield notes

    def _notes(self, run: RecordedRun, file: BinaryIO) -> bytes:
        """Return what the log has of a run that ended behind what stands in its output file."""
        printed = self._read_output(run, file)
        block = self._block(run) or b""
        return block[len(printed) :] if block.startswith(printed) else b""

    def _read_output(self, run: RecordedRun, file: BinaryIO) -> bytes:
        return output.read(str(self._output_of(run.id, run.node)), os.dup(file.fileno()))

    def _printed(self, run: RecordedRun, suffix: str = "") -> bytes | None:
        file = self._open_output(run, suffix)
        if file is None:
            return None
        with file:
            return self._read_output(run, file)

    def _open_output(self, run: RecordedRun, suffix: str = "") -> BinaryIO | None:
        """Open an output file; a run without rights may have removed it, but has it open."""
        if not self.outputs.is_dir():
            return None  # then the driver keeps what is printed in memory
        path = f"{self._output_of(run.id, run.node)}{suffix}"
        try:
            return files.open_file(Path(path))
        except FileNotFoundError:
            removed = stale_runs.descriptor_of(run.pid, path) if run.state == "running" else None
        try:
            return None if removed is None else files.open_descriptor(Path(removed))
        except (FileNotFoundError, ProcessLookupError):
            return None

    def _block(self, run: RecordedRun) -> bytes | None:
        """Return the block in the log without its first and last line; None if there is no whole one."""
        doubtful = None
        for log in self._logs():
            block = log_frames.by_run(log).get(run.id.encode())
            if block is not None:
                start, stop, _, is_sure = block
                if is_sure:
                    return log[start:stop]
                doubtful = log[start:stop]
        return doubtful

    def _logs(self) -> Iterator[bytes]:
        """Yield what the log and its older generations hold, the oldest first."""
        with ExitStack() as stack:
            for file in [stack.enter_context(file) for file in generations.opened(self.log)]:
                yield files.read(file, self.log)


def _end_of(run: str, last: bytes) -> dict[str, dict[str, Any]]:
    """Return how a run ended, by the last line of its block; nothing if that cannot be read."""
    when, status = log_frames.ending(last)
    try:
        ended = datetime.strptime(when.decode(), "%Y-%m-%dT%H:%M:%S%z").timestamp()
    except ValueError:
        return {}
    state = _STATES_BY_STATUS.get(status, "failed")
    return {run: {"ended": ended, "state": state, "status": status, "reason": _NO_END if status else ""}}


def _taken(selection: Selection, runs: Facts) -> Facts:
    return {name: fields for name, fields in runs.items() if selection.takes(_recorded(fields))}


def _recorded(fields: dict[str, Any]) -> RecordedRun:
    ended = fields.get("ended")
    return RecordedRun(
        id=fields["run"],
        node=fields["node"],
        callback=fields["callback"],
        event=fields["event"],
        about=object_in(fields["about"]),
        variables=fields["variables"],
        user=fields["user"],
        pid=fields["pid"],
        attempt=fields["attempt"],
        started=datetime.fromtimestamp(fields["started"]).astimezone(),
        ended=None if ended is None else datetime.fromtimestamp(ended).astimezone(),
        state=cast(RunState, fields.get("state", "running")),
        status=fields.get("status"),
        reason=fields.get("reason", ""),
        drill=fields["drill"],
        synthetic=fields["synthetic"],
        unverified=fields["unverified"],
    )
