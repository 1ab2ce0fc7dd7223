from __future__ import annotations

import time

import pytest

from arcapix.fs.gpfs import Cluster, Fileset, Filesystem, Node, Nodeclass, Pool
from arcapix.fs.gpfs.driver import token as tokens

pytestmark = pytest.mark.usefixtures("roomy")


def handler():
    return None


def test_new_without_an_identifier_is_one_command(gpfs):
    Cluster().onMount.new(handler)
    assert gpfs.names() == ["mmaddcallback"]


@pytest.mark.parametrize(
    ("owners", "listing"),
    [
        ((Filesystem("mmfs1"), Filesystem("mmfs2")), "mmlsfs"),
        ((Fileset("mmfs1", "root"),) * 2, "mmlsfileset"),
        ((Pool("system", "mmfs1"),) * 2, "mmlspool"),
    ],
    ids=["file systems", "filesets", "pools"],
)
def test_new_on_what_only_the_driver_compares_lists_once_for_a_program_whether_it_is_there(
    gpfs, owners, listing
):
    for owner in owners:
        owner.callbacks.new(handler, "lowDiskSpace" if owner.kind == "pool" else "softQuotaExceeded")
    assert gpfs.names() == [listing, "mmaddcallback", "mmaddcallback"]


def test_new_on_a_node_is_one_command(gpfs):
    Node("n1").onMount.new(handler)
    assert gpfs.names() == ["mmaddcallback"]


def test_new_with_an_identifier_lists_once_before(gpfs):
    Cluster().onMount.new("x", handler)
    assert gpfs.names() == ["mmlscallback", "mmaddcallback"]


def test_create_of_a_generated_identifier_is_one_command(gpfs):
    Cluster().onMount.define(handler).create()
    assert gpfs.names() == ["mmaddcallback"]


@pytest.mark.parametrize(
    "change",
    [
        lambda callback: callback.add(event="unmount"),
        lambda callback: callback.remove(event="startup"),
        lambda callback: callback.change(priority=5),
        lambda callback: callback.change(command=print, parms=["%fsName"]),
    ],
    ids=["add", "remove", "change an option", "change the function"],
)
def test_a_change_lists_deletes_adds_and_lists(gpfs, change):
    callback = Cluster().callbacks.new(handler, "mount,startup")
    gpfs.calls.clear()
    change(callback)
    assert gpfs.names() == ["mmlscallback", "mmdelcallback", "mmaddcallback", "mmlscallback"]


def test_delete_is_one_command(gpfs):
    callback = Cluster().callbacks.new(handler, "mount,startup")
    gpfs.calls.clear()
    callback.delete()
    assert gpfs.names() == ["mmdelcallback"]


def test_destroy_lists_and_deletes(gpfs):
    Cluster().callbacks.new("x", handler, "mount,startup")
    gpfs.calls.clear()
    Cluster().callbacks.destroy("x")
    assert gpfs.names() == ["mmlscallback", "mmdelcallback"]


@pytest.mark.parametrize(
    "ask",
    [
        list,
        tuple,
        lambda callbacks: sorted(callback.id for callback in callbacks),
        len,
        bool,
        repr,
        lambda callbacks: callbacks["x"],
        lambda callbacks: callbacks.get("x"),
        lambda callbacks: "x" in callbacks,
        lambda callbacks: [*callbacks],
        lambda callbacks: callbacks.keys(),
        lambda callbacks: callbacks.items(),
    ],
)
@pytest.mark.parametrize("owner", [Cluster(), Filesystem("mmfs1")])
def test_each_question_is_one_listing(gpfs, ask, owner):
    Filesystem("mmfs1").onMount.new("x", handler)
    gpfs.calls.clear()
    ask(owner.callbacks)
    assert gpfs.names() == ["mmlscallback"]


def test_the_length_is_asked_anew_once_a_loop_has_begun(gpfs):
    callbacks = Cluster().callbacks
    Cluster().onMount.new(handler)
    for _ in callbacks:
        Cluster().onMount.new(handler)
        assert len(callbacks) == 2


