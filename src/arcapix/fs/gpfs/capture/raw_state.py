"""Reads what an object holds and what it is, without asking a class that a user may have written.

The process that checks a capture uses it too, so it imports next to nothing.
"""

from __future__ import annotations

import _abc  # type: ignore[import-not-found]
import _collections  # type: ignore[import-not-found]
import _functools  # type: ignore[import-not-found]
import copyreg
import gc
import sys
import types

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

FOR_INSTANCES = ("__dict__", "__weakref__")
"""What a class has for each instance to have one."""
COMPILED = (
    types.WrapperDescriptorType, types.MethodDescriptorType, types.ClassMethodDescriptorType,
    types.GetSetDescriptorType,
)  # fmt: skip
"""The types of what only compiled classes hold."""
METHODS = (types.MethodType, types.BuiltinFunctionType)
CACHED = _functools._lru_cache_wrapper
"""The type of what `functools.lru_cache` makes."""
SCALARS: dict[type, Callable[[Any], object]] = {
    int: int.__int__,
    str: str.__str__,
    float: float.__float__,
    bytes: lambda value: bytes.__getitem__(value, slice(None)),
    complex: complex.__complex__,
    bytearray: lambda value: bytes(bytearray.__getitem__(value, slice(None))),
}
"""How to read the part of an object that comes from such a type, without asking the user's class."""
_FULLY_SEEN = frozenset({object, property, staticmethod, classmethod, types.ModuleType, *SCALARS})
"""Compiled types that hold nothing besides what can be read here."""
_NO_SLOTS = ("__dict__", "__vectorcalloffset__", "__dictoffset__", "__weaklistoffset__")
"""The attributes, and what compiled classes tell the interpreter about the layout of their instances."""
_LAZY_IMPORT = getattr(types, "LazyImportType", None)
held_by = type.__dict__["__dict__"].__get__
"""Returns what a class itself holds, whatever it says."""


_MAPPINGS: tuple[dict[Any, Any], ...] = ({}, _collections.OrderedDict())
_VIEWS = {type(view) for held in _MAPPINGS for view in (held.keys(), held.values(), held.items())}
_ITERATED: tuple[Any, ...] = ({}, {}.values(), {}.items(), set())
_ITERATORS = {type(iter(held)) for held in _ITERATED}
_SHOWN = {
    ("_json", "make_scanner"): (
        "strict", "object_hook", "object_pairs_hook", "parse_float", "parse_int", "parse_constant",
        "array_hook",
    ),
    ("random", "SystemRandom"): (),
}  # fmt: skip
"""Classes of modules that may not be loaded, and the attributes in which all is that their objects hold."""

Parts = list[tuple[str, object]]


def parts_reader(cls: type) -> Callable[[Any], Parts] | None:
    """Return how to see what is in objects that no pickle gives back; None for all other classes."""
    if cls in _VIEWS:
        return lambda value: [("mapping", behind(value))]
    if cls in _ITERATORS:
        return lambda value: [
            ("iterated", [*gc.get_referents(value), None][0]),
            ("left", value.__length_hint__()),
        ]
    for (module, name), names in _SHOWN.items():
        if cls is getattr(sys.modules.get(module), name, None):
            return lambda value: [
                *((name, getattr(value, name)) for name in names if hasattr(value, name)),
                *(dictionary_of(value) or {}).items(),
            ]
    return None


class Kind:
    """How to look at the instances of a class."""

    def __init__(self, cls: type, named: Callable[[object], str | None]) -> None:
        self.read_parts = parts_reader(cls)
        """How to see all that is in it, if it is one of the few that no pickle gives back."""
        compiled = [base for base in cls.__mro__[:-1] if is_compiled(base)]
        self.contents = next((base for base in compiled if _has_contents(base)), None)
        """The built-in type that holds the contents, such as dict or int."""
        self.is_closed = bool(compiled) and compiled[0] not in _FULLY_SEEN
        """Whether there is state that only pickling shows."""
        self.constants = constants_of(base for base in cls.__mro__ if named(base) is not None)
        """What its library may know by identity."""
        self.is_pickled = False
        """Whether the class says what the state is, and it is not one whose contents are known."""
        self.is_own = False
        """Whether a class of the program says so."""
        self.is_derived = False
        """Whether a class of the library says so for one derived from it, and may not know of attributes."""
        if issubclass(cls, BaseException) or is_enum(cls) or cls is CACHED:
            return
        for base in cls.__mro__[:-1]:
            if any(name in held_by(base) for name in ("__reduce__", "__reduce_ex__", "__getstate__")):
                self.is_own = base not in compiled and named(base) is None
                # A class of the library in Python may keep its contents in an order of its own.
                is_of_library = base not in compiled and named(cls) is not None
                self.is_pickled = self.is_own or is_of_library or self.contents is None
                self.is_derived = not self.is_own and named(cls) is None
                break
        self.is_pickled |= reducer_of(cls, named) is not None


