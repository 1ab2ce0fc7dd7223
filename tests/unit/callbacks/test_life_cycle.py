from __future__ import annotations

import pickle
import warnings

import pytest

from arcapix.fs.gpfs import (
    AlreadyExists,
    BindingError,
    Callback,
    CallbackWarning,
    Cluster,
    Fileset,
    Filesystem,
    GPFSExecuteException,
    Literal,
    Node,
    Nodeclass,
    NotFound,
    Pool,
    UnsupportedEvent,
)
from arcapix.fs.gpfs.commands import CallbackRecord
from arcapix.fs.gpfs.driver import token as tokens


def handler():
    return None


def other():
    return 1


def with_parms(text, eventName):
    return text, eventName


# create


def test_a_definition_is_shown_as_not_installed_until_it_is_created(gpfs):
    callback = Callback("logger", handler, "shutdown")
    assert repr(callback) == "<Callback logger, not installed>"
    assert not callback.installed
    callback.create()
    assert repr(callback) == "<Callback logger>"
    assert callback.installed


def test_what_cannot_be_bound_is_refused_before_gpfs_is_asked(gpfs):
    with pytest.raises(BindingError, match="parameter 'limit' gets no value"):
        Callback("alert", lambda limit: limit, "shutdown").create()
    assert gpfs.calls == []


def test_an_identifier_that_is_taken_is_refused_and_nothing_changes(gpfs):
    Node("mynode").onShutdown.new("logger", handler)
    before = dict(gpfs.callbacks)
    with pytest.raises(
        AlreadyExists, match=r"callback 'logger' exists \(shutdown on mynode.localnet\); use replace=True"
    ):
        Cluster().onStartup.new("logger", other)
    assert gpfs.callbacks == before


def test_a_callback_can_be_created_again_after_it_was_deleted(gpfs):
    callback = Cluster().onShutdown.new(handler)
    callback.add(event="startup")
    callback.delete()
    assert gpfs.callbacks == {}
    callback.create()
    assert gpfs.callbacks[callback.id]["event"] == "shutdown,startup"


limit = 1


def limited():
    return limit


@pytest.mark.parametrize("looked_at", [False, True], ids=["as made", "refreshed"])
def test_what_was_made_here_is_captured_anew_when_it_is_created_again(gpfs, monkeypatch, looked_at):
    callback = Cluster().onShutdown.new("limited", limited)
    first = gpfs.callbacks["limited"]["parms"]
    monkeypatch.setitem(globals(), "limit", 2)
    if looked_at:
        callback.refresh()
    callback.delete()
    callback.create()
    again = gpfs.callbacks["limited"]["parms"]
    assert tokens.split(again.split()[0])[1] != tokens.split(first.split()[0])[1]


def test_a_command_that_was_stopped_after_its_work_has_installed_the_callback(gpfs):
    def stop(words):
        if words[0] == "mmaddcallback":
            raise GPFSExecuteException(words, None, "", "", note="no end within 300 s")

    gpfs.after = stop
    callback = Cluster().onShutdown.new("logger", handler)
    assert callback.installed


def test_a_command_that_was_stopped_before_its_work_has_failed(gpfs):
    def stop(words):
        if words[0] == "mmaddcallback":
            raise GPFSExecuteException(words, None, "", "", note="no end within 300 s")

    gpfs.before = stop
    with pytest.raises(GPFSExecuteException, match="mmaddcallback was stopped before it ended"):
        Cluster().onShutdown.new("logger", handler)
    assert gpfs.callbacks == {}


def test_name_is_another_word_for_id():
    assert Callback("logger", handler, "shutdown").name == "logger"


def test_a_listed_callback_that_was_deleted_can_be_created_again_as_it_was(gpfs):
    Cluster().onShutdown.new("logger", handler)
    before = dict(gpfs.callbacks["logger"])
    callback = Cluster().callbacks["logger"]
    callback.delete()
    callback.create()
    assert gpfs.callbacks["logger"] == before


def test_creating_what_is_installed_is_refused(gpfs):
    callback = Cluster().onShutdown.new(handler)
    with pytest.raises(AlreadyExists):
        callback.create()


def test_a_refusal_of_gpfs_is_raised_with_the_token_left_out(gpfs):
    gpfs.fails["mmaddcallback"] = ["not today"]
    with pytest.raises(GPFSExecuteException, match="not today") as caught:
        Cluster().onShutdown.new(handler)
    assert "<token, " in str(caught.value)
    assert "A1." not in str(caught.value)


# replace=True


def test_replacing_by_the_same_does_nothing(gpfs):
    Cluster().onShutdown.new("logger", with_parms, parms=["x"])
    gpfs.calls.clear()
    Cluster().onShutdown.new("logger", with_parms, parms=["x"], replace=True)
    assert gpfs.names() == ["mmlscallback"]


