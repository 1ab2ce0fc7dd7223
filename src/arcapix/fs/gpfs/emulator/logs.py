"""The log of each node, like GPFS's own /var/adm/ras/mmfs.log.latest."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from arcapix.fs.gpfs.emulator import ownership
from arcapix.fs.gpfs.emulator.place import Place

LARGEST = 4 << 20
"""Bytes after which a log is put aside; one older log is kept."""


LOOKING = 0.2
"""Seconds between two looks at logs that are followed."""


class NodeLogs:
    """Writes lines such as ``2017-11-01_14:10:09.134+0900: [I] ...``."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._lock = threading.Lock()

    def write(self, label: str, text: str) -> None:
        """Add a line to the log of a node."""
        now = time.time()
        stamp = time.strftime("%Y-%m-%d_%H:%M:%S", time.localtime(now))
        zone = time.strftime("%z", time.localtime(now))
        path = self._place.log(label)
        with self._lock:
            with open(path, "a", encoding="utf-8", errors="surrogateescape", opener=ownership.closed) as file:
                file.write(f"{stamp}.{int(now * 1000) % 1000:03d}{zone}: {text}\n")
                size = file.tell()
            if size > LARGEST:
                path.replace(_previous(path))


def _previous(path: Path) -> Path:
    return path.with_suffix(".log.previous")


def read(place: Place, label: str) -> list[str]:
    """The lines in the log of a node."""
    return LogReader(place.log(label)).lines()


def follow(place: Place, label: str | None = None) -> Iterator[str]:
    """The lines of a node, or of all by time behind the node's name, and then each as it is written.

    It ends with the cluster: when that is destroyed, or its folder removed or replaced.
    """
    own = _identity(place)
    readers: dict[str, LogReader] = {}
    while _identity(place) == own:
        for name in [label] if label else sorted(path.name for path in place.nodes.glob("*")):
            readers.setdefault(name, LogReader(place.log(name)))
        lines = [(line, name) for name, reader in readers.items() for line in reader.lines()]
        for line, name in sorted(lines, key=lambda pair: pair[0].partition(" ")[0]):
            yield line if label else f"{name}: {line}"
        if not lines:
            time.sleep(LOOKING)


def _identity(place: Place) -> int | None:
    """What tells a cluster from another one in its place; None without one."""
    try:
        return place.directory.stat().st_ino if place.state.exists() else None
    except FileNotFoundError:
        return None


@dataclass
class LogReader:
    """Reads a log on from where it stopped, also when that has been put aside meanwhile."""

    path: Path
    _inode: int = 0
    _read: int = 0

    def lines(self) -> list[str]:
        """The whole lines that came since the last look."""
        try:
            status = self.path.stat()
            if (status.st_ino, status.st_size) == (self._inode, self._read):
                return []
            with self.path.open("rb") as file:
                inode = os.fstat(file.fileno()).st_ino
                rest = [] if inode == self._inode else self._rest_of_previous()
                if inode != self._inode:
                    self._inode, self._read = inode, 0
                return rest + self._lines_of(file)
        except FileNotFoundError:
            return []

    def _rest_of_previous(self) -> list[str]:
        try:
            with _previous(self.path).open("rb") as file:
                return self._lines_of(file) if os.fstat(file.fileno()).st_ino == self._inode else []
        except FileNotFoundError:
            return []

    def _lines_of(self, file: BinaryIO) -> list[str]:
        file.seek(self._read)
        whole, end, _ = file.read().rpartition(b"\n")
        self._read += len(whole + end)
        return (whole + end).decode(errors="replace").split("\n")[:-1]
