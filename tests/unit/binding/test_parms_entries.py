from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from arcapix.fs.gpfs import events
from arcapix.fs.gpfs.binding import Literal, Variable, native_parms
from arcapix.fs.gpfs.binding.parms import read, read_entry


@pytest.mark.parametrize("name", sorted(events.TAKEN_BY_NAME))
def test_a_published_variable_needs_no_per_cent_sign(name: str) -> None:
    assert read_entry(name).source == read_entry(f"%{name}").source == Variable(name)
    assert read_entry(name).doubt == ""


@pytest.mark.parametrize("name", sorted(set(events.VARIABLES) - events.TAKEN_BY_NAME))
def test_a_newer_variable_is_one_only_with_its_per_cent_sign(name: str) -> None:
    assert read_entry(f"%{name}").source == Variable(name)
    assert read_entry(f"%{name}").doubt == ""
    entry = read_entry(name)
    assert entry.source == Literal(name)
    assert f"write '%{name}' for the variable, Literal({name!r}) for the text" in entry.doubt


@pytest.mark.parametrize(
    "text", ["%eventNode.shortName", "eventNode.ip", "%myNode.name", "upNodes.ip", "%nodeName.ip"]
)
def test_a_qualified_variable_is_one(text: str) -> None:
    entry = read_entry(text)
    assert isinstance(entry.source, Variable)
    assert entry.source.name == text.removeprefix("%")
    assert entry.source.qualified
    assert entry.source.base == text.removeprefix("%").partition(".")[0]


def test_a_newer_qualified_variable_without_per_cent_sign_is_text_with_a_doubt() -> None:
    assert read_entry("nodeName.ip").source == Literal("nodeName.ip")
    assert "'%nodeName.ip'" in read_entry("nodeName.ip").doubt


@pytest.mark.parametrize(
    ("text", "way_out"),
    [
        ("%eventNode.long", "'long' is not a qualifier, but name, shortName, ip are"),
        ("%eventNode.IP", "'IP' is not a qualifier"),
        ("%fsName.ip", "'fsName' takes no qualifier"),
        ("%evntNode.ip", "did you mean '%eventNode.ip'"),
    ],
)
def test_another_qualifier_after_a_per_cent_sign_is_refused(text: str, way_out: str) -> None:
    with pytest.raises(ValueError, match="is not a variable") as refusal:
        read_entry(text)
    assert way_out in str(refusal.value)
    assert f"Literal({text!r})" in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("%evntName", "%eventName"),
        ("%EventName", "%eventName"),
        ("%FSNAME", "%fsName"),
        ("%fsNames", "%fsName"),
        ("%quotaId", "%quotaID"),
        ("%event_name", "%eventName"),
    ],
)
def test_a_near_miss_is_refused_with_the_nearest_name(text: str, meant: str) -> None:
    with pytest.raises(ValueError, match="is not a variable") as refusal:
        read_entry(text)
    assert (
        str(refusal.value)
        == f"parms entry {text!r} is not a variable; did you mean {meant!r}? Literal({text!r}) is the text"
    )


@pytest.mark.parametrize(
    "text",
    ["x", "", " ", "a b", "%d", "%s", "%Y-%m", "100%", "%", "%%", "a:b", "'q'", '"q"', "ü", "a\nb", "\t", "%5d", "EventName",
     "eventname", "evntName", "eventNode.long", "fsName.ip", "event-name", "UNDEFINED", "%ü"],
)  # fmt: skip
def test_any_other_text_is_a_literal_without_a_doubt(text: str) -> None:
    entry = read_entry(text)
    assert entry.source == Literal(text)
    assert entry.doubt == ""


def test_a_far_miss_is_text_with_a_doubt() -> None:
    entry = read_entry("%zzzzz")
    assert entry.source == Literal("%zzzzz")
    assert "write Variable('zzzzz') if GPFS knows it" in entry.doubt


@pytest.mark.parametrize(
    "text",
    [
        "%eventName on %fsName",
        " %fsName",
        "%fsName ",
        "-f %fsName",
        "fs=%fsName",
        "%fsName%fsName",
        "%fsName,",
    ],
)
def test_variables_inside_longer_text_stay_text_with_a_doubt(text: str) -> None:
    entry = read_entry(text)
    assert entry.source == Literal(text)
    assert "not replaced" in entry.doubt
    assert "'%fsName'" in entry.doubt


