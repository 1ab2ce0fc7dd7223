"""What counts as success, what is repeated, and for how long."""

from __future__ import annotations

import pytest

from arcapix.fs.gpfs import commands
from arcapix.fs.gpfs.commands import CallbackRecord, ClusterRecord, NodeRecord, process, remote
from arcapix.fs.gpfs.exceptions import GPFSError, GPFSExecuteException

RECORD = CallbackRecord("drill", "/opt/x", ("mount",))
FAILED = "mmaddcallback: Command failed. Examine previous error messages to determine cause.\n"


@pytest.fixture
def pauses(monkeypatch):
    """Pauses taken between attempts, none of them real."""
    taken = []
    monkeypatch.setattr(process, "_sleep", taken.append)
    return taken


def test_status_0_is_a_success_whatever_is_printed_on_either_stream(answers):
    propagating = (
        "mmaddcallback: 6027-1371 Propagating the cluster configuration data to all\n"
        "  affected nodes.  This is an asynchronous process.\n"
    )
    answers.will(propagating).will("", stderr=propagating)
    commands.mmaddcallback(RECORD)
    commands.mmaddcallback(RECORD)
    assert [argv[1] for argv in answers.asked] == ["drill", "drill"]


def test_another_status_is_a_failure(answers):
    answers.will("half of it\n", status=1, stderr="mmlscallback: a reason\n")
    with pytest.raises(GPFSExecuteException) as caught:
        commands.mmlscallback()
    assert (caught.value.returncode, caught.value.stdout) == (1, "half of it\n")
    assert "a reason" in str(caught.value)


@pytest.mark.parametrize(
    "line",
    [
        "mmlspool: Command failed.  Examine previous error messages to determine cause.",
        "mmlspool: Command failed. Examine previous error messages.",
        "mmlspool: 6027-1639 Command failed. Examine previous error messages to determine cause.",
        "Command failed.",
    ],
)
@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_command_failed_is_a_failure_even_with_status_0(answers, line, stream):
    both = {"stdout": "", "stderr": "", stream: f"mmlspool: File system x is not known.\n{line}\n"}
    answers.will(both["stdout"], stderr=both["stderr"])
    with pytest.raises(GPFSExecuteException) as caught:
        commands.mmlspool("x")
    assert caught.value.returncode == 0
    assert "its output says that it failed" in str(caught.value)


def test_the_words_inside_a_value_are_no_failure(answers):
    answers.will("drill\n        command         = /opt/Command failed.\n        event           = mount\n")
    assert commands.mmlscallback()[0].command == "/opt/Command failed."


def test_rows_need_a_header(answers):
    answers.will("mmlsfs::0:1:::fs1:inodeSize:4096::\n")
    with pytest.raises(GPFSExecuteException, match="no HEADER line"):
        commands.mmlsfs()


def test_a_header_without_rows_is_an_empty_answer(answers):
    answers.will("mmlsfs::HEADER:version:reserved:reserved:deviceName:fieldName:data:remarks:\n")
    assert commands.mmlsfs() == {}


@pytest.mark.parametrize(
    ("stdout", "stderr", "status"),
    [
        ("", "mmlsfs: No file systems were found.\n", 0),
        ("", "mmlsfs: No file systems were found.\n", 1),
        ("", "mmlsfs: 6027-1388 No file systems were found.\nmmlsfs: Command failed.\n", 1),
        ("There are no file systems.\n", "", 0),
    ],
)
def test_a_sentence_that_says_there_is_nothing_is_an_empty_answer(answers, stdout, stderr, status):
    answers.will(stdout, stderr=stderr, status=status)
    assert commands.mmlsfs() == {}


def test_a_sentence_nobody_recorded_is_believed_only_with_status_0(answers):
    answers.will("There are no file systems.\n", status=1)
    with pytest.raises(GPFSExecuteException):
        commands.mmlsfs()


def test_a_listing_narrowed_to_ones_own_filesets_is_not_empty_but_refused(answers):
    answers.will("No filesets found owned by this user ann\n")
    with pytest.raises(GPFSExecuteException):
        commands.mmlsfileset("fs1")


BUSY = [
    "6027-1229 Timed out waiting for lock. Try again later.",
    "mmaddcallback: Timed out waiting for lock.  Try again later.",
    "mmaddcallback: 6027-1229 [E] TIMED OUT WAITING FOR LOCK. TRY AGAIN LATER.",
    "6027-1950 Local update lock is busy.",
    "mmaddcallback: local update lock is busy.",
    "6027-2144 [E] The sdrfs lock for file system mmfs1 is busy.",
    "mmaddcallback: The setGlobal lock for file system fs 2 is busy.",
]


@pytest.mark.parametrize("message", BUSY)
@pytest.mark.parametrize("status", [0, 1])
def test_a_busy_lock_is_tried_again_until_it_is_free(answers, pauses, message, status):
    answers.will("", status=status, stderr=f"{message}\n{FAILED}").will(
        f"{message}\n{FAILED}", status=1
    ).will()
    commands.mmaddcallback(RECORD)
    assert len(answers.asked) == 3
    assert len(pauses) == 2


@pytest.mark.parametrize("factor", [0.75, 1.25])
def test_a_lock_that_stays_busy_is_given_up_after_more_than_a_minute(answers, pauses, monkeypatch, factor):
    monkeypatch.setattr(process, "_uniform", lambda low, high: {0.75: low, 1.25: high}[factor])
    answers.will("", status=1, stderr=f"{BUSY[0]}\n")
    with pytest.raises(GPFSExecuteException, match="Timed out waiting for lock"):
        commands.mmaddcallback(RECORD)
    assert 60 < sum(pauses) < 180
    assert pauses == sorted(pauses)
    assert len(answers.asked) == len(pauses) + 1


