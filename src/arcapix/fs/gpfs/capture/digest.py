"""Takes down all that code can see of some objects, and of everything that they lead to.

It knows nothing of how `walk` takes objects apart to have them made anew. So a record of the originals and
one of what a new process has rebuilt can prove that both are the same, or tell what differs. What is read is
the raw state: dictionaries, slots, contents as the built-in types hold them. Nothing that a class of the
user's says about itself counts, except how it is pickled, as that defines what its state is.

The process that checks a capture uses it too, as bare as the driver is, so it imports next to nothing.
"""

from __future__ import annotations

import _thread
import sys
import types

from .annotations import HELD_AS, annotations_of, shared_by
from .colours import colour_of, colours_of, hash_of, in_order
from .compare import atom_key, can_be_written, essence, is_definition
from .raw_state import (
    CACHED,
    COMPILED,
    FOR_INSTANCES,
    METHODS,
    SCALARS,
    Kind,
    behind,
    cached_function,
    dictionary_of,
    held_by,
    is_enum,
    reducer_of,
    resolved,
    slots_of,
    virtual_subclasses,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any, TypeGuard

    from .colours import Edge, Line, Target

    Chains = dict[str, list[tuple[str, ...]]]
    Names = tuple[Chains, Chains]
    """For a code object: its globals and its free variables, each with the attributes that are taken from
    it."""

_LONGEST_TEXT = 200
_ATOMS = frozenset({type(None), bool, int, float, complex, str, bytes, type(...), type(NotImplemented)})
CODE = "code of function"
"""The kind of edge that leads to a function's code."""
_ITERABLE_COROUTINE = 0x100
_OF_SITE = "_sitebuiltins"
"""The module of ``exit`` and its like, for which the driver has its own."""

_UNSEEN_IN_CLASS = frozenset(
    {
        "__static_attributes__", "__firstlineno__", "__slotnames__", "_abc_impl",
        "__classdictcell__", *HELD_AS, "__annotate__",
        "__abstractmethods__",
    }
)  # fmt: skip
"""What the interpreter keeps in a class for itself, or what is looked at in another way."""

_LONGEST_NUMBER = 10**18
"""A key beyond is not shown: Python refuses to write very long numbers."""

_DESCRIPTORS = (*COMPILED, types.MemberDescriptorType, types.MethodWrapperType)
_LOCKS = (_thread.LockType, _thread.RLock)
_CONTAINERS = (tuple, list, dict, set, frozenset, types.CellType, types.CodeType)
"""What never travels by name."""
_OF_EXCEPTION = ("args", "__cause__", "__context__", "__suppress_context__")
_OF_TYPE_VARIABLE = (
    "__name__", "__module__", "__bound__", "__constraints__", "__covariant__", "__contravariant__",
    "__infer_variance__", "__default__", "__type_params__", "__value__",
)  # fmt: skip
_CACHES_OF_LIBRARY = frozenset({"cache_token", "dispatch_cache"})
"""Closure variables of the library in which `functools.singledispatch` remembers what it was asked."""
_OF_FROZEN = {f"__create_fn__.<locals>.{name}": frozenset({"cls"}) for name in ("__setattr__", "__delattr__")}
"""Closure variables of a frozen dataclass; with slots, Python 3.11 leaves a class there that is of no use."""
_LAZY = frozenset({"_inverted_", "_method_cache", "__annotate__"})
"""Attributes that an object gets by being used."""


class Digest:
    """The record of some objects.

    Args:
        named: Tells under which name an object travels; None if it travels by value.
        names: Tells which names a code object uses; its first argument is the same for equal code.
        texts: Annotations that a text stands for, by address of the dictionary that holds them and name; and
            functions, by address, whose type parameters are left out.
    """

    def __init__(
        self,
        named: Callable[[object], str | None],
        names: Callable[[str, types.CodeType], Names],
        texts: dict[int, dict[str, str]],
    ) -> None:
        self.lines: list[Line] = []
        self.objects: list[object] = []
        self.incomparable: list[int] = []
        """The objects whose state cannot be read."""
        self._named = named
        self._names = names
        self._texts = texts
        self._numbers: dict[int, int] = {}
        self._kept: list[object] = []
        """What was made only to be looked at; it must live as long as the record, which goes by addresses."""
        self._dictionaries: dict[int, list[int]] = {}
        """Which objects hold their attributes in each dictionary, by its address."""
        self._namespaces: dict[int, list[int]] = {}
        """Which functions have each dictionary for their globals."""
        self._colours: list[str] = []
        self._kinds: dict[type, Kind] = {}

    def record(self, roots: Iterable[object]) -> list[Line]:
        """Take down some objects; the lines are in an order that is the same in every process."""
        held = list(roots)
        targets = [self._target(root) for root in held]
        while len(self.lines) < len(self.objects):
            value = self.objects[len(self.lines)]
            self.lines.append(self._line(value))
            if len(self.lines) == len(self.objects):
                self._take_down_shared()
        if any(len(members) > 1 and int in map(type, members) for _, _, members in self.lines):
            self._colours = colours_of(self.lines)
        lines, order, numbers = in_order(self.lines, targets, self._colours)
        self.objects = [self.objects[number] for number in order]
        self.incomparable = sorted(numbers[number] for number in self.incomparable)
        return lines

    def colour(self, value: object) -> str:
        """Return a text that is the same for objects that look the same, in every process."""
        if not self._colours:
            self._colours = colours_of(self.lines)
        return colour_of(self._colours, self._target(value))

    def _take_down_shared(self) -> None:
        """Add an edge to each dictionary of attributes or globals that is an object of the program's, too."""
        for address in list(self._dictionaries):
            if address in self._numbers or len(self._dictionaries[address]) > 1:
                for number in self._dictionaries.pop(address):
                    target = self._target(dictionary_of(self.objects[number]))
                    self.lines[number][1].append(("attribute", "__dict__", target))
        for address in self._namespaces.keys() & self._numbers.keys():
            for number in self._namespaces.pop(address):
                self.lines[number][1].append(("globals", "", self._numbers[address]))

    def _attributes(self, value: object) -> dict[str, object] | None:
        """Return the attributes that an object holds itself; None if its class hides them."""
        attributes = dictionary_of(value)
        if attributes is not None and type(value).__dictoffset__:
            self._dictionaries.setdefault(id(attributes), []).append(self._numbers[id(value)])
        return attributes

    def _target(self, value: object) -> Target:
        if type(value) in _ATOMS and value == value:  # a NaN is found in a container by identity
            return as_atom(value)
        if type(value) is tuple and not value:
            return "()"
        known = self._numbers.get(id(value))
        if known is not None:
            return known
        name = None if issubclass(type(value), _CONTAINERS) else self._name(value)
        if name is not None:
            return name
        self._numbers[id(value)] = len(self.objects)
        self.objects.append(value)
        return len(self.objects) - 1

    def _name(self, value: object) -> str | None:
        if type(value) in _LOCKS:
            return "lock"
        if type(value).__module__ in ("weakref", "_weakrefset"):
            return "weak references"
        for stream in ("stdout", "stderr"):
            if value is getattr(sys, stream) or value is getattr(sys, f"__{stream}__"):
                return f"sys.{stream}"
        return self._named(value)

    def _edges(self, kind: str, named: Iterable[tuple[object, object]]) -> Iterator[Edge]:
        for name, value in named:
            yield kind, name, self._target(value)

    def _line(self, value: Any) -> Line:
        kind = type(value)
        if kind in (tuple, list):
            return kind.__name__, list(self._edges("item", enumerate(value))), []
        if kind is dict and (module := self._module_of(value)):
            return f"names of the module {module}", [], []
        if kind is dict:
            texts = self._texts.get(id(value))
            pairs = value.items() if texts is None else {**value, **texts}.items()
            return "dict", list(self._pairs(pairs)), []
        if kind in (set, frozenset):
            return kind.__name__, [], [self._target(member) for member in value]
        if kind is types.CellType:
            return "cell", list(self._cell(value)), []
        if kind is types.FunctionType:
            return "function", list(self._function(value)), []
        if issubclass(kind, type):
            return "class", list(self._class(value)), []
        if issubclass(kind, types.ModuleType):
            return f"module {vars(value).get('__name__')}", [("class", "", self._target(kind))], []
        if kind is types.CodeType:
            return f"code {_hash_of_code(value)}", [], []
        return self._instance(value)

    def _module_of(self, names: dict[object, object]) -> str:
        """Return the name of the program's own module that has a dict for its namespace."""
        name = names.get("__name__")
        module = sys.modules.get(name) if type(name) is str else None
        is_own = module is not None and vars(module) is names and self._named(module) is None
        return str(name) if is_own else ""

    def _pairs(self, pairs: Iterable[tuple[object, object]]) -> Iterator[Edge]:
        for number, (key, value) in enumerate(pairs):
            target = self._target(key)
            yield "key", number, target
            is_short = isinstance(key, int) and type(key) in (int, bool) and abs(key) < _LONGEST_NUMBER
            yield "item", key if type(key) is str or is_short else number, self._target(value)

    def _cell(self, cell: types.CellType) -> Iterator[Edge]:
        try:
            yield "", "", self._target(cell.cell_contents)
        except ValueError:
            yield "", "", "empty"

    def _function(self, function: types.FunctionType) -> Iterator[Edge]:
        code = function.__code__
        known = _hash_of_code(code)
        flags = code.co_flags & _ITERABLE_COROUTINE
        yield CODE, function.__qualname__, f"{known} {flags} {hash_of(repr(_inner_names(code)))}"
        for name in ("__name__", "__qualname__", "__module__", "__doc__"):
            yield "attribute", name, self._target(getattr(function, name))
        defaults = function.__defaults__ or ()
        names = code.co_varnames[: code.co_argcount][-len(defaults) :] if defaults else ()
        further = range(len(defaults) - len(names))  # a program may give it more than it has parameters
        yield from self._edges("default of parameter", zip((*further, *names), defaults))
        yield "number of defaults", "", str(len(defaults))
        yield from self._edges("default of parameter", (function.__kwdefaults__ or {}).items())
        attributes = {**(self._attributes(function) or {})}
        attributes.pop("__annotate__", None)  # `functools.wraps` may leave it; what it gives is seen
        yield from self._edges("attribute", attributes.items())
        yield from self._annotations(function)
        if id(function) not in self._texts:
            yield from self._edges("type parameter", enumerate(getattr(function, "__type_params__", ())))
        cells = dict(zip(code.co_freevars, function.__closure__ or ()))
        shared = self._is_shared(function.__globals__)
        unseen = _CACHES_OF_LIBRARY if shared else _OF_FROZEN.get(code.co_qualname, frozenset())
        kept = [item for item in cells.items() if item[0] not in unseen]
        yield from self._edges("closure variable", kept)
        loaded, free = self._names(known, code)
        if not shared:
            self._namespaces.setdefault(id(function.__globals__), []).append(self._numbers[id(function)])
            yield from self._globals(function.__globals__, loaded)
        for name in sorted(free):
            try:
                value = cells[name].cell_contents
            except (KeyError, ValueError):
                continue
            yield from self._below("closure variable", name, value, free[name])

    def _annotations(self, owner: object) -> Iterator[Edge]:
        annotations = annotations_of(owner)
        texts = self._texts.get(shared_by(owner), {})
        for name, annotation in annotations.items():
            text = texts.get(name)
            yield "annotation", name, self._target(annotation) if text is None else as_atom(text)

    def _globals(self, namespace: dict[str, object], loaded: Chains) -> Iterator[Edge]:
        """Yield what the code of a function finds by name."""
        builtins: dict[str, object] = vars(sys.modules["builtins"])
        for name in sorted(loaded):
            value = resolved(namespace[name]) if name in namespace else builtins.get(name, self)
            if value is self:
                yield "global", name, "not defined"
            elif type(value).__module__ != _OF_SITE and value is not sys.exit:
                yield "global", name, self._target(value)
                yield from self._below("global", name, value, loaded[name])

    def _is_shared(self, namespace: dict[str, object]) -> bool:
        module = sys.modules.get(str(namespace.get("__name__")))
        return module is not None and vars(module) is namespace and self._named(module) is not None

    def _below(self, kind: str, name: str, value: object, chains: list[tuple[str, ...]]) -> Iterator[Edge]:
        """Yield what a function takes from a module, by the chains of attributes in its code."""
        if not issubclass(type(value), types.ModuleType):
            return
        for chain in sorted(set(chains)):
            found: Any = value
            path = name
            for attribute in chain:
                is_named = self._named(found) is not None
                held = vars(found)
                if attribute not in held and "__getattr__" not in held:
                    break
                if attribute not in held and not is_named:
                    yield kind, f"{path}.__getattr__", self._target(held["__getattr__"])
                    break
                found = held[attribute] if attribute in held else getattr(found, attribute, None)
                path += f".{attribute}"
                is_module = issubclass(type(found), types.ModuleType)
                is_constant = type(found) in _ATOMS and held["__name__"] != "sys"
                is_made_by_code = issubclass(type(found), types.FunctionType | type)
                if not is_named or is_module or is_constant or is_made_by_code:
                    yield kind, path, self._target(found)
                if not is_module:
                    break

    def _class(self, cls: Any) -> Iterator[Edge]:
        held = held_by(cls)
        for name in ("__name__", "__qualname__"):
            yield "attribute", name, self._target(getattr(cls, name))
        yield "metaclass", "", self._target(type(cls))
        yield from self._edges("base class", enumerate(cls.__bases__))
        yield from self._edges("base class", enumerate(cls.__mro__[1:], 100))
        yield "instances with", "__dict__", str(cls.__dictoffset__ != 0)
        yield "instances with", "__weakref__", str(cls.__weakrefoffset__ != 0)
        if isinstance(held.get("__abstractmethods__"), frozenset):
            yield "abstract methods", "", " ".join(sorted(held["__abstractmethods__"]))
        if "_abc_impl" in held:
            yield from self._edges("virtual subclass", enumerate(virtual_subclasses(cls)))
        yield from self._annotations(cls)
        for name in sorted(held, key=str):
            is_given = name in FOR_INSTANCES and type(held[name]) is types.GetSetDescriptorType
            if name == "__parameters__" and type(held[name]) is tuple:  # those of a generic class
                yield from self._edges("type parameter", enumerate(held[name]))
            elif name not in _UNSEEN_IN_CLASS and not is_given:
                yield "attribute", name, self._target(held[name])
        if not is_enum(cls):  # the library decides where members stand
            yield "order of attributes", "", " ".join(name for name in held if _is_ordered(name, held[name]))

    def _instance(self, value: Any) -> Line:
        cls = type(value)
        edges: list[Edge] = [("class", "", self._target(cls))]
        members: list[Target] = []
        if issubclass(cls, METHODS):
            function = getattr(value, "__func__", None)
            name = value.__name__ if function is None else ""
            edges.append(("method", name, "" if function is None else self._target(function)))
            edges.append(("instance", "", self._target(value.__self__)))
        elif issubclass(cls, _DESCRIPTORS):
            owner = getattr(value, "__objclass__", None) or value.__self__
            edges.append(("descriptor", value.__name__, self._target(owner)))
        elif cls is types.MappingProxyType:
            edges.append(("mapping", "", self._target(behind(value))))
        elif (read := self._kind(cls).read_parts) is not None:
            parts = read(value)
            self._kept.append(parts)
            edges += self._edges("part", parts)
        elif self._kind(cls).is_pickled:
            edges += self._as_pickled(value)
            attributes = None if self._kind(cls).is_own else self._attributes(value)
            if self._kind(cls).is_derived:
                edges += self._edges("attribute", (attributes or {}).items())
                edges += self._slots(value, [base for base in cls.__mro__ if self._named(base) is None])
        else:
            edges += self._raw(value, members)
        constants = self._kind(cls).constants
        for name, part in (dictionary_of(value) or {}).items() if constants else ():
            if id(part) in constants:
                edges.append(("constant", name, ":".join(constants[id(part)])))
        return "instance", edges, members

    def _kind(self, cls: type) -> Kind:
        if cls not in self._kinds:
            self._kinds[cls] = Kind(cls, self._named)
        return self._kinds[cls]

    def _as_pickled(self, value: Any) -> Iterator[Edge]:
        """Yield the parts that the object's own pickling takes it apart into."""
        reducer = reducer_of(type(value), self._named)
        try:
            reduced = reducer(value) if reducer else value.__reduce_ex__(4)
            if isinstance(reduced, str):
                yield from self._word(value)
                return
            make, arguments, state, items, pairs, setter = [*reduced, *[None] * 4][:6]
            items, pairs = list(items or ()), list(pairs or ())
        except Exception as error:  # pickling runs code of the class, which may fail in any way
            self.incomparable.append(self._numbers[id(value)])
            yield "state", "", type(error).__name__
            return
        self._kept += [arguments, state, items, pairs, make]
        yield "made by", "", self._target(make)
        yield from self._edges("part", enumerate(arguments))
        if type(state) is dict:
            yield from self._edges("attribute", state.items())
        else:
            yield "state", "", self._target(state)
        yield from self._edges("item", enumerate(items))
        yield from self._pairs(pairs)
        yield "state setter", "", self._target(setter)

    def _word(self, value: Any) -> Iterator[Edge]:
        """Yield the parts of an object that pickles know by its name, such as a type variable."""
        if self._named(type(value)) is None:
            yield from self._raw(value, [], is_word=True)
            return
        # The module of an alias is that of the code that has made it, and cannot be set.
        unseen = {"__module__"} if hasattr(value, "__value__") else set()
        names = [name for name in _OF_TYPE_VARIABLE if name not in unseen and hasattr(value, name)]
        found = [(name, getattr(value, name)) for name in names]
        self._kept.append(found)
        yield from self._edges("attribute", found)

    def _raw(self, value: Any, members: list[Target], is_word: bool = False) -> Iterator[Edge]:
        """Yield what an object holds, without asking its class."""
        cls = type(value)
        kind = self._kind(cls)
        if kind.contents is not None:
            yield from self._content(value, kind.contents, members)
        elif issubclass(cls, BaseException):
            found = [(name, vars(BaseException)[name].__get__(value)) for name in _OF_EXCEPTION]
            self._kept.append(found)
            yield from self._edges("attribute", found)
        elif cls is CACHED:
            yield "cached function", "", self._target(cached_function(value))
            # What `cache_parameters` says may be that of a cached function inside.
            yield "largest cache", "", str(cls.cache_info(value).maxsize)
        elif cls is types.GeneratorType and _is_fresh(value):
            yield CODE, value.__name__, _hash_of_code(value.gi_code)
            yield from self._edges("local variable", sorted(dict(value.gi_frame.f_locals).items()))
        elif kind.is_closed and not is_word:
            yield from self._as_pickled(value)
            return
        yield from self._slots(value, cls.__mro__)
        attributes = self._attributes(value)
        if attributes is None:
            self.incomparable.append(self._numbers[id(value)])
            return
        named = attributes.items()
        for name, part in sorted(named) if is_enum(cls) else named:
            is_copy = cls in (staticmethod, classmethod) and getattr(value.__func__, name, self) is part
            if cls is CACHED and name in ("__annotations__", "__annotate__"):
                is_copy = getattr(cached_function(value), name, self) is part
            if cls is CACHED and name == "cache_parameters" and self._is_of_library(part):
                # The library has two functions that do the same; what counts is what they close over.
                yield from self._edges("parameter", zip(part.__code__.co_freevars, part.__closure__ or ()))
            elif name not in _LAZY and not is_copy:
                yield "attribute", name, self._target(part)

    def _slots(self, value: object, classes: Iterable[type]) -> Iterator[Edge]:
        found = list(slots_of(value, classes))
        self._kept.append(found)
        return self._edges("attribute", found)

    def _is_of_library(self, value: object) -> TypeGuard[types.FunctionType]:
        return type(value) is types.FunctionType and self._is_shared(value.__globals__)

    def _content(self, value: Any, kind: type, members: list[Target]) -> Iterator[Edge]:
        if kind in SCALARS:
            yield "value", "", as_atom(SCALARS[kind](value))
        elif issubclass(kind, dict):
            yield from self._pairs(kind.items(value))
        elif issubclass(kind, set | frozenset):
            members += [self._target(member) for member in kind.__iter__(value)]
        else:
            yield from self._edges("item", enumerate(kind.__iter__(value)))  # type: ignore[attr-defined]
            yield "limit", "", str(getattr(kind, "maxlen", None) and kind.maxlen.__get__(value))  # type: ignore[attr-defined]


def _hash_of_code(code: types.CodeType) -> str:
    return hash_of(repr(essence(code)))


def _is_fresh(generator: Any) -> bool:
    """Tell whether a generator has not run yet, so that its code and its arguments are all there is to it."""
    return generator.gi_frame is not None and not generator.gi_running and not generator.gi_suspended


def _inner_names(code: types.CodeType) -> list[str]:
    """Return the qualified names of the functions that code makes, where a text can give them."""
    if not can_be_written(code.co_qualname):
        return []
    found = []
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            if is_definition(constant):
                found.append(constant.co_qualname)
            found += _inner_names(constant)
    return found


def _is_ordered(name: object, value: object) -> bool:
    return isinstance(name, str) and name[:1] != "_" and type(value) is not types.MemberDescriptorType


def as_atom(value: object) -> str:
    """Return the text of a value that has no identity."""
    kind, text = atom_key(value)
    return f"{kind} {text}" if len(text) <= _LONGEST_TEXT else f"{kind} {len(text)} {hash_of(text)}"
