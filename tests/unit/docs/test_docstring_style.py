"""The entries of docstrings look the same everywhere: ``name: A sentence.``"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import arcapix.fs.gpfs as package

PACKAGE = Path(str(package.__file__)).parent
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
ENTRY = re.compile(r"    (?P<name>\*{0,2}[A-Za-z_][\w, ]*): (?P<text>.*)")


def entries(docstring: str) -> Iterator[str]:
    """The first lines of what is said about arguments, attributes and errors."""
    section = False
    for line in docstring.splitlines():
        if line in ("Args:", "Attributes:", "Raises:"):
            section = True
        elif line and not line.startswith(" "):
            section = False
        elif section and (entry := ENTRY.fullmatch(line)):
            yield entry["text"]


def documented() -> Iterator[tuple[str, str]]:
    """Every docstring, and where it stands."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, DOCUMENTED) and (docstring := ast.get_docstring(node)):
                yield f"{path.relative_to(PACKAGE)}:{getattr(node, 'lineno', 1)}", docstring


def test_an_entry_begins_like_a_sentence():
    small = [(place, text) for place, doc in documented() for text in entries(doc) if text[:1].islower()]
    assert small == []


def test_an_entry_in_small_letters_is_seen():
    doc = "Do it.\n\nArgs:\n    one: what it is.\n    **more: More of it.\n\nRaises:\n    TypeError, ValueError: it is none."
    assert list(entries(doc)) == ["what it is.", "More of it.", "it is none."]
