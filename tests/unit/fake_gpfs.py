"""A GPFS small enough to hold in one's head: four commands over a dict, every call counted."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from arcapix.fs.gpfs.commands import process
from arcapix.fs.gpfs.commands.process import Completed

CHANGING = {"mmaddcallback", "mmdelcallback"}
NODES = (
    ("1", "n1.localnet", "10.0.0.1"),
    ("2", "n2.localnet", "10.0.0.2"),
    ("3", "mynode.localnet", "10.0.0.3"),
)
HEADER = "mmlscluster:clusterNode:HEADER:version:reserved:reserved:nodeNumber:daemonNodeName:ipAddress:adminNodeName:designation:"
SUMMARY = (
    "mmlscluster:clusterSummary:HEADER:version:reserved:reserved:clusterName:clusterId:uidDomain:rshPath:"
    "rshSudoWrapper:rcpPath:rcpSudoWrapper:repositoryType:primaryServer:secondaryServer:\n"
    "mmlscluster:clusterSummary:0:1:::democluster.localnet:123:democluster.localnet:/usr/bin/ssh:no:/usr/bin/scp:no:CCR:::\n"
)


_checked: dict[tuple[tuple[str, ...], bytes], Completed] = {}


def check(argv: tuple[str, ...], timeout: float) -> Completed:
    """Run the process that rebuilds captured functions, the only one besides mm commands; once for each job.

    It costs a tenth of a second, and most tests install the same little function: the same bytes, rebuilt by the
    same program, get the answer that they had before.
    """
    assert Path(argv[-2]).name == "checker.py", f"nothing answers {argv}"
    job = (argv[:-1], Path(argv[-1]).read_bytes())
    if job not in _checked:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=timeout, check=False)
        _checked[job] = Completed(argv, done.returncode, done.stdout, done.stderr)
    return _checked[job]


class FakeGPFS:
    """Registered callbacks by identifier, as the words they were added with, and every command line that was run."""

    def __init__(self) -> None:
        self.callbacks: dict[str, dict[str, str]] = {}
        self.calls: list[tuple[str, ...]] = []
        self.fails: dict[str, list[str]] = {}
        self.before: Callable[[tuple[str, ...]], None] = lambda words: None
        self.after: Callable[[tuple[str, ...]], None] = lambda words: None
        self.nodeclasses: dict[str, str] = {"gateways": "n1.localnet,n2.localnet"}
        self.options_shown = True
        self.checks = 0

    def __call__(self, argv: tuple[str, ...], timeout: float) -> Completed:
        words = (Path(argv[0]).name, *argv[1:])
        if not words[0].startswith("mm"):
            self.checks += 1
            return check(argv, timeout)
        self.calls.append(words)
        self.before(words)
        reasons = self.fails.get(words[0], [])
        if reasons and (reason := reasons.pop(0)):
            return Completed(argv, 1, "", f"{words[0]}: {reason}\n{words[0]}: Command failed.\n")
        try:
            output = getattr(self, words[0])(*words[1:])
        except KeyError as error:
            return Completed(argv, 1, "", f"{words[0]}: {error.args[0]}\n")
        self.after(words)
        return Completed(argv, 0, output, "")

    def count(self, name: str | None = None) -> int:
        return len(self.calls) if name is None else sum(words[0] == name for words in self.calls)

    @property
    def changing(self) -> int:
        return sum(words[0] in CHANGING for words in self.calls)

    def names(self) -> list[str]:
        return [words[0] for words in self.calls]

    def mmaddcallback(self, *words: str) -> str:
        if words[0] == "-S":
            lines = [line.split() for line in Path(words[1]).read_text().splitlines()]
            assert stat.S_IMODE(Path(words[1]).stat().st_mode) == 0o600
        else:
            lines = [list(words)]
        for line in lines:
            self._add(*line)
        return ""

    def _add(self, identifier: str, *words: str) -> None:
        if identifier in self.callbacks:
            raise KeyError(f"{identifier} exists")
        entry: dict[str, str] = {}
        parms: list[str] = []
        rest = iter(words)
        for word in rest:
            if word == "--sync":
                entry["sync"] = "yes"
            elif word == "--parms":
                parms += next(rest).split()
            else:
                entry[{"-N": "node"}.get(word, word[2:])] = next(rest)
        if "node" in entry:
            entry["node"] = ",".join(map(self._registered, entry["node"].split(",")))
        if parms:
            entry["parms"] = " ".join(parms)
        self.callbacks[identifier] = entry

    def _registered(self, name: str) -> str:
        if name in self.nodeclasses:
            return name
        for node in NODES:
            if name in (*node, node[1].partition(".")[0]):
                return node[1]
        raise KeyError(f"{name} is neither a node nor a node class")

    def mmdelcallback(self, identifiers: str) -> str:
        for identifier in identifiers.split(","):
            if identifier not in self.callbacks:
                raise KeyError(f"{identifier} was not found")
            del self.callbacks[identifier]
        return "mmdelcallback: Propagating the cluster configuration data to all\n  affected nodes.\n"

    def mmlscallback(self, *identifiers: str) -> str:
        lines = []
        for identifier, entry in self.callbacks.items():
            lines.append(identifier)
            for key in (
                "command",
                "event",
                "node",
                "parms",
                "priority",
                "sync",
                "timeout",
                "onerror",
                "extra",
            ):
                if key in entry and (self.options_shown or key in ("command", "event", "node", "parms")):
                    lines.append(f"        {key:16}= {entry[key]}")
        return "\n".join(lines) + "\n"

    def mmlscluster(self, *options: str) -> str:
        rows = [f"mmlscluster:clusterNode:0:1:::{number}:{name}:{ip}:{name}::" for number, name, ip in NODES]
        return SUMMARY + "\n".join([HEADER, *rows]) + "\n"

    def mmlsnode(self, *options: str) -> str:
        return "n1.localnet\n"

    def mmlsnodeclass(self, *options: str) -> str:
        header = "mmlsnodeclass::HEADER:version:reserved:reserved:nodeClassName:x:y:memberNodes:"
        rows = [f"mmlsnodeclass::0:1:::{name}:::{members}:" for name, members in self.nodeclasses.items()]
        return "\n".join([header, *rows]) + "\n"


@pytest.fixture
def gpfs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGPFS]:
    fake = FakeGPFS()
    driver = tmp_path / "callbackdriver.py"
    driver.write_text(f"#!{sys.executable} -IS\n")
    monkeypatch.setenv("ARCAPIX_GPFS_DRIVER", str(driver))
    monkeypatch.setenv("ARCAPIX_GPFS_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("ARCAPIX_GPFS_KEY", str(tmp_path / "gpfs.key"))
    monkeypatch.setenv("ARCAPIX_GPFS_BIN", str(tmp_path / "bin"))
    with process.using(fake):
        yield fake


@pytest.fixture
def script(tmp_path: Path) -> str:
    path = tmp_path / "alert.sh"
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return os.fspath(path)
