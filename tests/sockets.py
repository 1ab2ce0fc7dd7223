"""Sockets in the file system, for tests of what stands in the place of a file."""

from __future__ import annotations

import os
import socket
from pathlib import Path


def make_socket(path: Path) -> None:
    """Make a socket that nobody listens at."""
    with socket.socket(socket.AF_UNIX) as end:
        here = os.open(path.parent, os.O_RDONLY)  # the whole path may be too long for a socket
        try:
            end.bind(f"/proc/self/fd/{here}/{path.name}")
        finally:
            os.close(here)
