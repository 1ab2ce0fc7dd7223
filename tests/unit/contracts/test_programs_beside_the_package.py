"""What stands beside the package fits the package: nobody runs the benchmarks at each change."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks import workspace

ROOT = Path(__file__).parents[3]
PROGRAMS = sorted(
    path.relative_to(ROOT)
    for folder in ("benchmarks", "examples", "docs")
    for path in (ROOT / folder).rglob("*.py")
)
FUNCTIONS = [each for each in vars(workspace).values() if isinstance(each, workspace.Function)]


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


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda each: each.installed)
def test_a_function_of_the_benchmarks_is_installed_without_a_warning(
    tmp_path: Path, function: workspace.Function
):
    driver, token, *_ = workspace.Workspace(tmp_path).install(function)
    assert Path(driver).is_file() and token.startswith("A1.")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_benchmarks_run_to_their_end(tmp_path: Path):
    words = [sys.executable, "-m", "benchmarks", "--quick"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert {f"P{number}" for number in range(1, 23)} <= set(
        re.findall(r"^\| (P\d+) ", done.stdout, re.MULTILINE)
    )
