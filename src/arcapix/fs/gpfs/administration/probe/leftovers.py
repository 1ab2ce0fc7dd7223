"""What earlier runs of the probe have left, if they were killed: it is found by the beginning of its name."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Sequence
from pathlib import Path

from ... import commands
from ...exceptions import GPFSError
from ...registration import registry
from .listing import entries
from .session import PREFIX, Level, Session, Step

__all__ = ["CLEAN_UP", "TAKE_BACK", "found"]

_MOST_CLASSES = 2


def is_of_probe(name: str) -> bool:
    """Tell whether a name is one that the probe has given."""
    return name.lower().startswith(PREFIX)


def found(session: Session) -> list[str]:
    """Return what was left, in words, by what level 0 has seen."""
    listed = [
        entry.identifier for told in session.seen.every("list whole")[-1:] for entry in entries(told.stdout)
    ]
    callbacks = [f"callback {name}" for name in listed if is_of_probe(name)]
    classes = [f"node class {name}" for name in session.classes if is_of_probe(name)]
    return [*callbacks, *classes, *(f"folder {path}" for path in _folders())]


def _folders() -> Sequence[Path]:
    """Return the folders of the probe on this node: those of this user alone."""
    places = Path(tempfile.gettempdir()).glob(f"{PREFIX}*")
    return [path for path in sorted(places) if _is_own_folder(path)]


def _is_own_folder(path: Path) -> bool:
    status = path.lstat()
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid()


def _remove(_: Session) -> None:
    """Remove all that the probe has made.

    Raises:
        GPFSError: Something could not be removed; says how the next run finds it.
    """
    try:
        commands.mmdelcallback(*(one.identifier for one in registry.listed() if is_of_probe(one.identifier)))
        for one in commands.mmlsnodeclass():
            if is_of_probe(one.name):
                commands.mmdelnodeclass(one.name)
    except GPFSError as error:
        reason = str(error).partition("\n")[0]
        raise GPFSError(
            f"what the probe has made could not be taken back: {reason}; probe again, which finds what "
            f"begins with {PREFIX}, or delete that by mmdelcallback and mmdelnodeclass"
        ) from None
    for folder in _folders():
        shutil.rmtree(folder)


TAKE_BACK = Step(
    "take back",
    f"deletes all whose name begins with {PREFIX}",
    {"mmlscallback": 2, "mmdelcallback": 1, "mmlsnodeclass": 2, "mmdelnodeclass": _MOST_CLASSES},
    _remove,
)

CLEAN_UP = Level(
    0,
    "it removes what an earlier run of the probe has left; no other one may be under way",
    lambda _: (),
    TAKE_BACK,
    found,
    "clean-up",
)
