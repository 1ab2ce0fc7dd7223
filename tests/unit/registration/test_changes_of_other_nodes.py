"""Another node does something between two commands of a change: either both are in, or one program is told.

GPFS is one for all nodes, but the lock that keeps the changes of a node apart is not. Here the other node is a call
from within a command of this one, which the lock lets pass.
"""

from __future__ import annotations

import time
import warnings

import pytest

from arcapix.fs.gpfs import AlreadyExists, CallbackWarning, Cluster, GPFSError, NotFound, ReplaceFailed
from arcapix.fs.gpfs.registration import header, journal, registry

OVERTAKEN = pytest.warns(CallbackWarning, match="another node changed callback 'x' at the same time")


def handler():
    return None


def other():
    return 1


@pytest.fixture(params=["callable", "script"])
def callback(request, gpfs, script):
    return Cluster().callbacks.new("x", handler if request.param == "callable" else script, "shutdown")


def events(gpfs):
    return sorted(gpfs.callbacks["x"]["event"].split(","))


def meanwhile(gpfs, what, *, before=None, after=None, turn=1):
    """Let another node do something at the n-th command of a kind that this one runs."""
    seen = []

    def act(words, wanted):
        if words[0] != wanted or len(seen) >= turn:
            return
        seen.append(words)
        if len(seen) == turn:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                what()

    gpfs.before = lambda words: act(words, before)
    gpfs.after = lambda words: act(words, after)


def added_elsewhere():
    Cluster().callbacks["x"].add(event="mount")


def overwritten(gpfs, listed):
    """Let another node put its change of what it had listed earlier into the place of what is there."""
    gpfs.callbacks["x"] = listed


def test_both_changes_are_in_if_the_other_one_was_made_before_the_listing(gpfs, callback):
    meanwhile(gpfs, added_elsewhere, before="mmlscallback")
    callback.add(event="startup")
    assert events(gpfs) == ["mount", "shutdown", "startup"]


def test_a_change_that_another_node_has_overwritten_is_made_again_from_what_is_there(gpfs, callback):
    theirs = dict(gpfs.callbacks["x"]) | {"event": "shutdown,mount"}
    meanwhile(gpfs, lambda: overwritten(gpfs, theirs), after="mmaddcallback")
    with OVERTAKEN:
        callback.add(event="startup")
    assert events(gpfs) == ["mount", "shutdown", "startup"]
    assert callback.events == ["shutdown", "mount", "startup"]


def test_a_change_of_options_that_another_node_has_overwritten_is_made_again(gpfs, callback):
    theirs = dict(gpfs.callbacks["x"]) | {"priority": "7"}
    meanwhile(gpfs, lambda: overwritten(gpfs, theirs), after="mmaddcallback")
    with OVERTAKEN:
        callback.change(event="mount")
    assert events(gpfs) == ["mount"]
    if callback.kind == "script":
        assert gpfs.callbacks["x"]["priority"] == "7"


def test_a_new_function_is_captured_once_however_often_the_change_is_made(gpfs):
    callback = Cluster().callbacks.new("x", handler, "shutdown")
    theirs = dict(gpfs.callbacks["x"])
    gpfs.checks = 0
    meanwhile(gpfs, lambda: overwritten(gpfs, theirs), after="mmaddcallback")
    with OVERTAKEN:
        callback.change(command=other)
    assert gpfs.checks == 1
    assert callback.function.endswith("other")
    assert Cluster().callbacks["x"].function.endswith("other")


def test_a_new_function_is_captured_again_for_events_that_were_added_elsewhere(gpfs):
    Cluster().callbacks.new("x", handler, "shutdown")
    callback = Cluster().callbacks["x"]
    added_elsewhere()
    gpfs.calls.clear()
    callback.change(command=other)
    assert events(gpfs) == ["mount", "shutdown"]
    assert gpfs.names() == ["mmlscallback"] * 2 + ["mmdelcallback", "mmaddcallback", "mmlscallback"]


