from __future__ import annotations

import datetime
import functools
import os

import pytest

from arcapix.fs.gpfs import (
    CallbackWarning,
    Cluster,
    Fileset,
    Filesystem,
    GPFSError,
    Nodeclass,
    PayloadTooLarge,
)
from arcapix.fs.gpfs.binding.callables import qualified_name
from arcapix.fs.gpfs.deployment import cluster_key
from arcapix.fs.gpfs.driver import token as tokens
from arcapix.fs.gpfs.registration import header, registry, sealing


def logger():
    with open("/var/log/gpfs/events/shutdown.log", "a") as log:
        log.write(f"{datetime.datetime.today()}: GPFS has shutdown.\n")


def everything(eventName, eventNode, fsName, diskName, snapshotName, userName, text="x"):
    return eventName, eventNode, fsName, diskName, snapshotName, userName, text


def fields_of(identifier):
    return tokens.fields(tokens.check(registry.get(identifier).parms[0])[0])


def test_the_token_of_the_guides_logger_is_small(gpfs):
    callback = Cluster().onShutdown.new(logger)
    assert len(gpfs.callbacks[callback.id]["parms"].split()[0]) <= 420


def test_it_is_small_with_a_key_too(gpfs):
    cluster_key.create()
    callback = Cluster().onShutdown.new(logger)
    assert len(gpfs.callbacks[callback.id]["parms"].split()[0]) <= 420


def test_what_is_empty_is_left_out(gpfs):
    Cluster().onShutdown.new("x", logger)
    assert list(fields_of("x")) == ["id", "fn", "by", "at", "py"] + (["mk"] if "mk" in fields_of("x") else [])


@pytest.mark.filterwarnings("ignore:.*will not run as long as there is no fileset")
def test_fields_stand_in_their_order(gpfs):
    with pytest.warns(CallbackWarning, match="has no value at event"):
        Fileset("mmfs1", "a.b c").callbacks.new(
            "x",
            everything,
            "snapshotCreated",
            "n1",
            ["é%"],
            priority=1.5,
            sync=True,
            timeout=3,
            onerror="continue",
        )
    found = fields_of("x")
    found.pop("mk", None)
    assert list(found) == ["id", "fn", "by", "at", "py", "ow", "vs", "bd", "pm", "nd", "pr", "sy", "to", "oe"]
    read = header.read(registry.get("x"))
    assert read.owner == ("fileset", "mmfs1", "a.b c")
    assert read.parms == ("é%",)
    assert (read.priority, read.sync, read.timeout, read.onerror) == ("1.5", True, 3, "continue")
    assert read.nodes == ("n1",)
    assert read.function == f"{__name__}.everything"
    assert datetime.datetime.strptime(read.installed_at, "%Y%m%dT%H%M%SZ")


def test_what_gpfs_makes_comes_before_what_users_choose(gpfs):
    with pytest.warns(CallbackWarning):
        Fileset("mmfs1", "f").onSnapshotCreated.new("x", everything)
    words = registry.get("x").parms[1:]
    names = [word.partition("=")[0] for word in words]
    assert names[0] == "eventName"
    assert set(names) >= {"fsName", "filesetName", "userName"}
    assert max(names.index(name) for name in ("fsName", "eventNode")) < min(
        names.index(name) for name in ("filesetName", "userName", "snapshotName")
    )
    assert words[0] == "eventName=%eventName"


def test_a_qualified_variable_is_passed_under_its_whole_name(gpfs):
    Cluster().onShutdown.new("x", print, parms=["eventNode.shortName"])
    assert registry.get("x").parms[1:] == ("eventName=%eventName", "eventNode.shortName=%eventNode.shortName")


def test_variables_can_be_sent_as_two_words(gpfs, monkeypatch):
    monkeypatch.setattr(header, "words_apart", True)
    Filesystem("mmfs1").onMount.new("x", logger)
    assert registry.get("x").parms[1:] == ("eventName=", "%eventName", "fsName=", "%fsName")


def test_the_user_behind_sudo_is_named(gpfs, monkeypatch):
    monkeypatch.setattr("os.getuid", lambda: 0)
    monkeypatch.setenv("SUDO_USER", "alice")
    assert Cluster().onShutdown.new(logger).installed_by == "alice"
    monkeypatch.delenv("SUDO_USER")
    assert Cluster().onShutdown.new(logger).installed_by == "root"


