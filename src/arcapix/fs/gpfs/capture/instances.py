"""Takes apart all other objects: as their own pickling does, or into a call that makes an equal one."""

from __future__ import annotations

import contextlib
import copyreg
import enum
import functools
import keyword
import re
import sys
import types
import typing
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, cast

from ..driver import operations
from . import arrays, derived, descriptors, enumeration, loggers, transparent, wrappers
from .nodes import Entry, Fill, Node, shown
from .raw_state import behind, constants_of, dictionary_of, slots_of
from .refused import remedy_for, remedy_for_unpicklable

if TYPE_CHECKING:
    from .walk import Walk


def expand(walk: Walk, node: Node) -> None:
    """Take apart an object that is neither container, function, class nor module."""
    value = node.value
    if loggers.expand(walk, node):
        return
    handler = _HANDLERS.get(type(value))
    found = walk.references.find_instance(value)
    if found is not None:
        walk.by_name(node, *found)
    elif handler is not None:
        handler(walk, node, value)
        if isinstance(value, _PICKLED_BY_NAME):
            walk.bind(node)
    elif issubclass(type(value), enum.Enum):
        enumeration.expand_member(walk, node, cast("enum.Enum", value))
    elif derived.expand(walk, node):
        _Pickled(walk, node).fill_state()
    elif not (transparent.expand(walk, node) or descriptors.expand(walk, node) or arrays.expand(walk, node)):
        _Pickled(walk, node).expand()
        arrays.keep_mask(walk, node)


def _call(walk: Walk, node: Node, function: object, /, *arguments: object, **keywords: object) -> None:
    """Have a node made by calling something that travels by name."""
    node.operation = operations.CALL
    node.arguments = (walk.entry(function, node.path), walk.entries(arguments, node.path, "part"))
    if keywords:
        node.arguments += (walk.named(keywords.items(), node.path, "part"),)
    node.needs = _nodes(node.arguments[1])


def _nodes(entries: object) -> tuple[Node, ...]:
    return tuple(entry for entry in cast("tuple[Entry, ...]", entries) if isinstance(entry, Node))


def _cache(walk: Walk, node: Node, value: object) -> None:
    wrappers.expand(walk, node, wrappers.cache(value))


def _context(walk: Walk, node: Node, value: Any) -> None:
    """Take apart what ``contextmanager`` gives, if it is not in use; a decorator is renewed each time."""
    generator, function = value.gen, value.func
    is_fresh = not getattr(generator, "gi_suspended", getattr(generator, "ag_suspended", True))
    makes_one = type(function) is types.FunctionType and function.__code__.co_flags & _MAKES_GENERATOR
    if not (is_fresh and makes_one):
        _Pickled(walk, node).expand()
        return
    parts = function, value.args, value.kwds
    _call(walk, node, type(value), *parts)
    node.needs = node.needs[:1]
    usual, held = vars(type(value)(*parts)), vars(value)
    wrappers.add_differences(walk, node, usual, held, {"gen": generator}, operations.FILL_DICT)


def _pattern(walk: Walk, node: Node, value: re.Pattern[Any]) -> None:
    flags = int(value.flags) & ~(re.UNICODE if isinstance(value.pattern, str) else 0)
    _call(walk, node, re.compile, value.pattern, int(flags))


def _proxy(walk: Walk, node: Node, value: types.MappingProxyType[object, object]) -> None:
    _call(walk, node, types.MappingProxyType, behind(value))
    node.needs = ()


def _type_variable(walk: Walk, node: Node, value: Any) -> None:
    options = {
        name: held
        for name in ("bound", "covariant", "contravariant", "infer_variance")
        if (held := getattr(value, f"__{name}__", None))
    }
    if hasattr(type(value), "has_default") and value.has_default():
        options["default"] = value.__default__
    _call(walk, node, type(value), value.__name__, *getattr(value, "__constraints__", ()), **options)
    node.needs = ()
    _add_attributes(walk, node, value, type(value)(value.__name__))


def _new_type(walk: Walk, node: Node, value: typing.NewType) -> None:
    _call(walk, node, typing.NewType, value.__name__, value.__supertype__)
    node.needs = ()
    _add_attributes(walk, node, value, typing.NewType(value.__name__, value.__supertype__))


