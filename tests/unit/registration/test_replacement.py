from __future__ import annotations

import errno
import functools
import json
import multiprocessing
import os
import signal
import stat
import threading
import time
import warnings
from pathlib import Path

import pytest

from arcapix.fs.gpfs import CallbackWarning, Cluster, Filesystem, GPFSError, NotFound, ReplaceFailed
from arcapix.fs.gpfs.registration import journal

pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
"""A test that forks has no say in how many threads the process that runs the tests has."""


def handler():
    return None


def journal_files():
    return sorted(journal.folder().glob("*.json"))


def run_and_die(gpfs, change, *, before=None, after=None):
    """Make a change in a child process that is killed before or after the n-th changing command."""

    def child(connection):
        seen = []

        def stop(words, wanted):
            if words[0] in ("mmaddcallback", "mmdelcallback") and words[0] == wanted:
                connection.send({identifier: dict(entry) for identifier, entry in gpfs.callbacks.items()})
                connection.close()
                os._exit(9)
            seen.append(words)

        gpfs.before = lambda words: stop(words, before)
        gpfs.after = lambda words: stop(words, after)
        change()

    receiving, sending = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(target=child, args=(sending,))
    process.start()
    sending.close()
    gpfs.callbacks.replace(receiving.recv())
    process.join(30)
    assert process.exitcode == 9


@pytest.mark.parametrize(
    ("stop", "there", "recovered"),
    [
        ({"before": "mmdelcallback"}, True, []),
        ({"after": "mmdelcallback"}, False, ["logger"]),
        ({"before": "mmaddcallback"}, False, ["logger"]),
        ({"after": "mmaddcallback"}, True, []),
    ],
    ids=["before the deletion", "after the deletion", "before the addition", "after the addition"],
)
@pytest.mark.parametrize("kind", ["callable", "script"])
def test_a_process_killed_in_the_gap_leaves_what_recover_puts_back(
    gpfs, script, kind, stop, there, recovered
):
    command = handler if kind == "callable" else script
    callback = Cluster().callbacks.new("logger", command, "shutdown", node="n1", priority=2)
    before = dict(gpfs.callbacks["logger"])
    run_and_die(gpfs, lambda: callback.add(event="startup"), **stop)
    assert ("logger" in gpfs.callbacks) is there
    assert len(journal_files()) == 1
    assert Cluster().callbacks.recover() == recovered
    assert journal_files() == []
    if recovered:
        assert gpfs.callbacks["logger"] == before
    assert Cluster().callbacks.recover() == []


def test_what_was_left_out_is_reported_by_the_next_create(gpfs):
    callback = Cluster().callbacks.new("logger", handler, "shutdown")
    run_and_die(gpfs, lambda: callback.add(event="startup"), before="mmaddcallback")
    with pytest.warns(CallbackWarning, match=r"callback 'logger' was cut short; .*recover\(\)"):
        Cluster().onStartup.new("other", handler)


def test_a_killed_change_that_came_before_the_deletion_changes_nothing(gpfs):
    callback = Cluster().callbacks.new("logger", handler, "shutdown")
    before = dict(gpfs.callbacks)
    run_and_die(gpfs, lambda: callback.add(event="startup"), before="mmdelcallback")
    assert gpfs.callbacks == before


def test_the_journal_is_roots_alone_and_gone_after_the_change(gpfs):
    callback = Cluster().callbacks.new("logger", handler, "shutdown")
    seen = []

    def look(words):
        if words[0] == "mmaddcallback":
            [path] = journal_files()
            seen.append((stat.S_IMODE(path.stat().st_mode), stat.S_IMODE(path.parent.stat().st_mode)))
            seen.append(json.loads(path.read_text())["callback"]["events"])

    gpfs.before = look
    callback.add(event="startup")
    assert seen == [(0o600, 0o700), ["shutdown"]]
    assert journal_files() == []


def test_a_file_that_a_killed_writer_left_half_done_goes_with_the_next_change(gpfs):
    callback = Cluster().callbacks.new("logger", handler, "shutdown")
    callback.add(event="startup")
    folder = journal.folder()
    half = [folder / f"{journal.cluster()}-20260101T000000Z-1-ab.new", folder / "00000000-other.new"]
    for path in half:
        path.write_text('{"comm')
    assert Cluster().callbacks.recover() == []
    callback.remove(event="startup")
    assert [path.exists() for path in half] == [False, True]


