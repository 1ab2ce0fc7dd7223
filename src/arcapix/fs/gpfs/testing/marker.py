"""What the marker ``gpfs_cluster`` says: the options of a test's cluster."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

import pytest

from ..emulator import figures
from ..emulator.control import DEFAULT_FILESYSTEMS, DEFAULT_NODES
from ..emulator.creation import SIZE
from ..emulator.errors import EmulatorError
from ..exceptions import nearest

NAME = "gpfs_cluster"


@dataclass(frozen=True)
class Options:
    """What a cluster is made of."""

    nodes: Sequence[str]
    filesystems: Mapping[str, int]
    """Names and sizes in bytes."""
    switches: Mapping[str, str]
    expect_failures: bool = False
    """Whether callbacks may fail without failing the test."""


def options(test: pytest.Item) -> Options:
    """Return the options of a test: its own, and for those it leaves out, its class's and module's.

    A marker that cannot be understood fails the test; the message names the nearest option.
    """
    given: dict[str, object] = {
        "nodes": DEFAULT_NODES,
        "filesystems": DEFAULT_FILESYSTEMS,
        "switches": {},
        "expect_failures": False,
    }
    for marker in reversed(list(test.iter_markers(NAME))):
        if marker.args:
            _refuse(f"takes its options by name, not {marker.args[0]!r}; it has {', '.join(given)}")
        for name, value in marker.kwargs.items():
            if name not in given:
                near = nearest(name, given)
                hint = f"did you mean {near!r}?" if near else f"it has {', '.join(given)}"
                _refuse(f"has no option {name!r}; {hint}")
            given[name] = value
    return Options(
        _nodes(given["nodes"]),
        _filesystems(given["filesystems"]),
        _switches(given["switches"]),
        _flag(given["expect_failures"]),
    )


def _refuse(problem: str) -> NoReturn:
    pytest.fail(f"the marker {NAME} {problem}", pytrace=False)


def _nodes(value: object) -> Sequence[str]:
    if isinstance(value, int) and not isinstance(value, bool):
        return [f"n{number}" for number in range(1, value + 1)]
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [str(name) for name in value]
    _refuse(f"takes nodes as a number or a list of names, not {value!r}")


def _filesystems(value: object) -> Mapping[str, int]:
    if isinstance(value, Mapping):
        return {str(name): _size(size) for name, size in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str):
        return {str(name): SIZE for name in value}
    _refuse(f"takes filesystems as a list of names or a mapping of names to sizes, not {value!r}")


def _size(value: object) -> int:
    if isinstance(value, int):
        return value
    try:
        return figures.size(str(value))
    except EmulatorError as error:
        _refuse(f"cannot read a size: {error}")


def _switches(value: object) -> Mapping[str, str]:
    if isinstance(value, Mapping):
        return {str(name): str(answer) for name, answer in value.items()}
    _refuse(f"takes switches as a mapping of names to answers, not {value!r}")


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    _refuse(f"takes expect_failures as True or False, not {value!r}")
