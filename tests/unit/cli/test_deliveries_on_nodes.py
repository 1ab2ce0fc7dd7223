"""``arcapix-gpfs pending``, ``retry`` and ``discard`` with the events of other nodes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

import pytest
from click.testing import CliRunner, Result

from arcapix.fs.gpfs.cli import main
from arcapix.fs.gpfs.commands import ClusterRecord, NodeRecord, remote
from arcapix.fs.gpfs.commands.process import Completed
from arcapix.fs.gpfs.runs.deliveries import Deliveries, PendingEvent

ACCEPTED = datetime(2026, 11, 29, 6).astimezone()


def event(name: str, *, drill: bool = False) -> PendingEvent:
    return PendingEvent(name, "mail", "mount", ACCEPTED, "failed", 4, 4, None, "", drill)


class Others:
    """The other nodes, what each has pending, and what else they were told to do."""

    def __init__(self) -> None:
        self.pending: dict[str, list[PendingEvent]] = {}
        self.told: dict[str, list[str]] = {}
        self.unreachable: set[str] = set()

    def run_on(
        self, _cluster: ClusterRecord, node: NodeRecord, words: Sequence[str], *, timeout: float
    ) -> Completed:
        name = node.daemon_name.partition(".")[0]
        if name in self.unreachable:
            return Completed((), 255, "", "no route\nat all")
        if words[-2:] == ["pending", "--json"]:
            found = [{"node": None, **each.fields()} for each in self.pending.get(name, ())]
            return Completed((), 0, json.dumps(found), "")
        begin = next(number for number, word in enumerate(words) if word in ("retry", "discard"))
        self.told[name] = list(words[begin:])
        events = words[words.index("--") + 1 :]
        return Completed((), 0, "".join(f"{each} is done\n" for each in events), "")


@pytest.fixture
def others(gpfs, driver, monkeypatch) -> Others:
    """A cluster of n1, which is this one, n2 and mynode."""
    found = Others()
    monkeypatch.setattr(remote, "run_on", found.run_on)
    monkeypatch.setenv("SUDO_USER", "alice")
    return found


def run(*words: str) -> Result:
    return CliRunner().invoke(main, words)


@pytest.mark.parametrize("command", ["retry", "discard"])
def test_json_has_the_events_that_were_dealt_with_and_their_nodes(others, command):
    others.pending = {"n2": [event("20261129T060002.004711-815")], "mynode": [event("20261129T060002.1-9")]}
    words = ["20261129T060002.004711-815", "20261129T060002.1-9", "--nodes", "all", "--json"]
    assert json.loads(run(command, *words).stdout) == [
        {"node": "n2.localnet", "id": "20261129T060002.004711-815"},
        {"node": "mynode.localnet", "id": "20261129T060002.1-9"},
    ]


def test_what_nodes_have_pending_is_listed_with_the_node_and_drills_are_marked(others):
    others.pending = {"n2": [event("one")], "mynode": [event("two", drill=True)]}
    heading, *rows = run("pending", "--nodes", "all").stdout.splitlines()
    assert heading.split()[:3] == ["NODE", "ACCEPTED", "ID"]
    assert [(row.split()[0], row.split()[2], row.split()[4]) for row in rows] == [
        ("n2.localnet", "one", "mount"),
        ("mynode.localnet", "two", "mount(drill)"),
    ]
    told = json.loads(run("pending", "--node", "mynode", "--json").stdout)
    assert [(each["node"], each["id"], each["drill"]) for each in told] == [("mynode.localnet", "two", True)]


def test_a_node_that_does_not_answer_is_one_line_and_the_status_is_1(others):
    others.unreachable = {"n2"}
    done = run("pending", "--nodes", "all")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == "arcapix-gpfs: n2.localnet cannot be asked: no route\n"


@pytest.mark.parametrize(
    ("command", "words"), [("retry", ["retry"]), ("discard", ["discard", "--by", "alice"])]
)
def test_each_event_is_decided_about_on_the_node_that_has_it(others, command, words):
    others.pending = {"n2": [event("one"), event("other")], "mynode": [event("two")]}
    done = run(command, "one", "two", "--nodes", "all")
    assert others.told == {"n2": [*words, "--", "one"], "mynode": [*words, "--", "two"]}
    assert done.stdout.splitlines() == ["n2.localnet: one is done", "mynode.localnet: two is done"]
    assert done.exit_code == 0


def test_an_attempt_is_an_event_on_another_node_too(others):
    others.pending = {"n2": [event("20261129T060002.004711-815")]}
    run("retry", "20261129T060002.004711-815.1-900", "--node", "n2")
    assert others.told == {"n2": ["retry", "--", "20261129T060002.004711-815"]}


def test_an_event_that_no_node_has_leaves_all_others_as_they_are(others):
    others.pending = {"n2": [event("20261129T060002.004711-815")]}
    done = run("retry", "20261129T060002.004711-815", "20261129T060002.004711-816", "--nodes", "n2,mynode")
    assert (done.exit_code, others.told) == (3, {})
    assert done.stderr == (
        "arcapix-gpfs: no event '20261129T060002.004711-816' on any of the nodes that have answered; "
        "did you mean '20261129T060002.004711-815'?\n"
    )


def test_without_nodes_the_error_says_how_others_are_reached(others, monkeypatch):
    monkeypatch.setattr(Deliveries, "_read", lambda _: [])
    done = run("discard", "20261129T060002.004711-815")
    assert done.exit_code == 3
    assert "give --node; which, tells: arcapix-gpfs pending --nodes all" in done.stderr
