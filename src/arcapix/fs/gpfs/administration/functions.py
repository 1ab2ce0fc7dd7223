"""Functions as they are named on a command line: ``FILE.py:name``, or ``package.module:name``."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from ..exceptions import GPFSError, NotFound, nearest

__all__ = ["is_script", "loaded"]

_LOADING = (__file__, importlib.__file__, "<frozen importlib")
"""The files whose frames stand above the user's own."""
_FORMS = "give FILE.py:name or package.module:name"


def is_script(text: str) -> bool:
    """Tell whether a command is the path of a program that GPFS starts itself, and no function in a file."""
    return text.startswith("/") and not text.rpartition(":")[0].endswith(".py")


@contextmanager
def loaded(text: str) -> Iterator[Callable[..., object]]:
    """Load a function for the block; the folder of its file is on the import path as long.

    Args:
        text: The function, as ``FILE.py:name`` or ``package.module:name``; names within a class have dots.

    Raises:
        ValueError: It is not written so.
        NotFound: There is no such file, module or name; the text offers the nearest.
        GPFSError: Its file fails while it is loaded, or it cannot be called.
    """
    place, colon, name = text.rpartition(":")
    if not (colon and place and name):
        raise ValueError(f"{text!r} names no function; {_FORMS}")
    is_file = place.endswith(".py") or "/" in place
    path, before = list(sys.path), set(sys.modules)
    try:
        yield _callable(_from_file(Path(place)) if is_file else _imported(place), place, name)
    finally:
        sys.path[:] = path
        if is_file:
            _forget(Path(place).absolute().parent, before)


def _forget(folder: Path, before: set[str]) -> None:
    """Forget modules of a folder that was on the import path: another folder may have one of that name."""
    for name in sys.modules.keys() - before:
        file = getattr(sys.modules[name], "__file__", None)
        if file and Path(file).is_relative_to(folder):
            del sys.modules[name]


def _from_file(file: Path) -> ModuleType:
    if not file.is_file():
        near = nearest(file.name, [other.name for other in file.parent.glob("*.py")])
        raise NotFound("file", str(file), [str(file.with_name(near))] if near else ())
    file, name = file.absolute(), file.stem
    if name in sys.modules or name in sys.stdlib_module_names:
        raise GPFSError(f"{file} is called like a module of Python's, {name!r}, and would hide it; rename it")
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise GPFSError(f"{file} is no file of Python; {_FORMS}")
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(file.parent))
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise _failed(str(file), error) from None
    return module


def _imported(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except (Exception, SystemExit) as error:
        missing = error.name if isinstance(error, ModuleNotFoundError) else None
        if missing and f"{name}.".startswith(f"{missing}."):
            raise GPFSError(
                f"{sys.executable} has no module {missing!r}; install it there, or give FILE.py:name"
            ) from None
        raise _failed(f"module {name}", error) from None


def _failed(what: str, error: BaseException) -> GPFSError:
    """Return the error for a file that fails, with the traceback of its own statements."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not frame.filename.startswith(_LOADING)]
    lines = ["Traceback (most recent call last):\n", *traceback.format_list(own)] if own else []
    lines += traceback.format_exception_only(error)
    kind = type(error).__name__
    return GPFSError(f"{what} cannot be loaded, it raised {kind}:\n{''.join(lines).rstrip()}")


def _callable(module: ModuleType, place: str, name: str) -> Callable[..., object]:
    found: object = module
    for part in name.split("."):
        names = vars(found) if isinstance(found, (ModuleType, type)) else {}
        if not hasattr(found, part):
            known = [each for each, value in names.items() if callable(value) and not each.startswith("__")]
            raise NotFound("function", part, known)
        found = getattr(found, part)
    if not callable(found):
        raise GPFSError(f"{name!r} in {place} is of type {type(found).__name__}, and cannot be called")
    return found
