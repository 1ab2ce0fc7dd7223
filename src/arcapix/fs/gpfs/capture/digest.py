"""Takes down all that code can see of some objects, and of everything that they lead to.

It knows nothing of how `walk` takes objects apart to have them made anew. So a record of the originals and
one of what a new process has rebuilt can prove that both are the same, or tell what differs. What is read is
the raw state: dictionaries, slots, contents as the built-in types hold them. Nothing that a class of the
user's says about itself counts, except how it is pickled, as that defines what its state is.

The process that checks a capture uses it too, as bare as the driver is, so it imports next to nothing.
"""

from __future__ import annotations

import _abc  # type: ignore[import-not-found]
import _functools  # type: ignore[import-not-found]
import _thread
import copyreg
import gc
import sys
import types
from _blake2 import blake2b

from .compare import atom_key, essence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    Target = int | str
    """The number of an object, or the text of a value that has no identity or travels by name."""
    Edge = tuple[str, object, Target]
    """Where an object leads: the kind, the name, and what is there."""
    Line = tuple[str, list[Edge], list[Target]]
    """An object: what it is, where it leads, and what it holds in no order, if it is a set."""
    Chains = dict[str, list[tuple[str, ...]]]
    Names = tuple[Chains, Chains]
    """For a code object: its globals and its free variables, each with the attributes that are taken from
    it."""

_LONGEST_TEXT = 200
_MOST_ROUNDS = 200
_ATOMS = frozenset({type(None), bool, int, float, complex, str, bytes, type(...), type(NotImplemented)})
CODE = "code of function"
"""The kind of edge that leads to a function's code."""
_ITERABLE_COROUTINE = 0x100
_OF_SITE = "_sitebuiltins"
"""The module of ``exit`` and its like, for which the driver has its own."""

_UNSEEN_IN_CLASS = frozenset(
    {
        "__static_attributes__", "__firstlineno__", "__slotnames__", "_abc_impl",
        "__classdictcell__", "__annotations__", "__annotations_cache__", "__annotate_func__", "__annotate__",
        "__abstractmethods__",
    }
)  # fmt: skip
"""What the interpreter keeps in a class for itself, or what is looked at in another way."""

_FOR_INSTANCES = ("__dict__", "__weakref__")
_OFFSETS = ("__vectorcalloffset__", "__dictoffset__", "__weaklistoffset__")
"""What compiled classes tell the interpreter about the layout of their instances."""

_COMPILED = (
    types.WrapperDescriptorType, types.MethodDescriptorType, types.ClassMethodDescriptorType,
    types.GetSetDescriptorType,
)  # fmt: skip
_DESCRIPTORS = (*_COMPILED, types.MemberDescriptorType, types.MethodWrapperType)
_METHODS = (types.MethodType, types.BuiltinFunctionType)
_CACHED = _functools._lru_cache_wrapper
_LOCKS = (_thread.LockType, _thread.RLock)
_CONTAINERS = (tuple, list, dict, set, frozenset, types.CellType, types.CodeType)
"""What never travels by name."""
_SCALARS: dict[type, Callable[[Any], object]] = {
    int: int.__int__,
    str: str.__str__,
    float: float.__float__,
    bytes: lambda value: bytes.__getitem__(value, slice(None)),
    complex: complex.__complex__,
    bytearray: lambda value: bytes(bytearray.__getitem__(value, slice(None))),
}
"""How to read the part of an object that comes from such a type, without asking the user's class."""
_FULLY_SEEN = frozenset({object, property, staticmethod, classmethod, types.ModuleType, *_SCALARS})
"""Compiled types that hold nothing besides what can be read here."""
_OF_EXCEPTION = ("args", "__cause__", "__context__", "__suppress_context__")
_OF_TYPE_VARIABLE = (
    "__name__", "__module__", "__bound__", "__constraints__", "__covariant__", "__contravariant__",
    "__infer_variance__", "__default__", "__type_params__", "__value__",
)  # fmt: skip
_CACHES_OF_LIBRARY = frozenset({"cache_token", "dispatch_cache"})
"""Closure variables of the library in which `functools.singledispatch` remembers what it was asked."""
_OF_FROZEN = {f"__create_fn__.<locals>.{name}": frozenset({"cls"}) for name in ("__setattr__", "__delattr__")}
"""Closure variables of a frozen dataclass; with slots, Python 3.11 leaves a class there that is of no use."""
_LAZY = frozenset({"_inverted_"})
"""Attributes that an object gets by being used."""
_OF_CACHED = frozenset({"cache_parameters"})
"""A function of which the library has two that do the same."""

