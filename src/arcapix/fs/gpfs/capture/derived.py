"""Takes apart objects of classes that derive from built-in ones, without running any code of the classes.

Their own pickling would get wrong exceptions, whose ``__init__`` may take other arguments than those they
keep, and containers, whose items the class may give and take in another form. The contents are read, and put
back, by the built-in class.
"""

from __future__ import annotations

import collections
import copyreg
from collections.abc import Callable
from types import BuiltinFunctionType, FunctionType, GetSetDescriptorType, MemberDescriptorType
from typing import TYPE_CHECKING, Any, cast

from ..driver import operations
from .containers import hashed, in_order, pairs
from .nodes import Entry, Fill, Node
from .wrappers import is_same

if TYPE_CHECKING:
    from .walk import Walk

_MADE_AT_RUN_TIME = 1 << 9
"""A flag of classes: those of Python, and some of extension modules."""
_FIELD_KINDS = (MemberDescriptorType, GetSetDescriptorType)


def expand(walk: Walk, node: Node) -> bool:
    """Take apart an exception or a container of a derived class; tell whether the object was one."""
    kind = type(node.value)
    if _is_reduced_by_itself(kind):
        return False
    if issubclass(kind, BaseException):
        _exception(walk, node, built_in_base(kind))
        return True
    base = next((base for base in _CONTAINERS if issubclass(kind, base)), None)
    if base is None or kind is base or kind is collections.Counter:
        return False
    _CONTAINERS[base](walk, node, base)
    return True


def static(kind: type, name: str) -> object:
    """Return an attribute of a class as it is, whatever the class and its metaclass make of look-ups."""
    return next((vars(cls)[name] for cls in kind.__mro__ if name in vars(cls)), None)


def _is_reduced_by_itself(kind: type) -> bool:
    """Tell whether a program has determined how objects of a class are pickled."""
    reduce = static(kind, "__reduce__")
    own = isinstance(reduce, FunctionType) and reduce is not collections.Counter.__reduce__
    return own or isinstance(static(kind, "__reduce_ex__"), FunctionType) or kind in copyreg.dispatch_table


def built_in_base(kind: type) -> type:
    """Return the nearest class that is not written in Python, and so lays out the object."""
    return next(cls for cls in kind.__mro__ if not cls.__flags__ & _MADE_AT_RUN_TIME or _makes(cls))


def _makes(cls: type) -> bool:
    """Tell whether a class of an extension module makes its objects by itself."""
    new = vars(cls).get("__new__")
    return isinstance(new, BuiltinFunctionType) and new.__self__ is cls


def make(walk: Walk, node: Node, base: type, *arguments: object) -> None:
    """Have a node made by the ``__new__`` of a built-in class."""
    cls, kind = walk.entry(base.__new__, node.path), walk.entry(type(node.value), node.path)
    node.operation = operations.CALL
    node.arguments = (cls, (kind, *walk.entries(arguments, node.path, "part")))


def _exception(walk: Walk, node: Node, base: type[BaseException]) -> None:
    value = cast("BaseException", node.value)
    kind = type(value)
    given = _arguments(base, value)
    like = base.__new__(base, *given)
    if static(kind, "__new__") is static(base, "__new__"):
        entries = walk.entries(given, node.path, "part")
        node.operation, node.arguments = operations.NEW, (walk.entry(kind, node.path), entries)
    else:
        make(walk, node, base, *given)
    descriptors = _fields_of(base)
    fields = {name: _read(descriptor, value) for name, descriptor in descriptors.items()}
    # SystemExit has all its arguments, if there are several, in the field ``code`` too.
    shared = [name for name, held in fields.items() if held is fields["args"] and held]
    changed = {}
    for name, descriptor in descriptors.items():
        if name == "__suppress_context__" and fields[name] == (fields["__cause__"] is not None):
            continue
        if not _is_equal(fields[name], _read(descriptor, like)) or (name in shared and len(shared) > 1):
            changed[name] = descriptor, walk.entry(fields[name], node.path.then("attribute", name))
    usual = {name: entry for name, (own, entry) in changed.items() if static(kind, name) is own}
    if usual:
        node.fills.append(Fill(operations.SET_ATTRIBUTES, (usual,)))
    for name, (descriptor, entry) in changed.items():
        if name not in usual:
            owner = descriptor.__objclass__
            reference = owner.__module__, f"{owner.__qualname__}.{name}.__set__"
            setter = walk.anonymous(operations.REFERENCE, reference, node.path)
            node.fills.append(Fill(operations.APPLY, (setter, entry)))


