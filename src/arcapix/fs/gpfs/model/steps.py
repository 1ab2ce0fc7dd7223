"""Several commands for one call: where one fails, the ones before it stay and the message says which."""

from __future__ import annotations

from collections.abc import Callable

from ..exceptions import GPFSExecuteException

__all__ = ["Step", "take"]

Step = tuple[str, Callable[[], None]]
"""What is done, in a few words, and the doing of it."""


def take(*steps: Step) -> None:
    """Do steps in order, and stop at the first that fails.

    Raises:
        GPFSExecuteException: That of the failed command; its note says what was done before.
    """
    done: list[str] = []
    for what, do in steps:
        try:
            do()
        except GPFSExecuteException as error:
            if not done:
                raise
            note = "; ".join(filter(None, [error.note, f"done before it, and kept: {', '.join(done)}"]))
            raise GPFSExecuteException(
                error.argv, error.returncode, error.stdout, error.stderr, note=note
            ) from error
        done.append(what)
