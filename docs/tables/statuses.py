"""Exit statuses of the command line, from the errors that state them."""

from __future__ import annotations

import inspect

from arcapix.fs.gpfs import exceptions

from .markdown import code, first_sentence, prose, table


def command_line() -> str:
    """Status -> the errors that end with it."""
    rows = [("0", "", "Success.")]
    classes = [
        error
        for name in exceptions.__all__
        if inspect.isclass(error := getattr(exceptions, name)) and issubclass(error, exceptions.GPFSError)
    ]
    for error in sorted(classes, key=lambda error: (error.exit_status, classes.index(error))):
        when = (
            "Anything else." if error is exceptions.GPFSError else prose(first_sentence(error.__doc__ or ""))
        )
        rows.append((str(error.exit_status), code(error.__name__), when))
    return table(("status", "error", "when"), rows)
