from __future__ import annotations

import functools
from pathlib import Path

import pytest

from arcapix.fs.gpfs import Callback, CallbackWarning, Cluster, Fileset, Filesystem, Node, Nodeclass
from arcapix.fs.gpfs.registration.arguments import arrange


def handler():
    return None


def test_a_callable_in_the_first_place_means_that_the_identifier_was_left_out():
    assert arrange("new", (handler, "shutdown", "n1"), {}) == {
        "command": handler,
        "event": "shutdown",
        "node": "n1",
    }


def test_a_text_that_begins_with_a_slash_is_the_command():
    assert arrange("new", ("/opt/x", "shutdown"), {}) == {"command": "/opt/x", "event": "shutdown"}


def test_a_path_object_is_the_command():
    assert arrange("new", (Path("/opt/x"), "shutdown"), {})["command"] == Path("/opt/x")


def test_another_text_in_the_first_place_is_the_identifier():
    assert arrange("new", ("logger", handler, "shutdown"), {})["callbackId"] == "logger"


def test_none_in_the_first_place_is_an_identifier_to_be_made():
    callback = Callback(None, handler, "shutdown")
    assert callback.id.startswith("handler_")


def test_every_position_may_be_given_by_keyword():
    callback = Callback(callbackId="x", command=handler, event="shutdown", node="n1", parms=None)
    assert (callback.id, callback.events, callback.nodes) == ("x", ["shutdown"], ["n1"])


def test_a_value_by_position_and_by_keyword_is_refused():
    with pytest.raises(TypeError, match="event by position and by keyword"):
        Callback("x", handler, "shutdown", event="startup")


def test_too_many_positional_arguments_are_refused():
    with pytest.raises(TypeError, match="positional arguments"):
        Callback(handler, "shutdown", "n1", [], "more")


def test_no_command_at_all_is_refused():
    with pytest.raises(TypeError, match="needs a command"):
        Callback("x")


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("events", "event"), ("id", "callbackId"), ("async", "sync"), ("prority", "priority")],
)
def test_an_unknown_keyword_names_the_nearest_one(wrong, right):
    with pytest.raises(TypeError, match=f"did you mean '{right}'"):
        Callback(handler, **{wrong: "x"})


def test_parm_is_another_name_for_parms_but_not_beside_it():
    assert Callback(command=handler, parm=["%eventNode"]).parms == ["%eventNode"]
    with pytest.raises(TypeError, match="parms and parm"):
        Callback(command=handler, parm=["x"], parms=["y"])


def test_parms_may_be_one_text_a_generator_or_a_mapping():
    assert Callback(handler, parms="x y").parms == ["x y"]
    assert Callback(handler, parms=(word for word in ("a", "%fsName"))).parms == ["a", "%fsName"]
    assert Callback(handler, parms={"x": 5}).parms == ["5"]
    with pytest.raises(TypeError, match="put it in a list"):
        Callback(handler, parms=5)


def test_a_relative_path_is_refused():
    with pytest.raises(ValueError, match="not an absolute path"):
        Callback("x", "opt/alert.sh", "shutdown")


def test_a_path_with_a_blank_is_refused():
    with pytest.raises(ValueError, match="white space"):
        Callback("/opt/my alert.sh", "shutdown")


def test_a_command_of_another_kind_is_refused():
    with pytest.raises(TypeError, match="not int"):
        Callback("x", 5, "shutdown")


def test_a_partial_and_a_bound_method_are_commands():
    assert Callback(functools.partial(handler), "shutdown").function.endswith("handler")
    assert Callback([].append, "shutdown").id.startswith("append_")


def test_events_may_be_a_comma_list_in_any_case_and_duplicates_collapse():
    callback = Callback(handler, "SHUTDOWN, startup,shutdown")
    assert callback.events == ["shutdown", "startup"]


def test_the_events_are_a_fresh_list_each_time():
    callback = Callback(handler, "shutdown")
    callback.events.append("x")
    assert callback.events == ["shutdown"]


def test_a_star_is_no_event():
    with pytest.raises(ValueError, match="no word for all"):
        Callback(handler, "*")


@pytest.mark.parametrize("event", ["", [], "shut down", "shutdown,,startup", "-x"])
def test_what_can_be_no_event_is_refused(event):
    with pytest.raises(ValueError, match="event"):
        Callback(handler, event)


def test_an_event_that_is_no_text_is_refused():
    with pytest.raises(TypeError, match="named by a str"):
        Callback(handler, [5])


def test_an_unknown_event_warns_with_the_nearest_name():
    with pytest.warns(CallbackWarning, match="no event 'shutdwn'; did you mean 'shutdown'"):
        callback = Callback(handler, "shutdwn")
    assert callback.events == ["shutdwn"]


