"""The examples of the page for authors of handlers run as they stand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

PAGE = Path(__file__).parents[3] / "docs" / "howto" / "test-a-handler.md"


def test_the_examples_of_the_page_are_tests_that_pass(pytester: pytest.Pytester) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    pytester.makepyfile(test_page="\n\n".join(blocks))
    result = pytester.runpytest_inprocess("-W", "error", "--strict-markers")
    tests = sum(block.count("def test_") for block in blocks)
    assert tests >= 4
    result.assert_outcomes(passed=tests)


def test_the_first_example_has_a_test_of_five_lines() -> None:
    first = re.search(r"^def test_.*?^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert first is not None
    assert len(first.group().splitlines()) - 1 == 5
