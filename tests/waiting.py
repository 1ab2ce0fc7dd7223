"""Waiting for something that comes by itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import pytest

DEADLINE = 60.0
"""Seconds: below the time limit of a test, and far above what anything takes on a machine that others use too."""

Answer = TypeVar("Answer")


def wait(question: Callable[[], Answer], what: str, *, told: Callable[[], str] = str) -> Answer:
    """Ask again until the answer is true, and return it.

    Args:
        question: What is asked.
        what: What is waited for, as the end of "it did not come true that ...".
        told: What else a failure should say, the log of a cluster for example.
    """
    deadline = time.monotonic() + DEADLINE
    while not (answer := question()):
        if time.monotonic() > deadline:
            more = told()
            pytest.fail(f"in {DEADLINE:.0f} s it did not come true that {what}{more and f'; {more}'}")
        time.sleep(0.01)
    return answer
