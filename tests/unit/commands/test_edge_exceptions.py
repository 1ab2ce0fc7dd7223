from __future__ import annotations

import pickle

import pytest

from arcapix.fs.gpfs import exceptions
from arcapix.fs.gpfs.exceptions import (
    AlreadyExists,
    BadCallable,
    BadIdentifier,
    BindingError,
    CallbackWarning,
    CaptureError,
    GPFSError,
    GPFSExecuteException,
    GPFSNotInstalled,
    NotFound,
    PayloadTooLarge,
    ReplaceFailed,
    ScopeError,
    UnsupportedEvent,
    WrongCluster,
    nearest,
)

FAILED = "Command failed. Examine previous error messages to determine cause.\n"


@pytest.fixture
def as_root(monkeypatch):
    monkeypatch.setattr(exceptions.os, "geteuid", lambda: 0)


EVERY_KIND = [
    GPFSError("something"),
    GPFSExecuteException(("/bin/mmlsfs", "x"), 1, "out", "err", note="n"),
    AlreadyExists("callback", "logger", "shutdown on mynode"),
    ReplaceFailed("logger", restored=False, journal="/var/j", reason="why"),
    GPFSNotInstalled("/usr/lpp/mmfs/bin"),
    NotFound("callback", "loger", ["logger"]),
    UnsupportedEvent.by_name("Fileset", "mount", "a file system"),
    UnsupportedEvent.by_attribute("Node", "onShutDown", nearest="onShutdown"),
    BadIdentifier("mmx", "begins with 'mm', which GPFS keeps for itself", "cb_mmx"),
    ScopeError("contradiction"),
    BadCallable("f", "it is a generator"),
    BindingError("f", missing=["a"], left_over=[object(), "x"], takes=["b"]),
    CaptureError("f", "global 'conn'", "sqlite3.Connection", "open it inside", variable="conn"),
    PayloadTooLarge("f", 70_000, 65_536, [("table", 60_000)]),
    WrongCluster("a", "b"),
]


@pytest.mark.parametrize("error", EVERY_KIND, ids=lambda error: type(error).__name__)
def test_an_error_survives_a_pickle_whole(error):
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert again.args == error.args
    assert vars(again) == vars(error)


@pytest.mark.parametrize("error", EVERY_KIND, ids=lambda error: type(error).__name__)
def test_an_error_states_the_exit_status_of_the_command_line(error):
    assert 0 < error.exit_status < 126


@pytest.mark.parametrize(
    ("child", "parents"),
    [
        (GPFSExecuteException, {GPFSError}),
        (AlreadyExists, {GPFSExecuteException}),
        (ReplaceFailed, {GPFSExecuteException}),
        (GPFSNotInstalled, {GPFSError}),
        (NotFound, {GPFSError, KeyError, ValueError}),
        (UnsupportedEvent, {GPFSError, AttributeError, ValueError}),
        (BadIdentifier, {GPFSError, ValueError}),
        (ScopeError, {GPFSError, ValueError}),
        (BadCallable, {GPFSError, TypeError}),
        (BindingError, {BadCallable}),
        (CaptureError, {BadCallable}),
        (PayloadTooLarge, {CaptureError}),
        (WrongCluster, {GPFSError}),
        (CallbackWarning, {UserWarning}),
    ],
)
def test_the_tree_is_the_published_one(child, parents):
    assert set(child.__bases__) == parents


def test_a_failed_command_says_what_gpfs_said_and_what_was_run(as_root):
    stderr = f"mmdelcallback: nope was not found.\nmmdelcallback: {FAILED}"
    error = GPFSExecuteException(("/usr/lpp/mmfs/bin/mmdelcallback", "nope"), 1, "", stderr)
    assert str(error) == "mmdelcallback exited with status 1: nope was not found.\n  ran: mmdelcallback nope"
    assert error.argv == ("/usr/lpp/mmfs/bin/mmdelcallback", "nope")
    assert error.stderr == stderr


