"""The page on run options: each field has its row, and what the row says is so."""

from __future__ import annotations

import ast
import dataclasses
import re
from pathlib import Path

import pytest

from arcapix.fs.gpfs import Run
from arcapix.fs.gpfs.registration.run_options import _SET_BY_THE_DRIVER

FIELDS = {field.name for field in dataclasses.fields(Run) if field.init} | {"alone"}


@pytest.fixture
def page(docs: Path) -> str:
    return (docs / "reference" / "run-options.md").read_text()


@pytest.fixture
def rows(page: str) -> dict[str, list[str]]:
    lines = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| `")]
    return {cells[0].strip("`"): cells for cells in lines}


def test_each_field_has_a_row_or_comes_later(page, rows):
    (later,) = re.findall(r"come in a later version\. .*?: (.*?)\.$", page, re.DOTALL | re.MULTILINE)
    names = re.findall(r"`(\w+)`", later)
    assert sorted([*rows, *names]) == sorted(FIELDS)
    for name in names:
        with pytest.raises(ValueError, match="comes in a later version"):
            Run(**{name: object()})


def test_each_example_sets_that_field(rows):
    for name, cells in rows.items():
        run = eval(cells[-1].strip("`"))
        assert getattr(run, name) != getattr(Run(), name), name


def test_each_default_is_the_one_of_the_class(rows):
    shown = {
        "no limit": None,
        "the driver's user, root": None,
        "16 MiB": 16 << 20,
        "none": {},
        "`None`, at every event": None,
        "`None`, any number": None,
    }
    shown |= {"every node runs": None, "any node": None}
    for name, (_, _, default, *_) in rows.items():
        value = shown[default] if default in shown else ast.literal_eval(default.strip("`"))
        assert value == getattr(Run(), name), name


def test_the_variables_that_the_driver_sets_are_named(rows):
    assert set(re.findall(r"`(\w+)`", rows["env"][3])) == set(_SET_BY_THE_DRIVER)
