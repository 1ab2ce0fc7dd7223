"""Nobody works on a cluster whose folder somebody else has prepared, or could alter."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from arcapix.fs.gpfs.cli import main
from arcapix.fs.gpfs.emulator import Emulator, EmulatorError, client, control, ownership, server
from arcapix.fs.gpfs.emulator.model import Callback

from ...other_users import needs_giving_away

STRANGER = 65534
VERBS = (
    "start", "status", "stop", "destroy", "fire mount", "log", "crash n1", "partition n2", "heal",
    "fail disk mmfs1_nsd1",
)  # fmt: skip


@pytest.fixture
def prepared(tmp_path):
    """The folder of a cluster that is stopped, whose programs leave a proof if anybody starts them."""
    with Emulator(["n1"], {"mmfs1": 1 << 20}, directory=tmp_path / "c") as emulator:
        folder = emulator.place.directory
    daemon = folder / "libexec" / "daemon"
    daemon.write_text(f"open({str(tmp_path / 'proof')!r}, 'w')\n")
    daemon.chmod(0o755)
    yield folder
    assert not (tmp_path / "proof").exists()


def give_away(folder):
    for path in (folder, *folder.rglob("*")):
        os.lchown(path, STRANGER, STRANGER)


def emulate(verb, folder):
    return CliRunner().invoke(main, ["emulate", *verb.split(), "--dir", str(folder)])


@needs_giving_away
@pytest.mark.parametrize("verb", VERBS)
def test_no_verb_uses_the_folder_of_another_user(prepared, verb):
    give_away(prepared)
    done = emulate(verb, prepared)
    assert done.exit_code == 1
    assert done.stdout == ""
    assert re.fullmatch(
        rf"arcapix-gpfs: {prepared} belongs to the user with number 65534, not to number 0, .*; "
        r"use it as its owner, or choose another folder with --dir\n",
        done.stderr,
    )
    assert prepared.exists()


@pytest.mark.parametrize("verb", VERBS)
def test_a_folder_that_cannot_be_used_is_named_with_what_to_do_by_every_verb(tmp_path, verb):
    (tmp_path / "file").touch()
    done = emulate(verb, tmp_path / "file" / "c")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == (
        f"arcapix-gpfs: the folder {tmp_path}/file/c cannot be used: Not a directory; "
        "choose another one with --dir, where you may write\n"
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_below_one_where_nobody_may_write_is_refused_in_one_line(tmp_path):
    (tmp_path / "closed").mkdir(mode=0o555)
    done = emulate("start", tmp_path / "closed" / "c")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == (
        f"arcapix-gpfs: the folder {tmp_path}/closed/c cannot be used: Permission denied; "
        "choose another one with --dir, where you may write\n"
    )


def test_a_file_that_cannot_be_made_in_the_folder_of_a_cluster_is_named(tmp_path):
    (tmp_path / "c" / "run").mkdir(parents=True)
    (tmp_path / "c" / "run" / "start").mkdir()
    done = emulate("start", tmp_path / "c")
    assert (done.exit_code, done.stdout) == (1, "")
    assert f"the folder {tmp_path}/c cannot be used: Is a directory ({tmp_path}/c/run/start); " in done.stderr


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("mode", [0o775, 0o757], ids=["by a group", "by all"])
def test_no_verb_uses_a_folder_that_others_may_write_to(prepared, verb, mode):
    prepared.chmod(mode)
    done = emulate(verb, prepared)
    assert (done.exit_code, done.stdout) == (1, "")
    assert f"{prepared} belongs to the user with number {os.geteuid()}, but others may write" in done.stderr
    assert done.stderr.endswith(f"look at it, then run: chmod go-w {prepared}\n")


@pytest.mark.parametrize(
    "part",
    [
        "cluster.json", "run", "bin", "libexec", "libexec/mm", "libexec/mmclient.py", "libexec/daemon",
        "libexec/__pycache__", "nodes", "runs",
    ],
)  # fmt: skip
def test_a_part_that_others_may_write_to_is_refused_and_named(prepared, part):
    path = prepared / part
    path.chmod(path.stat().st_mode | 0o002)
    with pytest.raises(EmulatorError, match=rf"^{path} belongs .*chmod go-w {path}$"):
        control.status(prepared)


def test_a_part_that_is_a_link_is_refused(prepared):
    (prepared / "libexec").rename(prepared / "elsewhere")
    (prepared / "libexec").symlink_to("elsewhere")
    with pytest.raises(EmulatorError, match=f"^{prepared}/libexec is a link, .*; remove it$"):
        control.fire(prepared, "mount")


def test_a_shared_folder_is_not_to_be_closed(tmp_path):
    tmp_path.chmod(0o1777)
    with pytest.raises(EmulatorError, match=r"others may write to it, .*; choose another folder with --dir$"):
        control.start(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("begin", [lambda folder: Emulator(directory=folder), Emulator.resume])
def test_an_emulator_in_the_process_refuses_it_too(tmp_path, begin):
    tmp_path.chmod(0o777)
    with pytest.raises(EmulatorError, match="others may write to it"):
        begin(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_commands_refuse_it_too(prepared):
    prepared.chmod(0o777)
    done = subprocess.run([prepared / "bin" / "mmgetstate"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr.startswith(
        f"mmgetstate: {prepared} belongs to the user with number {os.geteuid()}, but"
    )


@needs_giving_away
def test_a_link_to_the_folder_of_another_user_is_refused(prepared):
    give_away(prepared)
    link = prepared.with_name("link")
    link.symlink_to(prepared)
    with pytest.raises(EmulatorError, match=f"^{link} belongs to the user with number 65534"):
        control.status(link)


def test_a_link_to_a_folder_of_ones_own_is_followed(prepared):
    link = prepared.with_name("link")
    link.symlink_to(prepared)
    assert not control.status(link).running


def test_a_folder_that_was_exchanged_for_another_starts_nothing_of_the_other(prepared, monkeypatch):
    """The program is found in the folder that was looked at, whatever lies at its path by then."""
    ours = prepared.with_name("ours")

    def exchange(directory):
        folder = own_folder(directory)
        prepared.rename(ours)
        shutil.copytree(ours, prepared)
        (ours / "libexec" / "daemon").write_text("raise SystemExit(3)\n")
        return folder

    own_folder = client.own_folder
    monkeypatch.setattr(client, "own_folder", exchange)
    (prepared / "run" / "stopped").unlink(missing_ok=True)
    with pytest.raises(ConnectionError, match="could not be started"):
        client.ask(str(prepared), [b"run", b"", b"/", b"1", b"mmgetstate"])


@pytest.mark.parametrize("owner", [0, 4711], ids=["ones own", "of another user"])
@needs_giving_away
def test_a_namespace_in_which_all_users_have_one_number_does_not_mix_them_up(tmp_path, owner):
    probe = ["unshare", "--user", sys.executable, "-c"]
    if shutil.which("unshare") is None or subprocess.run([*probe, ""], capture_output=True).returncode:
        pytest.skip("no user namespace can be made here")
    os.chown(tmp_path, owner, -1)
    tmp_path.chmod(0o755)
    tmp_path.parent.chmod(0o755)
    code = "import sys; from arcapix.fs.gpfs.emulator import client; client.own_folder(sys.argv[1])"
    done = subprocess.run([*probe, code, tmp_path], capture_output=True, text=True, timeout=60)
    assert done.returncode == bool(owner), done.stderr
    if owner:
        assert f"PermissionError: {tmp_path} belongs to the user with number 65534" in done.stderr


# Who talks to whom


def test_a_daemon_of_another_user_is_not_believed(prepared, monkeypatch):
    (prepared / "run" / "stopped").unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as foreign:
        foreign.bind(str(prepared / "run" / "socket"))
        (prepared / "run" / "socket").chmod(0o600)
        foreign.listen()
        monkeypatch.setattr(client, "_PARTS", ())
        folder = client.own_folder(str(prepared))
        monkeypatch.setattr("posix.geteuid", lambda: STRANGER - 1)
        with pytest.raises(PermissionError, match=r"what answers at .*/run/socket belongs to the user"):
            client._connect_or_start(str(prepared), folder)
        os.close(folder)


def test_a_daemon_answers_its_own_user_only(monkeypatch):
    with Emulator(["n1"], {}) as emulator:
        emulator.serve()
        monkeypatch.setattr(server, "_user_of", lambda connection: os.geteuid() + 1)
        ask = [b"control", b"", b"/", b"1", b'{"do": "pid"}']
        status, output, errors = client.ask(str(emulator.place.directory), ask)
    assert (status, output) == (server.REFUSED, b"")
    assert b"belongs to the user with number" in errors


# What the emulator makes


@pytest.fixture
def without_umask():
    before = os.umask(0)
    yield
    os.umask(before)


def test_nobody_else_may_write_to_anything_that_the_emulator_makes(tmp_path, without_umask):
    folder = tmp_path / "above" / "c"
    try:
        control.start(folder, filesystems={"mmfs1": 1 << 20})
        mm = [folder / "bin" / "mmcrfileset", "mmfs1", "f"]
        subprocess.run(mm, check=True, capture_output=True, timeout=60)
        control.stop(folder)
        open_to_others = [
            path for path in (folder.parent, folder, *folder.rglob("*"))
            if not path.is_symlink() and path.stat().st_mode & 0o022
        ]  # fmt: skip
        assert open_to_others == []
        assert (folder.stat().st_mode & 0o777, (folder / "mnt" / "mmfs1").stat().st_mode & 0o777) == (
            0o755, 0o755,
        )  # fmt: skip
        closed = [folder / name for name in ("run", "nodes", "runs", "nodes/n1")]
        assert {path.stat().st_mode & 0o777 for path in closed} == {0o700}
        files = (path for name in ("run", "nodes") for path in (folder / name).rglob("*") if path.is_file())
        assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    finally:
        control.destroy(folder)


def run_once(cluster, command):
    with cluster.emulator.change() as state:
        state.callbacks["x"] = Callback("x", str(command), ("mount",))
    cluster.emulator.fire("mount", "n1")
    cluster.emulator.wait_idle()
    return cluster.emulator.records()[-1]


def test_nobody_else_may_read_what_a_callback_prints(cluster, script, without_umask):
    output = Path(run_once(cluster, script("echo secret")).output)
    assert output.read_text() == "secret\n"
    assert output.stat().st_mode & 0o777 == 0o600
    assert output.parent.stat().st_mode & 0o777 == 0o700


def test_nobody_else_may_read_why_a_callback_was_not_started(cluster, without_umask):
    run = run_once(cluster, "/no/such/program")
    assert (run.status, Path(run.output).stat().st_mode & 0o777) == (127, 0o600)


def test_what_lies_where_the_output_of_a_run_is_to_be_is_left_alone(cluster, script, tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("kept")
    outputs = cluster.emulator.place.outputs
    (outputs / "1.out").symlink_to(victim)
    assert run_once(cluster, script("echo overwritten")).status == 126
    assert victim.read_text() == "kept"


# Folders above


def test_only_folders_in_which_others_can_exchange_ours_are_open(tmp_path):
    shared = tmp_path / "shared"
    folder = shared / "own" / "c"
    folder.mkdir(parents=True)
    assert ownership.open_parents(folder) == []
    shared.chmod(0o777)
    assert ownership.open_parents(folder) == [shared]
    shared.chmod(0o1777)
    assert ownership.open_parents(folder) == []


@needs_giving_away
def test_a_folder_of_another_user_above_a_cluster_is_open(tmp_path):
    folder = tmp_path / "foreign" / "c"
    folder.mkdir(parents=True)
    os.chown(folder.parent, STRANGER, STRANGER)
    assert ownership.open_parents(folder) == [folder.parent]


@needs_giving_away
def test_a_folder_above_that_belongs_to_nobody_of_this_user_namespace_is_as_good_as_roots(
    tmp_path, monkeypatch
):
    folder = tmp_path / "outside" / "c"
    folder.mkdir(parents=True)
    os.chown(folder.parent, STRANGER, STRANGER)
    monkeypatch.setattr(ownership, "_outside", lambda: STRANGER)
    assert ownership.open_parents(folder) == []
    folder.parent.chmod(0o777)
    assert ownership.open_parents(folder) == [folder.parent]


@pytest.mark.parametrize("group", ["private", "of others"])
@needs_giving_away
def test_a_folder_above_that_a_group_may_write_to_is_open_unless_the_group_is_its_owners_own(
    tmp_path, monkeypatch, group
):
    folder = tmp_path / "team" / "c"
    folder.mkdir(parents=True)
    os.chown(folder.parent, -1, 4711)
    folder.parent.chmod(0o775)
    user = ownership.pwd.struct_passwd(("me", "x", 0, 4711, "", "/", "/bin/sh"))
    members = [] if group == "private" else ["other"]
    monkeypatch.setattr(ownership.pwd, "getpwuid", lambda number: user)
    monkeypatch.setattr(
        ownership.grp, "getgrgid", lambda number: ownership.grp.struct_group(("me", "x", 4711, members))
    )
    assert ownership.open_parents(folder) == ([] if group == "private" else [folder.parent])


def test_open_folders_above_a_cluster_are_named_when_it_starts_and_not_again(tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    folder = shared / "c"
    try:
        warned = emulate("start --nodes 1", folder).stderr
        assert warned == (
            f"arcapix-gpfs: warning: others may write to {shared}, and put a folder of theirs in the place of {folder}; "
            "choose one below your home, or let nobody else own that folder or write to it\n"
        )
        assert emulate("status", folder).stderr == ""
        mm = subprocess.run([folder / "bin" / "mmgetstate"], capture_output=True, text=True, timeout=60)
        assert (mm.returncode, mm.stderr) == (0, "")
    finally:
        control.destroy(folder)
