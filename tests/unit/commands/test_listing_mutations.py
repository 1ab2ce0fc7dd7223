"""Listings as a GPFS might print them that nobody has recorded: every switch at once, and plain damage."""

from __future__ import annotations

import dataclasses
import random
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arcapix.fs.gpfs import commands
from arcapix.fs.gpfs.commands import CallbackRecord, process
from arcapix.fs.gpfs.commands.yformat import parse
from arcapix.fs.gpfs.exceptions import GPFSError

READERS = Path(__file__).parents[2] / "golden" / "readers"
TALK = [
    "",
    "   ",
    "mmlscallback: 6027-1262 Unable to obtain the GPFS configuration file lock. Retrying ...",
    "n2:  mesg: ttyname failed: Inappropriate ioctl for device",
    "=====================================================================",
    "|   Use the mmchlicense command and assign the appropriate licenses   |",
]

TALKATIVE = re.compile(r"mm\w+:\s|[=*-]{3}.*[=*-]{3}$|\|.*\|$")

identifiers = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.@+=-]{0,30}", fullmatch=True)
events = st.lists(
    st.sampled_from(["mount", "preUnmount", "unmount", "lowDiskSpace", "startup"]), min_size=1, unique=True
)
node_names = st.lists(
    st.from_regex(r"[a-z][a-z0-9-]{0,8}(\.[a-z]{1,8})?", fullmatch=True), max_size=3, unique=True
)
driver_words = st.builds(
    lambda length, names: ["A1." + "Zx_-7"[length % 5] * length, *(f"{name}=%{name}" for name in names)],
    st.integers(100, 3000),
    st.lists(
        st.sampled_from(["eventName", "fsName", "reason", "myNode", "nodeNames", "storagePool"]), unique=True
    ),
)
script_words = st.lists(
    st.one_of(
        st.sampled_from(
            ["-e", "%eventName", "-f", "%fsName", "x=y", "--single-instance", "=", "word", "10000"]
        ),
        st.from_regex(r"[!-~]{1,12}", fullmatch=True),
    ),
    max_size=6,
)
options = st.fixed_dictionaries(
    {
        "priority": st.sampled_from([None, "1", "2.5"]),
        "mode": st.sampled_from([None, (False, None, None), (True, 30, "continue"), (True, 5, None)]),
    }
)


@st.composite
def records(draw, words):
    option = draw(options)
    sync, timeout, onerror = option["mode"] or (False, None, None)
    return CallbackRecord(
        draw(identifiers),
        "/opt/" + draw(st.from_regex(r"[a-z][a-z0-9_./-]{0,20}", fullmatch=True)),
        tuple(draw(events)),
        tuple(draw(node_names)),
        tuple(draw(words)),
        option["priority"],
        sync,
        timeout,
        onerror,
    )


switches = st.fixed_dictionaries(
    {
        "width": st.integers(1, 24),
        "indent": st.sampled_from(["  ", "    ", "        ", "\t"]),
        "events": st.sampled_from([",", ", ", " , ", "lines", "keys"]),
        "parms": st.sampled_from(["blank", "lines", "keys"]),
        "below": st.booleans(),
        "mode": st.sampled_from(["sync", "mode", "async", "sync/async", "synchronous"]),
        "wording": st.sampled_from([("yes", "no"), ("true", "false"), ("1", "0")]),
        "between": st.lists(st.sampled_from(TALK), max_size=3),
        "around": st.lists(
            st.sampled_from([*TALK, "Are you sure you want to continue (yes/no)? yes"]), max_size=2
        ),
        "line_end": st.sampled_from(["\n", "\r\n"]),
        "order": st.randoms(use_true_random=False),
    }
)


def lines_of(record, how):
    """Print one callback under the switches."""

    def key(name, *values):
        start = f"{how['indent']}{name.ljust(how['width'])}="
        # Alone on its line, a value that begins like a banner or a message cannot be told from one.
        is_talk = TALKATIVE.match(values[0])
        if len(values) == 1 and how["below"] and len(values[0]) > 40 and not is_talk:
            return [start, values[0]]
        deeper = how["indent"] + " " * (how["width"] + 2)
        return [f"{start} {values[0]}", *(deeper + value for value in values[1:])]

    yield record.identifier
    yield from key("command", record.command)
    if how["events"] == "lines":
        yield from key("event", *record.events)
    elif how["events"] == "keys":
        for event in record.events:
            yield from key("event", event)
    else:
        yield from key("event", how["events"].join(record.events))
    if record.nodes:
        yield from key("node", ",".join(record.nodes))
    if record.parms and how["parms"] == "lines":
        yield from key("parms", *record.parms)
    elif record.parms and how["parms"] == "keys":
        for word in record.parms:
            yield from key("parms", word)
    elif record.parms:
        yield from key("parms", " ".join(record.parms))
    if record.priority:
        yield from key("priority", record.priority)
    if record.sync:
        yes, no = how["wording"]
        word = {"mode": "sync", "sync/async": "sync", "async": no}.get(how["mode"], yes)
        yield from key(how["mode"], word)
        if record.timeout:
            yield from key("timeout", str(record.timeout))
        if record.onerror:
            yield from key("onerror", record.onerror)


def printed(found, how):
    lines = []
    for record in found:
        lines += (
            how["around"]
            if not lines
            else [line for line in how["between"] if line.strip() or not how["below"]]
        )
        lines += lines_of(record, how)
    return how["line_end"].join([*lines, *how["around"][:1], ""])


