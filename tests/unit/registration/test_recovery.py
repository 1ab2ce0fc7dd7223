"""What was cut short comes back, unless somebody has changed or deleted it with success since."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import subprocess
import sys
import threading
import time
import warnings

import pytest

from arcapix.fs.gpfs import (
    Callback,
    CallbackWarning,
    Cluster,
    GPFSError,
    GPFSExecuteException,
    NotFound,
)
from arcapix.fs.gpfs.registration import journal, registry

from ...other_users import CAN_GIVE_AWAY


def handler():
    return None


def other():
    return 1


def files():
    return sorted(journal.folder().glob("*.json"))


@pytest.fixture
def cut_short(gpfs):
    """A callback that was deleted for a change, whose process was killed then; GPFS has none."""
    Cluster().callbacks.new("x", handler, "shutdown")
    leave_behind("x")
    del gpfs.callbacks["x"]
    assert len(files()) == 1


def leave_behind(*identifiers, batch=False, age=0.0):
    """Leave the file that a killed process leaves behind, about callbacks that are registered."""
    records = [registry.find(identifier) for identifier in identifiers]
    with journal.alone(), journal.kept(records, batch=batch) as kept:
        fields = json.loads(kept.path.read_text())
        kept.path.write_text(json.dumps(fields | {"time": time.time() - age}))


def ignoring(call, *positional, **keywords):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CallbackWarning)
        return call(*positional, **keywords)


@pytest.mark.parametrize(
    "again",
    [
        lambda: Cluster().callbacks.new("x", other, "mount"),
        lambda: Cluster().callbacks.new("x", other, "mount", replace=True),
        lambda: Callback("x", other, "mount").create(),
    ],
    ids=["new", "replace", "create"],
)
def test_what_was_installed_anew_and_deleted_with_success_does_not_come_back(gpfs, cut_short, again):
    ignoring(again)
    assert files() == []
    Cluster().callbacks.destroy("x")
    assert Cluster().callbacks.recover() == []
    assert gpfs.callbacks == {}


def test_what_a_batch_installed_anew_and_was_deleted_does_not_come_back(gpfs, cut_short):
    def fill():
        with Cluster().callbacks.batch() as batch:
            batch.new("x", other, "mount")
            batch.new("y", other, "mount")

    ignoring(fill)
    assert files() == []


def test_what_was_changed_with_success_since_retires_the_file(gpfs):
    callback = Cluster().callbacks.new("x", handler, "shutdown")
    leave_behind("x")
    with pytest.warns(CallbackWarning, match="'x' was cut short"):
        callback.add(event="startup")
    assert files() == []


def test_a_deletion_retires_the_file(gpfs):
    callback = Cluster().callbacks.new("x", handler, "shutdown")
    leave_behind("x")
    callback.delete()
    assert files() == []


def test_what_fails_retires_nothing(gpfs, cut_short):
    with pytest.raises(NotFound):
        ignoring(Cluster().callbacks.destroy, "x")
    gpfs.fails["mmaddcallback"] = ["no quorum"]
    with pytest.raises(GPFSExecuteException):
        ignoring(Cluster().callbacks.new, "x", other, "mount")
    assert len(files()) == 1
    assert Cluster().callbacks.recover() == ["x"]


def test_a_success_with_another_callback_retires_nothing(gpfs, cut_short):
    ignoring(Cluster().callbacks.new, "y", other, "mount")
    assert len(files()) == 1


def test_nothing_is_added_where_another_node_has_installed_it_in_any_form(gpfs, cut_short, script):
    gpfs.run(f"mmaddcallback x --command {script} --event mount")
    assert Cluster().callbacks.recover() == []
    assert gpfs.callbacks["x"]["command"] == script
    assert files() == []


def test_another_node_that_installs_it_at_the_same_time_is_no_failure(gpfs, cut_short, script):
    def act(words):
        if words[0] == "mmaddcallback":
            gpfs.callbacks["x"] = {"command": script, "event": "mount"}

    gpfs.before = act
    assert Cluster().callbacks.recover() == []
    assert files() == []


@pytest.mark.parametrize(
    ("age", "told"), [(7_200, "2 hours"), (3 * 86_400, "3 days"), (5_400, "90 minutes")], ids=str
)
def test_what_comes_back_after_a_long_time_is_said_to_be_that_old(gpfs, age, told):
    Cluster().callbacks.new("x", handler, "shutdown")
    leave_behind("x", age=age)
    del gpfs.callbacks["x"]
    with pytest.warns(
        CallbackWarning,
        match=rf"'x' is back as it was at [-\d]+T[\d:]+[+-]\d\d:\d\d, {told} ago, .*another node",
    ):
        assert Cluster().callbacks.recover() == ["x"]


@pytest.mark.parametrize(
    ("days", "keywords", "told", "way_out"),
    [
        (
            8,
            {},
            "8 days",
            "run arcapix-gpfs recover --definitions --max-age 10d if it is still wanted, otherwise remove .*json",
        ),
        (1, {"max_age": "12h"}, "24 hours", "run .* --max-age 3d if"),
        (1, {"max_age": 60}, "24 hours", "run .* --max-age 3d if"),
        (800, {"max_age": "365d"}, "800 days", "look at .*json, and remove it"),
    ],
)
def test_what_is_too_old_is_left_alone_and_named_with_the_way_out(gpfs, days, keywords, told, way_out):
    Cluster().callbacks.new("x", handler, "shutdown")
    leave_behind("x", age=days * 86_400 + 60)
    del gpfs.callbacks["x"]
    what = f"change of callback 'x', cut short {told} ago, is left alone: {way_out}"
    with pytest.warns(CallbackWarning, match=what):
        assert Cluster().callbacks.recover(**keywords) == []
    assert (len(files()), gpfs.callbacks) == (1, {})


@pytest.mark.parametrize(("days", "max_age"), [(6.9, "7d"), (8, "9d"), (8, 9 * 86_400), (-3, "7d")])
def test_what_is_not_too_old_comes_back(gpfs, days, max_age):
    Cluster().callbacks.new("x", handler, "shutdown")
    leave_behind("x", age=days * 86_400)
    del gpfs.callbacks["x"]
    assert ignoring(Cluster().callbacks.recover, max_age) == ["x"]
    assert files() == []


def test_what_came_before_something_that_is_left_alone_is_left_alone_too(gpfs):
    Cluster().callbacks.new("x", handler, "shutdown")
    leave_behind("x")
    leave_behind("x", age=30 * 86_400)  # the clock was wrong, but this is the later one
    del gpfs.callbacks["x"]
    assert ignoring(Cluster().callbacks.recover) == []
    assert (len(files()), gpfs.callbacks) == (2, {})


@pytest.mark.parametrize(
    ("age", "error", "message"),
    [
        ("soon", ValueError, "max_age='soon' is not a duration; give seconds, or text such as"),
        (0, ValueError, "max_age=0 is no time at all; .* leave it out for a week"),
        (
            "366d",
            ValueError,
            "max_age='366d' is no time of at most 365 days; give less, or leave it out for a week",
        ),
        (None, TypeError, "max_age is a number of seconds, or text such as '30s' or '5m', not NoneType"),
    ],
)
def test_an_age_that_is_none_is_refused(gpfs, cut_short, age, error, message):
    with pytest.raises(error, match=message):
        Cluster().callbacks.recover(age)
    assert len(files()) == 1


# Whose files they are


def give_away(path, monkeypatch):
    if CAN_GIVE_AWAY:
        os.chown(path, 4711, -1)
    elif os.geteuid() == 0:
        pytest.skip("the namespace of this root has no other user")
    else:
        monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)


@pytest.mark.parametrize(
    ("alter", "problem"),
    [
        (give_away, r"belongs to the user with number \d+; look at it, and remove it"),
        (lambda path, _: path.chmod(0o620), "may be written by others; look at it, .* chmod go-w .*json"),
        (lambda path, _: path.chmod(0o602), "may be written by others; look at it, .* chmod go-w .*json"),
        (lambda path, _: path.write_text('{"callback": 5}'), "cannot be read; look at it, and remove it"),
        (
            lambda path, _: path.write_text(
                json.dumps(json.loads(path.read_text()) | {"time": float("nan")})
            ),
            "cannot be read; look at it, and remove it",
        ),
    ],
    ids=["of another user", "open to a group", "open to all", "damaged", "of no time"],
)
def test_a_file_that_may_be_the_work_of_somebody_else_is_left_alone_and_named(
    gpfs, cut_short, monkeypatch, alter, problem
):
    [path] = files()
    alter(path, monkeypatch)
    with pytest.warns(CallbackWarning, match=f"the journal file {path} {problem}"):
        assert Cluster().callbacks.recover() == []
    assert gpfs.callbacks == {}
    with pytest.warns(CallbackWarning, match=f"the journal file {path} {problem}"):
        Cluster().callbacks.new("x", other, "mount")
    assert files() == [path]


def test_a_file_that_may_not_be_read_is_left_alone_and_named(gpfs, cut_short):
    if os.geteuid() == 0:
        pytest.skip("root may read every file")
    [path] = files()
    path.chmod(0)
    with pytest.warns(CallbackWarning, match=f"the journal file {path} cannot be read"):
        assert Cluster().callbacks.recover() == []


def become_link(path):
    path.rename(path.with_suffix(".elsewhere"))
    path.symlink_to(path.with_suffix(".elsewhere"))


def become_fifo(path):
    path.unlink()
    os.mkfifo(path)


def get_second_name(path):
    path.with_suffix(".elsewhere").hardlink_to(path)


@pytest.mark.parametrize(
    ("alter", "problem"),
    [
        (become_link, "is a link"),
        (become_fifo, "is no file"),
        (get_second_name, "has another name, too, by which others may reach it"),
    ],
)
def test_what_is_no_file_of_one_name_is_left_alone_and_named(gpfs, cut_short, alter, problem):
    [path] = files()
    alter(path)
    with pytest.warns(CallbackWarning, match=f"the journal file {path} {problem}; look at it, and remove it"):
        assert Cluster().callbacks.recover() == []
    assert gpfs.callbacks == {}


@pytest.mark.parametrize("above", [False, True], ids=["the folder", "the folder above"])
def test_nothing_comes_back_from_a_folder_that_others_may_write_to(gpfs, cut_short, above):
    [path] = files()
    folder = path.parent.parent if above else path.parent
    folder.chmod(0o777)
    problem = f"is not to be used, since others reach {folder}: others may write to it, .*; move it away"
    with pytest.warns(CallbackWarning, match=f"the journal file {path} {problem}"):
        assert Cluster().callbacks.recover() == []
    assert gpfs.callbacks == {}


def test_nothing_comes_back_from_a_folder_of_another_user(gpfs, cut_short):
    if not CAN_GIVE_AWAY:
        pytest.skip("only root can give a folder away")
    [path] = files()
    os.chown(path.parent, 65534, -1)
    with pytest.warns(CallbackWarning, match="since others reach .* belongs to the user with number 65534"):
        assert Cluster().callbacks.recover() == []


def rewrite(path, **values):
    fields = json.loads(path.read_text())
    callback = fields["callback"] | {
        name: value for name, value in values.items() if name in fields["callback"]
    }
    others = {name: value for name, value in values.items() if name not in callback}
    path.write_text(json.dumps(fields | {"callback": callback} | others))


def test_what_was_cut_short_in_another_cluster_does_not_come_back(gpfs, cut_short):
    [path] = files()
    rewrite(path, commands="/srv/other/bin")
    with pytest.warns(CallbackWarning, match=r"is about the cluster whose commands are in /srv/other/bin;"):
        assert Cluster().callbacks.recover() == []
    assert gpfs.callbacks == {}


@pytest.mark.parametrize(
    "values",
    [
        {"identifier": "--command"},
        {"identifier": "x,y"},
        {"identifier": "x y"},
        {"identifier": "x\n"},
        {"command": "/bin/sh -c reboot"},
        {"command": "sh"},
        {"command": "/bin/sh\x00"},
        {"events": ["mount", "--sync"]},
        {"events": ["mount,startup"]},
        {"nodes": ["-N"]},
        {"nodes": ["/etc/passwd"]},
        {"parms": ["a b"]},
        {"parms": ["a\nb"]},
        {"parms": [""]},
        {"priority": "--sync"},
        {"onerror": "continue --sync"},
    ],
    ids=str,
)
def test_no_value_of_a_file_becomes_anything_else_of_a_command(gpfs, cut_short, values):
    [path] = files()
    rewrite(path, **values)
    (field,) = values
    problem = f"names .* among its {field}, which an mm command would misread; look at it, and remove it"
    with pytest.warns(CallbackWarning, match=f"(?s)the journal file {path} {problem}"):
        assert Cluster().callbacks.recover() == []
    assert gpfs.callbacks == {}


@pytest.mark.parametrize(
    "values",
    [{"events": []}, {"events": "mount"}, {"sync": "yes"}, {"timeout": -1}, {"timeout": True}],
    ids=str,
)
def test_a_file_that_describes_no_callback_is_left_alone(gpfs, cut_short, values):
    [path] = files()
    rewrite(path, **values)
    with pytest.warns(CallbackWarning, match=f"the journal file {path} cannot be read"):
        assert Cluster().callbacks.recover() == []


def test_a_token_that_was_altered_does_not_come_back(gpfs, cut_short):
    [path] = files()
    token, *words = json.loads(path.read_text())["callback"]["parms"]
    rewrite(path, parms=[token[:-1] + ("A" if token[-1] != "A" else "B"), *words])
    with pytest.warns(CallbackWarning, match="cannot install 'x': the token was altered"):
        assert Cluster().callbacks.recover() == []
    assert gpfs.callbacks == {}


def test_a_script_comes_back_with_all_its_options(gpfs, script):
    def run(identifier):
        gpfs.run(
            f"mmaddcallback {identifier} --command {script} --event mount,unmount -N n1 --priority 2.5 --sync "
            "--timeout 5 --onerror continue --parms -f --parms %fsName"
        )
        return gpfs.callbacks[identifier]

    before = run("s")
    leave_behind("s")
    del gpfs.callbacks["s"]
    assert Cluster().callbacks.recover() == ["s"]
    assert gpfs.callbacks["s"] == before


def test_what_others_may_only_read_comes_back(gpfs, cut_short):
    files()[0].chmod(0o644)
    assert Cluster().callbacks.recover() == ["x"]


# Batches


@pytest.fixture
def half(gpfs):
    """A batch of three, of which two were installed when its process was killed."""
    for name in ("a", "b", "c"):
        Cluster().callbacks.new(name, handler, "shutdown")
    leave_behind("a", "b", "c", batch=True)
    del gpfs.callbacks["b"]


def test_a_part_of_a_batch_is_deleted(gpfs, half):
    with pytest.warns(CallbackWarning, match="batch was cut short .* was deleted: a, c"):
        assert Cluster().callbacks.recover() == []
    assert gpfs.callbacks == {}
    assert gpfs.names().count("mmdelcallback") == 1
    assert files() == []


def test_a_batch_that_is_all_there_stays(gpfs):
    for name in ("a", "b"):
        Cluster().callbacks.new(name, handler, "shutdown")
    leave_behind("a", "b", batch=True)
    assert Cluster().callbacks.recover() == []
    assert list(gpfs.callbacks) == ["a", "b"]
    assert files() == []


def test_what_of_a_batch_was_changed_since_stays(gpfs, half):
    ignoring(Cluster().callbacks["a"].add, event="mount")
    with pytest.warns(CallbackWarning, match=r"was deleted: c$"):
        Cluster().callbacks.recover()
    assert list(gpfs.callbacks) == ["a"]


def test_what_of_a_batch_another_node_has_changed_stays(gpfs, half):
    [path] = files()
    hidden = path.rename(path.with_suffix(".hidden"))
    Cluster().callbacks["a"].add(event="mount")
    hidden.rename(path)
    with pytest.warns(CallbackWarning, match=r"was deleted: c$"):
        Cluster().callbacks.recover()
    assert list(gpfs.callbacks) == ["a"]


def test_a_batch_that_cannot_be_undone_stays_in_its_file(gpfs, half):
    gpfs.fails["mmdelcallback"] = ["no quorum"]
    with pytest.raises(GPFSExecuteException, match="no quorum"):
        Cluster().callbacks.recover()
    assert len(files()) == 1
    assert ignoring(Cluster().callbacks.recover) == []
    assert gpfs.callbacks == {}


def test_a_batch_that_was_cut_short_is_reported_by_the_next_installation(gpfs, half):
    with pytest.warns(
        CallbackWarning,
        match=r"installation of a batch \('a', 'b', 'c'\) was cut short; .*: run arcapix-gpfs recover --def",
    ):
        Cluster().onStartup.new("other", handler)


# The lock


def test_without_a_folder_that_can_be_written_there_is_still_installing_and_deleting(
    gpfs, monkeypatch, tmp_path
):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ARCAPIX_GPFS_STATE", str(tmp_path / "file"))
    callback = Cluster().callbacks.new("x", handler, "shutdown")
    callback.delete()
    callback.create()
    with (
        pytest.warns(CallbackWarning, match="a part of the batch may stay"),
        Cluster().callbacks.batch() as batch,
    ):
        batch.new("y", handler, "mount")
    assert list(gpfs.callbacks) == ["x", "y"]


def test_a_folder_that_cannot_be_read_stops_recovery_alone(gpfs, monkeypatch):
    def refuse(path):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "scandir", refuse)
    Cluster().callbacks.new("x", handler, "shutdown").delete()
    with pytest.raises(GPFSError, match=r"the journal files in .* cannot be read: Permission denied"):
        Cluster().callbacks.recover()


LOCKED = """
import fcntl, sys
file = open(sys.argv[1], "w")
fcntl.flock(file, fcntl.LOCK_EX)
print("locked", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def locked_by_another(gpfs):
    """Another process at work on a change."""
    journal.folder().mkdir(parents=True)
    command = [sys.executable, "-c", LOCKED, str(journal.folder() / "lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"locked\n"
        yield process


@pytest.mark.parametrize(
    "act",
    [
        lambda: Cluster().callbacks.new("y", handler, "mount"),
        lambda: Cluster().callbacks.new("y", handler, "mount", replace=True),
        lambda: Cluster().callbacks["x"].add(event="mount"),
        lambda: Cluster().callbacks["x"].delete(),
        lambda: Cluster().callbacks.recover(),
        lambda: batch_of("y"),
    ],
    ids=["new", "replace", "add", "delete", "recover", "batch"],
)
def test_all_that_changes_callbacks_waits_for_what_this_node_is_changing(
    gpfs, script, locked_by_another, act
):
    gpfs.run(f"mmaddcallback x --command {script} --event shutdown")
    thread = threading.Thread(target=act, daemon=True)
    thread.start()
    thread.join(0.1)
    assert thread.is_alive()
    assert gpfs.changing == 0
    locked_by_another.stdin.close()
    thread.join(30)
    assert not thread.is_alive()


def batch_of(*names):
    with Cluster().callbacks.batch() as batch:
        for name in names:
            batch.new(name, handler, "mount")


def test_a_batch_within_another_change_waits_for_nothing(gpfs):
    callback = Cluster().callbacks.new("x", handler, "shutdown")
    done = []

    def act(words):
        if words[0] == "mmaddcallback" and not done:
            done.append(True)
            batch_of("a", "b")

    gpfs.before = act
    ignoring(callback.add, event="startup")
    assert sorted(gpfs.callbacks) == ["a", "b", "x"]


def test_a_command_that_outlived_its_program_is_waited_for_by_whoever_means_its_callback(gpfs, cut_short):
    [path] = files()
    with open(path) as survivor:
        fcntl.flock(survivor, fcntl.LOCK_EX)
        ignoring(Cluster().callbacks.new, "y", handler, "mount")
        thread = threading.Thread(target=ignoring, args=(Cluster().callbacks.new, "x", other, "mount"))
        thread.start()
        thread.join(0.2)
        assert thread.is_alive()
        assert list(gpfs.callbacks) == ["y"]
    thread.join(30)
    assert list(gpfs.callbacks) == ["y", "x"]
    assert files() == []


def test_a_command_that_outlived_its_program_and_never_ends_is_named(gpfs, cut_short, monkeypatch):
    monkeypatch.setattr(journal, "_SURVIVAL", 0.0)
    [path] = files()
    with open(path) as survivor:
        fcntl.flock(survivor, fcntl.LOCK_EX)
        with pytest.raises(GPFSError, match=rf"was killed still works on callback 'x', and holds {path}"):
            ignoring(Cluster().callbacks.new, "x", other, "mount")
    assert gpfs.callbacks == {}
