"""The contracts of `.importlinter` are gates: each has to go red when it is broken."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
LINT = Path(sys.executable).with_name("lint-imports")

BREAKING = {
    "Imports run downwards": ("exceptions.py", "from . import cluster"),
    "The driver knows nothing but tokens, the journal and the interpreter": ("_token.py", "import click"),
    "The emulator shares facts with what it tests, never code": (
        "emulator/names.py",
        "from .. import commands",
    ),
    "The API does not know that there is an emulator": ("callback.py", "from .emulator import control"),
    "Only commands.process starts a process": ("binding/parms.py", "import subprocess"),
    "Facts stand alone": ("events/facts.py", "from .. import commands"),
}


def lint(tree: Path) -> str:
    environment = {**os.environ, "PYTHONPATH": str(tree / "src")}
    done = subprocess.run(
        [LINT, "--no-cache"], cwd=tree, env=environment, capture_output=True, text=True, timeout=100
    )
    return done.stdout + done.stderr


def test_every_contract_has_a_breach_that_is_tried():
    names = [line.partition("=")[2].strip() for line in (ROOT / ".importlinter").read_text().splitlines() if line.startswith("name")]  # fmt: skip
    assert sorted(names) == sorted(BREAKING)


@pytest.mark.parametrize("contract", sorted(BREAKING))
def test_a_contract_goes_red_when_it_is_broken(tmp_path: Path, contract: str):
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".importlinter", tmp_path)
    module, breach = BREAKING[contract]
    path = tmp_path / "src" / "arcapix" / "fs" / "gpfs" / module
    path.write_text(path.read_text() + f"\n{breach}\n")
    assert f"{contract} BROKEN" in lint(tmp_path)
