"""Pieces of Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence


def table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; line ends inside a cell become line breaks."""
    lines = [heading, ["---"] * len(heading), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines) + "\n"


def _cell(text: str) -> str:
    return re.sub(r"(?<!\\)\|", r"\\|", text.strip()).replace("\n", "<br>")


def code(text: str) -> str:
    """Return text as code; an empty text stays empty."""
    if not text:
        return ""
    fence = "``" if "`" in text else "`"
    return f"{fence}{text}{fence}"


def codes(words: Iterable[str]) -> str:
    """Return words as code, with commas."""
    return ", ".join(map(code, words))


def marked(text: str, evidence: str) -> str:
    """Return a statement with its mark of evidence."""
    return f"{text} [{evidence}]" if text else ""


def prose(docstring: str) -> str:
    """Return a docstring's text as Markdown: its doubled backticks become single ones."""
    parts = re.split(r"(``.*?``|`[^`]*`)", docstring)
    return "".join(code(part.strip("`")) if part.startswith("`") else escaped(part) for part in parts)


def escaped(text: str) -> str:
    """Return text in which no character means anything to Markdown or HTML."""
    return re.sub(r"([<*\[\]])", r"\\\1", text.replace("&", "&amp;"))


def first_sentence(text: str) -> str:
    """Return the first paragraph of a docstring as one line."""
    return " ".join(text.strip().partition("\n\n")[0].split())
