"""Many events at the same time: each runs exactly once, and journal and log say so, complete and untorn."""

from __future__ import annotations

import re
import sys
from collections import Counter

import pytest

from ..storms import storm

MOST_MEMORY = 1.25 if sys.version_info < (3, 14) else 1.4
"""Times what the bare interpreter has at its peak in a storm; from 3.14 on it takes more for the same modules."""

_BEGIN = re.compile(r"\S+ run (\S+) of handler_1 begins: event mount on \S+, pid \d+; \d+ bytes")
_END = re.compile(r"\S+ run (\S+) of handler_1 ended: status 0 after \d+\.\d{3} s")

record = ""
"""Path of the file that the handler writes to; captured by value."""


def note(fsName: str) -> None:
    print(f"event {fsName}")
    with open(record, "a") as file:
        file.write(f"{fsName}\n")


@pytest.mark.parametrize(
    ("events", "in_flight"),
    [
        (150, 32),
        pytest.param(2_000, 64, marks=[pytest.mark.slow, pytest.mark.timeout(600)]),
        pytest.param(20_000, 256, marks=[pytest.mark.slow, pytest.mark.timeout(3_600)]),
    ],
)
def test_every_event_of_a_storm_runs_exactly_once(driver, tmp_path, monkeypatch, events, in_flight):
    path = tmp_path / "record"
    monkeypatch.setattr(sys.modules[__name__], "record", str(path))
    token = driver.token(note, ((("variable", "fsName", ""),), {}), vs=["fsName"])
    words = ("eventName=mount", "fsName={number}")

    failed, peak = storm(events, in_flight, str(driver.stub), token, *words)

    assert failed == 0
    numbers = sorted(map(str, range(events)))
    assert sorted(path.read_text().splitlines()) == numbers

    runs = driver.runs
    assert sorted(run["variables"]["fsName"] for run in runs) == numbers
    assert Counter(run.get("state") for run in runs) == {"succeeded": events}

    lines = driver.log.splitlines()
    assert len(lines) == 3 * events
    printed = []
    for begin, output, end in zip(lines[::3], lines[1::3], lines[2::3]):
        begun, ended = _BEGIN.fullmatch(begin), _END.fullmatch(end)
        assert begun and ended and begun[1] == ended[1], (begin, output, end)
        printed.append(output.removeprefix("event "))
    assert sorted(printed) == numbers

    assert list((driver.folder / "state" / "output").iterdir()) == []
    _, base = storm(50, in_flight, sys.executable, "-I", "-S", "-c", "pass")
    assert peak <= MOST_MEMORY * base
