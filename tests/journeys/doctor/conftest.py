"""A cluster on whose nodes not everything is in order."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from arcapix.fs.gpfs import emulated
from arcapix.fs.gpfs.deployment import stub
from arcapix.fs.gpfs.deployment.installation import STUB
from arcapix.fs.gpfs.emulator import control

from ..shells import ARCAPIX, Shell

_REMOTE_SHELL = """
node=$1; shift
words=$(printf %s "$*" | sed "s|{driver}/|{own}/$node/driver/|g")
if test -e {own}/$node/clock; then
    {true} "$node" "$words" | sed -E -f {own}/$node/clock
else
    exec {true} "$node" "$words"
fi
"""
"""All nodes share the machine's files: of the path of the driver, each of them finds its own."""


class Surgery(Shell):
    """A shell whose nodes, but for the first, have a driver of their own each, at the same path as all."""

    def give_each_its_own(self, *nodes: str) -> None:
        for node in nodes:
            shutil.copytree(self.directory / "driver", self.driver(node).parent)
            self.driver(node).write_text(self.driver(node).read_text().replace(*self._moved(node)))
        remote_shell = self.directory / "libexec" / "ssh"
        true = remote_shell.rename(remote_shell.with_name("true-ssh"))
        places = {"driver": self.directory / "driver", "own": self.directory / "own", "true": true}
        self.script(_REMOTE_SHELL.format(**places), str(remote_shell))

    def driver(self, node: str) -> Path:
        return self.directory / "own" / f"{node}.gpfs.test" / "driver" / STUB

    def _moved(self, node: str) -> tuple[str, str]:
        return f"{self.directory}/driver/", f"{self.driver(node).parent}/"

    def set(self, node: str, name: str, value: object) -> None:
        """Have the driver of a node installed with another setting."""
        self.driver(node).write_text(stub.changed(self.driver(node).read_text(), name, value))

    def shift_clock(self, node: str) -> None:
        """Have the clock of a node go wrong by years, as far as others hear of it."""
        rule = r's/("(began|ended)": )1/\12/g'
        (self.driver(node).parents[1] / "clock").write_text(f"{rule}\n")

    def doctor(self, *options: str, status: int = 1) -> list[dict[str, str]]:
        """Return what is found that is not well."""
        done = self.run(ARCAPIX, "doctor", "--json", *options)
        assert (done.returncode, done.stderr) == (status, ""), done
        return [found for found in json.loads(done.stdout) if found["state"] != "ok"]


@pytest.fixture
def shell(directory: Path) -> Surgery:
    control.start(
        directory, nodes=("n1", "n2", "n3", "n4", "n5"), filesystems={"mmfs1": 1 << 20, "mmfs2": 1 << 20}
    )
    emulated.install_driver(directory)
    return Surgery(directory)
