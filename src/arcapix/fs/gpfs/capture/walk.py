"""Walks from a callable through everything that it uses, and makes the graph.

Each object becomes a `Node` when it is first met and is taken apart later, in that order: so the walk can go
as deep as memory allows, and of several things that cannot be captured the nearest is named.
"""

from __future__ import annotations

import builtins
import sys
from collections import deque
from collections.abc import Callable, Collection, Iterable
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any, cast

from ..driver import operations
from ..exceptions import CaptureError
from . import (
    classes,
    containers,
    dataclass,
    functions,
    generated,
    hints,
    instances,
    methods,
    modules,
    replacements,
    wrappers,
)
from .digest import Digest
from .locate import NoSource, Unit
from .minimum import DEFERRED_ANNOTATIONS, LOWEST, NEW_NAMES, Version
from .nodes import ATOMS, CLASSES, MARKS, Entry, Node, Path, Space, is_made_from_itself, is_module, name_of
from .original import Naming
from .raw_state import resolved
from .references import References
from .refused import remedy_for
from .secret_names import exposed, looks_secret
from .uses import Chain, Uses, uses_of

Locate = Callable[[CodeType, dict[str, object]], Unit | None]
"""Finds the text of a code object in a namespace, or raises `NoSource`."""

_EQUALS = MARKS | {tuple}
"""What stands for equal ones, unless code asks for just this one."""
_ENTRIES = ATOMS - MARKS
"""Values that always stand for themselves, unless they are NaN."""


