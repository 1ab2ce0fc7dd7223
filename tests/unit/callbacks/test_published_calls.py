"""The call shapes of the published documentation that concern callbacks, one test for each row of the table."""

from __future__ import annotations

import re

import pytest

from arcapix.fs.gpfs import (
    Callback,
    Callbacks,
    Cluster,
    Fileset,
    Filesystem,
    GPFSExecuteException,
    IndependentFileset,
    Node,
    Nodeclass,
    Pool,
)


def my_func():
    return None


def logger():
    return None


def email_alert(fsName):
    return fsName


def test_row_01_a_function_on_a_nodes_shutdown(gpfs):
    callback = Node("mynode").onShutdown.new(logger)
    assert re.fullmatch(r"logger_[0-9a-f]{12}", callback.id)
    [added] = [words for words in gpfs.calls if words[0] == "mmaddcallback"]
    assert added[added.index("--event") + 1] == "shutdown"
    assert added[added.index("-N") + 1] == "mynode"


def test_row_02_a_function_on_a_file_systems_quota(gpfs):
    callback = Filesystem("mmfs1").onSoftQuotaExceeded.new(email_alert)
    assert "-N" not in gpfs.calls[-1]
    assert callback.owner == Filesystem("mmfs1")
    assert "fsName=%fsName" in gpfs.callbacks[callback.id]["parms"].split()


def test_row_03_one_callback_for_two_events(gpfs):
    callback = Cluster().callbacks.new(my_func, ["shutdown", "startup"])
    assert gpfs.callbacks[callback.id]["event"] == "shutdown,startup"
    assert callback.events == ["shutdown", "startup"]


def test_row_04_add_an_event_to_what_new_returned(gpfs):
    callback = Cluster().onShutdown.new(logger)
    body = gpfs.callbacks[callback.id]["parms"].split("@")[2]
    assert isinstance(callback, Callback)
    assert callback.add(event="startup") is None
    assert callback.events == ["shutdown", "startup"]
    assert list(gpfs.callbacks) == [callback.id]
    assert gpfs.callbacks[callback.id]["event"] == "shutdown,startup"
    assert gpfs.callbacks[callback.id]["parms"].split("@")[2] == body


def test_row_05_iterating_gives_every_callback_as_an_object(gpfs, script):
    ids = [
        Cluster().onShutdown.new(logger).id,
        Filesystem("mmfs1").onMount.new("by-hand", email_alert).id,
        Cluster().callbacks.new(script, "startup").id,
    ]
    assert [callback.id for callback in Cluster().callbacks] == ids


def test_row_06_look_up_by_identifier_or_get_a_key_error(gpfs):
    Cluster().onShutdown.new("my_callback", logger)
    assert Cluster().callbacks["my_callback"].events == ["shutdown"]
    with pytest.raises(KeyError):
        Cluster().callbacks["another"]


def test_row_07_a_definition_with_a_variable_for_its_only_parameter(gpfs):
    def my_func(name):
        return name

    callback = Callback("shutdown-logger", my_func, "shutdown", parms=["eventName"])
    assert gpfs.calls == []
    callback.create()
    assert callback.binding == [("name", "%eventName")]


def test_row_08_a_variable_named_twice_is_used_once(gpfs):
    def logger(eventName):
        return eventName

    callback = Callback("shutdown-logger", logger, "shutdown", parms=["eventName"])
    callback.create()
    assert callback.binding == [("eventName", "%eventName")]


def test_row_09_a_literal_with_blanks_and_braces_beside_a_variable(gpfs):
    def logger(format_str, eventName):
        return format_str.format(eventName)

    callback = Callback("shutdown-logger", logger, "shutdown", parms=["A {0} event occurred"])
    callback.create()
    assert callback.binding == [("format_str", "literal"), ("eventName", "%eventName")]
    assert callback.parms == ["A {0} event occurred"]


