"""The texts of the refusals that the specification spells out, as far as callbacks raise them."""

from __future__ import annotations

import functools
import pickle
import random
import re
import sqlite3
import threading
import traceback
import warnings

import pytest

from arcapix.fs.gpfs import (
    AlreadyExists,
    BindingError,
    Callback,
    CallbackWarning,
    CaptureError,
    Cluster,
    Fileset,
    Filesystem,
    GPFSError,
    GPFSNotInstalled,
    Node,
    NotFound,
    PayloadTooLarge,
    Pool,
    ReplaceFailed,
    ScopeError,
    UnsupportedEvent,
)


def logger():
    return None


def alert(limit):
    return limit


def text_of(error, call):
    with pytest.raises(error) as caught:
        call()
    assert isinstance(caught.value, GPFSError)
    return str(caught.value)


def test_a_missing_callback(gpfs):
    Cluster().onShutdown.new("logger", logger)
    text = text_of(NotFound, lambda: Cluster().callbacks["loger"])
    assert text == "no callback 'loger'; did you mean 'logger'?"


def test_an_event_that_no_catalogue_has(gpfs):
    text = text_of(UnsupportedEvent, lambda: Filesystem("mmfs1").callbacks.new(logger, "shutdwn"))
    assert text == "the catalogue has no event 'shutdwn'; did you mean 'shutdown'?"
    gpfs.switch(event_unknown="accept")
    with pytest.warns(
        CallbackWarning, match="^the catalogue has no event 'shutdwn'; did you mean 'shutdown'?"
    ):
        Cluster().callbacks.new(logger, "shutdwn")


def test_an_event_like_none_that_a_file_system_cannot_hand_on(gpfs):
    text = text_of(UnsupportedEvent, lambda: Filesystem("mmfs1").callbacks.new(logger, "zzzz"))
    assert text == (
        "the catalogue has no event 'zzzz', and Filesystem has nothing to filter it by; "
        "use Cluster, Node or Nodeclass"
    )


@pytest.mark.parametrize(
    ("command", "event", "given", "text"),
    [
        (
            logger,
            "low disk space",
            {},
            "event 'low disk space' cannot be the name of an event; did you mean 'lowDiskSpace'?",
        ),
        (
            logger,
            "???",
            {},
            "event '???' cannot be the name of an event; name it as GPFS does, such as 'mount'",
        ),
        (
            logger,
            "mount",
            {"node": "n 1"},
            "node 'n 1' cannot be the name of a node or a node class; give a list of names, or commas between them",
        ),
        (
            "/opt/my alert.sh",
            "mount",
            {},
            "command '/opt/my alert.sh' holds white space, which GPFS does not take in a command; "
            "rename it, or give a link to it",
        ),
        (
            "/opt/alert.sh",
            "mount",
            {"parms": [""]},
            "parms entry '' is empty, and GPFS would drop it; leave it out, or wrap the script in a function",
        ),
        (
            "/opt/alert.sh",
            "mount",
            {"parms": ["a\nb"]},
            r"parms entry 'a\nb' holds '\n', which no GPFS command can carry; wrap the script in a function",
        ),
    ],
)
def test_a_value_that_cannot_be_sent_has_a_way_out(gpfs, command, event, given, text):
    with pytest.raises(ValueError) as caught:
        Cluster().callbacks.define(command, event, **given).create()
    assert str(caught.value) == text
    assert gpfs.calls == []


def test_a_command_that_is_no_path_has_two_ways_out():
    with pytest.raises(ValueError) as caught:
        Callback("id", "alert.sh", "mount")
    assert str(caught.value) == (
        "command 'alert.sh' is not an absolute path, and GPFS takes no other; "
        "give the path from '/', or the function itself"
    )


def test_an_event_that_a_class_does_not_support(gpfs):
    text = text_of(UnsupportedEvent, lambda: Fileset("mmfs1", "f").callbacks.new(logger, "mount"))
    assert text == (
        "Fileset does not support 'mount': it is about a file system; use Cluster, Node, Nodeclass or Filesystem"
    )


