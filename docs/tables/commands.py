"""The page of the commands, from their help."""

from __future__ import annotations

from .command_line import Told, program, sections
from .markdown import code, prose, table


def overview() -> str:
    """All commands, a line each."""
    parts = []
    for title, commands in sections():
        rows = [(f"[{code(one.path)}](#{_anchor(one)})", prose(one.what)) for one in commands]
        parts.append(f"**{title}**\n\n{table(('command', 'what it does'), rows)}")
    return "\n".join(parts)


def commands() -> str:
    """A section for each command."""
    return "\n".join(_section(one) for _, several in sections() for one in several)


def options() -> str:
    """The options of the program itself, before the name of a command."""
    return _options(program())


def _anchor(told: Told) -> str:
    return told.path.replace(" ", "-")


def _section(told: Told) -> str:
    parts = [f"### {told.path}", _block([f"{told.path} {told.usage}"])]
    parts += [_block(one.text.splitlines()) if one.kept else prose(one.text) for one in told.paragraphs]
    if told.options:
        parts.append(_options(told).strip())
    if told.examples:
        parts.append(_block(told.examples))
    return "\n\n".join(parts) + "\n"


def _options(told: Told) -> str:
    return table(("option", ""), [(code(spelling), prose(text)) for spelling, text in told.options])


def _block(lines: list[str]) -> str:
    return "\n".join(["```text", *lines, "```"])
