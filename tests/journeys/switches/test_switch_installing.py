"""Installing, listing, changing and deleting, under every answer to the open questions."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import warnings

import pytest

from arcapix.fs.gpfs import (
    AlreadyExists,
    CallbackWarning,
    Cluster,
    Filesystem,
    GPFSError,
    GPFSExecuteException,
    Node,
    NotFound,
    Variable,
)


def watch(fsName):
    print(f"watched {fsName}")


def other_watch(fsName):
    print(f"saw {fsName}")


def test_a_function_runs_on_the_node_of_the_event(world, room_for_a_token):
    def report(eventName, text, fsName):
        print(text.format(eventName, fsName.removeprefix("/dev/")))

    callback = Cluster().callbacks.new("logger", report, ["mount", "unmount"], parms=["saw {} of {}"])
    assert callback.installed
    world.settle()
    world.cluster.mm("mmumount", "mmfs1", "-N", "n2")
    world.cluster.mm("mmmount", "mmfs1", "-N", "n2")
    assert sorted((run.node, run.event, run.state, run.output) for run in world.runs()) == [
        ("n2", "mount", "succeeded", "saw mount of mmfs1\n"),
        ("n2", "unmount", "succeeded", "saw unmount of mmfs1\n"),
    ]


def test_a_script_gets_the_words_that_gpfs_makes_of_its_parms(world, script):
    Cluster().callbacks.new(
        "shell", script('echo "$@"'), "mount", parms=["-e %eventName", "fsName", "%filesetName", 7]
    )
    world.settle()
    world.cluster.fire("mount", fsName="mmfs1")
    undefined = {"UNDEFINED": ["UNDEFINED"], "literal": ["%filesetName"], "empty": []}[
        world.answers["undefined_value"]
    ]
    words = ["-e", "mount", world.device("mmfs1"), *undefined, "7"]
    assert [run.output.split() for run in world.runs()] == [words]


def test_a_variable_that_gpfs_does_not_know_is_its_own_affair(world, script, doubtfully, room_for_a_token):
    def install():
        return Cluster().callbacks.new(
            "odd", lambda value: print(value), "mount", parms=[Variable("nonsense")]
        )

    if world.answers["unknown_variable"] == "error":
        with pytest.raises(GPFSExecuteException, match="nonsense"):
            doubtfully(install)
        assert world.nothing_listed()
        return
    doubtfully(install)
    world.settle()
    world.cluster.fire("mount", fsName="mmfs1")
    assert [run.output for run in world.runs()] == ["UNDEFINED\n"]


def test_callbacks_are_listed_and_looked_up(world, script, room_for_a_token):
    callbacks = Cluster().callbacks
    assert list(callbacks) == []
    assert "zeta" not in callbacks
    command, long_word = script("true"), "x" * 200
    callbacks.new("zeta", command, "unmount,mount", node="n1,n2", parms=["-e %eventName", long_word])
    Filesystem("mmfs1").onMount.new("alpha", watch, priority=1.5)
    order = ["alpha", "zeta"] if world.answers["list_order"] == "alphabetical" else ["zeta", "alpha"]
    assert [callback.id for callback in callbacks] == callbacks.keys() == order
    assert len(callbacks) == 2
    with pytest.raises(NotFound, match="no callback 'zetta'; did you mean 'zeta'"):
        callbacks["zetta"]
    assert callbacks.get("zetta") is None
    zeta, alpha = callbacks["zeta"], callbacks["alpha"]
    in_order = ["mount", "unmount"] if world.answers["list_event_form"] == "sorted" else ["unmount", "mount"]
    assert (zeta.kind, zeta.command, zeta.events) == ("script", command, in_order)
    assert zeta.parms == ["-e", "%eventName", long_word]
    assert Node("n2").callbacks.keys() == Node("198.18.0.2").callbacks.keys() == ["zeta"]
    assert (alpha.kind, alpha.events, alpha.priority, alpha.nodes) == ("callable", ["mount"], 1.5, [])
    assert alpha.function.endswith("watch")
    assert alpha.owner == Filesystem("mmfs1")
    assert Filesystem("mmfs1").callbacks.keys() == Filesystem("mmfs1").onMount.keys() == ["alpha"]
    assert Cluster().onUnmount.keys() == ["zeta"]


def test_a_function_is_added_to_and_changed_without_being_decoded(world, room_for_a_token):
    callback = Filesystem("mmfs1").onMount.new("watch", watch)
    body = callback.captured_text()
    callback.add(event="unmount")
    callback.add(event="unmount")
    callback.remove(event="mount")
    callback.change(node="n2,n3", priority=2, sync=True, timeout=30, onerror="continue")
    if world.answers["list_option_keys"] == "other":
        with pytest.raises(GPFSError, match="GPFS lists prio, waitTime for it, which we could not put back"):
            callback.remove(node="n3")
    else:
        callback.remove(node="n3")
    fresh = Cluster().callbacks["watch"]
    assert (fresh.events, fresh.priority, fresh.sync, fresh.timeout, fresh.onerror) == (
        ["unmount"], 2, True, 30, "continue",
    )  # fmt: skip
    assert fresh.captured_text() == body
    assert fresh.owner == Filesystem("mmfs1")
    assert fresh.installed
    world.settle()
    world.cluster.fire("unmount", node="n2", fsName="mmfs1")
    world.cluster.fire("unmount", node="n1", fsName="mmfs1")
    world.cluster.fire("mount", node="n2", fsName="mmfs1")
    assert world.happened() == [("watch", "n2", "unmount")]


def test_a_function_is_replaced_only_by_another_one(world, room_for_a_token):
    Cluster().callbacks.new("watch", watch, "mount")
    with pytest.raises(AlreadyExists, match="callback 'watch' exists"):
        Cluster().callbacks.new("watch", watch, "mount")
    before = world.cluster.mm("mmlscallback").stdout
    Cluster().callbacks.new("watch", watch, "mount", replace=True)
    assert world.cluster.mm("mmlscallback").stdout == before
    Cluster().callbacks.new("watch", other_watch, "mount", replace=True)
    world.settle()
    world.cluster.fire("mount", fsName="mmfs1")
    assert [run.output for run in world.runs()] == [f"saw {world.device('mmfs1')}\n"]


def test_a_script_is_changed_from_its_listing(world, script):
    command = script('echo "$@"')
    callback = Node("n2").callbacks.new("shell", command, "mount", parms=["-e %eventName"])
    callback.add(event="unmount", parms=["fsName"])
    callback.remove(event="mount")
    assert Cluster().callbacks["shell"].parms == ["-e", "%eventName", "%fsName"]
    world.settle()
    world.cluster.fire("unmount", node="n2", fsName="mmfs1")
    world.cluster.fire("unmount", node="n3", fsName="mmfs1")
    world.cluster.fire("mount", node="n2", fsName="mmfs1")
    assert [(run.node, run.output) for run in world.runs()] == [
        ("n2", f"-e unmount {world.device('mmfs1')}\n")
    ]


def test_the_options_of_a_script_survive_a_change_or_it_is_refused(world, script):
    options = {"priority": 3, "sync": True, "timeout": 5, "onerror": "continue"}
    callback = Cluster().callbacks.new("shell", script("true"), "mount", **options)
    listed = world.answers["list_option_keys"]
    before = world.cluster.mm("mmlscallback").stdout
    if listed == "other":
        with pytest.raises(GPFSError, match="GPFS lists prio, waitTime for it, which we could not put back"):
            callback.change(event="unmount", **options)
        assert world.cluster.mm("mmlscallback").stdout == before
        callback.delete()
        assert world.nothing_listed()
        return
    if listed == "absent":
        with pytest.raises(
            GPFSError, match=r"options that GPFS does not list; restate them in change\(priority="
        ):
            callback.add(event="unmount")
        assert world.cluster.mm("mmlscallback").stdout == before
        callback.change(event="mount,unmount", **options)
    else:
        callback.add(event="unmount")
    kept = world.cluster._emulator.state.callbacks["shell"]
    assert (kept.events, kept.priority, kept.sync, kept.timeout, kept.onerror) == (
        ("mount", "unmount"), "3", True, "5", "continue",
    )  # fmt: skip


def test_what_is_deleted_is_gone_and_can_be_created_again(world, room_for_a_token):
    callback = Cluster().callbacks.new("watch", watch, "mount")
    callback.delete()
    assert not callback.installed
    assert world.nothing_listed()
    with contextlib.nullcontext() if world.answers["delete_unknown"] == "ignore" else pytest.raises(NotFound):
        callback.delete()
    world.settle()
    world.cluster.fire("mount", fsName="mmfs1")
    assert world.happened() == []
    callback.create()
    assert callback.installed
    world.settle()
    world.cluster.fire("mount", fsName="mmfs1")
    assert world.happened() == [("watch", "n1", "mount")]
    Cluster().callbacks.destroy("watch")
    with pytest.raises(NotFound, match="no callback 'watch'"):
        Cluster().callbacks.destroy("watch")


def test_a_batch_installs_all_or_nothing(world, script, room_for_a_token):
    def fill(batch):
        batch.new("by-function", watch, "mount")
        batch.new("by-script", script('echo "$@"'), "mount", parms=["-e %eventName", "fsName"])

    nothing_left = pytest.raises(GPFSExecuteException, match="nothing of the batch is installed")
    spec_file = world.answers["spec_file"] == "on"
    if not spec_file:
        with nothing_left, Cluster().callbacks.batch() as batch:
            fill(batch)
        assert world.nothing_listed()
    with Cluster().callbacks.batch(spec_file=spec_file) as batch:
        fill(batch)
    assert sorted(Cluster().callbacks.keys()) == ["by-function", "by-script"]
    world.settle()
    world.cluster.fire("mount", fsName="mmfs1")
    device = world.device("mmfs1")
    assert sorted(run.output for run in world.runs()) == [f"-e mount {device}\n", f"watched {device}\n"]
    with nothing_left, Cluster().callbacks.batch(spec_file=spec_file) as batch:
        batch.new("good", watch, "mount")
        batch.new("bad", watch, "mount", node="n77")
        batch.new("late", watch, "mount")
    assert sorted(Cluster().callbacks.keys()) == ["by-function", "by-script"]


DIES_IN_THE_GAP = """
import os
from arcapix.fs.gpfs import Cluster
from arcapix.fs.gpfs.commands import process

