"""Why a run failed, in one line: the type and the first line of what was raised; and how its children ended."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

import pytest


class Refused(Exception):
    """An exception of the handler's own file."""


class Mute(Exception):
    def __str__(self) -> str:
        raise SystemExit(7)


def several_lines() -> None:
    raise RuntimeError("no space in mmfs7\ncall the operators\n")


def begins_with_an_empty_line() -> None:
    raise RuntimeError("\n\n  no space in mmfs7\n")


def with_a_note() -> None:
    error = ValueError("the limit is passed")
    error.add_note("see the runbook")
    raise error


def a_group() -> None:
    raise ExceptionGroup("two checks failed", [ValueError("a"), KeyError("b")])


def with_a_cause() -> None:
    try:
        raise KeyError("b")
    except KeyError as error:
        raise OSError(5, "Input/output error", "/srv/x") from error


def without_words() -> None:
    raise LookupError


def of_its_own() -> None:
    raise Refused("not on a Sunday")


def cannot_be_said() -> None:
    raise Mute


def stands_for_no_byte() -> None:
    raise RuntimeError("\ud800 is half a character")


def too_long() -> None:
    raise RuntimeError("x" * 5_000_000)


def out_of_memory() -> None:
    raise MemoryError


def without_end() -> None:
    without_end()


class Incomparable:
    def __eq__(self, other: object) -> bool:
        raise ValueError("compared")

    def __repr__(self) -> str:
        return "<incomparable>"


def exits_with_what_cannot_be_compared() -> None:
    sys.exit(Incomparable())  # type: ignore[arg-type]


def after_thousands_of_others() -> None:
    error = None
    for number in range(3_000):
        later = RuntimeError(f"attempt {number}")
        later.__context__ = error
        error = later
    raise LookupError("no more attempts") from error


REASONS: list[tuple[Callable[[], None], str]] = [
    (several_lines, "RuntimeError: no space in mmfs7"),
    (begins_with_an_empty_line, "RuntimeError: no space in mmfs7"),
    (with_a_note, "ValueError: the limit is passed"),
    (a_group, "ExceptionGroup: two checks failed (2 sub-exceptions)"),
    (with_a_cause, "OSError: [Errno 5] Input/output error: '/srv/x'"),
    (without_words, "LookupError"),
    (of_its_own, f"{__name__}.Refused: not on a Sunday"),
    (cannot_be_said, f"{__name__}.Mute"),
    (stands_for_no_byte, "RuntimeError: \\ud800 is half a character"),
    (too_long, f"RuntimeError: {'x' * 986}..."),
    (out_of_memory, "MemoryError"),
    (without_end, "RecursionError: maximum recursion depth exceeded"),
    (exits_with_what_cannot_be_compared, "sys.exit(<incomparable>)"),
    (after_thousands_of_others, "LookupError: no more attempts"),
]


@pytest.mark.parametrize(("handler", "reason"), REASONS)
def test_the_reason_of_a_failure_is_the_type_and_the_first_line_of_the_exception(driver, handler, reason):
    assert driver.fire(handler, "eventName=mount") == 1
    (run,) = driver.runs
    assert (run["state"], run["reason"]) == ("failed", reason)
    assert "cannot be shown" not in driver.log


def raise_in_a_child() -> None:
    raise RuntimeError("in a child")


def end_by(code: object) -> object:
    def child() -> None:
        sys.exit(code)  # type: ignore[arg-type]

    return child


@pytest.mark.parametrize(
    ("code", "status"), [(3, 3), (0, 0), (None, 0), (True, 1), (259, 3), (-1, 255), ("a text", 1)]
)
def test_a_child_that_a_handler_forks_ends_with_its_own_status(driver, code, status):
    child = end_by(code)

    def fork() -> int:
        number = os.fork()
        if number == 0:
            child()  # type: ignore[operator]
        return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])

    assert driver.fire(fork, "eventName=mount") == 0
    assert f"returned {status}\n" in driver.log
    assert ("a text\n" in driver.log) == (code == "a text")
    assert len(driver.runs) == 1


def test_a_child_that_fails_shows_why_and_ends_with_1(driver):
    def fork() -> int:
        number = os.fork()
        if number == 0:
            raise_in_a_child()
        return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])

    assert driver.fire(fork, "eventName=mount") == 0
    assert "returned 1\n" in driver.log
    assert "in raise_in_a_child\n" in driver.log and "RuntimeError: in a child\n" in driver.log
    assert [run["state"] for run in driver.runs] == ["succeeded"]


def test_a_child_that_is_terminated_says_nothing(driver):
    def fork() -> int:
        import signal

        number = os.fork()
        if number == 0:
            signal.pause()
        os.kill(number, signal.SIGTERM)
        return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])

    assert driver.fire(fork, "eventName=mount") == 0
    assert "returned -15\n" in driver.log
    assert "most recent call first" not in driver.log
