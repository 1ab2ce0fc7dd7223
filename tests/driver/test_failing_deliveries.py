"""Deliveries on a disk that is full or read-only, and where any call of theirs fails: nothing is lost or repeated.

What cannot be accepted is attempted while GPFS waits; what is finished is not repeated, even if its end could
not be recorded. Calls are made to fail by ``ptrace`` (`tests/crashing.py`).
"""

from __future__ import annotations

import contextlib
import errno
import platform
import posix
import random
import resource
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from arcapix.fs.gpfs import Event, RetryLater
from arcapix.fs.gpfs.driver import decision, pending_reader
from arcapix.fs.gpfs.driver.pending import PendingEvents
from arcapix.fs.gpfs.registration import sealing
from arcapix.fs.gpfs.runs.history import RecordedRun

from .. import crashing
from ..ptrace import NUMBERS
from .trials import NODE, TEMPLATE, Mode, Trial, Trials

ERRORS = {
    "write": [errno.ENOSPC, errno.EIO, errno.EROFS],
    "pwrite64": [errno.ENOSPC, errno.EIO],
    "pread64": [errno.EIO],
    "fsync": [errno.EIO, errno.ENOSPC],
    "openat": [errno.ENOSPC, errno.EROFS, errno.EMFILE],
    "mkdir": [errno.ENOSPC, errno.EROFS],
    "rename": [errno.ENOSPC, errno.EROFS],
    "fcntl": [errno.ENOLCK],
    "flock": [errno.ENOLCK],
    "setsid": [errno.EPERM],
    "pipe2": [errno.EMFILE],
    "clone": [errno.EAGAIN],
}
"""Calls, and what each may fail with."""

PROCESSES = ("0", "0.1")
"""The driver that GPFS starts, and its child, which makes the attempts."""

NEEDED = (
    sys.prefix,
    sys.base_prefix,
    str(Path(decision.__file__).parent),
    ".unbundled",
    ".bundle",
    "gpfs.key",
    "callbackdriver.py",
)
"""In what has to be there: the interpreter and the driver."""

record = filler = ""


def note(event: Event) -> None:
    descriptor = posix.open(f"{record}/{event.node}", posix.O_WRONLY | posix.O_CREAT | posix.O_APPEND)
    posix.write(descriptor, f"{event.id} {event.attempt}\n".encode())
    posix.close(descriptor)


def succeed_at_second(event: Event) -> None:
    note(event)
    if event.attempt == 1:
        raise RetryLater(0.01)


@pytest.fixture
def trials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Trials:
    """Trials of the mode that the test is given, and of an event that succeeds at once otherwise."""
    monkeypatch.setattr(sys.modules[__name__], "record", str(tmp_path / "driver" / "effects"))
    return Trials(tmp_path / "driver", getattr(request, "param", Mode(note, "retries=3", takes_event=True)))


def failures(calls: Mapping[str, Sequence[int]]) -> list[crashing.Plan]:
    """Return which calls of the processes can fail, and how."""
    names = {number: name for name, number in NUMBERS.items()}
    return [
        crashing.Plan(process, list(calls[process][:at]).count(number), number, error)
        for process in PROCESSES
        for at, number in enumerate(calls[process], 1)
        for error in ERRORS.get(names.get(number, ""), ())
    ]


def problem(trial: Trial, plan: crashing.Plan) -> str:
    """Let a call fail, recover, and return what is wrong then; nothing if that is as it should be."""
    trial.prepare()
    earlier = trial.runs
    crash = trial.crash(plan)
    if not crash.at or any(place in crash.at for place in NEEDED):
        return ""
    trial.recover()
    runs = [run for name, run in trial.runs.items() if name not in earlier]
    is_right = (
        crash.status == 0
        and was_delivered_once(trial, runs)
        and not trial.pending()
        and not trial.open_to_others()
    )
    if is_right:
        return ""
    what = f"{plan.process}: call {plan.call} fails with {errno.errorcode[plan.error]}: {crash.at}"
    told = [(run.id, run.state, run.reason) for run in runs]
    return f"{what}; {crash.status}, {crash.printed!r}; {trial.effects}; {told}"


def was_delivered_once(trial: Trial, runs: Sequence[RecordedRun]) -> bool:
    """Tell whether the function has succeeded, and not again after a success that nothing speaks against."""
    attempts = [int(effect.split()[1]) for effect in trial.effects]
    successes = attempts if trial.mode.handler is note else [attempt for attempt in attempts if attempt > 1]
    failed = [run.attempt for run in runs if run.state in ("retrying", "interrupted")]
    return len(set(attempts)) == len(attempts) and len(set(successes) - set(failed)) == 1


EVERY = pytest.param(0, id="each call", marks=(pytest.mark.slow, pytest.mark.timeout(1_800)))


