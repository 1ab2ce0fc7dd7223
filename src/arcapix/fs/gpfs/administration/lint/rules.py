"""What the linter looks for: a rule is a function with a code, two examples, and what to do instead."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from .source import Source

__all__ = ["RULES", "Check", "Found", "Rule", "rule"]


@dataclass(frozen=True)
class Found:
    """Something that a rule has found.

    Attributes:
        node: Where.
        message: What is wrong, in a line.
        hint: What to do, if it is not what the rule always says.
    """

    node: ast.expr | ast.stmt | ast.excepthandler
    message: str
    hint: str = ""


Check: TypeAlias = Callable[[Source], Iterator[Found]]


@dataclass(frozen=True)
class Rule:
    """A rule.

    Attributes:
        code: What it is called, and silenced by: ``# noqa: GP301``.
        what: What it finds.
        hint: What to do instead.
        bad: A file in which it finds something.
        good: The same as it should be.
        check: Looks for it.
    """

    code: str
    what: str
    hint: str
    bad: str
    good: str
    check: Check


RULES: list[Rule] = []
"""All rules, in the order of their codes, once their modules are loaded."""


def rule(code: str, what: str, hint: str, *, bad: str, good: str) -> Callable[[Check], Check]:
    """Add a function to the rules."""

    def add(check: Check) -> Check:
        RULES.append(Rule(code, what, hint, bad.lstrip("\n"), good.lstrip("\n"), check))
        RULES.sort(key=lambda one: one.code)
        return check

    return add
