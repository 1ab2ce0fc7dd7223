"""The page of the probe has a line for each switch of the emulator: who tells it, or why nobody can."""

from __future__ import annotations

from arcapix.fs.gpfs.administration.probe.table import QUESTIONS, UNSEEN, UNSEEN_ANSWERS
from arcapix.fs.gpfs.emulator.switches import SWITCHES


def test_a_switch_is_asked_for_or_has_a_reason_why_it_is_not() -> None:
    asked = {question.switch for question in QUESTIONS if question.switch}
    assert asked | UNSEEN.keys() == SWITCHES.keys()
    assert not asked & UNSEEN.keys()
    assert all(reason and not reason.endswith(".") for reason in UNSEEN.values())


def test_an_answer_that_is_not_told_is_one_of_a_switch_that_is_asked_for() -> None:
    for name, value in UNSEEN_ANSWERS:
        assert value in SWITCHES[name].values
        assert name not in UNSEEN


def test_a_question_has_a_key_and_a_text_of_its_own() -> None:
    for facts in ([one.key for one in QUESTIONS], [one.text for one in QUESTIONS]):
        assert len(set(facts)) == len(facts)
