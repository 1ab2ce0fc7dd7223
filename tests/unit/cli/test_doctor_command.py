"""``arcapix-gpfs doctor``: what it prints; and its look at locks, where the other node is another process."""

from __future__ import annotations

import json
import multiprocessing
import os
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from arcapix.fs.gpfs import Cluster
from arcapix.fs.gpfs.administration.checks.finding import Finding
from arcapix.fs.gpfs.administration.doctor import Facts
from arcapix.fs.gpfs.cli import main
from arcapix.fs.gpfs.cli.nodes import Nodes as AllNodes
from arcapix.fs.gpfs.cli.trust import doctor, locks
from arcapix.fs.gpfs.commands import NodeRecord, process
from arcapix.fs.gpfs.deployment import installation
from arcapix.fs.gpfs.exceptions import GPFSError

N1, N2 = (NodeRecord(number, f"n{number}.gpfs.test", "", f"n{number}", "") for number in (1, 2))


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["doctor", *words])


def _answer(words: Sequence[str], sent: Any) -> None:
    done = CliRunner().invoke(main, list(words))
    sent.send((done.exit_code, done.stdout, done.stderr))


def elsewhere(words: Sequence[str]) -> process.Completed:
    """Run the program as another process does."""
    context = multiprocessing.get_context("fork")
    got, sent = context.Pipe()
    worker = context.Process(target=_answer, args=(words, sent))
    worker.start()
    status, stdout, stderr = got.recv()
    worker.join()
    return process.Completed(tuple(words), status, stdout, stderr)


class Nodes:
    """Two nodes, or one of them, and what they answer."""

    nodes = [N1, N2]
    cluster = None
    folder = ""
    """The folder that the other node has in the place of this one's."""
    findings: dict[NodeRecord, list[Finding]] = {}
    looks_here = False
    """Whether this node is looked at."""
    said: object = None
    """What the other node says instead of facts."""

    def __init__(self, names: Sequence[str] = ()) -> None:
        if names:
            self.nodes = [node for node in self.nodes if node.admin_name in names]

    def is_local(self, node: NodeRecord) -> bool:
        return node == N1

    def ask(self, node: NodeRecord, words: Sequence[str]) -> process.Completed:
        return elsewhere([self.folder or word if word.startswith("/") else word for word in words])

    def driver(self) -> Path:
        return Path("/nowhere/callbackdriver.py")

    def each(self, act, nodes):
        return [(node, act(node)) for node in nodes]

    def value(self, node: NodeRecord, words: Sequence[str], here: Callable[[], object]) -> object:
        if self.looks_here and node == N1:
            return here()
        if self.said is not None and node == N2:
            return self.said
        now = time.time()
        return Facts(
            now, now, version("arcapix-fs-gpfs"), "", None, tuple(self.findings.get(node, ()))
        ).fields()


@pytest.fixture
def nodes(monkeypatch: pytest.MonkeyPatch) -> type[Nodes]:
    found = type("Two", (Nodes,), {"findings": {}})
    monkeypatch.setattr(doctor, "Nodes", found)
    monkeypatch.setattr(doctor, "of_cluster", lambda *_: [])
    return found


MISSING = Finding("driver", "problem", "the driver is gone", "install it")
OLD = Finding("package", "warning", "it is old", "renew it")


def test_where_all_is_well_there_is_a_line_for_each_node(nodes) -> None:
    done = run()
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == "n1.gpfs.test: 2 checks, all well\nn2.gpfs.test: 2 checks, all well\n"


def test_a_problem_is_a_row_with_what_to_do_and_ends_with_1(nodes) -> None:
    nodes.findings[N2] = [MISSING]
    done = run()
    assert done.exit_code == 1
    assert done.stdout.splitlines() == [
        "NODE          CHECK   STATE    WHAT",
        "n2.gpfs.test  driver  problem  the driver is gone; install it",
        "",
        "n1.gpfs.test: 2 checks, all well",
        "n2.gpfs.test: 3 checks, 1 problem",
    ]


