"""What GPFS makes of --parms when an event fires: words, with variables replaced.

Nearly all of it is [unverified]: every choice asks a switch.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from arcapix.fs.gpfs import events
from arcapix.fs.gpfs.emulator.model import Node, State

UNDEFINED = "UNDEFINED"

_QUALIFIERS: Mapping[str, Callable[[Node], str]] = {
    "name": lambda node: node.name,
    "shortName": lambda node: node.short,
    "ip": lambda node: node.ip,
}
_NODE_FORMS: Mapping[str, Callable[[Node], str]] = {
    "long": lambda node: node.name,
    "short": lambda node: node.short,
    "ip": lambda node: node.ip,
    "number": lambda node: str(node.number),
}


@dataclass(frozen=True)
class Values:
    """The variables of one event on one node.

    Args:
        plain: Variables that hold text.
        nodes: Variables that hold nodes.
        state: The cluster, for the forms of its nodes.
        switch: Answers the questions of `switches`.
    """

    plain: Mapping[str, str]
    nodes: Mapping[str, Sequence[Node]]
    state: State
    switch: Callable[[str], str]

    def text(self, name: str, qualifier: str = "") -> str | None:
        """The value of a variable; None if it has none."""
        if name in self.nodes:
            form = _QUALIFIERS[qualifier] if qualifier else _NODE_FORMS[self.switch("node_value_form")]
            separator = " " if self.switch("node_list_separator") == "blank" else ","
            return separator.join(form(node) for node in self.nodes[name]) or None
        value = self.plain.get(name) or None
        if value is not None and name == "fsName" and self.switch("fsname_form") == "dev":
            return f"/dev/{value.removeprefix('/dev/')}"
        return value

    def known(self) -> Collection[str]:
        """The names of all variables: GPFS's, and what this event brought."""
        return {*events.VARIABLES, *self.plain, *self.nodes}


def unknown_variables(parms: Sequence[str]) -> list[str]:
    """The ``%words`` in parms that do not begin with the name of a variable."""
    words = re.findall(r"%([A-Za-z][A-Za-z0-9]*)", " ".join(parms))
    return [word for word in words if not any(word.startswith(name) for name in events.VARIABLES)]


def arguments(parms: Sequence[str], values: Values) -> list[str]:
    """The arguments that a command gets for its --parms."""
    text = " ".join(parms)
    pattern = _pattern(values)

    def substitute(part: str) -> str:
        return pattern.sub(lambda match: _replacement(match, values), part)

    if values.switch("substitution_order") == "substitute-first":
        return _tokens(substitute(text), values)
    words = [(token, substitute(token)) for token in _tokens(text, values)]
    return [word for token, word in words if word or not token]


def _tokens(text: str, values: Values) -> list[str]:
    if values.switch("parms_quoting") == "shell":
        try:
            return shlex.split(text)
        except ValueError:
            return text.split()
    return text.split()


def _pattern(values: Values) -> re.Pattern[str]:
    """Matches ``%name``, longest names first, with a qualifier where there are any."""
    names = "|".join(sorted(map(re.escape, values.known()), key=len, reverse=True))
    qualifier = r"(?:\.(name|shortName|ip)(?![A-Za-z0-9]))?" if values.switch("qualifiers") == "on" else r"()"
    pattern = rf"%(?:({names}){qualifier}|([A-Za-z][A-Za-z0-9]*))"
    if values.switch("substitution_inside_word") == "off":
        pattern = rf"(?<!\S){pattern}(?!\S)"
    return re.compile(pattern)


def _replacement(match: re.Match[str], values: Values) -> str:
    name, qualifier, unknown = match.groups()
    if unknown is not None:
        return UNDEFINED if values.switch("unknown_variable") == "UNDEFINED" else match[0]
    if qualifier and name not in values.nodes and name not in events.NODE_VALUED:
        value = values.text(name)
        return (
            match[0]
            if value is None and values.switch("undefined_value") == "literal"
            else (f"{value if value is not None else _undefined(values)}.{qualifier}")
        )
    value = values.text(name, qualifier or "")
    if value is not None:
        return value
    return match[0] if values.switch("undefined_value") == "literal" else _undefined(values)


def _undefined(values: Values) -> str:
    return "" if values.switch("undefined_value") == "empty" else UNDEFINED
