from __future__ import annotations

import pytest

from arcapix.fs.gpfs import (
    AlreadyExists,
    BindingError,
    CallbackWarning,
    Cluster,
    Filesystem,
    GPFSError,
    GPFSExecuteException,
    Node,
)


def handler():
    return None


@pytest.mark.parametrize(("spec_file", "commands"), [(True, 1), (False, 3)])
def test_a_batch_installs_everything_at_its_end(gpfs, roomy, script, spec_file, commands):
    with Filesystem("mmfs1").callbacks.batch(spec_file=spec_file) as batch:
        one = batch.new(handler, "mount")
        two = batch.new(handler, "unmount", priority=2, node="n1")
        three = batch.new(lambda text: text, "mount", parms=["a literal with blanks"])
        assert gpfs.calls == []
        assert repr(one).endswith("not installed>")
    assert gpfs.names() == ["mmlsfs", *["mmaddcallback"] * commands]
    assert list(gpfs.callbacks) == [one.id, two.id, three.id]
    assert repr(one) == f"<Callback {one.id}>"
    assert two.owner == Filesystem("mmfs1")
    assert Cluster().callbacks[two.id].priority == 2


def test_the_callbacks_of_a_batch_are_as_if_installed_one_by_one(gpfs, script):
    with Cluster().callbacks.batch() as batch:
        batch.new("a", script, "mount", parms=["-e %eventName"])
    Cluster().callbacks.new("b", script, "mount", parms=["-e %eventName"])
    assert gpfs.callbacks["a"] == gpfs.callbacks["b"]


def test_identifiers_that_were_given_cost_one_listing_for_all(gpfs, roomy):
    with Cluster().callbacks.batch() as batch:
        batch.new("a", handler, "mount")
        batch.new("b", handler, "mount")
    assert gpfs.names() == ["mmlscallback", "mmaddcallback"]


def test_an_identifier_that_is_taken_installs_none(gpfs):
    Cluster().onShutdown.new("b", handler)
    with pytest.raises(AlreadyExists, match="'b' exists") as caught, Cluster().callbacks.batch() as batch:
        batch.new("a", handler, "mount")
        batch.new("b", handler, "mount")
    assert list(gpfs.callbacks) == ["b"]
    assert str(caught.value).endswith("; delete it first, or use another identifier")


def test_an_identifier_twice_in_a_batch_is_refused(gpfs):
    expected = r"callback 'a' exists \(in this batch\); use another identifier$"
    with pytest.raises(AlreadyExists, match=expected), Cluster().callbacks.batch() as batch:
        batch.new("a", handler, "mount")
        batch.new("a", handler, "unmount")
    assert gpfs.callbacks == {}


def test_an_exception_inside_installs_none(gpfs):
    with pytest.raises(ZeroDivisionError), Cluster().callbacks.batch() as batch:
        batch.new(handler, "mount")
        _ = 1 / 0
    assert gpfs.calls == []


def test_what_cannot_be_installed_is_refused_at_once(gpfs):
    with Cluster().callbacks.batch() as batch:
        batch.new(handler, "mount")
        with pytest.raises(BindingError):
            batch.new(lambda x: x, "mount")
        with pytest.raises(TypeError, match="needs an event"):
            batch.new(handler)
        with pytest.raises(TypeError, match="replace"):
            batch.new(handler, "mount", replace=True)
    assert len(gpfs.callbacks) == 1


def test_an_empty_batch_asks_gpfs_nothing(gpfs):
    with Cluster().callbacks.batch():
        pass
    assert gpfs.calls == []


@pytest.mark.parametrize("spec_file", [True, False])
def test_a_batch_that_fails_in_the_middle_is_cleaned_up_by_one_deletion(gpfs, spec_file):
    gpfs.switch(spec_file_partial="stop")
    with (
        pytest.raises(GPFSExecuteException, match="what had been added was deleted again"),
        Cluster().callbacks.batch(spec_file=spec_file) as batch,
    ):
        batch.new(handler, "mount")
        batch.new(handler, "mount", node="n1")
        batch.new(handler, "mount", node="no-such-node")
    assert gpfs.callbacks == {}
    assert gpfs.names().count("mmdelcallback") == 1


def test_a_batch_that_fails_at_once_says_that_nothing_is_left(gpfs):
    gpfs.fails["mmaddcallback"] = ["no quorum"]
    with (
        pytest.raises(GPFSExecuteException, match="nothing of the batch is installed"),
        Cluster().callbacks.batch() as batch,
    ):
        batch.new(handler, "mount")


