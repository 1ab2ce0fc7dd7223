"""Whether the user that a function is to run as can run it on this machine, asked when it is installed."""

from __future__ import annotations

import ast
import os
import pwd
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..commands import process
from ..exceptions import GPFSError, GPFSExecuteException, GPFSNotInstalled, NotFound

__all__ = ["check"]

_TIME_LIMIT = 60.0
_IMPORTS = """
import sys
failed = []
for name in sys.argv[1:]:
    try:
        __import__(name)
    except BaseException as error:
        failed.append((name, getattr(error, "name", None) or name, f"{type(error).__name__}: {error}"))
    else:
        if getattr(sys.modules[name].__spec__, "origin", "") is None:
            # A folder that cannot be read passes for a package without __init__.py.
            failed.append((name, name, "it is empty"))
print("\\n" + ascii(failed))
"""
_PLACES = """
import importlib.util, sys
places = []
for name in sys.argv[1:]:
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        spec = None
    places.append(spec.origin if spec is not None and spec.has_location else None)
print("\\n" + ascii(places))
"""


def check(identifier: str, run_as: str, interpreter: str | None, modules: Iterable[str] = ()) -> list[str]:
    """Return what cannot be told here; refuse what cannot work.

    Args:
        identifier: The callback's.
        run_as: The user that its function is to run as.
        interpreter: The driver's, which root starts here as that user; None if it is not on this machine.
        modules: What the function imports.

    Raises:
        NotFound: There is no such user.
        GPFSError: The user cannot start the interpreter, or cannot read a module; the text says which folder
            is closed.
    """
    try:
        user = pwd.getpwnam(run_as)
    except KeyError:
        raise NotFound("user", run_as, (entry.pw_name for entry in pwd.getpwall())) from None
    if user.pw_uid == os.geteuid() or interpreter is None:
        return []
    if os.geteuid() != 0:
        return [
            f"callback {identifier!r} runs as {run_as!r} only where root starts the driver, as GPFS does; "
            f"whether {run_as!r} can run it cannot be told without root's rights"
        ]
    reader = _Reader(user)
    begun = f"callback {identifier!r} cannot run as {run_as!r}"
    try:
        with process.as_user(user.pw_uid, user.pw_gid, reader.groups):
            answer = _answer(interpreter, _IMPORTS, sorted(modules))
    except (GPFSNotInstalled, GPFSExecuteException) as error:
        reason = getattr(error.__context__, "strerror", None) or str(error)
        raise _no_interpreter(begun, interpreter, reader, reason) from error
    if answer.returncode != 0:
        said = answer.stderr.strip().splitlines() or [f"it ended with status {answer.returncode}"]
        raise _no_interpreter(begun, interpreter, reader, said[-1])
    failed = _read(answer)
    if not failed:
        return []
    doubts = []
    places = _read(_answer(interpreter, _PLACES, [missing for _, missing, _ in failed]))
    for (name, _, reason), place in zip(failed, places):
        if place is None:  # it is not there for anybody, which others warn of
            continue
        closed = reader.closed_to(place)
        if closed is not None:
            raise GPFSError(
                f"{begun}: its function needs {name}, and that user may not read {closed}; open that to the "
                "user, or install the module where every user can read it"
            )
        doubts.append(f"callback {identifier!r}: {run_as!r} cannot import {name} here: {reason}")
    return doubts


def _answer(interpreter: str, program: str, words: list[str]) -> process.Completed:
    return process.execute((interpreter, "-I", "-B", "-c", program, *words), timeout=_TIME_LIMIT)


def _read(answer: process.Completed) -> Any:
    """Return what a program has printed last, since imported modules may print, too."""
    return ast.literal_eval(answer.stdout.splitlines()[-1])


def _no_interpreter(begun: str, interpreter: str, reader: _Reader, reason: str) -> GPFSError:
    closed = reader.closed_to(interpreter) or reader.closed_to(os.path.realpath(interpreter))
    what = f"that user may not read {closed}" if closed is not None else reason
    return GPFSError(
        f"{begun}: {interpreter}, the driver's Python, does not start as that user, since {what}; open that "
        "to the user, or install the driver with a Python that every user can read, such as /usr/bin/python3"
    )


class _Reader:
    """A user, as the permissions of files know him.

    Access lists are not looked at: it is asked only what may have kept the user from a file, not whether.
    """

    def __init__(self, user: pwd.struct_passwd) -> None:
        self._user = user.pw_uid
        self.groups = os.getgrouplist(user.pw_name, user.pw_gid)

    def closed_to(self, file: str) -> Path | None:
        """Return the first folder on the way to a file that the user may not enter, or the file itself."""
        path = Path(file).absolute()
        for folder in reversed(path.parents):
            if not self._has(folder, os.X_OK):
                return folder
        return None if self._has(path, os.R_OK) else path

    def _has(self, path: Path, right: int) -> bool:
        try:
            status = path.stat()
        except OSError:
            return True
        shift = 6 if status.st_uid == self._user else 3 if status.st_gid in self.groups else 0
        return bool(status.st_mode >> shift & right)
