"""The crash matrix: events of every kind of delivery, killed at every system call of every process they start.

Processes are followed by ``ptrace`` (`tests/crashing.py`), from the driver's first look at its stub on. At each
call, in one trial its process is killed, and in another all processes are, as when the node goes down; what is
left is recovered, and recovered again. Each trial is a node of its own to one installed driver.
"""

from __future__ import annotations

import posix
import random
import shutil
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from arcapix.fs.gpfs.driver.pending import FAILED
from arcapix.fs.gpfs.runs.history import RecordedRun

from .. import crashing
from ..ptrace import NUMBERS
from .trials import FUNCTION, Mode, Trial, Trials

AT_A_TIME = 12
"""Trials: most of them wait for the next attempt."""

ROUNDS = 4
"""Of a loop: the calls of later ones are left out."""

QUICK = ("0", "0.1", FUNCTION)
"""Processes that are killed in a sample. Where a deliverer's child is killed before it begins an attempt, the
next is made a minute later."""

record = ""
"""Path of the folder that handlers write to, into a file for each node; captured by value."""


def note() -> int:
    """Have an effect, and return how many there have been; with few calls, since each is one to be killed at."""
    node = posix.environ[b"EMULATED_NODE"].decode()
    descriptor = posix.open(f"{record}/{node}", posix.O_RDWR | posix.O_CREAT | posix.O_APPEND, 0o600)
    posix.write(descriptor, b"x\n")
    posix.fsync(descriptor)
    count = posix.lseek(descriptor, 0, 1) // 2
    posix.close(descriptor)
    return count


def note_with_a_process() -> None:
    note()
    posix.system("echo done")


def succeed_at_second() -> None:
    if note() == 1:
        raise SystemExit(1)


def fail() -> None:
    note()
    raise SystemExit(1)


MODES = {
    "plain": Mode(note),
    "plain, with a process": Mode(note_with_a_process),
    "with options": Mode(note, "timeout=60"),
    "sync": Mode(note, sync=True),
    "sync, with options": Mode(note, "timeout=60", sync=True),
    "retries, the first event on its node": Mode(note, "retries=3", first=True),
    "retries, success at once": Mode(note, "retries=3"),
    "retries, success at the second attempt": Mode(succeed_at_second, "retries=3"),
    "retries, no success": Mode(fail, "retries=1"),
    "a recovery": Mode(note, "retries=3", recovers=True),
}


def problems(trial: Trial, plan: crashing.Plan) -> list[str] | None:
    """Crash, recover, and return what is wrong then; None if the processes never came to that call."""
    trial.prepare()
    earlier = {name: run for name, run in trial.runs.items() if run.ended}
    crash = trial.crash(plan)
    if not crash.at:
        return None
    runs, effects = trial.runs, trial.effects
    promised = crash.status == 0 or (trial.mode.retries is not None and trial.is_accepted())
    succeeded = any(run.state == "succeeded" for name, run in runs.items() if name not in earlier)
    trial.recover()
    recovered, known = trial.runs, trial.effects
    trial.recover()
    found = []
    if promised and not known:
        found.append("lost")
    new = [run for name, run in recovered.items() if name not in earlier]
    if len(known) > (len(effects) if succeeded or trial.mode.retries is None else len(new)):
        found.append("repeated")
    if trial.effects != known or trial.runs != recovered:
        found.append("repeated by a second recovery")
    if not earlier.items() <= runs.items() or not runs.keys() <= recovered.keys():
        found.append("an earlier run is another one now")
    found += [f"{path} is open to others" for path in trial.open_to_others()]
    found += wrong_ends(trial, new, promised)
    what = f"{'all' if plan.everybody else plan.process} killed at call {plan.call} of {plan.process}, {crash.at}, after which GPFS saw {crash.status}"
    told = [(run.id, run.state, run.reason) for run in new]
    return [f"{each}: {what}; {effects}, then {known}; {told}" for each in found]


