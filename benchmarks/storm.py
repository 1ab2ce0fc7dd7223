"""Starts a storm of events: many processes, a number of them at the same time; a program of its own.

    python -I -S storm.py EVENTS IN_FLIGHT COMMAND [WORD ...]

``{number}`` in a word becomes the number of the event. One thread starts, another one waits for the ends.
Prints ``seconds failed peak``: of the whole storm, how many events ended with another status than 0, and the
most memory that one of them used, in KiB. It stays small itself, because a new process is charged with the
memory of its parent.
"""

from __future__ import annotations

import _thread
import posix
import sys
import time
from _queue import SimpleQueue


def storm(events: int, in_flight: int, command: list[str]) -> tuple[int, int]:
    """Start the events, at most so many at the same time; return how many failed, and the peak in KiB."""
    places: SimpleQueue[None] = SimpleQueue()
    started: SimpleQueue[None] = SimpleQueue()
    outcome: SimpleQueue[tuple[int, int]] = SimpleQueue()
    for _ in range(in_flight):
        places.put(None)
    _thread.start_new_thread(reap, (events, places, started, outcome))
    for number in range(events):
        places.get()
        words = [word.replace("{number}", str(number)) for word in command]
        posix.posix_spawn(words[0], words, posix.environ)
        started.put(None)
    return outcome.get()


def reap(
    events: int,
    places: SimpleQueue[None],
    started: SimpleQueue[None],
    outcome: SimpleQueue[tuple[int, int]],
) -> None:
    """Wait for the end of each event, and give its place to the next one."""
    failed = peak = 0
    for _ in range(events):
        started.get()
        _, status, usage = posix.wait4(-1, 0)
        places.put(None)
        failed += status != 0
        peak = max(peak, usage.ru_maxrss)
    outcome.put((failed, peak))


if __name__ == "__main__":
    began = time.monotonic()
    failed, peak = storm(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
    print(f"{time.monotonic() - began:.3f} {failed} {peak}")