def _add_attributes(walk: Walk, node: Node, value: object, fresh: object) -> None:
    """Add what an object has that one just made lacks, and the name of the module that has made it."""
    usual = getattr(fresh, "__dict__", {})
    own = {name: held for name, held in getattr(value, "__dict__", {}).items() if name not in usual}
    # From Python 3.12 on, a type variable has attributes, but no dict of them.
    for name in ("__module__", "__default__", "has_default"):
        if hasattr(value, name) and (name == "__module__" or not hasattr(fresh, name)):
            own[name] = getattr(value, name)
    node.kept = own
    node.fills.append(Fill(operations.SET_ATTRIBUTES, (walk.named(own.items(), node.path, "attribute"),)))


def _forward_reference(walk: Walk, node: Node, value: typing.ForwardRef) -> None:
    options: dict[str, Any] = {"is_class": True} if value.__forward_is_class__ else {}
    if not value.__forward_is_argument__:
        options["is_argument"] = False
    if value.__forward_module__ is not None:
        options["module"] = value.__forward_module__
    _call(walk, node, typing.ForwardRef, value.__forward_arg__, **options)


def _type_alias(walk: Walk, node: Node, value: Any) -> None:
    node.kept = value.__value__, value.__type_params__
    name = value.__name__
    if value.__type_params__ or not name.isidentifier() or keyword.iskeyword(name):
        options = {"type_params": value.__type_params__} if value.__type_params__ else {}
        _call(walk, node, type(value), name, value.__value__, **options)
        node.needs = ()
        return
    # The statement asks for the value only when somebody wants it, so that the alias may be a part of it.
    names = walk.anonymous(operations.DICT, ("__name__", value.__module__), node.path)
    held = walk.entry(value.__value__, node.path.then("attribute", "__value__"))
    names.fills.append(Fill(operations.UPDATE, (f"_{name}", held)))
    run = walk.entry(exec, node.path), (f"type {name} = _{name}", names)
    ran = walk.anonymous(operations.CALL, run, node.path)
    node.operation, node.arguments = operations.CALL, (walk.entry(dict.get, node.path), (names, name, ran))


def _code(walk: Walk, node: Node, value: types.CodeType) -> None:
    node.operation, node.arguments = operations.CONSTANT, (value,)
    walk.textless = walk.textless or f"the {node.path} is a code object ({value.co_name!r})"


_MAKES_GENERATOR = 0x20 | 0x200
"""Flags of the code of generator functions, and of asynchronous ones."""
_HANDLERS: dict[type, Callable[[Walk, Node, Any], None]] = {
    type(functools.lru_cache(len)): _cache,
    contextlib._GeneratorContextManager: _context,
    contextlib._AsyncGeneratorContextManager: _context,
    re.Pattern: _pattern,
    types.MappingProxyType: _proxy,
    types.CodeType: _code,
    typing.TypeVar: _type_variable,
    typing.ParamSpec: _type_variable,
    typing.TypeVarTuple: _type_variable,
    typing.NewType: _new_type,
    typing.ForwardRef: _forward_reference,
}
_PICKLED_BY_NAME: tuple[type, ...] = (typing.TypeVar, typing.ParamSpec, typing.TypeVarTuple, typing.NewType)
if hasattr(typing, "TypeAliasType"):
    _HANDLERS[typing.TypeAliasType] = _type_alias
    _PICKLED_BY_NAME += (typing.TypeAliasType,)


_OF_PICKLING = frozenset({"__reduce__", "__reduce_ex__", "__getstate__"})
"""Methods by which a class says how it is pickled."""
_NAMESPACES = {("types", "SimpleNamespace"), ("argparse", "Namespace")}

_OF_TYPES = (types.GenericAlias, types.UnionType, typing._BaseGenericAlias)  # type: ignore[attr-defined]
"""What is made of classes without looking at what is in them."""


def _says_how_it_is_pickled(kind: type) -> type:
    """Return the class that determines how objects of a class are pickled."""
    return next(cls for cls in kind.__mro__ if not _OF_PICKLING.isdisjoint(vars(cls)))


def _lists_in(walk: Walk, node: Node, given: tuple[object, ...]) -> Iterator[Node]:
    """Yield the lists in tuples among some arguments; they must have their items before they are read."""
    for part in given:
        for item in part if type(part) is tuple else ():
            if type(item) is list:
                known = walk.entry(item, node.path)
                assert isinstance(known, Node)
                known.references -= 1  # no step refers to it besides the tuple's
                yield known


