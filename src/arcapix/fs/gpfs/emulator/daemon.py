"""The process that a cluster lives in, apart from the shell that started it."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from pathlib import Path

from arcapix.fs.gpfs.emulator.emulator import Emulator
from arcapix.fs.gpfs.emulator.place import Place
from arcapix.fs.gpfs.emulator.runs import Runs
from arcapix.fs.gpfs.emulator.server import Server
from arcapix.fs.gpfs.emulator.serving import ServingLock

LOOKING = 0.5
"""Seconds between two looks whether the folder of the cluster is there."""


def _close_inherited() -> None:
    """Close what the starting program left open: whoever reads a pipe that stays open waits for ever."""
    for name in [path.name for path in Path("/dev/fd").iterdir()]:
        if int(name) > 2:
            with contextlib.suppress(OSError):
                os.close(int(name))


def _folder(directory: str) -> tuple[int, int] | None:
    """Which folder stands at a path now; None if none does."""
    try:
        found = Path(directory).stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.st_dev, found.st_ino


def _end_with_folder(directory: str, runs: Runs) -> None:
    """Wait until the folder of the cluster is gone, then end its processes: nobody could reach or stop them.

    Nothing is removed: another cluster may have been made at the same path.
    """
    own = _folder(directory)
    while (now := _folder(directory)) == own:
        time.sleep(LOOKING)
    if now is None:
        runs.close()
    else:
        runs.abandon()
    os._exit(0)


def main(directory: str) -> int:
    """Go into the background with the cluster of a folder; returns, in the foreground, when it listens."""
    _close_inherited()
    ready, started = os.pipe()
    child = os.fork()
    if child:
        os.close(started)
        answer = os.read(ready, 1)
        return 0 if answer else 1
    os.close(ready)
    os.setsid()
    os.chdir("/")
    os.umask(0o022)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    lock = ServingLock(Place(Path(directory)))
    if not lock.take():
        print(f"the cluster in {directory} is served by another process already", file=sys.stderr)
        os.write(started, b"1")
        return 0
    emulator = Emulator.resume(Path(directory))
    threading.Thread(target=_end_with_folder, args=(directory, emulator.runs), daemon=True).start()
    server = Server(emulator)
    os.write(started, b"1")
    os.close(started)
    server.serve()
    sys.stderr.flush()
    # Without releasing the lock: whoever waits for it must not find this process still there.
    os._exit(0)
