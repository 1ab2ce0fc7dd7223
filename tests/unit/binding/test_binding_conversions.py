from __future__ import annotations

import datetime
import functools
import typing
from collections.abc import Callable
from typing import Annotated, Any, NewType, Optional, Union

import pytest

from arcapix.fs.gpfs.binding import bind
from arcapix.fs.gpfs.driver.event import Event

Kibibytes = NewType("Kibibytes", int)
Usage = NewType("Usage", Kibibytes)
Nodes = NewType("Nodes", list[str])
itself = "itself"


def taking(annotation: Any, **default: Any) -> Callable[..., Any]:
    """A function of one parameter, which is annotated so."""
    if default:

        def taker(x: Any = default["default"]) -> Any:
            return x
    else:

        def taker(x: Any) -> Any:
            return x

    taker.__annotations__ = {"x": annotation}
    return taker


VALUES = [
    (Any, "7", "7"),
    (object, "7", "7"),
    (str, " 7 ", " 7 "),
    (int, "7", 7),
    (int, " -7 ", -7),
    (float, "7", 7.0),
    (float, "7.25", 7.25),
    (list[str], "n1,n2", ["n1", "n2"]),
    (list[str], " n1, n2 n3,,", ["n1", "n2", "n3"]),
    (typing.List[str], "n1", ["n1"]),  # noqa: UP006
    (int | None, "7", 7),
    (Optional[int], "7", 7),  # noqa: UP045
    (Union[None, float], "7", 7.0),  # noqa: UP007
    (str | None, "7", "7"),
    (Optional[list[str]], "a b", ["a", "b"]),  # noqa: UP045
    (Annotated[int, "KiB"], "7", 7),
    (Annotated[int | None, "KiB"], "7", 7),
    (Annotated[int, "KiB"] | None, "7", 7),
    (Annotated[int | None, "KiB"] | None, "7", 7),
    (list[Annotated[str, "node"]], "a", ["a"]),
    (Kibibytes, "7", 7),
    (Usage, "7", 7),
    (Usage | None, "7", 7),
    (Nodes, "a,b", ["a", "b"]),
    ("int", "7", 7),
    ("Optional[int]", "7", 7),
    ("int | None", "7", 7),
    ("typing.Optional['int']", "7", 7),
    ("Annotated[Usage, 'KiB'] | None", "7", 7),
    (Optional["int"], "7", 7),
    (list["str"], "a", ["a"]),
]


@pytest.mark.parametrize(("annotation", "text", "value"), VALUES)
def test_an_annotation_turns_the_text_into_a_value(
    fire: Callable[..., Any], annotation: Any, text: str, value: Any
) -> None:
    taker = taking(annotation)
    got = fire(taker, ["%blockUsage"], blockUsage=text)
    assert got == value
    assert type(got) is type(value)
    assert bind(taker, ["%blockUsage"]).warnings == ()


def test_without_an_annotation_the_text_stays_as_it_is(fire: Callable[..., Any]) -> None:
    assert fire(lambda blockUsage: blockUsage, blockUsage=" 7 ") == " 7 "


@pytest.mark.parametrize("annotation", [int, float, int | None, Optional[float]])  # noqa: UP045
def test_an_unreadable_number_fails(fire: Callable[..., Any], annotation: Any) -> None:
    with pytest.raises(ValueError, match="seven"):
        fire(taking(annotation), ["%blockUsage"], blockUsage="seven")


@pytest.mark.parametrize(
    ("annotation", "code"),
    [
        (bool, ""),
        (datetime.datetime, ""),
        (list, ""),
        (typing.List, ""),  # noqa: UP006
        (list[int], ""),
        (tuple[str, ...], ""),
        (dict[str, str], ""),
        (typing.Literal["USR", "GRP"], ""),
        (int | str, ""),
        (int | str | None, "?"),
        (bool | None, "?"),
        (None, ""),
        ("Unheard", ""),
        ("not a type", ""),
        ("Unheard | None", ""),
        ("itself", ""),
        (5, ""),
    ],
)
def test_any_other_annotation_leaves_the_text_and_gives_a_doubt(annotation: Any, code: str) -> None:
    binding = bind(taking(annotation), ["%blockUsage"])
    assert binding.plan == ((("variable", "blockUsage", code),), {})
    (doubt,) = binding.warnings
    assert "of parameter 'x' converts nothing" in doubt


def test_literals_are_never_converted_nor_doubted(fire: Callable[..., Any]) -> None:
    assert fire(taking(int), ["7"]) == "7"
    assert bind(taking(bool), ["7"]).warnings == ()


def test_a_text_is_resolved_against_the_closure(fire: Callable[..., Any]) -> None:
    local = int

    def taker(blockUsage: local) -> Any:  # type: ignore[valid-type]
        return blockUsage, local

    assert taker.__annotations__["blockUsage"] == "local"
    assert fire(taker, blockUsage="7") == (7, int)


