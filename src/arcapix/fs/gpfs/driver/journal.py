r"""The record of runs on one node: an append-only text file. The driver writes; `journal_reader` reads.

A run leaves a line when it starts and another when it ends::

    \n+ run time callback event object node pid user attempt variables [mark] .
    \n- run time state status reason .

with a tab between the fields. Each record begins with a line end, closes with a full stop as its last field,
and is written by one ``write`` to a file opened for appending: records of runs that overlap do not mix, and a
record torn by a full disk or ``kill -9`` is recognised and cannot swallow the one that follows it.
"""

from __future__ import annotations

import posix

from . import cache

MAXIMUM_BYTES = 4 << 20
"""A journal, or a log, that has grown past its limit becomes ``<name>.1``, and ``.1`` becomes ``.2``."""

GENERATIONS = 2
END_FIELDS = 7
MISSED = "synthetic"
"""The mark of a run for an event that was missed, and is told afterwards."""
DRILL = "drill"
"""The mark of a run for an event that was only rehearsed."""
UNVERIFIED = "unverified"
"""The mark of a refused run whose callback is only what an unchecked token calls itself."""

_APPENDING = posix.O_WRONLY | posix.O_APPEND | posix.O_CREAT | cache.BY_NAME
_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": "\\0"}


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
    mark: str = "",
) -> bytes:
    """Return the record of a run that starts; `about` is its object, kind and names joined by slashes."""
    given = line([f"{name}={value}" for name, value in variables.items()])
    fields = [run, f"{time:.3f}", callback, event, about, node, str(pid), user, str(attempt), given]
    if mark:
        fields.append(mark)
    return record(["+", *fields, "."])


def end_record(run: str, time: float, state: str, status: int | None, reason: str) -> bytes:
    """Return the record of a run that ended, with the reason; None is the status of one that was killed."""
    return record(["-", run, f"{time:.3f}", state, "-" if status is None else str(status), reason, "."])


def open_to_append(path: str, mode: int, maximum: int = MAXIMUM_BYTES) -> int:
    """Return a descriptor to append records with; a file that has reached its bound is moved aside first.

    What stands in its place is neither followed nor waited for.

    Raises:
        OSError: The file cannot be opened, or is none of ours.
    """
    descriptor = open_in_folder(path, _APPENDING, mode)
    status = posix.fstat(descriptor)
    if status.st_size <= maximum and cache.is_file_of_ours(status):
        return descriptor
    try:
        from . import own_files, upkeep

        own_files.check(path, descriptor)
        upkeep.move_aside(path, descriptor)
        return own_files.open_file(path, _APPENDING, mode)
    finally:
        posix.close(descriptor)


def open_in_folder(path: str, flags: int, mode: int) -> int:
    """Open a file, after making its folder if need be.

    Raises:
        OSError: It cannot be opened.
    """
    try:
        return posix.open(path, flags, mode)
    except OSError as error:
        from . import upkeep

        return upkeep.open_in_spite_of(error, path, flags, mode)


def append(descriptor: int, data: bytes) -> None:
    """Append a record in one write, so that no other run's record gets in between, and close the file.

    Raises:
        OSError: It cannot be written, or only in part.
    """
    try:
        written = posix.write(descriptor, data)
    finally:
        posix.close(descriptor)
    if written != len(data):
        raise OSError(28, f"only {written} of {len(data)} bytes could be written")


def record(values: list[str]) -> bytes:
    """Return the line of a record, with the line end that it begins with."""
    try:
        return ("\n" + line(values)).encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a reason may hold what stands for no byte
        return record([value.encode("utf-8", "backslashreplace").decode() for value in values])


def line(values: list[str]) -> str:
    """Return fields as one text, from which they can be told apart again."""
    return "\t".join([_escape(value) for value in values])


def _escape(value: str) -> str:
    if "\\" in value or "\t" in value or "\n" in value or "\r" in value or "\0" in value:
        return "".join([_ESCAPES.get(character, character) for character in value])
    return value
