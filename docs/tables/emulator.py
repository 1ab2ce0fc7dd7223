"""What the emulator is, from its own tables: commands, switches, messages; events as they happen in it."""

from __future__ import annotations

import ast
import inspect
import re
import tokenize
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import ModuleType

from arcapix.fs.gpfs import events as catalogue
from arcapix.fs.gpfs.emulator import messages, registry
from arcapix.fs.gpfs.emulator.command import COMMANDS, Command
from arcapix.fs.gpfs.emulator.messages import cluster as messages_cluster
from arcapix.fs.gpfs.emulator.messages import storage as messages_storage
from arcapix.fs.gpfs.emulator.switches import SWITCHES

from . import causes as played
from .markdown import code, codes, escaped, first_sentence, prose, table

_OPTION = re.compile(r"(?<![\w-])(?:--[A-Za-z][\w-]*|-[A-Za-z](?![\w-]))")
_MARK = re.compile(r"#\s*(doc|recorded|field|inferred|unverified|the emulator's own)\b[,;]?\s*(.*)")
MESSAGE_MODULES: Mapping[str, ModuleType] = {
    "Any command, and callbacks": messages,
    "Nodes, node classes, licences, configuration": messages_cluster,
    "Filesets, pools, disks, quotas, snapshots": messages_storage,
}


# -- commands


def commands() -> str:
    """A section for each command: what it does, its synopsis, its options."""
    registry.load()
    by_body: dict[object, list[Command]] = {}
    for command in sorted(COMMANDS.values(), key=lambda command: command.name):
        by_body.setdefault(command.run, []).append(command)
    return "\n".join(_command(same) for same in by_body.values())


def _command(same: list[Command]) -> str:
    """Of the names of one command, the one in the synopsis comes first."""
    command, *aliases = sorted(same, key=lambda one: not one.usage.startswith(one.name))
    about = prose(first_sentence(inspect.getdoc(command.run) or ""))
    if aliases:
        about += f" Also called {codes(alias.name for alias in aliases)}."
    if command.needs_daemon:
        about += " Fails where GPFS is down on its node."
    emulated, lacking = _options(command)
    options = f"emulated: {codes(emulated) or 'it has no options'}"
    if lacking:
        options += f"; not emulated: {codes(lacking)}"
    seen = f"\n{_layouts(command)}\n" if command.layouts else ""
    return f"### {command.name}\n\n{about}\n\n```text\n{command.usage}\n```\n\n{options}\n{seen}"


def _layouts(command: Command) -> str:
    """What is known of the output of a command: since which release, and who has seen it."""
    rows = [
        (escaped(one.form), ".".join(map(str, one.since)) or "the oldest", escaped(one.witnesses))
        for one in command.layouts
    ]
    return table(("output", "from release", "witnesses"), rows).strip()


def _options(command: Command) -> tuple[list[str], list[str]]:
    """The options of the synopsis: those that are emulated, those that are answered "is not emulated"."""
    named = dict.fromkeys(_OPTION.findall(command.usage))
    declared = {*command.flags, *command.values}
    return [option for option in named if option in declared], [
        option for option in named if option not in declared
    ]


def unemulated() -> str:
    """The commands that only say that they are not emulated."""
    return codes(sorted(registry.UNEMULATED)) + "\n"


# -- events


def causes() -> str:
    """What was played, and which events it raised where."""
    rows = [
        (prose(cause.text), "<br>".join(_raised(event, nodes) for event, nodes in cause.raised) or "nothing")
        for cause in _played()
    ]
    return table(("cause", "events, and the nodes on which callbacks ran"), rows)


def _raised(event: str, nodes: tuple[str, ...]) -> str:
    return f"{code(event)} on {', '.join(nodes)}"


def events() -> str:
    """Every event of the catalogue: whether it has a cause here, and which variables then have a value."""
    supplied: dict[str, set[str]] = {}
    for cause in _played():
        for event, names in cause.supplied.items():
            supplied.setdefault(event, set()).update(names)
    common = set(played.common_variables())
    rows = []
    for name, facts in catalogue.EVENTS.items():
        if name not in supplied:
            rows.append((code(name), "by `fire` only", "those that are given"))
            continue
        own = [variable for variable in facts.variables if variable in supplied[name] - common]
        more = sorted(supplied[name] - common - set(own))
        rows.append((code(name), "yes", codes([*own, *more]) or "none of its own"))
    return table(("event", "has a cause", "variables with a value, besides those of any event"), rows)


def variables() -> str:
    """The variables that every event has here."""
    rows = [
        (code(name), prose(catalogue.VARIABLES[name].meaning), code(value))
        for name, value in played.common_variables().items()
    ]
    return table(("variable", "what it is", "for example"), rows)


@cache
def _played() -> tuple[played.Played, ...]:
    return tuple(played.play(cause) for cause in played.CAUSES)


# -- switches


def switches() -> str:
    """Every switch, its answers, and the evidence for the default."""
    rows = [
        (
            code(switch.name),
            code(switch.default),
            codes(switch.values[1:])
            + (f"{', ' * bool(switch.values[1:])}{switch.form}" if switch.form else ""),
            escaped(switch.about),
            switch.evidence,
        )
        for switch in SWITCHES.values()
    ]
    return table(("switch", "default", "further answers", "what it is about", "evidence"), rows)


# -- messages


def messages() -> str:
    """Every text of GPFS that the emulator prints, with its mark."""
    parts = []
    for title, module in MESSAGE_MODULES.items():
        rows = [(_shown(text), marked_as) for text, marked_as in _texts(module)]
        parts.append(f"### {title}\n\n" + table(("text", "evidence"), rows))
    return "\n".join(parts)


def _shown(text: str) -> str:
    """Return a message as code, line by line; empty lines are left out."""
    return "\n".join(code(line) for line in text.split("\n") if line)


def _texts(module: ModuleType) -> Iterator[tuple[str, str]]:
    """The constants of a module and the marks in the comments beside them.

    Raises:
        ValueError: A text has no mark.
    """
    path = Path(inspect.getfile(module))
    with path.open("rb") as file:
        comments = {
            token.start[0]: token.string
            for token in tokenize.tokenize(file.readline)
            if token.type == tokenize.COMMENT
        }
    for statement in ast.parse(path.read_text(encoding="utf-8")).body:
        if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
            continue
        text = getattr(module, statement.targets[0].id)
        if not isinstance(text, str):
            continue
        lines = range(statement.lineno, (statement.end_lineno or statement.lineno) + 1)
        found = [match for line in lines if (match := _MARK.match(comments.get(line, "")))]
        if not found:
            raise ValueError(f"{path.name}, line {statement.lineno}: a message without a mark of evidence")
        mark, note = found[0].groups()
        shown = "own" if mark == "the emulator's own" else mark
        yield text, f"{shown} ({escaped(note.strip('()'))})" if note else shown
