"""What runs where and with which values, under every answer to the open questions."""

from __future__ import annotations

import time

import pytest

from arcapix.fs.gpfs import Cluster, Fileset, Filesystem, GPFSExecuteException, Node, Nodeclass, Pool


def show(fsName):
    print(fsName)


def test_an_object_sees_its_own_events_only(world, room_for_a_token):
    world.mm("mmcrfileset", "mmfs1", "projects")
    Filesystem("mmfs1").onSoftQuotaExceeded.new("fs", show)
    Fileset("mmfs1", "projects").onSoftQuotaExceeded.new("fileset", show)
    Pool("system", "mmfs1").onLowDiskSpace.new("pool", show)
    assert Filesystem("mmfs1").callbacks.keys() == ["fs"]
    assert Fileset("mmfs1", "projects").callbacks.keys() == ["fileset"]
    assert Pool("system", "mmfs1").callbacks.keys() == ["pool"]
    assert Fileset("mmfs2", "projects").callbacks.keys() == []
    world.settle()

    def fire(event, **variables):
        world.cluster.fire(event, node="n1", **variables)
        return world.happened()

    quota, low = "softQuotaExceeded", "lowDiskSpace"
    assert fire(quota, fsName="mmfs1", filesetName="projects") == [
        ("fileset", "n1", quota),
        ("fs", "n1", quota),
    ]
    assert fire(quota, fsName="mmfs1", filesetName="other") == [("fs", "n1", quota)]
    assert fire(quota, fsName="mmfs1") == [("fs", "n1", quota)]
    assert fire(quota, fsName="mmfs2", filesetName="projects") == []
    assert fire(quota, filesetName="projects") == []
    assert fire(low, fsName="mmfs1", storagePool="system") == [("pool", "n1", low)]
    assert fire(low, fsName="mmfs1", storagePool="data") == []
    assert fire(low, fsName="mmfs1") == []


def test_gpfs_waits_for_what_is_synchronous(world, script, room_for_a_token):
    def slow():
        time.sleep(600)

    waits = {"sync": True, "timeout": 20}
    Cluster().callbacks.new("last", script("true"), "mount", **waits)
    Cluster().callbacks.new("second", script("true"), "mount", priority=2, **waits)
    Cluster().callbacks.new("first", show, "mount", priority=1, **waits)
    Cluster().callbacks.new("slow", slow, "unmount", sync=True, timeout=1)
    world.settle()
    at_once = world.answers["event_order"] in ("as-raised", "duplicated")
    world.cluster.fire("mount", fsName="mmfs1")
    if at_once:
        assert {run.state for run in world.cluster.runs} == {"succeeded"}
    order = ["second", "first"] if world.answers["priority_rule"] == "larger-first" else ["first", "second"]
    if world.answers["event_order"] == "duplicated":
        assert sorted(run.callback for run in world.runs()) == ["first", "last", "second"]
    else:
        assert [run.callback for run in world.runs()] == [*order, "last"]
    world.cluster.fire("unmount", fsName="mmfs1")
    reason = "timed out after 0.5 s: GPFS waits for 1 s"  # so what GPFS does then need not be known
    assert {(run.callback, run.state, run.reason) for run in world.runs()} == {("slow", "timed-out", reason)}
    assert not any(process.timed_out for process in world.cluster._emulator.records())


def test_nodes_and_node_classes_own_what_runs_on_them(world, script, room_for_a_token):
    world.mm("mmcrnodeclass", "edge", "-N", "n3,n4")
    Node("n2").onMount.new("node", show)
    Nodeclass("edge").onMount.new("class", show)
    Nodeclass("edge").onMount.new("class-script", script("true"))
    Cluster().callbacks.new("number", show, "mount", node="4")
    Cluster().callbacks.new("everywhere", show, "mount")
    world.settle()
    assert (
        Node("n2").callbacks.keys()
        == Node("n2.gpfs.test").callbacks.keys()
        == Node("2").callbacks.keys()
        == ["node"]
    )
    assert sorted(Nodeclass("edge").callbacks.keys()) == ["class", "class-script"]
    assert Cluster().callbacks["class"].owner == Nodeclass("edge")
    # Of a script only the listing tells, and that may show the members of a class instead of its name.
    expanded = world.answers["list_node_form"] == "long" or world.answers["N_class_storage"] == "expanded"
    expanded = expanded and world.answers["list_node_form"] != "typed"
    assert set(Node("n4").callbacks.keys()) == {"number", *(["class-script"] if expanded else [])}

    def run_on(node):
        world.cluster.fire("mount", node=node, fsName="mmfs1")
        return [callback for callback, _, _ in world.happened()]

    assert run_on("n1") == ["everywhere"]
    assert run_on("n2") == ["everywhere", "node"]
    assert run_on("n3") == ["class", "class-script", "everywhere"]
    assert run_on("n4") == ["class", "class-script", "everywhere", "number"]
    world.mm("mmchnodeclass", "edge", "add", "-N", "n1")
    later = ["class", "class-script"] if world.answers["N_class_storage"] == "class" else []
    assert run_on("n1") == [*later, "everywhere"]