def test_what_another_node_made_from_a_change_is_left_as_it_made_it(gpfs):
    """It has seen the change, and taken it back: to make it once more would undo what was wanted later."""
    callback = Cluster().callbacks.new("x", handler, "shutdown")
    meanwhile(gpfs, lambda: Cluster().callbacks["x"].remove(event="startup"), after="mmaddcallback")
    callback.add(event="startup")
    assert events(gpfs) == ["shutdown"]
    assert callback.events == ["shutdown"]


def test_what_was_made_from_a_change_and_listed_later_is_left_too(gpfs):
    callback = Cluster().callbacks.new("x", handler, "shutdown")
    kept = {}

    def remove():
        Cluster().callbacks["x"].remove(event="startup")
        kept.update(gpfs.callbacks["x"])
        del gpfs.callbacks["x"]
        meanwhile(gpfs, lambda: gpfs.callbacks.setdefault("x", kept), before="mmlscallback", turn=3)

    meanwhile(gpfs, remove, after="mmaddcallback")
    callback.add(event="startup")
    assert events(gpfs) == ["shutdown"]


def test_the_header_names_what_was_replaced(gpfs):
    callback = Cluster().callbacks.new("x", handler, "shutdown")
    [first] = registry.listed()
    assert header.read(first).replaced == ""
    callback.add(event="startup")
    [second] = registry.listed()
    assert header.read(second).replaced == header.mark(first)
    callback.remove(event="startup")
    [third] = registry.listed()
    assert header.read(third).replaced == header.mark(second)
    assert len({header.mark(one) for one in (first, second, third)}) == 3
    assert callback.installed


def test_two_changes_of_one_state_are_told_apart_by_their_events_alone(gpfs):
    """Two nodes that start from the same make the same token, as events are not in it."""
    callback = Cluster().callbacks.new("x", handler, "shutdown")
    first = dict(gpfs.callbacks["x"])
    callback.add(event="startup")
    [one] = registry.listed()
    gpfs.callbacks["x"] = first
    Cluster().callbacks["x"].add(event="mount")
    [two] = registry.listed()
    assert one.parms == two.parms
    assert header.mark(one) != header.mark(two)


def test_the_gap_of_another_node_is_waited_for(gpfs, callback):
    there = dict(gpfs.callbacks["x"])
    del gpfs.callbacks["x"]
    meanwhile(gpfs, lambda: gpfs.callbacks.setdefault("x", there), before="mmlscallback", turn=3)
    callback.add(event="startup")
    assert events(gpfs) == ["shutdown", "startup"]


@pytest.mark.parametrize("moment", [{"before": "mmdelcallback"}, {"after": "mmaddcallback"}], ids=str)
def test_what_another_node_deletes_is_not_found_and_not_brought_back(gpfs, callback, moment):
    meanwhile(gpfs, lambda: gpfs.run("mmdelcallback x"), **moment)
    with pytest.raises(NotFound, match="no callback 'x'"):
        callback.add(event="startup")
    assert "x" not in gpfs.callbacks
    assert list(journal.folder().glob("*.json")) == []


def test_what_another_node_installs_in_the_gap_is_changed_and_not_taken_for_a_failure(gpfs, callback, script):
    gpfs_own = {"command": script, "event": "mount", "parms": "theirs"}
    meanwhile(gpfs, lambda: gpfs.callbacks.setdefault("x", gpfs_own), after="mmdelcallback")
    with OVERTAKEN:
        callback.add(event="startup")
    assert gpfs.callbacks["x"] == gpfs_own | {"event": "mount,startup"}
    assert list(journal.folder().glob("*.json")) == []


