"""Shows what a function raised. Loaded only when something failed."""

from __future__ import annotations

import traceback


def render(error: BaseException) -> str:
    """Return the text of a traceback, without the frames of the driver that lead to the user's."""
    summary = traceback.TracebackException.from_exception(error)
    _leave_out_own_frames(summary)
    return "".join(summary.format())


def load() -> None:
    """Load what the library would load while it shows a traceback, which may not be readable by then."""
    import tokenize  # noqa: F401
    import unicodedata  # noqa: F401


def _leave_out_own_frames(summary: traceback.TracebackException) -> None:
    """Leave out the driver's own frames at the beginning, if there are others; in the causes too."""
    own = __file__.rpartition("/")[0]
    waiting = [summary]
    while waiting:
        shown = waiting.pop()
        count = 0
        while count < len(shown.stack) and shown.stack[count].filename.rpartition("/")[0] == own:
            count += 1
        if count < len(shown.stack):
            del shown.stack[:count]
        causes = (shown.__cause__, shown.__context__, *(shown.exceptions or ()))
        waiting += [cause for cause in causes if cause is not None]
