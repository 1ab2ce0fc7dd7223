"""What each function sends, word for word."""

from __future__ import annotations

import tempfile

import pytest

from arcapix.fs.gpfs import GPFSError, commands
from arcapix.fs.gpfs.commands import CallbackRecord

PLAIN = CallbackRecord("drill", "/opt/x", ("mount", "unmount"))
FULL = CallbackRecord(
    "drill",
    "/opt/x",
    ("preUnmount",),
    nodes=("n1", "n2"),
    parms=("A1.token", "eventName=%eventName", "fsName=%fsName"),
    priority="1.5",
    sync=True,
    timeout=30,
    onerror="continue",
)


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (
            lambda: commands.mmaddcallback(PLAIN),
            ["mmaddcallback", "drill", "--command", "/opt/x", "--event", "mount,unmount"],
        ),
        (
            lambda: commands.mmaddcallback(FULL),
            [
                *[
                    "mmaddcallback",
                    "drill",
                    "--command",
                    "/opt/x",
                    "--event",
                    "preUnmount",
                    "--priority",
                    "1.5",
                ],
                *["--sync", "--timeout", "30", "--onerror", "continue", "-N", "n1,n2"],
                *["--parms", "A1.token eventName=%eventName fsName=%fsName"],
            ],
        ),
        (
            lambda: commands.mmaddcallback(FULL, words_apart=True),
            [
                *[
                    "mmaddcallback",
                    "drill",
                    "--command",
                    "/opt/x",
                    "--event",
                    "preUnmount",
                    "--priority",
                    "1.5",
                ],
                *["--sync", "--timeout", "30", "--onerror", "continue", "-N", "n1,n2"],
                *["--parms", "A1.token", "--parms", "eventName=%eventName", "--parms", "fsName=%fsName"],
            ],
        ),
        (lambda: commands.mmdelcallback("a"), ["mmdelcallback", "a"]),
        (lambda: commands.mmdelcallback("a", "b", "c"), ["mmdelcallback", "a,b,c"]),
        (lambda: commands.mmstartup(), ["mmstartup", "-a"]),
        (lambda: commands.mmstartup(["n1"]), ["mmstartup", "-N", "n1"]),
        (lambda: commands.mmshutdown(), ["mmshutdown", "-a"]),
        (lambda: commands.mmshutdown(["n1", "n2"], 45), ["mmshutdown", "-t", "45", "-N", "n1,n2"]),
        (
            lambda: commands.mmaddnode("n4:quorum-manager:n4-adm"),
            ["mmaddnode", "-N", "n4:quorum-manager:n4-adm"],
        ),
        (lambda: commands.mmdelnode("n4"), ["mmdelnode", "-N", "n4"]),
        (
            lambda: commands.mmchnode("n4", "--quorum", "--manager"),
            ["mmchnode", "--quorum", "--manager", "-N", "n4"],
        ),
        (lambda: commands.mmchlicense("server", "n4"), ["mmchlicense", "server", "--accept", "-N", "n4"]),
        (lambda: commands.mmcrnodeclass("c", ["n1", "n2"]), ["mmcrnodeclass", "c", "-N", "n1,n2"]),
        (lambda: commands.mmchnodeclass("c", "add", ["n3"]), ["mmchnodeclass", "c", "add", "-N", "n3"]),
        (lambda: commands.mmdelnodeclass("c"), ["mmdelnodeclass", "c"]),
        (
            lambda: commands.mmcrfileset("fs1", "a", "--inode-space", "new", "-t", "two words"),
            ["mmcrfileset", "fs1", "a", "--inode-space", "new", "-t", "two words"],
        ),
        (lambda: commands.mmchfileset("fs1", "a", "-j", "b"), ["mmchfileset", "fs1", "a", "-j", "b"]),
        (
            lambda: commands.mmlinkfileset("fs1", "a", "rel/path"),
            ["mmlinkfileset", "fs1", "a", "-J", "rel/path"],
        ),
        (lambda: commands.mmunlinkfileset("fs1", "a"), ["mmunlinkfileset", "fs1", "a"]),
        (lambda: commands.mmunlinkfileset("fs1", "a", True), ["mmunlinkfileset", "fs1", "a", "-f"]),
        (lambda: commands.mmdelfileset("fs1", "a"), ["mmdelfileset", "fs1", "a"]),
        (lambda: commands.mmdelfileset("fs1", "a", force=True), ["mmdelfileset", "fs1", "a", "-f"]),
        (
            lambda: commands.mmcrsnapshot("fs1", "@GMT-2026.01.31-23.59.59"),
            ["mmcrsnapshot", "fs1", "@GMT-2026.01.31-23.59.59"],
        ),
        (lambda: commands.mmcrsnapshot("fs1", "s", "a"), ["mmcrsnapshot", "fs1", "s", "-j", "a"]),
        (lambda: commands.mmdelsnapshot("fs1", "s"), ["mmdelsnapshot", "fs1", "s"]),
        (
            lambda: commands.mmdelsnapshot("fs1", "s", "a", "other", ["n1", "n2"]),
            ["mmdelsnapshot", "fs1", "s", "-j", "a", "--qos", "other", "-N", "n1,n2"],
        ),
        (
            lambda: commands.mmsetquota("fs1:a", block_soft=1, block_hard=2049, files_soft=5, files_hard="6"),
            ["mmsetquota", "fs1:a", "--block", "1K:3K", "--files", "5:6"],
        ),
        (
            lambda: commands.mmsetquota("fs1:a", block_soft="10G", block_hard=0),
            ["mmsetquota", "fs1:a", "--block", "10G:0K"],
        ),
        (
            lambda: commands.mmsetquota(["fs1", "--user", "ann"], files_soft=5),
            ["mmsetquota", "fs1", "--user", "ann", "--files", "5"],
        ),
        (lambda: commands.mmlscallback(), ["mmlscallback"]),
        (lambda: commands.mmlspool("fs1"), ["mmlspool", "fs1"]),
        (lambda: commands.mmlspool_space("fs1"), ["mmlspool", "fs1"]),
        (lambda: commands.mmlspolicy_thresholds("fs1"), ["mmlspolicy", "fs1", "-L"]),
        (lambda: commands.mmsnapdir("fs1"), ["mmsnapdir", "fs1"]),
    ],
)
def test_one_call_is_one_command(answers, call, line):
    answers.will()
    call()
    assert answers.asked == [tuple(line)]


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (lambda: commands.mmlsfs(), ["mmlsfs", "all", "-Y"]),
        (lambda: commands.mmlsfileset("fs1"), ["mmlsfileset", "fs1", "-Y"]),
        (lambda: commands.mmlsfileset("fs1", "a", "b"), ["mmlsfileset", "fs1", "a,b", "-Y"]),
        (lambda: commands.mmrepquota("fs1", "j"), ["mmrepquota", "-Y", "-j", "fs1"]),
        (lambda: commands.mmlsquota_fileset("fs1", "a"), ["mmlsquota", "-j", "a", "-Y", "fs1"]),
    ],
)
def test_one_listing_is_one_command(answers, call, line):
    answers.will("There are no such things.\n")
    call()
    assert answers.asked == [tuple(line)]


