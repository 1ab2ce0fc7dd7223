"""``driver install`` and ``driver remove`` with other nodes: one first, and the rest only if that went well."""

from __future__ import annotations

import json
import os

import pytest
from click.testing import CliRunner, Result

from arcapix.fs.gpfs import commands
from arcapix.fs.gpfs.cli import main
from arcapix.fs.gpfs.deployment import installation
from arcapix.fs.gpfs.deployment.environment import DRIVER
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


def test_programs_read_what_each_node_says_and_nodes_are_not_asked_for_json(asked):
    asked.answers["n3"] = (1, "", "arcapix-gpfs: the disk is full\n")
    done = driver("install", "--node", "n1", "--node", "n3", "--node", "n4", "--json")
    assert json.loads(done.stdout) == [
        {"node": node, "said": ["/there/callbackdriver.py"]} for node in ("n1", "n4")
    ]
    assert (done.exit_code, done.stderr) == (1, "arcapix-gpfs: n3: the disk is full\n")
    assert {tuple(words) for words in asked.values()} == {("driver", "install")}


def test_programs_read_what_was_done_on_this_node(tmp_path):
    words = ["--prefix", str(tmp_path), "--json"]
    [installed] = json.loads(driver("install", "--insecure", *words).stdout)
    assert installed["said"] == [str(tmp_path / "callbackdriver.py")]
    [removed] = json.loads(driver("remove", *words).stdout)
    assert removed["said"][0].startswith(f"removed {tmp_path}/callbackdriver")
    assert removed["node"] == installed["node"] == os.uname().nodename


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


class TestCheck:
    def test_a_driver_that_is_as_it_should_be_takes_a_line(self, tmp_path, monkeypatch):
        monkeypatch.setenv(DRIVER, str(installation.install(tmp_path)))
        done = driver("check", "-a")
        assert (done.exit_code, done.stdout.splitlines()[0].split()) == (
            0,
            ["NODE", "CHECK", "STATE", "WHAT"],
        )
        assert f"the driver is {tmp_path}/callbackdriver.py" in done.stdout

    def test_one_that_gpfs_cannot_start_is_a_problem(self, tmp_path, monkeypatch):
        path = installation.install(tmp_path)
        path.chmod(0o644)
        monkeypatch.setenv(DRIVER, str(path))
        done = driver("check")
        assert done.exit_code == 1
        assert f"the driver {path} is not executable; run: chmod 755 {path}" in done.stdout

    def test_one_that_is_nowhere_is_a_problem_too(self, tmp_path, monkeypatch):
        monkeypatch.setenv(DRIVER, str(tmp_path / "callbackdriver.py"))
        done = driver("check", "--json")
        assert done.exit_code == 1
        (finding, *_) = json.loads(done.stdout)
        assert (finding["check"], finding["state"]) == ("driver", "problem")

    def test_what_nodes_answer_is_shown_with_their_names(self, asked, tmp_path, monkeypatch):
        monkeypatch.setenv(DRIVER, str(installation.install(tmp_path)))
        finding = {"check": "rights", "state": "problem", "text": "anyone may write", "advice": "run: chmod"}
        asked.answers["n1"] = (0, json.dumps([finding]), "")
        asked.answers["n3"] = (0, json.dumps([{"check": "rights"}]), "")
        asked.answers["n4"] = (255, "", "ssh: no route to host\n")
        done = driver("check", "--nodes", "all", "--json")
        found = [(one["node"], one["text"]) for one in json.loads(done.stdout) if one["state"] == "problem"]
        assert found == [
            ("n1", "anyone may write"),
            ("n3", "what it says is of another release: \"[{'check': 'rights'}]\""),
            ("n4", "ssh: no route to host"),
        ]
        assert done.exit_code == 1
        assert asked["n1"] == ["driver", "check", "--here"]
