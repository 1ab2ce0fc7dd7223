"""``arcapix-gpfs doctor --folder``; the other node is another process, as POSIX locks need."""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from arcapix.fs.gpfs.cli import main
from arcapix.fs.gpfs.cli.trust import doctor
from arcapix.fs.gpfs.commands import NodeRecord, process
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
    """Two nodes, or one of them."""

    nodes = [N1, N2]
    folder = ""
    """The folder that the other node has in the place of this one's."""

    def __init__(self, names: Sequence[str]) -> None:
        self.asked = names

    def is_local(self, node: NodeRecord) -> bool:
        return node == N1

    def ask(self, node: NodeRecord, words: Sequence[str]) -> process.Completed:
        return elsewhere([self.folder or word if word.startswith("/") else word for word in words])


@pytest.fixture
def nodes(monkeypatch: pytest.MonkeyPatch) -> type[Nodes]:
    found = type("Two", (Nodes,), {})
    monkeypatch.setattr(doctor, "Nodes", found)
    return found


def test_two_nodes_that_exclude_each_other_are_well(nodes: type[Nodes], tmp_path: Path) -> None:
    done = run("--folder", str(tmp_path))
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == "n2.gpfs.test: the lock of this node excludes it, and is free afterwards\n"
    assert list(tmp_path.iterdir()) == []


def test_a_node_that_can_have_the_lock_too_is_told(nodes, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(doctor.OnceRecord, "claim", lambda *_: True)
    done = run("--folder", str(tmp_path))
    assert done.exit_code == 1
    assert (
        "n2.gpfs.test: it can have the lock that this node holds; Run(once=...) would run there"
        in done.stdout
    )


def test_a_folder_that_is_another_one_there_is_told(nodes, tmp_path) -> None:
    nodes.folder = str(tmp_path / "other")
    Path(nodes.folder).mkdir()
    done = run("--folder", str(tmp_path))
    assert done.exit_code == 1
    assert "n2.gpfs.test: arcapix-gpfs: " in done.stdout
    assert "is another folder on this node: what the other node wrote is not there" in done.stdout


def test_a_node_that_cannot_be_asked_is_told(nodes, tmp_path, monkeypatch) -> None:
    def fail(*_: object) -> process.Completed:
        raise GPFSError("no remote shell\nat all")

    monkeypatch.setattr(nodes, "ask", fail)
    done = run("--folder", str(tmp_path))
    assert (done.exit_code, done.stdout) == (1, "n2.gpfs.test: it cannot be asked: no remote shell\n")


def test_one_node_alone_proves_nothing(nodes, tmp_path) -> None:
    nodes.nodes = [N1]
    done = run("--folder", str(tmp_path))
    assert (done.exit_code, done.stdout) == (1, "")
    assert "there is no other node to ask" in done.stderr


def test_a_folder_that_is_not_there_is_named(nodes, tmp_path) -> None:
    done = run("--folder", str(tmp_path / "none"))
    assert done.exit_code == 1
    assert f"{tmp_path}/none cannot be used for Run(once=...) on this node" in done.stderr
