"""The results, as a table for people and as JSON for machines."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from .targets import COUNTED, Result, Target

_HEAD = ("#", "what", "target", "measured", "limit", "peers today, measured", "verdict")


def table(results: Sequence[Result]) -> str:
    """Return the results as a table in Markdown that is readable as text."""
    rows = [_HEAD, *[_row(result) for result in results]]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in rows]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def _row(result: Result) -> tuple[str, ...]:
    target = result.target
    sign = "≥" if target.at_least else "≤"
    peers = ", ".join(f"{name} {_figure(figure, target)}" for name, figure in result.peers.items())
    measured = "—" if result.measured is None else _figure(result.measured, target)
    limit = "—" if target.limit is None else _figure(target.limit, target)
    bound = f"{sign} {_figure(target.bound, target)} {target.unit}"
    return (target.number, target.what, bound, measured, limit, peers or "—", result.verdict)


def _figure(number: float, target: Target) -> str:
    return f"{number:,.0f}" if target.unit in COUNTED else f"{number:.2f}"


def notes(results: Sequence[Result]) -> str:
    """Return what a reader has to know beside the figures."""
    return "\n".join(
        f"* {result.target.number}, {result.target.what}: {result.note}" for result in results if result.note
    )


def page(results: Sequence[Result], machine: Mapping[str, str], how: str) -> str:
    """Return the results page."""
    stated = "\n".join(f"* {name}: {value}" for name, value in machine.items())
    return (
        f"# Results of {machine['date']}\n\n{how}\n\n{table(results)}\n\n"
        f"{notes(results)}\n\n## Taken on\n\n{stated}\n"
    )


def write(folder: Path, results: Sequence[Result], machine: Mapping[str, str], how: str) -> Path:
    """Write the results page, and the JSON file beside it; return the page's path."""
    path = folder / time.strftime("%Y-%m-%d.md", time.gmtime())
    path.write_text(page(results, machine, how), encoding="utf-8")
    found = [
        {
            "number": result.target.number,
            "what": result.target.what,
            "target": result.target.bound,
            "unit": result.target.unit,
            "at least": result.target.at_least,
            "limit": result.target.limit,
            "measured": result.measured,
            "peers": result.peers,
            "verdict": result.verdict,
            "note": result.note,
            "details": result.details,
        }
        for result in results
    ]
    data = {"machine": dict(machine), "how": how, "results": found}
    text = json.dumps(data, indent=1, ensure_ascii=False)
    path.with_suffix(".json").write_text(f"{text}\n", encoding="utf-8")
    return path
