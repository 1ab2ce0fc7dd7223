from __future__ import annotations

import functools
import pickle
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest

from arcapix.fs.gpfs.binding import Literal, Variable, bind
from arcapix.fs.gpfs.binding.callables import name_of, qualified_name
from arcapix.fs.gpfs.driver.event import Event
from arcapix.fs.gpfs.exceptions import BadCallable, BindingError


def named(fsName: Any, filesetName: Any, eventName: Any) -> Any:
    return fsName, filesetName, eventName


def test_gpfs_made_variables_come_first_and_those_that_users_choose_last() -> None:
    def handler(snapshotName: Any, reason: Any, fsName: Any, filesetName: Any, snapshotID: Any) -> None: ...

    assert bind(handler).variables == ("fsName", "snapshotID", "snapshotName", "reason", "filesetName")


def test_an_unknown_variable_counts_as_chosen_by_users() -> None:
    binding = bind(lambda *args: None, [Variable("brandNew"), "%fsName", "%eventNode.ip"])
    assert binding.variables == ("fsName", "eventNode.ip", "brandNew")


def test_a_variable_is_asked_for_once_however_often_it_is_used() -> None:
    assert bind(lambda a, b: None, ["%fsName", "%fsName"]).variables == ("fsName",)


def test_what_is_shown_names_each_parameter_and_its_source() -> None:
    def handler(a: Any, fsName: Any, event: Any, *args: Any, **kw: Any) -> None: ...

    binding = bind(handler, ["x", "%eventNode", "y", "%fsName"])
    assert binding.shown == (
        ("a", "literal"),
        ("fsName", "%fsName"),
        ("event", "%eventNode"),
        ("*args", "literal"),
    )
    assert binding.shown_parms == ("x", "%eventNode", "y", "%fsName")
    assert bind(handler, {"a": 1, "title": "%eventNode.ip"}).shown == (
        ("a", "literal"), ("fsName", "%fsName"), ("event", "event"), ("title", "%eventNode.ip"),
    )  # fmt: skip


def test_what_is_shown_of_a_function_without_signature_counts_the_arguments() -> None:
    assert bind(max, ["a", "%fsName"]).shown == (("1", "literal"), ("2", "%fsName"))


class Bad:
    def __repr__(self) -> str:
        raise RuntimeError("no")


def test_parms_are_shown_as_given() -> None:
    entries = [
        "eventName",
        "%fsName",
        "a b",
        5,
        Literal("fsName"),
        Variable("rgName"),
        ["x"] * 99,
        "y" * 200,
        Bad(),
    ]
    shown = bind(lambda *args: None, entries).shown_parms
    assert shown[:6] == ("%eventName", "%fsName", "a b", "5", "fsName", "%rgName")
    assert len(shown[6]) == 80
    assert shown[6].startswith("['x', 'x',")
    assert shown[7] == "y" * 200
    assert shown[8] == "<Bad, its repr fails: RuntimeError>"


def test_a_variable_that_no_event_supplies_is_doubted() -> None:
    (doubt,) = bind(lambda fsName: None, events=["shutdown"]).warnings
    assert doubt == "as far as is known, %fsName has no value at event shutdown"
    (doubt,) = bind(lambda fsName: None, events=["shutdown", "startup"]).warnings
    assert doubt == "as far as is known, %fsName has no value at any of the events shutdown, startup"


@pytest.mark.parametrize(
    "events", [["mount"], ["shutdown", "mount"], ["MOUNT"], ["newEvent"], ["shutdown", "newEvent"], []]
)
def test_a_variable_that_some_event_supplies_or_may_supply_is_not_doubted(events: list[str]) -> None:
    assert bind(lambda fsName, eventName: None, events=events).warnings == ()


def test_a_qualified_variable_is_looked_up_without_its_qualifier() -> None:
    assert bind(lambda a: None, ["%eventNode.ip"], events=["mount"]).warnings == ()
    (doubt,) = bind(lambda a: None, ["%nodeNames.ip"], events=["mount"]).warnings
    assert "%nodeNames.ip has no value at event mount" in doubt


