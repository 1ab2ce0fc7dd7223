"""Orders the making and completing of all objects so that one pass can do them.

Classes are made without their attributes first, so that no hook of a base class runs again; then functions;
then the attributes of classes; then values and namespaces. Whatever runs code of a captured class or function
(a ``__setstate__``, a ``__hash__``) waits until everything that this code can reach is complete.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator

from ..driver import operations
from .nodes import CLASSES, Fill, Node, Path, Space, UnitMark, nodes_in

Step = tuple[object, ...]


class Circular(Exception):
    """An object would have to exist before it is made."""

    def __init__(self, node: Node) -> None:
        self.node = node
        super().__init__(f"the {str(node.path) or 'callable'} is made from itself")


class Order:
    """The steps for a graph.

    Args:
        nodes: The nodes, in the order in which they were met.
        spaces: The namespaces.
        unit_number: The number of a code object among the units.
    """

    def __init__(
        self, nodes: list[Node], spaces: list[Space], unit_number: Callable[[UnitMark], int]
    ) -> None:
        self.steps: list[Step] = []
        self.owners: list[Path] = []
        """For each step, the path of its object."""
        self._nodes = nodes
        self._spaces = spaces
        self._unit_number = unit_number
        self._pending: deque[tuple[Node, Fill]] = deque()
        self._waiting: dict[int, list[Fill]] = {}
        self._complete: set[int] = set()
        self._made = 0

    def run(self, roots: list[object]) -> list[object]:
        """Make the steps; return what stands for the roots.

        Raises:
            Circular: No order works.
        """
        classes = [node for node in self._nodes if node.operation in CLASSES]
        # Enums last: their members may be made of instances of the others.
        for node in sorted(classes, key=lambda node: node.operation == operations.ENUM):
            self._make(node)
        for node in self._nodes:
            if node.operation == operations.FUNCTION:
                self._make(node)
        for node in sorted(classes, key=_base_first):
            self._fill_all(node)
        for space in self._spaces:
            if not space.shared:
                self._set_all_globals(space)
        for root in roots:
            for node in nodes_in(root):
                self._make(node)
        while self._pending:
            self._fill(*self._pending.popleft())
        # Until here a library has its own under every name, which captured objects refer to.
        for space in self._spaces:
            self._set_all_globals(space)
        while self._pending:
            self._fill(*self._pending.popleft())
        return [self._written(root) for root in roots]

    def _make(self, node: Node) -> None:
        if node.number is not None or node.is_inline:
            return
        if node.busy:
            raise Circular(node)
        node.busy = True
        if node.operation == operations.FUNCTION:
            self._settle_cells(node)
            self._settle_annotations(node)
        for other in nodes_in(node.arguments):
            self._make(other)
        for other in node.copies:
            self._give_attributes(other)
        for other in node.needs:
            self._completed(other)
        if node.is_plain:
            step: Step = (operations.CONSTANT, node.plain)
        else:
            step = (node.operation, *(self._written(argument) for argument in node.arguments))
            for fill in [] if node.is_plain else node.fills:
                if fill.with_making and not fill.needs and self._is_ready(fill):
                    step += tuple(self._written(argument) for argument in fill.arguments)
                else:
                    self._waiting.setdefault(id(node), []).append(fill)
                    self._pending.append((node, fill))
        self._append(_trimmed(step), node.path)
        node.number = self._made
        self._made += 1
        node.busy = False

    def _append(self, step: Step, path: Path) -> None:
        self.steps.append(step)
        self.owners.append(path)

    def _settle_cells(self, node: Node) -> None:
        """Have a cell that only this function has made together with it, if its content exists by then."""
        for cell in nodes_in(node.arguments[2]):
            if cell.references == 1 and cell.number is None and cell.fills and self._is_ready(cell.fills[0]):
                cell.is_inline, cell.inline = True, self._written(cell.fills[0].arguments[0])

    def _settle_annotations(self, node: Node) -> None:
        """Have what travels by name ready before a function that it annotates, so that one step makes it."""
        for fill in node.fills[:1]:
            (attributes,) = fill.arguments
            assert isinstance(attributes, dict)
            for other in nodes_in(attributes.get("__annotations__")):
                if other.operation == operations.REFERENCE:
                    self._make(other)

    def _is_ready(self, fill: Fill) -> bool:
        return all(other.number is not None or other.is_inline for other in nodes_in(fill.arguments))

    def _fill_all(self, node: Node) -> None:
        for fill in list(self._waiting.get(id(node), ())):
            self._fill(node, fill)

    def _give_attributes(self, node: Node) -> None:
        for fill in list(self._waiting.get(id(node), ())):
            if not self._is_blocked(fill.arguments):
                self._fill(node, fill)

    def _fill(self, node: Node, fill: Fill) -> None:
        """Append the step of a fill, once."""
        waiting = self._waiting.get(id(node), [])
        if not any(fill is other for other in waiting):
            return
        waiting[:] = [other for other in waiting if other is not fill]
        if node.operation in CLASSES and fill.operation == operations.SET_ATTRIBUTES and not fill.put_off:
            fill = self._first_part(node, fill)
        for other in nodes_in(fill.arguments):
            self._make(other)
        for other in fill.copies:
            self._give_attributes(other)
        for other in fill.needs:
            self._completed(other)
        if fill.arguments or fill.operation in _WITHOUT_ARGUMENTS:
            written = tuple(self._written(argument) for argument in fill.arguments)
            self._append((fill.operation, node.number, *written), node.path)

    def _first_part(self, node: Node, fill: Fill) -> Fill:
        """Put off those attributes of a class whose making runs code, possibly that of the class itself.

        None keeps their places, since the order of attributes is visible.
        """
        (attributes,) = fill.arguments
        assert isinstance(attributes, dict)
        later = {name: entry for name, entry in attributes.items() if _runs_code(entry)}
        if not later:
            return fill
        rest = Fill(operations.SET_ATTRIBUTES, (later,), put_off=True)
        self._waiting[id(node)].append(rest)
        self._pending.append((node, rest))
        return Fill(
            operations.SET_ATTRIBUTES,
            ({name: None if name in later else entry for name, entry in attributes.items()},),
        )

    def _completed(self, root: Node) -> None:
        """Complete a node and everything that its code can reach, except what is being made at the moment."""
        stack = [root]
        seen = set()
        interrupted = False
        while stack:
            node = stack.pop()
            if id(node) in seen or id(node) in self._complete:
                continue
            seen.add(id(node))
            if node.busy:
                interrupted = True
                continue
            if self._is_blocked(node.arguments):
                interrupted = True
                continue
            self._make(node)
            for fill in list(self._waiting.get(id(node), ())):
                if self._is_blocked(fill.arguments):
                    interrupted = True
                else:
                    self._fill(node, fill)
            free = [name for name in node.names if not self._is_blocked(_entry(name))]
            interrupted |= len(free) < len(node.names)
            self._set_globals(free)
            stack.extend(_named_by(node))
        if not interrupted:
            self._complete |= seen

    def _is_blocked(self, argument: object) -> bool:
        """Tell whether an argument could only be made from something that is being made at the moment."""
        return any(
            node.busy or (node.number is None and not node.is_inline and self._is_blocked(node.arguments))
            for node in nodes_in(argument)
        )

    def _set_all_globals(self, space: Space) -> None:
        self._set_globals([(space, name) for name in sorted(space.entries)])

    def _set_globals(self, names: list[tuple[Space, str]]) -> None:
        """Append the steps that bind names in namespaces, for those not yet bound."""
        for space, name in names:
            if name in space.done or name not in space.entries:
                continue
            entry = space.entries[name]
            for node in nodes_in(entry):
                self._make(node)
            if name in space.done:
                continue  # making a value needed it, and has bound it
            space.done.add(name)
            last = self.steps[-1] if self.steps else ()
            if last[:2] == (operations.SET_GLOBALS, space.number) and isinstance(last[2], dict):
                last[2][name] = self._written(entry)
            else:
                self._append(
                    (operations.SET_GLOBALS, space.number, {name: self._written(entry)}), Path("global", name)
                )

    def _written(self, argument: object) -> object:
        if isinstance(argument, Node):
            if argument.is_plain and argument.is_inline:
                return argument.plain
            return argument.inline if argument.is_inline else frozenset({argument.number})
        if isinstance(argument, UnitMark):
            return self._unit_number(argument)
        if type(argument) is tuple:
            return tuple(self._written(item) for item in argument)
        if type(argument) is dict:
            return {name: self._written(item) for name, item in argument.items()}
        return argument


_WITHOUT_ARGUMENTS = frozenset({operations.ABSTRACT, operations.COROUTINE, operations.ANNOTATE_NEW})


def _runs_code(entry: object) -> bool:
    """Tell whether a captured function or class must be complete before something can be made."""
    return any(
        node.number is None and not node.is_inline and (bool(node.needs) or _runs_code(node.arguments))
        for node in nodes_in(entry)
    )


def _entry(name: tuple[Space, str]) -> object:
    return name[0].entries.get(name[1])


def _named_by(node: Node) -> Iterator[Node]:
    """Iterate over the nodes that a node leads to."""
    yield from nodes_in(node.arguments)
    for fill in node.fills:
        yield from nodes_in(fill.arguments)
    for name in node.names:
        yield from nodes_in(_entry(name))


def _base_first(node: Node) -> int:
    assert isinstance(node.value, type)
    return len(node.value.__mro__)


def _trimmed(step: Step) -> Step:
    """Leave out arguments at the end that are empty, which is what they are by default."""
    end = len(step)
    while end > 1 and (step[end - 1] == {} or step[end - 1] == ()) and type(step[end - 1]) in (dict, tuple):
        if step[0] not in _TRIMMED:
            break
        end -= 1
    return step[:end]


_TRIMMED = frozenset("CFOR")
