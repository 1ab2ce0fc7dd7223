"""Whether what callbacks are about is there: said when they are installed, and marked in the list."""

from __future__ import annotations

import json
import re
import warnings

import pytest
from click.testing import CliRunner

from arcapix.fs.gpfs import (
    CallbackWarning,
    Cluster,
    Fileset,
    Filesystem,
    GPFSNotInstalled,
    Node,
    Nodeclass,
    NotFound,
    Pool,
)
from arcapix.fs.gpfs.cli import main
from arcapix.fs.gpfs.commands import process

pytestmark = pytest.mark.usefixtures("roomy")

MISSPELT = [
    (
        Filesystem("mfms1"),
        "mount",
        "there is no file system 'mfms1'; did you mean 'mmfs1'?",
        ["mmlsfs"],
    ),
    (
        Fileset("mmfs1", "roto"),
        "softQuotaExceeded",
        "there is no fileset 'roto'; did you mean 'root'?",
        ["mmlsfileset"],
    ),
    (
        Pool("systme", "mmfs1"),
        "lowDiskSpace",
        "there is no pool 'systme'; did you mean 'system'?",
        ["mmlspool"],
    ),
    (
        Fileset("mfms1", "root"),
        "softQuotaExceeded",
        "there is no file system 'mfms1'; did you mean 'mmfs1'?",
        ["mmlsfileset", "mmlsfs"],
    ),
    (Filesystem("{0}%s"), "mount", "there is no file system '{0}%s'", ["mmlsfs"]),
]
misspelt = pytest.mark.parametrize(("owner", "event", "told", "asked"), MISSPELT)


def handler():
    return None


@misspelt
def test_what_is_not_there_is_named_with_the_nearest_before_anything_is_installed(
    gpfs, owner, event, told, asked
):
    with pytest.warns(CallbackWarning) as caught:
        callback = owner.callbacks.new("x", handler, event)
    assert [str(one.message) for one in caught] == [f"callback 'x' will not run as long as {told}"]
    assert caught[0].filename == __file__
    assert gpfs.names() == [*asked, "mmlscallback", "mmaddcallback"]
    assert callback.installed


@misspelt
def test_where_warnings_are_errors_nothing_is_installed(gpfs, owner, event, told, asked):
    with pytest.raises(CallbackWarning, match=re.escape(told)):
        owner.callbacks.new(handler, event)
    with pytest.raises(CallbackWarning, match=re.escape(told)), owner.callbacks.batch() as batch:
        batch.new(handler, event)
    assert gpfs.changing == 0
    assert gpfs.callbacks == {}


@pytest.mark.parametrize(
    "owner", [Node("nope"), Nodeclass("nope"), Cluster()], ids=["node", "node class", "node="]
)
def test_a_node_that_is_not_there_is_refused_by_gpfs(gpfs, owner):
    keywords = {"node": "nope"} if owner == Cluster() else {}
    with pytest.raises(Exception, match="Incorrect node nope specified"):
        owner.callbacks.new(handler, "mount", **keywords)


@pytest.mark.parametrize(
    ("owner", "event", "meant"),
    [
        (Pool("mmfs1", "system"), "lowDiskSpace", "Pool('system', 'mmfs1')"),
        (Fileset("root", "mmfs1"), "softQuotaExceeded", "Fileset('mmfs1', 'root')"),
    ],
)
def test_words_in_the_order_of_another_class_are_told(gpfs, owner, event, meant):
    told = f"no file system '{owner.filesystemName}'; did you mean {re.escape(meant)}"
    with pytest.warns(CallbackWarning, match=told):
        owner.callbacks.new("x", handler, event)
    with pytest.raises(NotFound, match=told):
        _ = owner.id
    assert gpfs.callbacks.keys() == {"x"}


def test_several_missing_names_of_one_batch_cost_one_listing(gpfs):
    with pytest.warns(CallbackWarning) as caught, Cluster().callbacks.batch() as batch:
        for name in ("one", "two", "three"):
            owner = Fileset("mmfs1", name)
            batch._prepared += _prepared(owner, owner.callbacks.define(handler, "softQuotaExceeded"))
    assert len(caught) == 3
    assert gpfs.count("mmlsfileset") == 1


