"""mmaddcallback, mmdelcallback and mmlscallback."""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from ..exceptions import GPFSError
from . import listing, process
from .values import present
from .yformat import Block, Form, blocks

__all__ = [
    "CallbackRecord",
    "mmaddcallback",
    "mmaddcallback_spec",
    "mmdelcallback",
    "mmlscallback",
    "mmlscallback_options",
]

# What the listing calls priority, mode, time limit and error action was never published: any plausible name
# will do.
_KEYS = {
    "command": "command",
    "commandpathname": "command",
    "event": "event",
    "events": "event",
    "node": "node",
    "nodes": "node",
    "nodelist": "node",
    "parms": "parms",
    "parm": "parms",
    "parameters": "parms",
    "priority": "priority",
    "sync": "sync",
    "synchronous": "sync",
    "async": "async",
    "asynchronous": "async",
    "mode": "mode",
    "syncmode": "mode",
    "execution": "mode",
    "executionmode": "mode",
    "type": "mode",
    "syncasync": "mode",
    "asyncsync": "mode",
    "timeout": "timeout",
    "timeoutseconds": "timeout",
    "onerror": "onerror",
    "onerroraction": "onerror",
    "erroraction": "onerror",
}
# Every recorded listing has its keys in this order; where those of options stand was never published.
_FORM = Form(
    command="mmlscallback",
    keys=_KEYS,
    order=("command", "event", "node", "parms"),
    required=2,
    lists=frozenset({"event", "node"}),
    words="parms",
    repeated=frozenset({"event", "parms"}),
)
_MODES = ("sync", "async", "mode")
_SYNCHRONOUS = re.compile(r"sync(?:hronous(?:ly)?)?|yes|true|on|1", re.IGNORECASE)
_ASYNCHRONOUS = re.compile(r"async(?:hronous(?:ly)?)?|no|false|off|0|none|-|", re.IGNORECASE)
_SECONDS = re.compile(r"(\d+)(?:\.0*)?\s*(?:s|sec|secs|seconds?)?", re.IGNORECASE)
_BETWEEN_WORDS = re.compile(r"[ \t\r]+")


@dataclass(frozen=True, slots=True)
class CallbackRecord:
    """A callback as GPFS keeps it.

    Attributes:
        identifier: Its name.
        command: Path of the program.
        events: Names of events, in GPFS's order.
        nodes: What follows ``-N``; empty: every node.
        parms: The words that the program gets, with variables unsubstituted.
        priority: As text; None: none listed.
        sync: Whether GPFS waits for it.
        timeout: Seconds that GPFS waits.
        onerror: What GPFS does when it fails.
        unknown: Keys of the listing that this package has no place for, with their values.
        shown: Which of node, priority, ``sync``, ``timeout`` and ``onerror`` the listing has a key for.
    """

    identifier: str
    command: str
    events: tuple[str, ...]
    nodes: tuple[str, ...] = ()
    parms: tuple[str, ...] = ()
    priority: str | None = None
    sync: bool = False
    timeout: int | None = None
    onerror: str | None = None
    unknown: tuple[tuple[str, str], ...] = ()
    shown: tuple[str, ...] = field(default=(), compare=False)

    @property
    def nowhere(self) -> bool:
        """Whether it is limited to nodes of which there are none at present, as by an empty class."""
        return not self.nodes and "node" in self.shown


def _options(record: CallbackRecord) -> list[str]:
    """The words of a definition that come before its parms."""
    events = ",".join(map(process.operand, record.events))
    words = [process.operand(record.identifier), "--command", process.operand(record.command)]
    words += ["--event", events]
    if record.priority is not None:
        words += ["--priority", record.priority]
    if record.sync:
        words.append("--sync")
        if record.timeout is not None:
            words += ["--timeout", str(record.timeout)]
        if record.onerror is not None:
            words += ["--onerror", process.operand(record.onerror)]
    if record.nodes:
        words += ["-N", ",".join(map(process.node_operand, record.nodes))]
    return words


def _each_with_option(parms: Iterable[str]) -> list[str]:
    return [word for parm in parms for word in ("--parms", parm)]


def mmaddcallback(record: CallbackRecord, *, words_apart: bool = False) -> None:
    """Register a callback: one mmaddcallback.

    Args:
        record: What to register; ``unknown`` cannot be sent.
        words_apart: Whether each word of parms gets a ``--parms`` of its own, instead of one for all words,
            joined by blanks, which GPFS splits again.
    """
    parms = list(record.parms) if words_apart else [" ".join(record.parms)] if record.parms else []
    process.run(
        "mmaddcallback",
        *_options(record),
        *_each_with_option(parms),
        timeout=process.CHANGE_LIMIT,
        changing=True,
    )


def _spec_line(record: CallbackRecord) -> str:
    words = [*_options(record), *_each_with_option(record.parms)]
    for word in words:
        if not word or _BLANK_OR_CONTROL.search(word):
            raise ValueError(
                f"{word!r} cannot stand in a spec file, where blanks separate words; add it alone"
            )
    return " ".join(words)


_BLANK_OR_CONTROL = re.compile(r"[\s\x00-\x1f]")