_held = type.__dict__["__dict__"].__get__


class Digest:
    """The record of some objects.

    Args:
        named: Tells under which name an object travels; None if it travels by value.
        names: Tells which names a code object uses; its first argument is the same for equal code.
        texts: Annotations, by address of their owner and name, that a text stands for.
    """

    def __init__(
        self,
        named: Callable[[object], str | None],
        names: Callable[[str, types.CodeType], Names],
        texts: dict[tuple[int, str], str],
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
        self._colours: list[str] = []
        self._kinds: dict[type, _Kind] = {}

    def record(self, roots: Iterable[object]) -> list[Line]:
        """Take down some objects; the lines are in an order that is the same in every process."""
        held = list(roots)
        targets = [self._target(root) for root in held]
        while len(self.lines) < len(self.objects):
            value = self.objects[len(self.lines)]
            self.lines.append(self._line(value))
        if any(len(members) > 1 and int in map(type, members) for _, _, members in self.lines):
            self._paint()
        return self._in_order(targets)

    def colour(self, value: object) -> str:
        """Return a text that is the same for objects that look the same, in every process."""
        if not self._colours:
            self._paint()
        return _seen(self._colours, self._target(value))

    # -- one object ------------------------------------------------------------------------------------------

    def _target(self, value: object) -> Target:
        if type(value) in _ATOMS and value == value:  # a NaN is found in a container by identity
            return as_atom(value)
        if type(value) is tuple and not value:
            return "()"
        known = self._numbers.get(id(value))
        if known is not None:
            return known
        name = None if isinstance(value, _CONTAINERS) else self._name(value)
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

    def _new(self, value: object) -> Target:
        """Return the target of something that was made only to be looked at."""
        self._kept.append(value)
        return self._target(value)

    def _line(self, value: Any) -> Line:
        kind = type(value)
        if kind in (tuple, list):
            return kind.__name__, list(self._edges("item", enumerate(value))), []
        if kind is dict:
            return "dict", list(self._pairs(value.items())), []
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
            return f"code {_hash(repr(essence(value)))}", [], []
        return self._instance(value)

    def _pairs(self, pairs: Iterable[tuple[object, object]]) -> Iterator[Edge]:
        for number, (key, value) in enumerate(pairs):
            target = self._target(key)
            yield "key", number, target
            yield "item", key if type(key) in (str, int, bool) else number, self._target(value)

    def _cell(self, cell: types.CellType) -> Iterator[Edge]:
        try:
            yield "", "", self._target(cell.cell_contents)
        except ValueError:
            yield "", "", "empty"

    def _function(self, function: types.FunctionType) -> Iterator[Edge]:
        code = function.__code__
        known = _hash(repr(essence(code)))
        flags = code.co_flags & _ITERABLE_COROUTINE
        yield CODE, function.__qualname__, f"{known} {flags} {_hash(repr(_inner_names(code)))}"
        for name in ("__name__", "__qualname__", "__module__", "__doc__"):
            yield "attribute", name, self._target(getattr(function, name))
        defaults = function.__defaults__ or ()
        names = code.co_varnames[: code.co_argcount][-len(defaults) :] if defaults else ()
        yield from self._edges("default of parameter", zip(names, defaults))
        yield from self._edges("default of parameter", (function.__kwdefaults__ or {}).items())
        yield from self._edges("attribute", vars(function).items())
        yield from self._annotations(function)
        if (id(function), "__type_params__") not in self._texts:
            yield from self._edges("type parameter", enumerate(getattr(function, "__type_params__", ())))
        cells = dict(zip(code.co_freevars, function.__closure__ or ()))
        shared = self._is_shared(function.__globals__)
        unseen = _CACHES_OF_LIBRARY if shared else _OF_FROZEN.get(code.co_qualname, frozenset())
        kept = [item for item in cells.items() if item[0] not in unseen]
        yield from self._edges("closure variable", kept)
        loaded, free = self._names(known, code)
        if not shared:
            yield from self._globals(function.__globals__, loaded)
        for name in sorted(free):
            try:
                value = cells[name].cell_contents
            except (KeyError, ValueError):
                continue
            yield from self._below("closure variable", name, value, free[name])

    def _annotations(self, owner: object) -> Iterator[Edge]:
        for name, annotation in annotations_of(owner).items():
            text = self._texts.get((id(owner), name))
            yield "annotation", name, self._target(annotation) if text is None else as_atom(text)

    def _globals(self, namespace: dict[str, object], loaded: Chains) -> Iterator[Edge]:
        """Yield what the code of a function finds by name."""
        builtins: dict[str, object] = vars(sys.modules["builtins"])
        for name in sorted(loaded):
            value = namespace[name] if name in namespace else builtins.get(name, self)
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
                if attribute not in held:
                    if not is_named and "__getattr__" in held:
                        yield kind, f"{path}.__getattr__", self._target(held["__getattr__"])
                    break
                found = held[attribute]
                path += f".{attribute}"
                is_module = issubclass(type(found), types.ModuleType)
                if not is_named or is_module or isinstance(found, types.FunctionType | type):
                    yield kind, path, self._target(found)
                if not is_module:
                    break

    def _class(self, cls: Any) -> Iterator[Edge]:
        held = _held(cls)
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
            alive = [known for reference in _abc._get_dump(cls)[0] if (known := reference()) is not None]
            alive.sort(key=lambda known: (known.__module__, known.__qualname__))
            yield from self._edges("virtual subclass", enumerate(alive))
        yield from self._annotations(cls)
        for name in sorted(held, key=str):
            is_given = name in _FOR_INSTANCES and type(held[name]) is types.GetSetDescriptorType
            if name not in _UNSEEN_IN_CLASS and not is_given:
                yield "attribute", name, self._target(held[name])
        if not _is_enum(cls):  # the library decides where members stand
            yield "order of attributes", "", " ".join(name for name in held if _is_ordered(name, held[name]))

    # -- instances -------------------------------------------------------------------------------------------

    def _instance(self, value: Any) -> Line:
        edges: list[Edge] = [("class", "", self._target(type(value)))]
        members: list[Target] = []
        if isinstance(value, _METHODS):
            function = getattr(value, "__func__", None)
            edges.append(("method", value.__name__, "" if function is None else self._target(function)))
            edges.append(("instance", "", self._target(value.__self__)))
        elif isinstance(value, _DESCRIPTORS):
            owner = getattr(value, "__objclass__", None) or value.__self__  # type: ignore[union-attr]
            edges.append(("descriptor", value.__name__, self._target(owner)))
        elif isinstance(value, types.MappingProxyType):
            edges += self._pairs(dict(value).items())
        elif self._kind(type(value)).is_pickled:
            edges += self._as_pickled(value)
        else:
            edges += self._raw(value, members)
        return "instance", edges, members

    def _kind(self, cls: type) -> _Kind:
        if cls not in self._kinds:
            self._kinds[cls] = _Kind(cls, self._named)
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
        found = [(name, getattr(value, name)) for name in _OF_TYPE_VARIABLE if hasattr(value, name)]
        self._kept.append(found)
        yield from self._edges("attribute", found)

    def _raw(self, value: Any, members: list[Target], is_word: bool = False) -> Iterator[Edge]:
        """Yield what an object holds, without asking its class."""
        cls = type(value)
        kind = self._kind(cls)
        if kind.contents is not None:
            yield from self._content(value, kind.contents, members)
        elif isinstance(value, BaseException):
            found = [(name, vars(BaseException)[name].__get__(value)) for name in _OF_EXCEPTION]
            self._kept.append(found)
            yield from self._edges("attribute", found)
        elif cls is _CACHED:
            yield "cached function", "", self._target(cached_function(value))
            parameters = vars(value)["cache_parameters"]
            yield from self._edges(
                "closure variable", zip(parameters.__code__.co_freevars, parameters.__closure__)
            )
            # A cached function inside may have replaced the parameters by its own.
            yield "largest cache", "", str(cls.cache_info(value).maxsize)
        elif kind.is_closed and not is_word:
            yield from self._as_pickled(value)
            return
        for base in cls.__mro__:
            for name, found in _held(base).items():
                if type(found) is types.MemberDescriptorType and name not in _OFFSETS:
                    try:
                        part = found.__get__(value, cls)
                    except AttributeError:
                        continue
                    self._kept.append(part)
                    yield "attribute", name, self._target(part)
        attributes = dictionary_of(value)
        if attributes is None:
            self.incomparable.append(self._numbers[id(value)])
            return
        unseen = _OF_CACHED if cls is _CACHED else _LAZY
        named = attributes.items()
        for name, part in sorted(named) if _is_enum(cls) else named:
            is_copy = cls in (staticmethod, classmethod) and getattr(value.__func__, name, self) is part
            if name not in unseen and not is_copy:
                yield "attribute", name, self._target(part)

    def _content(self, value: Any, kind: type, members: list[Target]) -> Iterator[Edge]:
        if kind in _SCALARS:
            yield "value", "", as_atom(_SCALARS[kind](value))
        elif issubclass(kind, dict):
            yield from self._pairs(kind.items(value))
        elif issubclass(kind, set | frozenset):
            members += [self._target(member) for member in kind.__iter__(value)]
        else:
            yield from self._edges("item", enumerate(kind.__iter__(value)))  # type: ignore[attr-defined]
            yield "limit", "", str(getattr(kind, "maxlen", None) and kind.maxlen.__get__(value))  # type: ignore[attr-defined]

    # -- order -----------------------------------------------------------------------------------------------

    def _paint(self) -> None:
        """Give equal colours to the objects that no path of any length tells apart."""
        colours = [_hash(label) for label, _, _ in self.lines]
        different = 0
        for _ in range(_MOST_ROUNDS):
            if len(set(colours)) == different:
                break
            different = len(set(colours))
            colours = [self._repainted(colours, line) for line in self.lines]
        self._colours = colours

    def _repainted(self, colours: list[str], line: Line) -> str:
        label, edges, members = line
        seen = [(kind, str(name), _seen(colours, target)) for kind, name, target in edges]
        return _hash(repr((label, seen, sorted(_seen(colours, target) for target in members))))

    def _in_order(self, roots: list[Target]) -> list[Line]:
        """Return the lines in the order in which they are reached, with members of sets by their colours."""
        numbers: dict[int, int] = {}
        order: list[int] = []

        def renumbered(target: Target) -> Target:
            if isinstance(target, str):
                return target
            if target not in numbers:
                numbers[target] = len(order)
                order.append(target)
            return numbers[target]

        for root in roots:
            renumbered(root)
        lines: list[Line] = []
        while len(lines) < len(order):
            label, edges, members = self.lines[order[len(lines)]]
            followed = [(kind, name, renumbered(target)) for kind, name, target in edges]
            sorted_members = sorted(members, key=lambda target: _seen(self._colours, target))
            lines.append((label, followed, [renumbered(target) for target in sorted_members]))
        self.objects = [self.objects[number] for number in order]
        self.incomparable = sorted(numbers[number] for number in self.incomparable)
        return lines


class _Kind:
    """How to look at the instances of a class."""

    def __init__(self, cls: type, named: Callable[[object], str | None]) -> None:
        compiled = [base for base in cls.__mro__[:-1] if _is_compiled(base)]
        self.contents = next((base for base in compiled if _has_contents(base)), None)
        """The built-in type that holds the contents, such as dict or int."""
        self.is_closed = bool(compiled) and compiled[0] not in _FULLY_SEEN
        """Whether there is state that only pickling shows."""
        self.is_pickled = False
        """Whether the class says what the state is, and it is not one whose contents are known."""
        if issubclass(cls, BaseException) or _is_enum(cls) or cls is _CACHED:
            return
        for base in cls.__mro__[:-1]:
            if any(name in _held(base) for name in ("__reduce__", "__reduce_ex__", "__getstate__")):
                is_own = base not in compiled and named(base) is None
                self.is_pickled = is_own or self.contents is None
                break
        self.is_pickled |= reducer_of(cls, named) is not None


def difference(one: list[Line], other: list[Line]) -> tuple[int, tuple[str, object] | None] | None:
    """Return the first line in which two records differ, with kind and name of the edge that does.

    There is no edge if something else differs, such as what the object is. None if both are the same.
    """
    for number, (line, found) in enumerate(zip(one, other)):
        if line == found:
            continue
        edges, found_edges = line[1], found[1]
        for edge, found_edge in zip(edges, found_edges):
            if edge != found_edge:
                return number, edge[:2]
        further = (edges[len(found_edges) :] or found_edges[len(edges) :])[:1]
        return number, further[0][:2] if further else None
    return None if len(one) == len(other) else (min(len(one), len(other)) - 1, None)


def _inner_names(code: types.CodeType) -> list[str]:
    """Return the qualified names of the functions that code makes, where a text can give them."""
    if not all(part == "<locals>" or part.isidentifier() for part in code.co_qualname.split(".")):
        return []
    found = []
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            if constant.co_name[:1] != "<" or constant.co_name == "<lambda>":
                found.append(constant.co_qualname)
            found += _inner_names(constant)
    return found


def as_atom(value: object) -> str:
    """Return the text of a value that has no identity."""
    kind, text = atom_key(value)
    return f"{kind} {text}" if len(text) <= _LONGEST_TEXT else f"{kind} {len(text)} {_hash(text)}"


def identity(value: object) -> object:
    """Return what tells an object from others; methods are made anew each time that they are looked up."""
    if isinstance(value, _METHODS):
        return id(value.__self__), id(getattr(value, "__func__", None)), value.__name__
    return id(value)


def reducer_of(cls: type, named: Callable[[object], str | None]) -> Callable[[Any], Any] | None:
    """Return how the library pickles a class; what a program registers for its own proves nothing."""
    reducer: Callable[[Any], Any] | None = copyreg.dispatch_table.get(cls)
    return reducer if reducer is not None and named(reducer) is not None else None


def birth_name(value: Any) -> str:
    """Return module and name that a function was defined under; an empty text for anything else."""
    if type(value) is types.FunctionType:
        return f"{value.__globals__.get('__name__')}:{value.__code__.co_qualname}"
    if type(value) is types.BuiltinFunctionType:
        return f"{getattr(value.__self__, '__name__', '')}:{value.__name__}"
    return ""


def annotations_of(value: Any) -> dict[str, object]:
    """Return the annotations of a function or class, not those of its bases."""
    if isinstance(value, type):
        held = _held(value)
        if sys.version_info < (3, 14):
            kept = held.get("__annotations__")
            return dict(kept) if isinstance(kept, dict) else {}
    try:
        return dict(value.__annotations__)
    except Exception:  # from 3.14 on they are worked out now, by code of the user's
        return {}


def cached_function(value: Any) -> object:
    """Return the function in the cache of `functools.lru_cache`; anybody can write ``__wrapped__``."""
    referred = gc.get_referents(value)
    marks = [number for number, held in enumerate(referred) if type(held) is object]
    return referred[marks[-1] - 1]


def dictionary_of(value: object) -> dict[str, object] | None:
    """Return the attributes that an object holds itself; None if its class hides them."""
    for base in type(value).__mro__:
        found = _held(base).get("__dict__")
        if type(found) is types.GetSetDescriptorType:
            held: dict[str, object] = found.__get__(value)
            return held
        if found is not None:
            break
    return {} if type(value).__dictoffset__ == 0 else None


def _is_compiled(cls: type) -> bool:
    """Tell whether a class was not made by a class statement: parts of it are not written in Python."""
    return any(
        type(found) in _COMPILED and found.__objclass__ is cls and name not in _FOR_INSTANCES
        for name, found in _held(cls).items()
    )


def _has_contents(cls: type) -> bool:
    return (
        cls in _SCALARS
        or issubclass(cls, tuple | list | dict | set | frozenset)
        or (cls.__module__, cls.__name__) == ("collections", "deque")
    )


def _is_enum(cls: type) -> bool:
    enum = sys.modules.get("enum")
    return enum is not None and isinstance(cls, enum.EnumMeta)


def _is_ordered(name: object, value: object) -> bool:
    return isinstance(name, str) and name[:1] != "_" and type(value) is not types.MemberDescriptorType


def _seen(colours: list[str], target: Target) -> str:
    if isinstance(target, str):
        return target
    return colours[target] if colours else "~"


def _hash(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