def test_a_parameter_without_a_value(gpfs):
    text = text_of(BindingError, lambda: Cluster().onShutdown.new(alert))
    assert text == (
        "cannot install 'alert': parameter 'limit' gets no value; add it to parms, or give it a default"
    )


def test_an_entry_that_is_left_over(gpfs):
    def alert(fsName):
        return fsName

    text = text_of(BindingError, lambda: Cluster().onMount.new(alert, parms=["x"]))
    assert text == "cannot install 'alert': parms entry 'x' is left over; 'alert' takes fsName"


def test_a_value_that_cannot_be_captured(gpfs):
    connection = sqlite3.connect(":memory:")
    try:
        scope = {"conn": connection}
        exec("def report():\n    return conn.total_changes\n", scope)
        text = text_of(CaptureError, lambda: Cluster().onShutdown.new(scope["report"]))
    finally:
        connection.close()
    assert text.startswith(
        "cannot install 'report': its global 'conn' (sqlite3.Connection) cannot be captured; "
    )
    assert gpfs.calls == []


def test_a_script_on_a_file_system(gpfs):
    text = text_of(ScopeError, lambda: Filesystem("mmfs1").onMount.new("/opt/alert.sh"))
    assert text == (
        "'/opt/alert.sh' cannot be limited to file system 'mmfs1': GPFS filters scripts by node only; "
        "install it on Cluster() with parms=['fsName'], or wrap it in a function"
    )


def test_an_identifier_that_is_taken(gpfs):
    Node("mynode").onShutdown.new("logger", logger)
    text = text_of(AlreadyExists, lambda: Cluster().onShutdown.new("logger", logger))
    assert text == (
        "callback 'logger' exists (shutdown on mynode.localnet); use replace=True, or another identifier"
    )


def test_a_change_that_was_put_back(gpfs):
    callback = Cluster().onShutdown.new("logger", logger)
    gpfs.fails["mmaddcallback"] = ["no such event"]
    text = text_of(ReplaceFailed, lambda: callback.add(event="startup"))
    assert text.startswith(
        "callback 'logger' could not be changed and was put back: mmaddcallback exited with status 1: "
    )


def test_a_change_that_was_not_put_back(gpfs):
    callback = Cluster().onShutdown.new("logger", logger)
    gpfs.fails["mmaddcallback"] = ["no such event"] * 6
    text = text_of(ReplaceFailed, lambda: callback.add(event="startup"))
    assert text.startswith(
        "callback 'logger' IS NOT INSTALLED: it could neither be changed nor put back; its definition is in /"
    )
    assert "; run arcapix-gpfs recover --definitions, or Cluster().callbacks.recover()" in text


def test_doubts_of_binding_and_capture_come_before_anything_is_changed(gpfs):
    def report(fsName):
        return fsName, password

    password = "swordfish"
    with pytest.warns(CallbackWarning) as caught:
        Cluster().onShutdown.new("x", report)
    texts = " ".join(str(warning.message) for warning in caught)
    assert "fsName" in texts
    assert "password" in texts
    assert "swordfish" not in texts
    gpfs.calls.clear()
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(CallbackWarning):
            Cluster().onShutdown.new("y", report)
    assert gpfs.changing == 0


@pytest.mark.parametrize("parms", ["%fsName %eventNode", "%fsName,%eventNode", "%fsName, eventNode"])
def test_a_text_that_lists_variables_as_for_a_script(gpfs, parms):
    text = text_of(BindingError, lambda: Cluster().onMount.new(lambda one, two: None, parms=parms))
    listed = ["%fsName", parms.replace(",", " ").split()[1]]
    assert text.endswith(f"give a list: parms={listed}")
    with pytest.warns(CallbackWarning, match="inside longer text are not replaced; give a list: parms=."):
        Cluster().onMount.new(lambda one: None, parms=parms)


