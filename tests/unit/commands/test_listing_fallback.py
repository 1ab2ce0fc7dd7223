"""Releases without -Y: the plain form takes over, once and for the rest of the process."""

from __future__ import annotations

import pytest

from arcapix.fs.gpfs import commands
from arcapix.fs.gpfs.commands import process
from arcapix.fs.gpfs.exceptions import GPFSError, GPFSExecuteException

CALLS = [
    ("mmlscluster-plain-ccr", lambda: commands.mmlscluster(), ("mmlscluster", "-Y"), ("mmlscluster",)),
    ("mmgetstate-plain-4.2", lambda: commands.mmgetstate(), ("mmgetstate", "-a", "-Y"), ("mmgetstate", "-a")),
    (
        "mmgetstate-plain-4.2",
        lambda: commands.mmgetstate(["n1", "n2"]),
        ("mmgetstate", "-N", "n1,n2", "-Y"),
        ("mmgetstate", "-N", "n1,n2"),
    ),
    ("mmlsmgr-plain", lambda: commands.mmlsmgr(), ("mmlsmgr", "-Y"), ("mmlsmgr",)),
    ("mmlsnodeclass-plain", lambda: commands.mmlsnodeclass(), ("mmlsnodeclass", "-Y"), ("mmlsnodeclass",)),
    (
        "mmlssnapshot-plain-older",
        lambda: commands.mmlssnapshot("silo"),
        ("mmlssnapshot", "silo", "-Y"),
        ("mmlssnapshot", "silo"),
    ),
    (
        "mmlsmount-L-4.2",
        lambda: commands.mmlsmount("reedfs"),
        ("mmlsmount", "reedfs", "-Y"),
        ("mmlsmount", "reedfs", "-L"),
    ),
]

REFUSALS = [
    (1, "", "mmx: Incorrect option: -Y\n"),
    (1, "", "Usage:\n  mmx [-a]\n"),
    (1, "mmx: unrecognized option '-Y'\n", ""),
    (22, "", "usage: mmx\n"),
    (0, "something that is no row\n", ""),
    (0, "", ""),
]


@pytest.mark.parametrize(("name", "call", "rows", "plain"), CALLS)
@pytest.mark.parametrize(("status", "stdout", "stderr"), REFUSALS)
def test_a_release_without_rows_is_asked_plainly_and_from_then_on_at_once(
    answers, golden, name, call, rows, plain, status, stdout, stderr
):
    answers.will(stdout, status=status, stderr=stderr).will(golden(name))
    first = call()
    assert answers.asked == [rows, plain]
    assert first
    assert call() == first
    assert answers.asked == [rows, plain, plain]


@pytest.mark.parametrize(("name", "call", "rows", "plain"), CALLS)
def test_a_release_with_rows_is_asked_once(answers, golden, name, call, rows, plain):
    answers.will("There are no such things.\n")
    if rows[0] == "mmlscluster":
        answers.planned = [(0, golden("mmlscluster-Y-5.0.4"), "")]
    call()
    assert answers.asked == [rows]


def test_another_failure_is_not_answered_with_a_second_command(answers):
    answers.will("", status=1, stderr="mmlssnapshot: File system silo is not known to the GPFS cluster.\n")
    with pytest.raises(GPFSExecuteException):
        commands.mmlssnapshot("silo")
    assert len(answers.asked) == 1


def test_a_command_that_failed_with_status_0_is_not_answered_with_a_second_one(answers):
    answers.will("mmlsmgr: Command failed.\n")
    with pytest.raises(GPFSExecuteException):
        commands.mmlsmgr()
    assert len(answers.asked) == 1


def test_the_plain_form_is_not_remembered_when_it_fails_as_well(answers, golden):
    answers.will("", status=1, stderr="Usage:\n").will("", status=1, stderr="Usage:\n").will(
        golden("mmlsmgr-Y")
    )
    with pytest.raises(GPFSExecuteException):
        commands.mmlsmgr()
    assert commands.mmlsmgr().filesystems["mmfs1"] == "lynx-2.tundra.example"
    assert answers.asked[-1] == ("mmlsmgr", "-Y")


def test_what_was_remembered_of_one_cluster_is_not_believed_of_another(answers, golden):
    answers.will("", status=1, stderr="Usage:\n").will(golden("mmlsmgr-plain"))
    commands.mmlsmgr()
    asked = []

    def other(argv, timeout):
        asked.append(argv[1:])
        return process.Completed(argv, 0, golden("mmlsmgr-Y"), "")

    with process.using(other):
        commands.mmlsmgr()
    assert asked == [("-Y",)]


def test_what_was_remembered_of_one_directory_is_not_believed_of_another(answers, golden, monkeypatch):
    answers.will("", status=1, stderr="Usage:\n").will(golden("mmlsmgr-plain")).will(golden("mmlsmgr-Y"))
    commands.mmlsmgr()
    monkeypatch.setenv("ARCAPIX_GPFS_BIN", "/opt/other/bin")
    commands.mmlsmgr()
    assert answers.asked[-1] == ("mmlsmgr", "-Y")


def test_a_cluster_that_cannot_be_read_is_an_error_not_an_empty_cluster(answers):
    answers.will("There are no words for it.\n")
    with pytest.raises(GPFSError, match="names no cluster"):
        commands.mmlscluster()
    answers.planned = [(1, "", "Usage:\n"), (0, "nothing of use\n", "")]
    with pytest.raises(GPFSError, match="names no cluster"):
        commands.mmlscluster()


def test_a_local_node_name_that_cannot_be_read_is_an_error(answers):
    answers.will("what a long sentence\n")
    with pytest.raises(GPFSExecuteException, match="holds no node name"):
        commands.mmlsnode_local()