def test_replacing_by_another_function_deletes_and_adds(gpfs):
    Cluster().onShutdown.new("logger", handler)
    gpfs.calls.clear()
    callback = Cluster().onShutdown.new("logger", other, replace=True)
    assert gpfs.names() == ["mmlscallback", "mmdelcallback", "mmaddcallback", "mmlscallback"]
    assert callback.function.endswith("other")


@pytest.mark.parametrize(
    "changed",
    [
        {"parms": ["y"]},
        {"event": "startup"},
        {"node": "n1"},
        {"priority": 2},
        {"sync": True, "timeout": 5},
    ],
)
def test_replacing_by_other_options_deletes_and_adds(gpfs, changed):
    given = {"event": "shutdown", "parms": ["x"]}
    Cluster().callbacks.new("logger", with_parms, **given)
    gpfs.calls.clear()
    Cluster().callbacks.new("logger", with_parms, **{**given, **changed}, replace=True)
    assert gpfs.changing == 2


@pytest.mark.parametrize("replace", [True, False])
def test_a_script_is_never_replaced_by_create_nor_is_that_proposed(gpfs, script, replace):
    Cluster().callbacks.new("logger", script, "shutdown")
    with pytest.raises(AlreadyExists) as caught:
        Cluster().onShutdown.new("logger", handler, replace=replace)
    assert gpfs.callbacks["logger"]["command"] == script
    assert str(caught.value) == (
        "callback 'logger' exists (shutdown on every node); replace=True replaces a function by a function "
        "only: delete it first, or use another identifier"
    )


def test_a_function_is_not_replaced_by_a_script_nor_is_that_proposed(gpfs, script):
    Cluster().onShutdown.new("logger", handler)
    with pytest.raises(AlreadyExists, match="delete it first, or use another identifier"):
        Cluster().callbacks.new("logger", script, "shutdown", replace=True)


def test_replace_installs_what_is_not_there(gpfs):
    Cluster().onShutdown.new("logger", handler, replace=True)
    assert list(gpfs.callbacks) == ["logger"]


# add, remove, change


def test_what_is_present_or_absent_already_costs_no_command(gpfs):
    callback = Cluster().callbacks.new(handler, "shutdown,startup", node="n1,n2")
    gpfs.calls.clear()
    callback.add(event="SHUTDOWN", node="n1")
    callback.remove(event="mount", node="n3")
    assert not gpfs.changing
    assert "mmlscallback" not in gpfs.names()


def test_removing_an_event_keeps_the_others_in_order(gpfs):
    callback = Cluster().callbacks.new(handler, "shutdown,startup,mount")
    callback.remove("startup")
    assert callback.events == ["shutdown", "mount"]
    assert gpfs.callbacks[callback.id]["event"] == "shutdown,mount"


def test_the_last_event_cannot_be_removed(gpfs):
    callback = Cluster().callbacks.new(handler, "shutdown")
    with pytest.raises(ValueError, match=r"without an event; use delete\(\)"):
        callback.remove("shutdown")


def test_the_last_node_cannot_be_removed(gpfs):
    callback = Node("n1").onShutdown.new(handler)
    with pytest.raises(ValueError, match=r"change\(node=None\)"):
        callback.remove(node="n1.localnet")


def test_adding_a_node_to_what_runs_everywhere_is_refused(gpfs):
    callback = Cluster().callbacks.new(handler, "shutdown")
    with pytest.raises(ValueError, match="would narrow it"):
        callback.add(node="n1")


def test_nodes_can_be_added_and_removed_by_any_of_their_names(gpfs):
    callback = Node("n1").onShutdown.new(handler)
    callback.add(node=Node("n2"))
    assert gpfs.callbacks[callback.id]["node"] == "n1.localnet,n2.localnet"
    callback.remove(node="10.0.0.1")
    assert gpfs.callbacks[callback.id]["node"] == "n2.localnet"


def test_a_change_made_elsewhere_survives(gpfs):
    callback = Cluster().callbacks.new("logger", handler, "shutdown")
    Cluster().callbacks["logger"].add(event="mount")
    callback.add(event="startup")
    assert gpfs.callbacks["logger"]["event"] == "shutdown,mount,startup"
    assert callback.events == ["shutdown", "mount", "startup"]


def test_adding_an_event_that_the_owner_does_not_support_is_refused(gpfs):
    callback = Filesystem("mmfs1").onMount.new(handler)
    gpfs.calls.clear()
    with pytest.raises(UnsupportedEvent, match="it is about a node"):
        callback.add(event="shutdown")
    assert gpfs.calls == []


