"""The probe names what a cluster was set to do, for each switch that levels 0 and 1 can see, and each value."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from arcapix.fs.gpfs.administration.probe import leftovers
from arcapix.fs.gpfs.administration.probe.questions import Reply, judge
from arcapix.fs.gpfs.administration.probe.session import Session
from arcapix.fs.gpfs.administration.probe.table import LEVELS, QUESTIONS, UNSEEN
from arcapix.fs.gpfs.commands import process
from arcapix.fs.gpfs.emulator.switches import SWITCHES

FURTHER = {
    "list_key_width": ("9", "20"),
    "parms_max": ("cut:2000", "cut:100", "refuse:2000", "refuse:60000", "refuse:100"),
    "lock_busy": ("timeout:2",),
}
"""Values that are described by a pattern."""

HIGHER = {"unknown_variable": ("left", "UNDEFINED")}
"""Values that only a run tells apart."""

AS_ANSWERED = {"command_delay"}
"""What a machine adds to is tested by itself."""

SEEN = {
    question.switch: (*SWITCHES[question.switch].values, *FURTHER.get(question.switch, ()))
    for question in QUESTIONS
    if question.switch and question.level < 2 and question.switch not in AS_ANSWERED
}
VALUES = [
    pytest.param(name, value, id=f"{name}={value}")
    for name, values in SEEN.items()
    for value in values
    if value not in (SWITCHES[name].default, *HIGHER.get(name, ()))
]


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(process, "_sleep", lambda _: None)


def probed(level: int = 1) -> tuple[Session, Mapping[str, Reply]]:
    session = Session()
    for one in LEVELS[: level + 1]:
        session.perform(one, lambda _: None)
    return session, {reply.question.key: reply for reply in judge(QUESTIONS, session.seen, level)}


@pytest.mark.parametrize(("name", "value"), VALUES)
def test_the_probe_names_what_the_cluster_does(gpfs, name: str, value: str) -> None:
    gpfs.switch(**{"list_node_form": "long", name: value})
    _, replies = probed()
    (reply,) = (reply for reply in replies.values() if reply.question.switch == name)
    assert reply.answer == value
    assert reply.evidence
    if value != "timeout":
        assert not [one for one in gpfs.emulator.state.callbacks if leftovers.is_of_probe(one)]


def test_the_probe_names_what_a_cluster_does_by_default(gpfs) -> None:
    gpfs.switch(list_node_form="long")
    _, replies = probed()
    found = {reply.question.switch: reply.answer for reply in replies.values()}
    assert {name: found[name] for name in SEEN if name not in HIGHER} == {
        name: SWITCHES[name].default for name in SEEN if name not in HIGHER
    }
    answered = [reply for reply in replies.values() if reply.answer and reply.question.switch]
    assert {reply.verdict for reply in answered} == {"holds"}


def test_what_a_level_can_see_of_a_switch_are_all_of_its_values() -> None:
    assert not set(SEEN) & set(UNSEEN)
    for question in QUESTIONS:
        for value in SEEN.get(question.switch, ()):
            if value not in HIGHER.get(question.switch, ()):
                assert {value.partition(":")[0], ""} & question.meanings.keys(), (question.key, value)


def test_whatever_differs_is_handled_or_said_not_to_be() -> None:
    for question in QUESTIONS:
        for answer, meaning in question.meanings.items():
            if answer != question.assumed and question.assumed:
                assert bool(meaning.handled) != bool(meaning.unhandled), (question.key, answer)


@pytest.mark.parametrize("value", ["none", "cut:2000", "refuse:2000", "refuse:60000"])
@pytest.mark.parametrize("numbered", [True, False])
def test_no_level_does_what_it_has_not_announced(gpfs, value: str, numbered: bool, monkeypatch) -> None:
    gpfs.switch(parms_max=value)
    if not numbered:
        monkeypatch.setattr("arcapix.fs.gpfs.administration.probe.growing._NUMBER", _Nothing())
    session = Session()
    for level in LEVELS[:2]:
        announced = session.announce(level)
        before = len(gpfs.calls)
        session.perform(level, lambda _: None)
        ran = [words[0] for words in gpfs.calls[before:]]
        assert {name: ran.count(name) for name in ran}.items() <= {
            (name, count) for name, most in announced.commands.items() for count in range(most + 1)
        }
        assert announced.changes <= 40
        assert session.problems == []


class _Nothing:
    def findall(self, _: str) -> list[str]:
        return []


def test_the_number_that_a_refusal_names_is_tried_and_the_next_one(gpfs) -> None:
    gpfs.switch(parms_max="refuse:2000")
    session, _ = probed()
    assert [len(told.words[-1]) for told in session.seen.every("parms")] == [1024, 8192, 2000, 2001]


def test_a_refusal_without_a_number_is_closed_in_on(gpfs, monkeypatch) -> None:
    monkeypatch.setattr("arcapix.fs.gpfs.administration.probe.growing._NUMBER", _Nothing())
    gpfs.switch(parms_max="refuse:20000")
    _, replies = probed()
    kind, _, longest = str(replies["parms_max"].answer).partition(":")
    assert kind == "refuse"
    assert 20000 - 16 < int(longest) <= 20000


@pytest.fixture
def slow(gpfs) -> Iterator[None]:
    gpfs.switch(command_delay="0.05,0.1")
    yield
    gpfs.switch(command_delay="0")


@pytest.mark.slow
def test_how_long_commands_take_is_told_as_it_was(slow) -> None:
    _, replies = probed()
    listing, change = map(float, str(replies["command_delay"].answer).split(","))
    assert 0.05 <= listing < change
    assert change >= 0.1


def test_where_callbacks_are_there_an_empty_listing_was_not_seen(gpfs) -> None:
    gpfs.run("mmaddcallback of_the_site --command /bin/true --event mount")
    _, replies = probed(0)
    assert replies["list_empty"].verdict == "not asked"
    assert replies["list_identifier_line"].answer == "yes"


def test_without_another_node_the_class_cannot_grow(gpfs) -> None:
    gpfs.switch(list_node_form="long")
    gpfs.answer("mmchnodeclass", (1, "mmchnodeclass: no\n"))
    _, replies = probed()
    assert replies["N_class_storage"].follows == "not asked: no other node could be added to the node class"
