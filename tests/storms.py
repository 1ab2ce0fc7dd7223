"""Many starts of a program, so many at the same time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_STARTER = Path(__file__).parents[1] / "benchmarks" / "storm.py"


def storm(events: int, in_flight: int, *command: str | Path) -> tuple[int, int]:
    """Start events, so many at a time; return how many failed, and the most memory that one of them had, in KiB."""
    starter = [sys.executable, "-I", "-S", str(_STARTER), str(events), str(in_flight), *map(str, command)]
    done = subprocess.run(starter, env={}, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    _, failed, peak = done.stdout.split()
    return int(failed), int(peak)
