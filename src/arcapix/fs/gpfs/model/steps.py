"""Several commands for one call: if one fails, those before it stand, and the message says which they are."""

from __future__ import annotations

from collections.abc import Callable

from ..exceptions import GPFSExecuteException

__all__ = ["Step", "take"]

Step = tuple[str, Callable[[], None]]
"""What is done, in a few words, and the function that does it."""


def take(*steps: Step) -> None:
    """Do steps in order, and stop at the first that fails.

    Raises:
        GPFSExecuteException: The failed command's; its note says what was done before.
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
            ) from None
        done.append(what)
