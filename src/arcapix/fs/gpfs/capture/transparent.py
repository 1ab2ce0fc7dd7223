"""Takes apart what the library makes and no pickle gives back, though all that is in it can be seen.

Views of a dict, iterators over one, ``random.SystemRandom``, and the scanner of a JSON decoder.
"""

from __future__ import annotations

import types
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from ..driver import operations
from . import wrappers
from .nodes import Fill, Node, nodes_in
from .raw_state import parts_reader

if TYPE_CHECKING:
    from .walk import Walk

_VIEWS: dict[type, Any] = {
    type(view(kind())): view for kind in (dict, OrderedDict) for view in (kind.keys, kind.values, kind.items)
}
_ITERATORS: dict[type, Any] = {type(iter(view({}))): view for view in (dict.keys, dict.values, dict.items)}
_SET_ITERATOR = type(iter(set[object]()))


def expand(walk: Walk, node: Node) -> bool:
    """Take apart such an object; tell whether it was one."""
    value: Any = node.value
    kind = type(value)
    read = parts_reader(kind)
    if read is None:
        return False
    parts = read(value)
    node.kept = parts
    held = [part for _, part in parts]
    if kind in _VIEWS:
        _call(walk, node, _VIEWS[kind], held)
    elif kind in _ITERATORS or kind is _SET_ITERATOR:
        return _iterator(walk, node, held[0], cast("int", held[1]))
    elif kind.__name__ == "Scanner":
        node.kept = settings = types.SimpleNamespace(**{"array_hook": None, **dict(parts)})
        _call(walk, node, kind, [settings])
        node.needs = tuple(nodes_in(node.arguments[1]))
    else:
        _call(walk, node, kind, [])
        usual = dict(read(kind()))
        wrappers.add_differences(walk, node, usual, dict(parts), {}, operations.FILL_DICT)
    return True


def _call(walk: Walk, node: Node, maker: Callable[..., object], parts: list[object]) -> None:
    node.operation = operations.CALL
    node.arguments = (walk.entry(maker, node.path), walk.entries(parts, node.path, "part"))


def _iterator(walk: Walk, node: Node, iterated: Any, left: int) -> bool:
    """Take apart an iterator over a dict or set, unless nobody can tell how far it has got."""
    kind = type(node.value)
    if iterated is None or (left < len(iterated) and (not left or kind is _SET_ITERATOR)):
        return False
    if kind in _ITERATORS:
        view = walk.anonymous("", (), node.path)
        _call(walk, view, _ITERATORS[kind], [iterated])
        node.operation, node.arguments = operations.CALL, (walk.entry(iter, node.path), (view,))
    else:
        base = frozenset if issubclass(type(iterated), frozenset) else set
        _call(walk, node, base.__iter__, [iterated])
    node.needs = tuple(nodes_in(walk.entry(iterated, node.path)))
    node.fills += [Fill(operations.INVOKE, ("__next__",)) for _ in range(len(iterated) - left)]
    return True
