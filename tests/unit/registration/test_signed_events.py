"""A token that is made with the cluster key says for which events; no change signs others unseen."""

from __future__ import annotations

import pytest

from arcapix.fs.gpfs import Callback, Cluster, Filesystem, GPFSError
from arcapix.fs.gpfs.deployment import cluster_key
from arcapix.fs.gpfs.driver import token as tokens
from arcapix.fs.gpfs.registration import header, registry, sealing


def handler():
    return None


def other():
    return 1


def signed(identifier):
    """The events of a header that the site's key vouches for."""
    text, _ = tokens.check(registry.get(identifier).parms[0], cluster_key.read())
    return tokens.items(tokens.fields(text).get("ev"))


@pytest.fixture
def keyed(gpfs):
    cluster_key.create()
    return gpfs


def move(gpfs, event):
    """Register a token as somebody without the key would: under other events."""
    gpfs.callbacks.alter("x", event=event)


def test_only_a_token_that_is_made_with_a_key_names_its_events(gpfs):
    Cluster().callbacks.new("x", handler, "shutdown")
    assert "ev" not in tokens.fields(tokens.split(registry.get("x").parms[0])[0])
    cluster_key.create()
    Cluster().callbacks.new("y", handler, ["shutdown", "quorumLoss"], "n1")
    assert signed("y") == ["shutdown", "quorumLoss"]
    found = header.read(registry.get("y"))
    assert (found.events, found.nodes) == (("shutdown", "quorumLoss"), ("n1",))


def test_a_change_of_events_signs_them(keyed):
    callback = Cluster().callbacks.new("x", handler, "shutdown")
    callback.add(event="startup")
    assert signed("x") == ["shutdown", "startup"]
    Cluster().callbacks["x"].change(event="quorumLoss")
    assert signed("x") == ["quorumLoss"]
    Cluster().callbacks["x"].change(priority=3)
    assert signed("x") == ["quorumLoss"]


@pytest.mark.parametrize(
    "change",
    [
        lambda callback: callback.add(event="startup"),
        lambda callback: callback.add(node="n2"),
        lambda callback: callback.change(event="startup"),
        lambda callback: callback.change(node="n2"),
        lambda callback: callback.remove(event="quorumLoss"),
    ],
)
def test_a_change_of_events_or_nodes_needs_the_key(keyed, change):
    callback = Cluster().callbacks.new("x", handler, "shutdown,quorumLoss", "n1")
    cluster_key.path().unlink()
    before = dict(keyed.callbacks["x"])
    keyed.calls.clear()
    with pytest.raises(GPFSError, match="callback 'x' cannot be changed: the token was made with a cluster"):
        change(callback)
    assert keyed.changing == 0
    assert keyed.callbacks["x"] == before


def test_the_same_callback_again_changes_nothing_with_a_key(keyed):
    Cluster().callbacks.new("x", handler, "shutdown,quorumLoss")
    keyed.calls.clear()
    for events in ("shutdown,quorumLoss", ["quorumLoss", "SHUTDOWN"]):
        Cluster().callbacks.new("x", handler, events, replace=True)
    assert keyed.changing == 0


def test_the_same_function_for_other_events_is_signed_anew(keyed):
    Cluster().callbacks.new("x", handler, "shutdown")
    Cluster().callbacks.new("x", handler, "startup", replace=True)
    assert signed("x") == ["startup"]


def test_what_was_moved_to_another_event_is_not_taken_for_the_same(keyed):
    Cluster().callbacks.new("x", handler, "shutdown")
    move(keyed, "startup")
    Cluster().callbacks.new("x", handler, "startup", replace=True)
    assert signed("x") == ["startup"]


def test_a_batch_signs_its_events(keyed):
    with Cluster().callbacks.batch() as batch:
        batch.new("x", handler, "shutdown")
        batch.new("y", other, "startup")
    assert (signed("x"), signed("y")) == (["shutdown"], ["startup"])


def test_what_was_deleted_and_created_again_is_what_was_signed(keyed):
    Cluster().callbacks.new("x", handler, "shutdown")
    callback = Cluster().callbacks["x"]
    callback.delete()
    callback.create()
    assert signed("x") == ["shutdown"]


@pytest.mark.parametrize(
    "sign",
    [
        lambda callback: callback.change(priority=3),
        lambda callback: callback.add(event="quorumLoss"),
        lambda callback: callback.change(node="n1"),
    ],
)
def test_no_change_signs_an_event_that_somebody_else_has_registered(keyed, sign):
    Cluster().callbacks.new("x", handler, "shutdown")
    move(keyed, "shutdown,mount")
    before = dict(keyed.callbacks["x"])
    with pytest.raises(GPFSError, match="GPFS lists mount for it, which its token was not signed for"):
        sign(Cluster().callbacks["x"])
    assert keyed.callbacks["x"] == before


def test_nor_does_creating_it_again(keyed):
    Cluster().callbacks.new("x", handler, "shutdown")
    move(keyed, "mount")
    callback = Cluster().callbacks["x"]
    callback.delete()
    with pytest.raises(GPFSError, match="which its token was not signed for"):
        callback.create()


def test_nor_does_the_program_that_installed_it(keyed):
    callback = Cluster().callbacks.new("x", handler, "shutdown")
    move(keyed, "mount")
    callback.refresh()
    callback.delete()
    callback.create()
    assert (signed("x"), registry.get("x").events) == (["shutdown"], ("shutdown",))


@pytest.mark.parametrize(
    "mend",
    [
        lambda callback: callback.remove(event="mount"),
        lambda callback: callback.change(event="shutdown"),
        lambda callback: callback.change(command=other, event="shutdown"),
    ],
)
def test_what_was_moved_can_be_put_right(keyed, mend):
    Cluster().callbacks.new("x", handler, "shutdown")
    move(keyed, "shutdown,mount")
    mend(Cluster().callbacks["x"])
    assert (signed("x"), registry.get("x").events) == (["shutdown"], ("shutdown",))


def test_what_cannot_be_replaced_comes_back_as_it_was_signed(keyed):
    Filesystem("mmfs1").onMount.new("x", handler)
    token = registry.get("x").parms[0]
    keyed.fails["mmaddcallback"] = ["no quorum"]
    with pytest.raises(GPFSError) as failed:
        Cluster().callbacks["x"].add(event="unmount")
    assert failed.value.restored
    assert registry.get("x").parms[0] == token


def test_a_token_of_an_earlier_release_is_signed_with_its_events_at_the_next_change(keyed):
    Cluster().callbacks.new("x", handler, "shutdown")
    words = keyed.callbacks["x"]["parms"].split()
    text, body = tokens.split(words[0])
    words[0] = sealing.seal(text.replace("/ev=shutdown", ""), body, cluster_key.read())
    keyed.callbacks.alter("x", parms=" ".join(words))
    assert signed("x") == []
    callback: Callback = Cluster().callbacks["x"]
    callback.change(priority=3)
    assert signed("x") == ["shutdown"]
