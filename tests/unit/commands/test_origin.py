"""Commands that others could change are not started: by modes everywhere, by owners where root runs the tests."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

import pytest

from arcapix.fs.gpfs import commands
from arcapix.fs.gpfs.commands import origin, process
from arcapix.fs.gpfs.exceptions import GPFSError

from ...other_users import needs_giving_away

ANOTHER = 65534


@pytest.fixture
def mark(fake_mm, tmp_path) -> Path:
    """What the command writes when it runs."""
    mark = tmp_path / "ran"
    fake_mm("mmlscallback", f"touch {mark}")
    return mark


def refused() -> str:
    with pytest.raises(GPFSError) as caught:
        commands.mmlscallback()
    return str(caught.value)


def test_the_folder_that_gpfs_has_of_its_own_is_as_its_installer_has_made_it(mark, tmp_path, monkeypatch):
    monkeypatch.delenv("ARCAPIX_GPFS_BIN")
    monkeypatch.setattr(process, "_DEFAULT_DIRECTORY", str(tmp_path / "bin"))
    (tmp_path / "bin").chmod(0o777)
    commands.mmlscallback()
    assert mark.exists()


def told(folder: Path, what: str) -> str:
    return (
        f"no mm command is started from {folder}: {what}; unset ARCAPIX_GPFS_BIN, or have it name a folder that "
        "nobody else can change"
    )


def test_commands_that_nobody_else_can_change_are_started(mark):
    commands.mmlscallback()
    assert mark.exists()


@pytest.mark.parametrize("what", ["bin/mmlscallback", "bin", "."])
def test_commands_that_everybody_can_change_are_refused_in_one_line(mark, tmp_path, what):
    path = tmp_path / what
    path.chmod(path.stat().st_mode | stat.S_IWOTH)
    for _ in range(2):
        assert refused() == told(tmp_path / "bin", f"{path} can be written by everybody")
    assert not mark.exists()
    path.chmod(path.stat().st_mode & ~stat.S_IWOTH)
    commands.mmlscallback()
    assert mark.exists()


@needs_giving_away
@pytest.mark.parametrize("what", ["bin/mmlscallback", "bin", "."])
def test_commands_of_another_user_are_refused(mark, tmp_path, what):
    os.chown(tmp_path / what, ANOTHER, -1)
    assert refused() == told(tmp_path / "bin", f"{tmp_path / what} belongs to user {ANOTHER}")
    assert not mark.exists()


def test_a_sticky_folder_above_is_safe(mark, tmp_path):
    tmp_path.chmod(0o1777)
    commands.mmlscallback()
    assert mark.exists()


def test_above_an_emulated_cluster_of_the_user_folders_may_be_open(fake_mm, tmp_path, monkeypatch):
    cluster = tmp_path / "cluster"
    (cluster / "bin").mkdir(parents=True)
    for path in (cluster, cluster / "bin"):
        path.chmod(0o755)
    fake_mm("mmlscallback", "exit 0").rename(cluster / "bin" / "mmlscallback")
    monkeypatch.setenv("ARCAPIX_GPFS_BIN", str(cluster / "bin"))
    tmp_path.chmod(0o777)
    assert refused() == told(cluster / "bin", f"{tmp_path} can be written by everybody")
    (cluster / "cluster.json").touch(0o600)
    assert commands.mmlscallback() == []


@needs_giving_away
@pytest.mark.parametrize("what", ["cluster.json", ".", "bin", "bin/mmlscallback"])
def test_an_emulated_cluster_of_another_user_is_refused(mark, tmp_path, what):
    (tmp_path / "cluster.json").touch(0o600)
    tmp_path.chmod(0o777)
    os.chown(tmp_path / what, ANOTHER, -1)
    assert "no mm command is started from" in refused()
    assert not mark.exists()


def test_what_is_no_mm_command_is_not_looked_at(fake_mm, tmp_path):
    tmp_path.chmod(0o777)
    assert process.execute(("/bin/true",), timeout=60).returncode == 0


def test_it_is_looked_at_once_and_takes_less_than_a_millisecond(mark, tmp_path):
    program = str(tmp_path / "bin" / "mmlscallback")
    times = []
    for _ in range(20):
        origin._checked.discard(program)
        began = time.thread_time()
        origin.check(program)
        times.append(time.thread_time() - began)
    assert min(times) < 0.001
    tmp_path.chmod(0o777)
    origin.check(program)
