"""Which names outside itself a code object uses, read from its instructions."""

from __future__ import annotations

import dis
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from types import CodeType

_ATTRIBUTE = frozenset({"LOAD_ATTR", "LOAD_METHOD", "STORE_ATTR", "DELETE_ATTR"})
_LOAD_GLOBAL = frozenset({"LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS"})
_LOAD_CELL = frozenset({"LOAD_DEREF", "LOAD_CLASSDEREF", "LOAD_FROM_DICT_OR_DEREF"})
_SKIPPED = frozenset({"CACHE", "EXTENDED_ARG", "NOP"})

_ANNOTATIONS = "__annotate__"
"""What the code of annotations is called, from Python 3.14 on."""

Chain = tuple[str, ...]
"""The attributes taken one after the other from a name: ``("path", "join")`` in ``os.path.join(...)``."""


@dataclass
class Uses:
    """What one code object, with the code objects in it, uses of its surroundings."""

    loaded: dict[str, list[Chain]] = field(default_factory=dict)
    """Global name -> the chains of attributes taken from it."""
    deferred: set[str] = field(default_factory=set)
    """Globals that only annotations name, which from Python 3.14 on are worked out when somebody asks."""
    stored: set[str] = field(default_factory=set)
    """Globals that it assigns or deletes."""
    free: dict[str, list[Chain]] = field(default_factory=dict)
    """Free variable -> the chains of attributes taken from it."""
    imports: set[tuple[str, int]] = field(default_factory=set)
    """Modules that it imports itself, each with the number of dots before the name."""
    names: set[str] = field(default_factory=set)
    """All names and attributes that occur."""
    texts: set[str] = field(default_factory=set)
    """All texts among the constants."""
    compares_identity: bool = False
    """Whether it asks of two objects, neither of them a constant in the code, if they are the same."""


def uses_of(code: CodeType) -> Uses:
    """Return what a code object uses."""
    found, in_annotations = Uses(), Uses()
    _collect(code, found, in_annotations)
    found.deferred = in_annotations.loaded.keys() - found.loaded.keys()
    for name, chains in in_annotations.loaded.items():
        found.loaded.setdefault(name, []).extend(chains)
    for name, chains in in_annotations.free.items():
        found.free.setdefault(name, []).extend(chains)
    found.names |= in_annotations.names
    found.texts |= in_annotations.texts
    return found


def _collect(code: CodeType, found: Uses, in_annotations: Uses) -> None:
    instructions = [step for step in dis.get_instructions(code) if step.opname not in _SKIPPED]
    own: set[str] = set()
    for index, step in enumerate(instructions):
        name = step.opname
        if name in _LOAD_GLOBAL:
            # In a class body, a name that the body itself has already assigned is not the global one.
            if name == "LOAD_GLOBAL" or step.argval not in own:
                found.loaded.setdefault(step.argval, []).append(_chain(instructions, index))
        elif name in _LOAD_CELL:
            found.free.setdefault(step.argval, []).append(_chain(instructions, index))
        elif name in ("STORE_GLOBAL", "DELETE_GLOBAL"):
            found.stored.add(step.argval)
        elif name == "STORE_NAME":
            own.add(step.argval)
        elif name == "SETUP_ANNOTATIONS":
            own.add("__annotations__")
        elif name == "IS_OP":
            found.compares_identity |= instructions[index - 1].opname != "LOAD_CONST"
        elif name == "IMPORT_NAME":
            found.imports.add((step.argval, _level(instructions, index)))
    found.names.update(code.co_names)
    found.texts.update(_texts(code.co_consts))
    for inner in code_in(code):
        _collect(inner, in_annotations if inner.co_name == _ANNOTATIONS else found, in_annotations)


def _chain(instructions: list[dis.Instruction], start: int) -> Chain:
    attributes: list[str] = []
    following = instructions[start + 1 :]
    if len(following) > 1 and following[0].opname == "COPY" and following[1].opname in _ATTRIBUTE:
        # module.name += 1: the module occurs twice, for reading and for storing the attribute.
        del following[0]
    for step in following:
        if step.opname not in _ATTRIBUTE:
            break
        attributes.append(step.argval)
        if step.opname not in ("LOAD_ATTR", "LOAD_METHOD"):
            break
    return tuple(attributes)


def _level(instructions: list[dis.Instruction], index: int) -> int:
    """Return the number of dots of an import: the constant before the list of names."""
    level = instructions[index - 2].argval if index >= 2 else 0
    return level if isinstance(level, int) else 0


def _texts(constants: Iterable[object]) -> Iterator[str]:
    for constant in constants:
        if isinstance(constant, str):
            yield constant
        elif isinstance(constant, tuple | frozenset):
            yield from _texts(constant)


def code_in(code: CodeType) -> Iterator[CodeType]:
    """Iterate over the code objects that lie directly in one."""
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant


def names_in(code: CodeType) -> set[str]:
    """Return all names that occur in a code object, local ones too."""
    names = {*code.co_names, *code.co_varnames, *code.co_freevars, *code.co_cellvars}
    for inner in code_in(code):
        names |= names_in(inner)
    return names
