"""State: forms on disk, resuming, snapshots for readers, and what is refused before anything is made."""

from __future__ import annotations

import os
import subprocess
import threading
from pathlib import Path

import pytest

from arcapix.fs.gpfs.emulator import (
    Emulator,
    EmulatorError,
    control,
    figures,
    filesets,
    model,
    place,
    store,
    switches,
)
from arcapix.fs.gpfs.emulator.model import Callback, Disk, Fileset, Nodeclass, Quota, Snapshot


def full_state(cluster):
    with cluster.emulator.change() as state:
        filesystem = state.filesystems["mmfs1"]
        filesystem.disks["d"] = Disk("d", "system", 1, servers=("n1.gpfs.test",))
        filesystem.filesets["f"] = Fileset("f", 1, 5, "", 1.5, parent=0, attributes={"afmTarget": "x"})
        quota = Quota("USR", "me", 1, over=["block"])
        filesystem.quotas[quota.key] = quota
        snapshot = Snapshot("s", 1, 2.5, fileset="f")
        filesystem.snapshots[snapshot.key] = snapshot
        state.nodeclasses["c"] = Nodeclass("c", nodes=["n1.gpfs.test"], classes=["d"])
        state.settings["pagepool"] = {"": "1G", "n1.gpfs.test": "2G"}
        state.callbacks["cb"] = Callback(
            "cb", "/bin/true", ("mount", "unmount"), ("c",), "c", ("a", "b"), "1", True, "5"
        )
    return cluster.emulator.state


def test_a_state_survives_its_form_on_disk(cluster):
    state = full_state(cluster)
    assert model.from_json(model.to_json(state)) == state


def test_a_copy_shares_nothing_that_can_be_altered(cluster):
    state = full_state(cluster)
    before = model.to_json(state)
    copy = state.copy()
    for node in copy.nodes.values():
        node.mounts.append("x")
        node.remount.append("x")
    filesystem = copy.filesystems["mmfs1"]
    filesystem.filesets["f"].attributes["new"] = "x"
    filesystem.quotas["USR::me"].over.clear()
    filesystem.quotas_enforced.clear()
    filesystem.pools["system"].low = True
    filesystem.disks["d"].availability = "down"
    filesystem.snapshots["f:s"].status = "x"
    copy.nodeclasses["c"].nodes.clear()
    copy.settings["pagepool"].clear()
    copy.callbacks.clear()
    copy.switches["release"] = "x"
    assert model.to_json(state) == before


def test_a_change_that_raises_changes_nothing(cluster):
    before = cluster.emulator.state
    with pytest.raises(ZeroDivisionError), cluster.emulator.change() as state:
        state.callbacks["cb"] = Callback("cb", "/bin/true", ("mount",))
        raise ZeroDivisionError
    assert cluster.emulator.state is before
    assert model.from_json(cluster.emulator.place.state.read_bytes()) == before


def test_changes_do_not_nest_and_events_are_not_raised_inside(cluster):
    with cluster.emulator.change(), pytest.raises(RuntimeError), cluster.emulator.change():
        pass
    with cluster.emulator.change(), pytest.raises(RuntimeError):
        cluster.emulator.raise_event("mount", "n1.gpfs.test")


def test_a_cluster_is_resumed_silently_with_all_that_it_had(cluster):
    cluster.install("mount,startup,nodeJoin,lowDiskSpace")
    cluster.ok("mmshutdown", "-N", "n3")
    cluster.ok("mmumount", "mmfs1", "-N", "n2")
    cluster.emulator.wait_idle()
    count = len(cluster.emulator.records())
    state = cluster.emulator.state
    cluster.emulator.close()
    resumed = Emulator.resume(cluster.emulator.place.directory)
    try:
        assert resumed.state == state
        assert resumed.wait_idle()
        assert resumed.records() == []
        resumed.fire("mount")
        assert resumed.records()[0].number > count
    finally:
        resumed.close()


