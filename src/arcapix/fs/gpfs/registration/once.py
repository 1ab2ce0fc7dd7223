"""``Once``: one run in the cluster, and how the header of a token carries what is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

from ..commands.misuse import entry_points
from . import durations

__all__ = ["Once", "once_of", "read", "write"]

_WITHIN = "10m"
_LOST_AFTER = 30
OnLost = Literal["run", "skip"]


@entry_points
@dataclass(frozen=True, slots=True, init=False)
class Once:
    """One run in the cluster for what an event is about: of all nodes that it reaches, one runs the function.

    The nodes agree by a file in a folder that they share, with POSIX locks. The one that holds the lock runs
    the function; the others wait for its end, and are skipped if it was a success. If it fails or dies, the
    next one runs, three at most.

    A function that closes all descriptors gives its lock up: another node may run then, too. And a process
    that it leaves behind may keep the lock. Give ``timeout=`` beside ``once=``: the others then wait for
    one run no longer than that takes, ``lost_after`` and 10 seconds more, and count the folder as lost
    afterwards. Without it they wait as long as somebody has the lock.

    Attributes:
        within: Seconds after a success in which there is no other run for what the event is about.
        folder: An absolute path of an existing folder that all nodes reach, such as ``/mmfs1/.arcapix/once``;
            None: the one that the driver of each node was installed with, ``driver install --once-folder``.
        on_lost: What a node does while the folder does not answer: ``"run"``, since an alert twice beats
            none, or ``"skip"``.
        lost_after: Seconds without an answer after which that is so.

    Raises:
        TypeError: There is no such field, or a value has the wrong type.
        ValueError: A value is unreadable or out of range.

    Example:
        >>> from arcapix.fs.gpfs import Once, Run
        >>> Run(once="10m") == Run(once=Once(within="10m"))
        True
    """

    within: float
    folder: str | None
    on_lost: OnLost
    lost_after: float

    def __init__(
        self,
        within: float | str = _WITHIN,
        folder: str | None = None,
        on_lost: OnLost = "run",
        lost_after: float | str = _LOST_AFTER,
    ) -> None:
        values: dict[str, Any] = {
            "within": durations.seconds("within", within),
            "folder": _folder(folder),
            "on_lost": on_lost,
            "lost_after": durations.seconds("lost_after", lost_after),
        }
        if on_lost not in get_args(OnLost):
            raise ValueError(f"on_lost={on_lost!r} is neither 'run' nor 'skip'; give on_lost='run'")
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def __str__(self) -> str:
        """What an administrator reads: ``once in 600 s, /mmfs1/.arcapix/once``."""
        where = f", {self.folder}" if self.folder else ""
        lost = ", not while that is lost" if self.on_lost == "skip" else ""
        return f"once in {self.within} s{where}{lost}"


def _folder(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise TypeError(f"folder is a path, such as '/mmfs1/.arcapix/once', not {type(value).__name__}")
    if not value.startswith("/") or "\0" in value:
        raise ValueError(f"folder={value!r} is no absolute path; give one such as '/mmfs1/.arcapix/once'")
    return value.rstrip("/") or "/"


def once_of(name: str, value: object) -> Once | None:
    """Return what a user asks for: a `Once`, or the window alone.

    Raises:
        TypeError, ValueError: See `Once`.
    """
    if value is None or isinstance(value, Once):
        return value
    return Once(within=durations.seconds(name, value))


def write(once: Once) -> str:
    """Return what a header tells, for the driver; see `read`."""
    return f"{once.within}:{once.on_lost}:{once.lost_after}:{once.folder or ''}"


def read(text: str) -> Once:
    """Return what a header tells of.

    Raises:
        ValueError: It is unreadable.
    """
    within, on_lost, lost_after, folder = text.split(":", 3)
    return Once(float(within), folder or None, on_lost, float(lost_after))  # type: ignore[arg-type]
