"""Manual pages and the page of the commands tell what the help of each command tells."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from arcapix.fs.gpfs.cli.contents import SECTIONS, UNLISTED

DOCS = Path(__file__).parents[3] / "docs"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the manual pages, as ``make man`` writes it."""
    folder = tmp_path_factory.mktemp("man")
    subprocess.run([sys.executable, DOCS / "man.py", folder], check=True, timeout=60)
    return folder


def rendered(page: Path) -> str:
    """Return a page as a reader sees it; without a program that renders it, its text as far as it is plain."""
    if shutil.which("groff") is None:
        text = re.sub(r"\\f[BR]|\\&", "", page.read_text())
        plain = {r"\-": "-", r"\e": "\\", r"\(aq": "'", r"\(ga": "`", r"\(ha": "^", r"\(ti": "~"}
        return re.sub("|".join(map(re.escape, plain)), lambda match: plain[match[0]], text)
    program = ["groff", "-man", "-Tutf8", "-ww", "-P-cbou", "-rLL=1000n", page]
    done = subprocess.run(program, capture_output=True, text=True, check=True, timeout=60)
    assert done.stderr == ""
    return done.stdout


def test_every_command_and_what_is_within_it_has_a_page(pages):
    names = {page.name for page in pages.iterdir()}
    commands = [name for section in SECTIONS.values() for name in section]
    assert {f"arcapix-gpfs-{name}.1" for name in commands} | {"arcapix-gpfs.1"} <= names
    assert {"arcapix-gpfs-driver-install.1", "arcapix-gpfs-emulate-start.1"} <= names
    assert not {f"arcapix-gpfs-{name}.1" for name in UNLISTED} & names


def test_every_page_is_rendered_without_a_complaint(pages):
    for page in pages.iterdir():
        text = rendered(page)
        for heading in ("NAME", "SYNOPSIS", "DESCRIPTION", "EXIT STATUS", "SEE ALSO"):
            assert heading in text, page.name


def test_a_page_has_options_and_examples_as_they_are_typed(pages):
    text = rendered(pages / "arcapix-gpfs-events.1")
    assert "--object KIND|OBJECT" in text
    assert "arcapix-gpfs events --json | jq -r '.[] | select(.scope == \"global\") | .event'" in text
    assert "-h, --help" in text


@pytest.mark.parametrize("line", [".nf is text", "'quoted", r"a\fBb", "--option", r"\."])
def test_nothing_that_a_help_says_is_obeyed(generate, tmp_path, line):
    from tables import man_pages  # beside the generator

    page = tmp_path / "x.1"
    page.write_text(f".TH X 1\n.SH NAME\nx \\- y\n.SH TEXT\n{man_pages._escaped(line)}\n")
    assert line in rendered(page)


def test_the_page_of_the_commands_has_each_of_them():
    text = (DOCS / "reference" / "commands.md").read_text()
    for section in SECTIONS.values():
        for name, entry in section.items():
            assert f"\n### arcapix-gpfs {name}\n" in text
            assert entry.what.split("`")[0] in text
