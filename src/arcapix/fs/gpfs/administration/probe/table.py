"""The levels of the probe, and all of its questions: a further question is a further row."""

from __future__ import annotations

from . import changing_questions, listing_questions, reading, registering, running_questions, snapshots

__all__ = ["LEVELS", "QUESTIONS", "UNSEEN"]

LEVELS = (reading.LEVEL, registering.LEVEL, snapshots.LEVEL)

QUESTIONS = (
    *reading.QUESTIONS,
    *listing_questions.QUESTIONS,
    *changing_questions.QUESTIONS,
    *running_questions.QUESTIONS,
)

UNSEEN = {
    "reserved_words": "an identifier such as user would not be found again by its beginning",
    "reserved_prefix_case": "an identifier such as MM_x would not be found again by its beginning",
    "tiebreaker_guard": "GPFS would have to be stopped on all nodes if the callback were registered",
}
"""Switches of the emulator that no level can see, and why."""
