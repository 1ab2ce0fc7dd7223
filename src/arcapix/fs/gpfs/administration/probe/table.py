"""The levels of the probe, and all of its questions: a further question is a further row."""

from __future__ import annotations

from . import (
    changing_questions,
    listing_questions,
    mounts,
    reading,
    registering,
    running_questions,
    snapshots,
)

__all__ = ["LEVELS", "QUESTIONS", "UNSEEN", "UNSEEN_ANSWERS"]

LEVELS = (reading.LEVEL, registering.LEVEL, snapshots.LEVEL, mounts.LEVEL)

QUESTIONS = (
    *reading.QUESTIONS,
    *listing_questions.QUESTIONS,
    *changing_questions.QUESTIONS,
    *running_questions.QUESTIONS,
    *mounts.QUESTIONS,
)

_QUORUM = "GPFS would have to lose its quorum"

UNSEEN = {
    "reserved_words": "an identifier such as user would not be found again by its beginning",
    "reserved_prefix_case": "an identifier such as MM_x would not be found again by its beginning",
    "tiebreaker_guard": "GPFS would have to be stopped on all nodes if the callback were registered",
    "snapshot_waits": "callbacks of level 2 are asynchronous and end at once: there is nothing to wait for",
    "global_on": "nodes would have to join or leave, or another one to become the cluster manager",
    "quorumReached_on": _QUORUM,
    "remount_events": _QUORUM,
    "space_interval": "a pool would have to be filled",
    "quota_repeat": "a quota would have to be passed",
    "log_launch": "no command of GPFS tells where its log is",
    "mount_repeat": "a callback would have to unmount what is just being unmounted, which may never end",
    "state_figures": "no callback depends on it",
    "no_quota_status": "no callback depends on it",
}
"""Switches of the emulator that no level can see, and why."""

UNSEEN_ANSWERS = {
    ("event_order", "shuffled"): "it is called delayed: one event alone does not tell them apart",
}
"""Answers of other switches that no level tells from another one, and why."""