def test_a_variable_the_catalogue_lacks_is_passed_on_with_a_doubt(fire: Callable[..., Any]) -> None:
    assert fire(lambda a: a, [Variable("brandNew")]) == "<brandNew>"
    (doubt,) = bind(lambda a: None, [Variable("brandNew")]).warnings
    assert doubt.startswith("the catalogue has no variable 'brandNew'")


def test_a_listed_variable_outside_the_frozen_set_binds_the_parameter_of_its_name(
    fire: Callable[..., Any],
) -> None:
    assert fire(lambda a, rgName: (a, rgName), ["%rgName", "x"]) == ("x", "<rgName>")
    assert fire(lambda a, mine: (a, mine), [Variable("mine"), "x"]) == ("x", "<mine>")


def test_a_mapping_beats_names_and_keeps_its_literals(fire: Callable[..., Any]) -> None:
    assert fire(named, {"fsName": "mine", "filesetName": "%eventNode"}) == (
        "mine",
        "<eventNode>",
        "<eventName>",
    )


def test_a_mapping_may_name_a_position_only_parameter(fire: Callable[..., Any]) -> None:
    def handler(a: Any, b: Any = "d", c: Any = "e", /, *, k: Any = "f") -> Any:
        return a, b, c, k

    assert fire(handler, {"a": 1, "c": 3}) == (1, "d", 3, "f")


def test_a_key_that_is_no_parameter_is_left_over() -> None:
    with pytest.raises(
        BindingError, match="parms entry 'title' is left over; 'named' takes fsName"
    ) as refusal:
        bind(named, {"title": "x"})
    assert refusal.value.left_over == ("title",)


def test_a_mapping_is_refused_where_there_is_no_signature() -> None:
    with pytest.raises(
        BindingError, match="'max' has no signature, so its parameters cannot be named; give a list"
    ):
        bind(max, {"a": 1})


@pytest.mark.parametrize("key", [5, None, ("a",)])
def test_a_key_that_is_no_text_is_a_type_error(key: Any) -> None:
    with pytest.raises(TypeError, match="is the name of a parameter"):
        bind(named, {key: 1})


def test_what_a_partial_has_set_is_never_overwritten() -> None:
    with pytest.raises(BindingError, match="'fsName' is already fixed, and stays so"):
        bind(functools.partial(named, fsName="mine"), {"fsName": "x"})


def further(a: Any, **kw: Any) -> Any:
    return a, kw


def asks_for_the_record(fsName: Event, **kw: Any) -> Any:
    return fsName, kw


class Method:
    def method(self, **kw: Any) -> Any:
        return kw


class Maker:
    def __init__(self, **kw: Any) -> None:
        self.kw = kw


@pytest.mark.parametrize(
    ("function", "parms"),
    [
        (asks_for_the_record, ["%fsName"]),
        (functools.partial(further, 1), [Variable("a")]),
        (functools.partial(further, 1), {"a": "x"}),
        (functools.partial(further, 1, fsName="mine"), ["%fsName"]),
        (functools.partial(further, 1, fsName="mine"), {"fsName": "x"}),
        (Method().method, {"self": "x"}),
        (functools.partial(Method().method), [Variable("self")]),
        (Maker, {"self": "x"}),
    ],
)
def test_nothing_that_has_a_value_gets_a_second_one_through_kwargs(
    function: Callable[..., Any], parms: Any
) -> None:
    with pytest.raises(BindingError, match="left over"):
        bind(function, parms)


@pytest.mark.parametrize(
    "function",
    [
        functools.partial(named, 1, 2, 3, 4),
        functools.partial(named, title=1),
        functools.partial(functools.partial(named, 1), fsName=1),
    ],
)
def test_a_partial_that_could_never_be_called_is_refused(function: Callable[..., Any]) -> None:
    with pytest.raises(BadCallable, match="cannot install 'named': the arguments of the partial do not fit"):
        bind(function)


def test_a_partial_of_a_function_without_signature_goes_by_position(fire: Callable[..., Any]) -> None:
    assert fire(functools.partial(max, "a"), ["%fsName", "b"]) == "b"


