"""Finds the text that a code object was compiled from, and wraps it so that it compiles to the same code.

A text is accepted only if the wrapped text compiles to code that is equal to the code in memory (`compare`),
so a wrong guess cannot pass. Where two texts give equal code, either will do.
"""

from __future__ import annotations
import __future__

import ast
import contextlib
import functools
import inspect
import io
import linecache
import symtable
import tokenize
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.machinery import ModuleSpec
from types import CodeType

from ..driver.compiling import dig
from .compare import can_be_written, essence, is_definition
from .uses import code_in, names_in

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda

_COMPREHENSION = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_MOST_CANDIDATES = 200
_FUTURES = tuple(
    (feature.compiler_flag, name)
    for name in __future__.all_feature_names
    if (feature := getattr(__future__, name)).compiler_flag & ~inspect.CO_NESTED
)
"""Flag -> feature. The flag of nested scopes, which every Python has, says that a function is nested."""


class NoSource(Exception):
    """There is no text that compiles to the code in memory; the message says why."""


@dataclass(frozen=True)
class Unit:
    """The text of one def or lambda in a wrapper without its name, and where it comes from."""

    code: CodeType
    file: str
    """Its name as a text that can be compiled: bytes that are no UTF-8 are written as escapes."""
    line: int
    """Line of the def in the user's file."""
    future: tuple[str, ...]
    imports: frozenset[str]
    """Names bound by imports at the top level of the file: code that mentions them compiles differently."""
    wrapper: str
    """From the wrapper's parameters on: ``"():\\n def logger():\\n  ..."``."""
    path: str
    """Names of the scopes down to the code object: ``"Tool.go"``."""
    whole: str = field(repr=False, compare=False)
    """All of the text that it stands in."""


@dataclass(frozen=True)
class _Candidate:
    node: Definition
    qualified_name: str
    enclosing_class: str | None
    directly_in_class: bool


@dataclass(frozen=True)
class _Text:
    lines: list[str]
    candidates: list[_Candidate]
    imported: frozenset[str]


def unit(code: CodeType, namespace: dict[str, object]) -> Unit:
    """Return the text of a code object.

    Raises:
        NoSource: There is none, or it is not what was compiled.
    """
    wanted = essence(code)
    future = tuple(name for flag, name in _FUTURES if code.co_flags & flag)
    file = code.co_filename.encode(errors="backslashreplace").decode()
    reason = f"there is no source text of {code.co_name!r} ({code.co_filename})"
    for raw in _texts(code, namespace):
        text = _parsed(raw)
        if text is None:
            continue
        reason = f"the text of {code.co_name!r} in {code.co_filename} is not what was compiled"
        imports = text.imported & names_in(code)
        for candidate in _ranked(text.candidates, code)[:_MOST_CANDIDATES]:
            try:
                wrapper, path = _wrap(text.lines, candidate, code)
                found = _compiled(preamble(future, imports) + "def k0" + wrapper, path)
            except (SyntaxError, ValueError):
                continue
            if essence(found) == wanted:
                return Unit(code, file, candidate.node.lineno, future, imports, wrapper, path, raw)
    raise NoSource(reason)