def die_after_the_deletion(argv, timeout, run=process.runner()):
    done = run(argv, timeout)
    if argv[0].endswith("/mmdelcallback"):
        os._exit(9)
    return done

process._sleep = lambda seconds: None
process.set_runner(die_after_the_deletion)
Cluster().callbacks["watch"].add(event="unmount")
"""


def test_a_change_that_was_cut_short_is_recovered(world, room_for_a_token):
    Filesystem("mmfs1").onMount.new("watch", watch)
    world.settle()
    done = subprocess.run(
        [sys.executable, "-c", DIES_IN_THE_GAP], env=os.environ, capture_output=True, text=True
    )
    assert done.returncode == 9, done.stderr
    assert world.nothing_listed()
    assert Cluster().callbacks.recover() == ["watch"]
    assert Cluster().callbacks.recover() == []
    assert Filesystem("mmfs1").callbacks.keys() == ["watch"]
    world.settle()
    world.cluster.fire("mount", fsName="mmfs1")
    assert world.happened() == [("watch", "n1", "mount")]


DIES_IN_A_BATCH = """
import os
from arcapix.fs.gpfs import Cluster
from arcapix.fs.gpfs.commands import process

def watch(fsName):
    print(fsName)

def die_after_some_additions(argv, timeout, run=process.runner(), done=[]):
    answer = run(argv, timeout)
    if argv[0].endswith("/mmaddcallback"):
        done.append(argv)
        if len(done) == {additions}:
            os._exit(9)
    return answer

process._sleep = lambda seconds: None
process.set_runner(die_after_some_additions)
with Cluster().callbacks.batch(spec_file={spec_file}) as batch:
    batch.new("good", watch, "mount")
    batch.new("late", watch, "mount")
    batch.new("bad", watch, "mount", node="n77")
"""


def test_a_batch_that_was_cut_short_is_undone(world, room_for_a_token):
    for spec_file, additions in ((False, 1), (False, 2), (True, 1)):
        text = DIES_IN_A_BATCH.format(spec_file=spec_file, additions=additions)
        done = subprocess.run([sys.executable, "-c", text], env=os.environ, capture_output=True, text=True)
        assert done.returncode == 9, done.stderr
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CallbackWarning)
            assert Cluster().callbacks.recover() == []
        assert world.nothing_listed()
