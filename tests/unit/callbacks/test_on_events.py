from __future__ import annotations

import pytest

from arcapix.fs.gpfs import (
    CacheFileset,
    Cluster,
    DependentFileset,
    EventCallbacks,
    Fileset,
    Filesystem,
    IndependentFileset,
    Node,
    Nodeclass,
    Pool,
    UnsupportedEvent,
    events,
)
from arcapix.fs.gpfs.callbackable import callbackable
from arcapix.fs.gpfs.callbacks.on_events import OnEvent

OBJECTS = {
    "cluster": Cluster(),
    "node": Node("n1"),
    "nodeclass": Nodeclass("c"),
    "filesystem": Filesystem("mmfs1"),
    "fileset": Fileset("mmfs1", "f"),
    "pool": Pool("system", "mmfs1"),
}


@pytest.mark.parametrize("kind", events.OWNER_KINDS)
def test_the_declared_attributes_are_those_of_the_catalogue(kind):
    cls = type(OBJECTS[kind])
    declared = {name for name in dir(cls) if isinstance(getattr(cls, name), OnEvent)}
    assert declared == set(events.attributes_of(kind))
    for name in declared:
        assert getattr(cls, name).event == events.event_of(name)


def test_each_attribute_is_declared_once():
    mixins = {cls for thing in OBJECTS.values() for cls in type(thing).__mro__}
    declared = [name for cls in mixins for name, value in vars(cls).items() if isinstance(value, OnEvent)]
    assert sorted(declared) == sorted(events.attribute(name) for name in events.EVENTS)


@pytest.mark.parametrize("kind", events.OWNER_KINDS)
def test_every_owner_object_is_callbackable(kind):
    assert isinstance(OBJECTS[kind], callbackable)
    assert OBJECTS[kind].kind == kind


def test_an_attribute_is_the_collection_of_its_event():
    assert isinstance(Filesystem("mmfs1").onSoftQuotaExceeded, EventCallbacks)
    assert Filesystem.onMount.event == "mount"
    assert "a file system" in Filesystem.onMount.__doc__ or "mount" in Filesystem.onMount.__doc__


def test_all_three_kinds_of_fileset_offer_the_same_events():
    for cls in (IndependentFileset, DependentFileset, CacheFileset):
        assert cls.onSnapshotCreated is Fileset.onSnapshotCreated


def test_an_event_about_another_kind_of_object_says_which_objects_have_it():
    pool = Pool("system", "mmfs1")
    with pytest.raises(UnsupportedEvent) as caught:
        _ = pool.onMount
    assert str(caught.value) == (
        "Pool has no onMount: mount is about a file system; use Cluster, Node, Nodeclass or Filesystem"
    )
    assert not hasattr(pool, "onMount")
    assert hasattr(pool, "onLowDiskSpace")


@pytest.mark.parametrize("name", ["onShutdwn", "onshutdown", "onShutDown"])
def test_a_misspelt_attribute_names_the_nearest(name):
    with pytest.raises(UnsupportedEvent, match=r"did you mean '?onShutdown"):
        getattr(Node("n1"), name)


@pytest.mark.parametrize("name", ["online", "nonsense", "_x", "__deepcopy__"])
def test_any_other_missing_attribute_is_the_usual_error(name):
    with pytest.raises(AttributeError, match=f"'Node' object has no attribute '{name}'") as caught:
        getattr(Node("n1"), name)
    assert not isinstance(caught.value, UnsupportedEvent)


def test_calling_the_attribute_itself_says_what_to_call():
    with pytest.raises(TypeError, match=r"install one by onShutdown\.new\("):
        Cluster().onShutdown(print)


def test_the_attribute_cannot_be_set():
    with pytest.raises(AttributeError, match=r"onShutdown\.new"):
        Cluster().onShutdown = print


def test_a_list_with_one_unsupported_event_is_refused_as_a_whole(gpfs):
    with pytest.raises(UnsupportedEvent) as caught:
        Fileset("mmfs1", "f").callbacks.new(print, ["snapshotCreated", "mount"])
    assert str(caught.value) == (
        "Fileset does not support 'mount': it is about a file system; use Cluster, Node, Nodeclass or Filesystem"
    )
    assert gpfs.calls == []


@pytest.mark.parametrize("kind", ["filesystem", "fileset", "pool"])
def test_an_unknown_event_is_refused_where_there_is_nothing_to_filter_by(kind):
    with pytest.raises(UnsupportedEvent, match="the catalogue has no event 'mont'; did you mean 'mount'"):
        OBJECTS[kind].callbacks.define(print, "mont")
