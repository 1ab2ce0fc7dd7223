"""The body of a token -> the function and its plan. On the event path: imports only what is loaded anyway.

A source body is a marshal document, written by the package ``capture``::

    (sources, spaces, steps, function, plan)

* ``sources``: one ``(space, text, names)`` for each of the user's files; older tokens may have a fourth item.
  The text holds imports, and one wrapper ``k0``, ``k1``, ... for each def or lambda; it is executed in
  its space, which runs the imports and makes the wrappers. A wrapper is never called: the wanted code object
  is taken out of it, under the path of names that ``names`` gives (``"logger Tool.go"``), by `compiling`. Or
  ``(space, codes)``, for code that has no text and that only the Python that compiled it can read.
* ``spaces``: the global namespaces, by module name. A name in a tuple is a module to be imported; one in a
  list is a module of the user's, which is to be found in `sys.modules`, as pickles need it.
* ``steps``: what makes and completes the objects, in order. A step is a tuple that begins with one of
  the `operations`; what it makes goes to the end of the list of objects.
* ``function`` and ``plan`` are entries. An entry is ``frozenset({number})`` for an object, otherwise the
  value itself.
"""

import marshal
import sys

from . import operations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, ModuleType
    from typing import Any

_Cell: "Any" = type((lambda x: lambda: x)(0).__closure__[0])  # type: ignore[index]
_Function: "Any" = type(lambda: 0)
_Module = type(sys)
DEFERS_ANNOTATIONS = sys.hexversion >= 0x030E0000
"""Whether this Python works out annotations when somebody asks for them."""
PICKLE = b"\x80"
"""How a body of bytecode begins that an earlier release has made, with the library ``cloudpickle``."""


def rebuild(
    body: bytes,
    form: str,
    codes: "list[Any] | None" = None,
    compiled: "list[Any] | None" = None,
) -> "tuple[Any, Any]":
    """Return the function and the plan that were captured.

    None of the user's code is called, except what making a value takes: a ``__setstate__``, ``__new__`` or
    ``__hash__`` of a captured class.

    Args:
        body: What ``capture`` made.
        form: ``"source"`` or ``"bytecode"``.
        codes: What this interpreter compiled for this body before, so that the text need not be compiled
            again.
        compiled: A list that is given the newly compiled code.
    """
    if form != "source" and body[:1] == PICKLE:
        import pickle

        function, plan = pickle.loads(body)
        return function, plan
    sources, spaces, steps, function, plan = marshal.loads(body)
    if codes is None:
        codes = _compiled(sources)
        if compiled is not None:
            compiled += codes
    program = Program(spaces)
    known = iter(codes)
    for space, text, *names in sources:
        if names:
            program.take_units(space, names[0], *next(known))
        else:
            program.units += [(code, code.co_qualname) for code in text]
    program.run(steps)
    return program.value(function), program.value(plan)


def _compiled(sources: "tuple[Any, ...]") -> "list[Any]":
    for source in sources:
        if len(source) > 2:
            from .compiling import compile_texts

            return compile_texts(sources)
    return []


def _module(name: str) -> "ModuleType":
    __import__(name)
    return sys.modules[name]


def _space(space: "tuple[str] | list[str] | str") -> "ModuleType":
    if type(space) is tuple:
        return _module(*space)
    if type(space) is str:
        return _Module(space)
    module = sys.modules[space[0]] = _Module(space[0])
    return module


class Program:
    """The list of objects while the steps run, and the operations that the steps name."""

    def __init__(self, spaces: "tuple[Any, ...]") -> None:
        self.objects: list[Any] = []
        self.spaces = [_space(space) for space in spaces]
        self.units: list[tuple[CodeType, str]] = []
        self.generated: dict[int, dict[str, Any]] = {}

    def take_units(self, space: int, names: str, imports: "CodeType", units: "list[CodeType]") -> None:
        """Run the imports of a text, but not in the namespace of an imported module; take its units."""
        module = self.spaces[space]
        namespace = {} if module.__spec__ else module.__dict__
        exec(imports, namespace)
        for number, path in enumerate(names.split()):
            del namespace[f"k{number}"]
            self.units.append((units[number], path))

    def run(self, steps: "tuple[Any, ...]") -> None:
        """Make and complete all objects."""
        for step in steps:
            operation = _OPERATIONS.get(step[0]) or _operation(step[0])
            operation(self, *step[1:])

    def value(self, entry: "Any") -> "Any":
        """Return what an entry stands for."""
        if type(entry) is frozenset:
            (number,) = entry
            return self.objects[number]
        return entry

    def values(self, entries: "tuple[Any, ...]") -> "list[Any]":
        """Return what each of the entries stands for."""
        return [self.value(entry) for entry in entries]

    def attributes(self, entries: "dict[str, Any]") -> "dict[str, Any]":
        """Return a dict whose values are given as entries."""
        return {name: self.value(entry) for name, entry in entries.items()}

    def attribute(self, entry: "Any") -> "Any":
        """Return what an entry stands for; the values of a dict, as of annotations, are entries too."""
        return self.attributes(entry) if type(entry) is dict else self.value(entry)

    def constant(self, value: object) -> None:
        """A value that occurs more than once."""
        self.objects.append(value)

    def imported(self, name: str, *submodules: str) -> None:
        """A module, with those submodules imported first that are reached as its attributes."""
        for submodule in submodules:
            __import__(submodule)
        self.objects.append(_module(name))

    def reference(self, module: str, path: str) -> None:
        """An object that a module has under a dotted name."""
        found: Any = _module(module)
        for name in path.split("."):
            found = getattr(found, name)
        self.objects.append(found)

    def function(
        self,
        unit: int,
        space: int,
        cells: "dict[str, Any] | None" = None,
        attributes: "dict[str, Any] | None" = None,
    ) -> None:
        """A function. A cell that it does not share may be given by its content."""
        code, path = self.units[unit]
        closure = None
        if cells:
            held = [self.value(cells[name]) for name in code.co_freevars]
            closure = tuple([cell if type(cell) is _Cell else _Cell(cell) for cell in held])
        function = _Function(code, self.spaces[space].__dict__, None, None, closure)
        function.__qualname__ = path
        self.objects.append(function)
        if attributes:
            for name, entry in attributes.items():
                setattr(function, name, self.attribute(entry))
            if DEFERS_ANNOTATIONS and "__annotations__" in attributes:
                from .rebuild_objects import defer_annotations

                defer_annotations(function)

    def cell(self, *content: "Any") -> None:
        """A cell that is shared, or is filled later, or stays empty."""
        self.objects.append(_Cell(*self.values(content)))

    def fill_cell(self, number: int, content: "Any") -> None:
        """The content of a cell."""
        self.objects[number].cell_contents = self.value(content)

    def set_globals(self, space: int, entries: "dict[str, Any]") -> None:
        """Names in a captured namespace."""
        self.spaces[space].__dict__.update(self.attributes(entries))


def _operation(letter: str) -> "Callable[..., None]":
    """Return an operation that few functions need, and load the others along with it."""
    from .rebuild_objects import OPERATIONS

    if letter not in OPERATIONS:
        from .rebuild_classes import OPERATIONS
    _OPERATIONS.update(OPERATIONS)
    return OPERATIONS[letter]


_OPERATIONS: "dict[str, Callable[..., None]]" = {
    operations.FUNCTION: Program.function,
    operations.REFERENCE: Program.reference,
    operations.MODULE: Program.imported,
    operations.CONSTANT: Program.constant,
    operations.CELL: Program.cell,
    operations.SET_GLOBALS: Program.set_globals,
    operations.FILL_CELL: Program.fill_cell,
}
