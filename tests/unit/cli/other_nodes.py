"""Other nodes behind the remote shell of a cluster, each with an answer of its own."""

from __future__ import annotations

import shlex

import pytest

from arcapix.fs.gpfs import commands
from arcapix.fs.gpfs.commands import ClusterRecord, NodeRecord, process

_SHELL = "/remote/shell"


class Asked(dict[str, list[str]]):
    """What other nodes were started with, by node; `answers` has what they say, if that is not the usual."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__()
        self.answers: dict[str, tuple[int, str, str]] = {}
        self._real = process.execute
        monkeypatch.setattr(process, "execute", self.execute)

    def execute(self, argv: tuple[str, ...], *, timeout: float) -> process.Completed:
        if argv[0] != _SHELL:
            return self._real(argv, timeout=timeout)
        _, node, command = argv
        _program, *self[node] = (word for word in shlex.split(command) if word != "env" and "=" not in word)
        return process.Completed(argv, *self.answers.get(node, (0, "/there/callbackdriver.py\n", "")))


@pytest.fixture
def asked(monkeypatch):
    """The other nodes of a cluster of four, of which n2 is this one."""
    nodes = tuple(NodeRecord(n, f"n{n}", f"10.0.0.{n}", f"n{n}", "") for n in (1, 2, 3, 4))
    cluster = ClusterRecord("c", "1", "c", _SHELL, "/remote/copy", None, None, "CCR", nodes)
    monkeypatch.setattr(commands, "mmlscluster", lambda: cluster)
    monkeypatch.setattr(commands, "mmlsnode_local", lambda: "n2")
    monkeypatch.setattr("arcapix.fs.gpfs.cli.trust.driver.mmlscallback", list)
    monkeypatch.setattr(commands, "mmlscallback", list)
    return Asked(monkeypatch)
