"""``arcapix-gpfs version``: which releases the nodes have."""

from __future__ import annotations

import json
import platform
import sys
from importlib.metadata import version as release_of

import pytest
from click.testing import CliRunner, Result

from arcapix.fs.gpfs.administration.releases import Releases
from arcapix.fs.gpfs.cli import main
from arcapix.fs.gpfs.cli.trust import version
from arcapix.fs.gpfs.commands import NodeRecord
from arcapix.fs.gpfs.deployment import installation
from arcapix.fs.gpfs.deployment.environment import DRIVER
from arcapix.fs.gpfs.exceptions import GPFSError

RELEASE = release_of("arcapix-fs-gpfs")
ELSEWHERE = Releases("0.0.1", "3.13.0", "/there/python").fields()


class Nodes:
    """This node, and another one that answers what a test says."""

    answer: object = ELSEWHERE

    def __init__(self, names: object = ()) -> None:
        pass

    def gather(self, words, here):
        assert words == ["version", "--here"]
        for number, answer in ((1, here()), (2, self.answer)):
            yield NodeRecord(number, f"n{number}", "", f"n{number}", ""), answer


@pytest.fixture
def nodes(driver, monkeypatch):
    monkeypatch.setattr(version, "Nodes", Nodes)
    return Nodes


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["version", *words])


def test_this_node_is_shown_without_asking_gpfs(driver):
    (found,) = json.loads(run("--json").stdout)
    assert found == {
        "node": None,
        "package": RELEASE,
        "python": platform.python_version(),
        "interpreter": sys.executable,
        "driver": str(driver),
        "driver_python": installation.interpreter_of(driver),
        "driver_release": RELEASE,
    }


def test_every_node_has_a_row(nodes):
    _, first, second = run("--nodes", "all").stdout.splitlines()
    assert first.split()[:3] == ["n1", RELEASE, platform.python_version()]
    assert second.split() == ["n2", "0.0.1", "3.13.0", "-", "-", "-"]


def test_a_driver_of_another_release_is_not_taken_for_this_one(driver):
    (bundle,) = driver.parent.glob("callbackdriver.*.bundle")
    bundle.write_bytes(b"of another release")
    (found,) = json.loads(run("--json").stdout)
    assert found["driver_release"] is None
    assert run().stdout.splitlines()[1].split()[4] == "?"


def test_where_there_is_no_driver_the_rest_is_shown(monkeypatch, tmp_path):
    monkeypatch.setenv(DRIVER, str(tmp_path / "callbackdriver.py"))
    (found,) = json.loads(run("--json").stdout)
    assert (found["package"], found["driver"], found["driver_release"]) == (RELEASE, None, None)


@pytest.mark.parametrize("answer", [GPFSError("no route"), {"of": "another release"}, [1]])
def test_a_node_that_does_not_answer_is_one_line_and_the_status_is_1(nodes, monkeypatch, answer):
    monkeypatch.setattr(Nodes, "answer", answer)
    done = run("--nodes", "all", "--json")
    assert done.exit_code == 1
    assert [one["node"] for one in json.loads(done.stdout)] == ["n1"]
    assert done.stderr.startswith("arcapix-gpfs: n2 does not answer: ")