def test_a_change_that_gpfs_refuses_puts_the_old_one_back(gpfs):
    callback = Cluster().callbacks.new("logger", handler, "shutdown")
    before = dict(gpfs.callbacks["logger"])
    gpfs.fails["mmaddcallback"] = ["no such event"]
    with pytest.raises(
        ReplaceFailed, match=r"could not be changed and was put back: .*no such event"
    ) as caught:
        callback.add(event="startup")
    assert caught.value.restored
    assert caught.value.journal is None
    assert gpfs.callbacks["logger"] == before
    assert callback.events == ["shutdown"]
    assert journal_files() == []


def test_a_change_that_cannot_be_put_back_says_where_the_definition_is(gpfs):
    callback = Cluster().callbacks.new("logger", handler, "shutdown")
    before = dict(gpfs.callbacks["logger"])
    gpfs.fails["mmaddcallback"] = ["no such event", *["lock is gone"] * 5]
    with pytest.raises(ReplaceFailed, match="'logger' IS NOT INSTALLED") as caught:
        callback.add(event="startup")
    assert not caught.value.restored
    assert Path(caught.value.journal).is_file()
    assert "lock is gone" in str(caught.value)
    assert "A1." not in str(caught.value)
    assert gpfs.callbacks == {}
    assert Cluster().callbacks.recover() == ["logger"]
    assert gpfs.callbacks["logger"] == before


def test_what_comes_back_otherwise_than_it_was_is_not_called_restored(gpfs):
    callback = Cluster().callbacks.new("logger", handler, "shutdown")

    def forget_the_event(words):
        if words[0] == "mmaddcallback":
            gpfs.callbacks.alter("logger", event="quorumLoss")

    gpfs.fails["mmaddcallback"] = ["no such event"]
    gpfs.after = forget_the_event
    with pytest.raises(ReplaceFailed) as caught:
        callback.add(event="startup")
    assert not caught.value.restored
    assert caught.value.journal
    assert (caught.value.argv[0].rpartition("/")[2], caught.value.returncode) == ("mmaddcallback", 1)


def test_a_deletion_that_gpfs_refuses_changes_nothing(gpfs):
    callback = Cluster().callbacks.new("logger", handler, "shutdown")
    before = dict(gpfs.callbacks)
    gpfs.fails["mmdelcallback"] = ["GPFS is up"]
    with pytest.raises(ReplaceFailed, match="GPFS is up") as caught:
        callback.add(event="startup")
    assert caught.value.restored
    assert gpfs.callbacks == before
    assert journal_files() == []


def test_what_somebody_deleted_in_between_is_not_found(gpfs):
    callback = Cluster().callbacks.new("logger", handler, "shutdown")
    gpfs.before = lambda words: gpfs.callbacks.clear() if words[0] == "mmdelcallback" else None
    with pytest.raises(NotFound):
        callback.add(event="startup")
    assert journal_files() == []


def test_an_unknown_key_of_the_listing_blocks_changes_but_not_deletion(gpfs, script):
    callback = Cluster().callbacks.new("logger", script, "shutdown")
    gpfs.answer("mmlscallback", gpfs.run("mmlscallback") + "        extra           = something\n")
    with pytest.raises(GPFSError, match="GPFS lists extra for it"):
        callback.add(event="startup")
    assert gpfs.changing == 1
    callback.delete()


def test_options_that_gpfs_does_not_list_have_to_be_restated_for_a_script(gpfs, script):
    callback = Cluster().callbacks.new("logger", script, "shutdown", priority=3)
    gpfs.switch(list_option_keys="absent")
    with pytest.raises(GPFSError, match="restate them"):
        callback.add(event="startup")
    callback.change(event="shutdown,startup", priority=3, sync=False)
    gpfs.switch(list_option_keys="keys")
    assert gpfs.callbacks["logger"] == {
        "command": script,
        "event": "shutdown,startup",
        "priority": "3",
    }


def test_options_that_gpfs_does_not_list_are_kept_by_a_callable(gpfs):
    Cluster().callbacks.new(
        "logger", handler, "shutdown", priority=3, sync=True, timeout=9, onerror="continue"
    )
    gpfs.switch(list_option_keys="absent")
    callback = Cluster().callbacks["logger"]
    assert (callback.priority, callback.sync, callback.timeout, callback.onerror) == (3, True, 9, "continue")
    callback.add(event="startup")
    gpfs.switch(list_option_keys="keys")
    entry = gpfs.callbacks["logger"]
    assert (entry["priority"], entry["sync"], entry["timeout"], entry["onerror"]) == (
        "3",
        "true",
        "9",
        "continue",
    )


