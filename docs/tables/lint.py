"""The rules of the linter, each with a bad and a good example."""

from __future__ import annotations

from arcapix.fs.gpfs.administration.lint.linter import RULE_MODULES
from arcapix.fs.gpfs.administration.lint.rules import RULES

from .markdown import code, table

assert RULE_MODULES, "loading them fills RULES"


def rules() -> str:
    """Code -> what the rule finds, and what to do instead."""
    return table(
        ("code", "finds", "instead"),
        ((f"[{code(rule.code)}](#{rule.code.lower()})", rule.what, rule.hint) for rule in RULES),
    )


def examples() -> str:
    """A section for each rule."""
    return "\n".join(
        f"### {rule.code}\n\nFinds {rule.what}.\n\n{_block(rule.bad)}\nInstead:\n\n{_block(rule.good)}"
        for rule in RULES
    )


def _block(text: str) -> str:
    return f"```python\n{text}```\n"
