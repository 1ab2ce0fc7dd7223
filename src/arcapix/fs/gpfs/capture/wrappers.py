"""Recognises what functools and contextlib put around a function, and has it made anew.

What a program can write on a wrapper proves nothing: ``functools.wraps`` copies names and ``__wrapped__``
from any function to any other. So a wrapper is known by its type, or by its code, and what it wraps is read
where only the library can have put it. It is then compared with a new wrapper of the same function: what
differs has been put on it later.
"""

from __future__ import annotations

import contextlib
import functools
import gc
from collections.abc import Callable
from dataclasses import dataclass, field
from types import CodeType, FunctionType, MappingProxyType, MethodType
from typing import TYPE_CHECKING, Any, cast

from ..driver import operations
from .annotations import annotations_of, are_alike
from .nodes import ATOMS, Fill, Node, nodes_in
from .raw_state import cached_function

if TYPE_CHECKING:
    from .walk import Walk

_LRU_CACHE = type(functools.lru_cache(len))
_KINDS = (FunctionType, _LRU_CACHE)
_CONTEXT_MANAGERS = (contextlib.contextmanager, contextlib.asynccontextmanager)
_OF_FUNCTIONS = (
    *("__module__", "__name__", "__qualname__", "__doc__"),
    *("__defaults__", "__kwdefaults__", "__type_params__"),
)


def _code_of(made: object) -> CodeType:
    return cast("FunctionType", made).__code__


_MAKERS: dict[CodeType, Any] = {
    _code_of(maker(print)): maker for maker in cast("Any", (*_CONTEXT_MANAGERS, functools.singledispatch))
}
"""The code of a wrapper -> the function of the library that puts it around another."""


@dataclass(frozen=True, eq=False)
class Wrapper:
    """What the library has put around a function.

    Args:
        maker: The function of the library that did it; called with the options first, if there are any.
        options: The keywords of ``lru_cache``.
        wrapped: What it was put around.
        own: The attributes that each wrapper has for itself.
        registry: The implementations of a generic function.
    """

    maker: Callable[..., Any]
    wrapped: Any
    options: dict[str, Any] = field(default_factory=dict)
    own: dict[str, object] = field(default_factory=dict)
    registry: dict[Any, Any] = field(default_factory=dict)

    def again(self) -> Any:
        """Return a new wrapper of the same function."""
        maker = self.maker(**self.options) if self.options else self.maker
        return maker(self.wrapped)


def recognise(value: object) -> Wrapper | None:
    """Return what is known of a wrapper that the library has made; None for anything else."""
    if type(value) is _LRU_CACHE:
        return cache(value)
    maker = _MAKERS.get(value.__code__) if type(value) is FunctionType else None
    if maker is None:
        return None
    function = cast("FunctionType", value)
    if function.__globals__ is not maker.__globals__:
        return None
    if maker in _CONTEXT_MANAGERS:
        return Wrapper(maker, _variables(function)["func"])
    return _generic_function(function)


def _variables(function: FunctionType) -> dict[str, Any]:
    """Return the closure of a function of the library."""
    cells = function.__closure__ or ()
    return {name: cell.cell_contents for name, cell in zip(function.__code__.co_freevars, cells)}


def cache(value: Any) -> Wrapper:
    """Return what is known of a function in an ``lru_cache``."""
    options = {"maxsize": _LRU_CACHE.cache_info(value).maxsize, "typed": False}
    shown, copied_from = (vars(value).get(name) for name in ("cache_parameters", "__wrapped__"))
    own: dict[str, object] = {}
    if type(shown) is FunctionType and shown.__code__ in (_BARE, _CALLED):
        stated = _variables(shown)
        if stated["maxsize"] == options["maxsize"]:
            options = {name: stated[name] for name in options}
        if type(copied_from) not in _KINDS or vars(copied_from).get("cache_parameters") is not shown:
            own = {"cache_parameters": shown}
            options = {} if shown.__code__ is _BARE else options
    return Wrapper(functools.lru_cache, cached_function(value), options, own)


_BARE, _CALLED = (
    _code_of(made.cache_parameters) for made in (functools.lru_cache(len), functools.lru_cache(8)(len))
)
"""The code of the attribute ``cache_parameters``, for the decorator without and with arguments."""


def _generic_function(function: FunctionType) -> Wrapper:
    dispatch = _variables(function)["dispatch"]
    inside = _variables(dispatch)
    registry, known = inside["registry"], inside["dispatch_cache"]
    own = {"dispatch": dispatch}
    attributes = vars(function)
    register, shown, clear = (attributes.get(name) for name in ("register", "registry", "_clear_cache"))
    if type(register) is FunctionType and "registry" in register.__code__.co_freevars:
        own |= {"register": register} if _variables(register)["registry"] is registry else {}
    if type(shown) is MappingProxyType and gc.get_referents(shown) == [registry]:
        own["registry"] = shown
    if type(clear) is MethodType and clear.__self__ is known:
        own["_clear_cache"] = clear
    further = {cls: held for cls, held in registry.items() if cls is not object}
    return Wrapper(functools.singledispatch, registry[object], own=own, registry=further)


