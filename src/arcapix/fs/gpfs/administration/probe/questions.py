"""What a question about GPFS is, what an answer means, and what follows from it for this package."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from .evidence import Evidence, Observations, Unseen

__all__ = ["Found", "Meaning", "Question", "Reply", "Verdict", "judge"]

Verdict: TypeAlias = Literal["holds", "handled", "unhandled", "not asked"]
"""Whether an assumption holds; whether something follows if it does not; or nothing was seen."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an answer means.

    Attributes:
        words: In words.
        handled: By what an answer is handled that is not the one assumed.
        unhandled: What happens, if it is not handled.
    """

    words: str
    handled: str = ""
    unhandled: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found out: an answer, and the commands that show it."""

    answer: str
    evidence: Sequence[Evidence]


@dataclass(frozen=True, slots=True)
class Question:
    """One question about GPFS.

    Attributes:
        key: Its name, in the site file and for programs.
        level: The lowest level of the probe that can see an answer.
        text: In words.
        assumed: The answer that this package assumes; empty where it assumes none.
        meanings: Answers and their meanings. An answer such as ``cut:200`` goes by what stands before the
            colon, and ``""`` stands for all others.
        ask: Reads the answer off what was seen; raises `Unseen` if it is not there.
        switch: The switch of the emulator that plays its answers; empty if there is none.
    """

    key: str
    level: int
    text: str
    assumed: str
    meanings: Mapping[str, Meaning]
    ask: Callable[[Observations], Found] = field(repr=False)
    switch: str = ""

    def meaning(self, answer: str) -> Meaning:
        """Return what an answer means."""
        unexpected = Meaning(answer, unhandled="nobody expected that answer: send the report upstream")
        return self.meanings.get(answer.partition(":")[0]) or self.meanings.get("") or unexpected


@dataclass(frozen=True, slots=True)
class Reply:
    """What this cluster has answered to a question.

    Attributes:
        question: The question.
        answer: The answer; None if it was not asked.
        verdict: Whether what was assumed holds.
        follows: What follows, in words.
        evidence: The commands that show it.
    """

    question: Question
    answer: str | None
    verdict: Verdict
    follows: str
    evidence: Sequence[Evidence] = ()

    def fields(self) -> dict[str, Any]:
        """Return all that is known, in values that JSON has."""
        question = self.question
        return {
            "key": question.key,
            "question": question.text,
            "level": question.level,
            "answer": self.answer,
            "meaning": None if self.answer is None else question.meaning(self.answer).words,
            "assumed": question.assumed or None,
            "verdict": self.verdict,
            "follows": self.follows,
            "evidence": [evidence.fields() for evidence in self.evidence],
        }


def judge(questions: Sequence[Question], seen: Observations, level: int) -> list[Reply]:
    """Return what was found out about questions, in their order.

    Args:
        questions: They.
        seen: All that was seen.
        level: The highest level that was run.
    """
    return [_reply(question, seen, level) for question in questions]


def _reply(question: Question, seen: Observations, level: int) -> Reply:
    try:
        found = question.ask(seen)
    except Unseen as unseen:
        asks = f"level {question.level} asks it" if question.level > level else "nothing showed it"
        return Reply(question, None, "not asked", f"not asked: {str(unseen) or asks}")
    meaning = question.meaning(found.answer)
    as_assumed = found.answer == question.assumed or not question.assumed
    verdict: Verdict = "unhandled" if meaning.unhandled else "holds" if as_assumed else "handled"
    follows = {
        "holds": "holds",
        "handled": f"differs: handled by {meaning.handled}",
        "unhandled": f"differs: NOT handled, {meaning.unhandled}",
    }[verdict]
    return Reply(question, found.answer, verdict, follows, tuple(found.evidence))
