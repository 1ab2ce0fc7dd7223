"""A plain executor of plans: what the driver does with a binding, in the fewest words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from arcapix.fs.gpfs.binding import Binding, bind


class Given(dict[str, str]):
    """What GPFS passed: every variable has a value made of its name, unless the test says otherwise."""

    def __missing__(self, name: str) -> str:
        return f"<{name}>"


def _value_of(item: tuple[Any, ...], given: Mapping[str, str]) -> object:
    if item[0] == "event":
        return "the event"
    if item[0] == "literal":
        return item[1]
    _, name, conversion, *default = item
    text = given[name]
    code = conversion.removesuffix("?")
    if text in ("", "UNDEFINED", f"%{name}"):
        if default:
            return default[0]
        if conversion.endswith("?"):
            return None
        if code == "list":
            return []
        text = "" if text == "" else "UNDEFINED"
    if code == "list":
        return text.replace(",", " ").split()
    return {"": str, "int": int, "float": float}[code](text)


def _call(function: Callable[..., Any], binding: Binding, /, **values: str) -> Any:
    given = Given(values)
    positional, keywords = binding.plan
    return function(
        *(_value_of(item, given) for item in positional),
        **{name: _value_of(item, given) for name, item in keywords.items()},
    )


@pytest.fixture(scope="session")
def call() -> Callable[..., Any]:
    """Call a bound function as the driver would: ``call(function, binding, fsName="mmfs1")``."""
    return _call


@pytest.fixture(scope="session")
def fire() -> Callable[..., Any]:
    """Bind and call at once: ``fire(function, parms, fsName="mmfs1")``."""

    def bind_and_call(function: Callable[..., Any], parms: object = None, /, **values: str) -> Any:
        return _call(function, bind(function, parms), **values)

    return bind_and_call