@pytest.mark.parametrize(
    "said",
    [
        "mmlsfs: Permission denied",
        "sh: /usr/lpp/mmfs/bin/mmlsfs: Operation not permitted",
        "mmaddcallback: This command can only be run by the root user.",
        "mmaddcallback: You must be root to run this command.",
        "mmlsfileset: No filesets found owned by this user.",
        "mmaddcallback: 6027-1 User is not authorized to run this command.",
    ],
)
@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_command_that_another_user_has_no_right_to_is_told_that_it_needs_root(monkeypatch, said, stream):
    monkeypatch.setattr(exceptions.os, "geteuid", lambda: 1000)
    streams = {"stdout": "", "stderr": "", stream: f"{said}\n"}
    assert str(GPFSExecuteException(("mmlsfs", "x"), 1, **streams)).endswith("\n  needs root")
    monkeypatch.setattr(exceptions.os, "geteuid", lambda: 0)
    assert "needs root" not in str(GPFSExecuteException(("mmlsfs", "x"), 1, **streams))


@pytest.mark.parametrize(
    "said",
    [
        "",
        "mmlsfs: File system x is not known to the GPFS cluster.",
        "mmlsfileset: Fileset named root does not exist.",
        "mmunlinkfileset: The root fileset cannot be unlinked.",
        "mmlsquota: Failed to connect to file system daemon: No such process",
        "mmaddcallback: Timed out waiting for lock. Try again later.",
        "bash: No such file or directory",
    ],
)
def test_a_failure_that_is_not_about_rights_sends_nobody_to_root(monkeypatch, said):
    monkeypatch.setattr(exceptions.os, "geteuid", lambda: 1000)
    assert "needs root" not in str(GPFSExecuteException(("mmlsfs", "x"), 1, "", said))


def test_the_reason_may_stand_without_the_commands_name_and_over_several_lines(as_root):
    stderr = f"Failed to connect to file system daemon: No such process\nmmlsquota: GPFS is down.\nmmlsquota: {FAILED}"
    error = GPFSExecuteException(("mmlsquota", "-Y"), 1, "", stderr)
    headline = str(error).splitlines()[0]
    assert headline == (
        "mmlsquota exited with status 1: "
        "Failed to connect to file system daemon: No such process; GPFS is down."
    )


def test_the_reason_may_be_on_standard_output_and_ends_before_the_usage(as_root):
    error = GPFSExecuteException(("mmlsfs",), 1, "mmlsfs: Missing arguments.\nUsage:\n  mmlsfs Device\n", "")
    assert str(error).splitlines()[0] == "mmlsfs exited with status 1: Missing arguments."


def test_a_long_reason_keeps_its_end(as_root):
    error = GPFSExecuteException(("mmlsfs",), 1, "", "x" * 5000 + " the end")
    assert len(str(error)) < 1200
    assert "the end" in str(error)
    assert len(error.stderr) == 5008


@pytest.mark.parametrize("length", [101, 912])
def test_a_token_is_never_shown(as_root, length):
    token = "A1." + "x" * (length - 3)
    argv = ("mmaddcallback", "logger", "--parms", f"{token} fsName=%fsName", token)
    error = GPFSExecuteException(argv, 1, "", f"mmaddcallback: bad value '{token}'")
    assert "xxxx" not in str(error)
    assert f"<token, {length} characters>" in str(error)
    assert str(error).endswith(
        f"ran: mmaddcallback logger --parms '<token, {length} characters> fsName=%fsName' <token, {length} characters>"
    )
    assert error.argv == argv


def test_a_short_word_that_begins_like_a_token_is_shown(as_root):
    word = "A1." + "x" * 97
    assert word in str(GPFSExecuteException(("mmx", word), 1, "", ""))


def test_words_are_quoted_as_a_shell_needs_them(as_root):
    error = GPFSExecuteException(("mmx", "a b", "$c", "%fsName"), 1, "", "")
    assert str(error).endswith("ran: mmx 'a b' '$c' %fsName")


def test_a_command_that_was_stopped_or_killed_says_so(as_root):
    assert str(GPFSExecuteException(("mmx",), None, "", "", note="no end within 60 s")) == (
        "mmx was stopped before it ended\n  no end within 60 s\n  ran: mmx"
    )
    assert str(GPFSExecuteException(("mmx",), -9, "", "")).startswith("mmx was ended by signal 9")


