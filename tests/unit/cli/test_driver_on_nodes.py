"""``driver install`` and ``driver remove`` with other nodes: one first, and the rest only if that went well."""

from __future__ import annotations

import pytest
from click.testing import CliRunner, Result

from arcapix.fs.gpfs import commands
from arcapix.fs.gpfs.cli import main
from arcapix.fs.gpfs.exceptions import GPFSNotInstalled

from ...checkout import needs_safe_checkout

pytestmark = needs_safe_checkout


@pytest.fixture(autouse=True)
def no_callbacks(monkeypatch):
    monkeypatch.setattr("arcapix.fs.gpfs.cli.trust.driver.mmlscallback", list)


def driver(*words: str) -> Result:
    return CliRunner().invoke(main, ["driver", *words])


def test_the_driver_is_installed_here_first_and_then_on_all_others(asked, tmp_path):
    done = driver("install", "--prefix", str(tmp_path), "--log-bytes", "1M", "--insecure", "--nodes", "all")
    lines = done.stdout.splitlines()
    assert (done.exit_code, lines[0]) == (0, f"n2: {tmp_path}/callbackdriver.py")
    assert lines[1:] == [f"{node}: /there/callbackdriver.py" for node in ("n1", "n3", "n4")]
    assert {tuple(words) for words in asked.values()} == {
        ("driver", "install", "--prefix", str(tmp_path), "--log-bytes", "1048576", "--insecure")
    }


def test_what_fails_on_the_first_node_is_not_tried_on_the_rest(asked, tmp_path):
    (tmp_path / "file").touch()
    done = driver("install", "--prefix", str(tmp_path / "file" / "below"), "--insecure", "--nodes", "all")
    assert (done.exit_code, asked) == (1, {})
    assert "nothing was done on 3 other nodes: what fails on one is not tried on the rest" in done.stderr


def test_a_node_that_fails_later_keeps_no_other_from_it(asked):
    asked.answers["n3"] = (1, "", "arcapix-gpfs: the disk is full\nmore\n")
    done = driver("install", "--node", "n1", "--node", "n3", "--node", "n4")
    assert (done.exit_code, sorted(asked)) == (1, ["n1", "n3", "n4"])
    assert done.stdout.splitlines() == ["n1: /there/callbackdriver.py", "n4: /there/callbackdriver.py"]
    assert done.stderr == "arcapix-gpfs: n3: the disk is full\n"


def test_a_node_that_lacks_the_package_is_told_apart(asked):
    asked.answers["n3"] = (127, "", "sh: arcapix-gpfs: not found")
    done = driver("install", "--node", "n3")
    assert done.exit_code == 1
    assert "is not there; install the package at the same path as here" in done.stderr


def test_whoever_removes_it_everywhere_is_asked_once_and_the_nodes_are_not(asked):
    asked.answers["n1"] = (0, "removed /there/callbackdriver.py\n", "")
    done = driver("remove", "--node", "n1", "--yes")
    assert done.stdout == "n1: removed /there/callbackdriver.py\n"
    assert asked["n1"] == ["driver", "remove", "--yes"]


def test_without_gpfs_nobody_knows_the_nodes(monkeypatch):
    def none() -> object:
        raise GPFSNotInstalled("/usr/lpp/mmfs/bin")

    monkeypatch.setattr(commands, "mmlscluster", none)
    done = driver("install", "--nodes", "all")
    assert (done.exit_code, "no GPFS administration commands" in done.stderr) == (
        GPFSNotInstalled.exit_status,
        True,
    )


def test_the_answer_that_was_given_here_goes_to_the_others(asked):
    assert driver("remove", "--node", "n3").exit_code == 0
    assert asked["n3"] == ["driver", "remove", "--yes"]