def expand(walk: Walk, node: Node, wrapper: Wrapper) -> None:
    """Have the library make a wrapper anew, and give it what has been put on it since."""
    value: Any = node.value
    maker = walk.entry(wrapper.maker, node.path)
    if wrapper.options:
        options = walk.named(wrapper.options.items(), node.path, "parameter")
        maker = walk.anonymous(operations.CALL, (maker, (), options), node.path)
    wrapped = walk.entry(wrapper.wrapped, node.path)
    node.operation, node.arguments = operations.CALL, (maker, (wrapped,))
    node.copies = (wrapped,) if isinstance(wrapped, Node) else ()
    register(walk, node, wrapper.registry)
    note_parts(walk, value)
    note_parts(walk, wrapper.wrapped)
    again = wrapper.again()
    usual, held = _of_function(again), _of_function(value)
    if usual and held and are_alike(usual["__annotations__"], held["__annotations__"]):
        usual["__annotations__"] = held["__annotations__"]  # from Python 3.14 on each works out its own
    add_differences(walk, node, usual, held, {})
    add_differences(walk, node, vars(again), vars(value), wrapper.own, operations.FILL_DICT)


def register(walk: Walk, node: Node, registry: dict[Any, Any]) -> None:
    """Register the implementations of a generic function again."""
    for cls, implementation in registry.items():
        entries = (walk.entry(cls, node.path), walk.entry(implementation, node.path.then("implementation")))
        node.fills.append(Fill(operations.INVOKE, ("register", *entries)))


def add_differences(
    walk: Walk,
    node: Node,
    usual: dict[str, Any],
    held: dict[str, Any],
    own: dict[str, object],
    operation: str = operations.SET_ATTRIBUTES,
) -> None:
    """Give an object the attributes that differ from those it gets when it is made.

    Args:
        walk: The walk.
        node: The object's node.
        usual: The attributes of an object newly made in the same way.
        held: Those of the object.
        own: Those of the object that cannot be the same, but were made in the same way.
        operation: How they are set.
    """
    further = {
        name: value
        for name, value in held.items()
        if not (name in usual and is_same(value, usual[name]))
        and not (name in own and name in usual and own[name] is value)
    }
    if further:
        entries = walk.named(further.items(), node.path, "attribute")
        node.fills.append(Fill(operation, (entries,)))
    for name in usual:
        if name not in held:
            node.fills.append(Fill(operations.INVOKE, ("__delattr__", name)))


def _of_function(value: Any) -> dict[str, Any]:
    """Return what a function keeps outside its dictionary."""
    if type(value) is not FunctionType:
        return {}
    found = {name: getattr(value, name) for name in _OF_FUNCTIONS if hasattr(value, name)}
    return {**found, "__annotations__": annotations_of(value)}


def has_hidden(function: FunctionType) -> bool:
    """Tell whether a function's dictionary holds names that no look-up finds there.

    ``functools.wraps`` puts them there if what it wraps is not a function.
    """
    return not vars(FunctionType).keys().isdisjoint(vars(function))


def is_same(one: object, other: object) -> bool:
    """Tell whether one value can stand for the other: the same object, or equal atoms."""
    return one is other or (type(one) is type(other) and type(one) in ATOMS and one == other)


def note_parts(walk: Walk, value: object) -> None:
    """Note which objects only a wrapper or function can give again, such as ``register`` of a generic one.

    ``functools.wraps`` copies them, so they are looked for along ``__wrapped__``.
    """
    seen: set[int] = set()
    while id(value) not in seen and type(value) in _KINDS:
        seen.add(id(value))
        wrapper = recognise(value)
        for name, part in (wrapper.own if wrapper else {}).items():
            walk.parts[id(part)] = value, name
        annotate = getattr(value, "__annotate__", None)
        if annotate is not None:
            walk.parts[id(annotate)] = value, "__annotate__"
        annotations = annotations_of(value)
        if annotations == {}:
            walk.parts[id(annotations)] = value, "__annotations__"
        value = vars(cast("Any", value)).get("__wrapped__")


def expand_part(walk: Walk, node: Node) -> bool:
    """Have an object given by the wrapper, class or dict that it belongs to; tell whether it is a part."""
    owner, name = walk.parts.get(id(node.value), (None, ""))
    if not name:
        return False
    known = walk.entry(owner, node.path)
    if isinstance(owner, type):
        node.operation, node.arguments = operations.GENERATED, (known, name)
        node.needs = tuple(nodes_in(known))
    else:
        take = dict.__getitem__ if type(owner) is dict else getattr
        node.operation, node.arguments = operations.CALL, (walk.entry(take, node.path), (known, name))
    return True
