"""What the last reconcile found on this node: how each thing was, by callback; a file in the state folder."""

from __future__ import annotations

import json
import time
from collections.abc import Collection
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from ...deployment import whole_file

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Known", "Memory"]

_MOST_BYTES = 1 << 28
_KEPT_SECONDS = 365 * 86_400


class Known(NamedTuple):
    """How something was, and when that was so; seconds since 1970."""

    state: str
    moment: float


class Memory:
    """What is remembered from one reconcile to the next.

    Args:
        path: The file. One that is missing or damaged holds nothing.

    Raises:
        OSError: It cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, dict[str, Known]] = {}
        with suppress(FileNotFoundError, ValueError, TypeError, AttributeError):
            held = json.loads(whole_file.read(path, _MOST_BYTES)[0])
            self._known = {
                callback: {name: Known(str(state), float(moment)) for name, (state, moment) in things.items()}
                for callback, things in held.items()
            }

    def get(self, callback: str, name: str) -> Known | None:
        """Return how a thing was when a callback was last looked after."""
        return self._known.get(callback, {}).get(name)

    def put(self, callback: str, name: str, known: Known) -> None:
        """Remember how a thing is."""
        self._known.setdefault(callback, {})[name] = known

    def save(self, callbacks: Collection[str]) -> None:
        """Write what is remembered of these callbacks, and of nothing that was not seen for a year.

        Raises:
            OSError: It cannot be written; then the file is as it was.
        """
        oldest = time.time() - _KEPT_SECONDS
        kept = {
            callback: {name: known for name, known in things.items() if known.moment > oldest}
            for callback, things in self._known.items()
            if callback in callbacks
        }
        with (
            whole_file.tidied(self._path.parent, self._path.name),
            whole_file.written(self._path, json.dumps(kept).encode(), 0o600) as new,
        ):
            new.replace(self._path)
