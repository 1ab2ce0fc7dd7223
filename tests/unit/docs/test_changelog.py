"""The fragments of the changelog: their names, and that a release takes all of them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
NO_FRAGMENTS = {"README.md", "template.md.jinja"}
NAME = re.compile(r"[a-z0-9-]+\.(added|changed|fixed|removed)\.md")


def fragments(root: Path) -> list[Path]:
    return sorted(path for path in (root / "changelog.d").iterdir() if path.name not in NO_FRAGMENTS)


def towncrier(root: Path, *options: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "towncrier", "build", "--dir", str(root), *options]
    return subprocess.run(argv, cwd=root, capture_output=True, text=True, timeout=60)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """What a release works on."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copy(ROOT / "CHANGELOG.md", tmp_path)
    shutil.copytree(ROOT / "changelog.d", tmp_path / "changelog.d")
    return tmp_path


def test_every_fragment_has_a_name_of_a_kind_and_full_sentences():
    for path in fragments(ROOT):
        assert NAME.fullmatch(path.name), path.name
        text = path.read_text()
        assert re.match(r"[A-Z`]", text) and text.endswith(".\n"), f"{path.name} is no full sentence"


def test_a_draft_has_every_fragment_and_changes_nothing(copy: Path):
    before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    drafted = towncrier(copy, "--draft", "--version", "1.0")
    assert drafted.returncode == 0, drafted.stderr
    for path in fragments(copy):
        assert f"* {path.read_text().splitlines()[0]}\n" in drafted.stdout, path.name
    kinds = re.findall(r"^### (\w+)$", drafted.stdout, re.MULTILINE)
    assert kinds == [kind for kind in ("Added", "Changed", "Fixed", "Removed") if kind in kinds]
    assert {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()} == before


def test_a_release_stands_above_the_one_before(copy: Path):
    for path in fragments(copy):
        path.unlink()
    for version in ("1.0", "1.1"):
        (copy / "changelog.d" / "thing.fixed.md").write_text(f"It was mended in {version},\nat last.\n")
        released = towncrier(copy, "--yes", "--version", version, "--date", "2026-11-30")
        assert released.returncode == 0, released.stderr
    told = [
        f"## {version} (2026-11-30)\n\n### Fixed\n\n* It was mended in {version},\n  at last.\n"
        for version in ("1.1", "1.0")
    ]
    changelog = (copy / "CHANGELOG.md").read_text()
    assert fragments(copy) == []
    assert "already produced" in towncrier(copy, "--yes", "--version", "1.1", "--date", "2026-11-30").stderr
    assert changelog == (ROOT / "CHANGELOG.md").read_text() + "\n" + "\n".join(told)


@pytest.mark.parametrize("name", ["thing.md", "thing.bugfix.md", "notes.txt"])
def test_a_file_with_another_name_stops_a_release(copy: Path, name: str):
    (copy / "changelog.d" / name).write_text("It was mended.\n")
    drafted = towncrier(copy, "--draft", "--version", "1.0")
    assert drafted.returncode != 0
    assert name in drafted.stdout + drafted.stderr


def test_the_sections_are_the_kinds_of_the_page():
    page = (ROOT / "changelog.d" / "README.md").read_text()
    (kinds,) = re.findall(r"with kind (.*?)\. ", page)
    assert "|".join(re.findall(r"`(\w+)`", kinds)) in NAME.pattern