def wrong_ends(trial: Trial, runs: list[RecordedRun], promised: bool) -> list[str]:
    """Return what is not as it should be of the runs after recovery."""
    states = [run.state for run in runs]
    if trial.mode.retries is None:
        is_right = states in ([], ["interrupted"], ["succeeded"]) and len(trial.effects) <= len(runs)
        return [] if is_right and (not promised or states == ["succeeded"]) else ["no true history"]
    if not promised:
        return ["a run of an event that was not accepted"] if runs or trial.effects else []
    if not runs:
        return ["never attempted"]
    found = []
    attempts = [run.attempt for run in runs]
    if attempts != list(range(1, len(runs) + 1)) or len(runs) > trial.mode.retries + 1:
        found.append("attempts that are counted wrongly")
    event = runs[0].id.rpartition(".")[0]
    waiting = [each.mark for each in trial.pending() if each.id == event]
    if trial.mode.handler is fail:
        ends = waiting == [FAILED] and states[-1] in ("failed", "interrupted")
        return found if ends else [*found, "not kept as failed"]
    if waiting or states[-1] != "succeeded" or Counter(states)["succeeded"] != 1:
        found.append("not finished")
    return found


def points_of(calls: Mapping[str, Sequence[int]]) -> list[crashing.Plan]:
    """Return where processes can be killed: at each call the one that makes it, and all of them."""
    return [
        crashing.Plan(process, call, everybody=everybody)
        for process, numbers in calls.items()
        for call in range(1, len(numbers) + 1)
        if not is_in_a_long_loop(numbers[:call])
        for everybody in (False, True)
    ]


def is_in_a_long_loop(numbers: Sequence[int]) -> bool:
    """Tell whether the last of some calls belongs to a loop that has been through several times.

    A recovery looks at all processes of this machine, of which there may be any number.
    """
    return any(
        len(numbers) > ROUNDS * period
        and all(numbers[-at] == numbers[-at - period] for at in range(1, (ROUNDS - 1) * period + 1))
        for period in range(3, 10)
    )


EVERY = [
    pytest.param(name, 0, id=f"{name}, each call", marks=(pytest.mark.slow, pytest.mark.timeout(3_600)))
    for name in MODES
]
SOME = [pytest.param(name, 2, id=f"{name}, some calls") for name in MODES if not MODES[name].recovers]


@pytest.mark.parametrize(("name", "sample"), SOME + EVERY)
def test_whatever_is_killed_nothing_accepted_is_lost_and_nothing_finished_is_repeated(
    tmp_path, monkeypatch, record_property, name, sample
):
    monkeypatch.setattr(sys.modules[__name__], "record", str(tmp_path / "driver" / "effects"))
    trials = Trials(tmp_path / "driver", MODES[name])
    points = points_of(trials.calls())
    if sample:
        points = random.Random(name).sample([plan for plan in points if plan.process in QUICK], sample)

    def attempt(numbered: tuple[int, crashing.Plan]) -> list[str] | None:
        number, plan = numbered
        trial = trials.make(f"node{number}")
        found = problems(trial, plan)
        if not found:
            shutil.rmtree(trial.folder, ignore_errors=True)
        return found

    with ThreadPoolExecutor(AT_A_TIME) as pool:
        results = [result for result in pool.map(attempt, enumerate(points)) if result is not None]
    found = [problem for result in results for problem in result]
    kinds = Counter(problem.split(":")[0] for problem in found)
    figures = f"{len(results):,} kill points, {kinds['lost']} losses, {kinds['repeated']} repeats"
    record_property("crash matrix", f"{name}: {figures}")
    print(f"{name}: {figures}")
    assert results and not found, "\n".join(found)


def test_gpfs_waits_for_one_fsync_which_comes_before_the_process_that_makes_the_attempts(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(sys.modules[__name__], "record", str(tmp_path / "driver" / "effects"))
    calls = list(Trials(tmp_path / "driver", MODES["retries, success at once"]).calls()["0"])
    forks = [number for number in calls if number in (NUMBERS["clone"], NUMBERS["fork"], NUMBERS["clone3"])]
    assert calls.count(NUMBERS["fsync"]) == len(forks) == 1
    assert calls.index(NUMBERS["fsync"]) < calls.index(*forks)
