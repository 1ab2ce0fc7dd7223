from __future__ import annotations

import functools
import pathlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arcapix.fs.gpfs.binding.callables import name_of
from arcapix.fs.gpfs.exceptions import BadIdentifier
from arcapix.fs.gpfs.registration import identifier

LEGAL = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@+=-]{0,254}", re.ASCII)


def legal(text: str) -> bool:
    return (
        bool(LEGAL.fullmatch(text))
        and not text.startswith(("mm", "gpfs"))
        and text not in ("user", "system", "all")
    )


@pytest.mark.parametrize(
    "text", ["logger", "SOFTQUOTA-MIGRATION", "increase_max_inodes-fset1", "7up", "_x", "a.b@c+d=e-f", "a" * 255, "am", "users"]
)  # fmt: skip
def test_an_ordinary_identifier_is_legal_without_a_doubt(text: str) -> None:
    assert identifier.check(text) == ()


@pytest.mark.parametrize(
    ("text", "problem", "proposal"),
    [
        ("", "is empty", "callback"),
        ("a" * 256, "has 256 characters, but at most 255 are allowed", "a" * 255),
        ("a b", "holds ' '", "a_b"),
        ("a:b", "holds ':'", "a_b"),
        ("a;b", "holds ';'", "a_b"),
        ("a,b", "holds ','", "a_b"),
        ("a\tb", r"holds '\t'", "a_b"),
        ("a\n", r"holds '\n'", "a_"),
        ("a/b", "holds '/'", "a_b"),
        ("a%b", "holds '%'", "a_b"),
        ("a$b", "holds '$'", "a_b"),
        ("ü", "holds 'ü'", "_"),
        ("a٣", "holds '٣'", "a_"),
        ("-x", "begins with '-'", "cb_-x"),
        (".x", "begins with '.'", "cb_.x"),
        ("mmfs1_alert", "begins with 'mm', which GPFS keeps for itself", "cb_mmfs1_alert"),
        ("mm", "begins with 'mm'", "cb_mm"),
        ("gpfsWatch", "begins with 'gpfs'", "cb_gpfsWatch"),
        ("user", "is a word that mmlscallback reserves", "cb_user"),
        ("system", "is a word that mmlscallback reserves", "cb_system"),
        ("all", "is a word that mmlscallback reserves", "cb_all"),
    ],
)
def test_an_illegal_identifier_is_refused_with_a_legal_proposal(
    text: str, problem: str, proposal: str
) -> None:
    with pytest.raises(BadIdentifier) as refusal:
        identifier.check(text)
    assert problem in str(refusal.value)
    assert refusal.value.proposal == proposal


def test_the_refusal_reads_as_a_sentence() -> None:
    with pytest.raises(BadIdentifier) as refusal:
        identifier.check("mmfs1_alert")
    assert (
        str(refusal.value)
        == "'mmfs1_alert' begins with 'mm', which GPFS keeps for itself; try 'cb_mmfs1_alert'"
    )


@pytest.mark.parametrize("text", ["MMfoo", "Mm1", "mMx", "GPFSx", "Gpfs", "gPfs"])
def test_a_reserved_beginning_in_another_case_is_a_doubt_only(text: str) -> None:
    (doubt,) = identifier.check(text)
    assert "perhaps in any case" in doubt
    assert repr(text) in doubt


@pytest.mark.parametrize("text", ["All", "USER", "System"])
def test_a_reserved_word_in_another_case_is_a_doubt_only(text: str) -> None:
    (doubt,) = identifier.check(text)
    assert "mmlscallback" in doubt


def test_an_identifier_that_is_no_text_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="not int"):
        identifier.check(5)  # type: ignore[arg-type]


@given(st.text(max_size=300))
def test_whatever_is_given_is_either_legal_or_refused_with_something_legal(text: str) -> None:
    try:
        identifier.check(text)
    except BadIdentifier as refusal:
        assert not legal(text)
        assert legal(refusal.proposal)
        assert identifier.check(refusal.proposal) == ()
    else:
        assert legal(text)


def test_a_generated_identifier_is_the_name_and_twelve_digits() -> None:
    def logger() -> None: ...

    assert re.fullmatch(r"logger_[0-9a-f]{12}", identifier.generate(logger))
    assert identifier.generate(logger) != identifier.generate(logger)


class Reporter:
    def method(self) -> None: ...

    def __call__(self) -> None: ...


def alert() -> None: ...


@pytest.mark.parametrize(
    ("command", "name", "base"),
    [
        (alert, "alert", "alert"),
        (lambda: None, "<lambda>", "lambda"),
        (Reporter().method, "method", "method"),
        (Reporter(), "Reporter", "Reporter"),
        (Reporter, "Reporter", "Reporter"),
        (functools.partial(alert), "alert", "alert"),
        (functools.partial(functools.partial(Reporter().method)), "method", "method"),
        (functools.partial(Reporter()), "Reporter", "Reporter"),
        (max, "max", "max"),
        ([].append, "append", "append"),
        (functools.cache(alert), "alert", "alert"),
        ("/opt/alert.sh", "alert", "alert"),
        ("/opt/sbin/mm-watch.v2.py", "mm-watch.v2", "cb_mm_watch_v2"),
        (pathlib.PurePosixPath("/opt/7days.sh"), "7days", "cb_7days"),
        ("/opt/___", "___", "callback"),
        ("/opt/überwachung.sh", "überwachung", "berwachung"),
        ("/opt/GPFSwatch", "GPFSwatch", "cb_GPFSwatch"),
    ],
)  # fmt: skip
def test_the_base_is_the_name_that_people_know_the_command_by(command: object, name: str, base: str) -> None:
    assert name_of(command) == name
    assert identifier.generate(command).rpartition("_")[0] == base  # type: ignore[arg-type]


def test_a_long_name_is_cut() -> None:
    assert len(identifier.generate("/opt/" + "x" * 300)) == 60 + 1 + 12


@given(st.text(max_size=100))
def test_a_generated_identifier_is_always_legal(name: str) -> None:
    def command() -> None: ...

    command.__name__ = name
    made = identifier.generate(command)
    assert identifier.check(made) == ()
    assert re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,59}_[0-9a-f]{12}", made, re.ASCII)
