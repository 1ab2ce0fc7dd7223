"""A listing that was damaged: every callback is read exactly, or none of them is.

What is read may differ from what was printed only where the damaged text is a perfect listing of something else, as
it is when a whole callback is lost. `Page.read` decides on that: it knows how the listing was printed, guesses nothing,
and shares nothing with the reader.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from arcapix.fs.gpfs import commands
from arcapix.fs.gpfs.commands import CallbackRecord, process
from arcapix.fs.gpfs.exceptions import GPFSError

from ..damage import damaged, few, many

EQUALS = "=" * 40
TALK = (
    EQUALS,
    "| Warning: this cluster lacks a license.  |",
    "mmlscallback: 6027-1262 Unable to obtain the GPFS configuration file lock. Retrying ...",
    "n2:  mesg: ttyname failed: Inappropriate ioctl for device",
)
FOREIGN = [line.encode() for line in ("", "   ", EQUALS, *TALK)]
KEYS = ("command", "event", "priority", "sync", "timeout", "onerror", "node", "parms")


@dataclass
class Entry:
    """A callback in the texts of its listing; values of a key that comes several times stand in a list."""

    name: str
    values: dict[str, list[str]] = field(default_factory=dict)
    unknown: dict[str, list[str]] = field(default_factory=dict)

    def facts(self) -> object:
        """What a record of it must say."""
        unknown = {key: " ".join(filter(None, values)) for key, values in self.unknown.items()}
        events, nodes = (",".join(self.values.get(key, [])) for key in ("event", "node"))
        said = {
            key: self.values[key][0]
            for key in ("priority", "sync", "timeout", "onerror")
            if key in self.values
        }
        if said.get("sync", "yes") not in ("yes", "no", "", "0", "-"):
            unknown["sync"] = said["sync"]
        if not re.fullmatch(r"(\d+(\.0*)?)?", said.get("timeout", "")):
            unknown["timeout"] = said.pop("timeout")
        absent = {"": None, "-": None, "--": None}
        seconds = said.get("timeout", "").partition(".")[0]
        return (
            self.name,
            self.values["command"][0],
            [text for one in events.split(",") if (text := one.strip())],
            [text for one in nodes.split(",") if (text := one.strip())],
            re.split(r"[ \t\r]+", " ".join(filter(None, self.values.get("parms", [])))),
            absent.get(said.get("priority", ""), said.get("priority")),
            said.get("sync") == "yes",
            int(seconds) if seconds else None,
            absent.get(said.get("onerror", ""), said.get("onerror")),
            unknown,
        )


def facts(record: CallbackRecord) -> object:
    return (
        record.identifier,
        record.command,
        list(record.events),
        list(record.nodes),
        list(record.parms) or [""],
        record.priority,
        record.sync,
        record.timeout,
        record.onerror,
        dict(record.unknown),
    )


@dataclass
class Page:
    """A way to print callbacks.

    Attributes:
        indent: What stands in front of a key.
        width: Columns of a key.
        order: The keys in their order.
        events: Whether events are printed in one line, in lines, or under a key for each.
        words: The same for parms.
        below: Whether a long value stands below its key.
    """

    indent: str
    width: int
    order: tuple[str, ...]
    events: str
    words: str
    below: bool

    @classmethod
    def drawn(cls, chance: random.Random) -> Page:
        indent, width = chance.choice(
            [("        ", 16)] * 4 + [("    ", 8), ("\t", 14), ("", 16), ("  ", 20)]
        )
        options = KEYS[2:6]
        order = chance.choice([KEYS, ("command", "event", "node", "parms", *options)])
        forms = ["line", "line", "lines", "keys"] if indent else ["line"]
        return cls(indent, width, order, chance.choice(forms), chance.choice(forms), chance.random() < 0.2)

    def printed(self, entries: list[Entry], chance: random.Random) -> str:
        lines = []
        for entry in entries:
            lines.append(entry.name)
            for key in self.order:
                lines += self.key_lines(key, entry.values.get(key, []))
            if chance.random() < 0.2:
                lines.append("")
        return "".join(f"{line}\n" for line in lines)

    def key_lines(self, key: str, values: list[str]) -> Iterator[str]:
        start = f"{self.indent}{key.ljust(self.width)}="
        form = {"event": self.events, "parms": self.words}.get(key, "line")
        if values and form == "line":
            text = (" " if key == "parms" else ",").join(values)
            if self.below and len(text) >= 100:
                yield start
                yield text
            else:
                yield f"{start} {text}"
        for number, value in enumerate(values if form != "line" else ()):
            deeper = " " * (len(start) - len(self.indent) + 1)
            yield f"{start} {value}" if form == "keys" or not number else f"{self.indent}{deeper}{value}"

    def read(self, text: str) -> list[Entry] | None:
        """Return what a text is a perfect listing of; None if it is none, but for blanks and talk."""
        *lines, last = (line.rstrip(" \t\r") for line in text.split("\n"))
        lines = [line for line in lines if line and not is_talk(line)]
        entries: list[Entry] = []
        key = ""
        for number, line in enumerate(lines):
            following = self.key_of(lines[number + 1]) if number + 1 < len(lines) else None
            found = self.key_of(line)
            if found is not None:
                known, key, value = found
                if not entries:
                    return None
                values = entries[-1].values if known else entries[-1].unknown
                values.setdefault(key, []).append(value)
                if list(values)[-1] != key:
                    return None
            elif following and following[:2] == (True, "command") and re.fullmatch(r"[^\s%:;,]+", line):
                entries.append(Entry(line))
                key = ""
            elif not entries:
                continue
            elif values.get(key, [""])[-1] == "" and key and line[0] not in " \t":
                values[key][-1] = line
            elif key in ("event", "parms") and self.goes_on(key, line):
                values[key].append(line.strip(" \t"))
            elif key in ("parms", "a line below parms") and line[0] not in " \t":
                key, values = "a line below parms", entries[-1].unknown
                values.setdefault(key, []).append(line)
            else:
                return None
        whole = all(self.is_whole(entry) for entry in entries)
        names = {entry.name for entry in entries}
        return entries if whole and len(names) == len(entries) and not (last and entries) else None

    def key_of(self, line: str) -> tuple[bool, str, str] | None:
        """Return whether the key of a line is known, the key and the value."""
        head, equals, value = line.partition("=")
        key, value = head.strip(" \t"), value.strip(" \t\r")
        folded = re.sub(r"[^a-z0-9]", "", key.lower())
        folded = {"parm": "parms"}.get(folded, folded)
        indented = head.startswith((" ", "\t")) if self.indent else head.endswith((" ", "\t"))
        if not equals or not indented or (line.endswith(f"{key}={value}") and value.startswith("%")):
            return None
        if folded in KEYS:
            inside = folded != "command" and self.indent and head.startswith(self.indent + "  ")
            return None if inside else (True, folded, value)
        widths = (self.width, len(key), len(key) + 1) if len(key) >= self.width else (self.width,)
        padded = head.startswith(self.indent + key) and len(head) - len(self.indent) in widths
        apart = not head.endswith(key) or line.endswith("=") or line.startswith(f"{head}= ")
        named = self.indent and re.fullmatch(r"[A-Za-z][\w/. -]*", key)
        return (False, key, value) if padded and apart and named else None

    def goes_on(self, key: str, line: str) -> bool:
        """Tell whether a line belongs to a list above it: in the column of values, or a word that cannot be a key."""
        text = line.lstrip(" \t")
        indent = line.removesuffix(text)
        if key == "parms" and (
            indent == self.indent + " " * (self.width + 2) or re.fullmatch(r"\S*[=%]\S*", text)
        ):
            return bool(indent)
        return len(indent) >= len(self.indent) + 2 and bool(re.fullmatch(r"\S+", text))

    def is_whole(self, entry: Entry) -> bool:
        keys = list(entry.values)
        known = [key for key in keys if key in ("command", "event", "node", "parms")]
        return (
            keys[:2] == ["command", "event"]
            and known == [key for key in self.order if key in known]
            and all(len(entry.values[key]) == 1 for key in keys if key not in ("event", "parms"))
            and all(any(entry.values[key]) for key in ("command", "event", "parms") if key in keys)
            and all(
                re.fullmatch(
                    r"[^\s,=]+([ \t]*,[ \t]*[^\s,=]+)*|",
                    re.sub(",\n|\n", ",", "\n".join(entry.values.get(key, []))),
                )
                for key in ("event", "node")
            )
        )


def is_talk(line: str) -> bool:
    if re.match(r"mm\w+: |n2:  ", line):
        return not re.search(r"[ \t]=( |$)", line)
    return bool(re.fullmatch(r"={3,}|===.*[=-]{3}|\|.*\|", line))


def drawn(chance: random.Random) -> list[Entry]:
    """Callbacks as they might be installed: ours, scripts, with and without nodes and options."""
    entries = []
    for number in range(chance.randint(2, 5)):
        entry = Entry(
            chance.choice(["drill", "alert.", "w-", "cb_"]) + f"{number}{chance.getrandbits(24):06x}"
        )
        values = entry.values
        values["command"] = [f"/opt/site/{chance.choice(['callbackdriver.py', 'warn.sh', 'x'])}"]
        values["event"] = chance.sample(
            ["mount", "preUnmount", "unmount", "lowDiskSpace", "startup"], chance.randint(1, 3)
        )
        if chance.random() < 0.5:
            values["node"] = chance.sample(
                ["n1.example", "n2.example", "protocol", "c80f3m5n03"], chance.randint(1, 3)
            )
        if chance.random() < 0.4:
            token = "A1." + "".join(chance.choices("ABCxyz019-_+=.@/", k=chance.randint(60, 300)))
            values["parms"] = [
                token,
                *(f"{name}=%{name}" for name in ("eventName", "fsName", "myNode")[: number + 1]),
            ]
        elif chance.random() < 0.7:
            values["parms"] = chance.sample(
                ["%eventName", "-f", "%fsName", "x=y", "--single-instance", "10000"], 3
            )
        if chance.random() < 0.3:
            values["priority"] = ["2.5"]
        if chance.random() < 0.3:
            values |= {"sync": ["yes"], "timeout": ["30"], "onerror": ["continue"]}
        entries.append(entry)
    return entries


def listed(text: str) -> list[CallbackRecord]:
    with process.using(lambda argv, timeout: process.Completed(argv, 0, text, "")):
        return commands.mmlscallback()


def outcome_of_a_damaged_listing(chance: random.Random) -> str:
    """Damage a listing, read it, and say what became of it; a wrong callback fails."""
    entries, page = drawn(chance), Page.drawn(chance)
    text = page.printed(entries, chance)
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        text = damaged(text.encode("utf-8", "surrogateescape"), chance, FOREIGN).decode(
            "utf-8", "surrogateescape"
        )
    try:
        found = [facts(record) for record in listed(text)]
    except GPFSError as error:
        assert re.search(r"cannot be believed: line \d+, '", str(error))
        return "refused"
    if found == [entry.facts() for entry in entries]:
        return "unharmed"
    other = page.read(text)
    assert other is not None and found == [entry.facts() for entry in other], (page, text, found, other)
    return "another listing"


def test_talk_and_blank_lines_between_the_lines_of_a_listing_change_nothing():
    for chance in few(200):
        entries, page = drawn(chance), Page.drawn(chance)
        lines = page.printed(entries, chance).split("\n")
        for _ in range(4):
            lines.insert(chance.randrange(len(lines)), chance.choice(["", "   ", *TALK]))
        found = [facts(record) for record in listed("\n".join(lines))]
        assert found == [entry.facts() for entry in entries], lines


def try_listings(chances: Iterator[random.Random]) -> None:
    outcomes = [outcome_of_a_damaged_listing(chance) for chance in chances]
    for outcome in ("refused", "unharmed", "another listing"):
        assert outcomes.count(outcome) > len(outcomes) / 20, outcome


def test_of_a_damaged_listing_every_callback_is_read_exactly_or_none():
    try_listings(few(2_000))


@pytest.mark.slow
@pytest.mark.timeout(1_200)
def test_of_any_damaged_listing_every_callback_is_read_exactly_or_none():
    try_listings(many(60_000))