def test_several_callbacks_are_listed_by_one_command(answers, golden):
    answers.will(golden("mmlscallback-two"))
    commands.mmlscallback("drill1", "drill2")
    assert answers.asked == [("mmlscallback", "drill1,drill2")]


def test_nothing_to_delete_or_to_register_runs_nothing(answers):
    answers.will()
    commands.mmdelcallback()
    commands.mmaddcallback_spec([])
    assert answers.asked == []


def test_options_of_a_synchronous_callback_are_not_sent_for_another(answers):
    answers.will()
    commands.mmaddcallback(CallbackRecord("drill", "/opt/x", ("mount",), timeout=30, onerror="continue"))
    assert answers.asked == [("mmaddcallback", "drill", "--command", "/opt/x", "--event", "mount")]


def test_a_spec_file_that_cannot_be_written_runs_nothing_and_says_where_it_was_to_be(
    answers, monkeypatch, tmp_path
):
    answers.will()
    gone = tmp_path / "gone"
    monkeypatch.setattr(tempfile, "tempdir", str(gone))
    with pytest.raises(GPFSError) as caught:
        commands.mmaddcallback_spec([PLAIN])
    assert str(caught.value) == (
        f"nothing was installed: the spec file for mmaddcallback cannot be written in {gone}: "
        "No such file or directory; set TMPDIR to another folder"
    )
    assert answers.asked == []


