"""The package's types, as a user's type checker sees them."""

from __future__ import annotations

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
