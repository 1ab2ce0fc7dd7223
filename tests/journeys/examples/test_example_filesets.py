"""raise_inode_limit.py and snapshot_on_event.py: functions that change the cluster through the API."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from arcapix.fs.gpfs import Filesystem

from ..shells import example

pytestmark = pytest.mark.xdist_group("examples: filesets")


@pytest.fixture
def new_fileset(on_first_node):
    """Make and link a fileset of mmfs1 with 320 inodes."""
    shell = on_first_node

    def make(name):
        junction = shell.mount_point("mmfs1") / name
        shell.ok("mmcrfileset", "mmfs1", name, "--inode-space", "new", "--inode-limit", "320")
        shell.ok("mmlinkfileset", "mmfs1", name, "-J", junction)
        return junction, Filesystem("mmfs1").filesets[name]

    return make


def fill(junction, files):
    """Make files until there are so many; the folder of the fileset counts as one."""
    for number in range(sum(1 for _ in junction.iterdir()) + 1, files):
        (junction / f"file-{number}").touch()


def limits(fileset):
    fileset.refresh()
    quota = fileset.quotas.fileset[fileset.name]
    return fileset.maxInodes, quota.filesSoftLimit, quota.filesHardLimit


def test_each_time_the_soft_limit_is_passed_the_fileset_gets_more_inodes(shell, new_fileset):
    junction, fileset = new_fileset("projects")
    assert (
        shell.ok(*example("raise_inode_limit.py"), "mmfs1", "projects")
        == "installed raise-inodes-mmfs1-projects\n"
    )
    assert limits(fileset) == (320, 288, 320)

    fill(junction, 288)
    shell.wait_idle()
    assert limits(fileset) == (320, 288, 320)

    fill(junction, 289)
    shell.wait(lambda: limits(fileset) != (320, 288, 320), "the limits were raised")
    shell.wait_idle()
    assert limits(fileset) == (384, 352, 384)
    quota = fileset.quotas.fileset["projects"]
    assert quota.filesUsage == 289
    assert quota.filesGrace is None

    fill(junction, 352)
    shell.wait_idle()
    assert limits(fileset) == (384, 352, 384)

    fill(junction, 353)
    shell.wait(lambda: limits(fileset) != (384, 352, 384), "the limits were raised again")
    shell.wait_idle()
    assert limits(fileset) == (480, 428, 460)  # GPFS keeps inodes by 32: 384 + 76 becomes 480
    assert [run["state"] for run in shell.runs("raise-inodes-mmfs1-projects")] == ["succeeded"] * 2


def test_limits_that_an_administrator_set_are_kept_and_raised_by_as_many(shell, new_fileset):
    junction, fileset = new_fileset("scratch")
    fileset.quotas.fileset.new(filesSoftLimit=20, filesHardLimit=0)
    shell.ok(*example("raise_inode_limit.py"), "mmfs1", "scratch")
    assert limits(fileset) == (320, 20, 0)
    fill(junction, 100)
    shell.wait(lambda: limits(fileset) != (320, 20, 0), "the limits were raised")
    shell.wait_idle()
    assert limits(fileset) == (384, 84, 0)
    (run,) = shell.runs("raise-inodes-mmfs1-scratch")
    assert "scratch has 100 files already: raise the limits by hand\n" in shell.driver_log(str(run["node"]))


def test_blocks_that_pass_their_limit_do_not_raise_the_inodes(shell, new_fileset):
    junction, fileset = new_fileset("videos")
    fileset.quotas.fileset.new(blockSoftLimit="1M", filesSoftLimit=100, filesHardLimit=200)
    shell.ok(*example("raise_inode_limit.py"), "mmfs1", "videos")
    (junction / "film").write_bytes(bytes(2 << 20))
    shell.wait(lambda: shell.runs("raise-inodes-mmfs1-videos"), "the function was called")
    shell.wait_idle()
    assert limits(fileset) == (320, 100, 200)


def test_a_dependent_fileset_is_refused(shell):
    shell.ok("mmcrfileset", "mmfs1", "notes")
    said = shell.fails(*example("raise_inode_limit.py"), "mmfs1", "notes")
    assert said == "notes is a dependent fileset; its inodes are those of the fileset that it belongs to\n"


def assert_named_after_now(name):
    assert re.fullmatch(r"@GMT-\d{4}\.\d\d\.\d\d-\d\d\.\d\d\.\d\d", name)
    made = datetime.strptime(name, "@GMT-%Y.%m.%d-%H.%M.%S").replace(tzinfo=UTC)
    assert timedelta(seconds=-1) < datetime.now(UTC) - made < timedelta(seconds=30)


def test_a_fileset_that_passes_its_soft_limit_gets_a_snapshot_named_after_the_time(shell, new_fileset):
    junction, fileset = new_fileset("results")
    fileset.quotas.fileset.new(filesSoftLimit=5, filesHardLimit=100)
    printed = shell.ok(*example("snapshot_on_event.py"), "mmfs1", "results")
    assert printed == "installed snapshot-mmfs1-results for softQuotaExceeded\n"
    fill(junction, 6)
    shell.wait(lambda: len(fileset.snapshots), "there is a snapshot")
    shell.wait_idle()
    (name,) = fileset.snapshots
    assert_named_after_now(name)
    assert name not in Filesystem("mmfs1").snapshots


def test_an_event_of_a_file_system_makes_a_global_snapshot_named_after_the_time(on_first_node):
    shell, filesystem = on_first_node, Filesystem("mmfs2")
    shell.ok(*example("snapshot_on_event.py"), "mmfs2", "--event", "unmount")
    shell.ok("mmumount", "mmfs1", "-N", "n3")
    shell.ok("mmumount", "mmfs2", "-N", "n3")
    shell.wait(lambda: len(filesystem.snapshots), "there is a snapshot")
    shell.wait_idle()
    (name,) = filesystem.snapshots
    assert_named_after_now(name)
    assert list(Filesystem("mmfs1").snapshots) == []


def test_a_snapshot_of_each_snapshot_is_refused(shell):
    assert "never ends" in shell.fails(
        *example("snapshot_on_event.py"), "mmfs2", "--event", "snapshotCreated", status=2
    )