@pytest.mark.skipif(platform.machine() != "x86_64", reason="how a call fails is known for x86_64 only")
@pytest.mark.parametrize("sample", [pytest.param(5, id="some calls"), EVERY])
@pytest.mark.parametrize(
    "trials",
    [
        pytest.param(Mode(note, "retries=3", takes_event=True), id="success at once"),
        pytest.param(Mode(note, "retries=3", takes_event=True, first=True), id="the first event on its node"),
        pytest.param(
            Mode(succeed_at_second, "retries=3", takes_event=True), id="success at the second attempt"
        ),
    ],
    indirect=True,
)
def test_whichever_call_fails_an_event_is_neither_lost_nor_repeated(trials: Trials, sample: int):
    plans = failures(trials.calls())
    if sample:
        plans = random.Random(sample).sample(plans, sample)

    def attempt(numbered: tuple[int, crashing.Plan]) -> str:
        number, plan = numbered
        trial = trials.make(f"node{number}")
        found = problem(trial, plan)
        shutil.rmtree(trial.folder, ignore_errors=True)
        return found

    with ThreadPoolExecutor(6) as pool:
        found = [result for result in pool.map(attempt, enumerate(plans)) if result]
    assert plans and not found, "\n".join(found)


def test_a_success_that_only_the_log_tells_of_is_not_repeated(trials: Trials):
    trial = trials.make("node")
    trial.prepare()
    crash = trial.crash(crashing.Plan())
    (name,) = trial.runs.keys() - trials.make(TEMPLATE).runs.keys()
    journal = trial.folder / "state" / "journal"
    journal.write_bytes(journal.read_bytes().partition(f"\n-\t{name}".encode())[0])
    events = trial.folder / "state" / "pending" / "events"
    earlier, _, last = events.read_bytes().rpartition(b"\n=")
    events.write_bytes(earlier + b"\n?" + last)
    trial.recover()
    assert (crash.status, len(trial.effects), trial.pending()) == (0, 1, [])


def test_an_attempt_that_was_killed_before_it_was_recorded_is_in_the_history(trials: Trials):
    calls = trials.calls()["0.1"]
    _, to_the_journal, *_ = [at for at, number in enumerate(calls, 1) if number == NUMBERS["write"]]
    trial = trials.make("node")
    trial.prepare()
    trial.crash(crashing.Plan("0.1", to_the_journal))
    trial.recover()
    runs = [trial.runs[name] for name in trial.runs.keys() - trials.make(TEMPLATE).runs.keys()]
    ends = sorted((run.attempt, run.state) for run in runs)
    assert (ends, len(trial.effects)) == ([(1, "interrupted"), (2, "succeeded")], 1)


@pytest.mark.parametrize(
    "room",
    [0, 20, 800, *(pytest.param(room, marks=pytest.mark.slow) for room in (1, 500, 700, 900, 1_000, 1_100))],
)
def test_an_event_whose_lines_a_full_disk_tears_is_neither_lost_nor_repeated(trials: Trials, room: int):
    """What fits below the limit of a file is written, as on a disk with as little room."""
    trial = trials.make("node")
    trial.prepare()
    size = (trial.folder / "state" / "pending" / "events").stat().st_size
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    limited = f'exec prlimit --fsize={size + room}:{hard} "$@"'
    done = subprocess.run(
        ["sh", "-c", limited, "sh", trial.driver.stub, *trial.words],
        env={NODE: trial.node}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    kept = trial.is_accepted()
    trial.recover()
    trial.recover()
    assert (done.returncode, len(trial.effects), trial.pending()) == (0, 1, [])
    assert kept or "this event, so GPFS waits: [Errno " in done.stderr


def fill_the_disk_at_first(event: Event) -> None:
    note(event)
    if event.attempt == 1:
        with contextlib.suppress(OSError), open(filler, "wb", 0) as file:
            while file.write(b"x"):
                continue
        raise RetryLater(0.01)


MOUNTED = 'mount -t tmpfs -o size=64k,mode=700 none "$1" || exit 77\nstate=$1 stub=$2; shift\n'
RECOVERED = '"$stub" recover --wait && "$stub" recover --wait || exit 99\ncp -r "$state" "$state.kept"\nexit $status\n'
FULL = 'while echo full >>"$state/filler"; do :; done 2>/dev/null\n"$@"; status=$?; rm "$state/filler"\n'
FILLING = '"$@"; status=$?; "$stub" recover --wait; rm "$state/filler" || exit 98\n'
READ_ONLY = 'mount -o remount,ro "$state"; "$@"; status=$?; mount -o remount,rw "$state"\n'


@pytest.mark.parametrize(
    ("handler", "script", "effects", "told"),
    [
        pytest.param(note, FULL, 1, "so GPFS waits: [Errno 28] No space left on device", id="a full disk"),
        pytest.param(note, READ_ONLY, 1, "so GPFS waits: [Errno 30] Read-only file system", id="a read-only one"),
        pytest.param(note, '"$@" && "$stub" recover --wait\n' + READ_ONLY, 2, "so GPFS waits: [Errno 30] Read-only", id="one of late"),
        pytest.param(fill_the_disk_at_first, FILLING, 2, "", id="one that is filled in between"),
    ],
)  # fmt: skip
def test_on_a_disk_that_takes_nothing_an_event_is_neither_lost_nor_repeated(
    driver, seen, monkeypatch, handler, script, effects, told
):
    seen.mkdir()
    monkeypatch.setattr(sys.modules[__name__], "filler", str(driver.folder / "state" / "filler"))
    token = driver.token(handler, ((("event",),), {}), ru=sealing.Written("retries=3"))
    done = driver.start_on_a_disk_of_its_own(MOUNTED + script + RECOVERED, token, "eventName=mount")
    assert done.returncode == 0 and told in done.stderr, (done, driver.log)
    (file,) = seen.iterdir()
    assert len(file.read_text().splitlines()) == effects
    assert pending_reader.read(PendingEvents(f"{driver.folder}/state.kept")) == []