def test_a_function_without_a_name_goes_by_the_identifier_of_its_callback(gpfs):
    text = text_of(BindingError, lambda: Cluster().onMount.new("greet", lambda limit: None))
    assert text.startswith("cannot install 'greet': parameter 'limit'")
    lock = threading.Lock()
    text = text_of(CaptureError, lambda: Cluster().onMount.new("locked", lambda: lock))
    assert text.startswith("cannot install 'locked': its closure variable 'lock'")
    big = random.Random(1).randbytes(80_000)
    text = text_of(PayloadTooLarge, lambda: Cluster().onMount.new("large", lambda: big))
    assert text.startswith("cannot install 'large': its token has ")


@pytest.mark.parametrize("new", [Cluster().onMount.new, Callback("x", print, "mount").create])
def test_a_misspelt_replace_gets_the_hint(new):
    with pytest.raises(TypeError, match="takes no keyword 'replce'; did you mean 'replace'"):
        new(replce=True)


def test_the_keywords_that_a_method_takes_are_those_that_it_names():
    with pytest.raises(TypeError, match=r"it takes callbackId, command, node, .*, run, replace$"):
        Cluster().onMount.new(print, xyz=1)
    with pytest.raises(TypeError, match=r"it takes callbackId, command, event, node, .*, run$"):
        Cluster().callbacks.define(print, xyz=1)


def test_a_refusal_names_the_callback_beside_the_function(gpfs):
    with pytest.raises(BindingError) as caught:
        Cluster().onMount.new("low-space", alert, parms=["x", "y"])
    error = pickle.loads(pickle.dumps(caught.value))
    assert error.name == "alert"
    assert str(error) == (
        "cannot install 'alert' of callback 'low-space': parms entry 'y' is left over; 'alert' takes limit"
    )
    connection = sqlite3.connect(":memory:")
    text = text_of(CaptureError, lambda: Cluster().onMount.new("kept", functools.partial(print, connection)))
    assert text.startswith("cannot install 'print' of callback 'kept': its ")
    connection.close()


def test_warnings_about_a_batch_say_which_callbacks_they_are_about(gpfs):
    def misspelt():
        return limti  # noqa: F821

    def annotated(fsName: bytes):
        return fsName

    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always")
        with Cluster().callbacks.batch() as batch:
            batch.new("a", misspelt, "mount")
            batch.new("b", annotated, "mount")
            batch.new("c", lambda fsName: fsName, "startup")
            batch.new("d", "/nowhere/script", "mount", onerror="quorumLoss", sync=True, timeout=5)
    named = [re.findall(r"callback '(.)'", str(one.message)) for one in given]
    assert sorted(named) == [["a"], ["b"], ["c"], ["d"], ["d"]]


@pytest.mark.parametrize(
    "owner", [Cluster(), Node("n1"), Filesystem("mmfs1"), Pool("system", "mmfs1"), Fileset("a", "mmfs1")]
)
def test_a_misspelt_event_of_any_object(owner):
    with pytest.raises(UnsupportedEvent, match="did you mean onLowDiskSpace") as caught:
        _ = owner.onLowDiskSpaec
    assert caught.value.nearest == "onLowDiskSpace"


def test_a_misspelt_event_of_another_kind_of_object_says_whose_it_is():
    text = text_of(UnsupportedEvent, lambda: Pool("system", "mmfs1").onMout)
    assert text == (
        "Pool has no onMout; did you mean onMount? That is about a file system; "
        "use Cluster, Node, Nodeclass or Filesystem"
    )


def test_a_cluster_without_gpfs_shows_no_frames_of_a_cause(tmp_path, monkeypatch):
    monkeypatch.setenv("ARCAPIX_GPFS_BIN", str(tmp_path))
    with pytest.raises(GPFSNotInstalled) as caught:
        list(Cluster().callbacks)
    shown = "".join(traceback.format_exception(caught.value))
    assert "FileNotFoundError" not in shown and "direct cause" not in shown
