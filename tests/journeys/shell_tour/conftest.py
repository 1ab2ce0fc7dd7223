"""A plain shell that has started an emulated cluster, as the tour's first lines say."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
TOUR = ROOT / "examples" / "emulator_tour.sh"
PAGE = ROOT / "docs" / "explanation" / "emulator-tour.md"

LISTINGS = (
    "mmlscallback; mmgetstate -a; mmlsmgr; mmlsmount all -L; mmlsfileset mmfs1; mmlssnapshot mmfs1;"
    "mmrepquota -j mmfs1; mmlsdisk mmfs1"
)


@dataclass(frozen=True)
class PlainShell:
    """``/bin/sh`` with nothing of this test run but a folder for temporary files and the cluster's folder."""

    temporary: Path
    cluster: Path
    environment: Mapping[str, str]

    def begin(self, script: str) -> subprocess.Popen[str]:
        """Start a script in a shell of the cluster."""
        start = f'eval "$(arcapix-gpfs emulate start --dir {self.cluster})"\n'
        return subprocess.Popen(
            ["/bin/sh", "-c", start + script],
            env=self.environment,
            cwd=self.temporary,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, script: str) -> str:
        """Run a script in a shell of the cluster; it must succeed and say nothing on standard error."""
        process = self.begin(script)
        printed, complaints = process.communicate(timeout=60)
        assert (process.returncode, complaints) == (0, ""), printed
        return printed

    def traces(self) -> tuple[str, list[Path], list[Path]]:
        """All that the tour could leave behind: in GPFS, in its file systems, in the temporary folder."""
        return (
            self.run(LISTINGS),
            sorted(self.cluster.glob("mnt/[!.]*/*")),
            sorted(self.temporary.iterdir()),
        )


@pytest.fixture
def plain_shell(tmp_path: Path) -> Iterator[PlainShell]:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    environment = {
        "HOME": str(tmp_path),
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "TMPDIR": str(temporary),
        "TZ": "UTC",
    }
    shell = PlainShell(temporary, tmp_path / "cluster", environment)
    try:
        yield shell
    finally:
        done = subprocess.run(
            ["arcapix-gpfs", "emulate", "destroy", "--dir", str(shell.cluster)], env=environment, timeout=60
        )
        assert done.returncode == 0


@pytest.fixture
def page_sections() -> dict[str, tuple[str, list[str]]]:
    """The sections of the page: title -> (what was printed, what is explained)."""
    sections = {}
    for part in PAGE.read_text().split("\n## ")[1:]:
        title, _, text = part.partition("\n")
        (block,) = re.findall(r"^```console\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
        sections[title] = (block, re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE))
    return sections


def steady(printed: str, shell: PlainShell | None = None) -> str:
    """Replace what differs from one tour to the next: folders and times."""
    if shell is not None:
        printed = printed.replace(str(shell.cluster), "/var/tmp/gpfs").replace(str(shell.temporary), "/tmp")
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
