"""Events whose driver is killed at each of its system calls: what is recorded is true, and the next one works."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from arcapix.fs.gpfs.driver.journal import GENERATIONS, MAXIMUM_BYTES
from arcapix.fs.gpfs.registration import sealing
from arcapix.fs.gpfs.runs.history import History, RecordedRun

from .. import killing

LINES = "one line\nand another\n"
DAY = 86_400
STARTS = 600
"""Some of so many starts remove what killed runs have left behind."""


def succeed() -> None:
    print("one line")
    print("and another")


def fail() -> None:
    succeed()
    raise RuntimeError("as it should")


def have_a_process_print() -> None:
    subprocess.run(["/bin/sh", "-c", "echo one line; echo and another"], check=True)


def limited() -> None:
    have_a_process_print()


def forget_the_function(folder: Path) -> None:
    shutil.rmtree(folder / "state" / "cache", ignore_errors=True)


def forget_everything(folder: Path) -> None:
    shutil.rmtree(folder / "state", ignore_errors=True)
    shutil.rmtree(folder / "log", ignore_errors=True)


def fill_the_journal(folder: Path) -> None:
    (folder / "state" / f"journal.{GENERATIONS}").unlink(missing_ok=True)  # else it goes, with its runs
    with (folder / "state" / "journal").open("ab") as file:
        file.write(b"\n" + b"x" * (MAXIMUM_BYTES + 1))


def change_nothing(_: Path) -> None:
    return


@pytest.fixture
def history(driver) -> History:
    return driver.history


def by_id(history: History) -> dict[str, RecordedRun]:
    return {run.id: run for run in history.runs()}


def outcome(history: History, end: killing.End, run: RecordedRun | None, whole: tuple[str, int, str]) -> str:
    """Make sure that what is said of a run is true, and return it."""
    if run is None:
        assert end.is_killed
        return "absent"
    assert run.pid == end.pid
    printed = history.output(run)
    if run.state == "interrupted":
        assert end.is_killed
        assert (run.ended, run.status, bool(run.reason)) == (None, None, True)
        assert LINES.startswith((printed or b"").decode()) or b"RuntimeError: as it should" in (
            printed or b""
        )
        return "interrupted"
    assert (run.state, run.status) == whole[:2]
    assert (printed or b"").decode().startswith(whole[2])
    return "ended"


def open_to_others(folder: Path) -> list[str]:
    found = [path for place in ("state", "log") for path in (folder / place).rglob("*")]
    return [f"{path}: {path.lstat().st_mode:o}" for path in found if path.lstat().st_mode & 0o007]


def make_old(folder: Path) -> None:
    for path in folder.rglob("*"):
        os.utime(path, (time.time() - 2 * DAY,) * 2)


def litter(folder: Path) -> list[Path]:
    state = folder / "state"
    return [*state.glob("output/*"), *state.glob("cache/.*"), *state.glob(f"journal.[!1-{GENERATIONS}]*")]


EVERY = pytest.param(1, id="each call", marks=(pytest.mark.slow, pytest.mark.timeout(600)))


@pytest.mark.parametrize("step", [pytest.param(61, id="some calls"), EVERY])
@pytest.mark.parametrize(
    ("handler", "whole", "before"),
    [
        pytest.param(succeed, ("succeeded", 0, LINES), change_nothing, id="a later event"),
        pytest.param(succeed, ("succeeded", 0, LINES), forget_the_function, id="the first event of a function"),
        pytest.param(succeed, ("succeeded", 0, LINES), forget_everything, id="the first event on a node"),
        pytest.param(succeed, ("succeeded", 0, LINES), fill_the_journal, id="one with a full journal"),
        pytest.param(fail, ("failed", 1, LINES), change_nothing, id="one that fails"),
        pytest.param(have_a_process_print, ("succeeded", 0, LINES), change_nothing, id="one with a process"),
        pytest.param(limited, ("succeeded", 0, LINES), change_nothing, id="one with a time limit"),
        pytest.param(None, ("refused", 3, ""), change_nothing, id="one that is refused"),
    ],
)  # fmt: skip
def test_a_driver_that_is_killed_at_a_call_leaves_a_true_history_and_the_next_event_works(
    driver, history, step, handler: Callable[[], None] | None, whole, before
):
    options = {"ru": sealing.Written("timeout=60")} if handler is limited else {}
    token = driver.token(handler, **options) if handler else driver.token(succeed)[:-1]
    words = (token, "eventName=mount")
    assert driver.start(*words).returncode == whole[1]
    before(driver.folder)
    known = by_id(history)
    outcomes = []
    for end in killing.ends([driver.stub, *words], since=driver.stub, step=step, env={}):
        assert end.stderr == "", end
        runs = by_id(history)
        assert all(runs.get(name) == run for name, run in known.items()), end
        (run,) = [run for name, run in runs.items() if name not in known] or [None]
        outcomes.append(outcome(history, end, run, whole))
        assert driver.start(*words).returncode == whole[1], end
        (next_one,) = [run for name, run in by_id(history).items() if name not in runs]
        assert (next_one.state, next_one.status) == whole[:2], end
        assert open_to_others(driver.folder) == [], end
        before(driver.folder)
        known = by_id(history)
    assert outcomes[0] == "absent" and outcomes[-1] == "ended" and not end.is_killed
    if step == 1:
        assert handler is None or "interrupted" in outcomes
        make_old(driver.folder)
        clean_up(driver)
        assert litter(driver.folder) == []


def clean_up(driver) -> None:
    """Start the driver until nothing is left to be removed; each first event looks at the functions kept."""
    token = driver.token(use_nothing)
    for _ in range(STARTS):
        if not litter(driver.folder):
            return
        assert driver.start(token, "eventName=mount").returncode == 0


def use_nothing() -> None:
    return
