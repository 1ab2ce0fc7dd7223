"""What a GPFS that cuts parms does to installations: they say so, and leave nothing behind."""

from __future__ import annotations

import os
import random
import re
import signal
import string

import pytest

from arcapix.fs.gpfs import (
    CallbackWarning,
    Cluster,
    PayloadTooLarge,
    ReplaceFailed,
)
from arcapix.fs.gpfs.registration import journal

ROOM = 4000


def long_one(text):
    return text


def noise(size):
    return "".join(random.Random(size).choices(string.ascii_letters, k=size))


@pytest.fixture
def cutting(gpfs):
    """The cluster, which keeps no more than `ROOM` characters."""
    gpfs.switch(parms_max=f"cut:{ROOM}")
    return gpfs


def kept_lengths():
    return [path.read_text().split("\n")[0] for path in journal.folder().parent.glob("longest-parms-*")]


def test_what_gpfs_cuts_is_taken_back_and_refused_with_the_length_that_fitted(cutting):
    with pytest.raises(PayloadTooLarge) as caught:
        Cluster().callbacks.new(long_one, "mount", parms=[noise(4000)])
    assert cutting.callbacks == {}
    assert cutting.names() == ["mmaddcallback", "mmlscallback", "mmdelcallback"]
    sent = next(words for words in cutting.calls if words[0] == "mmaddcallback")
    assert (caught.value.size, caught.value.limit) == (len(sent[sent.index("--parms") + 1]), ROOM)
    text = (
        r"^cannot install 'long_one' of callback 'long_one_\w+': "
        r"GPFS kept only 4,000 of the \d,\d{3} characters of its token and the words "
    )
    assert re.match(text, str(caught.value))
    assert caught.value.cut and caught.value.largest
    assert kept_lengths() == []


@pytest.mark.parametrize("replace", [False, True])
def test_so_is_one_whose_identifier_was_given(cutting, replace):
    with pytest.raises(PayloadTooLarge):
        Cluster().callbacks.new("x", long_one, "mount", parms=[noise(4000)], replace=replace)
    assert cutting.callbacks == {}
    Cluster().callbacks.new("x", long_one, "mount", parms=["short"], replace=replace)
    assert Cluster().callbacks["x"].installed


def test_words_that_are_missing_behind_a_whole_token_count_as_cut(gpfs):
    callback = Cluster().callbacks.new("x", lambda fsName: fsName, "mount")
    token, *words = gpfs.callbacks["x"]["parms"].split()
    assert words
    callback.delete()
    for path in journal.folder().parent.glob("longest-parms-*"):
        path.unlink()
    gpfs.switch(parms_max=f"cut:{len(token)}")
    with pytest.raises(PayloadTooLarge) as caught:
        callback.create()
    assert caught.value.limit == len(token)
    assert gpfs.callbacks == {}


def test_what_has_come_back_whole_once_is_not_looked_at_again(cutting):
    for size in (600, 300, 600):
        Cluster().callbacks.new(long_one, "mount", parms=[noise(size)])
    assert cutting.names() == ["mmaddcallback", "mmlscallback", "mmaddcallback", "mmaddcallback"]
    Cluster().callbacks.new(long_one, "mount", parms=[noise(900)])
    assert cutting.names()[-2:] == ["mmaddcallback", "mmlscallback"]
    assert kept_lengths() == [str(max(len(entry["parms"]) for entry in cutting.callbacks.values()))]


def test_what_another_cluster_has_kept_proves_nothing(cutting, monkeypatch, tmp_path):
    Cluster().callbacks.new(long_one, "mount", parms=[noise(600)])
    monkeypatch.setenv("ARCAPIX_GPFS_BIN", str(tmp_path / "another"))
    cutting.calls.clear()
    Cluster().callbacks.new(long_one, "mount", parms=[noise(600)])
    assert cutting.names() == ["mmaddcallback", "mmlscallback"]


@pytest.mark.parametrize("content", ["", "a lot\n", "\n\n", "-1\n"])
def test_a_file_that_does_not_say_it_proves_nothing(cutting, content):
    Cluster().callbacks.new(long_one, "mount", parms=[noise(600)])
    [file] = journal.folder().parent.glob("longest-parms-*")
    file.write_text(content)
    cutting.calls.clear()
    Cluster().callbacks.new(long_one, "mount", parms=[noise(600)])
    assert cutting.names() == ["mmaddcallback", "mmlscallback"]


