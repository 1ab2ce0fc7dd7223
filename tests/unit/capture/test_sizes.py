"""What takes room in a token is named as the author of the function knows it."""

from __future__ import annotations

import pytest

from arcapix.fs.gpfs import Literal, capture
from arcapix.fs.gpfs.binding import bind
from arcapix.fs.gpfs.binding.parms import labels

LARGE = "x" * 5_000
TABLE = {number: str(number) * 9 for number in range(500)}


def largest(function, parms=()):
    binding = bind(function, parms, events=("mount",))
    captured = capture.capture(function, binding.plan, labels=labels(parms))
    return captured.sizes[0][0]


def closure(table):
    return lambda: table


class Report:
    def __init__(self, table):
        self.table = table

    def run(self):
        return self.table


def helper(x=LARGE):
    return x


def calls_helper():
    return helper()


def take(a, b=None, c=None):
    return a, b, c


def has_attribute():
    return has_attribute.table


has_attribute.table = LARGE


@pytest.mark.parametrize("large", [LARGE, TABLE, [(LARGE,)]], ids=["text", "table", "nested"])
def test_a_value_is_named_by_where_it_comes_from(large):
    def default(y="small", x=large):
        return x, y

    def keyword(*, y="small", x=large):
        return x, y

    assert largest(closure(large)) == "closure variable 'table'"
    assert largest(default) == largest(keyword) == "default of 'x'"
    assert largest(Report(large).run) == "instance"
    assert largest(take, ["small", 5, Literal(large)]) == "parms[2]"
    assert largest(take, ["small", large]) == "parms[1]"
    assert largest(take, {"a": 1, "b": large}) == "parms['b']"


def test_what_a_helper_holds_is_named_by_the_helper_or_its_default():
    assert largest(calls_helper) == "default of 'x'"
    assert largest(has_attribute) == "has_attribute"


def test_a_value_that_is_used_twice_counts_once():
    table = {number: str(number) * 9 for number in range(500)}

    def twice(x=table):
        return x, table

    names = {name for name, size in capture.capture(twice).sizes if size > 1_000}
    assert len(names) == 1