def test_gpfs_that_is_not_installed_names_both_ways_out():
    assert str(GPFSNotInstalled("/usr/lpp/mmfs/bin")) == (
        "no GPFS administration commands in /usr/lpp/mmfs/bin; "
        "set ARCAPIX_GPFS_BIN to the directory they are in,\n"
        'or start an emulated cluster: eval "$(arcapix-gpfs emulate start)"'
    )


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (NotFound("callback", "loger", ["logger", "watch"]), "no callback 'loger'; did you mean 'logger'?"),
        (NotFound("pool", "zzz", ["system"]), "no pool 'zzz'"),
        (
            UnsupportedEvent.by_name("Pool", "shutdwn", nearest="shutdown"),
            "the catalogue has no event 'shutdwn'; did you mean 'shutdown'?",
        ),
        (
            UnsupportedEvent.by_name("Fileset", "mount", "a file system"),
            "Fileset does not support 'mount': it is about a file system; "
            "use Cluster, Node, Nodeclass or Filesystem",
        ),
        (
            UnsupportedEvent.by_attribute("Pool", "onMount", "a file system"),
            "Pool has no onMount: mount is about a file system; use Cluster, Node, Nodeclass or Filesystem",
        ),
        (
            UnsupportedEvent.by_attribute("Node", "onShutDown", nearest="onShutdown"),
            "Node has no onShutDown; did you mean onShutdown?",
        ),
        (
            UnsupportedEvent.by_name("Pool", "nodeJoin", "the cluster"),
            "Pool does not support 'nodeJoin': it is about the cluster; use Cluster, Node or Nodeclass",
        ),
        (
            BadIdentifier("mmfs1_alert", "begins with 'mm', which GPFS keeps for itself", "cb_mmfs1_alert"),
            "'mmfs1_alert' begins with 'mm', which GPFS keeps for itself; try 'cb_mmfs1_alert'",
        ),
        (
            BindingError("alert", missing=["limit"]),
            "cannot install 'alert': parameter 'limit' gets no value; add it to parms, or give it a default",
        ),
        (
            BindingError("alert", left_over=["x"], takes=["fsName"]),
            "cannot install 'alert': parms entry 'x' is left over; 'alert' takes fsName",
        ),
        (
            BindingError("alert", missing=["a", "b"], left_over=["x"], hint="use a Mapping"),
            "cannot install 'alert': parameters 'a', 'b' get no value and parms entry 'x' is left over; "
            "use a Mapping",
        ),
        (
            CaptureError("report", "global 'conn'", "sqlite3.Connection", "open it inside the function"),
            "cannot install 'report': its global 'conn' (sqlite3.Connection) cannot be captured; "
            "open it inside the function",
        ),
        (
            AlreadyExists("callback", "logger", "shutdown on mynode"),
            "callback 'logger' exists (shutdown on mynode); use replace=True, or another identifier",
        ),
        (AlreadyExists("fileset", "hay"), "fileset 'hay' exists; use another name"),
        (
            ReplaceFailed("logger", restored=True, journal=None, reason="mmaddcallback exited with status 1"),
            "callback 'logger' could not be changed and was put back: mmaddcallback exited with status 1",
        ),
        (
            ReplaceFailed("logger", restored=False, journal="/var/j", reason="why"),
            "callback 'logger' IS NOT INSTALLED: it could neither be changed nor put back; "
            "its definition is in /var/j; run arcapix-gpfs recover --definitions, "
            "or Cluster().callbacks.recover()\n  why",
        ),
    ],
)
def test_a_text_names_the_thing_the_nearest_and_the_way_out(error, text):
    assert str(error) == text


def test_an_unsupported_event_keeps_the_event_when_the_attribute_was_asked_for():
    assert UnsupportedEvent.by_attribute("Pool", "onMount", "a file system").event == "mount"


def test_an_event_that_reads_like_an_attribute_is_one_that_the_catalogue_lacks():
    error = UnsupportedEvent.by_name("Filesystem", "onMount", nearest="mount")
    assert str(error) == "the catalogue has no event 'onMount'; did you mean 'mount'?"
    assert error.event == "onMount"


def test_an_unsupported_attribute_is_absent_to_hasattr():
    class Owner:
        def __getattr__(self, name):
            raise UnsupportedEvent.by_attribute("Pool", name, "a file system")

    assert not hasattr(Owner(), "onMount")


def test_a_left_over_object_is_shown_short_and_kept_as_text():
    error = BindingError("f", left_over=["x" * 500, b"y" * 500])
    assert len(str(error)) < 300
    assert error.left_over[0] == "x" * 500
    assert isinstance(error.left_over[1], str)


@pytest.mark.parametrize(
    ("word", "found"),
    [("SHUTDOWN", "shutdown"), ("shutdwn", "shutdown"), ("onMonut", "onMount"), ("qqqq", None)],
)
def test_the_nearest_name_is_found_in_any_letter_case(word, found):
    assert nearest(word, ["shutdown", "startup", "onMount"]) == found
