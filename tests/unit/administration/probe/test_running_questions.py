"""What callbacks of the probe were given is read off as an answer, or as none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from arcapix.fs.gpfs.administration.probe import running_questions
from arcapix.fs.gpfs.administration.probe.evidence import Evidence, Observations, Run
from arcapix.fs.gpfs.administration.probe.questions import Reply, judge
from arcapix.fs.gpfs.administration.probe.snapshots import BLANK, CALLBACKS, MAKING, PLAIN
from arcapix.fs.gpfs.commands import NodeRecord

NODE = NodeRecord(3, "n3.gpfs.test", "192.0.2.3", "n3-admin.gpfs.test", "")
VALUES = (
    "+ x=snapshotCreated + snapshotCreated + mmfs1 +",
    BLANK,
    "+ UNDEFINED + n1.gpfs.test,n3.gpfs.test + n3",
)


def run(name: str, words: Sequence[str] = (), node: str = "n3.gpfs.test", **changed: object) -> Run:
    facts = {
        "name": name,
        "node": NODE,
        "arguments": (name, "0", "0", node, *words),
        "environment": {},
        "user": 0,
        "folder": "/",
        "mask": "0022",
        "descriptors": ("/dev/null",) * 3,
        "signals": (),
        "ancestors": ("sh", "mmfsd"),
        "process": 100,
        "started": 1000.0,
        "ended": 1000.1,
    }
    return Run(**{**facts, **changed})  # type: ignore[arg-type]


def values(*words: str) -> Run:
    before, blank, after = words or VALUES
    return run("values", [*before.split(), blank, *after.split()])


def answers(*runs: Run, made: str = BLANK) -> dict[str, Reply]:
    seen = Observations()
    seen.add(Evidence(MAKING, ("mmcrsnapshot", "mmfs1", made), 0, "", "", 0.1, 1000.0))
    seen.runs = runs
    return {reply.question.key: reply for reply in judge(running_questions.QUESTIONS, seen, 2)}


def test_what_is_assumed_of_values_holds_where_they_look_like_that() -> None:
    replies = answers(values())
    asked = [reply for reply in replies.values() if reply.verdict != "not asked"]
    assert {reply.verdict for reply in asked} == {"holds"}
    assert len(asked) == 11
    assert {reply.evidence[-1].words[0] for reply in asked} == {"callback"}


@pytest.mark.parametrize(
    "key",
    [
        "substitution_inside_word",
        "priority_rule",
        "event_order",
        "parms_quoting",
        "raised_on",
        "propagation_delay",
    ],
)
def test_what_was_not_started_has_answered_nothing(key: str) -> None:
    reply = answers()[key]
    assert (reply.answer, reply.follows) == (None, "not asked: nothing showed it")


def test_words_that_cannot_be_told_apart_answer_nothing() -> None:
    reply = answers(run("values", ["+", "x=snapshotCreated"]))["fsname_form"]
    assert reply.follows == "not asked: the words that arrived cannot be told apart"


def test_without_a_blank_in_its_name_a_snapshot_does_not_tell_the_order() -> None:
    reply = answers(values(), made=PLAIN)["substitution_order"]
    assert reply.follows == "not asked: GPFS took no name of a snapshot with a blank"


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ("n3.gpfs.test", "long"),
        ("n3", "short"),
        ("192.0.2.3", "ip"),
        ("3", "number"),
        ("n3-admin.gpfs.test", "admin"),
        ("c1n3", "another"),
    ],
)
def test_the_form_of_a_node_is_told_by_the_names_that_the_cluster_has_for_it(value: str, form: str) -> None:
    assert answers(run("values", node=value))["node_value_form"].answer == form


@pytest.mark.parametrize(
    ("order", "answer"),
    [
        ("first second third values unknown quotes tie1 tie2 tie3", "smaller-first"),
        ("third second first values unknown quotes tie1 tie2 tie3", "larger-first"),
        ("second third first values unknown quotes tie1 tie2 tie3", "ignored"),
        ("first second third values unknown tie1 quotes tie2 tie3", "shuffled"),
        ("values first second third unknown quotes tie1 tie2 tie3", "shuffled"),
        ("first second third values", None),
    ],
)
def test_the_order_of_processes_is_that_of_their_start(order: str, answer: str | None) -> None:
    assert {one.name for one in CALLBACKS} >= set(order.split())
    runs = [run(name, process=number) for number, name in enumerate(order.split())]
    assert answers(*reversed(runs))["priority_rule"].answer == answer


@pytest.mark.parametrize(
    ("started", "answer"), [(999.9, "as-raised"), (1000.2, "as-raised"), (1000.5, "delayed")]
)
def test_an_event_that_comes_long_after_its_cause_did_not_hold_it_up(started: float, answer: str) -> None:
    assert answers(run("tie1", started=started))["event_order"].answer == answer


def test_what_level_3_starts_elsewhere_says_nothing_about_the_snapshot() -> None:
    other = NodeRecord(4, "n4.gpfs.test", "192.0.2.4", "n4.gpfs.test", "")
    mounts = replace(run("mounts"), node=other)
    seen = Observations()
    told = Evidence("propagation", ("remote shell", NODE.admin_name), 0, "", "", 0.1)
    for evidence in (told, Evidence(MAKING, ("mmcrsnapshot", "mmfs1", BLANK), 0, "", "", 0.1, 1000.0)):
        seen.add(evidence)
    seen.runs = [run("values"), mounts, mounts]
    replies = {one.question.key: one.answer for one in judge(running_questions.QUESTIONS, seen, 3)}
    assert (replies["raised_on"], replies["event_order"]) == ("manager", "as-raised")


def test_of_the_environment_evidence_has_the_names_alone() -> None:
    shown = run("values", environment={"SECRET": "xyzzy", "PATH": "/bin"}).evidence()
    assert "variables PATH SECRET" in shown.stdout
    assert "xyzzy" not in shown.stdout