def test_a_deletion_that_fails_since_others_have_changed_it_is_tried_from_there(gpfs, callback):
    """It was missing when it was to be deleted, and is there again when GPFS is asked why."""
    there = dict(gpfs.callbacks["x"]) | {"event": "shutdown,mount"}

    def fail():
        del gpfs.callbacks["x"]
        meanwhile(gpfs, lambda: gpfs.callbacks.setdefault("x", there), before="mmlscallback")

    meanwhile(gpfs, fail, before="mmdelcallback")
    with OVERTAKEN:
        callback.add(event="startup")
    assert events(gpfs) == ["mount", "shutdown", "startup"]


@pytest.mark.parametrize(
    "act",
    [
        lambda script: Cluster().callbacks["x"].add(event="startup"),
        lambda script: Cluster().callbacks.new("x", script, "startup", node="n1,n2", replace=True),
    ],
    ids=["change", "replace"],
)
def test_a_listing_that_further_questions_have_made_old_is_followed_by_another(gpfs, script, act):
    Cluster().callbacks.new("x", script, "shutdown", node="n1,n2", parms=["-v"])
    gpfs.calls.clear()
    act(script)
    deletion = gpfs.ran.index("mmdelcallback x")
    question, listing = gpfs.ran[deletion - 2 : deletion]
    assert question != listing == "mmlscallback"


def test_the_gap_of_another_node_during_further_questions_is_waited_for(gpfs, script):
    Cluster().callbacks.new("x", script, "shutdown")
    there = dict(gpfs.callbacks["x"])

    def begin_gap(words):
        if words == ("mmlscallback", "-Y", "x"):
            del gpfs.callbacks["x"]
            meanwhile(gpfs, lambda: gpfs.callbacks.setdefault("x", there), before="mmlscallback", turn=3)

    callback = Cluster().callbacks["x"]
    gpfs.before = begin_gap
    callback.add(event="startup")
    assert events(gpfs) == ["shutdown", "startup"]


def test_what_another_node_did_during_further_questions_is_kept(gpfs, script):
    callback = Cluster().callbacks.new("x", script, "shutdown", node="n1,n2")
    Cluster().callbacks.new("y", script, "shutdown", node="gateways")
    theirs = dict(gpfs.callbacks["x"]) | {"event": "shutdown,mount"}
    meanwhile(gpfs, lambda: overwritten(gpfs, theirs), before="mmlscluster")
    with OVERTAKEN:
        callback.add(event="startup")
    assert events(gpfs) == ["mount", "shutdown", "startup"]


def test_a_deletion_that_fails_in_the_gaps_of_others_is_tried_again(gpfs, callback):
    """It was missing when it was to be deleted, there when GPFS was asked why, and missing in the listing after."""
    there = dict(gpfs.callbacks["x"]) | {"event": "shutdown,mount"}
    turns = [there, None, there]

    def turn(words):
        if words[0] == "mmlscallback" and turns:
            gpfs.callbacks.pop("x", None)
            if now := turns.pop(0):
                gpfs.callbacks["x"] = now

    def fail():
        del gpfs.callbacks["x"]
        gpfs.before = turn

    meanwhile(gpfs, fail, before="mmdelcallback")
    callback.add(event="startup")
    assert events(gpfs) == ["mount", "shutdown", "startup"]


def test_a_deletion_that_waited_for_the_lock_looks_again_before_it_is_repeated(gpfs, callback, monkeypatch):
    from arcapix.fs.gpfs.commands import process

    monkeypatch.setattr(process, "_sleep", lambda seconds: added_elsewhere())
    gpfs.fails["mmdelcallback"] = ["Timed out waiting for lock. Try again later."]
    with OVERTAKEN:
        callback.add(event="startup")
    assert events(gpfs) == ["mount", "shutdown", "startup"]


def test_a_node_that_is_overtaken_each_time_says_what_is_there_now(gpfs, callback, monkeypatch):
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    first = dict(gpfs.callbacks["x"])
    gpfs.after = lambda words: (
        overwritten(gpfs, first | {"event": "mount,unmount"}) if words[0] == "mmaddcallback" else None
    )
    with OVERTAKEN, pytest.raises(ReplaceFailed) as caught:
        callback.add(event="startup")
    assert str(caught.value).startswith(
        "callback 'x' was not changed: other nodes changed it at the same time, in each of 16 attempts; "
        "now it is mount,unmount on every node"
    )
    assert (caught.value.restored, caught.value.registered) == (False, "mount,unmount on every node")
    assert events(gpfs) == ["mount", "unmount"]


