"""``arcapix-gpfs recover --definitions``: it tells what it is going to do, does it, and tells what it did."""

from __future__ import annotations

import json
import time
import warnings

import pytest
from click.testing import CliRunner

from arcapix.fs.gpfs import CallbackWarning, Cluster, GPFSError
from arcapix.fs.gpfs.cli import main
from arcapix.fs.gpfs.cli.act import recover as recover_module
from arcapix.fs.gpfs.deployment import installation
from arcapix.fs.gpfs.registration import journal, registry


def handler():
    return None


def files():
    return sorted(journal.folder().glob("*.json"))


def cut_short(gpfs, *identifiers, batch=False, age=0.0, missing=None):
    """Leave what a killed process leaves behind: a file, and callbacks that are missing."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CallbackWarning)  # of what was cut short before
        for identifier in identifiers:
            if identifier not in gpfs.callbacks:
                Cluster().callbacks.new(identifier, handler, "shutdown")
    records = [registry.find(identifier) for identifier in identifiers]
    with journal.alone(), journal.kept(records, batch=batch) as kept:
        fields = json.loads(kept.path.read_text())
        kept.path.write_text(json.dumps(fields | {"time": time.time() - age}))
    for identifier in identifiers if missing is None else missing:
        del gpfs.callbacks[identifier]


def recover(*words, answer=None):
    done = CliRunner().invoke(main, ["recover", *words], input=answer)
    return done.exit_code, done.stdout.splitlines(), done.stderr.splitlines()


def test_without_anything_to_recover_it_says_so_and_asks_gpfs_nothing(gpfs):
    assert recover("--definitions", "--yes") == (0, [], ["nothing to recover"])
    assert gpfs.names() == []


def test_programs_read_what_is_to_be_done_and_whether_it_was(gpfs):
    cut_short(gpfs, "x", age=600)
    [path] = files()
    told = "the change of callback 'x', cut short 10 minutes ago: the callback comes back as it was before"
    expected = {"node": installation.node_here(), "path": str(path), "text": told, "changes": True}
    status, said, errors = recover("--definitions", "--json")
    assert (status, json.loads("".join(said))) == (1, [{**expected, "done": False}])
    assert errors == ["arcapix-gpfs: nothing was changed; to do that, add --yes"]
    assert "x" not in gpfs.callbacks
    status, said, errors = recover("--definitions", "--json", "--yes")
    assert (status, json.loads("".join(said)), errors) == (0, [{**expected, "done": True}], [])
    assert "x" in gpfs.callbacks
    assert recover("--definitions", "--json") == (0, ["[]"], [])


def test_programs_read_that_gpfs_has_refused(gpfs, monkeypatch):
    cut_short(gpfs, "x")

    def refuse(_):
        raise GPFSError("mmaddcallback: it is not to be")

    monkeypatch.setattr(registry, "add", refuse)
    status, said, errors = recover("--definitions", "--json", "--yes")
    assert (status, [each["done"] for each in json.loads("".join(said))]) == (1, [False])
    assert errors == ["arcapix-gpfs: mmaddcallback: it is not to be"]


def test_a_callback_comes_back(gpfs):
    cut_short(gpfs, "x", age=600)
    assert recover("--definitions", "--yes") == (
        0,
        [
            "the change of callback 'x', cut short 10 minutes ago: the callback comes back as it was before",
            "added x",
        ],
        [],
    )
    assert list(gpfs.callbacks) == ["x"]
    assert files() == []


def test_everything_is_told_before_anything_is_done(gpfs, monkeypatch):
    cut_short(gpfs, "x")
    told = []
    monkeypatch.setattr(recover_module, "print_line", lambda text: told.append((text, gpfs.changing)))
    before = gpfs.changing
    recover("--definitions", "--yes")
    assert [(text.split()[0], changes - before) for text, changes in told] == [("the", 0), ("added", 1)]


def test_what_came_back_after_long_may_have_to_be_deleted_again(gpfs):
    cut_short(gpfs, "x", age=3 * 86_400)
    status, told, doubts = recover("--definitions", "--yes")
    assert (status, told[-1]) == (0, "added x")
    assert len(doubts) == 1
    assert "3 days ago" in doubts[0]
    assert doubts[0].endswith("if it was deleted on another node since, delete it again")


def test_a_callback_that_is_registered_stays_as_it_is(gpfs):
    cut_short(gpfs, "x", missing=())
    status, told, said = recover("--definitions", "--yes")
    assert (status, said) == (0, ["nothing to recover"])
    assert told == [
        "the change of callback 'x', cut short 0 seconds ago: the callback is registered, and nothing comes back"
    ]
    assert files() == []


def test_a_date_in_the_future_is_told_as_that(gpfs):
    cut_short(gpfs, "x", missing=(), age=-7300)
    _, told, _ = recover("--definitions", "--yes")
    assert told == [
        "the change of callback 'x', cut short 2 hours in the future, as its date says: the callback is "
        "registered, and nothing comes back"
    ]


def test_of_two_changes_of_a_callback_the_later_one_counts(gpfs):
    cut_short(gpfs, "x", age=300, missing=())
    cut_short(gpfs, "x", age=200)
    status, told, _ = recover("--definitions", "--yes")
    assert status == 0
    assert [line.partition("ago: the callback ")[2] for line in told] == [
        "comes back as it was before", "is registered, and nothing comes back", "",
    ]  # fmt: skip
    assert files() == []


@pytest.mark.parametrize(
    ("missing", "told", "left"),
    [
        (["b"], ["the part that is installed is deleted: a, c", "deleted the part of a batch: a, c"], []),
        (["a", "b", "c"], ["nothing of it is installed"], []),
        ([], ["all of it is installed"], ["a", "b", "c"]),
    ],
)
def test_a_part_of_a_batch_is_deleted(gpfs, missing, told, left):
    cut_short(gpfs, "a", "b", "c", batch=True, missing=missing, age=120)
    status, lines, _ = recover("--definitions", "--yes")
    assert status == 0
    assert lines == [f"the batch of 'a', 'b', 'c', cut short 2 minutes ago: {told[0]}", *told[1:]]
    assert (list(gpfs.callbacks), files()) == (left, [])


def test_what_is_too_old_is_left_alone_until_it_is_asked_for(gpfs):
    cut_short(gpfs, "x", age=12.2 * 86_400)
    [path] = files()
    status, told, said = recover("--definitions", "--yes")
    assert (status, said) == (0, [])
    assert told == [
        "the change of callback 'x', cut short 12 days ago, is left alone: run arcapix-gpfs recover "
        f"--definitions --max-age 14d if it is still wanted, otherwise remove {path}"
    ]
    assert gpfs.callbacks == {}
    assert recover("--definitions", "--yes", "--max-age", "14d")[1][-1] == "added x"


def test_what_gpfs_refuses_is_the_status_and_stops_no_other(gpfs):
    for name in ("one", "two", "three"):
        cut_short(gpfs, name)
    gpfs.fails["mmaddcallback"] = ["no quorum", "no room"]
    status, told, said = recover("--definitions", "--yes")
    assert status == 5
    assert [line for line in told if line.startswith("added")] == ["added one"]
    failures = [line for line in said if line.startswith("arcapix-gpfs: ")]
    assert failures == [
        "arcapix-gpfs: mmaddcallback exited with status 1: no room",
        "arcapix-gpfs: mmaddcallback exited with status 1: no quorum",
    ]
    assert len(files()) == 2
    assert sorted(recover("--definitions", "--yes")[1][-2:]) == ["added three", "added two"]


def test_an_older_change_does_not_come_back_where_gpfs_refuses_the_later_one(gpfs):
    cut_short(gpfs, "x", missing=())
    cut_short(gpfs, "x")
    gpfs.fails["mmaddcallback"] = ["no quorum"]
    assert recover("--definitions", "--yes")[0] == 5
    assert (gpfs.callbacks, len(files())) == ({}, 2)


def test_what_a_command_still_works_on_is_left_alone(gpfs):
    Cluster().callbacks.new("x", handler, "shutdown")
    with journal.alone(), journal.kept([registry.find("x")]):
        del gpfs.callbacks["x"]
        status, told, _ = recover("--definitions", "--yes")
    assert (status, gpfs.callbacks) == (0, {})
    assert told == ["the change of callback 'x', cut short 0 seconds ago: a command still works on it"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--max-age", "7d"], "--max-age goes only with --definitions"),
        (["--definitions", "--wait"], "leave one of them out"),
        (["--yes"], "--yes goes only with --definitions"),
        (["--definitions", "--max-age", "soon"], "--max-age='soon' is not a duration"),
        (["--definitions", "--max-age", "0"], "leave it out for 7d"),
    ],
)
def test_a_wrong_call_is_refused_before_anything_is_done(gpfs, words, message):
    cut_short(gpfs, "x")
    status, told, said = recover(*words)
    assert (status, told) == (2, [])
    assert message in said[-1]
    assert len(files()) == 1


# Asking

TOLD = "the change of callback 'x', cut short 10 minutes ago: the callback comes back as it was before"


@pytest.fixture
def on_a_terminal(monkeypatch):
    monkeypatch.setattr("arcapix.fs.gpfs.cli.act.recover.can_ask", lambda: True)


def test_without_anybody_to_ask_it_only_tells(gpfs):
    cut_short(gpfs, "x", age=600)
    assert recover("--definitions") == (
        1,
        [TOLD],
        ["arcapix-gpfs: nothing was changed, since nobody could be asked; to do that, add --yes"],
    )
    assert (gpfs.callbacks, len(files())) == ({}, 1)


def test_without_anybody_to_ask_what_changes_nothing_is_settled(gpfs):
    cut_short(gpfs, "x", missing=())
    status, _, said = recover("--definitions")
    assert (status, said, files()) == (0, ["nothing to recover"], [])


def test_on_a_terminal_it_asks_first(gpfs, on_a_terminal):
    cut_short(gpfs, "x", age=600)
    status, told, said = recover("--definitions", answer="y\n")
    assert (status, told) == (0, [TOLD, "added x"])
    assert said[0].startswith("Do that now?")
    assert list(gpfs.callbacks) == ["x"]


@pytest.mark.parametrize("answer", ["n\n", "\n", ""], ids=["no", "nothing", "end of input"])
def test_nothing_is_changed_unless_somebody_agrees(gpfs, on_a_terminal, answer):
    cut_short(gpfs, "x", age=600)
    status, told, _ = recover("--definitions", answer=answer)
    assert (status, told) == (1, [TOLD])
    assert (gpfs.callbacks, len(files())) == ({}, 1)


def test_a_file_that_came_while_it_asked_is_left_for_the_next_time(gpfs, on_a_terminal, monkeypatch):
    cut_short(gpfs, "x", age=600)
    monkeypatch.setattr("click.confirm", lambda *_, **__: cut_short(gpfs, "y"))
    assert recover("--definitions")[:2] == (0, [TOLD, "added x"])
    assert (list(gpfs.callbacks), len(files())) == (["x"], 1)


def test_another_change_can_be_made_while_it_asks(gpfs, on_a_terminal, monkeypatch):
    cut_short(gpfs, "x", age=600)

    def install(*_, **__):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CallbackWarning)
            Cluster().callbacks.new("x", handler, "mount")

    monkeypatch.setattr("click.confirm", install)
    assert recover("--definitions")[0] == 0
    assert gpfs.callbacks["x"]["event"] == "mount"