def test_the_pauses_differ_from_process_to_process(answers, pauses):
    answers.will("", status=1, stderr=f"{BUSY[0]}\n")
    for _ in range(2):
        with pytest.raises(GPFSExecuteException):
            commands.mmaddcallback(RECORD)
    half = len(pauses) // 2
    assert pauses[:half] != pauses[half:]


def test_a_lock_that_gpfs_itself_retried_with_success_is_a_success(answers, pauses):
    retrying = "mmaddcallback: 6027-1262 Unable to obtain the GPFS configuration file lock. Retrying ...\n"
    answers.will("", stderr=retrying)
    commands.mmaddcallback(RECORD)
    assert len(answers.asked) == 1
    assert pauses == []


def test_a_failure_after_gpfs_retried_its_lock_is_not_repeated(answers, pauses):
    retrying = "6027-1262 Unable to obtain the GPFS configuration file lock. Retrying ...\n"
    answers.will("", status=1, stderr=f"{retrying}mmaddcallback: drill is in use.\n{FAILED}")
    with pytest.raises(GPFSExecuteException):
        commands.mmaddcallback(RECORD)
    assert len(answers.asked) == 1


def test_no_other_failure_is_repeated(answers, pauses):
    answers.will("", status=1, stderr="mmaddcallback: The disk is busy. Try again later.\n")
    with pytest.raises(GPFSExecuteException):
        commands.mmaddcallback(RECORD)
    assert len(answers.asked) == 1


def test_a_listing_is_never_repeated(answers, pauses):
    answers.will("", status=1, stderr=f"{BUSY[0]}\n")
    with pytest.raises(GPFSExecuteException):
        commands.mmlscallback()
    assert len(answers.asked) == 1


def test_a_change_that_was_stopped_is_not_repeated_and_says_that_it_may_have_happened(pauses):
    asked = []

    def slow(argv, timeout):
        asked.append(argv)
        raise GPFSExecuteException(argv, None, BUSY[0], "", note=f"no end within {timeout:g} s")

    with process.using(slow), pytest.raises(GPFSExecuteException) as caught:
        commands.mmaddcallback(RECORD)
    assert len(asked) == 1
    assert caught.value.returncode is None
    assert "no end within 300 s; what it changed until then stays: list before you repeat it" in str(
        caught.value
    )


@pytest.mark.parametrize(
    ("call", "limit"),
    [
        (lambda: commands.mmlscallback(), 60),
        (lambda: commands.mmlspool("fs1"), 60),
        (lambda: commands.mmaddcallback(RECORD), 300),
        (lambda: commands.mmdelcallback("x"), 300),
        (lambda: commands.mmcrfileset("fs1", "a"), 300),
        (lambda: commands.mmstartup(), 600),
        (lambda: commands.mmshutdown(["n1"]), 600),
    ],
)
def test_each_command_has_its_time_limit(answers, call, limit):
    answers.will()
    call()
    assert answers.limits == [limit]


@pytest.mark.parametrize(
    "call", [lambda: commands.mmlsfileset("fs1"), lambda: commands.mmrepquota("fs1", "u")]
)
def test_listings_that_grow_with_the_cluster_have_more_time(answers, call):
    answers.will("There are no such things\n")
    call()
    assert answers.limits == [300]


@pytest.mark.parametrize("name", ["", "-f", "--help", "a\nb", "a\x00b", "a\tb", "a\x7f", "a\x9bm"])
def test_a_name_that_a_command_would_misread_is_refused_before_it_runs(answers, name):
    answers.will()
    for call in (
        lambda: commands.mmdelcallback(name),
        lambda: commands.mmlscallback(name),
        lambda: commands.mmdelfileset("fs1", name),
        lambda: commands.mmcrsnapshot(name, "s"),
        lambda: commands.mmlinkfileset("fs1", "f", name),
        lambda: commands.mmsetquota(("fs1", "--user", name), files_soft=1),
        lambda: commands.mmdelnode(name),
        lambda: commands.mmaddcallback(CallbackRecord(name, "/c", ("mount",))),
        lambda: commands.mmaddcallback(CallbackRecord("x", name, ("mount",))),
        lambda: commands.mmaddcallback(CallbackRecord("x", "/c", (name,))),
        lambda: commands.mmaddcallback(CallbackRecord("x", "/c", ("mount",), (name,))),
        lambda: commands.mmaddcallback(CallbackRecord("x", "/c", ("mount",), sync=True, onerror=name)),
    ):
        with pytest.raises(GPFSError, match="cannot be a name"):
            call()
    assert answers.asked == []


@pytest.mark.parametrize("name", ["-oProxyCommand=id", "", "n1 -o x", "n1\n", " n1", "n1\u2028x", "n1\x1b"])
def test_a_node_is_not_asked_whose_name_a_remote_shell_would_misread(answers, name):
    nodes = (NodeRecord(1, "n1.site", "10.0.0.1", name, ""),)
    cluster = ClusterRecord("c", "1", "c", "/remote/shell", "/remote/copy", None, None, "CCR", nodes)
    for call in (
        lambda: remote.run_on(cluster, nodes[0], ["true"], timeout=1),
        lambda: commands.mmshutdown([name]),
        lambda: commands.mmaddnode(name),
        lambda: commands.mmchnode(name, "--quorum"),
        lambda: commands.mmcrnodeclass("c", [name]),
    ):
        with pytest.raises(GPFSError, match=r"cannot be (a name|the name of a node)"):
            call()
    assert answers.asked == []


def test_another_runner_stays_only_as_long_as_its_block():
    before = process.runner()
    with pytest.raises(RuntimeError), process.using(lambda argv, timeout: None):
        assert process.runner() is not before
        raise RuntimeError
    assert process.runner() is before
