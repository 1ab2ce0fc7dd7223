"""A cluster in a process of its own, with callbacks, that an administrator is called to at three in the morning."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from arcapix.fs.gpfs import emulated
from arcapix.fs.gpfs.emulator import control

from ..conftest import processes
from ..shells import Shell

HANDLERS = """
import warnings
from arcapix.fs.gpfs import Cluster, Filesystem

warnings.simplefilter("ignore")

def report(fsName):
    print("mounted", fsName)

def divide(fsName):
    limits = {"mmfs2": 90}
    return limits[fsName]

def post(fsName):
    import a_module_that_no_node_has

def linger(eventNode):
    import time
    time.sleep(0 if eventNode == "quick" else 600)

mmfs1 = Filesystem("mmfs1")
mmfs1.onMount.new("report", report)
mmfs1.onUnmount.new("divide", divide)
mmfs1.onPreUnmount.new("post", post)
Cluster().onNodeJoin.new("linger", linger)
Filesystem("mfms1").onMount.new("misspelt", report)
"""


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """A shell on n1 of three nodes, for all tests of a module: they put right again what they have broken."""
    directory = tmp_path_factory.mktemp("c") / "cluster"
    control.start(directory, nodes=("n1", "n2", "n3"), filesystems={"mmfs1": 1 << 20})
    try:
        emulated.install_driver(directory)
        shell = Shell(directory)
        shell.python(HANDLERS)
        yield shell
    finally:
        control.destroy(directory)
    assert processes(directory) == []
