"""What of a captured function takes room in its token, by the names that its author knows."""

from __future__ import annotations

import marshal
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

from ..driver import operations
from .functions import DEFAULT, DEFAULTS
from .nodes import ATOMS, Node, Path

if TYPE_CHECKING:
    from .walk import Walk

__all__ = ["sizes"]

_MARSHAL_VERSION = 2


def sizes(
    walk: Walk, texts: Iterable[tuple[CodeType, Any]], labels: Mapping[int, str]
) -> tuple[tuple[str, int], ...]:
    """Return names and sizes in bytes, the largest first.

    Args:
        walk: What was captured.
        texts: The code of each function and class, and what travels of it.
        labels: What to call an entry of parms, by the address of its value.
    """
    found: Counter[str] = Counter()
    for code, text in texts:
        found[code.co_name] += len(marshal.dumps(text, _MARSHAL_VERSION))
    for space in walk.spaces:
        for name, entry in space.entries.items():
            if not isinstance(entry, Node):
                found[name] += _size(entry)
    entries: dict[Path, str] = {}
    for node in walk.nodes:
        label = _label(node, labels)
        if label:
            entries[node.path] = label
        above = next((entries[path] for path in node.path.upwards() if path in entries), None)
        for name, part in _parts(node):
            found[name or above or _name(node.path.root) or walk.name] += _size(part)
    return tuple(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def _label(node: Node, labels: Mapping[int, str]) -> str | None:
    """Return what to call the entry of parms that an item of the plan holds, if it does."""
    is_literal = node.path.root.kind == "parms" and node.arguments[:1] == ("literal",)
    return labels.get(id(node.value[1])) if is_literal and isinstance(node.value, tuple) else None


def _parts(node: Node) -> Iterator[tuple[str, object]]:
    """Yield what an object holds itself, and the defaults of a function by names of their own."""
    if node.path.kind == DEFAULTS:
        return
    yield "", (node.arguments, *(fill.arguments for fill in node.fills))
    if node.operation == operations.FUNCTION and isinstance(node.value, FunctionType):
        code, defaults = node.value.__code__, node.value.__defaults__ or ()
        names = code.co_varnames[max(code.co_argcount - len(defaults), 0) : code.co_argcount]
        for name, value in [*zip(names, defaults), *(node.value.__kwdefaults__ or {}).items()]:
            yield _name(Path(DEFAULT, name)), value


def _name(root: Path) -> str:
    if root.kind == DEFAULT:
        return f"default of {root.name!r}"
    return str(root.name) if root.kind == "global" else str(root)


def _size(part: object) -> int:
    return len(marshal.dumps(_bare(part), _MARSHAL_VERSION))


def _bare(part: object) -> Any:
    """Return the same without objects, which have nodes, and so sizes, of their own."""
    if type(part) is tuple:
        return [_bare(item) for item in part]
    if type(part) is dict:
        return [_bare(item) for pair in part.items() for item in pair]
    return part if type(part) in ATOMS else None
