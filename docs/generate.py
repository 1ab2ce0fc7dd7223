"""Writes the tables of the reference pages, and the layout in ARCHITECTURE.md, from the code.

usage: generate.py [--check]

A page is written by hand except for its regions, which lie between ``<!-- generated: NAME -->`` and
``<!-- end of generated -->``; only these are replaced. With --check nothing is written: stale pages are
named, and the status is 1.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from tables import catalogue, commands, emulator, environment, layout, lint, probe, python_api, statuses

Regions: TypeAlias = Mapping[str, Callable[[], str]]

PAGES: Mapping[str, Regions] = {
    "../ARCHITECTURE.md": {
        "layout": layout.layout,
    },
    "reference/commands.md": {
        "options": commands.options,
        "overview": commands.overview,
        "commands": commands.commands,
    },
    "reference/emulator.md": {
        "commands": emulator.commands,
        "unemulated": emulator.unemulated,
        "causes": emulator.causes,
        "events": emulator.events,
        "variables": emulator.variables,
        "switches": emulator.switches,
        "messages": emulator.messages,
    },
    "reference/environment.md": {
        "variables": environment.variables,
    },
    "reference/events.md": {
        "summary": catalogue.summary,
        "events": catalogue.events,
        "not events": catalogue.not_events,
        "variables": catalogue.variables,
        "sources": catalogue.sources,
    },
    "reference/lint.md": {
        "rules": lint.rules,
        "examples": lint.examples,
    },
    "reference/probe.md": {
        "questions": probe.questions,
        "switches": probe.switches,
    },
    "reference/python.md": {
        "imports": python_api.imports,
        "objects": python_api.objects,
        "collections": python_api.collections,
        "callbacks": python_api.callbacks,
        "values": python_api.values,
        "any command": python_api.any_command,
        "testing": python_api.testing,
        "errors": python_api.errors,
    },
    "reference/statuses.md": {
        "cli": statuses.command_line,
    },
}

_REGION = re.compile(r"(<!-- generated: ([\w ]+) -->\n)(.*?)(<!-- end of generated -->)", re.DOTALL)


def filled(text: str, regions: Regions) -> str:
    """Return a page with its regions as they should be.

    Raises:
        ValueError: The page lacks a region, or has an unknown one.
    """
    found = [name for _, name, _, _ in _REGION.findall(text)]
    if sorted(found) != sorted(regions):
        raise ValueError(f"the page has the regions {', '.join(found)}; generated are {', '.join(regions)}")
    return _REGION.sub(lambda match: f"{match[1]}\n{regions[match[2]]().strip()}\n\n{match[4]}", text)


def main(arguments: list[str]) -> int:
    """Write the pages, or with --check tell whether any is stale."""
    folder = Path(__file__).parent
    stale = []
    for name, regions in PAGES.items():
        path = folder / name
        before = path.read_text(encoding="utf-8")
        after = filled(before, regions)
        if after != before:
            stale.append(name)
            if "--check" not in arguments:
                path.write_text(after, encoding="utf-8")
    outcome = "is stale; run: make docs" if "--check" in arguments else "was written"
    for name in stale:
        print(os.path.normpath(f"docs/{name}"), outcome)
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
