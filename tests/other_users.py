"""Whether a test can give files to other users: as root, and where a user namespace has numbers for them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def _all_numbers() -> bool:
    """Whether the numbers that tests give files to belong to anybody in this namespace."""
    ranges = [line.split() for line in Path("/proc/self/uid_map").read_text().splitlines()]
    return any(int(first) == 0 and int(count) > 65534 for first, _, count in ranges)


CAN_GIVE_AWAY = os.geteuid() == 0 and _all_numbers()

needs_giving_away = pytest.mark.skipif(
    not CAN_GIVE_AWAY, reason="only root can give files away, and only to users of its namespace"
)