@functools.lru_cache(maxsize=8)
def _parsed(raw: str) -> _Text | None:
    """Return what is in a text; it is parsed once for all the functions of a batch that stand in it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            table = symtable.symtable(raw, "<text>", "exec")
            imported = frozenset(
                symbol.get_name()
                for symbol in table.get_symbols()
                # "super" at the top level keeps the compiler of 3.12 from its shortcut.
                if symbol.is_imported() or symbol.get_name() == "super"
            )
            candidates = list(_definitions(ast.parse(raw), "", None, False))
        except (SyntaxError, ValueError, RecursionError):
            return None
    return _Text(raw.split("\n"), candidates, imported)


def preamble(future: tuple[str, ...], imports: frozenset[str] | set[str]) -> str:
    """Return what must precede the wrappers of one file for their text to compile as it did in the file."""
    lines = [f"from __future__ import {name}\n" for name in future]
    if imports:
        lines.append(f"if 0:import {','.join(sorted(imports))}\n")
    return "".join(lines)


def _texts(code: CodeType, namespace: dict[str, object]) -> Iterator[str]:
    """Yield the texts in which a code object may stand, the most likely first."""
    seen = set()
    for text in _raw_texts(code, namespace):
        lines = text.replace("\r\n", "\n").replace("\r", "\n")
        if lines and lines not in seen:
            seen.add(lines)
            yield lines


def _raw_texts(code: CodeType, namespace: dict[str, object]) -> Iterator[str]:
    name = code.co_filename
    try:
        with open(name, "rb") as file:
            data = file.read()
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        yield data.decode(encoding)
    except (OSError, SyntaxError, ValueError):
        pass  # the texts below may do, and if none does, the reason says so
    remembered = linecache.cache.get(name)
    if remembered is not None and len(remembered) == 4:
        # If the file has changed since it was imported, this may be the text from then.
        yield "".join(remembered[2])
    interactive = getattr(linecache, "_getlines_from_code", None)
    if interactive is not None:
        yield "".join(interactive(code))
    yield from _kept_texts(namespace)
    yield "".join(linecache.getlines(name, namespace))


def _kept_texts(namespace: dict[str, object]) -> Iterator[str]:
    """Yield the texts of a module that are kept whole; `linecache` splits lines where Python does not."""
    spec, cells = namespace.get("__spec__"), namespace.get("In")
    get_source = getattr(getattr(spec, "loader", None), "get_source", None)
    if isinstance(spec, ModuleSpec) and get_source is not None:
        with contextlib.suppress(ImportError, OSError):
            yield get_source(spec.name) or ""
    if isinstance(cells, list):
        # IPython numbers what was typed; the newest is the most likely.
        yield from (cell for cell in reversed(cells) if type(cell) is str)


def _definitions(
    node: ast.AST, prefix: str, enclosing_class: str | None, directly_in_class: bool
) -> Iterator[_Candidate]:
    """Yield every def and lambda below a node, with the innermost class around it."""
    inside = prefix
    if isinstance(node, Definition):
        name = "<lambda>" if isinstance(node, ast.Lambda) else node.name
        yield _Candidate(node, prefix + name, enclosing_class, directly_in_class)
        inside = f"{prefix}{name}.<locals>."
    for place, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST):
                continue
            if isinstance(node, ast.ClassDef) and place == "body":
                yield from _definitions(child, f"{prefix}{node.name}.", node.name, True)
            elif isinstance(node, _COMPREHENSION) or (isinstance(node, Definition) and place == "body"):
                yield from _definitions(child, inside, enclosing_class, False)
            else:
                yield from _definitions(child, prefix, enclosing_class, directly_in_class)


def _ranked(candidates: list[_Candidate], code: CodeType) -> list[_Candidate]:
    """Return the definitions with the code's name, those at the place that the code gives first."""
    if code.co_name == "<lambda>":
        lambdas = [candidate for candidate in candidates if isinstance(candidate.node, ast.Lambda)]
        span = _span(code)
        return sorted(lambdas, key=lambda candidate: _lambda_rank(candidate.node, span, code.co_firstlineno))
    named = [candidate for candidate in candidates if getattr(candidate.node, "name", None) == code.co_name]
    return sorted(
        named,
        key=lambda candidate: (
            _first_line(candidate.node) != code.co_firstlineno,
            candidate.qualified_name != code.co_qualname,
            abs(_first_line(candidate.node) - code.co_firstlineno),
        ),
    )


def _first_line(node: Definition) -> int:
    """Return the line that a code object counts from: that of the first decorator."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


Span = tuple[tuple[int, int], tuple[int, int]]


def _lambda_rank(node: Definition, span: Span | None, first_line: int) -> tuple[bool, int, int, int]:
    start, end = (node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0)
    elsewhere = span is not None and not (start <= span[0] and span[1] <= end)
    # Of nested lambdas that all contain the span, the innermost is meant.
    return elsewhere, abs(node.lineno - first_line), end[0] - start[0], end[1]


def _span(code: CodeType) -> Span | None:
    """Return first and last position of the instructions of a code object."""
    positions = [
        (line, column, last_line, last_column)
        for line, last_line, column, last_column in code.co_positions()
        if line is not None and last_line is not None and column is not None and last_column is not None
        and (line, column) != (last_line, last_column)
    ]  # fmt: skip
    if not positions:
        return None
    return min(position[:2] for position in positions), max(position[2:] for position in positions)


def _compiled(text: str, path: str) -> CodeType:
    """Return the code object that a wrapper holds; only the wrapper's def runs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compiled = compile(text, "<wrapper>", "exec", dont_inherit=True)
    return dig(dig(compiled, "k0"), path)