class Walk:
    """The graph of one callable, while it is being made and afterwards.

    Args:
        name: The callable's name, for messages.
        references: What travels by name.
        locate: Finds the text of a code object; raises `NoSource`.
        variables: The environment variables that the callable gets besides the usual ones.
        marks: Texts and bytes, by address, whose identity counts.
    """

    def __init__(
        self,
        name: str,
        references: References,
        locate: Locate,
        variables: Collection[str] = (),
        marks: frozenset[int] = frozenset(),
    ) -> None:
        self.name = name
        self.variables = variables
        self.references = references
        self.nodes: list[Node] = []
        self.spaces: list[Space] = []
        self.units: dict[int, tuple[CodeType, Unit | None, Space]] = {}
        """Code objects by address, in the order in which they were met."""
        self.textless = ""
        """Why the text of a function will not do, if there is one whose text does not."""
        self.parts: dict[int, tuple[object, str]] = {}
        """Objects, by address, that only what they belong to can give, and their names there."""
        self.owners: dict[int, Node] = {}
        """Objects by the address of the dictionary that holds their attributes."""
        self.naming = Naming(references)
        self.warnings: list[str] = []
        self.mentioned: set[str] = set()
        """What captured functions mention of the library, by public name, and the variables that they set."""
        self.annotations: deque[hints.Hints] = deque()
        """Annotations, which come last: what becomes of them depends on everything else."""
        self.generated: list[tuple[Node, dict[str, object]]] = []
        """Classes, each with the methods that a library makes for it."""
        self._locate = locate
        self._known: dict[int, Node] = {}
        self._queue: deque[Node] = deque()
        self._late: set[int] = set()
        self._spaces: dict[int, Space] = {}
        self._uses: dict[int, Uses] = {}
        self._undefined: list[tuple[Space, str, str]] = []
        self._stored: set[tuple[int, str]] = set()
        self._colours: dict[int, str] = {}
        self._coloured: list[Digest] = []
        self._named_by_text: list[tuple[Space, Path]] = []
        self.minimum = LOWEST
        """The lowest Python that can run what was met, as far as its syntax does not tell."""
        self.packages: set[str] = set()
        """The library's packages that were looked through for what the program has replaced in them."""
        self._marks = marks
        self._met: dict[int, int] = {}

    def run(self) -> None:
        """Take apart all objects that were met."""
        while self._queue or self.annotations or self._meets_subclasses() or self._meets_names():
            if self._queue:
                self._take_apart(self._queue.popleft())
            elif self.annotations:
                hints.settle(self, self.annotations.popleft())
        for space, name, function in self._undefined:
            if (space.number, name) not in self._stored:
                self.warn(f"the global {name!r} of {function!r} is not defined: NameError at the event")

    def entry(self, value: object, path: Path) -> Entry:
        """Return what stands for a value in the graph."""
        # A NaN is found in a container by its identity, so it is an object like others.
        if type(value) in ATOMS and value == value:
            if type(value) is str and value:
                self.doubt_text(path)
            return self._mark(value, path) if type(value) in MARKS else value
        if type(value) is tuple and not value:
            return value
        known = self._known.get(id(value))
        if known is not None:
            known.references += 1
            return known
        return self._known.setdefault(id(value), self._meet(Node(value, path)))

    def _mark(self, value: object, path: Path) -> Entry:
        """Return what stands for a text or bytes; an object if others compare it by identity."""
        address = id(value)
        if address not in self._marks:
            self._met[address] = self._met.get(address, 0) + 1
            return value
        node = self._known.get(address)
        if node is None:
            return self.adopt(Node(value, path, operations.CONSTANT, (value,)))
        node.references += 1
        return node

    def marks(self) -> frozenset[int]:
        """Return the texts and bytes, by address, that were met again, if code compares identity."""
        if not any(uses.compares_identity for uses in self._uses.values()):
            return frozenset()
        return frozenset(address for address, count in self._met.items() if count > 1)

    def known(self, value: object) -> Node | None:
        """Return the node of an object that was met before."""
        return self._known.get(id(value))

    def adopt(self, node: Node) -> Node:
        """Take in a node that needs not be taken apart."""
        self.nodes.append(node)
        return self._known.setdefault(id(node.value), node)

    def has(self, value: object) -> bool:
        """Tell whether an object is captured anyway."""
        return id(value) in self._known

    def trial(self, value: object, path: Path) -> list[Node] | None:
        """Return the nodes that an object would add to a graph, or None if source form cannot carry it."""
        alone = type(self)(self.name, self.references, self._locate)
        try:
            alone.entry(value, path)
            alone.run()
        except CaptureError:
            return None
        return None if alone.textless or any(map(is_made_from_itself, alone.nodes)) else alone.nodes

    def modules(self) -> set[object]:
        """Return the names of the modules that are imported on the node anyway."""
        named = (operations.MODULE, operations.REFERENCE)
        return {node.arguments[0] for node in self.nodes if node.operation in named}

    def anonymous(self, operation: str, arguments: tuple[object, ...], path: Path) -> Node:
        """Return the node of a temporary object, needed only to make another one."""
        node = Node(None, path, operation, arguments)
        self.nodes.append(node)
        return node

    def _meet(self, node: Node) -> Node:
        self.nodes.append(node)
        self._queue.append(node)
        return node

    def entries(self, values: Iterable[object], path: Path, kind: str = "item") -> tuple[Entry, ...]:
        """Return what stands for the values of a sequence."""
        return tuple(
            value if type(value) in _ENTRIES and value == value else self.entry(value, path.then(kind, index))
            for index, value in enumerate(values)
        )

    def named(
        self, values: Iterable[tuple[str, object]], path: Path, kind: str, is_chosen: bool = True
    ) -> dict[str, Entry]:
        """Return what stands for values that have names, such as attributes."""
        entries = {}
        for name, value in values:
            if type(name) is not str:
                raise self.refuse(path.then(f"name of {kind}", str(name)), name, "take a plain str for it")
            entries[name] = self.entry(value, path.then(kind, name, is_chosen))
        return entries

    def colours(self, values: list[object]) -> list[str]:
        """Return texts that are the same for objects that look the same, in every process.

        They can only be compared with each other: what tells objects apart depends on all that is looked at.
        """
        if any(id(value) not in self._colours for value in values):
            digest = self.naming.digest()
            digest.record([*(node.value for node in self.nodes), *values])
            self._colours = {id(held): digest.colour(held) for held in (*digest.objects, *values)}
            self._coloured.append(digest)
        return [self._colours[id(value)] for value in values]

    def warn(self, text: str) -> None:
        """Add a warning, once."""
        if text not in self.warnings:
            self.warnings.append(text)

    def doubt_text(self, path: Path) -> None:
        """Warn of a text whose name suggests that it is a secret."""
        if path.is_chosen and isinstance(path.name, str) and looks_secret(path.name):
            self.warn(exposed(f"the {path} of {self.name!r}"))

    def refuse(self, path: Path, value: object, remedy: str) -> CaptureError:
        """Return the error for a value that cannot travel."""
        kind = type(value)
        name = (
            kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
        )
        return self.refuse_named(path, name, remedy)

    def refuse_named(self, path: Path, type_name: str, remedy: str) -> CaptureError:
        """Return the error for what cannot travel; without the name of a type if that explains nothing."""
        root = path.root.name
        variable = root if isinstance(root, str) else None
        return CaptureError(self.name, str(path) or "value", type_name, remedy, variable=variable)

    def by_name(self, node: Node, module: str, path: str) -> None:
        """Have a node stand for what a module has under a name."""
        node.operation, node.arguments = operations.REFERENCE, (module, path)
        self.need(NEW_NAMES.get((module, path.partition(".")[0]), LOWEST))

    def need(self, version: Version) -> None:
        """Note the lowest Python that can run something that was met."""
        self.minimum = max(self.minimum, version)

    def uses(self, code: CodeType) -> Uses:
        """Return what a code object uses of its surroundings."""
        if id(code) not in self._uses:
            self._uses[id(code)] = uses_of(code)
        return self._uses[id(code)]

    def uses_by(self, node: Node) -> Uses:
        """Return what the code of a function uses."""
        return self.uses(cast("FunctionType", node.value).__code__)

    def all_uses(self) -> Iterable[Uses]:
        """Return what the captured code uses."""
        return self._uses.values()

    def names(self) -> set[str]:
        """Return all names and attributes that occur in the code met so far."""
        return {name for uses in self._uses.values() for name in uses.names}

    def imports(self) -> tuple[str, ...]:
        """Return the top-level names of the modules that captured functions import when they run."""
        found = {
            module.partition(".")[0]
            for uses in self._uses.values()
            for module, dots in uses.imports
            if not dots
        }
        return tuple(sorted(found))

    def take_unit(self, code: CodeType, space: Space) -> None:
        """Find the text of a code object, or note why there is none."""
        if id(code) in self.units:
            return
        unit = None
        try:
            unit = self._locate(code, space.globals)
        except NoSource as error:
            self.textless = self.textless or str(error)
        self.units[id(code)] = (code, unit, space)

    def space(self, namespace: dict[str, object]) -> Space:
        """Return the namespace that a function has as its globals."""
        known = self._spaces.get(id(namespace))
        if known is None:
            shared = self.references.namespace(namespace)
            name = namespace.get("__name__")
            known = Space(
                len(self.spaces), namespace, shared or (name if isinstance(name, str) else ""), bool(shared)
            )
            self._spaces[id(namespace)] = known
            self.spaces.append(known)
        return known

    def store_global(self, space: Space, name: str) -> None:
        """Note that a captured function assigns a global, which therefore need not exist yet."""
        self._stored.add((space.number, name))

    def use_global(
        self, node: Node, space: Space, name: str, chains: list[Chain], path: Path, kind: str
    ) -> None:
        """Capture a global that a function uses; ``kind`` is what the message calls it."""
        if space.shared:
            return
        if name in space.globals:
            value = space.globals[name]
            try:
                value = resolved(value)
            except ImportError as error:
                raise self.refuse(path.then(kind, name), value, f"its import fails here: {error}") from None
        elif hasattr(builtins, name):
            value = getattr(builtins, name)
            if replacements.is_builtin(name, value):
                self.need(NEW_NAMES.get(("builtins", name), LOWEST))
                return
            self.warn(
                f"the global {name!r} of {name_of(node)!r} comes from builtins, where this program has "
                "put it; it is captured as it is now"
            )
        elif name in self.uses_by(node).deferred:
            self.need(DEFERRED_ANNOTATIONS)  # older ones work it out when the function runs
            return
        else:
            self._undefined.append((space, name, name_of(node)))
            return
        found = path.then(kind, name)
        if name not in space.entries:
            asked_for = self.references.find_asked_for(name, value) if type(value) in _EQUALS else None
            if asked_for is not None:
                space.entries[name] = self.anonymous(operations.REFERENCE, asked_for, found)
            else:
                space.entries[name] = modules.bound(self, value, found)
        if (space, name) not in node.names:
            node.names.append((space, name))
        if is_module(value):
            modules.follow(self, node, value, chains, found)

    def _take_apart(self, node: Node) -> None:
        try:
            self._expand(node)
        except (CaptureError, RecursionError):
            raise
        except Exception as error:
            # Looking at an object may run code of its class or metaclass, which may fail in any way.
            remedy = f"make it inside the function ({type(error).__name__}: {error})"
            raise self.refuse(node.path, node.value, remedy) from error

    def _expand(self, node: Node) -> None:
        value = node.value
        if (generated.is_likely(value) or dataclass.is_part(value)) and self._put_off(node):
            return
        if wrappers.expand_part(self, node) or containers.expand(self, node):
            return
        for name in ("stdout", "stderr"):
            if value is getattr(sys, name) or value is getattr(sys, f"__{name}__"):
                self.by_name(node, "sys", name)
                return
        remedy = remedy_for(value)
        if remedy is not None:
            raise self.refuse(node.path, value, remedy)
        # Not isinstance: a proxy's __class__ is that of the object it stands for.
        kind = type(value)
        if kind is FunctionType:
            functions.expand(self, node, cast("FunctionType", value))
            self.bind(node)
        elif issubclass(kind, type):
            classes.expand(self, node, cast("type", value))
            self.bind(node)
        elif issubclass(kind, ModuleType):
            modules.expand(self, node, cast("ModuleType", value))
        elif kind is MethodType or kind is BuiltinFunctionType:
            methods.expand(self, node, cast("MethodType | BuiltinFunctionType", value))
        else:
            instances.expand(self, node)

    def _put_off(self, node: Node) -> bool:
        """Have a node taken apart after all that was met so far, once; tell whether there is anything."""
        if not self._queue or id(node) in self._late:
            return False
        self._late.add(id(node))
        self._queue.append(node)
        return True

    def bind(self, node: Node) -> None:
        """Have a definition stand in its module under its own name, where pickles look for it."""
        value: Any = node.value
        module = sys.modules.get(str(value.__module__))
        if module is None or node is self.nodes[0] or node.operation == operations.REFERENCE:
            return
        name = getattr(value, "__qualname__", value.__name__)
        if vars(module).get(name) is value and not self.references.shares(module):
            space = self.space(vars(module))
            if name not in space.entries:
                node.references += 1
                space.entries[name] = node

    def take_named(self, space: Space, path: Path) -> None:
        """Capture what is in a namespace that is held as a dict, as far as captured code has names for it."""
        self._named_by_text.append((space, path))
        if not path.lies_in_library():
            self.warn(
                f"{self.name!r} holds the names of the module {space.name!r} as a dict: "
                "names that only it reaches are not captured"
            )

    def _meets_names(self) -> bool:
        """Take what code may look up in namespaces; tell whether there is more."""
        before = len(self.nodes)
        texts = {text for uses in self.all_uses() for text in uses.texts}
        for space, path in self._named_by_text:
            for name in sorted(texts & space.globals.keys() - space.entries.keys()):
                if not is_module(space.globals[name]):
                    space.entries[name] = self.entry(space.globals[name], path.then("item", name))
        return len(self.nodes) > before

    def _meets_subclasses(self) -> bool:
        """Capture the subclasses that captured code finds through a class; tell whether there are more."""
        if "__subclasses__" not in self.names():
            return False
        before = len(self.nodes)
        for node in [node for node in self.nodes if node.operation in CLASSES]:
            below: list[type] = type.__subclasses__(cast("type", node.value))
            for cls in below:
                module = sys.modules.get(cls.__module__)
                if module is not None and vars(module).get(cls.__qualname__) is cls and not self.has(cls):
                    self.entry(cls, node.path.then("subclass", cls.__name__))
        return len(self.nodes) > before