def test_arguments_after_an_omitted_default_go_by_keyword(fire: Callable[..., Any]) -> None:
    def handler(a: Any = 1, fsName: Any = 2, b: Any = 3, *, eventName: Any) -> Any:
        return a, fsName, b, eventName

    assert fire(handler) == (1, "<fsName>", 3, "<eventName>")
    assert bind(handler).plan == (
        (),
        {"fsName": ("variable", "fsName", "", 2), "eventName": ("variable", "eventName", "")},
    )


def test_a_position_only_default_before_a_variable_is_filled_in(fire: Callable[..., Any]) -> None:
    default = ["the default"]

    def handler(a: Any = default, fsName: Any = 2, /, b: Any = 3, eventName: Any = 4) -> Any:
        return a, fsName, b, eventName

    positional, keywords = bind(handler).plan
    assert positional[0] == ("literal", default)
    assert positional[0][1] is default
    assert list(keywords) == ["eventName"]
    assert fire(handler) == (default, "<fsName>", 3, "<eventName>")


def test_a_decorator_that_keeps_the_signature_is_looked_through(fire: Callable[..., Any]) -> None:
    @functools.wraps(named)
    def wrapper(*args: Any) -> Any:
        return named(*args)

    assert fire(wrapper) == ("<fsName>", "<filesetName>", "<eventName>")


def test_what_a_decorator_gives_itself_is_no_parameter(fire: Callable[..., Any]) -> None:
    def giving(function: Any) -> Any:
        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            return function(90, "x".upper(), *args, **kwargs)

        return wrapper

    def passing(function: Any) -> Any:
        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            return function(*args, **kwargs)

        return wrapper

    @passing
    @giving
    def handler(limit: Any, letter: Any, fsName: Any, *, note: Any = "none") -> Any:
        return limit, letter, fsName, note

    assert fire(handler) == (90, "X", "<fsName>", "none")
    assert fire(handler, {"note": "n"}) == (90, "X", "<fsName>", "n")


def test_a_decorator_that_also_uses_the_arguments_otherwise_gives_none(fire: Callable[..., Any]) -> None:
    seen = []

    def noting(function: Any) -> Any:
        @functools.wraps(function)
        def wrapper(*args: Any) -> Any:
            seen.append(("called", *args))
            return function(*args)

        return wrapper

    assert fire(noting(named)) == ("<fsName>", "<filesetName>", "<eventName>")


def test_a_parameter_that_a_decorator_may_give_is_missing_with_a_way_out() -> None:
    def giving(function: Any) -> Any:
        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            kwargs["limit"] = 90
            return function(*args, **kwargs)

        return wrapper

    with pytest.raises(BindingError, match="if the decorator gives 'limit', delete __wrapped__ of what it"):
        bind(giving(lambda fsName, limit: None))


def test_whatever_answers_every_question_is_bound_as_what_it_is(fire: Callable[..., Any]) -> None:
    class Anything:
        def __getattr__(self, name: str) -> Any:
            return Anything()

        def __call__(self, fsName: Any) -> Any:
            return fsName

    assert fire(Anything()) == "<fsName>"
    for mocked in (mock.Mock(spec=named), mock.MagicMock(), mock.create_autospec(named)):
        assert name_of(mocked) in ("Mock", "MagicMock", "named")
        bind(mocked)
    assert qualified_name(Anything()).endswith(".Anything")


def test_entries_are_read_once(fire: Callable[..., Any]) -> None:
    assert fire(lambda a, b: (a, b), (entry for entry in ("x", "%fsName"))) == ("x", "<fsName>")
    assert fire(lambda a, b: (a, b), ("x", "y")) == ("x", "y")


@pytest.mark.parametrize("entry", ["x", "%fsName", Literal("x"), Variable("fsName")])
def test_one_entry_needs_no_list(fire: Callable[..., Any], entry: Any) -> None:
    assert fire(lambda a: a, entry) == fire(lambda a: a, [entry])


