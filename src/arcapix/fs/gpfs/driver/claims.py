"""Who works at what: a process that works at an event, or delivers those of the node, has a claim to that.

A claim is a POSIX lock on one byte of a file. It ends with its process, however that ends, and no process
that it starts has it.
"""

from __future__ import annotations

import posix

from . import own_files

DELIVERER = "deliverer of "
"""The claim to deliver whatever waits on a node, whose name stands behind it."""

_PRIME = (1 << 40) - 87
"""Every file system can count bytes up to here."""


class Claims:
    """The claims in the state folder of a driver.

    Only one object of a process may be in use: where it closes the file, its claims end.

    Args:
        folder: Where the file of accepted events is.

    Raises:
        OSError: The file of claims cannot be used.
    """

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.descriptor = own_files.open_file(f"{folder}/claims", posix.O_RDWR | posix.O_CREAT)

    def close(self) -> None:
        """Give up all claims."""
        posix.close(self.descriptor)

    def take(self, event: str) -> bool:
        """Claim an event, and tell whether that was possible: no other process has a claim to it."""
        return self._lock(posix.F_TLOCK, event)

    def is_free(self, event: str) -> bool:
        """Tell whether no other process has a claim to an event."""
        return self._lock(posix.F_TEST, event)

    def release(self, event: str) -> None:
        """Give up a claim."""
        self._lock(posix.F_ULOCK, event)

    def _lock(self, what: int, event: str) -> bool:
        posix.lseek(self.descriptor, int.from_bytes(event.encode(), "little") % _PRIME, 0)
        try:
            posix.lockf(self.descriptor, what, 1)
        except (BlockingIOError, PermissionError):
            return False
        return True
