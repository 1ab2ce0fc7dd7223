"""What travels by name: the standard library, the interpreter's site-packages and all of ``arcapix``."""

from __future__ import annotations

import dis
import functools
import gc
import importlib
import importlib.machinery
import importlib.util
import operator
import os
import site
import sys
import sysconfig
import types
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from .raw_state import cached_function

_FREE_OF_FILES = ("built-in", "frozen")
_CACHED = type(functools.lru_cache(len))
_WRAPPERS: dict[type, Callable[[Any], object]] = {
    staticmethod: operator.attrgetter("__func__"),
    classmethod: operator.attrgetter("__func__"),
    functools.partial: operator.attrgetter("func"),
    _CACHED: cached_function,
}
"""The wrappers of the library, and how to find what they wrap."""
_WITH_NAMES = (_CACHED, types.MethodDescriptorType, types.WrapperDescriptorType)
_KNOWN_BY_IDENTITY = (object, float, complex)
"""Types of objects that mark something; a float is one if it is not a number."""
_SEARCHED = (*_KNOWN_BY_IDENTITY, types.MethodType)
_IS = dis.opmap["IS_OP"]
_MOCKS = ("unittest.mock", "mock.mock")


@dataclass(frozen=True)
class Places:
    """The folders whose modules every node is expected to have."""

    folders: tuple[str, ...]

    @classmethod
    @functools.cache
    def of_this_interpreter(cls) -> Places:
        """Return the standard library and site-packages of the running interpreter, not a single user's."""
        names = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
        return cls(tuple(dict.fromkeys(os.path.realpath(name) for name in [*names, *site.getsitepackages()])))

    def hold(self, path: str) -> bool:
        """Tell whether a file lies in one of the folders."""
        real = os.path.realpath(path)
        return any(real.startswith(folder + os.sep) for folder in self.folders)


def import_name(module: ModuleType) -> Any:
    """Return the name that a module is imported by; a few of the library call themselves otherwise."""
    name = getattr(module, "__name__", None)
    if sys.modules.get(str(name)) is not module:
        other = getattr(getattr(module, "__spec__", None), "name", None)
        if sys.modules.get(str(other)) is module:
            return other
    return name


