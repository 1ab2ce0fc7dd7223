from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from arcapix.fs.gpfs.emulator import CallbackProcess, Completed, Emulator


class Cluster:
    """An emulator, with the few questions that tests ask again and again."""

    def __init__(self, emulator: Emulator, folder: Path) -> None:
        self.emulator = emulator
        self.folder = folder

    def run(self, *argv: str, node: str | None = None) -> Completed:
        return self.emulator.run(argv, node, cwd=self.folder)

    def ok(self, *argv: str, node: str | None = None) -> str:
        done = self.run(*argv, node=node)
        assert done.returncode == 0, done
        return done.stdout

    def fails(self, *argv: str, node: str | None = None, status: int = 1) -> str:
        done = self.run(*argv, node=node)
        assert done.returncode == status, done
        return done.stderr

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
    made: list[Emulator] = []

    def make(
        *, nodes: list[str] | None = None, filesystems: dict[str, int] | None = None, **switches: str
    ) -> Cluster:
        emulator = Emulator(
            nodes or ["n1", "n2", "n3"],
            {"mmfs1": 1 << 20} if filesystems is None else filesystems,
            switches=switches,
            directory=tmp_path / f"cluster{len(made)}",
        )
        made.append(emulator)
        return Cluster(emulator, tmp_path)

    yield make
    for emulator in made:
        emulator.close()


@pytest.fixture
def cluster(make_cluster: Callable[..., Cluster]) -> Cluster:
    return make_cluster()
