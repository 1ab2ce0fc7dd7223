r"""The pytest plugin: an emulated cluster for each test that asks for the fixture `gpfs_cluster`.

The code under test uses ``arcapix.fs.gpfs`` unchanged; GPFS is emulated, the driver and the handlers are
real processes::

    from arcapix.fs.gpfs import Filesystem

    def test_a_mount_is_reported(gpfs_cluster):
        Filesystem("mmfs1").onMount.new("report", lambda fsName: print(fsName))
        gpfs_cluster.fire("mount", fsName="mmfs1")
        gpfs_cluster.wait_idle()
        assert gpfs_cluster.runs[0].output == "mmfs1\n"

What it cannot show: data paths, the recovery of files, a network between nodes, policies, AFM and RAID
(though their events can be fired by hand); different host names, mount points that come and go in the kernel,
files that become unreachable, the expiry of leases. Crash and partition decide who runs commands and
callbacks, nothing below that.

Every pytest run on a machine that has this package loads this module, so it imports nothing of the package
until a test asks for a cluster.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from importlib import import_module
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .cluster import ClusterNode, EmulatedCluster
    from .runs import RunRecord, RunState

__all__ = ["ClusterNode", "EmulatedCluster", "RunRecord", "RunState", "gpfs_cluster"]

_HOME = {"ClusterNode": "cluster", "EmulatedCluster": "cluster", "RunRecord": "runs", "RunState": "runs"}

_MARKER = (
    "gpfs_cluster(nodes=3, filesystems=('mmfs1', 'mmfs2'), switches={}, expect_failures=False): what the "
    "emulated cluster of the fixture gpfs_cluster is made of; nodes is a number or a list of names, "
    "filesystems a list of names or a mapping of names to sizes, switches answers to open questions about "
    "GPFS; with expect_failures=True the test may leave failed or running callbacks behind."
)

_cluster: pytest.StashKey[EmulatedCluster] = pytest.StashKey()
_has_failed: pytest.StashKey[bool] = pytest.StashKey()

if not TYPE_CHECKING:  # a checker would take __getattr__ as a promise that every name exists

    def __getattr__(name: str) -> object:
        """Load a class for an annotation on first use."""
        if name not in _HOME:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f".{_HOME[name]}", __name__), name)


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", _MARKER)


@pytest.fixture
def gpfs_cluster(request: pytest.FixtureRequest) -> Iterator[EmulatedCluster]:
    """An emulated GPFS cluster of this test's own; the marker of the same name sets options.

    Without options it has the nodes n1, n2, n3 and the file systems mmfs1 and mmfs2, 64 MiB each. It shows
    who runs which callback with what; it has no data path, no network between nodes and no leases. At the end
    all its processes are killed and all its files removed.

    A test that has passed so far fails if a callback has failed, unless the test has looked at it in
    ``runs``, and if one still runs some seconds after the end. The marker ``expect_failures=True`` allows
    for both.
    """
    from .cluster import emulated_cluster
    from .marker import options

    asked = options(request.node)
    with emulated_cluster(asked) as cluster:
        request.node.stash[_cluster] = cluster
        try:
            yield cluster
            if not (asked.expect_failures or request.node.stash.get(_has_failed, False)):
                _refuse_failures(cluster)
        finally:
            del request.node.stash[_cluster]


def _refuse_failures(cluster: EmulatedCluster) -> None:
    unfinished = cluster._unfinished()
    failures = cluster._unseen_failures()
    way_out = "or say: @pytest.mark.gpfs_cluster(expect_failures=True)"
    if failures:
        from .runs import describe

        what = "a callback has" if len(failures) == 1 else f"{len(failures)} runs of callbacks have"
        pytest.fail(
            f"{what} failed, and the test has not looked at it:\n{describe(failures)}\n"
            f"look at gpfs_cluster.runs, {way_out}",
            pytrace=False,
        )
    if unfinished:
        from .cluster import PATIENCE

        pytest.fail(
            f"still running {PATIENCE:g} s after the end of the test: {'; '.join(unfinished)}\n"
            f"let the test call gpfs_cluster.wait_idle(), {way_out}",
            pytrace=False,
        )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show, if a test failed, what its callbacks did and printed."""
    report = yield
    cluster = item.stash.get(_cluster, None)
    if cluster is not None and report.failed:
        item.stash[_has_failed] = True
        report.sections.append(("GPFS callbacks", cluster._report(call.stop)))
    return report
