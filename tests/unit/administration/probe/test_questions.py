"""What is said about a question, by the answer that was seen."""

from __future__ import annotations

import pytest

from arcapix.fs.gpfs.administration.probe.evidence import Evidence, Observations, Unseen
from arcapix.fs.gpfs.administration.probe.questions import Found, Meaning, Question, judge

TOLD = Evidence("t", ("mmlscallback",), 0, "a\nb\n", "", 0.1)
MEANINGS = {
    "yes": Meaning("it does"),
    "no": Meaning("it does not", handled="care"),
    "cut": Meaning("it cuts", unhandled="nothing works"),
}


def reply_to(answer: str, assumed: str = "yes", level: int = 0, highest: int = 0):
    def ask(seen: Observations) -> Found:
        if not answer:
            raise Unseen(seen.last("t").stdout if list(seen) else "")
        return Found(answer, [TOLD])

    question = Question("key", level, "Does it?", assumed, MEANINGS, ask)
    return judge([question], Observations(), highest)[0]


@pytest.mark.parametrize(
    ("answer", "verdict", "follows"),
    [
        ("yes", "holds", "holds"),
        ("no", "handled", "differs: handled by care"),
        ("cut:200", "unhandled", "differs: NOT handled, nothing works"),
        (
            "purple",
            "unhandled",
            "differs: NOT handled, nobody expected that answer: send the report upstream",
        ),
    ],
)
def test_what_follows_goes_by_the_answer(answer: str, verdict: str, follows: str) -> None:
    reply = reply_to(answer)
    assert (reply.verdict, reply.follows) == (verdict, follows)
    assert reply.fields()["evidence"][0]["command"] == "mmlscallback"


def test_where_nothing_is_assumed_every_known_answer_holds() -> None:
    assert reply_to("no", assumed="").verdict == "holds"


def test_what_a_higher_level_asks_was_not_asked() -> None:
    reply = reply_to("", level=2, highest=1)
    assert (reply.answer, reply.verdict, reply.follows) == (None, "not asked", "not asked: level 2 asks it")
    assert reply_to("", level=1, highest=1).follows == "not asked: nothing showed it"


def test_evidence_is_shown_in_one_line() -> None:
    assert TOLD.shown() == "mmlscallback: status 0, a | b"
    stopped = Evidence("t", ("mmlscallback",), None, "", "", 60.0)
    assert stopped.shown() == "mmlscallback: stopped, nothing printed"
    assert stopped.failed


def test_a_refusal_counts_only_if_the_same_program_has_succeeded_once() -> None:
    seen = Observations()
    seen.add(Evidence("one", ("mmlscallback", "a"), 1, "", "not root\n", 0.1))
    with pytest.raises(Unseen, match="mmlscallback has failed each time: see what it says"):
        seen.refusal("one")
    seen.add(Evidence("two", ("mmlscallback",), 0, "", "", 0.1))
    assert seen.refusal("one") is seen.last("one")
    assert seen.refusal("two") is None


def test_what_programs_read_of_long_texts_is_their_beginning() -> None:
    fields = Evidence("t", ("mmaddcallback", "x" * 9000), 0, "y" * 9000, "", 0.1).fields()
    assert len(fields["command"]) == len(fields["stdout"]) == 4000


def test_a_command_that_says_so_has_failed_whatever_its_status() -> None:
    assert Evidence("t", ("mmx",), 0, "", "mmx: Command failed. Examine it.\n", 0.1).failed
    assert not TOLD.failed
