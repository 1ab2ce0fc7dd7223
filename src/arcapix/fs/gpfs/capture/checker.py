"""The program that `check` starts: rebuilds captured callables, and reports how that went.

Run as ``python -IS checker.py JOB``; the job is a marshal document, the answer one line of JSON. It needs
nothing but the standard library and this package. What the user's modules print while they are imported goes
to standard error.
"""

from __future__ import annotations

import json
import marshal
import os
import sys
from typing import Any


def main(job_path: str) -> None:
    """Do the job, and write the answer to standard output."""
    answer_to = os.dup(1)
    os.dup2(2, 1)
    with open(job_path, "rb") as file:
        job = marshal.loads(file.read())
    import site

    # As the driver does when an import fails: site-packages with their .pth files.
    site.main()
    sys.path.append(job["root"])
    answer = {
        "version": sys.version_info[:2],
        "results": [_result(job, *item) for item in job["items"]],
    }
    os.write(answer_to, json.dumps(answer).encode() + b"\n")
    # Threads and exit functions of imported modules do not concern us.
    sys.stderr.flush()
    os._exit(0)


def _result(
    job: dict[str, Any], name: str, form: str, body: bytes, expected: Any, imports: Any
) -> dict[str, Any]:
    from arcapix.fs.gpfs.driver.rebuild import rebuild

    missing = [module for module in imports if not _is_there(module)]
    try:
        function, plan = rebuild(body, form)
        difference = (
            _difference(job, name, function, plan, expected) if job["compare"] and form == "source" else ""
        )
    except ImportError as error:
        return {"failed": f"{type(error).__name__}: {error}", "import": error.name or "", "missing": missing}
    except BaseException as error:
        # A class of the user's or an imported module may raise anything, SystemExit included.
        return {"failed": f"{type(error).__name__}: {error}", "missing": missing}
    return {"differs": difference, "missing": missing}


def _is_there(module: str) -> bool:
    from importlib.util import find_spec

    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def _difference(job: dict[str, Any], name: str, function: object, plan: object, expected: Any) -> str:
    """Capture what was rebuilt; return the name of the first thing that differs, or an empty text."""
    from arcapix.fs.gpfs.capture.fingerprint import fingerprint
    from arcapix.fs.gpfs.capture.nodes import CALLABLE, Path
    from arcapix.fs.gpfs.capture.references import Places, References
    from arcapix.fs.gpfs.capture.walk import Walk, no_text

    walk = Walk(name, References(Places(tuple(job["folders"]))), no_text)
    walk.entry(function, CALLABLE)
    walk.entry(plan, Path("parms"))
    walk.run()
    found = fingerprint(walk)
    for ours, theirs in zip(expected, found):
        if tuple(ours) != theirs:
            return str(ours[0])
    return "" if len(expected) == len(found) else "number of objects"


if __name__ == "__main__":
    main(sys.argv[1])
