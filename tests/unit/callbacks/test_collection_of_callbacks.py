from __future__ import annotations

import pytest

from arcapix.fs.gpfs import (
    Callback,
    CallbackWarning,
    Cluster,
    Fileset,
    Filesystem,
    GPFSExecuteException,
    Node,
    Nodeclass,
    NotFound,
    Pool,
    WrongCluster,
)
from arcapix.fs.gpfs.deployment import installation
from arcapix.fs.gpfs.registration import sealing


def handler():
    return None


@pytest.fixture
def installed(gpfs, script):
    gpfs.run("mmcrfileset mmfs1 projects")
    Cluster().onShutdown.new("everywhere", handler)
    Node("n1").onShutdown.new("on-n1", handler)
    Nodeclass("gateways").onStartup.new("on-class", handler)
    Filesystem("mmfs1").onMount.new("of-fs", handler, node="n2")
    Filesystem("mmfs2").onMount.new("of-fs2", handler)
    Fileset("mmfs1", "projects").onSnapshotCreated.new("of-fileset", handler)
    Pool("system", "mmfs1").onLowDiskSpace.new("of-pool", handler)
    Cluster().callbacks.new("by-script", script, "shutdown,startup", "n1,n2")
    gpfs.calls.clear()
    return gpfs


@pytest.mark.parametrize(
    ("owner", "identifiers"),
    [
        (Filesystem("mmfs1"), ["of-fs"]),
        (Filesystem("/dev/mmfs2"), ["of-fs2"]),
        (Fileset("mmfs1", "projects"), ["of-fileset"]),
        (Fileset("mmfs2", "projects"), []),
        (Pool("system", "mmfs1"), ["of-pool"]),
        (Node("n1"), ["on-n1", "by-script"]),
        (Node("n1.localnet"), ["on-n1", "by-script"]),
        (Node("10.0.0.1"), ["on-n1", "by-script"]),
        (Node("1"), ["on-n1", "by-script"]),
        (Node("localhost"), ["on-n1", "by-script"]),
        (Node("n2"), ["of-fs", "by-script"]),
        (Node("n3"), []),
    ],
    ids=lambda value: repr(value) if not isinstance(value, list) else "",
)
def test_an_object_lists_what_is_about_it(installed, owner, identifiers):
    assert [callback.id for callback in owner.callbacks] == identifiers


def test_a_node_class_lists_what_names_it_and_scripts_on_exactly_its_members(installed):
    assert Nodeclass("gateways").callbacks.keys() == ["on-class", "by-script"]
    assert Nodeclass("other").callbacks.keys() == []


def test_a_class_that_gpfs_lists_as_its_members_stays_known_by_its_name(installed):
    installed.switch(list_node_form="long")
    assert Nodeclass("gateways").callbacks.keys() == ["on-class", "by-script"]
    assert "on-class" not in Node("n1").callbacks
    assert Cluster().callbacks["on-class"].owner == Nodeclass("gateways")
    assert Cluster().callbacks["on-class"].nodes == ["n1.localnet", "n2.localnet"]


def test_the_cluster_lists_everything_in_the_order_of_gpfs(installed):
    assert Cluster().callbacks.keys() == list(installed.callbacks)
    assert len(Cluster().callbacks) == 8


def test_it_looks_like_a_mapping_that_iterates_objects(installed):
    callbacks = Filesystem("mmfs1").callbacks
    [callback] = callbacks
    assert isinstance(callback, Callback)
    assert callbacks.items() == [("of-fs", callback)]
    assert callbacks.values() == [callback]
    assert "of-fs" in callbacks
    assert callback in callbacks
    assert "of-fs2" not in callbacks
    assert 5 not in callbacks
    assert callbacks.get("of-fs") == callback
    assert callbacks.get("nope") is None
    assert callbacks.get("nope", 5) == 5
    assert bool(callbacks)
    assert not Node("n3").callbacks


def test_a_missing_one_is_not_found_with_the_nearest_name(installed):
    with pytest.raises(NotFound, match="no callback 'of-f'; did you mean 'of-fs'"):
        Filesystem("mmfs1").callbacks["of-f"]


def test_an_identifier_is_a_text(installed):
    with pytest.raises(TypeError, match="not int"):
        Cluster().callbacks[5]


def test_it_says_whose_it_is(installed):
    assert repr(Node("n1").callbacks) == "<Callbacks of Node n1: on-n1, by-script>"
    assert repr(Cluster().onMount) == "<EventCallbacks of Cluster for mount: of-fs, of-fs2>"
    assert (
        repr(Fileset("mmfs1", "projects").callbacks) == "<Callbacks of Fileset projects of mmfs1: of-fileset>"
    )
    assert repr(Node("n3").callbacks) == "<Callbacks of Node n3>"


def test_an_event_attribute_lists_what_lists_the_event_whatever_else_it_lists(installed):
    assert Cluster().onStartup.keys() == ["on-class", "by-script"]
    assert Node("n1").onStartup.keys() == ["by-script"]
    assert "everywhere" in Cluster().onShutdown


def test_destroying_by_an_event_deletes_the_whole_callback(installed):
    assert Cluster().onStartup.destroy("by-script") is None
    assert "by-script" not in installed.callbacks


def test_destroying_what_is_not_in_this_collection_is_not_found(installed):
    with pytest.raises(NotFound):
        Filesystem("mmfs2").callbacks.destroy("of-fs")
    with pytest.raises(ValueError, match="no callback"):
        Cluster().onMount.destroy("everywhere")
    assert "of-fs" in installed.callbacks


