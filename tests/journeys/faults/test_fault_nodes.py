"""Programs on several nodes, each with a lock of its own, that change the same callbacks at once."""

from __future__ import annotations

import collections
import json
import os
import sys

import pytest

from . import crowd, explained

FIRST = ["first", ["shutdown", "startup"], None]


def audited(record):
    """What is wrong after a round, by callback, and what is registered although nobody installed it."""
    names = {
        *record["first"],
        *record["last"],
        *(name for entry in record["entries"] for name in entry["names"]),
    }
    problems = {name: explained.problem_of(record, name, crowd.CUT_SHORT) for name in sorted(names)}
    return {name: problem for name, problem in problems.items() if problem}


@pytest.mark.parametrize(
    ("rounds", "programs"),
    [
        pytest.param(1, 10, id="a few"),
        pytest.param(100, 20, id="many", marks=(pytest.mark.slow, pytest.mark.timeout(3600))),
    ],
)
def test_what_crowds_were_told_explains_what_is_registered(shell, rounds, programs):
    """``CROWD_SEED`` repeats the calls of a run, whose seed the long one prints; not their moments."""
    seed = os.environ.get("CROWD_SEED") or ("1" if rounds < 100 else str(int.from_bytes(os.urandom(4))))
    print(f"CROWD_SEED={seed}")
    counted: collections.Counter[str] = collections.Counter()
    overwritten = []
    with shell.begin(sys.executable, crowd.__file__, seed, rounds, programs, 2) as process:
        for line in process.stdout:
            record = json.loads(line)
            counted.update(f"{entry['kind']} {entry['outcome']}" for entry in record["entries"])
            for entry in record["entries"]:
                assert "IS NOT INSTALLED" not in str(entry["said"]), entry
            problems = audited(record)
            assert "lost" not in problems.values(), (problems, json.dumps(record))
            overwritten += problems
        assert process.wait() == 0, process.stderr.read()
    print(f"{rounds} rounds of {programs} programs; overwritten in the moment that remains: {overwritten}")
    print(dict(sorted(counted.items())))
    # What remains is rare even in a crowd that does nothing else.
    assert len(overwritten) <= 1 + rounds // 10


# The auditor


def entry(kind, detail, *, at=(0.0, 9.0), node="n1", outcome="ok", said=None, commands=()):
    return {
        "kind": kind, "names": ["x"], "detail": detail, "outcome": outcome, "said": said, "node": node,
        "started": at[0], "ended": at[1], "commands": list(commands),
    }  # fmt: skip


def problem(entries, last, first=FIRST):
    present = {"other": FIRST} | ({"x": first} if first else {})
    return explained.problem_of(
        {"first": present, "entries": entries, "last": {"x": last} if last else {}}, "x", crowd.CUT_SHORT
    )


def test_changes_in_any_order_are_explained():
    both = [entry("add", "mount"), entry("priority", 3, node="n2")]
    assert problem(both, ["first", ["mount", "shutdown", "startup"], 3]) is None


@pytest.mark.parametrize(
    "last", [["first", ["shutdown", "startup"], 3], ["other", ["mount"], 3], None], ids=str
)
def test_a_change_that_is_not_in_is_lost(last):
    assert problem([entry("add", "mount"), entry("priority", 3)], last) == "lost"


def test_the_clock_counts():
    later = [entry("replace", ["new", ["mount"]], at=(0, 1)), entry("add", "unmount", at=(2, 3))]
    assert problem(later, ["new", ["mount", "unmount"], None]) is None
    assert problem(later, ["new", ["mount"], None]) == "lost"


def test_what_failed_may_be_in_or_not():
    failed = [entry("add", "mount", outcome="failed")]
    assert problem(failed, FIRST) is None
    assert problem(failed, ["first", ["mount", "shutdown", "startup"], None]) is None
    assert problem([entry("add", "mount", outcome="refused")], ["first", ["mount"], None]) == "lost"


def test_what_was_deleted_does_not_come_back_by_itself():
    deleted = [entry("delete", None, at=(0, 1))]
    assert problem(deleted, None) is None
    assert problem(deleted, FIRST) == "lost"
    installed = [*deleted, entry("new", ["new", ["mount"]], at=(2, 3))]
    assert problem(installed, ["new", ["mount"], None]) is None


def test_what_remains_is_told_from_what_is_lost():
    held_up = [("mmlscallback", 0.5, 1.0), ("mmdelcallback", 1.0, 8.0), ("mmlscallback", 8.5, 9.0)]
    quick = [("mmlscallback", 1.0, 1.1), ("mmdelcallback", 1.1, 2.0), ("mmlscallback", 6.5, 7.0)]
    both = [
        entry("add", "mount", at=(1, 7), commands=quick),
        entry("add", "unmount", commands=held_up, node="n2"),
    ]
    assert problem(both, ["first", ["shutdown", "startup", "unmount"], None]) == "overwritten"
    assert problem(both, ["first", ["mount", "shutdown", "startup"], None]) == "lost"
    both[1]["node"] = "n1"
    assert problem(both, ["first", ["shutdown", "startup", "unmount"], None]) == "lost"
