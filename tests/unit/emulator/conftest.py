from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from arcapix.fs.gpfs.emulator import CallbackProcess, Completed, Emulator
from arcapix.fs.gpfs.emulator.model import Filesystem, State
from arcapix.fs.gpfs.emulator.switches import SWITCHES


class Cluster:
    """An emulator, with the few questions that tests ask again and again.

    A command is given as its words, or as one text that is split at blanks.
    """

    def __init__(self, emulator: Emulator, folder: Path) -> None:
        self.emulator = emulator
        self.folder = folder

    @property
    def state(self) -> State:
        return self.emulator.state

    @property
    def filesystem(self) -> Filesystem:
        return self.state.filesystems["mmfs1"]

    @property
    def mount_point(self) -> Path:
        return Path(self.filesystem.mount_point)

    def run(self, *words: str, node: str | None = None, cwd: Path | None = None) -> Completed:
        argv = words[0].split() if len(words) == 1 else words
        return self.emulator.run(argv, node, cwd=cwd or self.folder)

    def ok(self, *words: str, node: str | None = None, cwd: Path | None = None) -> str:
        done = self.run(*words, node=node, cwd=cwd)
        assert done.returncode == 0, done
        return done.stdout

    def fails(self, *words: str, status: int = 1, node: str | None = None, cwd: Path | None = None) -> str:
        done = self.run(*words, node=node, cwd=cwd)
        assert done.returncode == status, done
        return done.stderr

    def rows(self, *words: str) -> list[dict[str, str]]:
        """The rows of a -Y listing, values as printed."""
        headers: dict[str, list[str]] = {}
        rows = []
        for text in self.ok(*words).splitlines():
            fields = text.split(":")
            if fields[2:3] == ["HEADER"]:
                headers[fields[1]] = fields[6:-1]
            elif len(fields) > 6:
                rows.append(dict(zip(headers[fields[1]], fields[6:-1], strict=True)))
        return rows

    def arrange(self, change: Callable[[State], None]) -> None:
        """Replace the state by an altered one; no folder is made for it."""
        state = self.state.copy()
        change(state)
        self.emulator.state = state

    def write(self, path: str, size: int) -> Path:
        target = self.mount_point / path
        target.write_bytes(b"x" * size)
        return target

    def script(self, text: str, name: str = "handler") -> str:
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        return str(path)

    def install(self, event: str, *options: str, identifier: str = "cb", body: str = "exit 0") -> None:
        command = self.script(body, identifier)
        self.ok("mmaddcallback", identifier, "--command", command, "--event", event, *options)

    def runs(self) -> list[CallbackProcess]:
        assert self.emulator.wait_idle(60)
        return self.emulator.records()

    def fired(self) -> list[tuple[str, str, tuple[str, ...]]]:
        """(event, node, arguments) of each run so far, by start."""
        return [(run.event, run.node, run.arguments) for run in self.runs()]

    def events(self) -> list[tuple[str, str]]:
        """(event, node) of each run so far, by start."""
        return [(run.event, run.node) for run in self.runs()]

    def log(self, label: str) -> str:
        path = self.emulator.place.log(label)
        return path.read_text() if path.exists() else ""


@pytest.fixture
def make_cluster(tmp_path: Path) -> Iterator[Callable[..., Cluster]]:
    """Makes clusters of an emulator's arguments and switches; without, three nodes and a small mmfs1."""
    with ExitStack() as stack:
        count = 0

        def make(**options: Any) -> Cluster:
            nonlocal count
            count += 1
            switches = {name: str(options.pop(name)) for name in list(options) if name in SWITCHES}
            given = {"filesystems": {"mmfs1": 1 << 20}, "directory": tmp_path / f"cluster{count}", **options}
            return Cluster(stack.enter_context(Emulator(switches=switches, **given)), tmp_path)

        yield make


@pytest.fixture
def cluster(make_cluster: Callable[..., Cluster]) -> Cluster:
    """The emulator's own tests stand on it: a cluster of three nodes with the small file system mmfs1."""
    return make_cluster()
