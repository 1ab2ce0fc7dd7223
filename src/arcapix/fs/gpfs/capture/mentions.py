"""What the text of a function calls and looks up, under the public names of the library."""

from __future__ import annotations

import ast
import itertools
import sys
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath

from .locate import Unit
from .nodes import ATOMS, is_module
from .secret_names import is_given

_NOTHING = object()


class Beginning(str):
    """A text of which no more than the beginning is known."""


@dataclass(frozen=True)
class Call:
    """A call. What is not known of its arguments is None."""

    name: str
    """Of what is called: ``"os.getenv"``."""
    arguments: tuple[object, ...]
    keywords: Mapping[str, object]
    used: str = ""
    """What is done with the result: the attribute that is taken, or ``"/"`` where a path is put before it."""
    place: ast.expr | None = field(default=None, compare=False)
    """Where it stands."""

    def argument(self, index: int, keyword: str = "") -> object:
        """Return an argument by position or else by name."""
        return self.arguments[index] if index < len(self.arguments) else self.keywords.get(keyword)


@dataclass(frozen=True)
class LookUp:
    """A look-up of an item, also by ``in``. A key that is not known is None."""

    name: str
    """Of what is looked into: ``"os.environ"``, or ``"builtins.globals()"``."""
    key: object
    stores: bool
    place: ast.expr | None = field(default=None, compare=False)


@dataclass
class Mentions:
    """What the text of one function mentions."""

    names: set[str] = field(default_factory=set)
    calls: list[Call] = field(default_factory=list)
    look_ups: list[LookUp] = field(default_factory=list)
    set: set[str] = field(default_factory=set)
    """The names among them that something is assigned to."""
    texts: list[str] = field(default_factory=list)
    """The names beside which a text is written: of variables, attributes, items, keywords and parameters."""


def read(unit: Unit, values: Mapping[str, object], wanted: Iterable[str]) -> Mentions:
    """Return what the text of a function mentions, apart from defaults, which do not run again.

    Args:
        unit: The text.
        values: What the names outside the function stand for.
        wanted: Public names such as ``"os.getenv"``, to be known under any other name too.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        definition = ast.parse(f"def k0{unit.wrapper}").body[0]
    for _ in unit.path.split("."):
        definition = definition.body[-1]  # type: ignore[attr-defined]
    inside = definition.value.body if isinstance(definition, ast.Expr) else definition.body  # type: ignore[attr-defined]
    reader = _Reader(values, wanted)
    parts: list[ast.AST] = inside if isinstance(inside, list) else [inside]
    for part in parts:
        reader.note_imports(part)
    for part in parts:
        reader.visit(part)
    return reader.found


def read_parts(
    parts: Iterable[ast.AST], whole: ast.AST, values: Mapping[str, object], wanted: Iterable[str]
) -> Mentions:
    """Return what parts of a text mention, and where.

    Args:
        parts: The parts.
        whole: The text, with its imports.
        values: As for `Names`.
        wanted: As for `Names`.
    """
    reader = _Reader(values, wanted)
    reader.note_imports(whole)
    for part in parts:
        reader.visit(part)
    return reader.found


def read_beginning(text: str, values: Mapping[str, object], wanted: Iterable[str]) -> Mentions:
    """Return what a file mentions outside its functions and classes, as far as importing it does that.

    What it does only as a program (``if __name__ == "__main__"``) is left out, and what it undoes (``with``).
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(text)
    reader = _ReaderOfBeginnings(values, wanted)
    reader.visit(tree)
    return reader.found


class Names:
    """What the names of a text stand for.

    Args:
        values: What the names outside it stand for.
        wanted: Public names such as ``"os.getenv"``, to be known under any other name too.
    """

    def __init__(self, values: Mapping[str, object], wanted: Iterable[str]) -> None:
        self._values = dict(values)
        objects = {id(value): name for name in wanted if (value := _loaded(name)) is not _NOTHING}
        self._public = {
            name: value.__name__.replace("posixpath", "os.path")
            if is_module(value)
            else objects.get(id(value), "")
            for name, value in values.items()
        }

    def note_imports(self, tree: ast.AST) -> None:
        """Note what is imported by the text itself."""
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    top = alias.name.partition(".")[0]
                    self._bind(alias.asname or top, alias.name if alias.asname else top)
            elif isinstance(node, ast.ImportFrom) and not node.level:
                for alias in node.names:
                    self._bind(alias.asname or alias.name, f"{node.module}.{alias.name}")

    def _bind(self, name: str, public: str) -> None:
        self._public[name] = public
        self._values.pop(name, None)

    def name(self, node: ast.expr) -> str:
        """Return the public name of what an expression stands for, or an empty text."""
        if isinstance(node, ast.Name):
            return self._public.get(node.id, "")
        if isinstance(node, ast.Attribute):
            name = self.name(node.value)
            return f"{name}.{node.attr}" if name else ""
        if isinstance(node, ast.Call):
            name = self.name(node.func)
            return f"{name}()" if name else ""
        return ""