@pytest.mark.parametrize(
    "thing", [5, 0, None, True, 1.5, b"eventName", ["a"], ("a",), {"k": 1}, object(), len]
)
def test_any_other_object_is_a_literal_as_it_is(thing: Any) -> None:
    source = read_entry(thing).source
    assert isinstance(source, Literal)
    assert source.value is thing


@pytest.mark.parametrize("text", ["eventName", "%eventName", "%evntName", "%eventName on %fsName", "rgName"])
def test_literal_is_always_a_literal(text: str) -> None:
    entry = read_entry(Literal(text))
    assert entry.source == Literal(text)
    assert entry.doubt == ""


@pytest.mark.parametrize(
    "name", ["eventName", "rgName", "evntName", "brandNew", "eventNode.ip", "fsName.ip", "new2_x"]
)
def test_variable_is_always_a_variable(name: str) -> None:
    entry = read_entry(Variable(name))
    assert entry.source == Variable(name) == Variable(f"%{name}")
    assert entry.doubt == ""


@pytest.mark.parametrize("name", ["", "%", "a b", "a:b", "%%a", "1a", "a.b.c", "a.", ".a", "ü", "a\n"])
def test_what_cannot_be_the_name_of_a_variable_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be the name of a variable"):
        Variable(name)


@given(st.text())
def test_a_text_is_a_literal_of_itself_or_a_variable_or_refused(text: str) -> None:
    try:
        entry = read_entry(text)
    except ValueError as refusal:
        assert text.startswith("%")
        assert f"Literal({text!r})" in str(refusal)
        return
    assert entry.given == text
    if isinstance(entry.source, Variable):
        assert entry.source.name == text.removeprefix("%")
        assert entry.source.base in events.VARIABLES
    else:
        assert entry.source.value == text


@pytest.mark.parametrize("parms", [5, b"x", bytearray(b"x"), object(), 1.5])
def test_what_is_no_list_is_a_type_error(parms: Any) -> None:
    with pytest.raises(TypeError, match="parms is a list"):
        read(parms)
    with pytest.raises(TypeError, match="parms is a list"):
        native_parms(parms)


def test_no_parms_are_an_empty_list() -> None:
    assert read(None) == read([]) == ()
    assert native_parms(None) == native_parms([]) == ()


@pytest.mark.parametrize(
    ("parms", "words"),
    [
        (["eventName"], ("%eventName",)),
        (["%eventName"], ("%eventName",)),
        (["-e %eventName -f %fsName"], ("-e %eventName -f %fsName",)),
        (["evntName", "%evntName", "%eventNode.ip"], ("evntName", "%evntName", "%eventNode.ip")),
        (["rgName", "%rgName"], ("rgName", "%rgName")),
        ([Literal("reason"), "reason"], ("reason", "%reason")),
        ([Variable("reason"), Variable("brandNew")], ("%reason", "%brandNew")),
        ([5, 1.5, Literal(7)], ("5", "1.5", "7")),
        ("eventName", ("%eventName",)),
        ((word for word in ("a", "b")), ("a", "b")),
        (["ü:,'"], ("ü:,'",)),
    ],
)
def test_parms_of_a_script_go_to_gpfs_as_words(parms: Any, words: tuple[str, ...]) -> None:
    assert native_parms(parms) == words


@pytest.mark.parametrize("entry", [None, True, ["a"], b"a", object(), Literal(None), Literal(False)])
def test_a_script_gets_only_text_and_numbers(entry: Any) -> None:
    with pytest.raises(TypeError, match="a script gets text and numbers"):
        native_parms([entry])


@pytest.mark.parametrize("entry", ["", " ", Literal(""), "a\nb", "a\tb", "a\0", "\x7f", "\x85"])
def test_a_script_gets_nothing_that_gpfs_cannot_carry(entry: Any) -> None:
    with pytest.raises(ValueError, match="parms entry"):
        native_parms([entry])


def test_a_script_takes_no_mapping() -> None:
    with pytest.raises(TypeError, match="by position"):
        native_parms({"a": "b"})


@given(st.text(min_size=1))
def test_what_a_script_gets_is_what_was_written(text: str) -> None:
    assume(text not in events.TAKEN_BY_NAME)
    try:
        (word,) = native_parms([text])
    except ValueError:
        assert not text.strip() or any(ord(c) < 32 or 127 <= ord(c) < 160 for c in text)
    else:
        assert word == text
