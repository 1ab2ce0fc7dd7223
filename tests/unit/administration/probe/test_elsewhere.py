"""What higher levels change is noted before, and taken back by whoever finds the notes."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from arcapix.fs.gpfs.administration.probe import elsewhere, leftovers
from arcapix.fs.gpfs.administration.probe.session import Session
from arcapix.fs.gpfs.administration.probe.table import LEVELS


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


@pytest.fixture
def node(gpfs) -> str:
    """A node of the cluster other than this one."""
    return list(gpfs.emulator.state.nodes)[1]


def next_run() -> Session:
    session = Session()
    for level in (LEVELS[0], leftovers.CLEAN_UP):
        session.perform(level, lambda _: None)
    return session


def test_what_was_unmounted_is_mounted_again_once(gpfs, node: str, tmp_path: Path) -> None:
    killed = Session()
    elsewhere.note(killed, "unmounted", "mmfs1", node)
    gpfs.run(f"mmumount mmfs1 -N {node}")
    assert f"mmfs1, perhaps not mounted on {node}" in leftovers.found(killed)
    assert next_run().problems == []
    assert "mmfs1" in gpfs.emulator.state.nodes[node].mounts
    assert not list(tmp_path.glob("arcapix_probe_*"))


def test_what_is_mounted_is_not_mounted_again(gpfs, node: str) -> None:
    elsewhere.note(Session(), "unmounted", "mmfs1", node)
    assert next_run().problems == []
    assert "mmmount" not in gpfs.names()


def test_snapshots_of_the_probe_are_deleted_and_no_others(gpfs) -> None:
    elsewhere.note(Session(), "snapshot", "mmfs1")
    for name in ("nightly", "arcapix_probe_snapshot with blank"):
        gpfs.emulator.run(["mmcrsnapshot", "mmfs1", name])
    assert next_run().problems == []
    assert [one.name for one in gpfs.emulator.state.filesystems["mmfs1"].snapshots.values()] == ["nightly"]


def test_what_cannot_be_mounted_again_is_said_and_stays_noted(gpfs, node: str) -> None:
    elsewhere.note(Session(), "unmounted", "mmfs1", node)
    gpfs.run(f"mmumount mmfs1 -N {node}")
    gpfs.fails["mmmount"] = ["mmmount: it is not possible."]
    (problem,) = next_run().problems
    assert f"mmfs1 could not be mounted on {node} again: mmmount mmfs1 -N {node}: status 1" in problem
    assert list(elsewhere.notes().values()) == [[["unmounted", "mmfs1", node]]]


def test_a_node_that_has_left_the_cluster_holds_up_nothing(gpfs, tmp_path: Path) -> None:
    killed = Session()
    elsewhere.note(killed, "unmounted", "mmfs1", "n9.gpfs.test")
    elsewhere.note(killed, "folder", "n9.gpfs.test")
    assert next_run().problems == []
    assert not list(tmp_path.glob("arcapix_probe_*"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a folder that belongs to another user")
def test_a_folder_of_another_user_is_not_read(gpfs, node: str, tmp_path: Path) -> None:
    folder = tmp_path / "arcapix_probe_planted"
    folder.mkdir()
    (folder / "notes").write_text(f"unmounted mmfs1 {node}\n")
    os.chown(folder, 65534, 65534)
    gpfs.run(f"mmumount mmfs1 -N {node}")
    assert next_run().problems == []
    assert "mmmount" not in gpfs.names()
    assert folder.exists()