def test_a_cluster_that_was_killed_between_quorum_and_mount_has_its_mounts_when_resumed(cluster):
    with cluster.emulator.change() as state:
        node = state.nodes["n3.gpfs.test"]
        node.state, node.mounts, node.remount = "arbitrating", [], ["mmfs1", "gone"]
    cluster.emulator.close()
    resumed = Emulator.resume(cluster.emulator.place.directory)
    try:
        node = resumed.state.nodes["n3.gpfs.test"]
        assert (node.state, node.mounts, node.remount) == ("active", ["mmfs1"], [])
        assert resumed.records() == []
    finally:
        resumed.close()


@pytest.mark.parametrize("killed", [False, True], ids=["the disk was full", "the daemon was killed"])
@pytest.mark.parametrize("linked", [False, True], ids=["while linking", "while unlinking"])
def test_a_fileset_whose_change_was_not_saved_has_its_files_where_the_state_says(
    cluster, monkeypatch, killed, linked
):
    cluster.ok("mmcrfileset", "mmfs1", "f")
    cluster.ok("mmlinkfileset", "mmfs1", "f")
    file = Path(cluster.emulator.state.filesystems["mmfs1"].mount_point) / "f" / "file"
    file.write_text("x")
    if not linked:
        cluster.ok("mmunlinkfileset", "mmfs1", "f")
    with monkeypatch.context() as patch:

        def fail(_state):
            raise OSError("no space left on device")

        patch.setattr(cluster.emulator._store, "save", fail)
        if killed:
            patch.setattr(filesets, "undo_moves", lambda _state: None)
        cluster.fails("mmunlinkfileset" if linked else "mmlinkfileset", "mmfs1", "f", status=125)
        assert file.exists() is (linked is not killed)
    cluster.emulator.close()
    resumed = Emulator.resume(cluster.emulator.place.directory)
    try:
        assert file.exists() is linked
        if not linked:
            assert resumed.run(("mmlinkfileset", "mmfs1", "f")).returncode == 0
        assert file.read_text() == "x"
    finally:
        resumed.close()


def test_deleting_a_fileset_leaves_no_folder_behind(cluster):
    mounts = cluster.emulator.place.mounts
    before = sorted(mounts.rglob("*"))
    for name in ("f", "g"):
        cluster.ok("mmcrfileset", "mmfs1", name)
    cluster.ok("mmdelfileset", "mmfs1", "f")
    cluster.ok("mmlinkfileset", "mmfs1", "g")
    assert sorted(mounts.rglob("*")) == sorted([*before, mounts / "mmfs1" / "g"])
    cluster.ok("mmunlinkfileset", "mmfs1", "g")
    cluster.ok("mmdelfileset", "mmfs1", "g")
    assert sorted(mounts.rglob("*")) == before


def test_a_cluster_is_served_by_one_process(cluster):
    cluster.emulator.serve()
    other = Emulator.resume(cluster.emulator.place.directory)
    try:
        with pytest.raises(EmulatorError, match="is served by another process already"):
            other.serve()
    finally:
        other.close()
    assert control.status(cluster.emulator.place.directory).pid == os.getpid()


def test_a_new_cluster_does_not_replace_one_that_is_there(cluster):
    with pytest.raises(EmulatorError, match="already; resume it"):
        Emulator(directory=cluster.emulator.place.directory)


def test_a_broken_file_is_named(tmp_path):
    (tmp_path / "cluster.json").write_text("{}")
    with pytest.raises(EmulatorError, match=r"cluster\.json.*holds no cluster"):
        store.Store(tmp_path / "cluster.json").load()
    with pytest.raises(EmulatorError, match="no emulated cluster in"):
        store.Store(tmp_path / "other" / "cluster.json").load()


def test_readers_never_see_half_a_change(cluster):
    stop = threading.Event()
    broken = []

    def read():
        while not stop.is_set():
            mounts = {tuple(node.mounts) for node in cluster.emulator.state.nodes.values()}
            if len(mounts) != 1:
                broken.append(mounts)

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(30):
        cluster.ok("mmumount", "mmfs1", "-a")
        cluster.ok("mmmount", "mmfs1", "-a")
    stop.set()
    reader.join()
    assert broken == []


