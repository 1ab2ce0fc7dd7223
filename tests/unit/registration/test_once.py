"""``Once``: what is taken, what is refused, and what is made ready at installation."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from arcapix.fs.gpfs import CallbackWarning, Cluster, GPFSError, Once, Run
from arcapix.fs.gpfs.deployment import installation
from arcapix.fs.gpfs.deployment.environment import DRIVER
from arcapix.fs.gpfs.registration import once, once_folder, run_options


def handler() -> None:
    return None


def test_the_window_alone_is_enough() -> None:
    assert Run(once="10m").once == Run(once=600).once == Once(within="10m") == Once(600)
    assert str(Run(once="10m")) == "once in 600 s"


@pytest.mark.parametrize(
    "given",
    [Once(), Once("1h", "/mmfs1/.arcapix/once"), Once(0.5, "/mmfs1/a:b", "skip", "5s"), Once(folder="/x/")],
)
def test_it_is_read_as_it_was_written(given: Once) -> None:
    assert once.read(once.write(given)) == given
    (pair,) = run_options.write(Run(once=given))
    assert run_options.read([pair]) == Run(once=given)


@pytest.mark.parametrize(
    ("fields", "error", "message"),
    [
        ({"within": 0}, ValueError, "within=0 is no time at all"),
        ({"within": "soon"}, ValueError, "within='soon' is not a duration"),
        ({"folder": "mmfs1/once"}, ValueError, "no absolute path; give one such as '/mmfs1/.arcapix/once'"),
        ({"folder": 7}, TypeError, "folder is a path"),
        ({"on_lost": "wait"}, ValueError, "on_lost='wait' is neither 'run' nor 'skip'"),
        ({"lost_after": -1}, ValueError, "lost_after=-1 is no time at all"),
    ],
)
def test_what_means_nothing_is_refused(fields, error, message) -> None:
    with pytest.raises(error, match=message):
        Once(**fields)


def test_a_synchronous_callback_cannot_wait_for_another_node(gpfs) -> None:
    with pytest.raises(ValueError, match="GPFS would wait on another node's lock"):
        Cluster().onShutdown.new(handler, sync=True, timeout=30, run=Run(once=Once(folder="/x")))


def test_without_a_folder_it_says_where_one_can_be_named(gpfs, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv(DRIVER, str(installation.install(tmp_path)))
    with pytest.raises(GPFSError, match=r"give Once\(within=..., folder=.*driver install --once-folder"):
        Cluster().onNodeLeave.new("x", handler, run=Run(once="10m"))
    assert gpfs.callbacks == {}


def test_folder_and_record_are_made_at_full_size_and_closed_to_others(gpfs, tmp_path: Path) -> None:
    folder = tmp_path / "once"
    Cluster().onNodeLeave.new("x", handler, run=Run(once=Once(folder=str(folder))))
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "x").stat().st_size == 128 * 1024
    assert (folder / "x").stat().st_mode & 0o777 == 0o600


def test_a_folder_that_this_node_does_not_reach_is_a_warning(gpfs, tmp_path: Path) -> None:
    folder = str(tmp_path / "missing" / "once")
    with pytest.warns(CallbackWarning, match="cannot be used on this node: .* that node runs the function"):
        Cluster().onNodeLeave.new("x", handler, run=Run(once=Once(folder=folder)))
    with pytest.warns(CallbackWarning, match="that node skips its events"):
        Cluster().onNodeLeave.new("y", handler, run=Run(once=Once(folder=folder, on_lost="skip")))
    assert sorted(gpfs.callbacks) == ["x", "y"]


def test_events_at_which_gpfs_wants_to_unmount_are_a_warning(gpfs, tmp_path: Path) -> None:
    with pytest.warns(CallbackWarning, match="at preUnmount, a file in .* can hold up the unmount"):
        Cluster().callbacks.new(
            "x", handler, ["preUnmount", "mount"], run=Run(once=Once(folder=str(tmp_path)))
        )


def test_a_folder_that_others_can_write_to_is_a_doubt(gpfs, tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    with pytest.warns(
        CallbackWarning, match=f"others than root can write to the folder of once, {tmp_path}, "
    ):
        Cluster().onMount.new("x", handler, run=Run(once=Once(folder=str(tmp_path))))
    tmp_path.chmod(0o700)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Cluster().onMount.new("x", handler, run=Run(once=Once(folder=str(tmp_path))), replace=True)


def test_what_the_event_is_about_is_passed_though_the_function_does_not_ask(gpfs, tmp_path: Path) -> None:
    Cluster().onLowDiskSpace.new("x", handler, run=Run(once=Once(folder=str(tmp_path))))
    words = gpfs.callbacks["x"]["parms"].split()
    for name in ("fsName", "storagePool", "eventNode"):
        assert f"{name}=%{name}" in words
    assert "myNode=%myNode" not in words


def test_a_change_that_adds_it_passes_what_it_needs(gpfs, tmp_path: Path) -> None:
    callback = Cluster().onLowDiskSpace.new("x", handler)
    before = gpfs.callbacks["x"]["parms"].split()
    assert "storagePool=%storagePool" not in before
    callback.change(run=Run(once=Once(folder=str(tmp_path))))
    assert "storagePool=%storagePool" in gpfs.callbacks["x"]["parms"].split()
    assert Cluster().callbacks["x"].run.once.folder == str(tmp_path)
    callback.change(run=Run(only_on="clusterManager"))
    assert {"clusterManager=%clusterManager", "myNode=%myNode"} <= set(gpfs.callbacks["x"]["parms"].split())


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("clustermanager", "did you mean 'clusterManager'"),
        ("quorum", "give one of 'clusterManager', 'filesystemManager'"),
    ],
)
def test_a_node_that_is_no_manager_is_refused(value, message) -> None:
    with pytest.raises(ValueError, match=message):
        Run(only_on=value)


@pytest.mark.parametrize(("is_there", "how"), [(True, "is"), (False, "was not there, and was made")])
def test_a_folder_on_a_local_disk_is_a_warning(tmp_path: Path, monkeypatch, is_there, how) -> None:
    driver = installation.install(tmp_path / "driver", {"insecure": True})
    folder = tmp_path / "once"
    if is_there:
        folder.mkdir(mode=0o700)
    monkeypatch.setattr(once_folder, "local_kind", lambda _: "ext4")
    (told,) = once_folder.prepare(Once(folder=str(folder)), "x", ["mount"], driver)
    assert told.startswith(f"the folder of once, {folder}, {how} on a local disk (ext4), which no other ")
    monkeypatch.setattr(once_folder, "local_kind", lambda _: "")
    assert once_folder.prepare(Once(folder=str(folder)), "x", ["mount"], driver) == []


def test_the_kind_of_a_file_system_is_that_of_the_mount_and_empty_if_it_may_be_shared(
    tmp_path: Path, monkeypatch
) -> None:
    assert once_folder.local_kind("/proc") == ""
    monkeypatch.setattr(once_folder, "_LOCAL", {"proc"})
    assert once_folder.local_kind("/proc") == "proc"
