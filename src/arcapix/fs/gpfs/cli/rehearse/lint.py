"""``arcapix-gpfs lint``: what is wrong with the handlers in files, without running anything."""

from __future__ import annotations

from pathlib import Path

import click

from ...administration.lint.linter import Finding, NoPython
from ...administration.lint.linter import lint as lint_file
from ..terminal import print_error, print_json, print_line


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="A JSON array.")
@click.pass_context
def lint(context: click.Context, files: tuple[Path, ...], as_json: bool) -> None:
    """Find what is wrong with the handlers in files, by reading.

    Nothing of a file runs, nor is it imported. Handlers are the functions that a file installs, and those
    whose parameters are variables of GPFS, with the functions of the file that they use. The rules are in
    docs/reference/lint.md; `# noqa: GP301` at the end of a line silences that one there. The status is 1 if
    something is found, and 2 if a file is no Python.

    \b
    Examples:
      arcapix-gpfs lint alert.py
      arcapix-gpfs lint handlers/*.py --json
    """
    findings: list[Finding] = []
    problems: list[str] = []
    handlers = 0
    for file in files:
        try:
            report = lint_file(file)
        except NoPython as error:
            problems.append(str(error))
            continue
        findings += report.findings
        handlers += report.handlers
    if as_json:
        print_json([finding.fields() for finding in findings], indent=2)
    else:
        for finding in findings:
            print_line(str(finding))
    for problem in problems:
        print_error(problem)
    if problems:
        context.exit(NoPython.exit_status)
    if findings:
        context.exit(1)
    if not as_json:
        found = "no handlers found" if not handlers else f"nothing found in {handlers} handlers"
        print_line(found.removesuffix("s") if handlers == 1 else found, err=True)
