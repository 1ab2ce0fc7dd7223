"""Switches for a cluster that behaves as a real one has answered: the site file that the probe writes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from arcapix.fs.gpfs.emulator.errors import EmulatorError
from arcapix.fs.gpfs.emulator.releases import FORMATS, Release, parsed
from arcapix.fs.gpfs.emulator.switches import SWITCHES

_MOST_BYTES = 1 << 20
_OF_THE_MOMENT = frozenset({"lock_busy"})
"""What was seen of a lock says nothing about the next time."""


@dataclass(frozen=True)
class Likeness:
    """What a file says about a cluster.

    Attributes:
        switches: The answers that can be played.
        unplayed: The others, each as a sentence.
    """

    switches: Mapping[str, str]
    unplayed: tuple[str, ...]


def read(path: Path) -> Likeness:
    """Read a site file.

    Raises:
        EmulatorError: It is none.
        OSError: It cannot be read.
    """
    with open(path, "rb") as file:
        data = file.read(_MOST_BYTES)
    try:
        answers = {str(key): str(answer) for key, answer in json.loads(data)["answers"].items()}
    except (AttributeError, KeyError, TypeError, ValueError):
        raise EmulatorError(
            f"'{path}' is not a site file; arcapix-gpfs probe --save writes one on a cluster"
        ) from None
    chosen: dict[str, str] = {}
    unplayed: list[str] = []
    without: list[str] = []
    for key, answer in answers.items():
        switch = SWITCHES.get(key)
        if switch is None or key in _OF_THE_MOMENT:
            without.append(key)
        elif switch.accepts(answer):
            chosen[key] = answer
        elif key == "release":
            chosen[key] = _nearest(answer)
            unplayed.append(f"release {answer}; {chosen[key]} is played, the nearest that is known")
        else:
            unplayed.append(f"{key}={answer}, since the switch takes {', '.join(switch.values)}")
    if without:
        unplayed.append(f"{', '.join(without)}, which have no switch")
    return Likeness(chosen, tuple(unplayed))


def _nearest(release: str) -> str:
    """The newest release that can be played and is not newer; the oldest if all are newer."""
    try:
        wanted: Release = parsed(release)
    except ValueError:
        return SWITCHES["release"].default
    known = list(FORMATS)
    return next((one for one in reversed(known) if parsed(one) <= wanted), known[0])
