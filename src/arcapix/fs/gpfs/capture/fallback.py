"""The bytecode form: cloudpickle, bound to one version of Python, with the refusals of the source form."""

from __future__ import annotations

import io
import pickle
import sys
import threading
import types
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import cloudpickle  # type: ignore[import-untyped]
from cloudpickle import cloudpickle as internals

from ..exceptions import CaptureError
from .references import References
from .refused import remedy_for

_ONE_AT_A_TIME = threading.Lock()


def dumps(name: str, function: object, plan: object, references: References, cause: str) -> bytes:
    """Return the pickle of a function and its plan; ``cause`` says why the source form did not do.

    Raises:
        CaptureError: Something in it never travels, or no pickle can carry it.
    """
    file = io.BytesIO()
    pickler = _Pickler(file, name, references)
    with _ONE_AT_A_TIME, pickler.settled():
        try:
            pickler.dump((function, plan))
        except CaptureError:
            raise
        except Exception as error:
            # Pickling runs code of the user's classes, which may fail in any way.
            remedy = (
                f"{cause}, and no pickle carries it either ({error}); make what it uses inside the function"
            )
            raise CaptureError(name, "state", "", remedy) from error
    return file.getvalue()


class _Pickler(cloudpickle.CloudPickler):  # type: ignore[misc]
    """cloudpickle, except that it refuses what never travels, and takes one's own modules by value."""

    def __init__(self, file: io.BytesIO, name: str, references: References) -> None:
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self._name = name
        self._references = references
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
            self._take_by_value(sys.modules.get(str(internals._whichmodule(obj, obj.__name__))))
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
        if (
            sys.modules.get(module.__name__) is module
            and module.__name__ not in internals.list_registry_pickle_by_value()
        ):
            cloudpickle.register_pickle_by_value(module)
            self._by_value.append(module)

    def _number(self, cls: type) -> None:
        """Give a class its number: cloudpickle would draw one by lot, and bodies are compared."""
        if cls not in self._tracked:
            known = internals._DYNAMIC_CLASS_TRACKER_BY_CLASS
            self._tracked[cls] = known.get(cls)
            known[cls] = f"arcapix-{len(self._tracked)}"

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
                    internals._DYNAMIC_CLASS_TRACKER_BY_CLASS.pop(cls, None)
                else:
                    internals._DYNAMIC_CLASS_TRACKER_BY_CLASS[cls] = number