class References:
    """Finds the module and the name under which an object can be imported on a node."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._shared: dict[int, bool] = {}
        self._modules: list[ModuleType] = []
        self._names: dict[str, dict[int, str]] = {}
        self._holding: dict[int, list[ModuleType]] | None = None

    def shares(self, module: ModuleType | None) -> bool:
        """Tell whether a module travels by name: it is in `sys.modules`, and every node has it."""
        if module is None:
            return False
        known = self._shared.get(id(module))
        if known is None:
            known = self._shared[id(module)] = self._decide(module)
            self._modules.append(module)
        return known

    def _decide(self, module: ModuleType) -> bool:
        name = import_name(module)
        if not isinstance(name, str) or name == "__main__" or sys.modules.get(name) is not module:
            return False
        if name.partition(".")[0] == "arcapix" or name in sys.builtin_module_names:
            return True
        spec = getattr(module, "__spec__", None)
        path = getattr(module, "__file__", None)
        if path is None and spec is not None and spec.origin in _FREE_OF_FILES:
            return True
        folders = [path] if path else list(getattr(module, "__path__", ()))
        return bool(folders) and all(self._places.hold(folder) for folder in folders)

    def shares_import(self, name: str) -> bool:
        """Tell whether ``import name`` inside a function can be left to the node."""
        loaded = sys.modules.get(name)
        if loaded is not None:
            return self.shares(loaded)
        try:
            spec = importlib.util.find_spec(name)
        except (ImportError, ValueError, AttributeError):
            spec = None
        if spec is None:
            above = name.rpartition(".")[0]
            return not above or self.shares_import(above)
        if spec.origin in _FREE_OF_FILES:
            return True
        stand_in = ModuleType(name)
        stand_in.__file__ = spec.origin if spec.has_location else None
        stand_in.__path__ = list(spec.submodule_search_locations or [])
        folders = [stand_in.__file__] if stand_in.__file__ else stand_in.__path__
        return name.partition(".")[0] == "arcapix" or all(
            self._places.hold(str(folder)) for folder in folders
        )

    def holds(self, name: str) -> bool:
        """Tell whether every node has a module of this name, whatever the installing program has under it."""
        if name == "__main__":
            return False
        first = name.partition(".")[0]
        if first in sys.stdlib_module_names or first in sys.builtin_module_names:
            return True
        return importlib.machinery.PathFinder.find_spec(first, list(self._places.folders)) is not None

    def namespace(self, namespace: dict[str, object]) -> str | None:
        """Return the name of the shared module whose globals these are, if there is one."""
        module = sys.modules.get(str(namespace.get("__name__")))
        return module.__name__ if module and vars(module) is namespace and self.shares(module) else None

    def find(self, value: object) -> tuple[str, str] | None:
        """Return module and dotted name of a class, function or method that travels by name."""
        module = getattr(value, "__module__", None)
        owner = getattr(value, "__self__", None) or getattr(value, "__objclass__", None)
        if isinstance(owner, ModuleType):
            module = owner.__name__
        elif module is None and owner is not None:
            module = (owner if isinstance(owner, type) else type(owner)).__module__
        names = [getattr(value, "__qualname__", None), getattr(value, "__name__", None)]
        if isinstance(value, types.FunctionType):
            if value.__globals__.get("__name__") != module:
                module, names = value.__globals__.get("__name__"), []
            names.append(value.__code__.co_qualname)
        if not isinstance(module, str):
            return None
        found = self.find_under(value, module, names) or self._replaced(module, names[-1])
        if found is None and isinstance(value, types.MethodType) and self.find(value.__func__):
            return self.find_anywhere(value)
        return found

    def is_replacement(self, value: Any) -> bool:
        """Tell whether what a library has under a name is the program's own instead, or a mock."""
        # Not isinstance: a proxy claims to be what it stands for.
        kind = type(value)
        if kind is types.FunctionType:
            # A named tuple's __new__ has globals without builtins, which nobody wrote.
            return value.__globals__.get("__builtins__") != {} and self._is_own(
                value.__globals__.get("__name__")
            )
        if kind is types.MethodType:
            return self.is_replacement(value.__func__) or self.is_replacement(value.__self__)
        if kind in _WRAPPERS:
            return self.is_replacement(_WRAPPERS[kind](value))
        module = (value if issubclass(kind, type) else kind).__module__
        # A compiled class may name a module that is none.
        known = module == "__main__" or hasattr(sys.modules.get(str(module)), "__file__")
        return _is_mock(value) or (known and self._is_own(module))

    def _is_own(self, module: object) -> bool:
        if not isinstance(module, str) or module in sys.builtin_module_names:
            return False
        return not self.shares(sys.modules.get(module))

    def _replaced(self, module: str, name: str | None) -> tuple[str, str] | None:
        """Return where a shared module had an object until the program put a replacement there."""
        shared = sys.modules.get(module)
        if shared is None or not name or not self.shares(shared):
            return None
        return (module, name) if name in vars(shared) and self.is_replacement(vars(shared)[name]) else None

    def find_under(self, value: object, module: str, names: list[str | None]) -> tuple[str, str] | None:
        """Return the shortest-named public module that has the object, under one of the names or any."""
        for candidate in self._candidates(module):
            for name in names:
                if name and "<" not in name and _has(candidate, name, value):
                    return _public(candidate), name
        for candidate in self._candidates(module):
            name = self._name_in(candidate, value)
            if name is not None:
                return _public(candidate), name
        return None

    def find_anywhere(self, value: object) -> tuple[str, str] | None:
        """Return where any shared module keeps this very object, such as ``secrets.choice``.

        Of several, the most public module of the standard library is taken, or else of those installed.
        """
        holding = self._holders().get(id(value), [])
        shared = sorted((module for module in holding if self.shares(module)), key=_publicity)
        if not shared or self.is_replacement(value):
            return None
        name = self._name_in(shared[0], value)
        return None if name is None else (_public(shared[0]), name)

    def _holders(self) -> dict[int, list[ModuleType]]:
        """Return the modules that have each object, by address, of the types that are searched for."""
        if self._holding is None:
            self._holding = {}
            for module in list(sys.modules.values()):
                for held in list(vars(module).values()) if type(module) is ModuleType else ():
                    if type(held) in _SEARCHED:
                        self._holding.setdefault(id(held), []).append(module)
        return self._holding

    def find_asked_for(self, name: str, value: object) -> tuple[str, str] | None:
        """Return where a global comes from that its library knows by identity, as `argparse.SUPPRESS`.

        Other texts and tuples travel by value.
        """
        holding = [
            module
            for module in list(sys.modules.values())
            if type(module) is ModuleType
            and vars(module).get(name) is value
            and self.shares(module)
            and _asks_for(module, name)
        ]
        return (_public(min(holding, key=_publicity)), name) if holding else None

    def find_instance(self, value: object) -> tuple[str, str] | None:
        """Return where a shared module keeps this very object, such as ``dataclasses.MISSING``."""
        if isinstance(value, _WITH_NAMES):
            return None if self.is_replacement(value) else self.find(value)
        if type(value) in _KNOWN_BY_IDENTITY:
            return self.find_anywhere(value)
        for candidate in self._candidates(type(value).__module__):
            name = self._name_in(candidate, value)
            if name is not None:
                return _public(candidate), name
        return self._find_wrapper(value)

    def _find_wrapper(self, value: object) -> tuple[str, str] | None:
        """Return where an object is kept that goes by the name of a library's function which it wraps."""
        try:
            names = [getattr(value, name, None) for name in ("__module__", "__qualname__")]
        except Exception:  # a proxy for something that does not exist at the moment
            return None
        module, name = (text if type(text) is str else "" for text in names)
        if not module or not name or module == type(value).__module__ or self.is_replacement(value):
            return None
        parts = gc.get_referents(value)
        held = [*parts, *(inner for part in parts if type(part) is dict for inner in part.values())]
        if any(type(part) is types.FunctionType and self.is_replacement(part) for part in held):
            return None
        return self.find_under(value, module, [name])

    def _candidates(self, module: object) -> list[ModuleType]:
        """Return the shared modules in which a module's objects may be public: ``json`` before ``_json``."""
        if not isinstance(module, str):  # a program may write anything there
            return []
        parts = module.split(".")
        names = [".".join(parts[: count + 1]) for count in range(len(parts))]
        bare = parts[0].lstrip("_")
        if bare != parts[0] and bare in sys.stdlib_module_names and len(parts) == 1:
            # Loaded or not: which name is found must not depend on what the installer happens to use.
            importlib.import_module(bare)
            names.insert(0, bare)
        if module == "builtins":
            names.append("types")
        if module == "genericpath":  # importing it first fails, since ``os`` imports it
            names = ["posixpath"]
        return [
            found for name in names if (found := sys.modules.get(name)) is not None and self.shares(found)
        ]

    def _name_in(self, module: ModuleType, value: object) -> str | None:
        names = self._names.get(module.__name__)
        if names is None:
            names = {}
            for name, held in sorted(
                vars(module).items(), key=lambda item: (item[0].startswith("_"), item[0])
            ):
                if not name.startswith("__"):
                    names.setdefault(id(held), name)
            self._names[module.__name__] = names
        return names.get(id(value))


