"""A journal that was damaged: what is whole in it is read as it was written, and nothing else is.

`whole` decides what is, line by line and by patterns alone, and shares nothing with the reader.
"""

from __future__ import annotations

import dataclasses
import random
import re
from collections.abc import Iterator

import pytest

from arcapix.fs.gpfs.driver import journal
from arcapix.fs.gpfs.runs.journal_reader import object_in

from ..damage import damaged, few, many
from ..recorded_runs import NOBODY, Traces

RUN, TIME, NUMBER, TEXT = rb"(\w[\w.-]*)", rb"(\d{1,11}(?:\.\d{1,9})?)", rb"([1-9]\d{0,8})", rb"([^\t\0]*)"
CALLBACK = rb"((?:[^\t\0\\]|\\[\\tnr0])*)"
START = re.compile(
    b"\t".join(
        [
            rb"\+",
            RUN,
            TIME,
            CALLBACK,
            TEXT,
            TEXT,
            TEXT,
            NUMBER,
            TEXT,
            NUMBER,
            TEXT,
            rb"(?:(synthetic|drill|unverified|drill\ unverified)\t)?\.",
        ]
    )
)
STATE = rb"(succeeded|failed|timed-out|interrupted|refused|skipped|retrying|discarded)"
END = re.compile(b"\t".join([b"-", RUN, TIME, STATE, rb"(\d{1,3})", rb"([^\t]*)", rb"\."]))

Facts = dict[str, object]

ODD_TIMES = [
    "nan",
    "-nan",
    "inf",
    "-inf",
    "1e18",
    "-1e300",
    "-1",
    "999999999999",
    "1_0",
    " 5",
    "٣",
    "",
    "0x5",
]
ODD_NUMBERS = ["99999999999999999999", "-1", "0", "+5", "1_0", " 7", "1.5", "٣", "", "9" * 5_000]


def start_line(time: str = "100.000", pid: str = "7", attempt: str = "1", run: str = "odd") -> bytes:
    fields = [
        "+",
        run,
        time,
        "logger",
        "mount",
        "filesystem.mmfs1",
        "n1",
        pid,
        "root",
        attempt,
        "fsName=mmfs1",
        ".",
    ]
    return "\t".join(fields).encode()


def end_line(time: str = "101.000", state: str = "succeeded", status: str = "0") -> bytes:
    return "\t".join(["-", "known", time, state, status, "", "."]).encode()


ODD_STARTS = [
    *[start_line(time=text) for text in ODD_TIMES],
    *[start_line(pid=text) for text in ODD_NUMBERS],
    *[start_line(attempt=text) for text in ODD_NUMBERS],
    *[start_line(run=text) for text in ("", ".", "..", "../../etc/passwd", "a/b", "a\0", "-")],
    start_line().replace(b"logger", b"log\0ger"),
    start_line().replace(b"logger", b"lo\\gger"),
    start_line().replace(b"\tmount", b""),
    start_line() + b"\t.",
    start_line() + end_line(),
    b"\0" * 4_096,
    b"x" * 100_000,
]
ODD_ENDS = [
    *[end_line(time=text) for text in ODD_TIMES],
    *[end_line(state=text) for text in ("", "running", "flying", "SUCCEEDED", "succeeded\0")],
    *[end_line(status=text) for text in ("", "-1", "+1", "1000", "1.0", "9" * 5_000)],
]
FOREIGN = [*ODD_STARTS, *ODD_ENDS, b"", b"\0\0\0", b"+\t", b"-\tknown", b"+\todd\t1.0\tlogg"]


@pytest.mark.parametrize("line", ODD_STARTS, ids=lambda line: repr(line[:60]))
def test_a_start_that_no_driver_writes_is_passed_over_like_a_torn_one(traces, line):
    traces.ended()
    with traces.journal.open("ab") as file:
        file.write(b"\n" + line)
    traces.ended()
    assert [(run.callback, run.state) for run in traces.history.runs()] == [("logger", "succeeded")] * 2


@pytest.mark.parametrize("line", ODD_ENDS, ids=lambda line: repr(line[:60]))
def test_an_end_that_no_driver_writes_is_passed_over_like_a_torn_one(traces, line):
    traces.start("known")
    with traces.journal.open("ab") as file:
        file.write(b"\n" + line)
    traces.ended()
    assert [run.state for run in traces.history.runs()] == ["interrupted", "succeeded"]


