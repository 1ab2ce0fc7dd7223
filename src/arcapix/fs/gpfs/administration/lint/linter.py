"""Applies the rules to a file."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ...exceptions import GPFSError
from . import of_dangers, of_signatures, of_state, of_surroundings
from .rules import RULES, Found, Rule
from .source import Source

__all__ = ["RULE_MODULES", "Finding", "NoPython", "Report", "lint", "lint_text"]

RULE_MODULES = (of_signatures, of_state, of_surroundings, of_dangers)
"""Loading them fills `RULES`."""

_SILENCED = re.compile(r"#\s*noqa:\s*([A-Z]+[0-9]+(?:[,\s]+[A-Z]+[0-9]+)*)")


class NoPython(GPFSError):
    """A file cannot be read as Python."""

    exit_status = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with a handler.

    Attributes:
        file: The file.
        line: The line, from 1.
        column: The column, from 1.
        code: That of the rule.
        message: What is wrong.
        hint: What to do instead.
    """

    file: str
    line: int
    column: int
    code: str
    message: str
    hint: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.code} {self.message} — {self.hint}"

    def fields(self) -> dict[str, Any]:
        """Return all of it, in values that JSON has."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Report:
    """What was found in a file.

    Attributes:
        findings: In the order of lines.
        handlers: How many handlers it has.
    """

    findings: tuple[Finding, ...]
    handlers: int


def lint(path: Path) -> Report:
    """Read a file, and return what is wrong with its handlers.

    Raises:
        NoPython: It cannot be read, or it is no Python.
    """
    try:
        return lint_text(path.read_bytes(), str(path))
    except OSError as error:
        raise NoPython(f"{path}: cannot be read: {error.strerror or error}") from None


def lint_text(text: bytes, name: str) -> Report:
    """Return what is wrong with the handlers in a text.

    Args:
        text: That of a file.
        name: The file's.

    Raises:
        NoPython: It is none.
    """
    try:
        source = Source(text, name)
    except (SyntaxError, ValueError, RecursionError) as error:
        line, column = (getattr(error, name, None) or 1 for name in ("lineno", "offset"))
        why = error.msg if isinstance(error, SyntaxError) else str(error)
        raise NoPython(f"{name}:{line}:{column}: does not parse: {why}") from None
    found = {_finding(name, rule, each) for rule in RULES for each in rule.check(source)}
    kept = (one for one in found if not _is_silenced(source, one))
    return Report(tuple(sorted(kept, key=lambda one: (one.line, one.column, one.code))), len(source.handlers))


def _finding(file: str, rule: Rule, found: Found) -> Finding:
    node, hint = found.node, found.hint or rule.hint
    return Finding(file, node.lineno, node.col_offset + 1, rule.code, found.message, hint)


def _is_silenced(source: Source, finding: Finding) -> bool:
    line = source.lines[finding.line - 1] if finding.line <= len(source.lines) else ""
    codes = [code for match in _SILENCED.finditer(line) for code in re.split(r"[,\s]+", match[1])]
    return finding.code in codes
