"""The package's types, as a user's type checker sees them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mypy")

HERE = Path(__file__).parent


def _mypy(*files: str, config: Path) -> subprocess.CompletedProcess[str]:
    # A configuration of its own, so that the ignores of the project cannot hide anything.
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file", str(config), "--no-error-summary"]
    paths = [str(HERE / file) for file in files]
    return subprocess.run([*command, *paths], capture_output=True, text=True, cwd=config.parent)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "mypy.ini"
    # Errors inside the package are the concern of its own check.
    file.write_text("[mypy]\n\n[mypy-arcapix.*]\nfollow_imports = silent\n")
    return file


def test_every_public_call_is_accepted_and_every_mistake_is_found(config: Path):
    checked = _mypy("api.py", "rejected.py", config=config)

    assert checked.stdout == ""
    assert checked.returncode == 0


def test_the_file_of_mistakes_is_red_without_its_ignores(config: Path, tmp_path: Path):
    lines = (HERE / "rejected.py").read_text().splitlines()
    bare = [line.partition("  # type: ignore")[0] for line in lines]
    (tmp_path / "bare.py").write_text("\n".join(bare) + "\n")

    checked = _mypy(str(tmp_path / "bare.py"), config=config)

    wrong = {number for number, line in enumerate(lines, 1) if "# type: ignore" in line}
    found = {int(line.split(":")[1]) for line in checked.stdout.splitlines() if ": error:" in line}
    assert found == wrong


PYRIGHT = Path(sys.executable).with_name("basedpyright")
"""Pyright with its JavaScript runtime, from PyPI; plain pyright would download at its first run."""


def _lines_pyright_refuses(file: str, folder: Path) -> set[int]:
    shutil.copy(HERE / file, folder)
    settings = {"typeCheckingMode": "standard", "enableTypeIgnoreComments": False, "pythonVersion": "3.11"}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings))
    command = [str(PYRIGHT), "--outputjson", "--pythonpath", sys.executable, "--project", str(folder)]
    found = json.loads(subprocess.run(command, capture_output=True, text=True, cwd=folder).stdout)
    assert found["summary"]["filesAnalyzed"] == 1
    return {
        one["range"]["start"]["line"] + 1 for one in found["generalDiagnostics"] if one["severity"] == "error"
    }


needs_pyright = pytest.mark.skipif(
    not PYRIGHT.exists(), reason="basedpyright is not installed; make lint does"
)


@needs_pyright
def test_pyright_accepts_every_public_call(tmp_path: Path):
    assert _lines_pyright_refuses("api.py", tmp_path) == set()


@needs_pyright
def test_pyright_finds_every_mistake(tmp_path: Path):
    lines = (HERE / "rejected.py").read_text().splitlines()
    wrong = {number for number, line in enumerate(lines, 1) if "# type: ignore" in line}
    assert _lines_pyright_refuses("rejected.py", tmp_path) == wrong