def test_a_variable_without_a_value_is_undefined(world, quietly, room_for_a_token):
    def plain(filesetName, short, fsName="-"):
        print(repr((filesetName, short, fsName)))

    def typed(downNodes: list[str], upNodes: list[str], blockUsage: int, reason: str | None = "x"):
        print(repr((downNodes, upNodes, blockUsage, reason)))

    Cluster().callbacks.new("plain", plain, "softQuotaExceeded", parms=["%eventNode.shortName"])
    Cluster().callbacks.new("typed", typed, "softQuotaExceeded")
    world.settle()
    world.cluster.fire("softQuotaExceeded", node="n2", blockUsage=7)
    output = {run.callback: run.output for run in world.runs()}
    fileset = "" if world.answers["undefined_value"] == "empty" else "UNDEFINED"
    short = "n2" if world.answers["qualifiers"] == "on" else "UNDEFINED"
    assert output["plain"] == f"{(fileset, short, '-')!r}\n"
    nodes = [world.node(name) for name in ("n1", "n2", "n3", "n4")]
    assert output["typed"] == f"{([], nodes, 7, 'x')!r}\n"


def test_a_value_with_blanks_shifts_no_other(world, room_for_a_token):
    def report(fsName, filesetName, quotaOwnerName, text):
        print(repr((fsName, filesetName, quotaOwnerName, text)))

    Filesystem("mmfs1").onSoftQuotaExceeded.new("report", report, parms=["two  blanks"])
    world.settle()
    split = world.answers["substitution_order"] == "substitute-first"

    def fire(fileset):
        world.cluster.fire("softQuotaExceeded", fsName="mmfs1", filesetName=fileset, quotaOwnerName="J.  Doe")
        return [run.output for run in world.runs() if run.state != "skipped"]

    def expected(fileset):
        values = (fileset, "J.  Doe")
        arrived = tuple(" ".join(value.split()) for value in values) if split else values
        return [f"{(world.device('mmfs1'), *arrived, 'two  blanks')!r}\n"]

    assert fire("my  own project") == expected("my  own project")
    # What reads like a word of ours is either kept whole, or makes the file system undefined.
    assert fire("x fsName=mmfs2") == ([] if split else expected("x fsName=mmfs2"))
    assert fire("fsName=mmfs2") == ([] if world.answers.words_apart else expected("fsName=mmfs2"))


def test_global_events_run_where_gpfs_says(world, script, monkeypatch):
    events = "nodeJoin,nodeLeave,quorumReached,mount,unmount,clusterManagerTakeover"
    Cluster().callbacks.new("watch", script("true"), events)
    world.settle()
    everywhere = world.answers["global_on"] == "every-node"

    def on(event, *nodes):
        return [("watch", node, event) for node in nodes]

    world.cluster.crash("n4")
    assert world.happened() == on("nodeLeave", *(("n1", "n2", "n3") if everywhere else ("n1",)))
    world.cluster.nodes["n4"].start()
    found = world.happened()
    assert [one for one in found if one[2] == "nodeJoin"] == on(
        "nodeJoin", *(("n1", "n2", "n3", "n4") if everywhere else ("n1",))
    )
    assert [one for one in found if one[2] == "mount"] == on("mount", "n4", "n4")
    world.cluster.partition("n4")
    assert [one for one in world.happened() if one[2] == "unmount"] == on("unmount", "n4", "n4")
    world.cluster.heal()
    again = ("n4", "n4") if world.answers["remount_events"] == "on" else ()
    assert [one for one in world.happened() if one[2] == "mount"] == on("mount", *again)
    monkeypatch.setenv("ARCAPIX_GPFS_NODE", "n2")
    world.cluster.crash("n1")
    assert [one for one in world.happened() if one[2] == "clusterManagerTakeOver"] == on(
        "clusterManagerTakeOver", *(("n2", "n3", "n4") if everywhere else ("n2",))
    )
    world.cluster.mm("mmstartup", "-a")
    world.cluster.mm("mmshutdown", "-a")
    world.happened()
    world.cluster.mm("mmstartup", "-a")
    every_node = world.answers["quorumReached_on"] == "every-node"
    assert [one for one in world.happened() if one[2] == "quorumReached"] == on(
        "quorumReached", *(("n1", "n2", "n3", "n4") if every_node else ("n1",))
    )


