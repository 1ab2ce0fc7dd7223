"""P12: what it costs to list ten thousand callbacks, beyond the time of mmlscallback itself."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from arcapix.fs.gpfs import Cluster, Filesystem, commands

from . import targets
from .targets import Result

COUNTS = (2_500, 10_000)


def measure(folder: Path, rounds: int) -> list[Result]:
    """P12, on the emulated cluster that the environment names.

    The emulator registers and lists the callbacks; its listing is then played back by a command that only
    prints it, and each round times that command alone and a listing through the API. The difference is ours,
    including reading the pipe and waiting for the process to end.

    Args:
        folder: For the listings and the command that prints one.
        rounds: How often.
    """
    seconds: dict[int, float] = {}
    emulated = 0.0
    for count, listing in _listings(folder):
        began = time.perf_counter()
        assert len(list(Cluster().callbacks)) == count
        emulated = time.perf_counter() - began
        with _played_back(folder, listing):
            seconds[count] = statistics.median([_beyond(folder, count) for _ in range(rounds)])
    few, many = COUNTS
    growth = (seconds[many] / many) / (seconds[few] / few)
    note = f"with the emulator's own mmlscallback {emulated:.2f} s in all"
    details: dict[str, object] = {"seconds": seconds, "rounds": rounds}
    return [
        Result(targets.LISTING, seconds[many], note=note, details=details),
        Result(targets.LISTING_GROWTH, growth),
    ]


def _listings(folder: Path) -> Iterator[tuple[int, Path]]:
    """Register more and more copies of a callback, and yield what mmlscallback prints for them."""

    def handler(eventName: str, fsName: str) -> None:
        print(f"{eventName} on {fsName}")

    Filesystem("mmfs1").onMount.new("model", handler)
    (model,) = commands.mmlscallback("model")
    commands.mmdelcallback("model")
    there = 0
    for count in COUNTS:
        commands.mmaddcallback_spec(
            [replace(model, identifier=f"handler_{number:012x}") for number in range(there, count)]
        )
        there = count
        listing = folder / f"listing-{count}"
        program = f"{os.environ['ARCAPIX_GPFS_BIN']}/mmlscallback"
        listing.write_bytes(subprocess.run([program], check=True, capture_output=True).stdout)
        yield count, listing


@contextmanager
def _played_back(folder: Path, listing: Path) -> Iterator[None]:
    """Replace mmlscallback with a program that prints a file."""
    program = folder / "mmlscallback"
    program.write_text(f"#!/bin/sh\nexec cat '{listing}'\n")
    program.chmod(0o755)
    before = os.environ["ARCAPIX_GPFS_BIN"]
    os.environ["ARCAPIX_GPFS_BIN"] = str(folder)
    try:
        yield
    finally:
        os.environ["ARCAPIX_GPFS_BIN"] = before


def _beyond(folder: Path, count: int) -> float:
    """Return how many seconds longer a listing takes than the command alone."""
    began = time.perf_counter()
    subprocess.run([folder / "mmlscallback"], check=True, stdout=subprocess.PIPE)
    alone = time.perf_counter() - began
    began = time.perf_counter()
    callbacks = list(Cluster().callbacks)
    together = time.perf_counter() - began
    assert len(callbacks) == count
    return together - alone
