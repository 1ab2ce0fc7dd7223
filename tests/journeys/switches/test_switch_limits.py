"""Answers under which a journey cannot be made as usual, and the other shape of our own words."""

from __future__ import annotations

import random
import string

import pytest

from arcapix.fs.gpfs import CallbackWarning, Cluster, Filesystem, GPFSExecuteException, PayloadTooLarge
from arcapix.fs.gpfs.commands import process
from arcapix.fs.gpfs.registration import header, room


def show(fsName):
    print(f"saw {fsName}")


def with_answer(*names):
    """Run a test under certain answers of the conftest's table."""
    return pytest.mark.parametrize("case", names)


@pytest.fixture
def answers(case, all_answers):
    return all_answers[case]


cutting = pytest.mark.parametrize(
    ("case", "size"), [("parms_max=cut:255", 1), ("parms_max=cut:1024", 1000), ("parms_max=cut:4096", 5000)]
)


@pytest.fixture
def noise(size):
    return "".join(random.Random(1).choices(string.ascii_letters, k=size))


@pytest.fixture
def unproved(monkeypatch):
    """Install as an earlier release did, which did not look whether GPFS had kept all."""
    monkeypatch.setattr(room, "confirm", lambda sent, largest: None)


def long_one(text):
    print(len(text))


@cutting
def test_a_token_that_gpfs_cuts_is_not_installed(world, case, noise):
    with pytest.raises(PayloadTooLarge) as caught:
        Cluster().callbacks.new("long", long_one, "mount", parms=[noise])
    assert caught.value.limit == int(case.rpartition(":")[2])
    with pytest.raises(PayloadTooLarge), Cluster().callbacks.batch(spec_file=False) as batch:
        batch.new(long_one, "mount", parms=[noise])
    assert world.nothing_listed()


@cutting
def test_a_token_that_gpfs_has_cut_is_told_by_every_listing_and_never_run(world, noise, unproved):
    callback = Cluster().callbacks.new("long", long_one, "mount", parms=[noise])
    with pytest.warns(CallbackWarning, match="'long' counts as not installed: its token was cut"):
        assert not callback.installed
    with pytest.warns(CallbackWarning, match="'long' cannot run: its token was cut"):
        assert Cluster().callbacks.keys() == ["long"]
    world.cluster.fire("mount", fsName="mmfs1")
    assert [(run.state, run.status) for run in world.runs()] == [("refused", 3)]
    callback.delete()
    assert world.nothing_listed()


@with_answer("")
def test_words_that_gpfs_has_cut_behind_a_whole_token_are_told_too(world, unproved):
    callback = Filesystem("mmfs1").onMount.new("show", show)
    length = len(world.cluster._emulator.state.callbacks["show"].parms[0])
    callback.delete()
    for cut, told in ((3, "the last one is 'fsName=%fsN'"), (len(" fsName=%fsName"), "are not those that")):
        world.cluster._emulator.set_switches({"parms_max": f"cut:{length - cut}"})
        callback.create()
        with pytest.warns(
            CallbackWarning, match=f"counts as not installed: the words after its token .*{told}"
        ):
            assert not callback.installed
        world.cluster.fire("mount", fsName="mmfs1")
        assert world.runs() == []
        callback.delete()


@with_answer("parms_max=refuse:255")
def test_a_token_that_gpfs_refuses_is_not_installed(world):
    with pytest.raises(GPFSExecuteException, match="The parameter string is longer than 255 characters"):
        Cluster().callbacks.new("show", show, "mount")
    assert world.nothing_listed()


@with_answer("lock_busy=timeout")
def test_a_lock_that_is_never_free_is_given_up_after_more_than_a_minute(world, script, monkeypatch):
    pauses = []
    monkeypatch.setattr(process, "_sleep", pauses.append)
    with pytest.raises(GPFSExecuteException, match="Timed out waiting for lock"):
        Cluster().callbacks.new("shell", script("true"), "mount")
    assert sum(pauses) > 60
    assert Cluster().callbacks.keys() == []
    world.cluster._emulator.set_switches({"lock_busy": "off"})
    callback = Cluster().callbacks.new("shell", script("true"), "mount")
    world.cluster._emulator.set_switches({"lock_busy": "timeout"})
    for change in (callback.delete, lambda: callback.add(event="unmount")):
        with pytest.raises(GPFSExecuteException, match="Timed out waiting for lock"):
            change()
        assert callback.installed


@with_answer("substitution_inside_word=off")
def test_where_gpfs_replaces_whole_words_only_the_usual_shape_gets_no_values_and_matches_no_object(
    world, monkeypatch
):
    monkeypatch.setattr(header, "words_apart", False)
    Cluster().callbacks.new("everything", show, "mount")
    Filesystem("mmfs1").onMount.new("one", show)
    world.cluster.fire("mount", fsName="mmfs1")
    assert [(run.callback, run.state, run.output) for run in world.runs()] == [
        ("everything", "succeeded", "saw UNDEFINED\n")
    ]


@with_answer("")
def test_both_shapes_of_our_words_count_as_installed(world, monkeypatch):
    callback = Filesystem("mmfs1").onMount.new("show", show)
    monkeypatch.setattr(header, "words_apart", True)
    assert callback.installed
    assert Cluster().callbacks["show"].installed
    other = Filesystem("mmfs1").onMount.new("apart", show)
    monkeypatch.setattr(header, "words_apart", False)
    assert other.installed
    world.cluster.fire("mount", fsName="mmfs1")
    assert sorted(run.output for run in world.runs()) == ["saw mmfs1\n"] * 2