def _public(module: ModuleType) -> str:
    return "os.path" if module.__name__ == "posixpath" else str(import_name(module))


def _publicity(module: ModuleType) -> tuple[bool, bool, int, str]:
    parts = module.__name__.split(".")
    is_installed = parts[0] not in sys.stdlib_module_names
    return any(part.startswith("_") for part in parts), is_installed, len(parts), module.__name__


def _asks_for(module: ModuleType, name: str) -> bool:
    """Tell whether a function of a module uses one of its globals, and asks what something is."""
    held = list(vars(module).values())
    owned = [cls for cls in held if issubclass(type(cls), type) and cls.__module__ == module.__name__]
    for value in (*held, *(part for cls in owned for part in vars(cls).values())):
        if type(value) is types.FunctionType and value.__globals__ is vars(module):
            code = value.__code__
            if name in code.co_names and _IS in code.co_code[::2]:
                return True
    return False


def _is_mock(value: object) -> bool:
    """Tell whether an object is a mock; to be asked for its class it would have to be trusted."""
    mocks = [vars(loaded)["NonCallableMock"] for name in _MOCKS if (loaded := sys.modules.get(name))]
    return any(issubclass(type(value), mock) for mock in mocks)


def _has(module: ModuleType, path: str, value: object) -> bool:
    found: object = module
    for name in path.split("."):
        found = getattr(found, name, None)
    return found is value or _is_same_method(found, value)


def _is_same_method(one: object, other: object) -> bool:
    """Tell whether two methods are the same: each look-up of a class method makes a new one."""
    kinds = (types.MethodType, types.BuiltinMethodType)
    if type(one) is not type(other) or not isinstance(one, kinds) or not isinstance(other, kinds):
        return False
    function, other_function = (
        getattr(one, "__func__", one.__name__),
        getattr(other, "__func__", other.__name__),
    )
    same = function is other_function or (isinstance(function, str) and function == other_function)
    return same and one.__self__ is other.__self__
