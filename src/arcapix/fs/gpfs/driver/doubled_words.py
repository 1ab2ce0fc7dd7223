"""Records that an event was let go since nobody can tell which object it is about; loaded only then.

GPFS may split words after it has put values into them. Then a fileset called ``x fsName=y`` makes ``fsName=``
come twice, and an event that may be about the callback's own object passes for one about none. Whoever may
name filesets could fill the journal with that, so it is recorded once for a callback and minute.
"""

from __future__ import annotations

import posix
import time

from . import own_files
from .decision import SCOPES, Firing
from .records import Records

FOLDER = "/doubled-words"
"""In the state folder: a file for each callback tells when it was recorded last, and how often not since."""

_SECONDS = 60.0
_LENGTH = 40
_LONGEST_NAME = 255
_MOST_CHARACTERS = 100


def tell(firing: Firing, words: list[str]) -> None:
    """Record that an event was let go, if a word came twice that tells what it is about."""
    compared = SCOPES.get(firing.owner[0], ())
    names = [name for name in compared if name not in firing.values and len(_values(name, words)) > 1]
    if not names:
        return
    twice = ", ".join(f"the word {name}= came twice ({_shown(name, words)})" for name in names)
    kind, *of = firing.owner
    reason = f"{twice}, so nobody can tell whether the event is about {kind}:{'/'.join(of)}"
    records = Records(firing)
    try:
        untold = _untold(firing.place("state") + FOLDER, firing.callback)
    except OSError as error:
        records.complain(f"skipped: {reason}; that cannot be recorded: {error}")
        return
    if untold is not None:
        from .refusal import skip

        skip(records, reason + (f"; {untold} more such events since the last record" if untold else ""))


def _values(name: str, words: list[str]) -> list[str]:
    return [word.partition("=")[2] for word in words if word.startswith(f"{name}=")]


def _shown(name: str, words: list[str]) -> str:
    return ", ".join(repr(value[:_MOST_CHARACTERS]) for value in _values(name, words)[:3])


def _untold(folder: str, callback: str) -> int | None:
    """Return how many events were not recorded since the last one that was; None if this one is not either.

    Raises:
        OSError: The file of the callback cannot be used.
    """
    path = f"{folder}/{callback[:_LONGEST_NAME]}"
    descriptor = own_files.open_in_folder(path, posix.O_RDWR | posix.O_CREAT)
    try:
        posix.lockf(descriptor, posix.F_LOCK, 0)
        fields = posix.pread(descriptor, _LENGTH, 0).split()
        told, untold = map(int, fields) if len(fields) == 2 and b"".join(fields).isdigit() else (0, 0)
        now = int(time.time())
        is_told = not 0 <= now - told < _SECONDS
        line = f"{now} 0" if is_told else f"{told} {untold + 1}"
        posix.pwrite(descriptor, line.ljust(_LENGTH).encode(), 0)
    finally:
        posix.close(descriptor)
    return untold if is_told else None