def test_an_empty_cell_is_no_obstacle(fire: Callable[..., Any]) -> None:
    def taker(blockUsage: int) -> Any:
        return blockUsage, lambda: later

    binding = bind(taker)
    later = None
    assert binding.plan == ((("variable", "blockUsage", "int"),), {})


class Counter:
    def __init__(self, blockUsage: int = 0) -> None:
        self.usage = blockUsage

    def method(self, blockUsage: int) -> Any:
        return blockUsage

    def __call__(self, blockUsage: int) -> Any:
        return blockUsage

    @staticmethod
    def static(blockUsage: int) -> Any:
        return blockUsage

    @classmethod
    def of_class(cls, blockUsage: int) -> Any:
        return blockUsage


def counts(first: Any, blockUsage: int) -> Any:
    return blockUsage


@functools.wraps(counts)
def wrapper(*args: Any, **kwargs: Any) -> Any:
    return counts(*args, **kwargs)


@pytest.mark.parametrize(
    "function",
    [
        Counter().method,
        Counter(),
        Counter.static,
        Counter.of_class,
        functools.partial(counts, None),
        functools.partial(functools.partial(counts), first=None),
        functools.partial(Counter().method),
        functools.partial(wrapper, None),
        functools.cache(Counter.static),
    ],
)
def test_annotations_are_read_through_whatever_wraps_a_function(
    fire: Callable[..., Any], function: Callable[..., Any]
) -> None:
    assert fire(function, blockUsage="7") == 7


def test_a_class_is_called_with_what_its_init_takes(fire: Callable[..., Any]) -> None:
    assert fire(Counter, blockUsage="7").usage == 7


def test_the_elements_of_args_and_kwargs_are_converted(fire: Callable[..., Any]) -> None:
    def taker(*args: int, **kw: float) -> Any:
        return args, kw

    assert fire(taker, ["%blockUsage", "x"], blockUsage="7") == ((7, "x"), {})
    assert fire(taker, {"y": "%blockUsage"}, blockUsage="7") == ((), {"y": 7.0})


UNDEFINED = pytest.mark.parametrize("text", ["UNDEFINED", "%blockUsage", ""])


@UNDEFINED
@pytest.mark.parametrize("annotation", [Any, int, int | None, list[str]])
def test_an_undefined_variable_leaves_the_default(
    fire: Callable[..., Any], annotation: Any, text: str
) -> None:
    assert fire(taking(annotation, default="-"), ["%blockUsage"], blockUsage=text) == "-"


@UNDEFINED
@pytest.mark.parametrize("annotation", [int | None, str | None, list[str] | None, bool | None])
def test_an_undefined_variable_is_none_where_none_is_welcome(
    fire: Callable[..., Any], annotation: Any, text: str
) -> None:
    assert fire(taking(annotation), ["%blockUsage"], blockUsage=text) is None


@UNDEFINED
def test_an_undefined_list_is_empty(fire: Callable[..., Any], text: str) -> None:
    assert fire(taking(list[str]), ["%blockUsage"], blockUsage=text) == []


@UNDEFINED
@pytest.mark.parametrize("annotation", [int, float])
def test_an_undefined_number_fails(fire: Callable[..., Any], annotation: Any, text: str) -> None:
    with pytest.raises(ValueError, match=r"could not|invalid literal"):
        fire(taking(annotation), ["%blockUsage"], blockUsage=text)


@UNDEFINED
def test_an_undefined_text_is_empty_only_if_gpfs_gave_it_empty(fire: Callable[..., Any], text: str) -> None:
    assert fire(taking(str), ["%blockUsage"], blockUsage=text) == ("" if text == "" else "UNDEFINED")


def test_a_default_stays_the_very_object() -> None:
    default = object()
    ((item,), _) = bind(taking(Any, default=default), ["%fsName"]).plan
    assert item[:3] == ("variable", "fsName", "")
    assert item[3] is default


@pytest.mark.parametrize(
    "annotation",
    [Event, "Event", Optional[Event], "Event | None", Annotated[Event, "x"], "arcapix.fs.gpfs.Event"],  # noqa: UP045
)
def test_a_parameter_annotated_event_gets_the_record(fire: Callable[..., Any], annotation: Any) -> None:
    assert fire(taking(annotation)) == "the event"
    assert bind(taking(annotation)).event_record


def test_an_event_imported_for_type_checkers_only_is_recognised() -> None:
    namespace: dict[str, Any] = {}
    exec("def handler(what: 'Event'): return what", namespace)
    assert bind(namespace["handler"]).plan == ((("event",),), {})


def test_another_class_called_event_is_none(fire: Callable[..., Any]) -> None:
    class Event: ...

    assert fire(taking(Event), ["%fsName"]) == "<fsName>"


def test_a_record_that_a_partial_or_a_mapping_fills_is_not_given_twice(fire: Callable[..., Any]) -> None:
    def taker(what: Event, fsName: str) -> Any:
        return what, fsName

    assert fire(functools.partial(taker, what="mine")) == ("mine", "<fsName>")
    assert fire(taker, {"what": "mine"}) == ("mine", "<fsName>")
