"""Shows what a function raised. Loaded only when something failed."""

from __future__ import annotations

import traceback


def render(error: BaseException) -> str:
    """Return the text of a traceback, without the frames of the driver that lead to the user's."""
    summary = traceback.TracebackException.from_exception(error)
    _leave_out_own_frames(summary)
    return "".join(summary.format())


def _leave_out_own_frames(summary: traceback.TracebackException) -> None:
    """Leave out the driver's own frames at the beginning, if there are others; in the causes too."""
    own = __file__.rpartition("/")[0]
    count = 0
    while count < len(summary.stack) and summary.stack[count].filename.rpartition("/")[0] == own:
        count += 1
    if count < len(summary.stack):
        del summary.stack[:count]
    for inner in (summary.__cause__, summary.__context__, *(summary.exceptions or ())):
        if inner is not None:
            _leave_out_own_frames(inner)
