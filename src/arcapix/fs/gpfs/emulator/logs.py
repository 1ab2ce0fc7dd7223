"""The log of each node, like GPFS's own /var/adm/ras/mmfs.log.latest."""

from __future__ import annotations

import threading
import time

from arcapix.fs.gpfs.emulator import ownership
from arcapix.fs.gpfs.emulator.place import Place

LARGEST = 4 << 20
"""Bytes after which a log is put aside; one older log is kept."""


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
                path.replace(path.with_suffix(".log.previous"))