def test_warnings_end_with_0_and_many_nodes_share_a_row(nodes) -> None:
    nodes.findings |= {N1: [OLD], N2: [OLD]}
    done = run()
    assert done.exit_code == 0
    assert done.stdout.splitlines()[1] == "all 2 nodes  package  warning  it is old; renew it"


def test_verbose_shows_what_is_well(nodes) -> None:
    assert "its clock agrees with that of the node which asks" in run("-a").stdout
    assert "clock" not in run().stdout


def test_one_node_can_be_asked_alone(nodes) -> None:
    assert run("--node", "n2").stdout == "n2.gpfs.test: 2 checks, all well\n"


def test_json_has_a_record_for_each_finding(nodes) -> None:
    nodes.findings[N2] = [MISSING]
    done = run("--json")
    assert done.exit_code == 1
    found = json.loads(done.stdout)
    assert found[2] == {
        "node": "n2.gpfs.test",
        "check": "driver",
        "state": "problem",
        "text": "the driver is gone",
        "advice": "install it",
    }
    assert [one["state"] for one in found] == ["ok", "ok", "problem", "ok", "ok"]


def test_this_node_is_asked_about_the_driver_that_callbacks_are_registered_with(nodes) -> None:
    nodes.looks_here = True
    assert "the driver /nowhere/callbackdriver.py does not exist" in run().stdout


def test_nodes_are_asked_about_the_driver_of_the_callbacks(gpfs, monkeypatch) -> None:
    Cluster().onMount.new(print)
    registered = os.environ["ARCAPIX_GPFS_DRIVER"]
    assert AllNodes(()).driver() == Path(registered)
    monkeypatch.delenv("ARCAPIX_GPFS_DRIVER")
    assert AllNodes(()).driver() == Path(registered)
    gpfs.callbacks.clear()
    assert AllNodes(()).driver() == installation.default_prefix() / installation.STUB


def test_a_node_that_says_something_else_is_a_problem(nodes) -> None:
    nodes.said = ["other", "release"]
    done = run()
    assert done.exit_code == 1
    assert "it does not answer: what it says is of another release" in done.stdout


def test_two_nodes_that_exclude_each_other_are_well(nodes: type[Nodes], tmp_path: Path) -> None:
    done = run("--folder", str(tmp_path), "-a")
    assert (done.exit_code, done.stderr) == (0, "")
    assert "the lock of this node excludes it, and is free afterwards\n" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_node_that_can_have_the_lock_too_is_told(nodes, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(locks.OnceRecord, "claim", lambda *_: True)
    done = run("--folder", str(tmp_path))
    assert done.exit_code == 1
    assert "it can have the lock that this node holds, and Run(once=...) would run there" in done.stdout


def test_a_folder_that_is_another_one_there_is_told(nodes, tmp_path) -> None:
    nodes.folder = str(tmp_path / "other")
    Path(nodes.folder).mkdir()
    done = run("--folder", str(tmp_path))
    assert done.exit_code == 1
    assert "is another folder on this node: what the other node wrote is not there" in done.stdout


def test_a_node_that_cannot_be_asked_is_told(nodes, tmp_path, monkeypatch) -> None:
    def fail(*_: object) -> process.Completed:
        raise GPFSError("no remote shell\nat all")

    monkeypatch.setattr(nodes, "ask", fail)
    done = run("--folder", str(tmp_path))
    assert done.exit_code == 1
    assert "it cannot be asked: no remote shell;" in done.stdout


def test_one_node_alone_proves_nothing(nodes, tmp_path) -> None:
    nodes.nodes = [N1]
    done = run("--folder", str(tmp_path))
    assert (done.exit_code, done.stdout) == (1, "")
    assert "there is no other node to ask" in done.stderr


def test_a_folder_that_is_not_there_is_named(nodes, tmp_path) -> None:
    done = run("--folder", str(tmp_path / "none"))
    assert done.exit_code == 1
    assert f"{tmp_path}/none cannot be used for Run(once=...) on this node" in done.stderr