def _wrap(lines: list[str], candidate: _Candidate, code: CodeType) -> tuple[str, str]:
    """Return the wrapper of a definition, from its parameters on, and the path of scopes in it.

    The wrapper gives the definition what its code depends on: the free variables, the class that mangles its
    names, and a scope between the two where there was one.
    """
    node, cls = candidate.node, candidate.enclosing_class
    free = [name for name in code.co_freevars if not (cls and name == "__class__")]
    if not all(name.isidentifier() for name in free):
        raise ValueError(f"free variables {free!r}")
    scopes = _scopes(candidate, code)
    head = [f"({','.join(free)}):"]
    for depth, (keyword, name) in enumerate(scopes, 1):
        if depth == 1 and name not in free:
            head.append(f" global {name}")
        head.append(f"{' ' * depth}{keyword} {name}{'()' if keyword == 'def' else ''}:")
    indent = " " * (len(scopes) + 1)
    if isinstance(node, ast.Lambda):
        body = _lambda_lines(lines, node, indent)
    else:
        # Where the code refers to itself as a global, the wrapper must not make that name local.
        own = _mangled(node.name, cls)
        named = own in names_in(code) or (not scopes and (_has_class(code) or _makes_functions(code)))
        if named and own not in free and not (scopes and scopes[-1][0] == "class"):
            head.append(f"{indent}global {node.name}")
        body = _def_lines(lines, node, indent)
    return "\n".join([*head, *body, ""]), ".".join([*(name for _, name in scopes), code.co_name])


def _scopes(candidate: _Candidate, code: CodeType) -> list[tuple[str, str]]:
    """Return keyword and name of the scopes that a wrapper needs around the definition."""
    if _has_class(code) or (_makes_functions(code) and can_be_written(code.co_qualname)):
        # What is made inside has a qualified name from the scopes around it, which must be the original ones.
        parts = code.co_qualname.split(".")[:-1]
        following = [*parts[1:], ""]
        return [
            ("def" if after == "<locals>" else "class", name)
            for name, after in zip(parts, following)
            if name != "<locals>"
        ]
    if candidate.enclosing_class is None:
        return []
    between = [] if candidate.directly_in_class else [("def", "n")]
    return [("class", candidate.enclosing_class), *between]


def _has_class(code: CodeType) -> bool:
    return any("__qualname__" in inner.co_names or _has_class(inner) for inner in code_in(code))


def _makes_functions(code: CodeType) -> bool:
    return any(map(is_definition, code_in(code)))


def _mangled(name: str, cls: str | None) -> str:
    if not cls or not name.startswith("__") or name.endswith("__") or not cls.strip("_"):
        return name
    return f"_{cls.lstrip('_')}{name}"


def _cut(line: str, start: int, end: int | None = None) -> str:
    """Return a part of a line; columns count UTF-8 bytes."""
    return line.encode()[start:end].decode()


def _lambda_lines(lines: list[str], node: ast.Lambda, indent: str) -> list[str]:
    taken = lines[node.lineno - 1 : node.end_lineno]
    taken[-1] = _cut(taken[-1], 0, node.end_col_offset)
    taken[0] = f"{indent}({_cut(taken[0], node.col_offset)}"
    taken[-1] += ")"
    return taken


def _def_lines(lines: list[str], node: ast.FunctionDef | ast.AsyncFunctionDef, indent: str) -> list[str]:
    """Return the lines of a def, re-indented, except those that begin inside a string."""
    taken = lines[node.lineno - 1 : node.end_lineno]
    taken[-1] = _cut(taken[-1], 0, node.end_col_offset)
    old = _cut(taken[0], 0, node.col_offset).rpartition("\f")[2]
    inside_strings = lines_inside_strings(node)
    indented = []
    for number, line in enumerate(taken, node.lineno):
        if number in inside_strings:
            indented.append(line)
            continue
        # The tokenizer starts to count columns again at a form feed.
        blank = line[: len(line) - len(line.lstrip(" \t\f"))]
        unfed = blank.rpartition("\f")[2] + line[len(blank) :]
        if blank == line:
            indented.append("")
        else:
            indented.append(indent + unfed[len(old) :] if unfed.startswith(old) else unfed)
    return indented


def lines_inside_strings(node: ast.AST) -> set[int]:
    """Return the lines that begin inside a string, where blanks belong to the string."""
    inside: set[int] = set()
    for part in ast.walk(node):
        text = isinstance(part, ast.Constant) and isinstance(part.value, str | bytes)
        if text or type(part).__name__ in ("JoinedStr", "TemplateStr"):
            assert isinstance(part, ast.expr)
            inside.update(range(part.lineno + 1, (part.end_lineno or part.lineno) + 1))
    return inside
