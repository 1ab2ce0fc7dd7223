"""Measures P1 to P22, and prints a table: target, measured, limit, peers, verdict.

    python -m benchmarks [--quick] [--only P1,P7] [--rounds N]

A whole run writes ``benchmarks/results/<date>.md`` and ``.json``; a quick one, or one of a few targets, only
prints: with so few rounds its figures are indicative.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from . import (
    event_time,
    fixture,
    installing,
    instructions,
    listing,
    machine,
    memory,
    mm_commands,
    recorded_runs,
    report,
    starting,
    storm_rate,
    tokens,
    waking,
)
from .machine import pinned
from .targets import Result
from .workspace import HERE, Workspace, emulated_cluster, workspace

LEAST_ROUNDS = 60


@dataclass(frozen=True)
class Scale:
    """How much is run."""

    rounds: int
    email_rounds: int
    events: int
    in_flight: int
    storms: int
    memory_rounds: int
    counts: int
    listings: int
    installations: int
    looks: int
    pytest_runs: int


WHOLE = Scale(100, 60, 2_000, 64, 3, 15, 3, 15, 60, 15, 25)
QUICK = Scale(15, 8, 250, 64, 1, 5, 1, 5, 10, 5, 5)

Measure = Callable[[], list[Result]]


def measures(folder: Workspace, scale: Scale) -> dict[str, tuple[tuple[str, ...], Measure]]:
    """Return what is run, by name, with the numbers of the targets that it reports on."""

    def paired() -> list[Result]:
        with pinned():
            return event_time.measure_small(folder, scale.rounds)

    def dropped() -> list[Result]:
        with pinned():
            return [
                event_time.measure_dropped(folder, scale.rounds),
                event_time.measure_paused(scale.rounds),
            ]

    def options() -> list[Result]:
        with pinned():
            return event_time.measure_options(folder, scale.rounds)

    def once() -> list[Result]:
        with pinned():
            return event_time.measure_once(folder, scale.rounds)

    def retries() -> list[Result]:
        with pinned():
            return [event_time.measure_retries(scale.rounds)]

    def email() -> list[Result]:
        with pinned() as others:
            return [event_time.measure_email(folder, scale.email_rounds, others)]

    def start() -> list[Result]:
        with pinned():
            return starting.measure(folder, scale.installations)

    def installation() -> list[Result]:
        with pinned():
            return installing.measure(folder, scale.installations)

    def on_emulated_cluster(measure: Callable[[Path], list[Result]]) -> list[Result]:
        with emulated_cluster(folder) as place:
            return measure(place)

    def storm() -> list[Result]:
        return storm_rate.measure(folder, scale.events, scale.in_flight, scale.storms)

    return {
        "the time of an event": (("P1", "P2", "P3", "P4", "P5"), paired),
        "dropped events": (("P14",), dropped),
        "run options": (("P15",), options),
        "once": (("P14", "P17"), once),
        "256 nodes": (("P13",), lambda: waking.measure(folder)),
        "retries": (("P16",), retries),
        "the email alert": (("P6",), email),
        "a storm": (("P7",), storm),
        "memory": (("P8",), lambda: [memory.measure(folder, scale.memory_rounds)]),
        "tokens": (("P9",), lambda: tokens.measure(folder)),
        "instructions": (("P10",), lambda: [instructions.measure(folder, scale.counts)]),
        "the look for pauses": (("P18",), lambda: [instructions.measure_look_for_pauses(folder)]),
        "mm commands": (("P11",), lambda: on_emulated_cluster(lambda _: mm_commands.measure())),
        "listing": (
            ("P12",),
            lambda: on_emulated_cluster(lambda place: listing.measure(place, scale.listings)),
        ),
        "recorded runs": (("P19",), lambda: recorded_runs.measure(folder, scale.looks)),
        "starting commands": (("P20",), start),
        "imports and installations": (("P21",), installation),
        "the fixture of pytest": (("P22",), lambda: fixture.measure(folder, scale.pytest_runs)),
    }


def main(arguments: list[str]) -> int:
    """Run what is asked for, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="few rounds, under two minutes; writes no page")
    parser.add_argument("--only", default="", metavar="P1,P7", help="these targets only; writes no page")
    parser.add_argument("--rounds", type=int, help="rounds of the paired method, which asks for 60")
    asked = parser.parse_args(arguments)
    scale = QUICK if asked.quick else WHOLE
    if asked.rounds:
        scale = replace(scale, rounds=asked.rounds, email_rounds=asked.rounds, installations=asked.rounds)
    only = {number.strip().upper() for number in asked.only.split(",") if number.strip()}
    described = machine.describe()
    results: list[Result] = []
    with workspace() as folder:
        for name, (numbers, measure) in measures(folder, scale).items():
            if only and not only.intersection(numbers):
                continue
            began = time.monotonic()
            print(f"{', '.join(numbers)}: {name} ...", end="", file=sys.stderr, flush=True)
            results += measure()
            print(f" {time.monotonic() - began:.0f} s", file=sys.stderr)
    enough = min(scale.rounds, scale.email_rounds) >= LEAST_ROUNDS
    how = (
        f"Paired method, {scale.rounds} rounds (email {scale.email_rounds}); base: `python3 -I -S -c pass` "
        "of the same interpreter; medians of the ratios of each round. See benchmarks/README.md."
    )
    if not enough:
        how += f" Indicative only: the method asks for {LEAST_ROUNDS} rounds."
    print(report.page(results, described, how))
    if enough and not only and not asked.quick:
        print(f"written to {report.write(HERE / 'results', results, described, how).relative_to(Path.cwd())}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
