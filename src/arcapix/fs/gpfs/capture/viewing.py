"""Shows what a body holds, in a process with limits: whoever may register a callback may write any body.

A few bytes can stand for gigabytes, as a length or as what they are compressed from, and a text can be nested
so deeply that it ends the interpreter that reads it.
"""

from __future__ import annotations

import json
import marshal
import sys
import tempfile
from pathlib import Path
from typing import Any

from ..commands import process
from ..exceptions import GPFSError
from . import viewer
from .description import Description
from .step_texts import ShownUnit

__all__ = ["view"]

_TIME_LIMIT = 60.0


def view(body: str, form: str) -> Description:
    """Return what the body of a token holds.

    Args:
        body: Its text.
        form: ``"source"`` or ``"bytecode"``.

    Raises:
        GPFSError: It is none of ours, or reading it takes more than anything of ours.
    """
    # A file without a name: whoever is killed leaves nothing behind.
    with tempfile.TemporaryFile() as file, process.holding(file.fileno()):
        file.write(marshal.dumps({"path": [str(folder) for folder in sys.path], "body": body, "form": form}))
        file.flush()
        argv = (sys.executable, "-P", str(Path(viewer.__file__)), f"/proc/self/fd/{file.fileno()}")
        completed = process.execute(argv, timeout=_TIME_LIMIT)
    if completed.returncode != 0:
        said = (completed.stderr.strip().splitlines() or [f"status {completed.returncode}"])[-1]
        raise GPFSError(f"what was captured is not shown: it is none of ours, or takes too much: {said}")
    return _description(completed.stdout)


def _description(answer: str) -> Description:
    fields: dict[str, Any] = json.loads(answer)
    return Description(
        tuple(fields["statements"]),
        tuple(ShownUnit(**unit) for unit in fields["units"]),
        tuple((name, text) for name, text in fields["values"]),
        tuple(fields["steps"]),
    )
