"""The cluster on disk: one file, replaced whole, so that it holds the last complete state at any moment."""

from __future__ import annotations

from pathlib import Path

from arcapix.fs.gpfs.emulator import whole_file
from arcapix.fs.gpfs.emulator.errors import EmulatorError
from arcapix.fs.gpfs.emulator.model import State, from_json, to_json


class Store:
    """Saves and loads a cluster.

    Args:
        path: The file.
        durable: Wait until the disk has it; otherwise a power cut can lose it, but kill -9 cannot.
    """

    def __init__(self, path: Path, *, durable: bool = True) -> None:
        self.path = path
        self.durable = durable

    def save(self, state: State) -> None:
        """Replace the saved cluster; the old one stays until the new one is complete."""
        whole_file.replace(self.path, to_json(state), 0o600, durable=self.durable)

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
