"""What a shell completes: names, and values of variables. Nothing that fails is told."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from .. import commands
from ..exceptions import GPFSError
from ..registration import registry

if TYPE_CHECKING:
    import click
    from click.shell_completion import CompletionItem

_RECORDED = ("cluster", "filesystem", "fileset", "pool")
"""The kinds of objects that runs are about."""
_FUNCTION = re.compile(r"^(?:async )?def (\w+)", re.MULTILINE)


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
    """Return the variables that begin so, in any letter case, with a per cent sign if that was given."""
    from .. import events

    sign = "%" if incomplete.startswith("%") else ""
    return [f"{sign}{name}" for name in _spelt(events.VARIABLES, incomplete.removeprefix("%"))]


def parms(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return the variables that begin so, each with its per cent sign, as parms name them."""
    return variable_names(context, parameter, f"%{incomplete.removeprefix('%')}")


def event_names(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return lists whose last event is completed, in any letter case."""
    from .. import events

    before, comma, last = incomplete.rpartition(",")
    return [f"{before}{comma}{name}" for name in _spelt(events.EVENTS, last)]


def values(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return the variables of the event that was given, ready for a value; or file systems, or nodes."""
    from .. import events

    name, equals, value = incomplete.partition("=")
    if not equals:
        known = events.variables_of(context.params.get("event") or "")
        return [f"{each}=" for each in _spelt(sorted(known), name)]
    if name == "fsName":
        return [f"{name}={each}" for each in _found(_filesystems, value)]
    return [f"{name}={each}" for each in _found(_nodes, value)] if name in events.NODE_VALUED else []


def functions(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[str] | list[CompletionItem]:
    """Return files, and behind ``FILE.py:`` the functions of that file."""
    from click.shell_completion import CompletionItem

    file, _, begun = incomplete.rpartition(":")
    if not file.endswith(".py"):
        return [CompletionItem(incomplete, type="file")]
    return [f"{file}:{name}" for name in _found(lambda: _defined(file), begun)]


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
    """Return objects and events until an event was given, then files and their functions."""
    from .. import events

    given = context.params.get(parameter.name or "") or ()
    if any(events.canonical(name) for word in given for name in word.split(",")):
        return functions(context, parameter, incomplete)
    return [*objects(context, parameter, incomplete), *event_names(context, parameter, incomplete)]


def words_of_run(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return objects, and what `values` returns."""
    return [*objects(context, parameter, incomplete), *values(context, parameter, incomplete)]


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


def _spelt(names: Iterable[str], incomplete: str) -> list[str]:
    """Return the names that begin so, in any letter case."""
    return [name for name in names if name.lower().startswith(incomplete.lower())]


def _defined(file: str) -> list[str]:
    return _FUNCTION.findall(Path(file).expanduser().read_text(encoding="utf-8", errors="replace"))


def _begun(names: Iterable[str], incomplete: str) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]