def test_a_listing_that_fails_at_the_end_is_not_taken_for_a_success(gpfs, callback):
    def break_listings(words):
        if words[0] == "mmaddcallback":
            gpfs.answer("mmlscallback", (1, "mmlscallback: no quorum"))

    gpfs.after = break_listings
    with pytest.raises(GPFSError, match=r"'x' was changed, but not whether another node .* no quorum"):
        callback.add(event="startup")
    assert events(gpfs) == ["shutdown", "startup"]


# new(replace=True)


def test_what_another_node_made_meanwhile_of_the_old_one_is_replaced_as_well(gpfs):
    Cluster().callbacks.new("x", handler, "shutdown")
    theirs = dict(gpfs.callbacks["x"]) | {"event": "shutdown,mount"}
    meanwhile(gpfs, lambda: overwritten(gpfs, theirs), after="mmaddcallback")
    with OVERTAKEN:
        Cluster().callbacks.new("x", other, "startup", replace=True)
    assert events(gpfs) == ["startup"]
    assert Cluster().callbacks["x"].function.endswith("other")


@pytest.mark.parametrize("moment", [{"before": "mmdelcallback"}, {"after": "mmaddcallback"}], ids=str)
def test_a_replacement_of_what_was_deleted_meanwhile_is_an_installation(gpfs, moment):
    Cluster().callbacks.new("x", handler, "shutdown")
    meanwhile(gpfs, lambda: gpfs.run("mmdelcallback x"), **moment)
    Cluster().callbacks.new("x", other, "startup", replace=True)
    assert events(gpfs) == ["startup"]


def test_of_two_nodes_that_install_with_replace_the_second_replaces(gpfs):
    meanwhile(
        gpfs, lambda: Cluster().callbacks.new("x", handler, "shutdown", replace=True), before="mmaddcallback"
    )
    with OVERTAKEN:
        Cluster().callbacks.new("x", other, "startup", replace=True)
    assert events(gpfs) == ["startup"]


def test_a_script_that_took_the_name_meanwhile_is_not_replaced_by_a_function(gpfs, script):
    meanwhile(gpfs, lambda: Cluster().callbacks.new("x", script, "shutdown"), before="mmaddcallback")
    with OVERTAKEN, pytest.raises(AlreadyExists):
        Cluster().callbacks.new("x", other, "startup", replace=True)
    assert gpfs.callbacks["x"]["command"] == script


def test_replacing_by_the_same_does_nothing_after_a_change_either(gpfs):
    Cluster().callbacks.new("x", handler, "shutdown").add(event="mount")
    gpfs.calls.clear()
    Cluster().callbacks.new("x", handler, "shutdown,mount", replace=True)
    assert gpfs.names() == ["mmlscallback"]


# What a listing may show otherwise than it was sent


@pytest.mark.parametrize(
    "switches",
    [
        {"list_event_form": "sorted"},
        {"list_parms_join": "lines"},
        {"N_class_storage": "expanded"},
        {"parms_quoting": "shell"},
        {"list_option_keys": "absent"},
        {"list_order": "alphabetical"},
    ],
    ids=str,
)
@pytest.mark.filterwarnings("error")
def test_a_change_recognises_what_it_sent_in_whichever_form_gpfs_lists_it(gpfs, script, switches):
    gpfs.switch(**switches)
    for command, parms in ((handler, None), (script, ["-v %eventName"])):
        callback = Cluster().callbacks.new(command, "shutdown,mount", node="n1", parms=parms)
        gpfs.calls.clear()
        callback.change(node="gateways", event="unmount,mount,startup", priority=3)
        assert gpfs.changing == 2
