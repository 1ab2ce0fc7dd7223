"""Compares captured callables with the originals: rebuilt in a new process, they must be the same again.

One process does it for all callables of one installation. What was rebuilt is captured there once more,
without being called, and the two graphs are compared: the code of every function, types, values, sharing,
cells, class attributes.
"""

from __future__ import annotations

import json
import marshal
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..commands import process
from ..exceptions import CaptureError
from . import checker
from .core import Captured, as_bytecode
from .references import Places

_TIME_LIMIT = 120.0
_REMEDY = "make what cannot be rebuilt inside the function"


def verify(*captured: Captured, interpreter: str | None = None) -> list[Captured]:
    """Rebuild captured callables in a new process, and return what may be installed, in the same order.

    The interpreter that runs this program rebuilds and compares. Where the text does not yield what is in
    memory, the bytecode takes its place, with a warning. If the driver has another interpreter, that one
    rebuilds too; an import that it lacks gives a warning.

    Args:
        *captured: What `capture` made; those that pass are returned as they are.
        interpreter: The driver's interpreter; None: the one that runs this program.

    Raises:
        CaptureError: Neither form can be rebuilt.
    """
    if not captured:
        return []
    passed = _compared(list(captured))
    if interpreter is not None and Path(interpreter).absolute() != Path(sys.executable).absolute():
        return _rebuilt_elsewhere(passed, interpreter)
    return passed


def _compared(captured: list[Captured]) -> list[Captured]:
    """Rebuild and compare in the running interpreter; take the bytecode where the source form fails."""
    answer = _ask(captured, sys.executable, compare=True)
    passed = []
    doubtful = []
    for one, result in zip(captured, answer["results"]):
        cause = _cause(result)
        if cause and one.form == "source":
            one = as_bytecode(one.name, *one.origin, cause, one.warnings)
            doubtful.append(one)
        elif cause:
            raise CaptureError(one.name, "bytecode", "", f"{_REMEDY} ({cause})")
        passed.append(_warned_of_imports(one, result, sys.executable))
    if doubtful:
        for one, result in zip(doubtful, _ask(doubtful, sys.executable, compare=True)["results"]):
            cause = _cause(result)
            if cause:
                raise CaptureError(one.name, "bytecode", "", f"{_REMEDY} ({cause})")
    return passed


def _cause(result: dict[str, Any]) -> str:
    if "failed" in result:
        return f"a new process could not rebuild it: {result['failed']}"
    differs = result["differs"]
    return f"a new process rebuilt it with another {differs}" if differs else ""


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
            raise CaptureError(one.name, f"form for Python {shown}", "", f"{_REMEDY} ({result['failed']})")
        passed.append(_warned_of_imports(one, result, interpreter))
    return passed


def _warned_of_imports(captured: Captured, result: dict[str, Any], interpreter: str) -> Captured:
    for module in result["missing"]:
        captured = _warned(
            captured, f"{captured.name!r} imports {module!r}, which {interpreter} does not have"
        )
    return captured


def _warned(captured: Captured, warning: str) -> Captured:
    if warning in captured.warnings:
        return captured
    return replace(captured, warnings=(*captured.warnings, warning))


def _ask(captured: list[Captured], interpreter: str, *, compare: bool) -> dict[str, Any]:
    """Let a new process rebuild the callables; return its answer."""
    job = {
        "root": str(Path(checker.__file__).parents[4]),
        "folders": Places.of_this_interpreter().folders,
        "compare": compare,
        "items": tuple((one.name, one.form, one.body, one.fingerprint, one.imports) for one in captured),
    }
    optimize = ["-" + "O" * sys.flags.optimize] if compare and sys.flags.optimize else []
    with tempfile.NamedTemporaryFile(prefix="arcapix-check-") as file:
        file.write(marshal.dumps(job, 2))
        file.flush()
        argv = (interpreter, *optimize, "-IS", str(Path(checker.__file__)), file.name)
        completed = process.execute(argv, timeout=_TIME_LIMIT)
    lines = completed.stdout.splitlines()
    if completed.returncode != 0 or not lines:
        said = (completed.stderr.strip().splitlines() or ["it printed nothing"])[-1]
        what = f"check by {interpreter} failed (status {completed.returncode}: {said}); the callable"
        raise CaptureError(captured[0].name, what, "", _REMEDY)
    answer: dict[str, Any] = json.loads(lines[-1])
    return answer
