"""The executables below a cluster's folder."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path

from arcapix.fs.gpfs.emulator import client, ownership, whole_file
from arcapix.fs.gpfs.emulator.command import COMMANDS
from arcapix.fs.gpfs.emulator.place import FIRST_LINE, Place
from arcapix.fs.gpfs.emulator.registry import UNEMULATED

_CLIENT = """\
#!{launcher}{interpreter} -ISXutf8
import _signal, sys
if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:
    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)  # ends it without a traceback, as it ends a shell script
_signal.pthread_sigmask(_signal.SIG_UNBLOCK, [_signal.SIGINT])
sys.path[:0] = [{libexec!r}]
import mmclient
sys.exit(mmclient.{function}({directory!r}, sys.argv))
"""

_DAEMON = """\
#!{interpreter} -IS
import sys
sys.path[:0] = [{source!r}]
from arcapix.fs.gpfs.emulator import daemon
sys.exit(daemon.main({directory!r}))
"""


def install(place: Place) -> None:
    """Write the programs of a cluster: one client under all names of commands, remote shell and copy."""
    ownership.make_folder(place.libexec / "__pycache__", 0o755)  # before a client makes it with its umask
    _write(place.libexec / "mmclient.py", Path(client.__file__).read_text())
    source = Path(__file__).resolve().parents[4]
    values = {
        "launcher": _launcher(),
        "interpreter": sys.executable,
        "libexec": str(place.libexec),
        "directory": str(place.directory),
        "source": str(source),
    }
    _write(place.libexec / "mm", _CLIENT.format(**values, function="run"))
    _write(place.libexec / "ssh", _CLIENT.format(**values, function="remote_shell"))
    _write(place.libexec / "scp", _CLIENT.format(**values, function="remote_copy"))
    _write(place.libexec / "daemon", _DAEMON.format(**values))
    _link(place, {*COMMANDS, *UNEMULATED})


@cache
def _launcher() -> str:
    """What stands before the interpreter in a first line: SIGINT waits until the client can end of it.

    While Python starts it would print a traceback, or overlook the signal. It is "" where env cannot hold
    signals back (coreutils before 8.31), or where the line would be too long.
    """
    words = ["/usr/bin/env", "-S", "--block-signal=INT"]
    line = f"#!{' '.join(words)} {sys.executable} -ISXutf8"
    if len(line) > FIRST_LINE or not re.fullmatch(r"[\w./+-]+", sys.executable):
        return ""
    try:
        done = subprocess.run([*words, sys.executable, "-IS", "-c", ""], capture_output=True, check=False)
    except OSError:
        return ""
    return "" if done.returncode else f"{' '.join(words)} "


def _write(path: Path, text: str) -> None:
    """Replace a program whole, and only if it differs: somebody may be starting it at this moment."""
    if path.exists() and path.read_text() == text:
        return
    whole_file.replace(path, text.encode(), 0o755, durable=False)


def _link(place: Place, names: Iterable[str]) -> None:
    program, folder = place.libexec / "mm", str(place.bin)
    inode = program.stat().st_ino
    there = {entry.name: entry.inode() for entry in os.scandir(folder)}
    wanted = {name for name in names if there.get(name) != inode}
    for name in set(there) & wanted | set(there) - set(names):
        Path(folder, name).unlink(missing_ok=True)
    for name in wanted:
        with suppress(FileExistsError):
            os.link(program, f"{folder}/{name}")
