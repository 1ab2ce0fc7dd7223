from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from arcapix.fs.gpfs.emulator import control


class Shell:
    """A shell on a cluster that lives in its own process."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def environment(self, node: str | None = None) -> dict[str, str]:
        return {**os.environ, **control.environment(self.directory, node)}

    def run(self, *argv: str, node: str | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            argv, env=self.environment(node), capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL,
            cwd=self.directory.parent,
        )  # fmt: skip

    def ok(self, *argv: str, node: str | None = None) -> str:
        done = self.run(*argv, node=node)
        assert done.returncode == 0, done
        return done.stdout

    def script(self, text: str, name: str = "handler") -> str:
        path = self.directory.parent / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        return str(path)

    def callbacks(self) -> list[str]:
        return [line for line in self.ok("mmlscallback").splitlines() if line and not line.startswith(" ")]


@pytest.fixture
def shell(directory: Path) -> Shell:
    control.start(directory, filesystems={"mmfs1": 1 << 20})
    return Shell(directory)
