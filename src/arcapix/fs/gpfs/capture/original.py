"""What was captured, as it was: the record that a rebuilt callable is compared with."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, cast

from .digest import Digest, as_atom
from .nodes import CALLABLE, Path
from .raw_state import birth_name, identity
from .references import References, import_name
from .uses import uses_of

if TYPE_CHECKING:
    from .colours import Line
    from .digest import Names

_ROOTS = (CALLABLE, Path("parms"))
_STRUCTURE = frozenset({"", "made by"})
"""Kinds of edges that no user would name."""


@dataclass
class Original:
    """The record of some objects, and what another process needs to make the same record of theirs."""

    lines: list[Line] = field(default_factory=list)
    names: dict[str, tuple[str, str]] = field(default_factory=dict)
    """What travels by name: its text in the record, with module and dotted name; none for a module."""
    replaced: dict[str, str] = field(default_factory=dict)
    """Functions of the library whose name stands for something of the program's: how `birth_name` calls each,
    with its text in the record."""
    uses: dict[str, Names] = field(default_factory=dict)
    """For each code object, by its text in the record, the names that it uses."""
    incomparable: tuple[str, ...] = ()
    """The paths of objects whose state cannot be read."""

    def path(self, line: int, edge: tuple[str, object] | None = None) -> str:
        """Return the path to an object, or to what one of its edges leads to."""
        pieces = [] if edge is None else [edge]
        parents = self._parents()
        while line in parents:
            line, kind, name = parents[line]
            pieces.append((kind, name))
        path = _ROOTS[1] if line == 1 else _ROOTS[0]
        for kind, name in reversed(pieces):
            if kind not in _STRUCTURE:
                path = path.then(kind, None if name == "" else name)
        return str(path)

    def _parents(self) -> dict[int, tuple[int, str, object]]:
        parents: dict[int, tuple[int, str, object]] = {}
        for number, (_, edges, members) in enumerate(self.lines):
            for kind, name, target in [*edges, *(("member", "", member) for member in members)]:
                if isinstance(target, int) and target > number:
                    parents.setdefault(target, (number, kind, name))
        return parents


@dataclass
class Naming:
    """Says for the digest of originals what travels by name, and what code uses; and keeps what it said."""

    references: References
    as_text: dict[int, str] = field(default_factory=dict)
    """Objects, by address, of which only a text is captured."""
    texts: dict[int, dict[str, str]] = field(default_factory=dict)
    """Annotations of which only a text is captured, by address of the dictionary that holds them and name."""
    names: dict[str, tuple[str, str]] = field(default_factory=dict)
    replaced: dict[str, str] = field(default_factory=dict)
    uses: dict[str, Names] = field(default_factory=dict)

    def digest(self) -> Digest:
        """Return an empty digest."""
        return Digest(self._name, self._names, self.texts)

    def record(self, roots: Iterable[object], name: str) -> Original:
        """Take down some objects."""
        digest = self.digest()
        found = Original(digest.record(roots), self.names, self.replaced, self.uses)
        found.incomparable = tuple(found.path(number) or name for number in digest.incomparable)
        return found

    def _name(self, value: object) -> str | None:
        if id(value) in self.as_text:
            return as_atom(self.as_text[id(value)])
        kind = type(value)
        if issubclass(kind, ModuleType):
            module = cast("ModuleType", value)
            found = (import_name(module), "") if self.references.shares(module) else None
        elif issubclass(kind, type | FunctionType | BuiltinFunctionType | MethodType):
            found = self.references.find(value)
        else:
            found = self.references.find_instance(value)
        if found is None:
            return None
        text = f"{found[0]}:{found[1]}"
        born = birth_name(value)
        if born and text not in self.names and not _stands_under(found, value):
            self.replaced[born] = text
        else:
            self.names[text] = found
        return text

    def _names(self, known: str, code: CodeType) -> Names:
        if known not in self.uses:
            uses = uses_of(code)
            self.uses[known] = (uses.loaded, uses.free)
        return self.uses[known]


def _stands_under(name: tuple[str, str], value: object) -> bool:
    found: object = sys.modules.get(name[0])
    for part in name[1].split(".") if name[1] else ():
        found = getattr(found, part, None)
    return identity(found) == identity(value)