def test_a_warning_points_at_the_line_of_the_caller():
    with pytest.warns(CallbackWarning) as caught:
        Callback(handler, "shutdwn")
    assert caught[0].filename == __file__


def test_nodes_may_be_objects_names_and_comma_lists():
    callback = Callback(handler, "shutdown", [Node("n1"), "n2, n3", Nodeclass("gateways"), "n1"])
    assert callback.nodes == ["n1", "n2", "n3", "gateways"]
    assert callback.node == "n1,n2,n3,gateways"
    assert Callback(handler, "shutdown", Node("n1")).nodes == ["n1"]
    assert Callback(handler, "shutdown").node is None


def test_a_node_file_is_refused():
    with pytest.raises(ValueError, match="file of nodes"):
        Callback(handler, "shutdown", "/etc/nodes")


@pytest.mark.parametrize("node", ["", [], "-N", "a b"])
def test_what_can_be_no_node_is_refused(node):
    with pytest.raises(ValueError, match="node"):
        Callback(handler, "shutdown", node)


@pytest.mark.parametrize("node", [5, [None], Filesystem("mmfs1"), Cluster()])
def test_what_names_no_node_is_refused(node):
    with pytest.raises(TypeError, match="node="):
        Callback(handler, "shutdown", node=node)


@pytest.mark.parametrize("priority", [True, "5", None.__class__])
def test_a_priority_is_a_number(priority):
    with pytest.raises(TypeError, match="priority"):
        Callback(handler, "shutdown", priority=priority)


@pytest.mark.parametrize("priority", [float("nan"), float("inf")])
def test_a_priority_is_finite(priority):
    with pytest.raises(ValueError, match="finite"):
        Callback(handler, "shutdown", priority=priority)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"sync": True}, "needs timeout="),
        ({"timeout": 5}, "only with sync=True"),
        ({"onerror": "continue"}, "only with sync=True"),
        ({"sync": True, "timeout": 0}, "above 0"),
        ({"sync": True, "timeout": 5, "onerror": "a b"}, "not one word"),
    ],
)
def test_options_that_contradict_each_other_are_refused(options, reason):
    with pytest.raises(ValueError, match=reason):
        Callback(handler, "shutdown", **options)


@pytest.mark.parametrize(
    "options", [{"sync": "yes"}, {"sync": True, "timeout": 1.5}, {"sync": True, "timeout": True}]
)
def test_options_of_the_wrong_type_are_refused(options):
    with pytest.raises(TypeError):
        Callback(handler, "shutdown", **options)


def test_an_error_action_is_taken_in_any_case():
    callback = Callback(handler, "tiebreakerCheck", sync=True, timeout=5, onerror="QUORUMLOSS")
    assert (callback.sync, callback.timeout, callback.onerror) == (True, 5, "quorumLoss")


def test_an_unknown_error_action_warns_and_is_sent_as_typed():
    with pytest.warns(CallbackWarning, match="'reBoot'"):
        callback = Callback(handler, "shutdown", sync=True, timeout=5, onerror="reBoot")
    assert callback.onerror == "reBoot"


def test_quorum_loss_with_another_event_than_its_own_warns():
    with pytest.warns(CallbackWarning, match="tiebreakerCheck only"):
        Callback(handler, "shutdown", sync=True, timeout=5, onerror="quorumLoss")


def test_an_identifier_that_gpfs_keeps_is_refused_with_a_proposal():
    with pytest.raises(ValueError, match="try 'cb_mmfs1_alert'"):
        Callback("mmfs1_alert", handler, "shutdown")


def test_an_identifier_in_doubt_only_warns():
    with pytest.warns(CallbackWarning, match="MMfoo"):
        assert Callback("MMfoo", handler, "shutdown").id == "MMfoo"


def test_on_event_takes_no_event():
    with pytest.raises(TypeError, match=r"onShutdown\.new\(\) takes no event="):
        Cluster().onShutdown.new(handler, event="startup")


def test_on_event_takes_identifier_and_command_only():
    with pytest.raises(TypeError, match="the event comes from the attribute"):
        Cluster().onShutdown.new("x", handler, "startup")


def test_new_needs_an_event():
    with pytest.raises(TypeError, match="needs an event"):
        Cluster().callbacks.new(handler)


def test_making_a_definition_asks_gpfs_nothing():
    for definition in (
        Callback(handler, "shutdown", Node("nowhere")),
        Fileset("nofs", "nofset").onSnapshotCreated.define(handler),
    ):
        assert repr(definition).endswith(", not installed>")
