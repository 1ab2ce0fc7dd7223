"""Captures many cases, as an installer would; run in a new process of the interpreter in question.

``python -IS install_cases.py JOB ANSWER``: the job names the folders and the cases.
"""

from __future__ import annotations

import contextlib
import marshal
import os
import site
import sys
import types
import warnings


def main(job_path: str, answer_path: str) -> None:
    with open(job_path, "rb") as file:
        job = marshal.load(file)
    site.main()
    sys.path += [job["root"], job["modules"]]
    warnings.simplefilter("ignore")
    answers = {}
    captured = {}
    for name, options, text in job["cases"]:
        answers[name] = _install(job["folder"], name, options, text, captured)
    _verify(answers, captured)
    with open(answer_path, "wb") as file:
        marshal.dump({"version": sys.version_info[:2], "answers": answers}, file, 2)


def _install(folder, name, options, text, captured):
    from arcapix.fs.gpfs import capture
    from arcapix.fs.gpfs.exceptions import CaptureError

    path = os.path.join(folder, name, f"{name}.py")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="latin-1" if name == "latin1" else "utf-8", newline="") as file:
        file.write(text)
    for own in [name for name in sys.modules if name.startswith("own")]:
        del sys.modules[own]
    module = types.ModuleType("__main__" if "main" in options else f"case_{name}")
    module.__file__ = path
    sys.modules[f"case_{name}"] = module
    try:
        with open(path, "rb") as file:
            exec(compile(file.read(), path, "exec", dont_inherit=True), module.__dict__)
    except (SyntaxError, ImportError, AttributeError) as error:
        return {"outcome": "not here", "why": f"{type(error).__name__}: {error}"}
    try:
        found = capture.capture(module.target)
    except CaptureError as error:
        return {"outcome": "refused", "why": str(error)}
    captured[name] = (found, module)
    return {
        "outcome": found.form,
        "body": found.body,
        "minimum": found.minimum,
        "warnings": found.warnings,
        "arguments": marshal.dumps(module.ARGS, 2),
    }


def _verify(answers, captured):
    """Check all in one process, or each by itself where one of them is refused."""
    from arcapix.fs.gpfs import capture
    from arcapix.fs.gpfs.exceptions import CaptureError

    checked = {}
    with contextlib.suppress(CaptureError):  # which one, and why, is found out below
        checked = dict(zip(captured, capture.verify(*(found for found, _ in captured.values()))))
    for name, (found, module) in captured.items():
        try:
            result = checked.get(name) or capture.verify(found)[0]
        except CaptureError as error:
            answers[name] = {"outcome": "refused", "why": str(error)}
            continue
        if result is not found:
            answers[name].update(outcome=result.form, body=result.body, warnings=result.warnings)
        try:
            wanted = repr(module.target(*module.ARGS))
        except Exception as error:
            wanted = f"{type(error).__name__}: {error}"
        answers[name]["wanted"] = wanted


if __name__ == "__main__":
    main(*sys.argv[1:])
