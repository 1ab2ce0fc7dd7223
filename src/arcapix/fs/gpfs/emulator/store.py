"""The cluster on disk: one file, replaced whole, so that it holds the last complete state at any moment."""

from __future__ import annotations

import os
from pathlib import Path

from arcapix.fs.gpfs.emulator.errors import EmulatorError
from arcapix.fs.gpfs.emulator.model import State, from_json, to_json


class Store:
    """Saves and loads a cluster.

    Args:
        path: The file.
        durable: Wait until the disk has it; without, a power cut can lose it, but kill -9 cannot.
    """

    def __init__(self, path: Path, *, durable: bool = True) -> None:
        self.path = path
        self.durable = durable

    def save(self, state: State) -> None:
        """Replace the saved cluster; the old one stays until the new one is complete."""
        data = to_json(state)
        temporary = self.path.with_suffix(".new")
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(data)
            if self.durable:
                file.flush()
                os.fsync(file.fileno())
        temporary.replace(self.path)
        if self.durable:
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def load(self) -> State:
        """Read the saved cluster.

        Raises:
            EmulatorError: There is none, or it was made by another version.
        """
        try:
            return from_json(self.path.read_bytes())
        except FileNotFoundError:
            raise EmulatorError(f"no emulated cluster in '{self.path.parent}'") from None
        except (ValueError, KeyError, TypeError) as error:
            raise EmulatorError(
                f"'{self.path}' holds no cluster that this version can read: {error}"
            ) from None
