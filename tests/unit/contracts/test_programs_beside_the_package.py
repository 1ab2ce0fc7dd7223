"""What stands beside the package imports what the package has: nobody runs the benchmarks at each change."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PROGRAMS = sorted(
    path.relative_to(ROOT)
    for folder in ("benchmarks", "examples", "docs")
    for path in (ROOT / folder).rglob("*.py")
)


def test_there_are_programs():
    assert len(PROGRAMS) > 30


@pytest.mark.parametrize("program", PROGRAMS, ids=str)
def test_a_program_imports_what_there_is(program: Path):
    for node in ast.walk(ast.parse((ROOT / program).read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("arcapix"):
            module = importlib.import_module(str(node.module))
            for alias in node.names:
                if not hasattr(module, alias.name):
                    importlib.import_module(f"{node.module}.{alias.name}")
