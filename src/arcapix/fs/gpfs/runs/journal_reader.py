"""Reads the records that `driver.journal` writes; a module of its own, since the driver only writes."""

from __future__ import annotations

_START_FIELDS = 12
_END_FIELDS = 7
_UNESCAPES = {"\\": "\\", "t": "\t", "n": "\n", "r": "\r"}


def read_record(line: str, runs: dict[str, dict[str, object]]) -> bool:
    """Add what a record says to the runs known so far; return False if it is torn and says nothing."""
    values = line.split("\t")
    if values[-1] != ".":
        return False
    try:
        if values[0] == "+" and len(values) == _START_FIELDS:
            run, time, callback, event, about, node, pid, user, attempt, given = values[1:-1]
            runs[run] = {
                "run": run,
                "started": float(time),
                "callback": _unescape(callback),
                "event": _unescape(event),
                "about": _unescape(about),
                "node": _unescape(node),
                "pid": int(pid),
                "user": _unescape(user),
                "attempt": int(attempt),
                "variables": _read_variables(_unescape(given)),
            }
            return True
        if values[0] == "-" and len(values) == _END_FIELDS:
            end = {"ended": float(values[2]), "state": values[3], "status": int(values[4])}
            if values[1] in runs:
                runs[values[1]].update(end, reason=_unescape(values[5]))
            return True
    except ValueError:
        return False
    return False


def _read_variables(given: str) -> dict[str, str]:
    variables = {}
    for entry in given.split("\t") if given else []:
        name, _, value = _unescape(entry).partition("=")
        variables[name] = value
    return variables


def _unescape(value: str) -> str:
    if "\\" not in value:
        return value
    found, escaped = [], False
    for character in value:
        if escaped:
            found.append(_UNESCAPES.get(character, character))
        elif character != "\\":
            found.append(character)
        escaped = character == "\\" and not escaped
    return "".join(found)
