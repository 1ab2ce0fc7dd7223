"""Rebuilds captured cases and calls them, as the driver would; run as ``python -IS call_cases.py JOB ANSWER``."""

from __future__ import annotations

import marshal
import site
import sys


def main(job_path: str, answer_path: str) -> None:
    with open(job_path, "rb") as file:
        job = marshal.load(file)
    package = type(sys)("arcapix_driver")
    package.__path__ = [job["driver"]]
    sys.modules["arcapix_driver"] = package
    site.main()
    from arcapix_driver.rebuild import rebuild

    answers = {}
    for name, form, body, arguments in job["cases"]:
        codes = None
        try:
            if job["codes"] and form == "source":
                codes = []
                rebuild(body, form, compiled=codes)
                codes = marshal.loads(marshal.dumps(codes))
            function, _ = rebuild(body, form, codes)
            answers[name] = repr(function(*marshal.loads(arguments)))
        except Exception as error:
            answers[name] = f"{type(error).__name__}: {error}"
    with open(answer_path, "wb") as file:
        marshal.dump(answers, file, 2)


if __name__ == "__main__":
    main(*sys.argv[1:])