def test_a_change_seals_the_token_anew_and_carries_its_body_over(gpfs):
    callback = Filesystem("mmfs1").onMount.new("x", handler, parms=[], node="n1")
    tokens = [gpfs.callbacks["x"]["parms"].split()[0]]
    for change in ({"event": "mount,unmount"}, {"priority": 2.5}):
        callback.change(**change)
        tokens.append(gpfs.callbacks["x"]["parms"].split()[0])
    assert len(set(tokens)) == 3
    assert len({token.split("@")[2] for token in tokens}) == 1
    assert len(tokens[1]) == len(tokens[2]) - len("/pr=2%2E5")
    assert Cluster().callbacks["x"].installed
    assert Cluster().callbacks["x"].priority == 2.5
    assert Cluster().callbacks["x"].owner == Filesystem("mmfs1")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_in_the_gap_waits_for_its_end(gpfs, number):
    callback = Cluster().callbacks.new("logger", handler, "shutdown")
    came = []
    previous = signal.signal(number, lambda *_: came.append("logger" in gpfs.callbacks))
    gpfs.before = lambda words: os.kill(os.getpid(), number) if words[0] == "mmaddcallback" else None
    try:
        callback.add(event="startup")
    finally:
        signal.signal(number, previous)
    assert came == [True]
    assert gpfs.callbacks["logger"]["event"] == "shutdown,startup"


def test_an_interrupt_in_the_gap_is_raised_after_the_change(gpfs):
    callback = Cluster().callbacks.new("logger", handler, "shutdown")
    gpfs.before = lambda words: os.kill(os.getpid(), signal.SIGINT) if words[0] == "mmaddcallback" else None
    with pytest.raises(KeyboardInterrupt):
        callback.add(event="startup")
    assert gpfs.callbacks["logger"]["event"] == "shutdown,startup"
    assert journal_files() == []


def test_another_thread_can_change_a_callback_too(gpfs):
    callback = Cluster().callbacks.new("logger", handler, "shutdown")
    thread = threading.Thread(target=callback.add, args=("startup",))
    thread.start()
    thread.join(30)
    assert gpfs.callbacks["logger"]["event"] == "shutdown,startup"


def test_recover_leaves_a_change_alone_that_is_still_going_on(gpfs):
    callback = Cluster().callbacks.new("logger", handler, "shutdown")
    recovered = []

    def recover(words):
        if words[0] == "mmaddcallback" and not recovered:
            recovered.append(Cluster().callbacks.recover())

    gpfs.before = recover
    callback.add(event="startup")
    assert recovered == [[]]


def cut_short_twice(gpfs):
    """Cut two changes of one callback short, with the second definition brought back by another node."""
    for event in ("shutdown", "mount"):
        callback = Cluster().callbacks.define("logger", handler, event)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CallbackWarning)
            if event == "mount":
                [earlier] = journal_files()
                hidden = earlier.rename(earlier.with_suffix(".hidden"))
            callback.create()
            run_and_die(gpfs, functools.partial(callback.add, event="startup"), before="mmaddcallback")
    hidden.rename(earlier)
    assert len(journal_files()) == 2


def test_of_two_changes_that_were_cut_short_the_later_definition_comes_back(gpfs):
    cut_short_twice(gpfs)
    assert Cluster().callbacks.recover() == ["logger"]
    assert gpfs.callbacks["logger"]["event"] == "mount"
    assert journal_files() == []


def test_an_earlier_definition_does_not_come_back_while_gpfs_refuses_the_later(gpfs):
    cut_short_twice(gpfs)
    gpfs.fails["mmaddcallback"] = ["no quorum"]
    with pytest.raises(GPFSError, match="no quorum"):
        Cluster().callbacks.recover()
    assert gpfs.callbacks == {}
    assert Cluster().callbacks.recover() == ["logger"]
    assert gpfs.callbacks["logger"]["event"] == "mount"


def test_recover_puts_no_earlier_definition_into_the_gap_of_a_change_that_is_still_going_on(gpfs):
    recovered = []

    def recover(words):
        if words[0] == "mmaddcallback" and not recovered:
            recovered.append(Cluster().callbacks.recover())

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CallbackWarning)
        killed = Cluster().callbacks.new("logger", handler, "shutdown")
        run_and_die(gpfs, lambda: killed.add(event="startup"), before="mmaddcallback")
        callback = Cluster().callbacks.new("logger", handler, "mount")
        gpfs.before = recover
        callback.add(event="startup")
    assert recovered == [[]]
    assert gpfs.callbacks["logger"]["event"] == "mount,startup"


def test_only_the_cluster_can_recover(gpfs):
    with pytest.raises(TypeError, match=r"only Cluster\(\)"):
        Filesystem("mmfs1").callbacks.recover()


