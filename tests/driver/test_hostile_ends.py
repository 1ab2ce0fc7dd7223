"""Whatever a function returns, raises or exits with: its end is recorded, cut and escaped."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest


class HostileText(str):
    """A text that no method can be called of."""

    def __getattribute__(self, name: str) -> object:
        raise RuntimeError(f"asked for {name}")

    def __len__(self) -> int:
        raise RuntimeError("measured")

    def __format__(self, spec: str) -> str:
        raise RuntimeError("formatted")

    def __getitem__(self, index: object) -> str:
        raise RuntimeError("cut")

    def __str__(self) -> str:
        raise RuntimeError("asked for its text")


class Shows:
    """An object that is shown as something."""

    def __init__(self, text: object) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text  # type: ignore[return-value]

    def __eq__(self, other: object) -> bool:
        return self  # type: ignore[return-value]

    def __bool__(self) -> bool:
        raise SystemExit(0)


class Ends:
    """An object that ends the program when it is looked at."""

    def __repr__(self) -> str:
        raise KeyboardInterrupt

    def __eq__(self, other: object) -> bool:
        raise SystemExit(0)


class Says(Exception):
    """An exception that says something."""

    def __init__(self, text: object) -> None:
        super().__init__()
        self.text = text

    def __str__(self) -> str:
        return self.text  # type: ignore[return-value]


class Leaves(SystemExit):
    @property
    def code(self) -> object:  # type: ignore[override]
        raise RuntimeError("asked for the code")


class WithNotes(Exception):
    @property
    def __notes__(self) -> object:
        raise RuntimeError("asked for notes")


class LyingNumber(int):
    def __eq__(self, other: object) -> bool:
        raise ValueError("compared")

    def __repr__(self) -> str:
        return HostileText("3")


def returns_a_hostile_text() -> object:
    return HostileText("result")


def returns_what_is_shown_as_a_hostile_text() -> object:
    return Shows(HostileText("result"))


def returns_what_is_shown_as_half_a_character() -> object:
    return Shows("\ud800\0\n\x1b[2J\u2028")


def returns_what_is_shown_as_nothing() -> object:
    return Shows(None)


def returns_what_is_shown_at_length() -> object:
    return Shows("long " * 4_000_000)


def returns_what_ends_programs() -> object:
    return Ends()


def returns_what_contains_itself() -> object:
    result: list[object] = []
    result.append(Shows(result))
    return result


def returns_a_number_without_digits() -> object:
    return 10**10_000


def exits_with_a_hostile_text() -> None:
    sys.exit(HostileText("no"))


def exits_with_a_lying_number() -> None:
    sys.exit(LyingNumber(3))


def exits_with_what_ends_programs() -> None:
    sys.exit(Ends())  # type: ignore[arg-type]


def exits_with_what_is_neither_true_nor_false() -> None:
    sys.exit(Shows("neither"))  # type: ignore[arg-type]


def exits_with_a_number_without_digits() -> None:
    sys.exit(10**10_000)


def leaves_without_a_code() -> None:
    raise Leaves


def raises_a_hostile_text() -> None:
    raise Says(HostileText("no"))


def raises_what_says_nothing() -> None:
    raise Says(None)


def raises_one_of_a_hostile_class() -> None:
    class Hostile(type):
        def __getattribute__(cls, name: str) -> object:
            raise RuntimeError(f"asked for {name}")

    class OfHostileClass(Exception, metaclass=Hostile):
        pass

    raise OfHostileClass


def raises_one_with_hostile_notes() -> None:
    raise WithNotes


def raises_one_with_half_a_character_in_a_note() -> None:
    error = ValueError("no")
    error.add_note("\ud800 and \udc80")
    raise error


def raises_one_whose_notes_are_none() -> None:
    error = ValueError("no")
    error.__notes__ = [HostileText("a"), Shows(None), 5]  # type: ignore[list-item]
    raise error


def raises_its_own_cause() -> None:
    error = ValueError("no")
    error.__cause__ = KeyError("other")
    error.__cause__.__context__ = error
    raise error


def raises_a_deep_group() -> None:
    error: Exception = ValueError("no")
    for _ in range(2_000):
        error = ExceptionGroup("again", [error])
    raise error


def raises_at_length() -> None:
    raise ValueError("no" * 10_000_000 + "\n" + "no" * 10_000_000)


def raises_what_terminals_obey() -> None:
    raise ValueError("\x1b[2J\0\a\r\t\x85")


Function = Callable[[], object]

SUCCEED: list[Function] = [
    returns_a_hostile_text,
    returns_what_is_shown_as_a_hostile_text,
    returns_what_is_shown_as_half_a_character,
    returns_what_is_shown_as_nothing,
    returns_what_is_shown_at_length,
    returns_what_ends_programs,
    returns_what_contains_itself,
    returns_a_number_without_digits,
]
FAIL: list[Function] = [
    exits_with_a_hostile_text,
    exits_with_a_lying_number,
    exits_with_what_ends_programs,
    exits_with_what_is_neither_true_nor_false,
    exits_with_a_number_without_digits,
    leaves_without_a_code,
    raises_a_hostile_text,
    raises_what_says_nothing,
    raises_one_of_a_hostile_class,
    raises_one_with_hostile_notes,
    raises_one_with_half_a_character_in_a_note,
    raises_one_whose_notes_are_none,
    raises_its_own_cause,
    raises_a_deep_group,
    raises_at_length,
    raises_what_terminals_obey,
]


@pytest.mark.parametrize("function", [*SUCCEED, *FAIL])
def test_the_end_is_recorded(driver, function):
    status = int(function in FAIL)
    assert driver.fire(function, "eventName=mount") == status
    (run,) = driver.runs
    assert (run["state"], run["status"]) == (("failed", 1) if status else ("succeeded", 0))
    assert bool(run["reason"]) == bool(status)
    assert len(run["reason"] or "") <= 1_100
    assert f" ended: status {status} after " in driver.log
    assert len(driver.log) < 50_000_000
