"""Reading what mm commands print: ``-Y`` rows and indented blocks.

A ``-Y`` line is ``command:section:HEADER:version:reserved:reserved:name:...:`` or a row
``command:section:0:1:::value:...:``. A block is a line with a name, followed by indented ``key = value``
lines.

The readers are tolerant on purpose: releases add columns, omit some at the end, print reports, warnings and
messages of remote shells in between, and sometimes run two rows together. But a block is believed only if its
keys are complete and stand in order: nobody could tell from its values that some of them are another's.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, NoReturn

from ..exceptions import GPFSError

__all__ = ["Block", "Form", "Listing", "Row", "blocks", "decoded", "parse"]

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
        return tuple(map(decoded, self.fields[self._width :]))

    @property
    def is_whole(self) -> bool:
        """Whether there is a value for each column, and none beyond them."""
        return len(self.fields) == self._width

    @property
    def _width(self) -> int:
        return max(self.columns.values(), default=-1) + 1


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
        if fields[2] == "HEADER" or fields[3] == "version":
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


class Form(NamedTuple):
    """What the blocks of a command look like, as far as it is known.

    Attributes:
        command: The command, for messages.
        keys: Spellings of keys, lower case, letters and digits only, and the caller's name for each.
        order: Those of these names whose order is known; keys of unknown place stand anywhere behind the
            required ones.
        required: How many of those every block begins with.
        lists: Names whose value is a list with commas, perhaps of several lines.
        words: The name whose value is any words, perhaps of several lines.
        repeated: Names that may come once for each entry of their value.
    """

    command: str
    keys: Mapping[str, str]
    order: Sequence[str]
    required: int
    lists: frozenset[str]
    words: str
    repeated: frozenset[str]


@dataclass(slots=True)
class Block:
    """A name and the ``key = value`` lines below it.

    Attributes:
        name: The line above the keys; None if the listing has none.
        line: The index of its first line.
        values: Canonical key, and its values, one per line.
        unknown: Keys, as printed, that the form has no name for, with their values.
    """

    name: str | None
    line: int
    values: dict[str, list[str]] = field(default_factory=dict)
    unknown: dict[str, list[str]] = field(default_factory=dict)


class _Head(NamedTuple):
    """The part of a line before its ``=``; equal heads are examined only once."""

    indent: int
    printed: str
    key: str | None
    rank: int | None
    gap: bool
    sure: bool
    width: int
    padded: bool


class _BlockReader:
    """Tells key lines, names, continuation lines and noise apart, and refuses all else; see ``blocks``.

    The first key of a block sets the indentation of its keys; lines indented further belong to the value
    above.
    """

    # Longer than any key with its padding; a longer text before an "=" is not examined further.
    _LONGEST_HEAD = 80
    _LONGEST_NAME = 255
    _LONGEST_SHOWN = 60
    _ANY_INDENT = 1 << 30
    _NAME = re.compile(r"[^\s%:;,]+")
    _UNKNOWN_KEY = re.compile(r"[A-Za-z][\w/.-]*(?: [\w/.-]+)*")
    _LIST = re.compile(r"\n?[^\s=,]+(?:[ \t]*(?:,[ \t]*\n?|\n)[^\s=,]+)*")
    # A message of the command, a node's remote shell and its question, a box around a warning.
    _TALK = re.compile(
        r"mm\w+:\s|[\w.-]+:\s\s|([=*-])\1{2,}\s*$|[=*-]{3}.*[=*-]{3}\s*$|\|.*\|\s*$"
        r"|Are you sure you want to continue "
    )
    # The end of what stands before an "=" if a whole line was run together with the one above.
    _INNER_KEY = re.compile(r"(?<![ \t])( {2,}|[ \t]*\t)(\S+(?: \S+)*)([ \t]*)$")
    _ANY_KEY = re.compile(r"[ \t]=(?![^ \t\r])")
    _VARIABLE = re.compile(r"(?:\w+=)?%\w+")
    # What no key looks like: name=%name, %name, -x=y.
    _WORD = re.compile(r"%|[^=%]+[=%]")

    def __init__(self, text: str, form: Form) -> None:
        self.lines = text.split("\n")
        self.form = form
        self.ranks = {key: rank for rank, key in enumerate(form.order)}
        self.options = frozenset(form.keys.values()) - frozenset(form.order)
        self.heads: dict[str, _Head] = {}
        self.believed: set[str] = set()
        self.found: list[Block] = []
        self.block: Block | None = None
        self.rank = -1
        self.last_key = ""
        self.last_printed = ""
        self.last_line = 0
        self.last_values: list[str] = []
        self.first_value = 0
        self.key_indent = self._ANY_INDENT
        self.column = 0
        self.below = False
        self.broken: int | None = None

    def refuse(self, number: int, why: str) -> NoReturn:
        """Give up: a wrong block does more harm than none."""
        head, *values = self.lines[number].split("=")
        if values and self.form.keys.get(_folded(head)) == self.form.words:
            values = [" ..."]  # they may be secret, and are long
        shown = " ".join("=".join([head, *values[:1]]).split())
        if len(shown) > self._LONGEST_SHOWN:
            shown = f"{shown[: self._LONGEST_SHOWN]}..."
        command = self.form.command
        raise GPFSError(
            f"the listing of {command} cannot be believed: line {number + 1}, {shown!r}, {why}; it may have "
            f"been damaged on its way, so nothing was read from it: try again, and if it stays so, compare "
            f"that line with what {command} prints"
        )

    def head(self, text: str) -> _Head | None:
        printed = text.strip(_BLANKS)
        folded = _folded(printed)
        if not folded:
            return None
        key, gap = self.form.keys.get(folded), text[-1] in _BLANKS
        indent = len(text) - len(text.lstrip(_BLANKS))
        rank = None if key is None else self.ranks.get(key)
        sure, padded = gap and key is not None, gap and text[-2] in _BLANKS
        self.heads[text] = head = _Head(indent, printed, key, rank, gap, sure, len(text), padded)
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
        apart = head.gap or value[:1] in _BLANKS
        if head.indent == 0 or not (apart or (head.key and not value.startswith("%"))):
            return None
        if head.key is None and not (self._UNKNOWN_KEY.fullmatch(head.printed) and self.is_in_column(head)):
            return None
        return head, value.strip(_BLANKS)

    def is_in_column(self, head: _Head) -> bool:
        """Tell whether the ``=`` is below those above; a key without padding may be too long for that."""
        return head.width == self.column or not self.column or (head.width > self.column and not head.padded)

    def is_indented_like_a_key(self, head: _Head) -> bool:
        if self.key_indent == self._ANY_INDENT or head.indent == self.key_indent:
            return True
        return 0 < head.indent < self.key_indent and head.key is not None

    def is_name(self, number: int, line: str) -> bool:
        """Tell whether a line is a name: one word, and what follows is the first key of a block."""
        name = line.rstrip(_BLANKS)
        if len(name) > self._LONGEST_NAME or not self._NAME.fullmatch(name) or self._TALK.match(name):
            return False
        for below in self.lines[number + 1 : number + 6]:
            found = self.key_line(below, first=True)
            if found:
                return found[0].key == self.form.order[0]
            if below.strip(_BLANKS) and not self._TALK.match(below):
                return False
        return False

    def begin(self, name: str | None, number: int) -> Block:
        self.end_block()
        self.block = Block(name, number)
        self.found.append(self.block)
        self.rank, self.last_key, self.last_values = -1, "", []
        self.key_indent, self.broken = self._ANY_INDENT, None
        return self.block

    def end_block(self) -> None:
        if self.block:
            if self.last_key:
                self.check_value()
            if self.rank + 1 < self.form.required:
                self.refuse(self.block.line, f"has no {self.form.order[self.rank + 1]!r} below it")

    def take_key(self, number: int, head: _Head, value: str) -> None:
        block, rank = self.block, head.rank
        if block is None or (rank == 0 and self.rank >= 0):
            block = self.begin(None, number)
        elif self.last_key:
            self.check_value()
        if rank != self.rank + 1 or head.width != self.column or self.broken is not None:
            self.check_place(number, head, value)
        if rank is not None:
            self.rank = rank
        if self.key_indent == self._ANY_INDENT:
            self.key_indent = head.indent
        if head.padded and not self.column:
            self.column = head.width
        self.last_printed, self.last_line, self.below = head.printed, number, False
        self.last_key = name = head.key or head.printed
        values = block.unknown if head.key is None else block.values
        self.last_values = values.setdefault(name, [])
        self.first_value = len(self.last_values)
        self.last_values.append(value)

    def check_place(self, number: int, head: _Head, value: str) -> None:
        """Refuse a key that cannot stand here: out of order, or twice where it is no list."""
        name, rank, block = head.key or head.printed, head.rank, self.found[-1]
        if self.broken is not None:
            self.refuse(self.broken, "belongs to no key")
        if name in (block.unknown if head.key is None else block.values):
            above = self.last_values[self.first_value :]
            one_each = len([text for text in above if text]) == 1 and name in self.form.repeated
            with_commas = name in self.form.lists and "," in value + above[-1]
            if head.printed != self.last_printed or with_commas or not one_each:
                self.refuse(number, f"is a second {name!r}")
        elif rank is not None and rank < self.rank:
            self.refuse(number, f"stands below {self.form.order[self.rank]!r}")
        elif self.rank + 1 < self.form.required and rank != self.rank + 1:
            self.refuse(number, f"stands where {self.form.order[self.rank + 1]!r} belongs")
        if rank is not None and not self.is_in_column(head):
            self.refuse(number, "is not in line with the keys above")

    def check_value(self) -> None:
        """Refuse a value, now that it is complete, that holds what no value of its key does."""
        key, lines = self.last_key, self.last_values[self.first_value :]
        if lines[0] in self.believed and len(lines) == 1:
            return
        for line in lines:
            if "=" in line and ("  " in line or "\t" in line) and self.has_inner_key(line):
                self.refuse(self.last_line, "holds another key: two lines were run together")
        if not any(lines):
            if key == self.form.words or self.ranks.get(key, self.form.required) < self.form.required:
                self.refuse(self.last_line, "has no value")
        elif key in self.form.lists:
            if not self._LIST.fullmatch("\n".join(lines)):
                self.refuse(self.last_line, "is no list with commas")
            self.believed.add("\n".join(lines))
        elif key in self.options and "=" in lines[0]:
            self.refuse(self.last_line, "has a value with an '='")

    def has_inner_key(self, text: str) -> bool:
        """Tell whether a text has in it what looks like the beginning of another line."""
        width = self.column - self.key_indent
        for before, after in itertools.pairwise(text.split("=")):
            found = self._INNER_KEY.search(before[-self._LONGEST_HEAD :]) if after[:1] in _BLANKS else None
            if not found or ("\t" not in found[1] and len(found[1]) < self.key_indent):
                continue
            if _folded(found[2]) in self.form.keys or len(found[2] + found[3]) == width:
                return True
        return False

    def has_another_line(self, talk: str) -> bool:
        """Tell whether a message has in it what may be a key, or a value with the blanks before it."""
        blanks = "\t" in talk or " " * 4 in talk
        return bool(self._ANY_KEY.search(talk)) or (blanks and not talk.startswith("|"))

    def take_text(self, number: int, line: str, text: str) -> None:
        """Take a line that is neither name nor key: it belongs to the value above, or it is talk."""
        if self._TALK.match(line):
            if self.has_another_line(line):
                self.refuse(number, "is a message that was run together with another line")
        elif self.block is None:
            if self._ANY_KEY.search(line) or ("=" in line and line[0] in _BLANKS):
                self.refuse(number, "stands above the first key")
        elif not self.last_values:
            self.refuse(number, "stands between a name and its keys")
        elif self.belongs_above(line, text):
            self.below = self.below or not self.last_values[-1]
            self.last_values.append(text)
        elif self.last_key == self.form.words and line[0] not in _BLANKS:
            # Perhaps a value with a line break in it: nobody could put it back.
            self.block.unknown.setdefault(f"a line below {self.last_key}", []).append(text)
            self.broken = number
        else:
            self.refuse(number, "belongs to no key")

    def belongs_above(self, line: str, text: str) -> bool:
        """Tell whether a line continues the value above, which may have begun on a line of its own."""
        value, words = self.last_values[-1], text.split()
        indent = len(line) - len(line.lstrip(_BLANKS))
        if self.broken is not None:
            return False
        if not value:
            return indent == 0
        deeper = indent >= self.key_indent + 2
        if self.last_key in self.form.lists:
            one_each = self.last_key in self.form.repeated and len(words) == 1
            return deeper and (one_each or value.endswith(","))
        if self.last_key != self.form.words:
            return False
        if indent == 0:
            # One word to a line, and none that could be the name of a block or a piece of the word above.
            return self.below and len(value.split()) == 1 and self._VARIABLE.fullmatch(text) is not None
        if indent == self.value_column():
            return True
        beside_keys = indent == self.key_indent and self._WORD.match(text) is not None
        return len(words) == 1 and (deeper or beside_keys)

    def value_column(self) -> int:
        line = self.lines[self.last_line]
        before, _, value = line.partition("=")
        return len(before) + 1 + len(value) - len(value.lstrip(_BLANKS))

    def read(self) -> list[Block]:
        known, take_key = self.heads.get, self.take_key
        for number, line in enumerate(self.lines):
            # The common case again, before the general one: a listing may hold ten thousand callbacks.
            before, equals, after = line.partition("=")
            if equals and (head := known(before)) and head.sure and head.indent == self.key_indent:
                take_key(number, head, after.strip(_BLANKS))
                continue
            if found := self.key_line(line):
                take_key(number, *found)
                continue
            text = line.strip(_BLANKS)
            if not text:
                continue
            if self.is_name(number, line):
                self.begin(text, number)
            else:
                self.take_text(number, line, text)
        self.end_block()
        if self.found and self.lines[-1].strip(_BLANKS):
            self.refuse(len(self.lines) - 1, "has no line end: the listing was cut")
        return self.found

    def name(self, names: Sequence[str]) -> None:
        """Fill in the names of blocks that have none; every block must have one of its own."""
        nameless = [block for block in self.found if block.name is None]
        if len(nameless) == len(self.found) == len(names):
            for block, name in zip(nameless, names, strict=True):
                block.name = name
        elif nameless:
            self.refuse(nameless[0].line, "has no name above it")
        taken = set()
        for block in self.found:
            if block.name in taken:
                self.refuse(block.line, "comes twice")
            taken.add(block.name)


def _folded(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def blocks(text: str, form: Form, names: Sequence[str] = ()) -> list[Block]:
    """Read named blocks of indented ``key = value`` lines, in time linear in the text.

    No column width is guaranteed. A value may be on the next line, even an unindented one; a list may go on
    over several lines; the name may be missing. A line below words that may belong to them or not counts as
    an unknown key.

    Args:
        text: What the command printed.
        form: What its blocks look like.
        names: What the blocks are called if the listing has no names at all.

    Raises:
        GPFSError: There is a line that has no place, or a block that is not whole: the text is damaged, and
            nothing in it can be believed.
    """
    reader = _BlockReader(text, form)
    reader.read()
    reader.name(names)
    return reader.found