def mmaddcallback_spec(records: Iterable[CallbackRecord]) -> None:
    """Register several callbacks with one mmaddcallback, hence one lock; if there are none, run nothing.

    Each word of parms gets a ``--parms`` of its own, so that no line of the spec file needs quoting.

    Raises:
        ValueError: A value holds a blank, which a spec file cannot express.
        GPFSError: The spec file cannot be written; nothing was registered.
    """
    lines = [_spec_line(record) for record in records]
    if not lines:
        return
    path = _spec_file(lines)
    try:
        process.run("mmaddcallback", "-S", str(path), timeout=process.CHANGE_LIMIT, changing=True)
    finally:
        path.unlink(missing_ok=True)


def _spec_file(lines: Iterable[str]) -> Path:
    import tempfile  # and with it shutil and three compressors, for nothing but a batch

    try:
        descriptor, name = tempfile.mkstemp(prefix="arcapix-callbacks-", text=True)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogateescape") as file:
                file.writelines(f"{line}\n" for line in lines)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise GPFSError(
            "nothing was installed: the spec file for mmaddcallback cannot be written in "
            f"{tempfile.gettempdir()}: {error.strerror}; set TMPDIR to another folder"
        ) from None
    return Path(name)


def mmdelcallback(*identifiers: str) -> None:
    """Delete callbacks: one mmdelcallback for all of them."""
    if identifiers:
        names = ",".join(map(process.operand, identifiers))
        process.run("mmdelcallback", names, timeout=process.CHANGE_LIMIT, changing=True)


def mmlscallback(*identifiers: str) -> list[CallbackRecord]:
    """List callbacks in GPFS's order: these, or all user callbacks.

    Reads the plain form, the only one whose keys were ever published.

    Raises:
        GPFSExecuteException: It failed, perhaps because an identifier is unknown; some releases answer that
            with an empty list.
        GPFSError: A line of the listing cannot be believed, so none of it is.
    """
    names = [",".join(map(process.operand, identifiers))] if identifiers else []
    answer = process.run("mmlscallback", *names, timeout=process.LIST_LIMIT)
    # One release was seen to omit the line with the name when asked for a callback by name.
    return [_record(block) for block in blocks(answer.stdout, _FORM, identifiers)]


def mmlscallback_options(identifier: str) -> CallbackRecord | None:
    """Return the options of a callback as its row (``-Y``) tells them; None where there is no such row.

    The names of the columns were never published; ``shown`` says for which options there was one. A row with
    more or fewer values than the header has columns was damaged, and tells nothing.
    """
    answer = listing.rows_if_any("mmlscallback", "-Y", process.operand(identifier))
    rows = [row for row in answer.rows if identifier in row.fields] if answer else []
    if len(rows) != 1 or not rows[0].is_whole:
        return None
    (row,) = rows
    columns = {re.sub(r"[^a-z]", "", name): name for name in row.columns}
    values = {_KEYS[folded]: row.get(name) for folded, name in columns.items() if folded in _KEYS}
    options = {key: value for key, value in values.items() if key not in _FORM.order}
    return _with_options(CallbackRecord(identifier, "", ()), options, {})


def _record(block: Block) -> CallbackRecord:
    assert block.name is not None
    values = {key: _joined(parts) for key, parts in block.values.items()}
    node = values.pop("node", None)
    record = CallbackRecord(
        block.name,
        values.pop("command"),
        tuple(values.pop("event").replace(",", " ").split()),
        tuple(node.replace(",", " ").split()) if node else (),
        tuple(_words(values.pop("parms", ""))),
        shown=() if node is None else ("node",),
    )
    return _with_options(record, values, block.unknown) if values or block.unknown else record


def _with_options(
    record: CallbackRecord, values: dict[str, str], foreign: dict[str, list[str]]
) -> CallbackRecord:
    """Add what few callbacks have; a value with no known meaning joins the unknown keys."""
    unknown = [(key, _joined(parts)) for key, parts in foreign.items()]
    sync = False
    for key in _MODES:
        if key in values:
            said = _is_sync(key, values[key])
            if said is None:
                unknown.append((key, values[key]))
            sync = sync or bool(said)
    timeout = present(values.get("timeout", ""))
    seconds = _SECONDS.fullmatch(timeout) if timeout else None
    if timeout and not seconds:
        unknown.append(("timeout", timeout))
    return dataclasses.replace(
        record,
        priority=present(values.get("priority", "")),
        sync=sync,
        timeout=int(seconds[1]) if seconds else None,
        onerror=present(values.get("onerror", "")),
        unknown=tuple(unknown),
        shown=(*record.shown, *("sync" if key in _MODES else key for key in values)),
    )


def _joined(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else " ".join(filter(None, parts))


def _words(text: str) -> list[str]:
    # Outside ASCII there are characters that Python takes for blanks but GPFS does not.
    return text.split() if text.isascii() else [word for word in _BETWEEN_WORDS.split(text) if word]


def _is_sync(key: str, value: str) -> bool | None:
    """What ``sync = yes``, ``async = no`` or ``mode = sync`` says; None if the value has no known meaning."""
    yes, no = bool(_SYNCHRONOUS.fullmatch(value)), bool(_ASYNCHRONOUS.fullmatch(value))
    if key == "async" and "sync" not in value.lower():
        yes, no = no, yes
    return yes if yes or no else None