def read(text, *asked):
    with process.using(lambda argv, timeout: process.Completed(argv, 0, text, "")):
        return commands.mmlscallback(*asked)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(records(driver_words), min_size=1, max_size=5, unique_by=lambda record: record.identifier),
    switches,
)
def test_our_callbacks_are_read_back_under_all_switches_at_once(found, how):
    how["order"].shuffle(found)
    assert read(printed(found, how)) == found


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        records(st.one_of(driver_words, script_words)),
        min_size=1,
        max_size=5,
        unique_by=lambda record: record.identifier,
    ),
    switches,
)
def test_scripts_are_read_back_as_well(found, how):
    assert read(printed(found, how)) == found


@settings(max_examples=100, deadline=None)
@given(records(driver_words), switches)
def test_one_callback_is_read_back_without_its_identifier_line(record, how):
    text = printed([record], {**how, "around": []}).split(how["line_end"], 1)[1]
    assert read(text, record.identifier) == [record]


ROWS = [
    {"filesystemname": "fs1", "filesetname": "root", "path": "/a", "comment": "root fileset", "created": "x"},
    {
        "filesystemname": "fs1",
        "filesetname": "a_b-c",
        "path": "/a/b_c-d",
        "comment": "one: two; 5% + é",
        "created": "",
    },
    {"filesystemname": "fs10", "filesetname": "ünicode\udce9", "path": "", "comment": "", "created": "1:2:3"},
]
COLUMNS = ["filesystemName", "filesetName", "path", "comment", "created"]
ENCODED = {"path": "/:-_%", "comment": ":%", "created": ":", "filesetName": ":%", "filesystemName": ":"}


def encode(column, value):
    return "".join(
        f"%{ord(character):02X}" if character in ENCODED.get(column, ":%") else character
        for character in value
    )


@settings(max_examples=300, deadline=None)
@given(
    columns=st.permutations([*COLUMNS, "extraOne", "reserved", "afmThing", "reserved"]).flatmap(
        lambda names: st.integers(0, 4).map(lambda dropped: names[: len(names) - dropped])
    ),
    letters=st.sampled_from([str, str.lower, str.upper]),
    last=st.sampled_from([":", ": ", ""]),
    merged=st.lists(st.booleans(), min_size=3, max_size=3),
    tail=st.sampled_from(["whole", "short", "surplus"]),
    talk=st.lists(
        st.sampled_from([*TALK, "mmlsfileset", "mmlsfileset:invalid", "a:b:c:d:e:f:g:h:i:"]), max_size=4
    ),
    late_header=st.booleans(),
    line_end=st.sampled_from(["\n", "\r\n"]),
    coding=st.sampled_from(["utf-8", "latin-1"]),
)
def test_rows_are_read_whatever_a_release_adds_moves_or_leaves_out(
    columns, letters, last, merged, tail, talk, late_header, line_end, coding
):
    header = "mmlsfileset::HEADER:version:reserved:reserved:" + ":".join(map(letters, columns)) + last
    rows = []
    for row in ROWS:
        values = [encode(column, row.get(column.lower(), "?")) for column in columns]
        while tail == "short" and values and not values[-1]:
            values.pop()
        values += ["more", "and more"] if tail == "surplus" else []
        rows.append("mmlsfileset::0:1:::" + ":".join(values) + ":")
    text = header + line_end
    for number, row in enumerate(rows):
        # Talk glued to a row that lacks its last values cannot be told from them.
        if text.endswith(line_end):
            text += "".join(f"{line}{line_end}" for line in talk[number : number + 1])
        text += row + ("" if merged[number] else line_end)
    if late_header and not any(merged):
        text = text.removeprefix(header + line_end) + header + line_end
    text = text.encode(coding, "surrogateescape" if coding == "utf-8" else "replace").decode(
        "utf-8", "surrogateescape"
    )

    listing = parse(text, "mmlsfileset")

    assert len(listing.rows) == len(ROWS)
    for row, expected in zip(listing.rows, ROWS, strict=True):
        for column in COLUMNS:
            wanted = expected[column.lower()] if column in columns else ""
            if coding == "utf-8" or wanted.isascii():
                assert row.get(column) == wanted
        if tail == "surplus":
            assert {"more", "and more"} <= set(row.surplus)


GOLDEN = sorted(path.stem for path in READERS.glob("*.json"))
SPLINTERS = [":", "=", "%", "%3", " ", "\n", "\udcff", "é", "0"]


def damaged(text, chance):
    lines = text.split("\n")
    place, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    at = chance.randrange(len(text) + 1)
    kind = chance.randrange(7)
    if kind == 0:
        return text[:at] + text[at + chance.randint(1, 30) :]
    if kind == 1:
        return text[:at] + chance.choice(SPLINTERS) + text[at:]
    if kind == 2:
        return text[:at]
    if kind == 3:
        return "\n".join(lines[:place] + lines[place + 1 :])
    if kind == 4:
        return "\n".join([*lines[:place], lines[other], *lines[place:]])
    if kind == 5:
        return "\n".join([*lines[:place], "".join(lines[place : place + 2]), *lines[place + 2 :]])
    return text.upper()


@pytest.mark.parametrize("name", GOLDEN)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), times=st.integers(1, 6))
def test_no_damage_to_an_output_raises_anything_but_an_error_of_ours(name, golden, described, seed, times):
    chance = random.Random(seed)
    text, case = golden(name), described(name)
    for _ in range(times):
        text = damaged(text, chance)
    function, *arguments = case["call"]

    def cluster(argv, timeout):
        if case["form"] == "plain" and "-Y" in argv:
            return process.Completed(argv, 1, "", "Usage:\n")
        return process.Completed(argv, 0, text, case.get("stderr", ""))

    with process.using(cluster):
        try:
            found = getattr(commands, function)(*arguments)
        except GPFSError as error:
            assert str(error)
        else:
            for record in found if isinstance(found, list) else [found]:
                assert record is None or isinstance(record, str | dict) or dataclasses.is_dataclass(record)
