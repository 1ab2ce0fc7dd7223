"""Whether the objects that callbacks are about are there, as far as GPFS lists them.

GPFS filters by node alone, and refuses a node that it does not know. File systems, filesets and pools are
compared by the driver at the event: a callback whose object is misspelt is registered, and never runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from .. import commands
from ..commands import process
from ..exceptions import GPFSError, GPFSNotInstalled, NotFound, few
from ..model.missing import no_filesystem
from . import header
from .signatures import Remark

if TYPE_CHECKING:
    from ..commands import CallbackRecord
    from ..commands.node_names import NodeNames
    from .definition import Definition

__all__ = ["Objects", "doubts"]

Scope = tuple[str, ...]

_WHAT = {"filesystem": "file system", "fileset": "fileset", "pool": "pool"}
_NAMES: dict[str, Callable[..., Iterable[str]]] = {
    "filesystem": lambda: list(commands.mmlsfs()),
    "fileset": lambda filesystem: [record.name for record in commands.mmlsfileset(filesystem)],
    "pool": lambda filesystem: [record.name for record in commands.mmlspool(filesystem)],
}


class _Seen:
    """The objects that this program has seen, for as long as the same runner answers."""

    def __init__(self) -> None:
        self._runner: process.Runner | None = None
        self._scopes: dict[str, set[Scope]] = {}

    def scopes(self) -> set[Scope]:
        if self._runner is not process.runner():
            self._runner, self._scopes = process.runner(), {}
        return self._scopes.setdefault(process.directory(), set())


_seen = _Seen()


class Objects:
    """The objects that GPFS lists, while one question is being answered: one listing of each kind.

    Filesets and pools are listed for each file system.

    Attributes:
        unknown: What could not be told, for the caller to say.
    """

    def __init__(self) -> None:
        self.unknown: set[str] = set()
        self._listed: dict[Scope, tuple[str, ...] | GPFSError] = {}
        self._problems: dict[Scope, GPFSError | None] = {}

    def why_not(self, scope: Scope) -> GPFSError | None:
        """Return why an object may not be there; None if it is, and where no object is compared.

        Returns:
            `NotFound` if it, or its file system, is not listed; or the failure of the listing.

        Raises:
            GPFSNotInstalled: There are no mm commands.
        """
        if scope not in self._problems:
            self._problems[scope] = self._problem(scope) if scope[0] in _WHAT else None
        return self._problems[scope]

    def _problem(self, scope: Scope) -> GPFSError | None:
        place, name = scope[:-1], scope[-1]
        listed = self._names(place)
        if not isinstance(listed, GPFSError):
            return None if name in listed else NotFound(_WHAT[scope[0]], name, listed)
        if len(place) > 1:
            missing = self.why_not(("filesystem", place[1]))
            if isinstance(missing, NotFound):
                return no_filesystem(place[1], missing.existing, place[0], name)
        return listed

    def _names(self, place: Scope) -> tuple[str, ...] | GPFSError:
        """Return the names of all objects of a kind, or why they cannot be listed."""
        if place not in self._listed:
            kind, *within = place
            try:
                names = tuple(_NAMES[kind](*within))
            except GPFSNotInstalled:
                raise
            except GPFSError as error:
                self._listed[place] = error
            else:
                _seen.scopes().update((*place, name) for name in names)
                # Each file system has a fileset root and a pool system.
                none = GPFSError(f"GPFS lists no {kind} of {within[0]} at all") if within else names
                self._listed[place] = names or none
        return self._listed[place]

    def remarks(self, record: CallbackRecord, names: NodeNames) -> Iterator[Remark]:
        """Yield what of a listed callback is not there: its object, or nodes that it is limited to.

        Args:
            record: The callback.
            names: The names of nodes.
        """
        found = header.read(record)
        missing = self.why_not(found.owner) if found is not None and found.owner else None
        if isinstance(missing, NotFound):
            yield Remark(f"no {missing.kind}", f"it will not run as long as there is {missing}")
        elif missing is not None:
            self.unknown.add(f"whether there is what callbacks are about {_unknown(missing)}")
        try:
            gone = [name for name in record.nodes if not (names.is_node(name) or names.is_class(name))]
        except GPFSError as error:
            self.unknown.add(f"whether there are the nodes of callbacks {_unknown(error)}")
            return
        if gone:
            shown = ", ".join(map(repr, gone))
            yield Remark("no node", f"it will not run on {shown}: no node or node class is called so")


def doubts(definitions: Sequence[Definition]) -> list[str]:
    """Return what to warn about before callbacks are installed: each object once.

    An object that was seen is known for the rest of the program. One that was not is looked for again by the
    next call, since it may have been made meanwhile.

    Raises:
        GPFSNotInstalled: There are no mm commands.
    """
    objects, seen = Objects(), _seen.scopes()
    of_object: dict[Scope, list[str]] = {}
    for definition in definitions:
        if definition.scope in seen:
            continue
        of_object.setdefault(definition.scope, []).append(definition.identifier)
    found = []
    for scope, identifiers in of_object.items():
        problem = objects.why_not(scope)
        if isinstance(problem, NotFound):
            found.append(f"{_shown(identifiers)} will not run as long as there is {problem}")
        elif problem is not None:
            are = "are" if len(identifiers) > 1 else "is"
            found.append(f"whether there is what {_shown(identifiers)} {are} about {_unknown(problem)}")
    return found


def _shown(identifiers: Sequence[str]) -> str:
    what = "callbacks" if len(identifiers) > 1 else "callback"
    return f"{what} {few([repr(name) for name in identifiers])}"


def _unknown(error: GPFSError) -> str:
    first, _, _ = str(error).partition("\n")
    return f"cannot be told: {first}"
