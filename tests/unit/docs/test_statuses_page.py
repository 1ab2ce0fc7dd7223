"""The tables of exit statuses say what the driver does."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from arcapix.fs.gpfs import Cluster, Filesystem
from arcapix.fs.gpfs.driver import decision

PAGES = ("reference/statuses.md", "howto/when-a-callback-does-not-run.md")


def rows(page: Path) -> dict[int, str]:
    """The rows of the driver's table: status -> what is said about it."""
    table = page.read_text().rpartition("| status |")[2] if "howto" in str(page) else page.read_text()
    driver = table.partition("\n## The command line")[0]
    return {int(status): text for status, text in re.findall(r"^\| (\d) \| (.*) \|$", driver, re.MULTILINE)}


@pytest.mark.parametrize("page", PAGES)
def test_the_table_has_every_status_of_the_driver(docs: Path, page: str):
    statuses = {value for name, value in vars(decision).items() if name.isupper() and type(value) is int}
    found = rows(docs / page)
    assert sorted(found) == sorted(statuses) == [0, 1, 2, 3, 4, 5, 6]
    assert not any("reserved for" in text for text in found.values())


def test_the_driver_ends_as_the_table_says(gpfs_cluster, docs: Path):
    callbacks = Cluster().callbacks
    callbacks.new("returns", lambda: None, "mount")
    callbacks.new("raises", lambda: 1 / 0, "mount")
    callbacks.new("leaves", lambda: exit(7), "mount")
    Filesystem("mmfs2").onMount.new("another", lambda: None)
    gpfs_cluster.fire("mount", "n1", fsName="mmfs1")
    gpfs_cluster.wait_idle()
    ended = {run.callback: (run.status, run.state) for run in gpfs_cluster.runs}
    assert ended == {"returns": (0, "succeeded"), "raises": (1, "failed"), "leaves": (1, "failed")}


@pytest.mark.parametrize(("words", "status"), [([], 2), (["A1.9@cut"], 3), (["no token"], 3)])
def test_the_driver_refuses_as_the_table_says(gpfs_cluster, words: list[str], status: int):
    done = subprocess.run([os.environ["ARCAPIX_GPFS_DRIVER"], *words], capture_output=True, timeout=30)
    assert done.returncode == status