def test_where_nothing_can_be_remembered_it_is_looked_at_each_time(cutting, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("ARCAPIX_GPFS_STATE", str(tmp_path / "file"))
    for _ in range(2):
        Cluster().callbacks.new(long_one, "mount", parms=[noise(600)])
    assert cutting.names() == ["mmaddcallback", "mmlscallback"] * 2


def test_scripts_are_not_looked_at(cutting, script):
    Cluster().callbacks.new(script, "mount", parms=["x" * 3000])
    assert cutting.names() == ["mmaddcallback"]


def test_one_that_cannot_be_taken_back_says_so(cutting):
    cutting.fails["mmdelcallback"] = ["no quorum"]
    with pytest.raises(PayloadTooLarge) as caught:
        Cluster().callbacks.new("x", long_one, "mount", parms=[noise(4000)])
    [note] = caught.value.__notes__
    assert "it could not be taken back; run arcapix-gpfs delete x: mmdelcallback" in note


def test_a_listing_that_fails_is_a_warning(cutting):
    cutting.fails["mmlscallback"] = ["no quorum"]
    expected = "whether GPFS has kept all of callback 'long_one_.*' cannot be told: mmlscallback exited"
    with pytest.warns(CallbackWarning, match=expected):
        Cluster().callbacks.new(long_one, "mount", parms=[noise(300)])
    assert len(cutting.callbacks) == 1
    assert kept_lengths() == []


def test_where_warnings_are_errors_it_is_taken_back(cutting):
    cutting.fails["mmlscallback"] = ["no quorum"]
    with pytest.raises(CallbackWarning, match="cannot be told"):
        Cluster().callbacks.new(long_one, "mount", parms=[noise(300)])
    assert cutting.callbacks == {}


def test_a_signal_leaves_no_cut_callback_behind(cutting):
    def interrupt(words):
        if words[0] == "mmaddcallback":
            os.kill(os.getpid(), signal.SIGINT)

    cutting.after = interrupt
    with pytest.raises(KeyboardInterrupt) as caught:
        Cluster().callbacks.new(long_one, "mount", parms=[noise(4000)])
    assert isinstance(caught.value.__context__, PayloadTooLarge)
    assert cutting.callbacks == {}


@pytest.mark.parametrize(("spec_file", "adding"), [(True, 1), (False, 3)])
def test_a_batch_is_looked_at_once_and_taken_back_whole(cutting, spec_file, adding):
    with (
        pytest.raises(PayloadTooLarge) as caught,
        Cluster().callbacks.batch(spec_file=spec_file) as batch,
    ):
        batch.new("a", long_one, "mount", parms=[noise(300)])
        batch.new("b", long_one, "mount", parms=[noise(4000)])
        batch.new(long_one, "mount", parms=[noise(3900)])
    assert cutting.callbacks == {}
    listings = ["mmlscallback", "mmlscallback"]  # whether it was cut, and what of it there is
    assert cutting.names() == ["mmlscallback", *["mmaddcallback"] * adding, *listings, "mmdelcallback"]
    assert caught.value.limit == ROOM
    assert "nothing of the batch is installed" in caught.value.__notes__[0]
    cutting.calls.clear()
    with Cluster().callbacks.batch() as batch:
        batch.new("a", long_one, "mount", parms=[noise(300)])
        batch.new("b", long_one, "mount", parms=[noise(300)])
    assert cutting.names() == ["mmlscallback", "mmaddcallback"], "300 characters came back whole before"


def test_a_batch_of_a_killed_program_that_was_cut_is_undone(cutting):
    """The file about the batch stays until it is known that GPFS has kept all."""

    def die(words):
        if words[0] == "mmlscallback" and cutting.count("mmaddcallback"):
            assert len(list(journal.folder().glob("*.json"))) == 1

    cutting.before = die
    with pytest.raises(PayloadTooLarge), Cluster().callbacks.batch() as batch:
        batch.new(long_one, "mount", parms=[noise(4000)])
    assert list(journal.folder().glob("*.json")) == []


def test_a_change_that_gpfs_cuts_is_put_back(cutting):
    callback = Cluster().callbacks.new("x", long_one, "mount", parms=["short"])
    before = cutting.callbacks["x"]
    with pytest.raises(
        ReplaceFailed, match="was put back: cannot install 'long_one' of callback 'x': GPFS kept only 4,000"
    ) as e:
        callback.change(command=long_one, parms=[noise(4000)])
    assert e.value.restored
    assert cutting.callbacks["x"] == before
    assert callback.installed
    assert list(journal.folder().glob("*.json")) == []


def test_a_change_that_came_back_whole_is_remembered(cutting):
    callback = Cluster().callbacks.new("x", long_one, "mount", parms=["short"])
    callback.change(command=long_one, parms=[noise(600)])
    cutting.calls.clear()
    Cluster().callbacks.new(long_one, "mount", parms=[noise(500)])
    assert cutting.names() == ["mmaddcallback"]


def test_what_another_node_has_changed_meanwhile_is_no_cut(cutting):
    """Another node deletes and installs under the same identifier between the two commands."""

    def change(words):
        if words[0] == "mmaddcallback":
            cutting.callbacks["x"] = {"command": "/opt/theirs.sh", "event": "mount"}

    cutting.after = change
    Cluster().callbacks.new("x", long_one, "mount", parms=[noise(300)])
    assert cutting.callbacks["x"]["command"] == "/opt/theirs.sh"
    assert kept_lengths() == []
