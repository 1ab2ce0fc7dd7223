"""``arcapix-gpfs reconcile``: what it says, what it keeps, and what may go wrong."""

from __future__ import annotations

import errno
import json
import os
import random
import time
from pathlib import Path

import pytest

from arcapix.fs.gpfs import Cluster, Filesystem, Run
from arcapix.fs.gpfs.administration.reconciliation.memory import Known, Memory
from arcapix.fs.gpfs.cli.act import reconcile as command
from arcapix.fs.gpfs.deployment import installation
from arcapix.fs.gpfs.runs.pauses import Pauses


@pytest.fixture
def missing(node):
    """A node whose callbacks have missed an unmount."""
    node.install("mount, unmount")
    node.ran("mount", fsName="mmfs1")
    node.gpfs.run("mmumount mmfs1 -N n1")
    return node


def test_a_dry_run_tells_what_was_missed_and_changes_nothing(missing):
    told = "unmount of mmfs1: was not told to callback note"
    assert missing.reconcile("--dry-run") == (0, [told], [])
    assert missing.started == [] and not (missing.traces.state / "reconciled").exists()
    assert missing.reconcile() == (0, [f"{told}; run"], [])


@pytest.mark.parametrize(("options", "outcome"), [(["--dry-run"], None), ([], "run")])
def test_programs_read_what_was_missed_as_json(missing, options, outcome):
    status, said, _ = missing.reconcile("--json", *options)
    [found] = json.loads("".join(said))
    assert (status, found.pop("node")) == (0, installation.node_here())
    assert found == {"callback": "note", "event": "unmount", "about": "mmfs1", "outcome": outcome}


def test_programs_read_what_was_told_before_something_failed(missing, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Memory, "save", full)
    status, said, [error] = missing.reconcile("--json")
    assert (status, [each["outcome"] for each in json.loads("".join(said))]) == (1, ["run"])
    assert "No space left on device" in error


def test_programs_read_an_empty_array_where_nothing_was_missed(missing):
    missing.reconcile()
    assert missing.reconcile("--json") == (0, ["[]"], [])


def test_one_callback_can_be_told_alone(missing):
    missing.install("mount, unmount", "other")
    missing.ran("mount", callback="other", fsName="mmfs1")
    assert missing.reconcile("--callback", "other")[1] == [
        "unmount of mmfs1: was not told to callback other; run"
    ]
    assert missing.missed() == ["unmount of mmfs1"]


def test_callbacks_can_be_told_by_a_pattern(missing):
    missing.install("mount, unmount", "nobody")
    missing.install("mount", "notice", run=None)
    missing.ran("mount", callback="nobody", fsName="mmfs1")
    told = "unmount of mmfs1: was not told to callback {}; run"
    assert missing.reconcile("--callback", "no*", "--callback", "note")[1] == [
        told.format("note"),
        told.format("nobody"),
    ]
    status, _, (wrong,) = missing.reconcile("--callback", "noti*")
    assert (status, wrong[:69]) == (
        1, "arcapix-gpfs: callback 'notice' does not ask for what it has missed; "[:69]
    )  # fmt: skip
    assert missing.reconcile("--callback", "x*")[0] == 3


# A pause


@pytest.fixture
def pauses(missing):
    return Pauses(missing.traces.state)


@pytest.mark.parametrize("paused", ["note", "*"])
def test_a_paused_callback_is_told_after_the_pause_if_that_is_still_so(missing, pauses, paused):
    told = "unmount of mmfs1: was not told to callback note; paused"
    pauses.add([paused], None, "anna", "")
    for options in (["--dry-run"], [], []):
        assert missing.reconcile(*options) == (0, [told], [])
    assert missing.started == []
    pauses.remove([paused])
    assert missing.missed() == ["unmount of mmfs1"]
    assert missing.missed() == []


def test_what_is_as_before_when_the_pause_ends_is_not_told(missing, pauses):
    pauses.add(["note"], None, "anna", "")
    missing.reconcile()
    missing.gpfs.run("mmmount mmfs1 -N n1")
    pauses.remove(["note"])
    assert missing.missed() == []


