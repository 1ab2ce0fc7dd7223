"""Reading what mm commands print: ``-Y`` rows and indented blocks.

A ``-Y`` line is ``command:section:HEADER:version:reserved:reserved:name:...:`` or a row
``command:section:0:1:::value:...:``. A block is a line with a name, followed by indented ``key = value``
lines.

The readers are tolerant on purpose: releases add columns, omit some at the end, print reports, warnings and
messages of remote shells in between, and sometimes run two lines together.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

__all__ = ["Block", "Listing", "Row", "blocks", "decoded", "parse"]

# Only what GPFS encodes: "%da" and "%cc" begin names of callback variables and are left alone.
_ENCODED = re.compile(r"%([2-7][0-9A-F])")
_PREFIX = 6
_BLANKS = " \t\r"


def decoded(value: str) -> str:
    """Return a field with its ``%XX`` replaced, once; a bare ``%``, a ``+`` and lower-case codes stay."""
    if "%" not in value:
        return value
    return _ENCODED.sub(lambda code: chr(int(code.group(1), 16)), value)


class Row(NamedTuple):
    """One ``-Y`` row; its columns are asked for by name, in any letter case.

    Attributes:
        section: The record type, empty in most commands.
        columns: Names of the header in lower case, with their positions.
        fields: The values as printed, without the six of the prefix; there may be fewer or more than columns.
    """

    section: str
    columns: Mapping[str, int]
    fields: Sequence[str]

    def get(self, *names: str, default: str = "") -> str:
        """Return the decoded value of the first of these columns that the header has."""
        for name in names:
            position = self.columns.get(name.lower())
            if position is not None:
                return self.at(position, default)
        return default

    def at(self, position: int, default: str = "") -> str:
        """Return the decoded value at a position, counted from the first column after the prefix."""
        return decoded(self.fields[position]) if position < len(self.fields) else default

    @property
    def surplus(self) -> tuple[str, ...]:
        """Decoded values beyond the last named column."""
        width = max(self.columns.values(), default=-1) + 1
        return tuple(map(decoded, self.fields[width:]))


class Listing(NamedTuple):
    """What a ``-Y`` output holds.

    Attributes:
        sections: The sections that had a header, whether or not a row followed.
        rows: All rows, in order.
    """

    sections: frozenset[str]
    rows: tuple[Row, ...]

    def section(self, name: str) -> list[Row]:
        """Return the rows of one section."""
        return [row for row in self.rows if row.section.lower() == name.lower()]


def _columns(header: Sequence[str]) -> dict[str, int]:
    columns: dict[str, int] = {}
    for position, raw in enumerate(header):
        name = raw.strip().lower()
        if name and name != "reserved":
            columns.setdefault(name, position)
    # The suffix says that the values are encoded; callers ask for the name without it.
    for name, position in list(columns.items()):
        columns.setdefault(name.removesuffix("_enc"), position)
    return columns


def _records(text: str, command: str) -> Iterator[list[str]]:
    """Split the text into the records of a command: noise left out, merged lines separated."""
    beginning = f"{command}:"
    within = re.compile(re.escape(command) + r":\w*:(?:HEADER:version:reserved:reserved|0:1::):")
    for line in text.split("\n"):
        starts = [match.start() for match in within.finditer(line)]
        if line.startswith(beginning) and 0 not in starts:
            starts.insert(0, 0)
        for start, end in itertools.pairwise([*starts, len(line)]):
            fields = line[start:end].rstrip("\r").split(":")
            if not fields[-1].strip():
                fields.pop()
            if len(fields) > _PREFIX:
                yield fields


def parse(text: str, command: str) -> Listing:
    """Read the ``-Y`` output of a command.

    Args:
        text: What it printed.
        command: The word at the beginning of its lines: the command's name.
    """
    headers: dict[str, dict[str, int]] = {}
    first: dict[str, dict[str, int]] = {}
    found: list[tuple[str, dict[str, int] | None, list[str]]] = []
    for fields in _records(text, command):
        section = fields[1]
        if fields[2] == "HEADER":
            headers[section] = _columns(fields[_PREFIX:])
            first.setdefault(section, headers[section])
        else:
            found.append((section, headers.get(section), fields[_PREFIX:]))
    # A row before its header takes the first one of its section; with none at all it can only be read by
    # position.
    rows = tuple(
        Row(section, first.get(section, {}) if columns is None else columns, values)
        for section, columns, values in found
    )
    return Listing(frozenset(headers), rows)


@dataclass(slots=True)
class Block:
    """A name and the ``key = value`` lines below it.

    Attributes:
        name: The line above the keys; None if the listing has none.
        values: Canonical key, and its values, one per line.
        unknown: Keys, as printed, that the caller has no name for, with their values.
    """

    name: str | None
    values: dict[str, list[str]] = field(default_factory=dict)
    unknown: dict[str, list[str]] = field(default_factory=dict)


class _Head(NamedTuple):
    """The part of a line before its ``=``; equal heads are examined only once."""

    indent: int
    printed: str
    key: str | None
    gap: bool
    sure: bool


class _BlockReader:
    """Tells key lines, names, continuation lines and noise apart; see ``blocks``.

    The first key of a block sets the indentation of its keys; lines indented further belong to the value
    above.
    """

    # Longer than any key with its padding; a longer text before an "=" is not examined further.
    _LONGEST_HEAD = 80
    _LONGEST_NAME = 255
    _ANY_INDENT = 1 << 30
    _NOT_IN_A_NAME = re.compile(r"[\s%:;,]")
    # A message of the command, a node's remote shell and its question, a box around a warning.
    _TALK = re.compile(r"mm\w+:\s|[\w.-]+:\s\s|[=|*-]{3}|\||Are you sure you want to continue ")

    def __init__(self, text: str, keys: Mapping[str, str], lists: frozenset[str]) -> None:
        self.lines = text.split("\n")
        self.keys = keys
        self.lists = lists
        self.heads: dict[str, _Head] = {}
        self.found: list[Block] = []
        self.block: Block | None = None
        self.last_key = ""
        self.last_values: list[str] = []
        self.key_indent = self._ANY_INDENT
        self.below = False

    def head(self, text: str) -> _Head | None:
        printed = text.strip(_BLANKS)
        folded = re.sub(r"[^a-z0-9]", "", printed.lower())
        if not folded:
            return None
        key, gap = self.keys.get(folded), text[-1] in _BLANKS
        indent = len(text) - len(text.lstrip(_BLANKS))
        self.heads[text] = head = _Head(indent, printed, key, gap, sure=gap and key is not None)
        return head

    def key_line(self, line: str, *, first: bool = False) -> tuple[_Head, str] | None:
        """Return head and value of a key line; None for any other, such as a word of a list with an ``=``.

        With ``first`` it is judged as the first key of a block: without the lines above.
        """
        text, equals, value = line.partition("=")
        if not equals or len(text) > self._LONGEST_HEAD:
            return None
        head = self.heads.get(text) or self.head(text)
        if head is None or (not first and not self.is_indented_like_a_key(head)):
            return None
        if head.sure:
            return head, value.strip(_BLANKS)
        if head.indent == 0:
            return None
        apart = head.gap or value[:1] in _BLANKS
        if not apart and value.startswith("%"):
            return None
        if not first and not apart and not head.key and self.last_key in self.lists:
            return None
        return head, value.strip(_BLANKS)

    def is_indented_like_a_key(self, head: _Head) -> bool:
        if self.key_indent == self._ANY_INDENT:
            return True
        return head.indent <= self.key_indent and (head.indent > 0 or self.key_indent == 0)

    def next_key(self, number: int) -> str | None:
        """Return the key on the next line that is neither blank nor talk, None if that is no key line."""
        for line in self.lines[number + 1 : number + 6]:
            found = self.key_line(line, first=True)
            if found:
                return found[0].key or found[0].printed
            if line.strip(_BLANKS) and not self._TALK.match(line):
                return None
        return None

    def is_name(self, number: int, word: str, indent: int) -> bool:
        if len(word) > self._LONGEST_NAME or self._NOT_IN_A_NAME.search(word):
            return False
        following = self.next_key(number)
        if following is None:
            return False
        if self.block is None or not self.last_values:
            return True
        # After a name the keys start again; after a continuation line they go on, or a list repeats its key.
        if following in self.block.values or following in self.block.unknown:
            return following != self.last_key or following not in self.lists
        return indent == 0 and bool(self.last_values[-1]) and self.last_key not in self.lists

    def is_continuation(self, text: str, indent: int) -> bool:
        if not self.last_values or (indent == 0 and self._TALK.match(text)):
            return False
        value = self.last_values[-1]
        if not value:
            self.below = indent == 0
            return True
        if self.last_key not in self.lists:
            return False
        if indent > 0 or value.endswith(","):
            return True
        # Unindented below a value: a remote shell's sentence has several words, and none of a list's signs.
        words = text.split()
        return all("%" in word or "=" in word for word in words) or (self.below and len(words) == 1)

    def take_key(self, head: _Head, value: str) -> None:
        block, key = self.block, head.key
        if block and key in self.lists and key in block.values and key != self.last_key:
            block.unknown.setdefault(f"a second {head.printed}", []).append(value)
            return
        if block is None or (key in block.values and key not in self.lists):
            block = self.begin(None)
        if self.key_indent == self._ANY_INDENT:
            self.key_indent = head.indent
        values = block.unknown if key is None else block.values
        self.last_key = key or head.printed
        self.last_values = values.setdefault(self.last_key, [])
        self.last_values.append(value)
        self.below = False

    def begin(self, name: str | None) -> Block:
        self.block = Block(name)
        self.found.append(self.block)
        self.last_key, self.last_values, self.key_indent = "", [], self._ANY_INDENT
        return self.block

    def read(self) -> list[Block]:
        known, take_key = self.heads.get, self.take_key
        for number, line in enumerate(self.lines):
            # The common case again, before the general one: a listing may hold ten thousand callbacks.
            before, equals, after = line.partition("=")
            if equals and (head := known(before)) and head.sure and head.indent == self.key_indent:
                take_key(head, after.strip(_BLANKS))
                continue
            if found := self.key_line(line):
                take_key(*found)
                continue
            text = line.strip(_BLANKS)
            if not text:
                continue
            indent = len(line) - len(line.lstrip(_BLANKS))
            if self.is_name(number, text, indent):
                self.begin(text)
            elif self.is_continuation(text, indent):
                self.last_values.append(text)
            elif self.block and self.last_key in self.lists and not self._TALK.match(text):
                # Perhaps noise, perhaps a value with a line break in it: nobody could put it back.
                self.block.unknown.setdefault(f"a line below {self.last_key}", []).append(text)
        return self.found


def blocks(text: str, keys: Mapping[str, str], lists: frozenset[str]) -> list[Block]:
    """Read named blocks of indented ``key = value`` lines, in time linear in the text.

    No column width is guaranteed. A value may be on the next line, even an unindented one; a list may go on
    over several lines; the name may be missing. A line below a list that may belong to it or not counts as an
    unknown key.

    Args:
        text: What the command printed.
        keys: Spellings of keys, lower case, letters and digits only, and the caller's name for each.
        lists: Those of these names whose value may take several lines.
    """
    return _BlockReader(text, keys, lists).read()
