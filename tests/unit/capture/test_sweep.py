"""Every function of the standard library: its text is found, and compiles to the same code."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[2] / "src"


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_the_text_of_every_def_and_lambda_of_the_library_is_found(version: str, laboratory: Any) -> None:
    argv = [laboratory.interpreter(version), str(HERE / "programs" / "sweep.py"), str(ROOT)]
    done = subprocess.run(argv, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    found, *lost = done.stdout.splitlines()
    assert int(found) > 10_000
    assert lost == []
