"""Any mm command, for handlers and programs: those for which the package has no class or method."""

from __future__ import annotations

import os
import re

from . import process
from .environment import BIN
from .misuse import entry_point
from .process import CHANGE_LIMIT, START_STOP_LIMIT, Completed

__all__ = ["Completed", "run_command"]

_NAME = re.compile(r"mm[A-Za-z0-9]+")
_SLOW = {"mmmount", "mmshutdown", "mmstartup", "mmumount", "mmunmount"}


@entry_point
def run_command(name: str, *arguments: str | os.PathLike[str], timeout: float | None = None) -> Completed:
    """Run an mm command once and insist on success.

    It is looked for where all mm commands are, in ``$ARCAPIX_GPFS_BIN``, else in ``/usr/lpp/mmfs/bin``, and
    never in ``PATH``. No shell reads the words. It gets the C locale and no standard input, so a command that
    asks a question fails; give it the option that answers. Nothing is repeated, not even when GPFS's lock is
    busy: whether that is safe depends on the command.

    ::

        >>> from arcapix.fs.gpfs import run_command
        >>> print(run_command("mmlsmount", "mmfs1").stdout, end="")
        File system mmfs1 is mounted on 3 nodes.

    Args:
        name: The command, such as ``"mmlsquota"``, without a directory.
        *arguments: Its arguments, one word each. One that begins with ``-`` is taken for an option, wherever
            it comes from.
        timeout: Seconds; ``math.inf`` for no limit. None: 300, and 600 to mount, unmount, start and stop.
            Commands that move data, such as ``mmrestripefs``, need more. At the limit the command and
            everything that it started are ended; what it has changed by then stays.

    Returns:
        The command line, exit status and output.

    Raises:
        GPFSExecuteException: The status is not 0, or the output says "Command failed"; or it did not end in
            time, and ``returncode`` is None. ``stdout`` and ``stderr`` hold all that was printed.
        GPFSNotInstalled: There are no mm commands.
        TypeError: The name or an argument is not text.
        ValueError: It is not the name of an mm command, or the limit is not a positive number.
    """
    _check_name(name)
    for argument in arguments:
        if not isinstance(argument, str | os.PathLike):
            raise TypeError(f"{name}: argument {argument!r} is not text; give {str(argument)!r}")
    if timeout is None:
        timeout = START_STOP_LIMIT if name in _SLOW else CHANGE_LIMIT
    elif not timeout > 0:
        raise ValueError(f"{name}: timeout={timeout!r} is not a positive number of seconds")
    return process.run(name, *[os.fspath(argument) for argument in arguments], timeout=timeout)


def _check_name(name: object) -> None:
    """Refuse anything but a bare name: handlers run as root, and a word may come from a user."""
    if not isinstance(name, str):
        call = ", ".join(map(repr, name)) if isinstance(name, list | tuple) else "'mmlsfs', 'mmfs1'"
        raise TypeError(f"{name!r} is not text; give each word as an argument: run_command({call})")
    if _NAME.fullmatch(name):
        return
    *_, last = name.split("/")
    if last != name and _NAME.fullmatch(last):
        mend = f"give {last!r} alone; {BIN} says which directory it is in"
    elif _NAME.match(name) and len(words := name.split()) > 1:
        mend = f"give each word as an argument: run_command({', '.join(map(repr, words))})"
    else:
        mend = "those begin with 'mm'; use subprocess for other programs"
    raise ValueError(f"{name!r} is not the name of an mm command: {mend}")
