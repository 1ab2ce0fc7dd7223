"""How the mm commands print: dates, -Y rows, tables. Widths are those of recorded output, per release."""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Sequence

from arcapix.fs.gpfs.emulator.model import Node
from arcapix.fs.gpfs.emulator.releases import Release


def date(seconds: float, *, zone: bool = False) -> str:
    """A time as GPFS prints it: ``Mon Jun  5 09:14:02 2023``, the zone before the year in progress lines."""
    return time.strftime(
        "%a %b %e %H:%M:%S %Z %Y" if zone else "%a %b %e %H:%M:%S %Y", time.localtime(seconds)
    )


def encode(value: str, *, path: bool = False) -> str:
    """A value as -Y carries it: ``%`` and ``:`` are encoded, in path fields ``/``, ``-`` and ``_`` too."""
    encoded = value.replace("%", "%25").replace(":", "%3A")
    if path:
        encoded = encoded.replace("/", "%2F").replace("-", "%2D").replace("_", "%5F")
    return encoded


def y_header(command: str, section: str, columns: Sequence[str]) -> str:
    """The HEADER line of a -Y section."""
    return ":".join((command, section, "HEADER", "version", "reserved", "reserved", *columns, ""))


def y_row(command: str, section: str, values: Sequence[object], *, paths: Collection[int] = ()) -> str:
    """A row of a -Y section; `paths` are the positions of path fields among the values."""
    encoded = (encode(str(value), path=position in paths) for position, value in enumerate(values))
    return ":".join((command, section, "0", "1", "", "", *encoded, ""))


def yes_no(answer: bool, release: Release) -> str:
    """Booleans of mmlsfs: Yes and No up to 5.0, yes and no since 5.1."""
    word = "yes" if answer else "no"
    return word if release >= (5, 1) else word.capitalize()


def cluster_table(nodes: Sequence[Node]) -> list[str]:
    """The node table of mmlscluster, recorded from 4.2.0 to 6.0.0; long names widen the heading by one."""
    daemon = max([16, *(len(node.name) for node in nodes)])
    address = max([10, *(len(node.ip) for node in nodes)])
    admin = max([15, *(len(node.admin_name) for node in nodes)])
    heading = (
        f" Node  {'Daemon node name':{daemon + (daemon > 16)}}  {'IP address':{address}}  "
        f"{'Admin node name':{admin + (admin > 15)}}  Designation"
    )
    rows = [
        f"{node.number:4d}   {node.name:{daemon}}  {node.ip:{address}}  "
        f"{node.admin_name:{admin}}  {node.designation}"
        for node in nodes
    ]
    return [heading, "-" * (len(heading) + 1), *rows]


def state_table(rows: Sequence[tuple[int, str, str]], release: Release) -> list[str]:
    """The table of mmgetstate: number, short name and state of each node."""
    if release >= (5, 1):
        width = max([9, *(len(name) for _, name, _ in rows)])
        heading = f" Node number  {'Node name':{width + (width > 9)}}  GPFS state  "
        lines = [f"{number:12d}  {name:{width}}  {state}" for number, name, state in rows]
    else:
        heading = f" Node number  Node name        GPFS state {' ' * (release >= (5,))}"
        lines = [f"{number:8d}      {name:<17}{state}" for number, name, state in rows]
    return [heading, "-" * len(heading), *lines]


def long_state_table(rows: Sequence[tuple[int, str, int, int, int, str, str]]) -> list[str]:
    """The table of mmgetstate -L up to 5.1.7: number, name, quorum, nodes up, total nodes, state, remarks."""
    heading = " Node number  Node name       Quorum  Nodes up  Total nodes  GPFS state  Remarks    "
    lines = [heading, "-" * 84]
    for number, name, quorum, up, total, state, remarks in rows:
        left = f"{number:8d}      {name:<15}{quorum!s:>5}{up!s:>9}{total!s:>11}"
        lines.append(f"{left:<61}{state:<12}{remarks}")
    return lines


def wide_state_table(
    rows: Sequence[tuple[int, str, int, int, int, str, str]], *, at_the_right: bool
) -> list[str]:
    """The table of mmgetstate -L since 5.1.8; the three figures are blank where a node is not active.

    Args:
        rows: Number, name, quorum, nodes up, total nodes, state, remarks.
        at_the_right: The figures end where their headings do, instead of near the middle.
    """
    width = max([10, *(len(row[1]) for row in rows)])
    heading = f" Node number  {'Node name':{width}}  Quorum  Nodes up  Total nodes  GPFS state    Remarks    "
    ends = (6, 8, 11) if at_the_right else (4, 6, 7)
    lines = [heading, "-" * len(heading)]
    for number, name, quorum, up, total, state, remarks in rows:
        figures = (
            f"{one:>{end}}" if state == "active" else ""
            for one, end in zip((quorum, up, total), ends, strict=True)
        )
        left = "  ".join(f"{one:{column}}" for one, column in zip(figures, (6, 8, 11), strict=True))
        lines.append(f"{number:12d}  {name:{width}}  {left}  {state:12}  {remarks}")
    return lines


def manager_table(managers: Sequence[tuple[str, str]]) -> list[str]:
    """The table of mmlsmgr: file system and ``IP (short name)``."""
    return [
        "file system      manager node",
        "---------------- ------------------",
        *(f"{name:<16} {manager}" for name, manager in managers),
    ]


_ATTRIBUTE_VALUE = 180
"""Longest list in a line of mmlsfs; recorded lists are broken between 168 and 183 characters."""


def attribute_lines(flag: str, value: str, about: str) -> list[str]:
    """Lines of mmlsfs: flag at 1, value at 20, description at 45; what is too long pushes the rest.

    A list that is longer still is continued in further lines with the flag, the description in the last one.
    """
    lines, part = [], ""
    for item in re.findall("[^;]*;|[^;]+$", value):
        if part and len(part) + len(item) > _ATTRIBUTE_VALUE:
            lines.append(f" {flag:<18} {part}")
            part = ""
        part += item
    left = f" {flag:<18} {part}"
    return [*lines, f"{left:<44} {about}" if len(left) <= 44 else f"{left}  {about}"]
