"""What ``list`` and ``show`` say of tokens: not signed, signed with another key, registered elsewhere."""

from __future__ import annotations

import json
import os
import time

import pytest
from click.testing import CliRunner

from arcapix.fs.gpfs import Cluster
from arcapix.fs.gpfs.administration import status
from arcapix.fs.gpfs.cli import main
from arcapix.fs.gpfs.deployment import cluster_key, installation
from arcapix.fs.gpfs.driver import token as tokens
from arcapix.fs.gpfs.registration import registry, sealing

from ...other_users import CAN_GIVE_AWAY


def handler():
    return None


def run(*words):
    done = CliRunner().invoke(main, words)
    return done.stdout


def marks():
    """What `list` has behind the functions, by identifier; empty without the column."""
    heading, *rows = run("list").splitlines()
    if "REMARKS" not in heading:
        return {}
    return {row.split()[0]: row[heading.index("REMARKS") :] for row in rows}


def remarks(identifier="x"):
    """What `show` says."""
    shown = [line for line in run("show", identifier).splitlines() if line.startswith("remark:")]
    said = [line.removeprefix("remark:").strip() for line in shown]
    assert json.loads(run("show", identifier, "--json"))["remarks"] == said
    return said


def signed():
    return {one["id"]: one["signed"] for one in json.loads(run("list", "--json"))}


@pytest.fixture
def keyed(gpfs):
    cluster_key.create()
    return gpfs


def test_without_a_key_nothing_is_said_of_keys(gpfs):
    Cluster().callbacks.new("x", handler, "shutdown", "n1")
    gpfs.callbacks.alter("x", event="mount", node="n2")
    assert marks() == {}
    assert remarks() == []
    assert signed() == {"x": None}


def test_of_what_is_as_it_was_signed_nothing_is_said(keyed, script):
    Cluster().callbacks.new("x", handler, "shutdown,startup", "n1")
    Cluster().callbacks.new("s", script, "shutdown")
    keyed.callbacks.alter("x", event="STARTUP,shutdown")
    assert marks() == {}
    assert remarks() == remarks("s") == []
    assert signed() == {"x": True, "s": None}


@pytest.mark.parametrize("place", [-1, -60, 20])
@pytest.mark.parametrize("key", ["none", "some", "unreadable"])
def test_an_unsigned_token_that_was_altered_at_the_same_length_is_marked(gpfs, place, key):
    Cluster().callbacks.new("x", handler, "shutdown")
    Cluster().callbacks.new("y", handler, "shutdown")
    token, *words = registry.get("x").parms
    place %= len(token)
    altered = token[:place] + ("1" if token[place] == "0" else "0") + token[place + 1 :]
    gpfs.callbacks.alter("x", parms=" ".join([altered, *words]))
    if key != "none":
        cluster_key.create()
    if key == "unreadable":
        cluster_key.path().chmod(0o666)
    assert marks() == {"x": "altered", "y": "not signed" if key == "some" else "-"}
    assert remarks() == ["its token was altered: the driver refuses it; install the callback again"]


def test_what_was_made_without_the_key_is_marked(gpfs):
    Cluster().callbacks.new("x", handler, "shutdown")
    cluster_key.create()
    Cluster().callbacks.new("y", handler, "shutdown")
    assert marks() == {"x": "not signed", "y": "-"}
    assert remarks() == ["its token was made without the cluster key: the driver refuses it"]
    assert signed() == {"x": False, "y": True}


def test_where_the_driver_requires_a_key_that_is_gone_what_was_made_without_one_is_marked(gpfs, tmp_path):
    Cluster().callbacks.new("x", handler, "shutdown")
    driver = tmp_path / "callbackdriver.py"
    driver.write_text(driver.read_text().replace("main(\n", "main(\n    key_required=True,\n"))
    assert marks() == {"x": "not signed"}
    assert remarks() == ["its token was made without a cluster key, which the driver requires"]
    assert status.Registrations.now().remarks == [("x", remarks()[0])]


def test_what_was_made_with_another_key_is_marked(keyed):
    Cluster().callbacks.new("x", handler, "shutdown")
    cluster_key.path().write_text("5" * 64)
    assert marks() == {"x": "other key"}
    assert remarks() == ["its token was altered, or made with another cluster key"]
    cluster_key.path().unlink()
    assert marks() == {"x": "no key here"}
    assert signed() == {"x": None}


def test_what_was_signed_with_a_key_that_ends_is_marked(keyed, monkeypatch):
    Cluster().callbacks.new("x", handler, "shutdown")
    cluster_key.path().write_text(f"{'5' * 64}\nold {cluster_key.read().decode()} until 4000000000\n")
    assert marks() == {"x": "old key"}
    with monkeypatch.context() as zone:
        zone.setenv("TZ", "CET-1")
        time.tzset()
        told = remarks()[0]
    time.tzset()
    assert "a key that ends at 2096-10-02T08:06:40+01:00; to sign it anew run: arcapix-gpfs" in told
    assert signed() == {"x": True}


