"""Compares captured callables with the originals: rebuilt in a new process, they must be the same again.

One process does it for all callables of one installation, each in a child of its own, as bare as the driver
is at an event. What was rebuilt is looked at there by the same `digest` that has looked at the originals, and
the two records are compared: code, types, values, sharing, cells, class attributes, whatever code can see.
"""

from __future__ import annotations

import ast
import marshal
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from .. import driver
from ..commands import process
from ..deployment import bundling, installation
from ..driver.main import CONFIGURATION
from ..exceptions import CaptureError
from . import checker
from .core import Captured, as_compiled
from .digest import CODE

_TIME_LIMIT = 120.0
_REMEDY = "make it inside the function"

_Result = dict[str, Any]


def verify(*captured: Captured, interpreter: str | None = None) -> list[Captured]:
    """Rebuild captured callables in a new process, and return what may be installed, in the same order.

    The interpreter that runs this program rebuilds and compares. Where the text does not yield what is in
    memory, bytecode takes its place, with a warning, and is compared too. If the driver has another
    interpreter, that one rebuilds too; an import that it lacks gives a warning.

    Args:
        *captured: What `capture` made; those that pass are returned as they are.
        interpreter: The driver's interpreter; None: the one that runs this program.

    Raises:
        CaptureError: No form of a callable comes back as it was; the text says what does not.
    """
    if not captured:
        return []
    answer = _ask(captured, sys.executable, compare=True)
    passed = [_sound(one, result) for one, result in zip(captured, answer["results"])]
    if interpreter is not None and Path(interpreter).absolute() != Path(sys.executable).absolute():
        return _rebuilt_elsewhere(passed, interpreter)
    return passed


def _sound(captured: Captured, result: _Result) -> Captured:
    """Return what comes back as it was: the callable as it is captured, or else in another form."""
    found = _fault(captured, result)
    if found and _is_about_code(captured, result):
        captured = as_compiled(captured, f"its text does not give back the {found}")
        (result,) = _ask([captured], sys.executable, compare=True)["results"]
        found = _fault(captured, result)
    if found:
        raise CaptureError(captured.name, f"{found},", "", _REMEDY)
    return _warned_of_imports(captured, result, sys.executable)


def _is_about_code(captured: Captured, result: _Result) -> bool:
    """Tell whether the text of a function does not yield what is in memory."""
    _, edge = result.get("differs") or (0, None)
    return captured.form == "source" and edge is not None and edge[0] == CODE


def _fault(captured: Captured, result: _Result) -> str:
    """Return what does not come back as it was, with the reason; an empty text if everything does."""
    if "failed" in result:
        at = result["at"]
        path = captured.owners[at] if 0 <= at < len(captured.owners) else ""
        return f"{path or captured.form}, which a new process cannot make again ({result['failed']})"
    if result["differs"] is None:
        return ""
    path = captured.original.path(*result["differs"])
    return f"{path or 'value'}, which a new process makes otherwise than it is here"


def _rebuilt_elsewhere(captured: list[Captured], interpreter: str) -> list[Captured]:
    """Rebuild in the driver's interpreter; its library may differ, so nothing is compared."""
    answer = _ask(captured, interpreter, compare=False)
    version = tuple(answer["version"])
    passed = []
    for one, result in zip(captured, answer["results"]):
        shown = f"{version[0]}.{version[1]}"
        if version < one.minimum or (one.form == "bytecode" and version != one.minimum):
            needed = f"{one.minimum[0]}.{one.minimum[1]}"
            remedy = f"run this program with the driver's Python ({interpreter})"
            raise CaptureError(one.name, f"{one.form} of Python {needed}", f"the driver runs {shown}", remedy)
        if "import" in result:
            one = _warned(
                one, f"{one.name!r} needs {result['failed']} in the driver's interpreter ({interpreter})"
            )
        elif "failed" in result:
            raise CaptureError(one.name, _fault(one, result), f"Python {shown}", _REMEDY)
        passed.append(_warned_of_imports(one, result, interpreter))
    return passed


def _warned_of_imports(captured: Captured, result: _Result, interpreter: str) -> Captured:
    for module in result["missing"]:
        captured = _warned(
            captured, f"{captured.name!r} imports {module!r}, which {interpreter} does not have"
        )
    return captured


def _warned(captured: Captured, warning: str) -> Captured:
    if warning in captured.warnings:
        return captured
    return replace(captured, warnings=(*captured.warnings, warning))


def _original(captured: Captured) -> tuple[object, ...]:
    original = captured.original
    return original.lines, original.names, original.replaced, original.uses


def _ask(captured: tuple[Captured, ...] | list[Captured], interpreter: str, *, compare: bool) -> _Result:
    """Let a new process rebuild the callables; return its answer."""
    folder = Path(driver.__file__).parent
    items = [(one.form, one.body, _original(one), one.imports) for one in captured]
    job = {
        # The driver's interpreter may be another one, which could not read a bundle of this one.
        "bundle": installation.bundle() if compare else b"",
        "package": bundling.PACKAGE,
        "driver": str(folder),
        "capture": str(Path(checker.__file__).parent),
        "path": CONFIGURATION["path"],
        "compare": compare,
        "items": items,
    }
    optimize = ["-" + "O" * sys.flags.optimize] if compare and sys.flags.optimize else []
    # A file without a name: whoever is killed leaves nothing behind.
    with tempfile.TemporaryFile() as file, process.holding(file.fileno()):
        file.write(marshal.dumps(job, 2))
        file.flush()
        path = f"/proc/self/fd/{file.fileno()}"
        argv = (interpreter, *optimize, installation.OPTIONS, str(Path(checker.__file__)), path)
        completed = process.execute(argv, timeout=_TIME_LIMIT)
    lines = completed.stdout.splitlines()
    if completed.returncode != 0 or not lines:
        said = (completed.stderr.strip().splitlines() or ["it printed nothing"])[-1]
        what = f"check by {interpreter} failed (status {completed.returncode}: {said}); the callable"
        raise CaptureError(captured[0].name, what, "", _REMEDY)
    answer: _Result = ast.literal_eval(lines[-1])
    return answer
