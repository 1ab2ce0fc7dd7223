"""Reads the records that `driver.journal` writes; a module of its own, since the driver only writes.

What a full disk, a crash of the node or a hand has left of a record is none: a line counts only if each of
its fields holds what the driver writes there.
"""

from __future__ import annotations

import re

from ..driver import escapes
from ..driver.escapes import unescape
from ..driver.journal import DRILL, END_FIELDS, MISSED, UNVERIFIED

_START_FIELDS = 12
_MARKS = (MISSED, DRILL, UNVERIFIED, f"{DRILL} {UNVERIFIED}")
_ENDS = frozenset(
    {"succeeded", "failed", "timed-out", "interrupted", "refused", "skipped", "retrying", "discarded"}
)
# It becomes the name of a file. Times, up to the year 5138, and numbers are in no other form than these.
_RUN = re.compile(r"\w[\w.-]*", re.ASCII)
_TIME = re.compile(r"\d{1,11}(\.\d{1,9})?", re.ASCII)
_POSITIVE = re.compile(r"[1-9]\d{0,8}", re.ASCII)
# A text can be searched for as it stands only if it is written in one way.
_WRITTEN = re.compile(r"(?:[^\\]|\\[\\tnr0])*")
_STATUS = re.compile(r"\d{1,3}|-", re.ASCII)
# Earlier releases wrote a full stop between kind and names: the first one behind a file system ends its name.
_OBJECT = re.compile(r"(?P<kind>filesystem|fileset|pool)(?P<between>[./])(?P<names>.+)", re.DOTALL)


def read_record(line: str, runs: dict[str, dict[str, object]]) -> bool:
    """Add what a record says to the runs known so far; return False if it is torn and says nothing."""
    values = line.split("\t")
    if values[-1] != ".":
        return False
    if values[0] == "+" and "\0" not in line:
        is_marked = len(values) > _START_FIELDS and values[-2] in _MARKS
        mark = values.pop(-2) if is_marked else ""
        return len(values) == _START_FIELDS and _read_start(values, runs, mark)
    if values[0] == "-" and len(values) == END_FIELDS:
        return _read_end(values, runs)
    return False


def object_in(about: str) -> str:
    """Return what a record says of the object of a run as people write it, such as ``filesystem:mmfs1``."""
    match = _OBJECT.fullmatch(about)
    if match is None:
        return about
    kind, between, names = match.groups()
    return f"{kind}:{names if kind == 'filesystem' else names.replace(between, '/', 1)}"


def _read_start(values: list[str], runs: dict[str, dict[str, object]], mark: str) -> bool:
    run, time, callback, event, about, node, pid, user, attempt, given = values[1:-1]
    numbers = _POSITIVE.fullmatch(pid) and _POSITIVE.fullmatch(attempt)
    if not (_RUN.fullmatch(run) and _TIME.fullmatch(time) and numbers and _WRITTEN.fullmatch(callback)):
        return False
    # A start that comes twice does not make a run that has ended begin again.
    runs.setdefault(
        run,
        {
            "run": run,
            "started": float(time),
            "callback": unescape(callback),
            "event": unescape(event),
            "about": unescape(about),
            "node": unescape(node),
            "pid": int(pid),
            "user": unescape(user),
            "attempt": int(attempt),
            "variables": escapes.pairs(unescape(given)),
            "drill": mark.startswith(DRILL),
            "synthetic": mark == MISSED,
            "unverified": mark.endswith(UNVERIFIED),
        },
    )
    return True


def _read_end(values: list[str], runs: dict[str, dict[str, object]]) -> bool:
    run, time, state, status, reason = values[1:-1]
    if not (_RUN.fullmatch(run) and _TIME.fullmatch(time) and _STATUS.fullmatch(status) and state in _ENDS):
        return False
    if run in runs:
        # A crash of the node leaves zeros where the rest of a text had not reached the disk.
        text = unescape(reason.partition("\0")[0])
        known = {} if status == "-" else {"ended": float(time), "status": int(status)}
        runs[run].update(state=state, reason=text, **known)
    return True
