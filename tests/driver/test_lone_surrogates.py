"""A text that stands for no bytes loses no end of a run: journal, log, history, report and accepted event.

This file has no ``__future__`` import: it would travel with the handlers.
"""

import sys

import pytest

from arcapix.fs.gpfs.driver import pending_reader
from arcapix.fs.gpfs.driver.pending import PendingEvents
from arcapix.fs.gpfs.registration import sealing

LONE = "begin \ud800 \udc80 end"
SHOWN = r"begin \ud800 \udc80 end"


def raise_it() -> None:
    raise ValueError(LONE)


def note_it() -> None:
    error = ValueError("noted")
    error.add_note(LONE)
    raise error


def return_it() -> str:
    return LONE


def exit_with_it() -> None:
    sys.exit(LONE)


class Odd:
    def __repr__(self) -> str:
        return LONE


def return_what_is_shown_as_it() -> Odd:
    return Odd()


def print_it() -> None:
    print(LONE)


PLAIN: dict[str, str] = {}
SUPERVISED = {"ru": sealing.Written("timeout=60")}

ENDS = [
    (raise_it, "failed", 1, f"ValueError: {SHOWN}"),
    (note_it, "failed", 1, "ValueError: noted"),
    (exit_with_it, "failed", 1, f"sys.exit({LONE!r})"),
    (return_it, "succeeded", 0, ""),
    (return_what_is_shown_as_it, "succeeded", 0, ""),
    (print_it, "succeeded", 0, ""),
]


@pytest.mark.parametrize("options", [PLAIN, SUPERVISED], ids=["plain", "supervised"])
@pytest.mark.parametrize(("handler", "state", "status", "reason"), ENDS)
def test_the_end_of_a_run_is_recorded_whatever_text_it_ends_with(
    driver, handler, state, status, reason, options
):
    assert driver.fire(handler, "eventName=mount", **options) == status
    (run,) = driver.history.runs()
    assert (run.state, run.status) == (state, status)
    assert run.reason.encode("utf-8", "backslashreplace").decode() == reason
    assert run.ended is not None
    journal = (driver.folder / "state" / "journal").read_text()
    assert journal.endswith("\t.")
    assert f" ended: status {status} after " in driver.log
    printed = driver.history.output(run)
    assert b"begin " in printed
    assert b" end" in printed
    printed.decode()


def test_an_event_with_such_an_end_is_attempted_again_and_kept(driver, wait):
    token = driver.token(raise_it, ru=sealing.Written("retries=1"))
    assert driver.start(token, "eventName=mount").returncode == 0
    wait(lambda: [run["state"] for run in driver.runs] == ["retrying", "failed"], "it has failed twice")
    first, second = (str(run["reason"]) for run in driver.runs)
    assert first.startswith(f"ValueError: {SHOWN}; attempt 1 of 2, the next in ")
    assert second == f"ValueError: {SHOWN}; attempt 2 of 2, the last"

    def kept():
        return pending_reader.read(PendingEvents(str(driver.folder / "state")))

    wait(lambda: [event.mark for event in kept()] == ["!"], "somebody may decide about it")
