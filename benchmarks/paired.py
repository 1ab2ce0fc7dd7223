"""The paired method: all programs once per round, in random order, and ratios round by round."""

from __future__ import annotations

import ctypes
import gc
import os
import random
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .machine import ENVIRONMENT

_SET_CHILD_SUBREAPER = 36

UNSTEADY = 1.5
"""A run is void when the base's own 90 % quantile is more than this many times its 10 % quantile."""


class WorkNotDone(Exception):
    """A program did not do what was to be measured, so its time means nothing."""


@dataclass(frozen=True)
class Program:
    """One of the programs that are compared.

    Attributes:
        name: Of the program, for people.
        command_lines: One is taken in each round, in turn.
        log: The file that the function writes its line to, emptied after each run; None: it writes none.
        first_word_is_moment: Whether the line begins with the moment of the function's first line.
        silent: Whether the file must stay empty.
        environment: What it finds in its environment.
        talks: Whether it prints, which nobody is to see.
    """

    name: str
    command_lines: Sequence[Sequence[str]]
    log: Path | None = None
    first_word_is_moment: bool = False
    silent: bool = False
    environment: Mapping[str, str] = field(default_factory=lambda: ENVIRONMENT)
    talks: bool = False

    def take_line(self) -> bytes:
        """Return what was written to the log, and empty it.

        Raises:
            WorkNotDone: Nothing was written, or something where nothing should have been.
        """
        if self.log is None:
            return b""
        line = self.log.read_bytes() if self.log.exists() else b""
        if bool(line) == self.silent:
            raise WorkNotDone(
                f"{self.name}: the function {'was' if self.silent else 'was not'} called; "
                f"its log holds {line[:200]!r}"
            )
        if line:
            os.truncate(self.log, 0)
        return line


@dataclass
class Times:
    """The runs of one program, in the order of the rounds.

    Attributes:
        wall: Seconds from the start to the end of the process.
        cpu: Seconds of processor time, user and system.
        first_line: Seconds from the start to the first line of the function.
    """

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    first_line: list[float] = field(default_factory=list)


def run(program: Program, number: int) -> tuple[float, float, float]:
    """Start a program and wait for its end; return wall and processor seconds, and those to its first line.

    Raises:
        WorkNotDone: It failed, or wrote nothing.
    """
    command = list(program.command_lines[number % len(program.command_lines)])
    began = time.monotonic_ns()
    started = os.posix_spawn(command[0], command, program.environment, file_actions=_actions(program))
    _, status, usage = os.wait4(started, 0)
    ended = time.monotonic_ns()
    if status:
        raise WorkNotDone(f"{program.name} ended with status {os.waitstatus_to_exitcode(status)}")
    _wait_for_what_it_left()
    line = program.take_line()
    first_line = (int(line.split()[0]) - began) / 1e9 if program.first_word_is_moment else 0.0
    return (ended - began) / 1e9, usage.ru_utime + usage.ru_stime, first_line


def _actions(program: Program) -> list[tuple[int, int, str, int, int]]:
    outputs = (1, 2) if program.talks else ()
    return [(os.POSIX_SPAWN_OPEN, output, os.devnull, os.O_WRONLY, 0) for output in outputs]


def _wait_for_what_it_left() -> None:
    """Wait for processes that outlived a program: they would share the processor with the next one."""
    try:
        while True:
            os.wait()
    except ChildProcessError:
        return


def _adopt_orphans() -> None:
    ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def compare(programs: Sequence[Program], rounds: int, before: int = 0) -> dict[str, Times]:
    """Run all programs once per round, in random order, after one round that does not count.

    Args:
        programs: What is compared.
        rounds: How many rounds count.
        before: How many command lines of each program earlier comparisons have taken.
    """
    times = {program.name: Times() for program in programs}
    order = list(programs)
    _adopt_orphans()
    gc.collect()
    gc.disable()
    try:
        for number in range(-1, rounds):
            random.shuffle(order)
            for program in order:
                wall, cpu, first_line = run(program, before + number + 1)
                if number >= 0:
                    taken = times[program.name]
                    taken.wall.append(wall)
                    taken.cpu.append(cpu)
                    taken.first_line.append(first_line)
    finally:
        gc.enable()
    return times


def ratio(figures: Sequence[float], base: Sequence[float]) -> float:
    """Return the median of the ratios of each round."""
    return statistics.median([one / other for one, other in zip(figures, base, strict=True)])


def unsteadiness(base: Sequence[float]) -> float:
    """Return how many times the 10 % quantile the 90 % quantile is."""
    deciles = statistics.quantiles(base, n=10, method="inclusive")
    return deciles[8] / deciles[0]
