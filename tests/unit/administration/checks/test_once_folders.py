"""The folders by which nodes agree who runs, as they stand on one node."""

from __future__ import annotations

from pathlib import Path

import pytest

from arcapix.fs.gpfs import Cluster, Once, Run
from arcapix.fs.gpfs.administration.checks import once_folders
from arcapix.fs.gpfs.commands import mmlscallback
from arcapix.fs.gpfs.deployment import installation


def handler() -> None:
    return None


def found(driver: Path) -> list[tuple[str, str]]:
    return [(state, text) for state, text, _ in once_folders.looked_at(driver, mmlscallback())]


@pytest.fixture
def driver(gpfs, monkeypatch) -> Path:
    monkeypatch.setattr(once_folders, "hanging", lambda _: "")
    return installation.driver_path()


@pytest.fixture
def folder(gpfs, tmp_path: Path) -> Path:
    """A folder by which the nodes agree who runs ``x``."""
    folder = tmp_path / "once"
    folder.mkdir(mode=0o700)
    Cluster().onMount.new("x", handler, run=Run(once=Once(folder=str(folder))))
    return folder


def test_where_no_callback_runs_once_nothing_is_said(driver) -> None:
    Cluster().onMount.new("x", handler, run=Run(nice=5))
    assert found(driver) == []


def test_a_folder_that_is_there_is_well(driver, folder) -> None:
    assert found(driver) == [("ok", f"{folder}, the folder of once for x, is there")]


def test_a_folder_that_is_not_there_is_a_problem(driver, folder) -> None:
    (folder / "x").unlink()
    folder.rmdir()
    assert found(driver) == [("problem", f"{folder}, the folder of once for x, is not there")]


def test_a_folder_on_a_local_disk_is_a_warning_unless_nodes_are_emulated(driver, folder, monkeypatch) -> None:
    monkeypatch.setattr(once_folders, "local_kind", lambda _: "xfs")
    assert found(driver)[0][0] == "ok"
    driver.write_text(driver.read_text().replace("    emulated=True,\n", ""))
    assert found(driver) == [("warning", f"{folder}, the folder of once for x, is on a local disk (xfs)")]


def test_a_folder_that_hangs_is_a_problem(driver, folder, monkeypatch) -> None:
    monkeypatch.setattr(once_folders, "hanging", lambda paths: paths[0])
    assert [state for state, _ in found(driver)] == ["problem"]


def test_a_node_whose_driver_knows_no_folder_is_told(driver, tmp_path) -> None:
    text = driver.read_text()
    driver.write_text(text.replace("main(\n", f"main(\n    once_folder={str(tmp_path)!r},\n"))
    Cluster().onMount.new("x", handler, run=Run(once="10m"))
    driver.write_text(text)
    told = "the driver knows no folder by which this node and others agree who runs x"
    assert found(driver) == [("problem", told)]