def test_many_changing_commands_at_once_all_succeed(cluster):
    def add(number):
        cluster.ok("mmaddcallback", f"cb{number}", "--command", "/bin/true", "--event", "mount")

    threads = [threading.Thread(target=add, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(cluster.emulator.state.callbacks) == 50


def test_a_temporary_cluster_leaves_nothing_behind():
    with Emulator(["a"], ["fs"]) as emulator:
        folder = emulator.place.directory
        assert (folder / "mnt" / "fs").is_dir()
    assert not folder.exists()


@pytest.mark.parametrize(
    "folder", ["/tmp/a b", "/tmp/a:b", "/tmp/a%b", "/tmp/a'b", "relative", "/tmp/" + "x" * 120]
)
def test_folders_that_cannot_hold_a_cluster_are_refused_by_name(folder):
    with pytest.raises(EmulatorError, match="'.*" + folder[-3:].replace("'", ".")):
        place.Place(Path(folder)).check()


@pytest.mark.parametrize(("text", "size"), [("1", 1), ("64M", 64 << 20), ("2g", 2 << 30), ("10K", 10240)])
def test_sizes(text, size):
    assert figures.size(text) == size


@pytest.mark.parametrize("text", ["", "0", "0M", "1T", "1.5G", "-1", "M", "10 MB"])
def test_what_is_no_size(text):
    with pytest.raises(EmulatorError, match="is not a size"):
        figures.size(text)


@pytest.mark.parametrize("name", ["", "all", "a b", "a/b", "a:b", "/dev/x", "-x"])
def test_what_is_no_name_for_a_file_system(name):
    with pytest.raises(EmulatorError):
        Emulator(filesystems=[name])


def test_a_name_given_twice_is_refused():
    with pytest.raises(EmulatorError, match="named twice"):
        Emulator(nodes=["a", "a.gpfs.test"])


def test_a_cluster_needs_nodes_and_quorum_nodes():
    with pytest.raises(EmulatorError, match="at least one node"):
        Emulator(nodes=[])
    with pytest.raises(EmulatorError, match="at least one quorum node"):
        Emulator(nodes=["a:client"])


def test_every_switch_has_a_default_and_refuses_nonsense():
    for name, switch in switches.SWITCHES.items():
        for value in switch.values:
            switches.check(name, value)
        with pytest.raises(EmulatorError, match=f"switch '{name}' does not take 'no such answer'; it takes "):
            switches.check(name, "no such answer")


def test_an_unknown_switch_is_answered_with_the_nearest():
    with pytest.raises(EmulatorError, match="no switch 'list_Z'; did you mean 'list_Y'"):
        switches.check("list_Z", "on")


@pytest.mark.parametrize(
    ("name", "value"),
    [("propagation_delay", "n1=2,n2=0.5"), ("propagation_delay", "3"), ("lock_busy", "timeout:3"),
     ("parms_max", "cut:4096"), ("command_delay", "0.7"), ("command_delay", "0.7,2,30"),
     ("space_interval", "0"), ("list_key_width", "20")],
)  # fmt: skip
def test_open_answers(name, value):
    switches.check(name, value)


def test_the_runner_stands_in_for_starting_a_process(cluster):
    run = cluster.emulator.runner("n2")
    done = run(("/usr/lpp/mmfs/bin/mmlsnode", "-N", "localhost"), 60.0)
    assert (done.argv[0], done.returncode, done.stdout, done.stderr) == (
        "/usr/lpp/mmfs/bin/mmlsnode", 0, "n2.gpfs.test\n", "",
    )  # fmt: skip


def test_commands_that_are_missing_say_so(cluster):
    assert (
        cluster.fails("mmapplypolicy", "mmfs1", status=124) == "mmapplypolicy: this command is not emulated\n"
    )
    assert (cluster.emulator.place.bin / "mmapplypolicy").exists()


def test_a_node_that_is_not_there_is_named(cluster):
    assert "no node 'n9'" in cluster.fails("mmlscluster", node="n9", status=125)


def test_a_command_of_another_process_is_asked_by_the_user_of_that_process(cluster, monkeypatch):
    cluster.emulator.serve()
    user = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: 54321)
    program = str(cluster.emulator.place.bin / "mmlsquota")
    asked = subprocess.run([program, "-Y", "mmfs1"], capture_output=True, text=True, check=True)
    assert f":mmfs1:USR:{user}:" in asked.stdout
    assert ":mmfs1:USR:54321:" in cluster.ok("mmlsquota", "-Y", "mmfs1")
