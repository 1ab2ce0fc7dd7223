"""A shell on an emulated cluster, as the README starts one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

PROGRAM = str(Path(sys.executable).with_name("arcapix-gpfs"))


@dataclass(frozen=True)
class Shell:
    """A directory to work in, and the environment of a shell that has evaluated the exports of a cluster."""

    directory: Path
    cluster: Path
    environment: Mapping[str, str]

    def run(self, *command: object, status: int = 0, **environment: str) -> str:
        """Run a command and return what it printed on standard output."""
        return self.ended(*command, status=status, **environment).stdout

    def error(self, *command: object, status: int, **environment: str) -> str:
        """Run a command that must end with this status, and return what it said on standard error."""
        return self.ended(*command, status=status, **environment).stderr

    def ended(self, *command: object, status: int, **environment: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [str(word) for word in command],
            env={**self.environment, **environment},
            cwd=self.directory,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == status, (done.args, done.returncode, done.stdout, done.stderr)
        return done

    def python(self, text: str, status: int = 0) -> str:
        """Run a program of the user's, which is a file, and return what it printed."""
        program = self.directory / "program.py"
        program.write_text(text)
        return self.run(sys.executable, program, status=status)

    def idle(self) -> None:
        """Wait until the cluster has noticed what happened and every callback has ended."""
        from arcapix.fs.gpfs.emulator import control

        assert control.wait_idle(self.cluster, 60)


def clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("ARCAPIX_")}


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    cluster = tmp_path / "cluster"
    environment = clean_environment()
    start = [PROGRAM, "emulate", "start", "--dir", str(cluster), "--nodes", "mynode,n2,n3"]
    exports = subprocess.run(
        start, env=environment, capture_output=True, text=True, timeout=60, check=True
    ).stdout
    evaluated = subprocess.run(
        ["/bin/sh", "-c", 'eval "$1"; env -0', "sh", exports],
        env=environment,
        capture_output=True,
        check=True,
    ).stdout
    entries = [entry.partition("=") for entry in os.fsdecode(evaluated).split("\0") if entry]
    try:
        yield Shell(tmp_path, cluster, {name: value for name, _, value in entries})
    finally:
        subprocess.run([PROGRAM, "emulate", "destroy", "--dir", str(cluster)], env=environment, timeout=60)
