"""The page on what becomes of an event names what there is."""

from __future__ import annotations

import re
from pathlib import Path

from arcapix.fs.gpfs.driver import cache, journal, main, output, stale_runs
from arcapix.fs.gpfs.runs.history import STATES


def test_every_state_is_explained(docs: Path):
    states = (docs / "explanation" / "delivery.md").read_text().split("## States")[1].split("\n## ")[0]
    assert re.findall(r"^\| `([\w-]+)` \| ", states, re.MULTILINE) == list(STATES)


def test_the_bounds_are_those_of_the_driver(docs: Path):
    bounds = (docs / "explanation" / "delivery.md").read_text().split("## What is bounded")[1]
    assert output.MOST_BYTES == 16 << 20 and "| 16 MiB, or `Run(output=)`" in bounds
    assert main.CONFIGURATION["journal_bytes"] == journal.MAXIMUM_BYTES == 4 << 20
    assert journal.GENERATIONS == 2 and "| three files of 4 MiB (`--journal-bytes`)" in bounds
    assert main.CONFIGURATION["log_bytes"] == 16 << 20 and "| three files of 16 MiB (`--log-bytes`)" in bounds
    assert cache.MAXIMUM_BYTES == 32 << 20 and "node remembers | 32 MiB |" in bounds
    kept = (stale_runs.KEPT_SECONDS, stale_runs.KEPT_FILES, stale_runs.KEPT_BYTES)
    assert kept == (86_400, 1_000, 256 << 20) and "| a day, 1,000 files, 256 MiB |" in bounds


def test_each_promise_has_a_test(docs: Path):
    page = (docs / "explanation" / "delivery.md").read_text()
    promises = page.split("## What is promised, and the test of it")[1].split("\n## ")[0]
    rows = [row.split(" | ")[1] for row in promises.splitlines() if row.startswith("| ")][1:]
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    tests = "".join(path.read_text() for path in (docs.parent / "tests").rglob("test_*.py"))
    assert len(rows) > 10 and all("`test_" in row for row in rows)
    assert named - set(re.findall(r"^def (test_\w+)", tests, re.MULTILINE)) == set()
