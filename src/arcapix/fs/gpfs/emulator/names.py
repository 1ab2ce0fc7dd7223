"""What a node may be called, and which nodes a value of -N means."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from arcapix.fs.gpfs.emulator.model import Node, State


class UnknownNode(Exception):
    """An entry of -N names neither node nor class."""

    def __init__(self, entry: str) -> None:
        super().__init__(entry)
        self.entry = entry


SYSTEM_CLASSES: Mapping[str, Callable[[Node], bool]] = {
    "all": lambda _: True,
    "clientnodes": lambda node: not node.manager,
    "managernodes": lambda node: node.manager,
    "mount": lambda node: bool(node.mounts),
    "nonquorumnodes": lambda node: not node.quorum,
    "nsdnodes": lambda node: node.quorum,
    "quorumnodes": lambda node: node.quorum,
}
"""System classes except localhost, which depends on who asks; quorum nodes stand in as NSD servers."""


def find(state: State, name: str) -> Node | None:
    """The node with this number, address, or long or short daemon or admin name; long names win."""
    if name in state.nodes:
        return state.nodes[name]
    for node in state.by_number():
        if name in (node.admin_name, node.ip, str(node.number)):
            return node
    for node in state.by_number():
        if name in (node.short, node.admin_name.partition(".")[0]):
            return node
    return None


def members(state: State, name: str) -> list[Node] | None:
    """The nodes of a system or user class except localhost, by number; None if there is no such class."""
    test = SYSTEM_CLASSES.get(name)
    if test is not None:
        return [node for node in state.by_number() if test(node)]
    nodeclass = state.nodeclasses.get(name)
    if nodeclass is None:
        return None
    inside = set(nodeclass.nodes)
    for inner in nodeclass.classes:
        inside.update(node.name for node in members(state, inner) or ())
    return [node for node in state.by_number() if node.name in inside]


def is_class(state: State, name: str) -> bool:
    """Tell whether this is a class, and not also the name of a node."""
    return find(state, name) is None and (name == "localhost" or members(state, name) is not None)


def entry(state: State, text: str, *, here: str) -> list[Node]:
    """The nodes of one entry: a node's name before a class's, then a range of numbers.

    Raises:
        UnknownNode: It is none of these.
    """
    node = find(state, text)
    if node is not None:
        return [node]
    if text == "localhost":
        return [state.nodes[here]]
    inside = members(state, text)
    if inside is not None:
        return inside
    numbers = re.fullmatch(r"(\d+)-(\d+)", text)
    if numbers and int(numbers[1]) <= int(numbers[2]):
        found = [one for one in state.by_number() if int(numbers[1]) <= one.number <= int(numbers[2])]
        if found:
            return found
    raise UnknownNode(text)


def entries(text: str, *, cwd: Path, state: State | None = None) -> list[str]:
    """The entries of a value of -N: a comma list, or the lines of the file that it names.

    A word that is a node or class of `state` is not looked for among the files.
    """
    path = cwd / text
    is_name = "," in text or (state is not None and (find(state, text) is not None or is_class(state, text)))
    if "/" in text or (not is_name and path.is_file()):
        try:
            lines = path.read_text().splitlines()
        except (OSError, UnicodeDecodeError):
            raise UnknownNode(text) from None
        return [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]
    return [one for one in text.split(",") if one]


def resolve(state: State, text: str, *, here: str, cwd: Path, refuse: Sequence[str] = ()) -> list[Node]:
    """The nodes that a value of -N means, by number, each once.

    Raises:
        UnknownNode: One of its entries names nothing, or a class in `refuse`.
    """
    found: dict[str, Node] = {}
    for one in entries(text, cwd=cwd, state=state):
        if one in refuse and find(state, one) is None:
            raise UnknownNode(one)
        found.update((node.name, node) for node in entry(state, one, here=here))
    return sorted(found.values(), key=lambda node: node.number)
