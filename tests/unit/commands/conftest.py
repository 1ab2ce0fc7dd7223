from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from arcapix.fs.gpfs.commands import process

READERS = Path(__file__).parents[2] / "golden" / "readers"


class Answers:
    """A runner that answers from memory and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []
        self.limits: list[float] = []
        self.planned: list[tuple[int, str, str]] = []

    def __call__(self, argv: tuple[str, ...], timeout: float) -> process.Completed:
        self.asked.append((Path(argv[0]).name, *argv[1:]))
        self.limits.append(timeout)
        status, stdout, stderr = self.planned.pop(0) if len(self.planned) > 1 else self.planned[0]
        return process.Completed(argv, status, stdout, stderr)

    def will(self, stdout: str = "", *, status: int = 0, stderr: str = "") -> Answers:
        """Plan one more answer; the last one planned is given from then on."""
        self.planned.append((status, stdout, stderr))
        return self


@pytest.fixture
def answers() -> Iterator[Answers]:
    """Answers planned by the test, in the place of a cluster."""
    runner = Answers()
    with process.using(runner):
        yield runner


@pytest.fixture
def fake_mm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], Path]]:
    """Make real mm commands out of shell scripts: ``fake_mm("mmlscluster", "echo hello")``."""
    directory = tmp_path / "bin"
    directory.mkdir()
    directory.chmod(0o755)  # whatever the umask: commands that a group could change are not started
    monkeypatch.setenv("ARCAPIX_GPFS_BIN", str(directory))

    def make(name: str, script: str) -> Path:
        command = directory / name
        command.write_text(f"#!/bin/sh\n{script}\n")
        command.chmod(0o755)
        return command

    previous = process.set_runner(None)
    yield make
    process.set_runner(previous)


@pytest.fixture
def golden() -> Callable[[str], str]:
    """Return the recorded-like output of that name."""
    return lambda name: (READERS / f"{name}.txt").read_text()


@pytest.fixture
def described() -> Callable[[str], dict[str, object]]:
    """Return what is expected of the output of that name."""
    return lambda name: dict(json.loads((READERS / f"{name}.json").read_text()))