def test_the_name_of_a_function_is_that_of_what_is_inside():
    class Reporter:
        def method(self):
            return None

        def __call__(self):
            return None

    name = f"{__name__}.test_the_name_of_a_function_is_that_of_what_is_inside.<locals>.Reporter"
    assert qualified_name(Reporter().method) == f"{name}.method"
    assert qualified_name(Reporter()) == name
    assert qualified_name(functools.partial(functools.partial(logger))) == f"{__name__}.logger"
    assert qualified_name(print) == "builtins.print"


def test_a_field_of_a_later_version_survives_a_change(gpfs):
    token = sealing.seal("id=x/fn=m.f/py=3.11/zz=new+20thing/pr=1", "body")
    gpfs.callbacks["x"] = {
        "command": "/opt/callbackdriver.py",
        "event": "mount",
        "parms": f"{token} eventName=%eventName",
    }
    callback = Cluster().callbacks["x"]
    [there] = registry.listed()
    callback.change(priority=None, node="n1")
    assert gpfs.callbacks["x"]["parms"].split()[0] == sealing.seal(
        f"id=x/fn=m.f/py=3.11/zz=new+20thing/nd=n1/rp={header.mark(there)}", "body"
    )
    assert gpfs.callbacks["x"]["node"] == "n1.localnet"


def test_a_class_stays_a_class_when_something_else_changes(gpfs):
    callback = Nodeclass("gateways").onShutdown.new("x", logger)
    gpfs.switch(list_node_form="long")
    assert gpfs.callbacks["x"]["node"] == "n1.localnet,n2.localnet"
    callback.add(event="startup")
    gpfs.switch(list_node_form="class")
    assert gpfs.callbacks["x"]["node"] == "gateways"


def test_a_token_above_the_limit_names_what_is_large(gpfs):
    import random

    table = "".join(random.Random(1).choices("0123456789abcdefghijklmnopqrstuvwxyz", k=200_000))

    def report():
        return table

    with pytest.raises(PayloadTooLarge, match="the largest captured values are") as caught:
        Cluster().onShutdown.new("x", report)
    assert caught.value.size > caught.value.limit == 65_536
    assert gpfs.calls == []


def test_without_a_driver_nothing_is_installed(gpfs, monkeypatch, tmp_path):
    monkeypatch.setenv("ARCAPIX_GPFS_DRIVER", str(tmp_path / "none"))
    with pytest.raises(GPFSError, match="arcapix-gpfs driver install"):
        Cluster().onShutdown.new("x", logger)
    assert gpfs.calls == []


def test_the_captured_text_can_be_shown_without_running_it(gpfs):
    callback = Cluster().onShutdown.new("x", logger)
    body, form = callback.captured_text()
    assert form == callback.form == "source"
    assert b"GPFS has shutdown" in tokens.unpack(body)
    assert Cluster().callbacks["x"].captured_text() == (body, form)


def test_one_new_process_rebuilds_what_one_call_installs(gpfs, roomy):
    Cluster().onShutdown.new(logger)
    assert gpfs.checks == 1
    with Cluster().onShutdown.batch() as batch:
        for _ in range(3):
            batch.new(logger)
    assert gpfs.checks == 2
    assert gpfs.names() == ["mmaddcallback"] * 2


def test_a_text_that_is_not_what_runs_is_sent_as_bytecode(gpfs, tmp_path):
    path = tmp_path / "changing.py"
    path.write_text("def report():\n    return 1\n")
    scope = {"__name__": "changing"}
    exec(compile(path.read_text(), str(path), "exec"), scope)
    path.write_text("def report():\n    return 2\n")
    with pytest.warns(CallbackWarning, match="bytecode"):
        callback = Cluster().onShutdown.new(scope["report"])
    assert callback.form == "bytecode"
    assert fields_of(callback.id)["fm"] == "b"


def test_an_installer_without_a_name_is_a_number(gpfs, monkeypatch):
    """In a container, or where the directory service is down."""
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000_000)
    assert Cluster().callbacks.new("x", logger, "mount").installed_by == "4000000000"
