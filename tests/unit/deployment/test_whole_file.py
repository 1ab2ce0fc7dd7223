"""A file is there as a whole or not at all: nothing half-written is left behind."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from arcapix.fs.gpfs.deployment import installation
from arcapix.fs.gpfs.deployment.whole_file import tidied, written


@pytest.mark.parametrize(
    "failure",
    [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()],
    ids=["full", "interrupted"],
)
@pytest.mark.parametrize("call", ["fchmod", "fsync"])
def test_what_cannot_be_written_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: BaseException, call: str
) -> None:
    def fail(*_arguments: object) -> None:
        raise failure

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(type(failure)), written(tmp_path / "file", b"new", 0o644):
        pytest.fail("it was given out before it was on the disk")
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_put_in_place_is_removed(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), written(tmp_path / "file", b"new", 0o644) as new:
        assert new.read_bytes() == b"new"
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_a_file_has_its_rights_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        with written(tmp_path / "file", b"new", 0o755) as new:
            new.replace(tmp_path / "file")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o755
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_what_a_killed_writer_has_left_is_removed_unless_another_one_is_at_work(tmp_path: Path) -> None:
    left = tmp_path / "file.0123abcd.new"
    left.touch()
    with tidied(tmp_path, "other"):
        assert left.exists()
        with tidied(tmp_path, "file"):
            assert left.exists()
    with tidied(tmp_path, "file"), written(tmp_path / "file", b"new", 0o600) as new:
        assert os.listdir(tmp_path) == [new.name]


def test_what_somebody_else_has_left_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file.0123abcd.new").touch()
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    with tidied(tmp_path, "file"):
        assert os.listdir(tmp_path) == ["file.0123abcd.new"]


def test_an_installation_onto_a_full_disk_leaves_the_old_driver(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub = installation.install(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        installation.install(tmp_path, {"path": "/elsewhere"})
    assert {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before
    assert stub in before