class _Pickled:
    """An object as its own pickling takes it apart; the parts become entries instead of bytes."""

    def __init__(self, walk: Walk, node: Node) -> None:
        self.walk = walk
        self.node = node
        self.value = node.value
        self.path = node.path

    def expand(self) -> None:
        """Take the object apart.

        Raises:
            CaptureError: No pickle can carry it.
        """
        reduced = self._reduce()
        if isinstance(reduced, str):
            self._find(reduced)
            return
        self.node.kept = reduced
        make, arguments, state, items, pairs, setter = [*reduced, *[None] * 4][:6]
        if state is not None and type(self.value).__module__ == "itertools":
            self.walk.warn(
                f"the {self.path} of {self.walk.name!r} is an iterator of itertools, which a node with "
                "Python 3.14 or newer cannot make again"
            )
        self._make(make, arguments)
        if items is not None:
            held = list(items)
            self._keep(held)
            entries = self.walk.entries(held, self.path)
            self.node.fills.append(
                Fill(operations.EXTEND, entries, needs=self._class_needs("append", "extend"))
            )
        if pairs is not None:
            self._fill_pairs(list(pairs))
        if state is not None and setter is not None:
            self._set_by(setter, state)
        else:
            self._fill_state(state)
        self._add_left_out(state)

    def _set_by(self, setter: object, state: object) -> None:
        entries = self.walk.entry(setter, self.path), self.walk.entry(state, self.path)
        self.node.fills.append(Fill(operations.APPLY, entries, needs=_nodes(entries)))

    def fill_state(self) -> None:
        """Give an object that is made otherwise its state, as its pickling would."""
        kind: Any = object if isinstance(self.value, BaseException) else type(self.value)
        self.node.kept = held = self._taken(kind.__getstate__, self.value)
        self._fill_state(held)

    def _keep(self, value: object) -> None:
        self.node.kept = (self.node.kept, value)

    def _refuse(self) -> Exception:
        return self.walk.refuse(self.path, self.value, remedy_for_unpicklable(self.value))

    def _reduce(self) -> Any:
        registered = copyreg.dispatch_table.get(type(self.value))
        if registered is not None and self.walk.references.find(registered) is None:
            self._register(registered)
        return self._taken(registered or (lambda value: value.__reduce_ex__(4)), self.value)

    def _register(self, reducer: object) -> None:
        """Have pickles on the node take objects of this class apart in the same way."""
        cls = self.walk.entry(type(self.value), self.path)
        pickle, entry = (self.walk.entry(part, self.path) for part in (copyreg.pickle, reducer))
        fill = Fill(operations.APPLY, (pickle, entry))
        if isinstance(cls, Node) and all(fill.arguments != known.arguments for known in cls.fills):
            cls.fills.append(fill)

    def _taken(self, method: Callable[[Any], Any], argument: object) -> Any:
        try:
            return method(argument)
        except Exception as error:
            # Pickling runs code in the object's class, which may fail in any way; then the object cannot
            # travel.
            raise self._refuse() from error

    def _find(self, name: str) -> None:
        kind = type(self.value)
        module = getattr(self.value, "__module__", None) or kind.__module__
        found = self.walk.references.find_under(self.value, module, [name])
        if found is not None:
            self.walk.by_name(self.node, *found)
        elif derived.built_in_base(kind) is object and self.walk.references.find(kind) is None:
            # A word of a library names what decorates the user's function, and holds who knows what.
            derived.make(self.walk, self.node, object)
            self.fill_state()
        else:
            raise self._refuse()

    def _make(self, make: Any, arguments: tuple[Any, ...]) -> None:
        walk, node = self.walk, self.node
        name = getattr(make, "__name__", "") if getattr(make, "__module__", "") == "copyreg" else ""
        cls, given, keywords = make, arguments, None
        if name == "__newobj__":
            cls, given = arguments[0], arguments[1:]
        elif name == "__newobj_ex__":
            cls, given, keywords = arguments
        elif make is type(self.value) and issubclass(make, functools.partial):
            derived.make(walk, node, functools.partial, *given)
            return
        else:
            node.operation = operations.CALL
            entries = walk.entries(given, self.path, "part")
            node.arguments = (walk.entry(make, self.path), entries)
            if isinstance(self.value, _OF_TYPES):
                node.copies = tuple(_lists_in(walk, node, given))
            else:
                node.needs = _nodes((node.arguments[0], *entries))
            return
        node.operation = operations.NEW
        entries = walk.entries(given, self.path, "part")
        node.arguments = (walk.entry(cls, self.path), entries)
        if keywords:
            node.arguments += ({}, walk.named(keywords.items(), self.path, "part"))
        node.needs = (*_nodes(entries), *self._class_needs("__new__"))

    def _class_needs(self, *methods: str) -> tuple[Node, ...]:
        """Return the node of the object's class, if a method that will run belongs to a captured class."""
        for cls in type(self.value).__mro__:
            for method in methods:
                if method in vars(cls) and isinstance(vars(cls)[method], types.FunctionType | staticmethod):
                    return _nodes((self.walk.entry(type(self.value), self.path),))
        return ()

    def _fill_pairs(self, pairs: list[tuple[object, object]]) -> None:
        self._keep(pairs)
        items: list[Entry] = []
        for key, value in pairs:
            items += [
                self.walk.entry(key, self.path.then("key")),
                self.walk.entry(
                    value, self.path.then("item", key if isinstance(key, str) else shown(key)[:40])
                ),
            ]
        needs = (*_nodes(items[::2]), *self._class_needs("__setitem__"))
        self.node.fills.append(Fill(operations.UPDATE, tuple(items), needs=needs))

    def _has_own_attributes(self) -> bool:
        """Tell whether the user has chosen the names of the object's attributes."""
        kind = type(self.value)
        named_by_their_maker = (kind.__module__, kind.__qualname__) in _NAMESPACES
        return named_by_their_maker or self.walk.references.find(kind) is None

    def _constants(self, attributes: dict[str, Any]) -> dict[str, Entry]:
        """Return what stands for attributes that the library may know by identity."""
        walk = self.walk
        classes = [cls for cls in type(self.value).__mro__ if walk.references.find(cls)]
        constants = constants_of(classes)
        return {
            name: walk.anonymous(operations.REFERENCE, constants[id(part)], self.path)
            for name, part in attributes.items()
            if id(part) in constants
        }

    def _add_left_out(self, state: object) -> None:
        """Add the attributes of an object whose class is derived from one that is pickled without them."""
        kind = type(self.value)
        says, references = _says_how_it_is_pickled(kind), self.walk.references
        # A library may make classes as it goes, which have no name there.
        is_of_library = references.shares(sys.modules.get(kind.__module__))
        if says is object or references.find(says) is None or is_of_library:
            return
        given = state[0] if isinstance(state, tuple) and len(state) == 2 else state
        own = dictionary_of(self.value) or {}
        if isinstance(given, dict):
            own = {name: part for name, part in own.items() if given.get(name, self) is not part}
        slots = dict(
            slots_of(self.value, [cls for cls in kind.__mro__ if not self.walk.references.find(cls)])
        )
        for operation, held in ((operations.FILL_DICT, own), (operations.SET_ATTRIBUTES, slots)):
            # What never travels may be made anew by the class; the comparison will tell.
            kept = [(name, part) for name, part in held.items() if remedy_for(part) is None]
            if kept:
                entries = self.walk.named(kept, self.path, "attribute")
                self.node.fills.append(Fill(operation, (entries,)))

    def _shares_attributes(self, own: object) -> bool:
        """Have an object hold its attributes in a dictionary that others use too; tell whether it does."""
        held = dictionary_of(self.value)
        if held is None or not type(self.value).__dictoffset__:
            return False
        # Attributes that there are none of are no part of the state.
        if own is not held and (own or held or _says_how_it_is_pickled(type(self.value)) is not object):
            return False
        if not self.walk.has(held) and id(held) not in self.walk.owners:
            self.walk.owners[id(held)] = self.node
            return False
        entry = self.walk.entry(held, self.path.then("attribute", "__dict__"))
        self.node.fills.append(Fill(operations.SET_ATTRIBUTES, ({"__dict__": entry},)))
        return True

    def _fill_state(self, state: object) -> None:
        walk, node = self.walk, self.node
        set_state = derived.static(type(self.value), "__setstate__")
        if state is not None and set_state not in (None, BaseException.__setstate__):
            entry = walk.entry(state, self.path)
            needs = (*_nodes((entry,)), *self._class_needs("__setstate__"))
            node.fills.append(Fill(operations.SET_STATE, (entry,), needs=needs))
            return
        own, slots = state if isinstance(state, tuple) and len(state) == 2 else (state, None)
        if self._shares_attributes(own):
            own = None
        for operation, attributes in ((operations.FILL_DICT, own), (operations.SET_ATTRIBUTES, slots)):
            if not attributes:
                continue
            if not isinstance(attributes, dict) or not all(isinstance(name, str) for name in attributes):
                raise self._refuse()
            entries = walk.named(attributes.items(), self.path, "attribute", self._has_own_attributes())
            entries |= self._constants(attributes)
            with_making = (
                operation == operations.FILL_DICT
                and node.operation == operations.NEW
                and len(node.arguments) == 2
            )
            node.fills.append(Fill(operation, (entries,), with_making))
