"""Why something of the cluster is not there, or is there already, when a command about it has failed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from .. import commands
from ..exceptions import AlreadyExists, GPFSError, GPFSExecuteException, NotFound

__all__ = ["no_filesystem", "why_not_created", "why_not_found", "why_not_listed"]


def why_not_created(
    what: str, name: str, names: Callable[[], Iterable[str]], error: GPFSExecuteException
) -> GPFSError:
    """Return why a thing could not be made: AlreadyExists if a listing has it, or the failure itself."""
    existing = _listed_after(names)
    return AlreadyExists(what, name, failure=error) if existing is not None and name in existing else error


def why_not_found(
    what: str,
    name: str,
    names: Callable[[], Iterable[str]],
    error: GPFSExecuteException,
    filesystem: str | None = None,
) -> GPFSError:
    """Return why a command about a thing failed: NotFound if a listing lacks it, or the failure itself.

    Args:
        what: What the thing is.
        name: Its name.
        names: Lists those that exist.
        error: The failure.
        filesystem: The file system that it should be in, which may be what is missing.
    """
    existing = _listed_after(names)
    if existing is None and filesystem is not None:
        return why_not_listed(filesystem, error, what, name)
    return NotFound(what, name, existing) if existing is not None and name not in existing else error


def why_not_listed(filesystem: str, error: GPFSExecuteException, what: str = "", name: str = "") -> GPFSError:
    """Return why a file system's things could not be listed: NotFound if it is missing, or the failure."""
    existing = _listed_after(commands.mmlsfs)
    if existing is None or filesystem in existing:
        return error
    return no_filesystem(filesystem, existing, what, name)


def no_filesystem(filesystem: str, existing: Sequence[str], what: str = "", name: str = "") -> NotFound:
    """Return the error for a file system that is missing.

    Args:
        filesystem: Its name.
        existing: Those that exist.
        what: What was to be found in it: a fileset or a pool, whose words are easily confused.
        name: The name of that.
    """
    right = {"fileset": f"Fileset({name!r}, {filesystem!r})", "pool": f"Pool({filesystem!r}, {name!r})"}
    meant = right.get(what, "") if name in existing else ""
    return NotFound("file system", filesystem, existing, meant=meant)


def _listed_after(names: Callable[[], Iterable[str]]) -> tuple[str, ...] | None:
    try:
        return tuple(names())
    except GPFSError:
        return None  # the failure at hand is the one to report