def _arguments(base: type, value: BaseException) -> tuple[Any, ...]:
    """Return what the built-in class needs to make an exception with the same arguments."""
    if issubclass(base, BaseExceptionGroup):
        group = cast("BaseExceptionGroup[BaseException]", value)
        return group.message, group.exceptions
    args: tuple[Any, ...] = BaseException.args.__get__(value)  # type: ignore[attr-defined]
    if issubclass(base, OSError):
        # It reads its arguments into fields, makes other classes of some numbers, and leaves everything to
        # the __init__ of a derived class.
        like = base.__new__(base, *args)
        return args if type(value) is base is type(like) and _is_equal(like.args, args) else ()
    return args


def _fields_of(base: type[BaseException]) -> dict[str, Any]:
    """Return what exceptions of a built-in class keep outside their attributes, in the order of setting."""
    found = {
        name: held
        for cls in base.__mro__[:-1]
        for name, held in vars(cls).items()
        if isinstance(held, _FIELD_KINDS) and name not in ("__dict__", "__traceback__")
    }
    # A cause that is set suppresses the context.
    return found | {"__suppress_context__": found.pop("__suppress_context__")}


def _read(descriptor: Any, value: object) -> object:
    try:
        return descriptor.__get__(value)
    except (AttributeError, TypeError):  # it was never set
        return None


def _is_equal(one: object, other: object) -> bool:
    if type(one) is tuple and type(other) is tuple:
        return len(one) == len(other) and all(map(is_same, one, other))
    return is_same(one, other)


def _mapping(walk: Walk, node: Node, base: type[dict[object, object]]) -> None:
    value = cast("dict[object, object]", node.value)
    make(walk, node, base)
    if base is collections.defaultdict:
        factory = walk.entry(vars(base)["default_factory"].__get__(value), node.path.then("default factory"))
        node.fills.append(Fill(operations.SET_ATTRIBUTES, ({"default_factory": factory},)))
    items, keys = pairs(walk, node, base.items(value))
    if not isinstance(static(type(value), "__setitem__"), FunctionType):
        node.fills.append(Fill(operations.UPDATE, items, needs=keys))
    else:
        _give_each(walk, node, base.__setitem__, 2, items, keys)


def _list(walk: Walk, node: Node, base: type) -> None:
    value = cast("list[object]", node.value)
    make(walk, node, base)
    items = walk.entries(list.copy(value), node.path)
    if not isinstance(static(type(value), "append"), FunctionType):
        node.fills.append(Fill(operations.EXTEND, items))
    else:
        _give_each(walk, node, list.append, 1, items)


def _deque(walk: Walk, node: Node, base: type) -> None:
    value = cast("collections.deque[object]", node.value)
    make(walk, node, base)
    length = vars(collections.deque)["maxlen"].__get__(value)
    if length is not None:
        initialise = walk.entry(collections.deque.__init__, node.path)
        node.fills.append(Fill(operations.APPLY, (initialise, (), length)))
    items = walk.entries(collections.deque.__iter__(value), node.path)
    _give_each(walk, node, collections.deque.append, 1, items)


def _set(walk: Walk, node: Node, base: type) -> None:
    make(walk, node, base)
    members = _members(walk, node, set)
    _give_each(walk, node, set.add, 1, members, hashed(walk, members))


def _frozenset(walk: Walk, node: Node, base: type) -> None:
    members = _members(walk, node, frozenset)
    contents = walk.anonymous(operations.FROZENSET, members, node.path)
    contents.needs = hashed(walk, members)
    make(walk, node, base)
    node.arguments = (node.arguments[0], (*cast("tuple[Entry, ...]", node.arguments[1]), contents))


def _members(walk: Walk, node: Node, base: Any) -> tuple[Entry, ...]:
    members = in_order(walk, base.__iter__(node.value))
    return tuple(walk.entry(member, node.path.then("item")) for member in members)


def _give_each(
    walk: Walk,
    node: Node,
    method: object,
    width: int,
    items: tuple[Entry, ...],
    needs: tuple[Node, ...] = (),
) -> None:
    """Give an object its items by a method of its built-in class, ``width`` of them at a time."""
    if items:
        arguments = (walk.entry(method, node.path), width, *items)
        node.fills.append(Fill(operations.APPLY_EACH, arguments, needs=needs))


_CONTAINERS: dict[type, Callable[[Walk, Node, Any], None]] = {
    collections.OrderedDict: _mapping,
    collections.defaultdict: _mapping,
    dict: _mapping,
    list: _list,
    collections.deque: _deque,
    set: _set,
    frozenset: _frozenset,
}
