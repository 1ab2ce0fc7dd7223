"""The bytecode form: cloudpickle, bound to one version of Python, with the refusals of the source form."""

from __future__ import annotations

import io
import pickle
import sys
import threading
import types
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

import cloudpickle  # type: ignore[import-untyped]
from cloudpickle import cloudpickle as internals

from ..exceptions import CaptureError
from .references import References
from .refused import remedy_for

_ONE_AT_A_TIME = threading.Lock()

# The only private name of cloudpickle that is used here; pyproject.toml allows the versions that are known to
# have it. It says which class has which number, which no public name can set.
_NUMBERS: MutableMapping[type, str] | None = getattr(internals, "_DYNAMIC_CLASS_TRACKER_BY_CLASS", None)


def dumps(name: str, function: object, plan: object, references: References, cause: str) -> bytes:
    """Return the pickle of a function and its plan; ``cause`` says why the source form will not do.

    Raises:
        CaptureError: Something in it never travels, or no pickle can carry it.
    """
    if _NUMBERS is None:
        remedy = (
            f"{cause}, and no pickle can be made with cloudpickle {cloudpickle.__version__}: it is newer "
            "than this package knows; install arcapix-fs-gpfs again, with the version that it asks for"
        )
        raise CaptureError(name, "state", "", remedy)
    file = io.BytesIO()
    pickler = _Pickler(file, name, references, _NUMBERS)
    with _ONE_AT_A_TIME, pickler.settled():
        try:
            pickler.dump((function, plan))
        except CaptureError:
            raise
        except Exception as error:
            # Pickling runs code in the user's classes, which may fail in any way.
            remedy = (
                f"{cause}, and no pickle carries it either ({error}); make what it uses inside the function"
            )
            raise CaptureError(name, "state", "", remedy) from error
    return file.getvalue()


def _module_of(obj: types.FunctionType | type) -> types.ModuleType | None:
    """Return the module that cloudpickle would name for an object: the object's own, else one that has it."""
    if obj.__module__ is not None:
        return sys.modules.get(str(obj.__module__))
    modules = [module for name, module in sys.modules.copy().items() if name != "__main__"]
    having = (m for m in modules if isinstance(m, types.ModuleType) and vars(m).get(obj.__name__) is obj)
    return next(having, None)


class _Pickler(cloudpickle.CloudPickler):  # type: ignore[misc]
    """cloudpickle, except that it refuses what never travels, and takes the user's own modules by value."""

    def __init__(
        self, file: io.BytesIO, name: str, references: References, numbers: MutableMapping[type, str]
    ) -> None:
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self._name = name
        self._references = references
        self._numbers = numbers
        self._by_value: list[types.ModuleType] = []
        self._tracked: dict[type, str | None] = {}

    def reducer_override(self, obj: Any) -> Any:
        """Decide about an object before cloudpickle does."""
        for stream in ("stdout", "stderr"):
            if obj is getattr(sys, stream) or obj is getattr(sys, f"__{stream}__"):
                return getattr, (sys, stream)
        remedy = remedy_for(obj)
        if remedy is not None:
            kind = type(obj)
            raise CaptureError(self._name, "captured value", f"{kind.__module__}.{kind.__qualname__}", remedy)
        if isinstance(obj, types.FunctionType | type):
            self._take_by_value(_module_of(obj))
        elif isinstance(obj, types.ModuleType):
            self._take_by_value(obj)
        elif not isinstance(obj, types.BuiltinFunctionType):
            found = self._references.find_instance(obj)
            if found is not None:
                return getattr, (sys.modules[found[0]], found[1])
        if isinstance(obj, type):
            self._number(obj)
        return super().reducer_override(obj)

    def _take_by_value(self, module: types.ModuleType | None) -> None:
        if module is None or module.__name__ == "__main__" or self._references.shares(module):
            return
        if sys.modules.get(module.__name__) is not module or module in self._by_value:
            return
        try:
            cloudpickle.unregister_pickle_by_value(module)
        except ValueError:  # it was not registered: the user wants it by reference again afterwards
            self._by_value.append(module)
        cloudpickle.register_pickle_by_value(module)

    def _number(self, cls: type) -> None:
        """Give a class its number: cloudpickle would choose one at random, but bodies are compared."""
        if cls not in self._tracked:
            self._tracked[cls] = self._numbers.get(cls)
            self._numbers[cls] = f"arcapix-{len(self._tracked)}"

    @contextmanager
    def settled(self) -> Iterator[None]:
        """Leave cloudpickle afterwards as it was before."""
        try:
            yield
        finally:
            for module in self._by_value:
                cloudpickle.unregister_pickle_by_value(module)
            for cls, number in self._tracked.items():
                if number is None:
                    self._numbers.pop(cls, None)
                else:
                    self._numbers[cls] = number