def test_change_sets_and_none_unsets(gpfs):
    callback = Cluster().callbacks.new(handler, "shutdown", node="n1")
    callback.change(priority=1.5, sync=True, timeout=30, onerror="continue", event="startup")
    assert gpfs.callbacks[callback.id] | {"parms": ""} == {
        "command": callback.command,
        "event": "startup",
        "node": "n1.localnet",
        "parms": "",
        "priority": "1.5",
        "sync": "true",
        "timeout": "30",
        "onerror": "continue",
    }
    assert (callback.priority, callback.sync, callback.timeout, callback.onerror) == (
        1.5,
        True,
        30,
        "continue",
    )
    callback.change(priority=None, sync=None, timeout=None, onerror=None, node=None)
    assert set(gpfs.callbacks[callback.id]) == {"command", "event", "parms"}
    assert (callback.priority, callback.sync, callback.nodes) == (None, False, [])


def test_change_cannot_change_the_identifier(gpfs):
    callback = Cluster().onShutdown.new(handler)
    with pytest.raises(TypeError, match="cannot change the identifier"):
        callback.change(callbackId="x")


def test_change_names_the_nearest_keyword(gpfs):
    callback = Cluster().onShutdown.new(handler)
    with pytest.raises(TypeError, match="did you mean 'event'"):
        callback.change(events=["startup"])
    with pytest.raises(TypeError, match="given nothing"):
        callback.change()
    with pytest.raises(ValueError, match=r"use delete\(\)"):
        callback.change(event=None)


def test_change_to_what_it_is_costs_no_changing_command(gpfs):
    callback = Cluster().callbacks.new(handler, "shutdown", node="n1", priority=2)
    gpfs.calls.clear()
    callback.change(event="shutdown", node="n1", priority=2)
    assert not gpfs.changing


def test_the_parms_of_a_callable_go_with_its_command(gpfs):
    callback = Cluster().onShutdown.new(with_parms, parms=["x"])
    for call in (callback.change, callback.add, callback.remove):
        with pytest.raises(TypeError, match="part of its function"):
            call(parms=["y"])
    with pytest.raises(TypeError, match="needs parms= too"):
        callback.change(command=with_parms)
    callback.change(command=with_parms, parms=["y"])
    assert callback.parms == ["y"]
    callback.change(command=handler, parms=[])
    assert (callback.parms, callback.function) == ([], f"{__name__}.handler")


def test_a_command_without_parms_is_changed_alone(gpfs):
    callback = Filesystem("mmfs1").onMount.new("x", handler)
    callback.change(command=other)
    assert callback.function.endswith("other")
    assert callback.owner == Filesystem("mmfs1")


def test_on_a_definition_changes_are_only_made_there(gpfs):
    callback = Callback("x", with_parms, parms=["a"])
    callback.add(event="shutdown,startup")
    callback.remove(event="startup")
    callback.add(parms=["b"])
    callback.change(node="n1", priority=2, parms=["c"])
    assert gpfs.calls == []
    assert (callback.events, callback.node, callback.priority, callback.parms) == (
        ["shutdown"],
        "n1",
        2,
        ["c"],
    )


def test_adding_nothing_is_refused(gpfs):
    with pytest.raises(TypeError, match="given nothing"):
        Callback("x", handler).add()


# delete, refresh, installed


def test_deleting_what_is_gone_is_not_found(gpfs):
    callback = Cluster().onShutdown.new("logger", handler)
    gpfs.callbacks["loger"] = gpfs.callbacks.pop("logger")
    with pytest.raises(NotFound, match="no callback 'logger'; did you mean 'loger'"):
        callback.delete()


def test_a_failing_delete_of_what_is_there_is_raised(gpfs):
    callback = Cluster().onShutdown.new("logger", handler)
    gpfs.fails["mmdelcallback"] = ["not today"]
    with pytest.raises(GPFSExecuteException, match="not today"):
        callback.delete()
    assert callback.installed


def test_a_failing_delete_is_raised_itself_where_the_listing_after_it_fails_too(gpfs):
    callback = Cluster().callbacks.new(handler, "shutdown")
    gpfs.fails["mmdelcallback"] = ["the daemon is down"]
    gpfs.fails["mmlscallback"] = ["it is down here as well"] * 2
    with pytest.raises(GPFSExecuteException, match="mmdelcallback exited with status 1: the daemon is down"):
        callback.delete()


def test_refresh_reads_again_and_says_when_it_is_gone(gpfs):
    callback = Cluster().onShutdown.new("logger", handler)
    gpfs.callbacks.alter("logger", event="startup")
    callback.refresh()
    assert callback.events == ["startup"]
    gpfs.callbacks.clear()
    with pytest.raises(NotFound):
        callback.refresh()