def test_what_was_made_since_counts(gpfs):
    fileset = Fileset("mmfs1", "projects")
    with pytest.warns(CallbackWarning, match="no fileset 'projects'"):
        fileset.onSnapshotCreated.new(handler)
    gpfs.run("mmcrfileset mmfs1 projects")
    fileset.onSnapshotCreated.new(handler)
    gpfs.calls.clear()
    fileset.onSnapshotCreated.new(handler)
    assert gpfs.names() == ["mmaddcallback"]


def test_another_cluster_is_asked_anew(gpfs, monkeypatch, tmp_path):
    Filesystem("mmfs1").onMount.new(handler)
    monkeypatch.setenv("ARCAPIX_GPFS_BIN", str(tmp_path / "another"))
    gpfs.calls.clear()
    Filesystem("mmfs1").onMount.new(handler)
    assert gpfs.names()[:2] == ["mmlsfs", "mmaddcallback"]
    gpfs.calls.clear()
    with process.using(lambda argv, timeout: gpfs(argv, timeout)):
        Filesystem("mmfs1").onMount.new(handler)
    assert gpfs.names() == ["mmlsfs", "mmaddcallback"]


def test_a_batch_asks_once_for_each_kind_and_names_each_object_once(gpfs):
    with pytest.warns(CallbackWarning) as caught, Cluster().callbacks.batch() as batch:
        for owner, event, _, _ in MISSPELT[:3] * 5:
            definition = owner.callbacks.define(handler, event)
            batch._prepared += _prepared(owner, definition)
    told = [re.sub(r"'handler_\w+'", "'h'", str(one.message)) for one in caught]
    assert told == [
        f"callbacks 'h', 'h', 'h' and 2 more will not run as long as {told}" for _, _, told, _ in MISSPELT[:3]
    ]
    assert gpfs.names() == ["mmlsfs", "mmlsfileset", "mmlspool", "mmaddcallback"]


def _prepared(owner, definition):
    """A batch of one owner, as another one's callbacks of it would be."""
    other = owner.callbacks.batch()
    other._define = lambda: definition
    other.__enter__().new()
    return other._prepared


@pytest.mark.parametrize(
    ("owner", "event", "listing"),
    [
        (Filesystem("mmfs1"), "mount", "mmlsfs"),
        (Fileset("mmfs1", "root"), "softQuotaExceeded", "mmlsfileset"),
        (Pool("system", "mmfs1"), "lowDiskSpace", "mmlspool"),
    ],
)
def test_a_listing_that_fails_is_a_warning_that_says_so(gpfs, owner, event, listing):
    gpfs.fails[listing] = ["GPFS is down on this node."]
    expected = (
        "^whether there is what callback 'x' is about cannot be told: "
        f"{listing} exited with status 1: GPFS is down on this node.$"
    )
    with pytest.warns(CallbackWarning, match=expected):
        owner.callbacks.new("x", handler, event)
    assert list(gpfs.callbacks) == ["x"]


def test_what_is_not_known_about_several_callbacks_is_said_of_all(gpfs):
    gpfs.fails["mmlsfs"] = ["GPFS is down on this node."]
    told = "whether there is what callbacks 'a', 'b' are about cannot be told"
    with pytest.warns(CallbackWarning, match=told), Filesystem("mmfs1").callbacks.batch() as batch:
        batch.new("a", handler, "mount")
        batch.new("b", handler, "mount")


def test_a_listing_that_cannot_be_read_is_no_proof_that_there_is_nothing(gpfs):
    gpfs.answer("mmlspool", "a layout that nobody has seen\n")
    with pytest.warns(CallbackWarning, match="cannot be told: GPFS lists no pool of mmfs1 at all"):
        Pool("system", "mmfs1").onLowDiskSpace.new(handler)


