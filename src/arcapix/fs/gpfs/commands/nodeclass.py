"""mmlsnodeclass, mmcrnodeclass, mmchnodeclass and mmdelnodeclass."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from . import listing, process

__all__ = ["NodeclassRecord", "mmchnodeclass", "mmcrnodeclass", "mmdelnodeclass", "mmlsnodeclass"]

# Where scripts find them; used if the header, of which no recording is public, names them differently.
_NAME_POSITION = 0
_MEMBERS_POSITION = 3


@dataclass(frozen=True, slots=True)
class NodeclassRecord:
    """A node class.

    Attributes:
        name: Its name.
        members: Names of nodes, or of classes, as GPFS lists them.
    """

    name: str
    members: tuple[str, ...]


def mmlsnodeclass(*, system: bool = False) -> list[NodeclassRecord]:
    """List the user-defined node classes.

    Args:
        system: Whether GPFS's own are listed too, such as quorumnodes.
    """
    chosen = ("--all",) if system else ()
    answer = listing.rows_or_text("mmlsnodeclass", *chosen, "-Y", plain=chosen)
    if isinstance(answer, str):
        return _plain_classes(answer)
    classes = []
    for row in answer.rows:
        name = row.get("nodeClassName", "nodeClass", "className", default=row.at(_NAME_POSITION))
        nodes = row.get("memberNodes", "members", default=row.at(_MEMBERS_POSITION))
        inner = row.get("memberClasses", default="")
        classes.append(NodeclassRecord(name, _members(f"{nodes},{inner}")))
    return classes


def _members(text: str) -> tuple[str, ...]:
    return tuple(member for member in re.split(r"[,\s]+", text) if member)


def _plain_classes(text: str) -> list[NodeclassRecord]:
    found: list[tuple[str, list[str]]] = []
    in_table = False
    for line in text.split("\n"):
        if re.match(r"-{5,}\s+-{5,}", line):
            in_table = True
        elif in_table and line.strip():
            name, _, members = line.partition(" ")
            if name:
                found.append((name, [members]))
            elif found:
                found[-1][1].append(members)
    return [NodeclassRecord(name, _members(" ".join(members))) for name, members in found]


def _with_members(members: Sequence[str]) -> tuple[str, ...]:
    return ("-N", ",".join(map(process.node_operand, members)))


def mmcrnodeclass(name: str, members: Sequence[str]) -> None:
    """Make a node class."""
    arguments = (process.operand(name), *_with_members(members))
    process.run("mmcrnodeclass", *arguments, timeout=process.CHANGE_LIMIT, changing=True)


def mmchnodeclass(name: str, action: str, members: Sequence[str]) -> None:
    """Change the members of a node class.

    Args:
        name: The class.
        action: ``"add"``, ``"delete"`` or ``"replace"``.
        members: The nodes concerned.
    """
    arguments = (process.operand(name), process.operand(action), *_with_members(members))
    process.run("mmchnodeclass", *arguments, timeout=process.CHANGE_LIMIT, changing=True)


def mmdelnodeclass(name: str) -> None:
    """Delete a node class."""
    process.run("mmdelnodeclass", process.operand(name), timeout=process.CHANGE_LIMIT, changing=True)
