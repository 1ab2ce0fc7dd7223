"""Orders what has no order: gives equal colours to objects that no path of any length tells apart.

The process that checks a capture uses it too, so it imports next to nothing.
"""

from __future__ import annotations

from _blake2 import blake2b

TYPE_CHECKING = False
if TYPE_CHECKING:
    Target = int | str
    """The number of an object, or the text of a value that has no identity or travels by name."""
    Edge = tuple[str, object, Target]
    """Where an object leads: the kind, the name, and what is there."""
    Line = tuple[str, list[Edge], list[Target]]
    """An object: what it is, where it leads, and what it holds in no order, if it is a set."""

_MOST_ROUNDS = 200


def colours_of(lines: list[Line]) -> list[str]:
    """Return a colour for each line; it is the same in every process."""
    colours = [hash_of(label) for label, _, _ in lines]
    different = 0
    for _ in range(_MOST_ROUNDS):
        if len(set(colours)) == different:
            break
        different = len(set(colours))
        colours = [_repainted(colours, line) for line in lines]
    return colours


def _repainted(colours: list[str], line: Line) -> str:
    label, edges, members = line
    seen = [(kind, str(name), colour_of(colours, target)) for kind, name, target in edges]
    return hash_of(repr((label, seen, sorted(colour_of(colours, target) for target in members))))


def colour_of(colours: list[str], target: Target) -> str:
    """Return the colour of what an edge leads to; a text is its own."""
    if isinstance(target, str):
        return target
    return colours[target] if colours else "~"


def in_order(
    lines: list[Line], roots: list[Target], colours: list[str]
) -> tuple[list[Line], list[int], dict[int, int]]:
    """Return the lines in the order in which they are reached, with the members of sets by their colours.

    Besides, the old number of each new line, and the new number of each old one.
    """
    numbers: dict[int, int] = {}
    order: list[int] = []

    def renumbered(target: Target) -> Target:
        if isinstance(target, str):
            return target
        if target not in numbers:
            numbers[target] = len(order)
            order.append(target)
        return numbers[target]

    for root in roots:
        renumbered(root)
    ordered: list[Line] = []
    while len(ordered) < len(order):
        label, edges, members = lines[order[len(ordered)]]
        followed = [(kind, name, renumbered(target)) for kind, name, target in edges]
        by_colour = sorted(members, key=lambda target: colour_of(colours, target))
        ordered.append((label, followed, [renumbered(target) for target in by_colour]))
    return ordered, order, numbers


def difference(one: list[Line], other: list[Line]) -> tuple[int, tuple[str, object] | None] | None:
    """Return the first line in which two records differ, with kind and name of the edge that does.

    There is no edge if something else differs, such as what the object is. None if both are the same.
    """
    for number, (line, found) in enumerate(zip(one, other)):
        if line == found:
            continue
        edges, found_edges = line[1], found[1]
        for edge, found_edge in zip(edges, found_edges):
            if edge != found_edge:
                return number, edge[:2]
        further = (edges[len(found_edges) :] or found_edges[len(edges) :])[:1]
        return number, further[0][:2] if further else None
    return None if len(one) == len(other) else (min(len(one), len(other)) - 1, None)


def hash_of(text: str) -> str:
    """Return a short text that stands for a long one."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
