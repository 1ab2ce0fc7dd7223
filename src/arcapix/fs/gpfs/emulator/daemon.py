"""The process that a cluster lives in, apart from the shell that started it."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from pathlib import Path

from arcapix.fs.gpfs.emulator.emulator import Emulator
from arcapix.fs.gpfs.emulator.place import Place
from arcapix.fs.gpfs.emulator.server import Server
from arcapix.fs.gpfs.emulator.serving import ServingLock


def _close_inherited() -> None:
    """Close what the starting program left open: whoever reads a pipe that stays open waits for ever."""
    for name in [path.name for path in Path("/dev/fd").iterdir()]:
        if int(name) > 2:
            with contextlib.suppress(OSError):
                os.close(int(name))


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
    server = Server(Emulator.resume(Path(directory)))
    os.write(started, b"1")
    os.close(started)
    server.serve()
    sys.stderr.flush()
    # Without releasing the lock: whoever waits for it must not find this process still there.
    os._exit(0)
