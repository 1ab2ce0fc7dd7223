"""Which code counts as the same."""

from __future__ import annotations

import marshal
import sys
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest

from arcapix.fs.gpfs.capture.compare import essence

PAIRS = [
    tuple(part.strip("\n").split("\n===\n"))
    for part in (Path(__file__).parent / "cases" / "pairs.txt").read_text().split("###\n")[1:]
]

COMPILES_TO_NOTHING = ("x:int=1", "x=1")
"""A local annotation is not evaluated, so these two are the same code."""


def compiled(body: str, *, asynchronous: bool = False, line: int = 1) -> CodeType:
    namespace: dict[str, Any] = {}
    text = "\n" * (line - 1) + f"{'async ' * asynchronous}def f(a, b=0):\n {body}\n"
    exec(compile(text, "<test>", "exec", dont_inherit=True), namespace)
    code = namespace["f"].__code__
    assert isinstance(code, CodeType)
    return code


@pytest.mark.parametrize(("left", "right"), PAIRS)
def test_codes_that_differ_in_one_detail_are_told_apart(left: str, right: str) -> None:
    asynchronous = "await" in left or "await" in right
    codes = [essence(compiled(body, asynchronous=asynchronous)) for body in (left, right)]
    assert (codes[0] != codes[1]) is ((left, right) != COMPILES_TO_NOTHING)


def test_there_are_38_pairs() -> None:
    assert len(PAIRS) == 38


def test_the_line_that_a_function_stands_on_does_not_count() -> None:
    body = "x = 5\n class Q:\n  five = 5\n return Q, lambda: x"
    assert essence(compiled(body)) == essence(compiled(body, line=5))


def test_a_class_body_on_a_line_whose_number_is_one_of_its_constants_is_the_same() -> None:
    body = "class Q:\n  a = 4; b = 5; c = 3\n return Q"
    essences = [essence(compiled(body, line=line)) for line in range(1, 8)]
    assert all(other == essences[0] for other in essences)


def test_another_value_in_a_class_body_is_told_apart() -> None:
    assert essence(compiled("class Q:\n  a = 4\n return Q", line=3)) != essence(
        compiled("class Q:\n  a = 3\n return Q")
    )


def test_constants_that_are_equal_but_not_the_same_are_told_apart() -> None:
    values = ["0.0", "-0.0", "0", "False", "0j", "''", "b''", "(0,)", "(0.0,)", "None"]
    essences = [essence(compiled(f"return {value}")) for value in values]
    assert len({repr(found) for found in essences}) == len(values)


def test_a_long_integer_can_be_compared() -> None:
    assert essence(compiled(f"return {hex(7**9000)}")) != essence(compiled(f"return {hex(7**9001)}"))


def test_code_that_a_tracer_watches_is_the_same() -> None:
    code = compiled("return a + b")
    before, tracer = essence(code), sys.gettrace()
    sys.settrace(lambda *_: None)
    try:
        for _ in range(50):
            FunctionType(code, {})(1, 2)
        assert essence(code) == before
    finally:
        sys.settrace(tracer)


def test_code_keeps_its_essence_in_marshal() -> None:
    code = compiled("return [i for i in a if i in {1, 2, 'x'}]")
    assert essence(marshal.loads(marshal.dumps(code))) == essence(code)
