"""Manual pages of the commands, from their help, as roff.

The click-man of the package index takes the commands of a group from a dictionary, so it sees none of a
program that loads them when they are asked for, and it has no examples.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from arcapix.fs.gpfs import exceptions

from .command_line import Paragraph, Told, program, sections

_SECTION = 1
_ESCAPES = {"\\": "\\e", "-": "\\-", "'": "\\(aq", "`": "\\(ga", "^": "\\(ha", "~": "\\(ti"}


def pages(release: str) -> Iterator[tuple[str, str]]:
    """Yield the name of the file and the text of each page.

    Args:
        release: Of the package.
    """
    every = [told for _, several in sections() for told in several]
    for told in (program(), *every):
        yield f"{_name(told.path)}.{_SECTION}", "\n".join(_lines(told, every, release)) + "\n"


def _lines(told: Told, every: Sequence[Told], release: str) -> Iterator[str]:
    name = _name(told.path)
    yield f'.TH "{name.upper()}" "{_SECTION}" "" "arcapix-fs-gpfs {release}" "arcapix.fs.gpfs"'
    yield from (".SH NAME", f"{_escaped(name)} \\- {_escaped(told.what.rstrip('.'))}")
    yield from (".SH SYNOPSIS", f"\\fB{_escaped(told.path)}\\fR {_escaped(told.usage)}")
    yield ".SH DESCRIPTION"
    for paragraph in told.paragraphs:
        yield from _paragraph(paragraph)
    if told.options:
        yield ".SH OPTIONS"
        yield from _entries(told.options)
    if told.commands:
        yield ".SH COMMANDS"
        yield from _entries((f"{_name(told.path)}-{one}({_SECTION})", what) for one, what in told.commands)
    if told.examples:
        yield from (".SH EXAMPLES", *_kept(told.examples))
    yield ".SH EXIT STATUS"
    yield from _entries(_statuses())
    yield ".SH SEE ALSO"
    yield ", ".join(f"\\fB{_escaped(one)}\\fR({_SECTION})" for one in _related(told, every))


def _statuses() -> list[tuple[str, str]]:
    """Return the statuses, and what ends with each."""
    found: dict[int, list[str]] = {}
    for name in exceptions.__all__:
        error = getattr(exceptions, name)
        if isinstance(error, type) and issubclass(error, exceptions.GPFSError):
            found.setdefault(error.exit_status, []).append(name)
    found[2].append("an error in the use of the command line")
    kinds = {status: ", ".join(names) for status, names in sorted(found.items())}
    return [("0", "Success."), *((str(status), f"{names}.") for status, names in kinds.items())]


def _related(told: Told, every: Sequence[Told]) -> list[str]:
    """Return the page that a command is within, and those beside it."""
    parent = told.path.rpartition(" ")[0]
    beside = [one.path for one in every if parent and one.path.rpartition(" ")[0] == parent != told.path]
    names = [parent, *(path for path in beside if path != told.path)] if parent else []
    return [_name(path) for path in names] or ["mmaddcallback", "mmlscallback"]


def _paragraph(paragraph: Paragraph) -> Iterator[str]:
    yield ".PP"
    if paragraph.kept:
        yield from _kept(paragraph.text.splitlines())
    else:
        yield _escaped(paragraph.text)


def _kept(lines: Iterable[str]) -> Iterator[str]:
    yield from (".nf", *map(_escaped, lines), ".fi")


def _entries(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    for name, text in pairs:
        yield from (".TP", f"\\fB{_escaped(name)}\\fR", _escaped(text))


def _name(path: str) -> str:
    return path.replace(" ", "-")


def _escaped(text: str) -> str:
    """Return a line of text that has no request or escape of roff, and whose quotes stay straight."""
    line = "".join(_ESCAPES.get(character, character) for character in text)
    return re.sub(r"^\.", r"\\&.", line)