def test_a_batch_that_cannot_be_cleaned_up_says_what_is_left(gpfs):
    gpfs.switch(spec_file_partial="stop")
    gpfs.fails["mmdelcallback"] = ["no quorum"]
    with pytest.raises(GPFSExecuteException) as caught, Cluster().callbacks.batch() as batch:
        one = batch.new(handler, "mount")
        batch.new(handler, "mount", node="no-such-node")
    assert list(gpfs.callbacks) == [one.id]
    assert f"{one.id} of the batch may be installed" in str(caught.value)


@pytest.mark.parametrize("spec_file", [True, False])
def test_what_somebody_else_installed_meanwhile_under_an_identifier_of_the_batch_is_left_alone(
    gpfs, script, spec_file
):
    theirs = {"command": "/opt/theirs.sh", "event": "mount"}

    def install_theirs(words):
        if words[0] == "mmaddcallback":
            gpfs.callbacks.setdefault("b", theirs)

    gpfs.before = install_theirs
    with (
        pytest.raises(GPFSExecuteException, match="b is already defined") as caught,
        Cluster().callbacks.batch(spec_file=spec_file) as batch,
    ):
        batch.new("a", handler, "mount")
        batch.new("b", script, "mount")
    assert gpfs.callbacks == {"b": theirs}
    assert "nothing of the batch is installed" in str(caught.value)
    assert "left alone, since they are not what was sent: b" in str(caught.value)


def test_what_gpfs_lists_otherwise_than_it_was_sent_is_cleaned_up_where_nobody_else_can_have_its_name(gpfs):
    def cut(words):
        for identifier, entry in gpfs.callbacks.items():
            gpfs.callbacks.alter(identifier, parms=entry["parms"][:50])

    gpfs.switch(spec_file_partial="stop")
    gpfs.before = lambda words: cut(words) if words[0] == "mmlscallback" else None
    with (
        pytest.raises(GPFSExecuteException, match="what had been added was deleted again"),
        Cluster().callbacks.batch() as batch,
    ):
        batch.new(handler, "mount")
        batch.new(handler, "mount", node="no-such-node")
    assert gpfs.callbacks == {}


def test_an_interrupt_while_a_batch_is_installed_cleans_up_too(gpfs):
    def interrupt(words):
        if len(gpfs.callbacks) == 1 and words[0] == "mmaddcallback":
            raise KeyboardInterrupt

    gpfs.after = interrupt
    with pytest.raises(KeyboardInterrupt), Cluster().callbacks.batch(spec_file=False) as batch:
        batch.new(handler, "mount")
        batch.new(handler, "mount")
    assert gpfs.callbacks == {}


@pytest.mark.parametrize("failing", ["an interrupt", "a failure"])
def test_what_a_batch_could_not_clean_up_is_left_to_recover(gpfs, failing):
    def fail(words):
        if words[0] == "mmdelcallback" and failing == "an interrupt":
            raise KeyboardInterrupt

    gpfs.before = fail
    gpfs.fails["mmaddcallback"] = ["", "no quorum"]
    gpfs.fails["mmdelcallback"] = ["no quorum"]
    with (
        pytest.raises((KeyboardInterrupt, GPFSExecuteException)),
        Cluster().callbacks.batch(spec_file=False) as batch,
    ):
        batch.new("a", handler, "mount")
        batch.new("b", handler, "mount")
    assert list(gpfs.callbacks) == ["a"]
    gpfs.before = lambda words: None
    gpfs.fails.clear()
    with pytest.warns(CallbackWarning, match=r"the part of it that was installed was deleted: a$"):
        assert Cluster().callbacks.recover() == []
    assert gpfs.callbacks == {}


def test_a_batch_of_an_event_attribute_is_for_that_event(gpfs):
    with Node("n1").onShutdown.batch() as batch:
        callback = batch.new(handler)
    assert gpfs.callbacks[callback.id]["event"] == "shutdown"
    assert gpfs.callbacks[callback.id]["node"] == "n1.localnet"


def test_outside_of_its_block_a_batch_takes_nothing(gpfs):
    batch = Cluster().callbacks.batch()
    told = "^a batch installs its callbacks when its block ends, .*; use: with Cluster"
    with pytest.raises(GPFSError, match=told):
        batch.new(print, "shutdown")
    with batch:
        batch.new(print, "shutdown")
    with pytest.raises(GPFSError, match=told):
        batch.new(print, "startup")
    assert [each.events for each in Cluster().callbacks] == [["shutdown"]]
