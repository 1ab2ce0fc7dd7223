"""What earlier runs of the probe have left, if they were killed: it is found by the beginning of its name."""

from __future__ import annotations

from ... import commands
from ...exceptions import GPFSError
from ...registration import registry
from . import elsewhere
from .listing import entries
from .session import PREFIX, REMOTE, Level, Session, Step

__all__ = ["CLEAN_UP", "TAKE_ALL_BACK", "TAKE_BACK", "found"]

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
    noted = elsewhere.notes()
    made = [
        f"snapshot of {words[0]}" if kind == "snapshot" else f"{words[0]}, perhaps not mounted on {words[1]}"
        for lines in noted.values()
        for kind, *words in lines
        if kind != "folder"
    ]
    return [*callbacks, *classes, *made, *(f"folder {path}" for path in noted)]


def _remove(session: Session) -> None:
    """Remove all that the probe has made.

    Raises:
        GPFSError: Something could not be removed; says how the next run finds it.
    """
    try:
        commands.mmdelcallback(*(one.identifier for one in registry.listed() if is_of_probe(one.identifier)))
        for one in commands.mmlsnodeclass():
            if is_of_probe(one.name):
                commands.mmdelnodeclass(one.name)
        elsewhere.undo(session)
        elsewhere.remove_folders(session)
    except GPFSError as error:
        reason = str(error).partition("\n")[0]
        raise GPFSError(
            f"what the probe has made could not be taken back: {reason}; probe again, which finds what "
            f"begins with {PREFIX}, or delete that by mmdelcallback and mmdelnodeclass"
        ) from None


TAKE_BACK = Step(
    "take back",
    f"deletes all whose name begins with {PREFIX}",
    {"mmlscallback": 2, "mmdelcallback": 1, "mmlsnodeclass": 2, "mmdelnodeclass": _MOST_CLASSES},
    _remove,
)

TAKE_ALL_BACK = Step(
    "take back",
    f"{TAKE_BACK.does}, snapshots and folders included, and mounts again what was unmounted",
    {
        **TAKE_BACK.commands,
        "mmlssnapshot": 2,
        "mmdelsnapshot": 1,
        "mmlsmount": 2,
        "mmmount": 1,
        REMOTE: 2,
    },
    _remove,
)

CLEAN_UP = Level(
    0,
    "it removes what an earlier run of the probe has left; no other one may be under way",
    lambda _: (),
    TAKE_ALL_BACK,
    found,
    "clean-up",
)