def test_a_journal_file_that_cannot_be_read_is_named_and_stops_no_other(gpfs):
    callback = Cluster().callbacks.new("logger", handler, "shutdown")
    run_and_die(gpfs, lambda: callback.add(event="startup"), before="mmaddcallback")
    [readable] = journal_files()
    broken = readable.with_name(readable.name.replace(".json", "-0.json"))
    broken.write_text("{")
    with pytest.warns(CallbackWarning, match=f"{broken.name} cannot be read"):
        assert Cluster().callbacks.recover() == ["logger"]
    assert journal_files() == [broken]


def test_what_was_cut_short_in_another_cluster_is_left_alone(gpfs, monkeypatch, tmp_path):
    callback = Cluster().callbacks.new("logger", handler, "shutdown")
    run_and_die(gpfs, lambda: callback.add(event="startup"), before="mmaddcallback")
    monkeypatch.setenv("ARCAPIX_GPFS_BIN", str(tmp_path / "emulated" / "bin"))
    assert Cluster().callbacks.recover() == []
    Cluster().onStartup.new("other", handler)
    assert len(journal_files()) == 1


def test_what_gpfs_refuses_to_take_back_stops_no_other_and_stays(gpfs):
    for name in ("one", "two"):
        callback = Cluster().callbacks.define(name, handler, "shutdown")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CallbackWarning)
            callback.create()
            run_and_die(gpfs, functools.partial(callback.add, event="startup"), before="mmaddcallback")
    gpfs.fails["mmaddcallback"] = ["no quorum"]
    with pytest.raises(GPFSError, match="no quorum"):
        Cluster().callbacks.recover()
    assert len(gpfs.callbacks) == 1
    assert len(Cluster().callbacks.recover()) == 1
    assert set(gpfs.callbacks) == {"one", "two"}


def test_two_changes_at_the_same_time_both_survive(gpfs):
    Cluster().callbacks.new("logger", handler, "shutdown")
    names = ("startup", "mount", "unmount", "preMount", "preUnmount")
    changes = [Cluster().callbacks["logger"].add for _ in names]
    gpfs.before = lambda words: time.sleep(0.001)
    threads = [threading.Thread(target=add, args=(name,)) for add, name in zip(changes, names, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert set(gpfs.callbacks["logger"]["event"].split(",")) == {"shutdown", *names}


def test_without_a_place_for_the_journal_nothing_is_changed(gpfs, monkeypatch, tmp_path):
    callback = Cluster().callbacks.new("logger", handler, "shutdown")
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ARCAPIX_GPFS_STATE", str(tmp_path / "file"))
    gpfs.calls.clear()
    with pytest.raises(GPFSError, match="nothing was changed"):
        callback.add(event="startup")
    assert not gpfs.changing


@pytest.mark.parametrize("failing", [1, 2], ids=["the file", "its folder"])
def test_a_definition_that_the_disk_does_not_take_leaves_all_as_it_was(gpfs, monkeypatch, failing):
    callback = Cluster().callbacks.new("logger", handler, "shutdown")
    callback.add(event="startup")
    gpfs.calls.clear()
    calls = []

    def full(descriptor):
        calls.append(descriptor)
        if len(calls) == failing:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(GPFSError, match=r"'logger' was not changed: .* No space left on device"):
        callback.remove(event="startup")
    assert not gpfs.changing
    assert os.listdir(journal.folder()) == ["lock"]


def test_the_journal_lies_where_the_variable_says_or_with_the_user(monkeypatch, tmp_path):
    monkeypatch.delenv("ARCAPIX_GPFS_STATE")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert journal.folder() == tmp_path / "arcapix-gpfs" / "replacements"
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert journal.folder() == Path("/var/lib/arcapix/gpfs/replacements")


@pytest.mark.filterwarnings("error")
def test_an_error_action_is_the_same_in_the_spelling_of_the_listing(gpfs, script):
    gpfs.switch(tiebreaker_guard="accept")
    options = "--event tiebreakerCheck --sync --timeout 9 --onerror quorumloss"
    gpfs.run(f"mmaddcallback x --command {script} {options}")
    callback = Cluster().callbacks["x"]
    callback.change(onerror="quorumLoss")
    assert gpfs.changing == 0
    callback.add(parms="-v")
    assert gpfs.callbacks["x"]["onerror"] == "quorumloss"


def test_what_is_put_back_counts_as_restored_in_either_spelling(gpfs):
    gpfs.switch(tiebreaker_guard="accept")
    callback = Cluster().callbacks.new(
        "x", handler, "tiebreakerCheck", sync=True, timeout=9, onerror="quorumLoss"
    )
    gpfs.callbacks.alter("x", onerror="quorumloss")
    gpfs.fails["mmaddcallback"] = ["no such option"]
    with pytest.raises(ReplaceFailed) as caught:
        callback.change(priority=3)
    assert caught.value.restored
    assert gpfs.callbacks["x"]["onerror"] == "quorumLoss"
