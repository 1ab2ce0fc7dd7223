"""A file of a cluster is the old one or the new one, both whole; nothing half-written is left behind."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from arcapix.fs.gpfs.emulator.whole_file import replace


@pytest.mark.parametrize(
    "failure",
    [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()],
    ids=["full", "interrupted"],
)
def test_what_cannot_be_written_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: BaseException
) -> None:
    def fail(*_arguments: object) -> None:
        raise failure

    path = tmp_path / "file"
    replace(path, b"old", 0o600, durable=False)
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(type(failure)):
        replace(path, b"new", 0o600, durable=True)
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("file", b"old")]


def test_only_what_has_to_last_waits_for_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waited = []
    monkeypatch.setattr(os, "fsync", waited.append)
    replace(tmp_path / "file", b"new", 0o755, durable=False)
    assert waited == []
    replace(tmp_path / "file", b"new", 0o755, durable=True)
    assert len(waited) == 2  # the file, and the folder that it is in
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o755


def test_what_a_killed_process_has_left_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "file.new").write_bytes(b"half of somethi")
    replace(tmp_path / "file", b"new", 0o600, durable=False)
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("file", b"new")]