class _Reader(Names, ast.NodeVisitor):
    def __init__(self, values: Mapping[str, object], wanted: Iterable[str]) -> None:
        super().__init__(values, wanted)
        self.found = Mentions()
        self._used: dict[ast.expr, str] = {}

    def visit_Name(self, node: ast.Name) -> None:
        self.found.names.add(self.name(node))

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.found.names.add(self.name(node))
        if isinstance(node.ctx, ast.Store):
            self.found.set.add(self.name(node))
        self._used[node.value] = node.attr
        held = self._value(node.value)
        if isinstance(held, PurePath):
            self.found.calls.append(Call("pathlib.Path", (held,), {}, node.attr, node))
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            self._note_text(target, node.value)
        self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self._note_text(node.target, node.value)
        self.generic_visit(node)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self._note_text(node.target, node.value)
        self.generic_visit(node)

    def visit_keyword(self, node: ast.keyword) -> None:
        self._note_text(node.arg, node.value)
        self.generic_visit(node)

    def visit_Dict(self, node: ast.Dict) -> None:
        for key, value in zip(node.keys, node.values):
            self._note_text(key, value)
        self.generic_visit(node)

    def visit_arguments(self, node: ast.arguments) -> None:
        positional = [*node.posonlyargs, *node.args]
        for parameter, value in zip(reversed(positional), reversed(node.defaults)):
            self._note_text(parameter.arg, value)
        for parameter, default in zip(node.kwonlyargs, node.kw_defaults):
            self._note_text(parameter.arg, default)
        self.generic_visit(node)

    def _note_text(self, name: ast.expr | str | None, value: ast.expr | None) -> None:
        if isinstance(name, ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List):
            for one, part in zip(name.elts, value.elts):
                self._note_text(one, part)
        elif isinstance(value, ast.Constant) and is_given(value.value):
            self.found.texts += filter(None, [_name_beside(name)])

    def visit_Call(self, node: ast.Call) -> None:
        keywords = {word.arg or "**": self._value(word.value) for word in node.keywords}
        arguments = tuple(map(self._value, node.args))
        used = self._used.get(node, "")
        self.found.calls.append(Call(self.name(node.func), arguments, keywords, used, node))
        self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self._look_up(node.value, node.slice, not isinstance(node.ctx, ast.Load))
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        if isinstance(node.ops[0], ast.In | ast.NotIn):
            self._look_up(node.comparators[0], node.left, False)
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        if isinstance(node.op, ast.Div):
            self._used[node.right] = "/"
        self.generic_visit(node)

    def _look_up(self, holder: ast.expr, key: ast.expr, stores: bool) -> None:
        self.found.look_ups.append(LookUp(self.name(holder), self._value(key), stores, holder))

    def _value(self, node: ast.expr) -> object:
        """Return the value of an expression as far as it is known: a constant, a path, or a tuple of them."""
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name):
            held = self._values.get(node.id)
            # Not isinstance: a proxy claims to be what it stands for.
            return held if type(held) in ATOMS or issubclass(type(held), PurePath) else None
        if isinstance(node, ast.List | ast.Tuple):
            return tuple(map(self._value, node.elts))
        if isinstance(node, ast.FormattedValue) and node.conversion == -1 and node.format_spec is None:
            return self._value(node.value)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            left, right = self._value(node.left), self._value(node.right)
            if type(left) is str and isinstance(right, str):
                return type(right)(left + right)
        return Beginning(beginning) if (beginning := self._beginning(node)) else None

    def _beginning(self, node: ast.expr) -> str:
        """Return the beginning of a text that is put together, as far as it is known."""
        if isinstance(node, ast.JoinedStr):
            parts = [self._value(part) for part in node.values]
            return "".join(map(str, itertools.takewhile(_is_whole_text, parts)))
        held, end = None, ""
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod):
            held, end = self._value(node.left), "%" if isinstance(node.op, ast.Mod) else ""
        elif (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format"
        ):
            held, end = self._value(node.func.value), "{"
        if not isinstance(held, str):
            return ""
        return held.partition(end)[0] if end else held


class _ReaderOfBeginnings(_Reader):
    def _skip(self, node: ast.AST) -> None:
        pass

    visit_FunctionDef = visit_AsyncFunctionDef = visit_Lambda = visit_ClassDef = visit_With = _skip

    def visit_If(self, node: ast.If) -> None:
        for part in node.orelse if "__name__" in ast.dump(node.test) else [*node.body, *node.orelse]:
            self.visit(part)


def _name_beside(node: ast.expr | str | None) -> str:
    """Return the name of a variable, attribute or item, or an empty text."""
    if isinstance(node, ast.Subscript):
        node = node.slice
    if isinstance(node, ast.Constant):
        node = node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    return node if isinstance(node, str) else ""


def _is_whole_text(value: object) -> bool:
    return type(value) is str


def _loaded(public: str) -> object:
    """Return what a loaded module has under a name."""
    module, _, name = public.rpartition(".")
    return vars(sys.modules[module]).get(name, _NOTHING) if module in sys.modules else _NOTHING
