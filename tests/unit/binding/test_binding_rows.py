"""The table of the specification, row by row, with real calls."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pytest

from arcapix.fs.gpfs.binding import Literal, bind
from arcapix.fs.gpfs.driver.event import Event
from arcapix.fs.gpfs.exceptions import BadCallable, BindingError

F, N, E, SHORT = "<fsName>", "<eventName>", "<eventNode>", "<eventNode.shortName>"
RECORD = "the event"
UNDEFINED = "UNDEFINED"


class Watch:
    def m(self, fsName: Any) -> Any:
        return ("m", fsName)


class Caller:
    def __call__(self, fsName: Any, x: Any) -> Any:
        return fsName, x


def abe(a: Any, b: Any, eventName: Any) -> Any:
    return a, b, eventName


def a_default(a: Any, b: Any = 2) -> Any:
    return a, b


def a_keyword(a: Any, *, k: Any, eventName: Any) -> Any:
    return a, {"k": k, "eventName": eventName}


def a_fallback(fsName: Any = "-") -> Any:
    return fsName


def a_rest_and_keyword(*args: Any, k: Any) -> Any:
    return args, k


def a_message_and_more(msg: Any, **kw: Any) -> Any:
    return msg, kw


def a_position_only(a: Any, /, eventName: Any) -> Any:
    return a, eventName


def annotated(e: Event, a: Any) -> Any:
    return e, a


def g(fsName: Any) -> Any:
    return ("g", fsName)


async def asynchronous(eventName: Any) -> Any: ...


def generator() -> Any:
    yield


CALLS: list[tuple[str, Callable[..., Any], Any, Any]] = [
    ("1", lambda: "called", None, "called"),
    ("3", lambda eventName: eventName, None, N),
    ("4", lambda eventName: eventName, ["eventName"], N),
    ("4-twice", lambda eventName: eventName, ["%eventName", "eventName"], N),
    ("5", lambda x: x, ["eventName"], N),
    ("6", lambda msg: msg, ["%eventNode"], E),
    ("7", lambda format_str, eventName: (format_str, eventName), ["saw {0}"], ("saw {0}", N)),
    ("8", lambda eventName, format_str: (eventName, format_str), ["saw {0}"], (N, "saw {0}")),
    ("9", lambda a, b: (a, b), ["x", "%eventNode"], ("x", E)),
    ("10", lambda a, b: (a, b), ["%eventNode", "%eventNode"], (E, E)),
    ("12", lambda eventName, x: (eventName, x), {"x": "%eventName"}, (N, N)),
    ("14-one", a_default, ["x"], ("x", 2)),
    ("14-both", a_default, ["x", "y"], ("x", "y")),
    ("16", a_fallback, None, F),
    ("17", lambda *args: args, ["x", "%fsName"], ("x", F)),
    ("18", lambda fsName, *args: (fsName, args), ["fsName", "x"], (F, ("x",))),
    ("19", a_keyword, ["x", "y"], ("x", {"k": "y", "eventName": N})),
    ("20-mapping", a_rest_and_keyword, {"k": "x"}, ((), "x")),
    ("21-none", lambda **kw: kw, None, {}),
    ("21-variable", lambda **kw: kw, ["%fsName"], {"fsName": F}),
    ("22", lambda **kw: kw, {"title": "x"}, {"title": "x"}),
    ("23", a_message_and_more, ["%fsName", "%eventNode"], (F, {"eventNode": E})),
    ("24", a_position_only, ["x"], ("x", N)),
    ("25", Watch().m, None, ("m", F)),
    ("27", Caller(), ["t"], (F, "t")),
    ("28", functools.partial(abe, 1), ["x"], (1, "x", N)),
    ("29", functools.partial(abe, a=1), ["x"], (1, "x", N)),
    ("30", functools.partial(abe, eventName="z"), ["x", "y"], ("x", "y", "z")),
    ("31", lambda fsName: g(fsName), None, ("g", F)),
    ("33", max, ["a", "%fsName"], max("a", F)),
    ("34", lambda a: a, ["%eventNode.shortName"], SHORT),
    ("35", lambda eventNode, s: (eventNode, s), ["eventNode.shortName"], (E, SHORT)),
    ("37-listed", lambda rgName: rgName, ["%rgName"], "<rgName>"),
    ("38-empty", lambda a: a, [""], ""),
    ("38-text", lambda a: a, ["a b:c%d\nü"], "a b:c%d\nü"),
    ("38-none", lambda a: a, [None], None),
    ("38-dict", lambda a: a, [{"k": 1}], {"k": 1}),
    ("39", lambda a: a, [Literal("eventName")], "eventName"),
    ("40", lambda a: a, "x", "x"),
    ("41-record", lambda event, fsName: (event, fsName), None, (RECORD, F)),
    ("41-listed", lambda event, fsName: (event, fsName), ["x"], ("x", F)),
    ("42", annotated, ["x"], (RECORD, "x")),
]

ERRORS: list[tuple[str, Callable[..., Any], Any, str]] = [
    ("2", lambda: None, ["x"], "parms entry 'x' is left over; 'f' takes nothing"),
    ("11", lambda eventName, x: None, ["eventName", "eventName"], "parameter 'x' gets no value"),
    ("13", lambda a, b: None, ["x"], "parameter 'b' gets no value; add it to parms, or give it a default"),
    ("15", lambda eventname: None, None, "did you mean 'eventName'? names are case-sensitive"),
    ("20", a_rest_and_keyword, ["x"], "parameter 'k' gets no value; *args takes all of parms; use a mapping"),
    ("21-literal", lambda **kw: None, ["x"], "parms entry 'x' is left over"),
    ("26", Watch.m, None, "parameter 'self' gets no value; pass a bound method"),
    ("36", lambda eventNode: None, ["%eventNode.shortName"], "is left over; parameter 'eventNode' takes %eventNode by its name; rename the parameter"),
    ("37", lambda rgName: None, None, "parameter 'rgName' gets no value; add '%rgName' to parms"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("function", "parms", "expected"), [pytest.param(*row[1:], id=f"row {row[0]}") for row in CALLS]
)
def test_the_row_is_called_as_the_table_says(
    fire: Callable[..., Any], function: Callable[..., Any], parms: Any, expected: Any
) -> None:
    assert fire(function, parms) == expected


@pytest.mark.parametrize(
    ("function", "parms", "text"), [pytest.param(*row[1:], id=f"row {row[0]}") for row in ERRORS]
)
def test_the_row_is_refused_as_the_table_says(function: Callable[..., Any], parms: Any, text: str) -> None:
    with pytest.raises(BindingError) as refusal:
        bind(function, parms, name="f")
    assert isinstance(refusal.value, TypeError)
    assert str(refusal.value).startswith("cannot install 'f': ")
    assert text in str(refusal.value)


def test_row_16_takes_the_default_when_the_variable_is_undefined(fire: Callable[..., Any]) -> None:
    assert fire(a_fallback, fsName=UNDEFINED) == "-"


def test_row_22_gives_no_value_to_the_variable_by_accident(fire: Callable[..., Any]) -> None:
    assert fire(lambda **kw: kw, {"title": "x", "fsName": "y"}) == {"title": "x", "fsName": "y"}


def test_row_25_can_be_a_method_whose_class_is_unhashable(fire: Callable[..., Any]) -> None:
    class Unhashable(Watch):
        __hash__ = None  # type: ignore[assignment]

    assert fire(Unhashable().m) == ("m", F)


def test_row_32_prints(fire: Callable[..., Any], capsys: pytest.CaptureFixture[str]) -> None:
    fire(print, ["%eventName", "x"])
    assert capsys.readouterr().out == f"{N} x\n"


def test_row_38_keeps_the_very_object(fire: Callable[..., Any]) -> None:
    thing = object()
    assert fire(lambda a: a, [thing]) is thing


@pytest.mark.parametrize("function", [asynchronous, generator])
@pytest.mark.parametrize("parms", [None, ["x"], {"eventName": "x"}])
def test_row_43_is_refused_since_calling_it_runs_nothing(function: Callable[..., Any], parms: Any) -> None:
    with pytest.raises(BadCallable, match="runs nothing"):
        bind(function, parms)


def test_every_row_of_the_table_has_its_test() -> None:
    numbers = {int(row[0].partition("-")[0]) for row in [*CALLS, *ERRORS]} | {32, 43}
    assert numbers == set(range(1, 44))
