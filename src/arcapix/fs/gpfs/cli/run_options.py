"""The fields of `Run` as options of a command: made from `Run` itself, so that none is forgotten."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import click

from ..registration import run_options as registered
from ..registration.once import Once
from ..registration.run_options import Run

Command = Callable[..., Any]

_FIELD = re.compile(r"^    (\w+): (.+(?:\n {8}.*)*)", re.MULTILINE)
_END = re.compile(r"[;.] |\.$")
_FLAGS = ("reconcile",)
_ONCE = {"folder": "DIR", "on_lost": "run|skip", "lost_after": "DURATION"}
"""What `Once` has besides its window."""

NAMES = (*registered.examples(), "env")
"""The fields that work."""


def run_options(names: Iterable[str] = NAMES) -> Callable[[Command], Command]:
    """Add an option for each of some fields of `Run`, all of them by default; `given` reads them."""
    chosen = tuple(names)

    def decorate(command: Command) -> Command:
        meanings = _meanings(Run)
        for name in reversed(chosen):
            if name == "once":
                for field, metavar in reversed(_ONCE.items()):
                    command = _text(f"once_{field}", metavar, _meanings(Once)[field])(command)
            if name == "max_running":
                command = click.option("--alone", is_flag=True, help="Short for --max-running 1.")(command)
            command = _option(name, meanings[name])(command)
        return command

    return decorate


def given(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of `Run` that were given on the command line, as `Run` takes them.

    Args:
        values: What click has read of the options; of others there is nothing in it.

    Raises:
        ValueError: One is unreadable.
    """
    found: dict[str, Any] = {}
    for name, value in values.items():
        if name == "env" and value:
            found["env"] = dict(map(_variable, value))
        elif name in _FLAGS and value is not None:
            found[name] = value
        elif name in NAMES and isinstance(value, str):
            found[name] = registered.from_text(name, value)
    once = {field: values[f"once_{field}"] for field in _ONCE if values.get(f"once_{field}") is not None}
    if once and "once" not in found:
        raise ValueError(
            f"--once-{next(iter(once)).replace('_', '-')} goes only with --once; give --once 10m"
        )
    if once:
        found["once"] = Once(within=found["once"], **once)
    if values.get("alone"):
        found["alone"] = True
    return found


def _variable(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"--env {text!r} sets no variable; give NAME=TEXT")
    return name, value


def _option(name: str, meaning: str) -> Callable[[Command], Command]:
    if name == "env":
        what = f"{meaning} May be given several times."
        return click.option("--env", multiple=True, metavar="NAME=TEXT", help=what)
    if name in _FLAGS:
        return click.option(f"--{name}/--no-{name}", default=None, help=meaning)
    example = registered.examples()[name].removeprefix("0o")
    return _text(name, "VALUE", meaning if example in meaning else f"{meaning[:-1]}, such as {example}.")


def _text(name: str, metavar: str, meaning: str) -> Callable[[Command], Command]:
    return click.option(f"--{name.replace('_', '-')}", name, metavar=metavar, help=meaning)


def _meanings(record: type) -> dict[str, str]:
    """Return the first sentence about each attribute of a record, by its docstring."""
    found = {}
    for name, text in _FIELD.findall(inspect.getdoc(record) or ""):
        plain = " ".join(text.replace("`", "").replace('"', "").split())
        found[name] = f"{_END.split(plain, maxsplit=1)[0]}."
    return found