def test_a_token_of_an_earlier_release_is_marked(keyed):
    Cluster().callbacks.new("x", handler, "shutdown")
    token, *words = registry.get("x").parms
    text, body = tokens.split(token)
    token = sealing.seal(text.replace("/ev=shutdown", ""), body, cluster_key.read())
    keyed.callbacks.alter("x", parms=" ".join([token, *words]))
    assert marks() == {"x": "no events"}


@pytest.mark.parametrize(
    ("entry", "mark", "text"),
    [
        ({"event": "mount"}, "other events", "GPFS has it for mount; its token was signed for shutdown"),
        (
            {"event": "shutdown,mount"},
            "other events",
            "GPFS has it for shutdown, mount; its token was signed for shutdown",
        ),
        ({"node": "n2"}, "other nodes", "GPFS has it on n2.localnet; its token was signed for n1"),
        (
            {"node": "n1,n2"},
            "other nodes",
            "GPFS has it on n1.localnet, n2.localnet; its token was signed for n1",
        ),
    ],
)
def test_where_it_was_moved_is_said(keyed, entry, mark, text):
    Cluster().callbacks.new("x", handler, "shutdown", "n1")
    assert marks() == {}
    keyed.callbacks.alter("x", **entry)
    assert marks() == {"x": mark}
    assert remarks() == [text]


def test_what_was_for_some_nodes_and_is_now_for_all_is_said(keyed):
    Cluster().callbacks.new("x", handler, "shutdown", "n1")
    entry = dict(keyed.callbacks["x"])
    del entry["node"]
    del keyed.callbacks["x"]
    keyed.callbacks["x"] = entry
    assert remarks() == ["GPFS has it on every node; its token was signed for n1"]


def test_what_was_for_all_nodes_and_is_now_for_one_is_said(keyed):
    Cluster().callbacks.new("x", handler, "shutdown")
    keyed.callbacks.alter("x", node="n2")
    assert remarks() == ["GPFS has it on n2.localnet; its token was signed for every node"]


def test_a_token_that_got_other_words_is_marked(keyed):
    Cluster().callbacks.new("x", handler, "shutdown")
    token = registry.get("x").parms[0]
    keyed.callbacks.alter("x", parms=f"{token} eventName=shutdown fsName=%fsName", event="mount")
    assert marks() == {"x": "other events, other words"}


def test_a_token_under_another_identifier_is_marked(keyed):
    Cluster().callbacks.new("x", handler, "shutdown")
    keyed.callbacks["y"] = dict(keyed.callbacks["x"])
    assert marks() == {"x": "-", "y": "other name"}
    assert remarks("y") == ["its token was signed as 'x'"]


def test_whoever_may_not_read_the_key_sees_the_rest(keyed):
    Cluster().callbacks.new("x", handler, "shutdown")
    cluster_key.path().chmod(0o644)
    keyed.callbacks.alter("x", event="mount")
    done = CliRunner().invoke(main, ["list"])
    assert done.stderr.startswith(
        "arcapix-gpfs: warning: which tokens are signed is not shown: the cluster key "
    )
    assert "other events" in done.stdout


def driver_at(folder, mode=0o755):
    """Another file that is called, and reads, like a driver."""
    folder.mkdir()
    path = folder / installation.STUB
    path.write_bytes(installation.driver_path().read_bytes())
    path.chmod(mode)
    return str(path)


def registered_with(gpfs, command):
    Cluster().callbacks.new("x", handler, "shutdown")
    gpfs.callbacks.alter("x", command=command)
    return Cluster().callbacks["x"]


def test_a_second_driver_on_this_node_is_one_of_ours(gpfs, tmp_path):
    command = driver_at(tmp_path / "other")
    assert registered_with(gpfs, command).kind == "callable"
    assert marks() == {}


@pytest.mark.parametrize("mode", [0o777, 0o757])
def test_a_driver_that_others_can_write_is_none(gpfs, tmp_path, mode):
    command = driver_at(tmp_path / "other", mode)
    assert registered_with(gpfs, command).kind == "script"
    assert marks() == {"x": "another driver"}
    assert remarks() == [f"{command} is no driver of this installation"]


def test_a_driver_of_another_user_is_none(gpfs, tmp_path):
    if not CAN_GIVE_AWAY:
        pytest.skip("only root can give files away")
    command = driver_at(tmp_path / "other")
    os.chown(command, 65534, -1)
    assert registered_with(gpfs, command).kind == "script"


@pytest.mark.parametrize("text", [None, "#!/bin/sh\nexit 0\n"])
def test_a_file_that_is_only_called_so_is_a_script_and_what_it_says_it_runs_is_not_believed(
    gpfs, tmp_path, text
):
    command = tmp_path / "elsewhere" / installation.STUB
    if text:
        command.parent.mkdir()
        command.write_text(text)
        command.chmod(0o755)
    assert registered_with(gpfs, str(command)).kind == "script"
    row = run("list").splitlines()[1]
    assert str(command) in row and "handler" not in row
    assert f"function:     {__name__}.handler" in run("show", "x")


def test_where_no_driver_is_installed_nobody_can_tell_others_from_it(gpfs, tmp_path, monkeypatch):
    callback = registered_with(gpfs, str(tmp_path / "elsewhere" / installation.STUB))
    monkeypatch.setenv("ARCAPIX_GPFS_DRIVER", str(tmp_path / "none"))
    assert callback.kind == "callable"
