"""A plain shell that has started an emulated cluster, as the tour's first lines say."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ..shells import Shell

ROOT = Path(__file__).parents[3]
TOUR = ROOT / "examples" / "emulator_tour.sh"
PAGE = ROOT / "docs" / "explanation" / "emulator-tour.md"

LISTINGS = (
    "mmlscallback; mmgetstate -a; mmlsmgr; mmlsmount all -L; mmlsfileset mmfs1; mmlssnapshot mmfs1;"
    "mmrepquota -j mmfs1; mmlsdisk mmfs1"
)


@pytest.fixture
def outside(directory: Path) -> dict[str, str]:
    """The variables of ``/bin/sh`` with nothing of this test run but a folder for temporary files; no cluster."""
    temporary = directory.parent / "tmp"
    temporary.mkdir()
    return {
        "HOME": str(directory.parent),
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "TMPDIR": str(temporary),
        "TZ": "UTC",
    }


@pytest.fixture
def shell(directory: Path, outside: dict[str, str]) -> Shell:
    """A plain shell, in the folder for temporary files."""
    return Shell.start(directory, environment=outside, folder=Path(outside["TMPDIR"]))


@pytest.fixture
def traces(shell: Shell) -> Callable[[], tuple[str, list[Path], list[Path]]]:
    """All that the tour could leave behind: in GPFS, in its file systems, in the temporary folder."""
    return lambda: (
        shell.sh(LISTINGS),
        sorted(shell.directory.glob("mnt/[!.]*/*")),
        sorted(shell.folder.iterdir()),
    )


@pytest.fixture
def page_sections() -> dict[str, tuple[str, list[str]]]:
    """The sections of the page: title -> (what was printed, what is explained)."""
    sections = {}
    for part in PAGE.read_text().split("\n## ")[1:]:
        title, _, text = part.partition("\n")
        (block,) = re.findall(r"^```console\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
        sections[title] = (block, re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE))
    return sections


def steady(printed: str, shell: Shell | None = None) -> str:
    """Replace what differs from one tour to the next: folders and times."""
    if shell is not None:
        printed = printed.replace(str(shell.directory), "/home/alice/gpfs").replace(str(shell.folder), "/tmp")
    for pattern, constant in (
        (r"emulator-tour\.\w{6}", "emulator-tour.XXXXXX"),
        (r"\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d( UTC)? \d{4}", "DATE"),
        (r"\d{4}-\d\d-\d\d_\d\d:\d\d:\d\d\.\d{3}\+0000", "TIME"),
    ):
        printed = re.sub(pattern, constant, printed)
    return printed


@pytest.fixture
def same_but_for_times():
    return steady


@pytest.fixture
def tour() -> Path:
    assert os.access(TOUR, os.X_OK)
    return TOUR