def test_a_start_that_comes_twice_does_not_undo_the_end(traces):
    traces.ended()
    start = traces.journal.read_bytes().split(b"\n")[1]
    with traces.journal.open("ab") as file:
        file.write(b"\n" + start)
    assert [run.state for run in traces.history.runs()] == ["succeeded"]


def test_zeros_in_a_reason_end_it(traces):
    traces.end(traces.start(), "failed", 1, "KeyError: 'x'????")
    journal = traces.history.journal
    journal.write_bytes(journal.read_bytes().replace(b"?", b"\0"))
    assert traces.history.runs()[0].reason == "KeyError: 'x'"


def test_zeros_that_an_exception_says_are_kept(traces):
    traces.end(traces.start(), "failed", 1, "KeyError: 'x\0y'")
    assert traces.history.runs()[0].reason == "KeyError: 'x\0y'"


def test_a_line_longer_than_any_record_is_passed_over_whole(traces, monkeypatch):
    monkeypatch.setattr("arcapix.fs.gpfs.runs.generations.PIECE", 64)
    monkeypatch.setattr("arcapix.fs.gpfs.runs.generations.LONGEST_RECORD", 1_000)
    first = traces.ended()
    traces.end(traces.start("known"), "failed", 1, "x" * 2_000)
    last = traces.ended(about="y" * 500)
    assert [(run.id, run.state) for run in traces.history.runs()] == [
        (first, "succeeded"),
        ("known", "interrupted"),
        (last, "succeeded"),
    ]


# Any damage


def facts_of(start: re.Match[bytes]) -> Facts:
    run, time, callback, event, about, node, pid, user, attempt, given = map(text_of, start.groups()[:-1])
    marks = (start.groups()[-1] or b"").split()
    entries = [unescaped(entry).partition("=") for entry in given.split("\t") if given]
    return {
        "run": run, "started": float(time), "callback": callback, "event": event, "about": object_in(about),
        "node": node, "pid": int(pid), "user": user, "attempt": int(attempt), "variables": {name: value for name, _, value in entries},
        "drill": b"drill" in marks, "synthetic": b"synthetic" in marks, "unverified": b"unverified" in marks,
    }  # fmt: skip


def text_of(field: bytes) -> str:
    return unescaped(field.decode("utf-8", "surrogateescape"))


def unescaped(text: str) -> str:
    return re.sub(
        r"(?s)\\(.?)", lambda code: {"t": "\t", "n": "\n", "r": "\r", "0": "\0"}.get(code[1], code[1]), text
    )


def whole(data: bytes) -> dict[str, Facts]:
    """Return the runs that the whole lines of a journal tell of."""
    runs: dict[str, Facts] = {}
    for line in data.split(b"\n"):
        if start := START.fullmatch(line):
            runs.setdefault(text_of(start[1]), facts_of(start))
        if (end := END.fullmatch(line)) and (run := text_of(end[1])) in runs:
            reason = text_of(end[5].partition(b"\0")[0])
            runs[run] |= {
                "ended": float(end[2]),
                "state": text_of(end[3]),
                "status": int(end[4]),
                "reason": reason,
            }
    return runs