def test_several_missing_parameters_are_all_named() -> None:
    with pytest.raises(BindingError) as refusal:
        bind(lambda a, b, *, c: None, name="f")
    assert refusal.value.missing == ("a", "b", "c")
    assert "parameters 'a', 'b', 'c' get no value; add them to parms, or give them defaults" in str(
        refusal.value
    )


def test_the_specified_texts_are_the_texts() -> None:
    def alert(fsName: Any, limit: Any) -> None: ...

    with pytest.raises(BindingError) as refusal:
        bind(alert)
    assert str(refusal.value) == (
        "cannot install 'alert': parameter 'limit' gets no value; add it to parms, or give it a default"
    )

    def alert(fsName: Any) -> None: ...  # type: ignore[no-redef]

    with pytest.raises(BindingError) as refusal:
        bind(alert, ["x"])
    assert str(refusal.value) == "cannot install 'alert': parms entry 'x' is left over; 'alert' takes fsName"


@pytest.mark.parametrize(
    ("parameter", "meant"),
    [
        ("eventname", "eventName"),
        ("fs_name", "fsName"),
        ("FSNAME", "fsName"),
        ("filesetNames", "filesetName"),
        ("quotaId", "quotaID"),
    ],
)
def test_a_slip_for_a_variable_is_recognised(parameter: str, meant: str) -> None:
    function = eval(f"lambda {parameter}: None")
    with pytest.raises(BindingError) as refusal:
        bind(function)
    assert f"did you mean {meant!r}? names are case-sensitive" in str(refusal.value)


def test_a_variable_that_is_taken_already_is_not_proposed() -> None:
    with pytest.raises(BindingError, match="add it to parms"):
        bind(lambda fsName, fsname: None)


@pytest.mark.parametrize("thing", [5, None, "text", [print]])
def test_what_cannot_be_called_is_refused(thing: Any) -> None:
    with pytest.raises(BadCallable, match="cannot be called"):
        bind(thing)


async def asynchronous() -> None: ...


async def asynchronous_generator() -> Any:
    yield


def generator(fsName: Any) -> Any:
    yield


class Silent:
    async def method(self) -> None: ...

    def generate(self) -> Any:
        yield

    async def __call__(self) -> None: ...

    @staticmethod
    async def static() -> None: ...

    @classmethod
    async def of_class(cls) -> None: ...


@pytest.mark.parametrize(
    "function",
    [
        asynchronous,
        asynchronous_generator,
        generator,
        lambda: (yield),
        Silent(),
        Silent().method,
        Silent().generate,
        Silent.static,
        Silent.of_class,
        functools.partial(asynchronous),
        functools.partial(functools.partial(generator), "x"),
        functools.partial(Silent().method),
        functools.partial(Silent()),
        vars(Silent)["static"],
    ],
)
def test_a_function_that_only_makes_a_coroutine_or_generator_is_refused_however_wrapped(
    function: Callable[..., Any],
) -> None:
    with pytest.raises(BadCallable, match="runs nothing"):
        bind(function)


def test_a_plain_wrapper_of_an_async_function_is_welcome(fire: Callable[..., Any]) -> None:
    @functools.wraps(asynchronous)
    def plain() -> str:
        return "ran"

    assert fire(plain) == "ran"


def test_the_plan_is_made_of_plain_things() -> None:
    class Text(str):
        __slots__ = ()

    positional, keywords = bind(lambda a, *, fsName="-", k: None, [Text("%eventNode.ip"), "x"]).plan
    assert type(positional) is tuple
    assert type(keywords) is dict
    for item in [*positional, *keywords.values()]:
        assert type(item) is tuple
        assert all(type(word) is str for word in item)


def test_literal_and_variable_are_values() -> None:
    assert Literal([1]) == Literal([1])
    assert {Variable("fsName"), Variable("%fsName")} == {Variable("fsName")}
    assert pickle.loads(pickle.dumps([Literal(5), Variable("fsName")])) == [Literal(5), Variable("fsName")]
    with pytest.raises(AttributeError):
        Literal(5).value = 6  # type: ignore[misc]