def identity(value: Any) -> object:
    """Return what tells an object from others; methods are made anew each time that they are looked up."""
    if issubclass(type(value), METHODS):
        function = getattr(value, "__func__", None)
        return id(value.__self__), id(function), value.__name__ if function is None else ""
    return id(value)


def constants_of(classes: Iterable[type]) -> dict[int, tuple[str, str]]:
    """Return texts and tuples of the modules of some classes, by address, with module and name.

    A library may ask whether it holds just this one, as `argparse` asks of its ``SUPPRESS``.
    """
    found: dict[int, tuple[str, str]] = {}
    for cls in classes:
        module = sys.modules.get(cls.__module__)
        for name, value in (vars(module) if module and cls.__module__ != "builtins" else {}).items():
            # There is only one text of a single character in every process.
            if type(value) in (str, bytes, tuple) and len(value) > 1 and name[:1] != "_":
                found[id(value)] = cls.__module__, name
    return found


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


def resolved(value: Any) -> Any:
    """Return what a lazy import of Python 3.15 stands for; any other value as it is.

    Raises:
        ImportError: It stands for nothing.
    """
    return value.resolve() if type(value) is _LAZY_IMPORT else value


def behind(view: object) -> object:
    """Return the mapping that a proxy for one, or a view of one, looks at."""
    return gc.get_referents(view)[0]


def cached_function(value: Any) -> object:
    """Return the function in the cache of `functools.lru_cache`; anybody can write ``__wrapped__``."""
    referred = gc.get_referents(value)
    marks = [number for number, held in enumerate(referred) if type(held) is object]
    return referred[marks[-1] - 1]


def dictionary_of(value: object) -> dict[str, object] | None:
    """Return the attributes that an object holds itself; None if its class hides them."""
    for base in type(value).__mro__:
        found = held_by(base).get("__dict__")
        if type(found) in (types.GetSetDescriptorType, types.MemberDescriptorType):
            held: dict[str, object] = found.__get__(value)
            return held
        if found is not None:
            break
    return {} if type(value).__dictoffset__ == 0 else None


def slots_of(value: object, classes: Iterable[type]) -> Iterator[tuple[str, object]]:
    """Yield what an object holds in the slots of some of its classes."""
    for cls in classes:
        for name, found in held_by(cls).items():
            if type(found) is types.MemberDescriptorType and name not in _NO_SLOTS:
                try:
                    yield name, found.__get__(value, type(value))
                except AttributeError:
                    continue


def is_compiled(cls: type) -> bool:
    """Tell whether a class was not made by a class statement: parts of it are not written in Python."""
    return any(
        type(found) in COMPILED and found.__objclass__ is cls and name not in FOR_INSTANCES
        for name, found in held_by(cls).items()
    )


def _has_contents(cls: type) -> bool:
    return (
        cls in SCALARS
        or issubclass(cls, tuple | list | dict | set | frozenset)
        or (cls.__module__, cls.__name__) == ("collections", "deque")
    )


def virtual_subclasses(cls: type) -> list[type]:
    """Return the classes that were registered with an abstract base class, in the same order everywhere."""
    alive = [known for reference in _abc._get_dump(cls)[0] if (known := reference()) is not None]
    return sorted(alive, key=lambda known: (str(known.__module__), known.__qualname__))


def is_enum(cls: type) -> bool:
    """Tell whether a class is an enum, in a process that may not have loaded them."""
    enum = sys.modules.get("enum")
    return enum is not None and issubclass(type(cls), enum.EnumMeta)
