"""Asking a listing command for its ``-Y`` form, and for the plain one where a release has no ``-Y``."""

from __future__ import annotations

import re

from ..exceptions import GPFSExecuteException
from . import process
from .yformat import Listing, parse

__all__ = ["rows", "rows_if_any", "rows_or_text"]

_USAGE = re.compile(
    r"^\s*usage:"
    r"|\b(?:invalid|incorrect|illegal|unknown|unrecogni[sz]ed|unexpected) (?:option|argument|parameter)",
    re.IGNORECASE | re.MULTILINE,
)
_FAILED = re.compile(r"\bCommand failed\b", re.IGNORECASE)


class _Memory:
    """The commands that answered only in the plain form, for as long as the same runner answers."""

    def __init__(self) -> None:
        self.runner: process.Runner | None = None
        self.plain: set[tuple[str, str]] = set()

    def of_this_cluster(self) -> set[tuple[str, str]]:
        if self.runner is not process.runner():
            self.runner, self.plain = process.runner(), set()
        return self.plain


_memory = _Memory()


def rows(command: str, *arguments: str, timeout: float = process.LIST_LIMIT) -> Listing:
    """Run a listing command whose arguments ask for ``-Y``, and read its rows."""
    return parse(process.run(command, *arguments, timeout=timeout, expect_header=True).stdout, command)


def rows_or_text(
    command: str, *arguments: str, plain: tuple[str, ...], timeout: float = process.LIST_LIMIT
) -> Listing | str:
    """Run a listing command in its ``-Y`` form, or in its plain form where that is all there is.

    It takes one command, or two for the first time on a release without ``-Y``.

    Args:
        command: The command.
        *arguments: Its arguments with ``-Y``.
        plain: Its arguments without.
        timeout: Seconds, for each.

    Returns:
        The rows, or the plain text.
    """
    found = rows_if_any(command, *arguments, timeout=timeout)
    if found is not None:
        return found
    text = process.run(command, *plain, timeout=timeout).stdout
    _memory.of_this_cluster().add((process.directory(), command))
    return text


def rows_if_any(command: str, *arguments: str, timeout: float = process.LIST_LIMIT) -> Listing | None:
    """Run a listing command in its ``-Y`` form, and read its rows; None if this release has no such form."""
    if (process.directory(), command) in _memory.of_this_cluster():
        return None
    try:
        return rows(command, *arguments, timeout=timeout)
    except GPFSExecuteException as error:
        if not _lacks_rows(error):
            raise
    return None


def _lacks_rows(error: GPFSExecuteException) -> bool:
    """Whether it failed because of ``-Y``, not because of what was asked for."""
    both = f"{error.stdout}\n{error.stderr}"
    if error.returncode == 0:
        return not _FAILED.search(both)
    return error.returncode is not None and bool(_USAGE.search(both))