def written(chance: random.Random) -> tuple[bytes, dict[bytes, Facts]]:
    """Return a journal of runs that overlap, and the facts of each of its lines."""
    lines: dict[bytes, Facts] = {}
    running: list[str] = []
    for number in range(chance.randint(3, 8)):
        run, started = (
            f"20261122T160501.{number:06d}-{NOBODY}",
            1_700_000_000 + number + chance.randrange(1_000) / 1_000,
        )
        facts: Facts = {
            "callback": f"logger{number}", "event": chance.choice(["mount", "lowDiskSpace", "-"]),
            "about": chance.choice(["", "filesystem/mmfs1", "fileset.mmfs1.é"]), "node": "n1.site", "pid": NOBODY + number,
            "user": "root", "attempt": chance.randint(1, 3), "variables": {"eventName": "mount", "fsName": "mmfs1"},
        }  # fmt: skip
        mark = chance.choice(["", journal.MISSED, journal.DRILL, journal.UNVERIFIED, "drill unverified"])
        line = journal.start_record(run, started, **facts, mark=mark)  # type: ignore[arg-type]
        facts |= {"about": object_in(str(facts["about"]))}
        facts |= {name: name in mark.split() for name in ("drill", "synthetic", "unverified")}
        lines[line.removeprefix(b"\n")] = {"run": run, "started": started, **facts}
        running.append(run)
        while running and chance.random() < 0.6:
            ended = running.pop(chance.randrange(len(running)))
            end: Facts = {
                "state": chance.choice(["succeeded", "failed"]),
                "status": chance.choice([0, 1, 120]),
            }
            end["reason"] = chance.choice(
                ["", "KeyError: 'x'", "RuntimeError: ü " + "y" * chance.randrange(300)]
            )
            line = journal.end_record(ended, started + 0.5, **end)  # type: ignore[arg-type]
            lines[line.removeprefix(b"\n")] = {"run": ended, "ended": started + 0.5, **end}
    return b"".join(b"\n" + line for line in lines), lines


def crashed(data: bytes, chance: random.Random) -> bytes:
    """Do to a journal what happens to text, or what happens to files: zeros, and records that end too early."""
    at = chance.randrange(len(data) + 1)
    kind = chance.choice(["text", "text", "zeros", "torn", "zeros at the end"])
    if kind == "text":
        return damaged(data, chance, FOREIGN)
    if kind == "zeros":
        count = chance.choice([1, 16, 200])
        return data[:at] + b"\0" * len(data[at : at + count]) + data[at + count :]
    if kind == "torn":
        end = data.find(b"\n", at)
        return data[:at] + (data[end:] if end >= 0 else b"")
    return data[:at] + b"\0" * (len(data) - at)


def hold(traces: Traces, chance: random.Random) -> bool:
    """Read a damaged journal; return whether it had other records than were written."""
    data, lines = written(chance)
    for _ in range(chance.choice([1, 1, 2, 3])):
        data = crashed(data, chance)
    aside = chance.randrange(len(data) + 1) if chance.random() < 0.2 else 0
    cut = data.rfind(b"\n", 0, aside) if aside else -1
    if cut > 0:
        traces.journal.with_name("journal.1").write_bytes(data[:cut])
        traces.journal.write_bytes(data[cut:])
    else:
        traces.journal.with_name("journal.1").unlink(missing_ok=True)
        traces.journal.write_bytes(data)

    found: dict[str, Facts] = {}
    for run in traces.history.runs():
        found[run.id] = {**dataclasses.asdict(run), "run": run.id, "started": run.started.timestamp()}
        del found[run.id]["id"]
        if run.ended is None:
            assert found[run.id].pop("state") in ("running", "interrupted")
            for name in ("ended", "status", "reason"):
                del found[run.id][name]
        else:
            found[run.id]["ended"] = run.ended.timestamp()

    expected = whole(data)
    assert found == expected
    for line, facts in lines.items():
        name = str(facts["run"])
        if once(line, data) and (line.startswith(b"+") or name in found):
            assert facts.items() <= found[name].items()
    return found != whole(b"\n".join(lines))


def once(line: bytes, data: bytes) -> bool:
    """Tell whether a record is in a journal as it was written, behind the start of its run, and no other like it."""
    sign, run = line.split(b"\t")[:2]
    alike = [
        other
        for other in data.split(b"\n")
        if other.startswith((b"%b\t%b\t" % (sign, run), b"+\t%b\t" % run))
    ]
    return alike[-1:] == [line] and len(alike) == (1 if sign == b"+" else 2)


def try_journals(traces: Traces, chances: Iterator[random.Random]) -> None:
    changed = [hold(traces, chance) for chance in chances]
    assert len(changed) / 4 < sum(changed) < len(changed)


def test_of_a_damaged_journal_every_whole_record_is_read_and_nothing_else(traces):
    try_journals(traces, few(800))


@pytest.mark.slow
@pytest.mark.timeout(1_200)
def test_of_any_damaged_journal_every_whole_record_is_read_and_nothing_else(traces):
    try_journals(traces, many(20_000))