def grow(fsName, filesetName):
    fileset = Filesystem(fsName).filesets[filesetName]
    fileset.change(maxInodes=256, filesSoftLimit=100, filesHardLimit=200)


def keep(fsName, storagePool):
    snapshots = Filesystem(fsName).snapshots
    try:
        snapshots.new(f"full-{storagePool}")
    except GPFSExecuteException:
        if f"full-{storagePool}" not in snapshots:
            raise


def tell(snapshotName, filesetName):
    print(snapshotName)


def test_causes_raise_events_that_handlers_answer_through_the_api(world, projects, room_for_a_token):
    fileset = projects.filesets["projects"]
    fileset.quotas.fileset.new(filesSoftLimit=5, filesHardLimit=20)
    fileset.onSoftQuotaExceeded.new("grow", grow)
    projects.onLowDiskSpace.new("keep", keep)
    projects.onSnapshotCreated.new("tell", tell)
    world.settle()
    for number in range(6):
        world.cluster.write("mmfs1", b"x", f"projects/{number}")
    ran = world.happened()
    assert {callback for callback, _, _ in ran} == {"grow"}
    if world.answers["quota_repeat"] == "once":
        assert len(ran) == 1
    fileset.refresh()
    assert (fileset.maxInodes, fileset.quotas.fileset["projects"].filesSoftLimit) == (256, 100)
    world.cluster.write("mmfs1", 1000 << 10)
    runs = world.runs()
    assert {run.callback for run in runs} == {"keep", "tell"}
    assert {run.state for run in runs} == {"succeeded"}
    if world.answers["space_interval"] != "0":
        assert len(runs) == 2
    assert list(projects.snapshots) == ["full-system"]
    assert {run.output for run in runs if run.callback == "tell"} == {"full-system\n"}


def test_what_is_doubtful_is_warned_of_and_left_to_gpfs(world, script, doubtfully):
    command, new = script("true"), Cluster().callbacks.new
    answers, waits = world.answers, {"sync": True, "timeout": 5}
    cases = [
        ("odd-event", True, answers["event_unknown"] == "accept", (command, "noSuchEvent"), {}),
        ("MMfoo", True, answers["reserved_prefix_case"] == "lower", (command, "mount"), {}),
        ("no-script", True, answers["command_check"] == "none", (f"{command}-gone", "mount"), {}),
        (
            "odd-action",
            True,
            answers["onerror_values"] == "any",
            (command, "mount"),
            {**waits, "onerror": "retry"},
        ),
        ("mounting", False, answers["N_mount_class"] == "accept", (command, "mount"), {"node": "mount"}),
        ("tiebreaker", False, answers["tiebreaker_guard"] == "accept", (command, "tiebreakerCheck"), {}),
        ("nowhere", False, False, (command, "mount"), {"node": "n77"}),
        ("any-case", False, True, (command, "LOWDISKSPACE,clustermanagertakeover"), {}),
        ("All", True, True, (command, "mount"), {}),
    ]
    for identifier, doubtful, accepted, arguments, keywords in cases:

        def install(identifier=identifier, arguments=arguments, keywords=keywords):
            return new(identifier, *arguments, **keywords)

        if accepted:
            assert (doubtfully(install) if doubtful else install()).installed, identifier
        else:
            with pytest.raises(GPFSExecuteException, match="mmaddcallback exited with status 1"):
                doubtfully(install) if doubtful else install()
    expected = {case[0] for case in cases if case[2]}
    assert set(Cluster().callbacks.keys()) == expected
    events = Cluster().callbacks["any-case"].events
    assert sorted(events) == ["clusterManagerTakeover", "lowDiskSpace"]
    for identifier in expected:
        Cluster().callbacks[identifier].delete()
    assert world.nothing_listed()
