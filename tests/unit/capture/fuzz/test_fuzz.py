"""Any program gives on the node what it gives here, or installation says no.

``FUZZ_EXAMPLES=100000 .venv/bin/python -m pytest -rP tests/unit/capture/fuzz -m slow`` tries so many programs; one
that shows a fault is printed, as short as it can be made. Each run tries others; ``FUZZ_SEED`` has it try those of
the run that printed this number.
"""

from __future__ import annotations

import collections
import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from .node import Node
from .programs import seeds
from .shrinking import shrunk
from .trial import NOT_PROVED, REFUSED, SAME, Driver, Laboratory, Outcome

FEW, MANY = 40, 10_000
ASKED = int(os.environ.get("FUZZ_EXAMPLES", MANY))

needs_unix = pytest.mark.skipif(
    not Path("/proc/self/task").exists(), reason="ends children that hang by /proc"
)


# Programs that do odd things are warned of; that is none of this test's business.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def laboratory(tmp_path: Path) -> Iterator[Laboratory]:
    with Node(tmp_path) as node:
        yield Laboratory(tmp_path, node)


@pytest.fixture
def driver(tmp_path: Path) -> Driver:
    return Driver(tmp_path)


@pytest.mark.timeout(300)
def test_programs_of_a_fixed_sample_are_the_same_on_the_node_or_refused(
    laboratory: Laboratory, driver: Driver
) -> None:
    try_many(laboratory, driver, FEW)


@pytest.mark.slow
@pytest.mark.timeout(600 + ASKED)
def test_any_program_is_the_same_on_the_node_or_refused(laboratory: Laboratory, driver: Driver) -> None:
    number = int(os.environ.get("FUZZ_SEED", random.SystemRandom().getrandbits(32)))
    print(f"FUZZ_SEED={number}")
    try_many(laboratory, driver, ASKED, number)


def try_many(laboratory: Laboratory, driver: Driver, count: int, number: int | None = None) -> None:
    """Try programs that are always the same, or those that follow from a number."""
    kinds: collections.Counter[str] = collections.Counter()
    faulty: list[tuple[str, Outcome]] = []

    @settings(
        max_examples=count,
        derandomize=number is None,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(seeds)
    def check(drawn: list[int]) -> None:
        if faulty:
            return
        text, outcome = laboratory.draw(drawn)
        if outcome.kind == SAME and kinds.total() % 50 == 0:
            outcome = laboratory.through(driver, text)
        kinds["refused in vain" if outcome.needless else outcome.kind] += 1
        if outcome.is_fault:
            faulty.append((text, outcome))

    (check if number is None else seed(number)(check))()
    print(dict(kinds))
    if faulty:
        report(laboratory, *faulty[0])
    # The programs are odd, but most of what is in them can travel, and little is refused that could.
    assert kinds[SAME] > 3 * (kinds[REFUSED] + kinds[NOT_PROVED])
    assert kinds["refused in vain"] <= count // 50


def report(laboratory: Laboratory, text: str, outcome: Outcome) -> None:
    """Fail with the program, as short as it can be made."""
    text = shrunk(text, lambda shorter: is_alike(laboratory.outcome(shorter), outcome))
    found = laboratory.outcome(text)
    pytest.fail(f"{found.kind} {found.form}\n{found.detail}\n\n{text}", pytrace=False)


def is_alike(one: Outcome, other: Outcome) -> bool:
    return (one.kind, one.needless) == (other.kind, other.needless)