def test_a_paused_callback_keeps_no_other_one_from_being_told(missing, pauses):
    missing.install("mount, unmount", "other")
    missing.ran("mount", callback="other", fsName="mmfs1")
    pauses.add(["note"], None, "anna", "")
    assert sorted(missing.reconcile()[1]) == [
        "unmount of mmfs1: was not told to callback note; paused",
        "unmount of mmfs1: was not told to callback other; run",
    ]


# A state folder that takes nothing


def refuse(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_on_a_full_disk_the_error_has_the_path(missing, monkeypatch):
    monkeypatch.setattr("os.fsync", refuse)
    status, said, (wrong,) = missing.reconcile()
    assert (status, said) == (1, ["unmount of mmfs1: was not told to callback note; run"])
    assert wrong == (
        f"arcapix-gpfs: what was found cannot be kept in {missing.traces.state}/reconciled: "
        "No space left on device; what was told now may be told again"
    )


def test_a_dry_run_opens_nothing_to_write(missing, monkeypatch):
    files = sorted(missing.traces.state.rglob("*"))
    opened = os.open

    def look(path, flags, *others, **options):
        if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            raise OSError(errno.EROFS, "Read-only file system", str(path))
        return opened(path, flags, *others, **options)

    monkeypatch.setattr("os.open", look)
    assert missing.reconcile("--dry-run") == (0, ["unmount of mmfs1: was not told to callback note"], [])
    assert sorted(missing.traces.state.rglob("*")) == files
    status, said, (wrong,) = missing.reconcile()
    assert (status, said) == (1, [])
    assert wrong == (
        f"arcapix-gpfs: {missing.traces.state}/reconcile.lock cannot be opened: "
        "Read-only file system; --dry-run needs no such file"
    )


# Errors


def test_a_callback_that_does_not_exist_or_does_not_ask_is_an_error(missing):
    assert missing.reconcile("--callback", "noet") == (
        3, [], ["arcapix-gpfs: no callback 'noet'; did you mean 'note'?"]
    )  # fmt: skip
    missing.install("mount", "plain", run=None)
    status, _, (wrong,) = missing.reconcile("--callback", "plain")
    assert (status, wrong) == (
        1,
        "arcapix-gpfs: callback 'plain' does not ask for what it has missed; "
        "ask for it: arcapix-gpfs change plain --reconcile",
    )


def test_an_event_that_cannot_be_told_is_told_the_next_time(missing):
    missing.problem = PermissionError(13, "Permission denied")
    told = "unmount of mmfs1: was not told to callback note"
    assert missing.reconcile() == (
        5, [], [f"arcapix-gpfs: {told}, and cannot be: [Errno 13] Permission denied"]
    )  # fmt: skip
    missing.problem = None
    assert missing.missed() == ["unmount of mmfs1"]


def test_a_callback_whose_driver_is_not_on_this_node_keeps_no_other_one_from_being_told(
    missing, tmp_path, monkeypatch
):
    there = tmp_path / "callbackdriver.py"
    elsewhere = there.rename(tmp_path / "elsewhere.py")
    (tmp_path / "other").mkdir()
    other = tmp_path / "other" / "callbackdriver.py"
    other.write_text(elsewhere.read_text())
    other.chmod(0o755)
    monkeypatch.setenv("ARCAPIX_GPFS_DRIVER", str(other))
    missing.install("mount, unmount", "other")
    missing.ran("mount", callback="other", fsName="mmfs1")
    status, said, (wrong,) = missing.reconcile()
    assert (status, said) == (5, ["unmount of mmfs1: was not told to callback other; run"])
    assert wrong.startswith("arcapix-gpfs: callback 'note' cannot be told: ") and str(there) in wrong


def test_a_file_system_that_cannot_be_asked_about_leaves_the_others(missing):
    missing.ran("unmount", fsName="mmfs2")
    missing.gpfs.answer("mmlsmount mmfs1", (1, "mmlsmount: Command failed."))
    status, said, (wrong, *_) = missing.reconcile()
    assert (status, said) == (5, ["mount of mmfs2: was not told to callback note; run"])
    assert wrong.startswith("arcapix-gpfs: what was missed about mmfs1 cannot all be told: mmlsmount exited")


def test_while_gpfs_is_down_only_the_daemon_is_looked_after(missing):
    missing.install("startup, shutdown, mount", "daemon")
    missing.reconcile()
    missing.gpfs.run("mmshutdown -N n1")
    missing.gpfs.calls.clear()
    down = "arcapix-gpfs: GPFS is down on n1.localnet: only startup and shutdown could be looked after"
    told = "shutdown of n1.localnet: was not told to callback daemon; run"
    assert missing.reconcile() == (5, [told], [down])
    assert missing.gpfs.count("mmlsmount") == 0


def test_a_daemon_that_is_neither_up_nor_down_is_no_news(missing):
    missing.install("startup, shutdown", "daemon")
    missing.reconcile()
    listed = missing.gpfs.run("mmgetstate -N n1 -Y")
    missing.gpfs.answer("mmgetstate -N", listed.replace(":active:", ":arbitrating:"))
    assert missing.reconcile()[:2] == (5, [])


def test_the_commands_do_not_grow_with_the_callbacks(node):
    node.install("mount, unmount, lowDiskSpace, nodeLeave")
    node.reconcile()
    node.gpfs.calls.clear()
    node.reconcile()
    few = node.gpfs.taken()
    for number in range(5):
        node.install("mount, unmount, lowDiskSpace, nodeLeave", f"other{number}")
    node.gpfs.calls.clear()
    node.reconcile()
    assert sorted(node.gpfs.taken()) == sorted(few)


# The wait


def test_it_waits_at_random_as_long_at_most_as_it_may(missing, monkeypatch):
    slept = []
    monkeypatch.setattr(command.time, "sleep", slept.append)
    monkeypatch.setattr(random, "uniform", lambda least, most: (least + most) / 2)
    assert missing.reconcile("--jitter", "1m", "--dry-run")[0] == 0
    assert slept[0] == 30


@pytest.mark.parametrize("jitter", ["soon", "-1", "0"])
def test_a_wait_that_cannot_be_read_is_an_error(missing, jitter):
    status, _, said = missing.reconcile("--jitter", jitter)
    assert status == 2 and f"--jitter='{jitter}'" in " ".join(said)
    assert missing.started == []


# What is remembered


def test_what_is_remembered_comes_back(tmp_path):
    path = tmp_path / "reconciled"
    memory = Memory(path)
    assert memory.get("note", "mount\tmmfs1") is None
    known = Known("mounted", time.time())
    memory.put("note", "mount\tmmfs1", known)
    memory.put("gone", "mount\tmmfs1", known)
    memory.put("note", "mount\tmmfs0", Known("mounted", time.time() - 366 * 86_400))
    memory.save({"note"})
    again = Memory(path)
    assert again.get("note", "mount\tmmfs1") == known
    assert again.get("gone", "mount\tmmfs1") is again.get("note", "mount\tmmfs0") is None
    assert path.stat().st_mode & 0o777 == 0o600 and [*tmp_path.iterdir()] == [path]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "7",
        '{"note": 7}',
        '{"note": {"mount": ["up"]}}',
        '{"note": {"mount": ["up", "x"]}}',
        "\xff",
    ],
)
def test_a_damaged_memory_knows_nothing_and_is_replaced(missing, text):
    (missing.traces.state / "reconciled").write_bytes(text.encode("latin-1"))
    assert missing.missed() == ["unmount of mmfs1"]
    held = json.loads((missing.traces.state / "reconciled").read_text())
    assert held["note"]["mount\tmmfs1"][0] == "unmounted"


def test_what_is_remembered_of_another_callback_stays(missing):
    missing.install("mount, unmount", "other", owner=Filesystem("mmfs2"))
    missing.reconcile()
    missing.reconcile("--callback", "note")
    held = json.loads((missing.traces.state / "reconciled").read_text())
    assert sorted(held) == ["note", "other"]
    Cluster().callbacks["other"].delete()
    missing.reconcile()
    assert sorted(json.loads((missing.traces.state / "reconciled").read_text())) == ["note"]


def test_without_a_callback_that_asks_nothing_was_missed(node):
    node.install("mount", run=Run(timeout=5))
    assert node.missed() == []


def test_what_a_killed_reconcile_was_about_to_remember_is_removed_by_the_next(tmp_path: Path):
    (tmp_path / "reconciled.0123abcd.new").write_text("{}")
    (tmp_path / "reconciled-by-hand.new").write_text("not ours")
    Memory(tmp_path / "reconciled").save([])
    assert {path.name for path in tmp_path.iterdir()} == {"reconciled", "reconciled-by-hand.new"}