def test_row_10_a_parameter_is_filled_by_its_name(gpfs):
    def logger(eventName):
        return eventName

    callback = Callback("shutdown-logger", logger, "shutdown")
    callback.create()
    assert callback.binding == [("eventName", "%eventName")]
    assert callback.parms == []


def test_row_11_and_12_what_gpfs_lists_for_a_function_on_a_node(gpfs):
    callback = Node("mynode").callbacks.new(logger, ["unmount"])
    listed = gpfs.callbacks[callback.id]
    assert listed["command"].endswith("/callbackdriver.py")
    assert listed["event"] == "unmount"
    assert listed["node"] == "mynode.localnet"
    token, word = listed["parms"].split()
    assert (token[:3], word) == ("A1.", "eventName=%eventName")
    assert not set(token) & set("%:'\", ")


def test_row_13_an_identifier_and_a_function_on_low_disk_space(gpfs):
    callback = Cluster().onLowDiskSpace.new("lowspace_email", email_alert)
    assert callback.id == "lowspace_email"
    assert callback.binding == [("fsName", "%fsName")]


def test_row_14_a_node_with_the_name_of_a_cluster_is_a_node(gpfs):
    def tweet(eventName, eventNode):
        return eventName, eventNode

    with pytest.raises(GPFSExecuteException, match="democluster"):
        Node("democluster").callbacks.new(tweet, ["shutdown", "startup"])


def test_row_15_a_script_is_registered_as_it_is(gpfs, script):
    callback = Cluster().callbacks.new(script, "shutdown")
    assert gpfs.callbacks[callback.id] == {"command": script, "event": "shutdown"}
    assert callback.kind == "script"


def test_row_16_parm_with_a_variable_for_any_parameter(gpfs):
    def logger(msg):
        return msg

    callback = Callback(command=logger, parm=["%eventNode"])
    callback.add(event="shutdown")
    callback.create()
    assert callback.binding == [("msg", "%eventNode")]


def test_row_17_a_definition_without_an_event(gpfs):
    callback = Callback(command=logger)
    assert callback.events == []
    assert re.fullmatch(r"logger_[0-9a-f]{12}", callback.id)
    with pytest.raises(ValueError, match="has no event"):
        callback.create()


def test_row_18_a_node_as_owner_and_as_keyword_are_the_same(gpfs):
    one = Cluster().callbacks.new(my_func, event="shutdown", node="n1")
    two = Node("n1").onShutdown.new(my_func)
    first, second = gpfs.callbacks[one.id], gpfs.callbacks[two.id]
    first_header, second_header = (
        re.sub(r"id=\w+|at=\w+", "", entry["parms"].split("@")[1]) for entry in (first, second)
    )
    assert first_header == second_header
    assert {**first, "parms": ""} == {**second, "parms": ""}
    assert one.owner == two.owner == Node("n1")


def test_row_19_every_kind_of_object_has_callbacks(gpfs):
    for owner in (
        Cluster(),
        Node("n1"),
        Nodeclass("gateways"),
        Filesystem("mmfs1"),
        Fileset("mmfs1", "projects"),
        Pool("system", "mmfs1"),
    ):
        assert isinstance(owner.callbacks, Callbacks)
        assert list(owner.callbacks) == []


def test_row_23_a_fileset_with_an_identifier_that_ends_in_its_name(gpfs):
    def increase(fsName, filesetName):
        return fsName, filesetName

    gpfs.run("mmcrfileset mmfs1 projects --inode-space new")
    fileset = IndependentFileset("mmfs1", "projects")
    identifier = "increase_max_inodes-" + fileset.name
    callback = fileset.onSoftQuotaExceeded.new(callbackId=identifier, command=increase)
    assert callback.id == "increase_max_inodes-projects"
    assert callback.owner == Fileset("mmfs1", "projects")
    words = gpfs.callbacks[callback.id]["parms"].split()[1:]
    assert words == ["eventName=%eventName", "fsName=%fsName", "filesetName=%filesetName"]