def test_the_node_table_is_read_once_for_a_question_however_many_callbacks_there_are(gpfs):
    for number in range(5):
        Node("n1").onMount.new(f"x{number}", handler)
    gpfs.calls.clear()
    assert len(Node("10.0.0.1").callbacks.keys()) == 5
    assert sorted(gpfs.names()) == ["mmlscallback", "mmlscluster"]


def test_the_owner_of_a_definition_for_a_node_asks_nothing(gpfs):
    assert Node("n1").onMount.define(handler).owner == Node("n1")
    assert gpfs.names() == []


def test_the_owners_of_one_listing_are_told_with_one_node_table(gpfs):
    for number in range(5):
        Node("n1").onMount.new(f"x{number}", handler)
    gpfs.calls.clear()
    assert [callback.owner for callback in Cluster().callbacks] == [Node("n1")] * 5
    assert sorted(gpfs.names()) == ["mmlscallback", "mmlscluster"]


def test_the_node_classes_are_read_once_for_a_question(gpfs, script):
    for number in range(5):
        Cluster().callbacks.new(f"x{number}", script, "mount", node="n1,n2")
    gpfs.calls.clear()
    assert len(Nodeclass("gateways").callbacks.keys()) == 5
    assert sorted(gpfs.names()) == ["mmlscallback", "mmlscluster", "mmlsnodeclass"]


def test_a_change_of_the_nodes_is_seen_by_the_next_question(gpfs, script):
    """Another program changes the cluster: nothing of this one has to be told."""
    Cluster().callbacks.new("x", script, "mount", node="n1,n2")
    assert Nodeclass("gateways").callbacks.keys() == ["x"]
    gpfs.run("mmchnodeclass gateways delete -N n2")
    assert Nodeclass("gateways").callbacks.keys() == []


def test_reading_a_callback_costs_nothing_more(gpfs):
    Filesystem("mmfs1").onMount.new("x", handler)
    gpfs.calls.clear()
    callback = Cluster().callbacks["x"]
    for name in ("id", "name", "events", "command", "function", "kind", "nodes", "node", "parms", "binding"):
        getattr(callback, name)
    for name in ("priority", "sync", "timeout", "onerror", "owner", "form", "run", "python", "installed_by"):
        getattr(callback, name)
    assert gpfs.names() == ["mmlscallback"]
    assert callback.installed
    assert gpfs.names() == ["mmlscallback"] * 2


def best_of_three(measure):
    def once():
        started = time.perf_counter()
        measure()
        return time.perf_counter() - started

    return min(once() for _ in range(3))


@pytest.mark.slow  # a clock decides, so the machine has to be quiet
def test_ten_thousand_callbacks_are_listed_in_a_quarter_of_a_second(gpfs, monkeypatch):
    """P12: what is ours beyond the time of mmlscallback itself, reading its output included."""
    Filesystem("mmfs1").onMount.new("x", handler)
    entry = gpfs.callbacks["x"]
    gpfs.callbacks.replace({f"callback-{number}": entry for number in range(10_000)})
    gpfs.answer("mmlscallback", gpfs.run("mmlscallback"))
    assert best_of_three(lambda: list(Cluster().callbacks)) < 0.25 * 4, (
        "four times the target: machines differ"
    )


@pytest.mark.parametrize(
    ("callbacks", "read"),
    [
        (Cluster().callbacks, 0),
        (Cluster().onMount, 0),
        (Filesystem("mmfs2").callbacks, 0),
        (Node("n1").callbacks, 0),
        (Filesystem("mmfs1").callbacks, 100),
    ],
    ids=["cluster", "event", "another file system", "node", "the file system"],
)
def test_a_listing_reads_only_the_headers_that_it_needs(gpfs, monkeypatch, callbacks, read):
    Filesystem("mmfs1").onMount.new("x", handler)
    entry = gpfs.callbacks["x"]
    gpfs.callbacks.replace({f"callback-{number}": entry for number in range(100)})
    count = []
    split = tokens.split
    monkeypatch.setattr(tokens, "split", lambda text: count.append(text) or split(text))
    list(callbacks)
    assert len(count) == read