def test_a_cluster_without_file_systems_has_none(gpfs):
    gpfs.answer("mmlsfs", (1, "mmlsfs: No file systems were found.\n"))
    with pytest.warns(CallbackWarning, match="no file system 'mmfs1'$"):
        Filesystem("mmfs1").onMount.new(handler)


def test_without_mm_commands_that_is_what_is_said(gpfs, tmp_path):
    def nothing(argv, timeout):
        if argv[0].endswith("mmlsfs"):
            raise GPFSNotInstalled(tmp_path)
        return gpfs(argv, timeout)

    with process.using(nothing), pytest.raises(GPFSNotInstalled):
        Filesystem("mmfs1").onMount.new(handler)


# what is listed


@pytest.fixture
def listed(gpfs):
    """One callback that is in order of each kind, and some about what has gone since they were installed."""
    gpfs.run("mmcrfileset mmfs1 projects")
    gpfs.run("mmcrnodeclass short -N n1,n2")
    Filesystem("mmfs1").onMount.new("fine", handler, node="n1")
    Nodeclass("gateways").onMount.new("fine-too", handler)
    Fileset("mmfs1", "projects").onSnapshotCreated.new("of-fileset", handler)
    Nodeclass("short").onMount.new("of-class", handler)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        Pool("dta", "mmfs1").onLowDiskSpace.new("of-pool", handler)
        Filesystem("mfms1").onMount.new("of-fs", handler)
    gpfs.run("mmdelfileset mmfs1 projects")
    with gpfs.emulator.change() as state:
        del state.nodeclasses["short"]
    gpfs.calls.clear()
    return gpfs


def invoke(*words):
    done = CliRunner().invoke(main, list(words))
    assert done.exit_code == 0, done.output
    return done


def test_the_list_marks_what_is_about_nothing(listed):
    rows = {line.split()[0]: line for line in invoke("list").stdout.splitlines()}
    marks = {name: re.search(r"  (no [a-z ]+)$", line) for name, line in rows.items()}
    assert {name: mark and mark[1] for name, mark in marks.items()} == {
        "ID": None,
        "fine": None,
        "fine-too": None,
        "of-fileset": "no fileset",
        "of-class": "no node",
        "of-pool": "no pool",
        "of-fs": "no file system",
    }
    assert rows["ID"].endswith("  REMARKS")
    assert listed.count() == len({*listed.names()}), "each listing once"


def test_show_says_it_in_a_sentence(listed):
    assert (
        "remark:       it will not run as long as there is no file system 'mfms1'; did you mean 'mmfs1'?\n"
        in (invoke("show", "of-fs").stdout)
    )
    assert "remark:       it will not run on 'short': no node or node class is called so\n" in (
        invoke("show", "of-class").stdout
    )
    assert "remark" not in invoke("show", "fine").stdout


def test_so_do_the_fields_for_programs(listed):
    remarks = {one["id"]: one["remarks"] for one in json.loads(invoke("list", "--json").stdout)}
    assert remarks["fine"] == remarks["fine-too"] == []
    assert remarks["of-fileset"] == ["it will not run as long as there is no fileset 'projects'"]
    assert json.loads(invoke("show", "of-fileset", "--json").stdout)["remarks"] == remarks["of-fileset"]


def test_what_cannot_be_told_is_said_once_and_marks_nothing(listed):
    for listing in ("mmlsfs", "mmlsfileset", "mmlspool", "mmlscluster"):
        listed.fails[listing] = ["GPFS is down on this node."] * 20
    done = invoke("list")
    assert not re.search(r"no (file|pool|node)", done.stdout)
    assert done.stderr.splitlines() == [
        f"arcapix-gpfs: warning: whether there {what} cannot be told: {listing} exited with status 1: GPFS is down on this node."
        for what, listing in [
            ("are the nodes of callbacks", "mmlscluster"),
            ("is what callbacks are about", "mmlsfileset"),
            ("is what callbacks are about", "mmlsfs"),
            ("is what callbacks are about", "mmlspool"),
        ]
    ]
