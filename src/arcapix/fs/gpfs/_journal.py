r"""The record of runs on one node: an append-only text file, one writer, one reader, one format.

A run leaves a line when it starts and another when it ends::

    \n+ run time callback event object node pid user attempt variables .
    \n- run time state status reason .

with a tab between the fields. Each record begins with a line end, closes with a full stop as its last field,
and is written by one ``write`` to a file opened for appending: records of runs that overlap do not mix, and a
record torn by a full disk or ``kill -9`` is recognised and cannot swallow the one that follows it.
"""

from __future__ import annotations

import posix

MAXIMUM_BYTES = 4 << 20
"""A journal, or a log, that has grown past its limit becomes ``<name>.1``, and ``.1`` becomes ``.2``."""

GENERATIONS = 2

_APPENDING = posix.O_WRONLY | posix.O_APPEND | posix.O_CREAT | posix.O_CLOEXEC
_START_FIELDS = 12
_END_FIELDS = 7
_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
_UNESCAPES = {"\\": "\\", "t": "\t", "n": "\n", "r": "\r"}


def start_record(
    run: str,
    time: float,
    callback: str,
    event: str,
    about: str,
    node: str,
    pid: int,
    user: str,
    attempt: int,
    variables: dict[str, str],
) -> bytes:
    """Return the record of a run that starts; `about` is its object, as the token's header names it."""
    given = _line([f"{name}={value}" for name, value in variables.items()])
    facts = [run, f"{time:.3f}", callback, event, about, node, str(pid), user, str(attempt), given]
    return _record(["+", *facts, "."])


def end_record(run: str, time: float, state: str, status: int, reason: str) -> bytes:
    """Return the record of a run that ended: succeeded, failed, refused or skipped, with the reason."""
    return _record(["-", run, f"{time:.3f}", state, str(status), reason, "."])


def append(path: str, data: bytes, mode: int, maximum: int = MAXIMUM_BYTES) -> None:
    """Append a record by one write, after making room where the file has reached its bound.

    Raises:
        OSError: the file cannot be opened or written, or took only a part.
    """
    descriptor = open_to_append(path, mode, maximum)
    try:
        write(descriptor, data)
    finally:
        posix.close(descriptor)


def open_to_append(path: str, mode: int, maximum: int = MAXIMUM_BYTES) -> int:
    """Return a descriptor to append records with; a file that has reached its bound is moved aside first.

    Raises:
        OSError: the file cannot be opened.
    """
    descriptor = posix.open(path, _APPENDING, mode)
    if posix.fstat(descriptor).st_size <= maximum:
        return descriptor
    try:
        return _make_room(path, descriptor, mode)
    finally:
        posix.close(descriptor)


def write(descriptor: int, data: bytes) -> None:
    """Append a record by one write, so that none of another run comes between.

    Raises:
        OSError: it cannot be written, or only a part.
    """
    written = posix.write(descriptor, data)
    if written != len(data):
        raise OSError(28, f"only {written} of {len(data)} bytes could be written")


def read(path: str) -> dict[str, dict[str, object]]:
    """Return what the journal and its older generations say, by run, in the order of their starts.

    A run has the keys of `start_record` and, once it ended, ``ended``, ``state``, ``status`` and ``reason``.
    Torn records are passed over.
    """
    runs: dict[str, dict[str, object]] = {}
    for generation in [*[f"{path}.{number}" for number in range(GENERATIONS, 0, -1)], path]:
        try:
            with open(generation, encoding="utf-8", errors="surrogateescape", newline="\n") as file:
                for line in file:
                    read_record(line.rstrip("\n"), runs)
        except FileNotFoundError:
            continue
    return runs


def read_record(line: str, runs: dict[str, dict[str, object]]) -> bool:
    """Add what a record says to the runs known so far; False where it is torn, and says nothing."""
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


def _record(values: list[str]) -> bytes:
    return ("\n" + _line(values)).encode("utf-8", "surrogateescape")


def _line(values: list[str]) -> str:
    return "\t".join([_escape(value) for value in values])


def _escape(value: str) -> str:
    if "\\" in value or "\t" in value or "\n" in value or "\r" in value:
        return "".join([_ESCAPES.get(character, character) for character in value])
    return value


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


def _make_room(path: str, descriptor: int, mode: int) -> int:
    """Move the full file aside, once for however many notice it, and return a descriptor of the new one."""
    import fcntl

    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        current = posix.stat(path)
        full = posix.fstat(descriptor)
        if (current.st_ino, current.st_dev) == (full.st_ino, full.st_dev):
            for number in range(GENERATIONS, 1, -1):
                try:
                    posix.rename(f"{path}.{number - 1}", f"{path}.{number}")
                except FileNotFoundError:
                    continue
            posix.rename(path, f"{path}.1")
    except FileNotFoundError:
        pass
    return posix.open(path, _APPENDING, mode)