@pytest.mark.parametrize("damage", [lambda words: words.replace("@", "@x", 1), lambda words: words[:90]])
def test_a_token_that_was_altered_or_cut_counts_as_not_installed(gpfs, damage):
    callback = Cluster().onShutdown.new("logger", handler)
    gpfs.callbacks.alter("logger", parms=damage(gpfs.callbacks["logger"]["parms"]))
    with pytest.warns(CallbackWarning, match="counts as not installed"):
        assert not callback.installed


def test_a_listed_token_with_a_wrong_digest_counts_as_not_installed(gpfs):
    Cluster().onShutdown.new("logger", handler)
    words = gpfs.callbacks["logger"]["parms"]
    gpfs.callbacks.alter("logger", parms=words.replace("by=", "bz="))
    callback = Cluster().callbacks["logger"]
    with pytest.warns(CallbackWarning, match="altered"):
        assert not callback.installed


# what it says of itself


@pytest.mark.parametrize(
    ("owner", "event"),
    [
        (Filesystem("mmfs1"), "mount"),
        (Fileset("mmfs1", "a b:c%d"), "snapshotCreated"),
        (Pool("system", "mmfs1"), "lowDiskSpace"),
        (Cluster(), "shutdown"),
    ],
)
@pytest.mark.filterwarnings("ignore:.*will not run as long as there is no fileset")
def test_the_owner_is_known_from_the_listing_alone(gpfs, owner, event):
    owner.callbacks.new("x", handler, event)
    assert Cluster().callbacks["x"].owner == owner


def test_one_node_or_class_is_the_owner_of_what_has_no_other(gpfs):
    Node("n1").onShutdown.new("a", handler)
    Nodeclass("gateways").onShutdown.new("b", handler)
    Cluster().callbacks.new("c", handler, "shutdown", ["n1", "n2"])
    owners = [callback.owner for callback in Cluster().callbacks]
    assert owners == [Node("n1"), Nodeclass("gateways"), Cluster()]


def test_localhost_becomes_the_real_name_of_the_node(gpfs):
    callback = Node("localhost").onShutdown.new(handler)
    assert callback.nodes == ["n1.localnet"]
    assert Cluster().callbacks.new(handler, "shutdown", "localhost").nodes == ["n1.localnet"]


def test_a_token_says_what_people_want_to_know(gpfs):
    callback = Cluster().onShutdown.new("x", with_parms, parms=[Literal({"k": 1})])
    listed = Cluster().callbacks["x"]
    for one in (callback, listed):
        assert one.kind == "callable"
        assert one.form == "source"
        assert one.function == f"{__name__}.with_parms"
        assert one.parms == ["{'k': 1}"]
        assert one.binding == [("text", "literal"), ("eventName", "%eventName")]
        assert one.installed_by
        assert one.installed_at.endswith("Z")
        assert one.python == "3.11"
        assert one.run is None


def test_the_binding_of_a_definition_can_be_asked_for(gpfs):
    assert Callback("x", with_parms, parms=["a"]).binding == [
        ("text", "literal"),
        ("eventName", "%eventName"),
    ]
    with pytest.raises(BindingError):
        assert Callback("x", with_parms).binding


def test_callbacks_are_equal_by_their_identifiers(gpfs):
    one, two = Callback("x", handler, "shutdown"), Callback("x", other, "startup")
    assert one == two
    assert hash(one) == hash(two)
    assert one != Callback("y", handler, "shutdown")
    assert one != "x"


def test_an_installed_callback_is_pickled_by_its_name(gpfs):
    Cluster().onShutdown.new("logger", handler)
    pickled = pickle.dumps(Cluster().callbacks["logger"])
    gpfs.calls.clear()
    callback = pickle.loads(pickled)
    assert gpfs.calls == []
    assert (callback.id, repr(callback)) == ("logger", "<Callback logger>")
    assert callback.events == ["shutdown"]


def test_a_definition_cannot_be_pickled(gpfs):
    with pytest.raises(TypeError, match="not installed"):
        pickle.dumps(Callback("logger", handler, "shutdown"))


def test_a_record_with_a_priority_that_is_no_number_is_shown_as_it_is():
    callback = Callback._listed(CallbackRecord("x", "/opt/x", ("shutdown",), priority="high"))
    assert callback.priority == "high"


@pytest.mark.parametrize("token", ["A1.99@cut", "A1.", "nothing", "A1.26@id=x/fn=f@body@d00ff"])
def test_a_callback_whose_token_cannot_be_read_can_be_deleted(gpfs, token):
    gpfs.callbacks["x"] = {"command": "/opt/callbackdriver.py", "event": "mount", "parms": token}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CallbackWarning)
        Cluster().callbacks["x"].delete()
    assert gpfs.callbacks == {}
