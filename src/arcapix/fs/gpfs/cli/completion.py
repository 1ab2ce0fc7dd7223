"""What a shell completes: callbacks, events, nodes and objects. Nothing that fails is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from .. import commands
from ..exceptions import GPFSError
from ..registration import registry

if TYPE_CHECKING:
    import click
    from click.shell_completion import CompletionItem

_RECORDED = ("cluster", "filesystem", "fileset", "pool")
"""The kinds of objects that runs are about."""


def callbacks(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return the identifiers that begin so (one ``mmlscallback``)."""
    return _found(lambda: (record.identifier for record in registry.listed()), incomplete)


def nodes(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return the nodes that begin so (one ``mmlscluster``)."""
    return _found(_nodes, incomplete)


def node_lists(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return lists whose last name is completed: a node, a node class, or ``all`` where it stands alone."""
    before, comma, last = incomplete.rpartition(",")
    found = [*_found(_nodes, last), *_found(_nodeclasses, last)]
    return [f"{before}{comma}{name}" for name in (found if comma else [*_begun(["all"], last), *found])]


def variable_names(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return the variables that begin so, in any letter case."""
    from .. import events

    return [name for name in events.VARIABLES if name.lower().startswith(incomplete.lower())]


def event_names(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return the events that begin so, in any letter case."""
    from .. import events

    return [name for name in events.EVENTS if name.lower().startswith(incomplete.lower())]


def objects(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return the kinds of objects that begin so; where a single one does, its objects that begin so."""
    return _objects(_NAMES, incomplete)


def kinds(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return the kinds of objects that begin so, and of a kind behind its colon the objects."""
    return _objects(_NAMES, incomplete) if ":" in incomplete else _begun(_NAMES, incomplete)


def recorded_objects(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return the objects that runs are about, as `objects` does."""
    return _objects(_RECORDED, incomplete)


def words_of_add(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[str] | list[CompletionItem]:
    """Return objects and events until an event was given, then files."""
    from click.shell_completion import CompletionItem

    from .. import events

    if any(events.canonical(word) for word in context.params.get(parameter.name or "") or ()):
        return [CompletionItem(incomplete, type="file")]
    return [*objects(context, parameter, incomplete), *event_names(context, parameter, incomplete)]


def _objects(kinds: Iterable[str], incomplete: str) -> list[str]:
    kind, colon, rest = incomplete.partition(":")
    begun = [each for each in kinds if (each == kind if colon else each.startswith(kind))]
    if len(begun) != 1:
        return [each if each == "cluster" else f"{each}:" for each in begun]
    (kind,) = begun
    if kind == "cluster":
        return [] if colon else [kind]
    return [f"{kind}:{name}" for name in _found(lambda: _NAMES[kind](rest), rest)]


def _filesystems(_rest: str = "") -> Iterator[str]:
    yield from commands.mmlsfs()


def _within(names: Callable[[str], Iterable[str]]) -> Callable[[str], Iterator[str]]:
    """Return what yields names within the file systems that the text before the slash allows."""

    def found(rest: str) -> Iterator[str]:
        filesystem, slash, _ = rest.partition("/")
        for each in _filesystems():
            if each == filesystem if slash else each.startswith(filesystem):
                yield from (f"{each}/{name}" for name in names(each))

    return found


def _nodes(_rest: str = "") -> Iterator[str]:
    for node in commands.mmlscluster().nodes:
        yield node.admin_name


def _nodeclasses(_rest: str = "") -> Iterator[str]:
    for each in commands.mmlsnodeclass():
        yield each.name


_NAMES: dict[str, Callable[[str], Iterator[str]]] = {
    "cluster": lambda _rest: iter(()),
    "node": _nodes,
    "nodeclass": _nodeclasses,
    "filesystem": _filesystems,
    "fileset": _within(lambda filesystem: (each.name for each in commands.mmlsfileset(filesystem))),
    "pool": _within(lambda filesystem: (each.name for each in commands.mmlspool(filesystem))),
}
"""Kind of object -> the names of all of them, each as it is written behind the colon."""


def _found(names: Callable[[], Iterable[str]], incomplete: str) -> list[str]:
    """Return the names that begin so; none where GPFS does not answer."""
    try:
        return _begun(names(), incomplete)
    except (GPFSError, OSError):
        return []


def _begun(names: Iterable[str], incomplete: str) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]