def test_a_spec_file_refuses_what_it_cannot_express(answers):
    answers.will()
    for record in (
        CallbackRecord("one", "/opt/a path", ("mount",)),
        CallbackRecord("one", "/opt/x", ("mount",), parms=("-e %eventName",)),
        CallbackRecord("one", "/opt/x", ("mount",), parms=("",)),
    ):
        with pytest.raises(ValueError, match="spec file"):
            commands.mmaddcallback_spec([record])
    assert answers.asked == []


def test_a_hard_limit_alone_and_no_limit_at_all_are_refused(answers):
    answers.will()
    with pytest.raises(ValueError, match="give both"):
        commands.mmsetquota("fs1:a", block_hard=1024)
    with pytest.raises(ValueError, match="at least one limit"):
        commands.mmsetquota("fs1:a")
    assert answers.asked == []


def test_a_node_that_could_not_be_reached_was_not_added_whatever_the_command_says(answers):
    answers.will(
        "Sat Nov  4 16:01:18 KST 2017: mmaddnode: Processing node pond05\n"
        "mmaddnode: pond05 cannot be reached.\n"
        "mmaddnode: The following nodes could not be added to the GPFS cluster:\n\t\tpond05\n"
        "mmaddnode: Command successfully completed\n"
    )
    with pytest.raises(commands.process.GPFSExecuteException, match="the node was not added"):
        commands.mmaddnode("pond05")


def test_a_node_knows_every_form_of_its_name(answers, golden):
    answers.will(golden("mmlscluster-Y-5.1-comments"))
    first, second = commands.mmlscluster().nodes
    assert first.names() == ("ib-elk1", "elk1.fjord.example", "elk1", "172.20.5.1", "1")
    assert (first.quorum, first.manager) == (True, True)
    assert (second.quorum, second.manager) == (False, False)


@pytest.mark.parametrize(
    ("designation", "quorum", "manager"),
    [
        ("quorumManager", True, True),
        ("quorum-manager-perfmon", True, True),
        ("quorum", True, False),
        ("manager", False, True),
        ("perfmon", False, False),
        ("nonquorum-manager", False, True),
        ("nonquorum-client", False, False),
        ("", False, False),
    ],
)
def test_a_designation_says_what_the_node_may_become(designation, quorum, manager):
    node = commands.NodeRecord(1, "n1", "10.0.0.1", "n1", designation)
    assert (node.quorum, node.manager) == (quorum, manager)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (
            'Fileset snapshot directory for "fs" is ".f" (root directory only)\nGlobal snapshot directory for "fs" is ".g" in root\n',
            ".g",
        ),
        ('Snapshot directory for "fs" is ".s"\n', ".s"),
        ("something else\n", ".snapshots"),
    ],
)
def test_the_snapshot_directory_is_the_global_one(answers, text, name):
    answers.will(text)
    assert commands.mmsnapdir("fs") == name


QUOTA_ROWS = (
    "mmrepquota::HEADER:version:reserved:reserved:filesystemName:quotaType:id:name:blockUsage:blockQuota:blockLimit:"
    "blockInDoubt:blockGrace:filesUsage:filesQuota:filesLimit:filesInDoubt:filesGrace:remarks:quota:defQuota:fid:"
    "filesetname:\n"
    + "".join(
        f"mmrepquota::0:1:::fs1:{kind}:7:{name}:0:0:0:0:none:0:0:0:0:none:e:on:off:::\n"
        for kind, name in (("FILESET", "projects"), ("GRP", "staff"), ("USR", "ann"))
    )
)


@pytest.mark.parametrize(("kind", "name"), [("j", "projects"), ("g", "staff"), ("u", "ann")])
def test_a_report_of_all_kinds_gives_those_of_the_kind_that_was_asked_for(answers, kind, name):
    answers.will(QUOTA_ROWS)
    assert [record.name for record in commands.mmrepquota("fs1", kind)] == [name]


@pytest.mark.parametrize("target", ["-x:projects", ("-x", "--user", "ann")])
def test_a_target_of_quotas_cannot_be_an_option(answers, target):
    with pytest.raises(ValueError, match="-x"):
        commands.mmsetquota(target, files_soft=1, files_hard=2)
    assert answers.asked == []


def test_a_cluster_manager_that_is_listed_twice_is_one(answers):
    answers.will(
        "mmlsmgr:clusterManager:HEADER:version:reserved:reserved:manager:\n"
        "mmlsmgr:clusterManager:0:1:::n1:\n"
        "mmlsmgr:clusterManager:0:1:::n1:\n"
    )
    assert commands.mmlsmgr().cluster_manager == "n1"