def test_a_failing_listing_raises_instead_of_looking_empty(installed):
    for ask in (
        list,
        len,
        bool,
        lambda callbacks: "x" in callbacks,
        lambda callbacks: callbacks.get("x"),
    ):
        installed.fails["mmlscallback"] = ["no quorum", "no quorum either"]
        with pytest.raises(GPFSExecuteException, match=r"no quorum\n"):
            ask(Cluster().callbacks)


def test_what_cannot_be_listed_is_shown_as_that_and_not_as_empty(installed):
    installed.fails["mmlscallback"] = ["no quorum", "no quorum either"]
    assert repr(Cluster().callbacks).startswith("<Callbacks of Cluster, which cannot be listed: mmlscallback")


def test_where_nothing_is_registered_and_gpfs_calls_that_an_error_its_own_callbacks_tell(gpfs):
    gpfs.fails["mmlscallback"] = ["no callbacks are defined"]
    assert list(Cluster().callbacks) == []
    assert gpfs.calls == [("mmlscallback",), ("mmlscallback", "all")]


def test_define_makes_the_same_without_installing_it(gpfs):
    callback = Filesystem("mmfs1").callbacks.define("x", handler, "mount")
    other = Filesystem("mmfs1").onMount.define("y", handler)
    assert gpfs.calls == []
    assert repr(callback) == "<Callback x, not installed>"
    callback.create()
    other.create()
    assert Filesystem("mmfs1").callbacks.keys() == ["x", "y"]


def test_a_token_that_was_cut_is_reported_by_every_listing_and_counts_as_foreign(installed):
    installed.callbacks.alter("of-fs", parms=installed.callbacks["of-fs"]["parms"][:80])
    with pytest.warns(CallbackWarning, match="callback 'of-fs' cannot run: its token was cut"):
        callback = Cluster().callbacks["of-fs"]
    assert callback.kind == "foreign"
    assert callback.function is None
    assert callback.owner == Node("n2.localnet")
    assert callback.form is None
    assert callback.binding == []


def registered(parms):
    entry = {"command": str(installation.driver_path()), "event": "shutdown"}
    return entry | {"parms": parms} if parms else entry


@pytest.mark.parametrize(
    "parms", ["", "Xk9QpLm2Ab7Cd4Ef1Gh8Ij5Kl3M/QV", "@@@", "A1.24@id@b@d123456789012", "%x", "A1@x"]
)
def test_what_others_put_behind_our_driver_is_foreign_and_never_breaks_a_listing(gpfs, parms):
    gpfs.callbacks["x"] = registered(parms)
    [callback] = Cluster().callbacks
    assert (callback.kind, callback.function, callback.parms) == ("foreign", None, parms.split())
    assert callback.owner == Cluster()
    assert list(Filesystem("mmfs1").callbacks) == []


@pytest.mark.parametrize(
    ("parms", "damage"),
    [
        ("A1.x", "cut or altered: it has 4 characters, and does not say how many"),
        ("A1.30@id=x@body@digest", "cut: it has 22 characters instead of 30"),
        ("A1.20@id=x@body@digest", "lengthened: it has 22 characters instead of 20"),
    ],
)
def test_what_was_cut_or_lengthened_is_foreign_and_reported(gpfs, parms, damage):
    gpfs.callbacks["x"] = registered(parms)
    with pytest.warns(CallbackWarning, match=f"its token was {damage}"):
        [callback] = Cluster().callbacks
    assert callback.kind == "foreign"


def test_a_header_with_an_unknown_owner_is_foreign(gpfs):

    for owner in ("disk.d1", "fileset.mmfs1", "filesystem"):
        token = sealing.seal(f"id=x/fn=m.f/py=3.11/ow={owner}", "body")
        gpfs.callbacks["x"] = registered(token) | {"event": "mount"}
        assert Cluster().callbacks["x"].kind == "foreign"


def test_a_foreign_callback_can_be_changed_and_deleted(gpfs):
    words = "Xk9QpLm2Ab7Cd4Ef %eventName"
    gpfs.callbacks["x"] = {"command": "/opt/callbackdriver.py", "event": "shutdown", "parms": words}
    callback = Cluster().callbacks["x"]
    callback.add(event="startup")
    assert gpfs.callbacks["x"] == {
        "command": "/opt/callbackdriver.py",
        "event": "shutdown,startup",
        "parms": words,
    }
    callback.delete()
    assert gpfs.callbacks == {}


def test_another_cluster_than_the_one_named_is_refused(gpfs):
    with pytest.raises(WrongCluster):
        list(Cluster("elsewhere").callbacks)
    with pytest.raises(WrongCluster):
        Cluster("elsewhere").onShutdown.new(handler)
    with pytest.raises(WrongCluster):
        Cluster("elsewhere").onShutdown.define(handler).create()
    assert gpfs.callbacks == {}
    Cluster("democluster").onShutdown.new(handler)


@pytest.mark.parametrize("identifier", ["mmsysmonitor", "gpfsRecoveryGroup"])
def test_callbacks_of_gpfs_itself_are_never_listed(gpfs, identifier):
    Cluster().callbacks.new("mine", handler, "mount")
    theirs = (
        f"{identifier}\n        command         = /usr/lpp/mmfs/bin/own\n        event           = mount\n"
    )
    gpfs.answer("mmlscallback", theirs + gpfs.run("mmlscallback"))
    assert Cluster().callbacks.keys() == ["mine"]
    with pytest.raises(NotFound):
        Cluster().callbacks.destroy(identifier)
