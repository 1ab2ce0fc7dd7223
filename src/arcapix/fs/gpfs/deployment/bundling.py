"""Puts the driver's modules into one file of bytecode: an event costs one read, not a search for each.

The bundle leaves out what an event never needs: docstrings and annotations. Its name ends in the version of
the Python that made it. If another version runs the stub, or the file is missing or damaged, the modules are
imported from the package's folder.

Python does not check bytecode: with a damaged one it crashes, or does something else than was written. So
a bundle holds everything twice, as bytes, and a guard compares them before anything else is made of them.
That costs an event a fraction of what a checksum would; the guard is compiled, unlike the text of the stub.
"""

from __future__ import annotations

import ast
import functools
import inspect
import itertools
import marshal
import string
from collections.abc import Sequence
from pathlib import Path
from types import CodeType
from typing import Any

from ..driver import token as tokens

DECIDING = ("cache", "decision", "main")
"""The modules that every event runs, each after those that it imports."""

_TOGETHER = (
    # an event that is about the callback's object, and is recorded
    ("journal", "output", "records"),
    # one that the function is called for
    ("environment", "process", "ending", "operations", "rebuild", "run"),
    # the first event of a function on a node
    ("token", "dictionary", "trust", "verification", "cache_writer", "compiling"),
    # an event that a pause lets go
    ("escapes", "pause"),
    # a function that starts processes
    ("orphan", "collector", "keeping", "watch"),
    # a run with options
    ("descendants", "attempt", "time_limit", "supervisor"),
    # one of a callback of which only some run at the same time
    ("places", "max_running"),
    # one that runs once in the cluster
    ("once_record", "once"),
    # one that is tried again
    ("pending", "delivery"),
    ("claims", "pending_reader", "log_frames", "leftovers", "deliverer"),
)
_ALONE = (
    "arrival", "bounded_file", "complaints", "crowd", "doubled_words", "drill", "event", "event_key", "every",
    "holding_threads", "identity", "managers", "outcome", "own_files", "pause_file", "rebuild_classes",
    "rebuild_objects", "recorder", "refusal", "source_lines", "stale_runs", "traceback", "upkeep",
)  # fmt: skip
LATER = (*_TOGETHER, *[(name,) for name in _ALONE])
"""Groups of modules that are loaded together when one of them is asked for; each after those that it
imports."""

_BEFORE = {
    "run": ("records",),
    "supervisor": ("run",),
    "once": ("event_key", "records", "refusal"),
    "every": ("event_key",),
}
"""Of groups, what is loaded from others before them: without that, each would be searched for."""

_WHOLE = ("event", "traceback")
"""Modules that need their annotations or docstrings: for a dataclass, or because handlers may look at
them."""

_EVERY = (*DECIDING, *[name for names in LATER for name in names])

PACKAGE = "arcapix_driver"

_TYPES = "TYPE_CHECKING"
_DIGEST_BYTES = 32
_DIGITS = 8
"""Of the place where a group begins: each takes as much room as any other."""

_GUARD = """
if __name__ == "__main__":
    content = memoryview(bundle)[{begin}:{end}]
    if not bundle.endswith(content, 0, {digest}):
        raise OSError("its two copies differ")
    loader, needed = marshal.loads(content)
    needed["CONTENT"] = content
    exec(loader, needed)
    del bundle, content, loader, needed
else:
    main = dict
"""
"""It finds all in ``bundle``, and raises what the stub takes for a bundle that cannot be used. In a process
that ``multiprocessing`` has spawned for a handler, ``main`` does nothing."""

_LOADER = """
import marshal, sys

frozen = sys.modules["_frozen_importlib"]
# as `import gc` does it, but for a search and for locks that one thread does not need
gc = frozen._builtin_from_name("gc")
gc.disable()  # until the function is called: nothing of ours is garbage

def find_spec(name, target=None):
    if f" {name} " in LATER:
        return frozen.ModuleSpec(name, finder)

def create_module(spec):
    load(spec.name)
    return sys.modules[spec.name]

def load(asked):
    _, _, place = LATER.partition(f" {asked} ")
    for name, code in marshal.loads(CONTENT[int(place[:DIGITS]):]):
        if code:
            execute(name, code)
        elif name not in sys.modules:
            load(name)

def exec_module(module):
    pass

def execute(name, code):
    module = sys.modules[name] = type(sys)(name)
    module.__package__ = PACKAGE
    module.__file__ = code.co_filename
    setattr(package, name[len(PACKAGE) + 1:], module)
    exec(code, module.__dict__)

# A module serves as finder and loader, in the place of a folder; making a class would cost more than all this
finder = type(sys)("finder")
finder.find_spec, finder.create_module, finder.exec_module = find_spec, create_module, exec_module
package = sys.modules[PACKAGE] = type(sys)(PACKAGE)
package.__path__ = ["arcapix driver bundle"]
sys.path_importer_cache["arcapix driver bundle"] = finder
for name, code in DECIDING:
    execute(name, code)
sys.modules["__main__"].main = package.main.main  # for the stub
"""


@functools.cache
def bundle(folder: Path) -> bytes:
    """Return the bundle of the driver's modules in a folder: a guard, what it guards, and a copy of that.

    A digest stands behind them.
    """
    groups = [_group(folder, names) for names in LATER]
    content = b"".join([_first(folder, list(map(len, groups))), *groups])
    guard = _GUARD.format(
        begin=-_DIGEST_BYTES - 2 * len(content), end=-_DIGEST_BYTES - len(content), digest=-_DIGEST_BYTES
    )
    whole = marshal.dumps(_compiled_text(guard)) + content + content
    return whole + _digest(whole, folder)


def _group(folder: Path, names: Sequence[str]) -> bytes:
    """Return a group of modules, behind the names of those whose groups are loaded before."""
    before = [(f"{PACKAGE}.{needed}", None) for name in names for needed in _BEFORE.get(name, ())]
    return marshal.dumps([*before, *[_compiled(folder, name) for name in names]])


def _first(folder: Path, lengths: Sequence[int]) -> bytes:
    """Return what every event needs: the loader, the modules that decide, and where the others begin.

    Args:
        folder: The folder.
        lengths: Of the groups, which stand behind this.
    """
    deciding = [_compiled(folder, name) for name in DECIDING]

    def with_places(length: int) -> bytes:
        begins = itertools.accumulate(lengths, initial=length)
        later = [
            f"{PACKAGE}.{name} {place:0{_DIGITS}} " for place, names in zip(begins, LATER) for name in names
        ]
        needed = {"PACKAGE": PACKAGE, "DECIDING": deciding, "LATER": " " + "".join(later), "DIGITS": _DIGITS}
        return marshal.dumps((_compiled_text(_LOADER), needed))

    return with_places(len(with_places(0)))


def is_current(bundled: bytes, folder: Path) -> bool:
    """Tell whether a bundle is what this Python would make of the driver's modules in a folder now.

    Args:
        bundled: A bundle, or what is left of one, whose name says that it was made by this version of Python.
        folder: The folder.
    """
    content = bundled[:-_DIGEST_BYTES]
    return bundled == content + _digest(content, folder)


def _digest(content: bytes, folder: Path) -> bytes:
    """Return a digest of a bundle and of what it was made from."""
    texts = [path.read_bytes() for path in (Path(__file__), *[folder / f"{name}.py" for name in _EVERY])]
    return tokens.digest(b"\0".join([content, *texts]), None).encode()


def _compiled_text(text: str) -> CodeType:
    code: CodeType = compile(text, "<arcapix driver bundle>", "exec", dont_inherit=True, optimize=2)
    return code


def _compiled(folder: Path, name: str) -> tuple[str, CodeType]:
    path = folder / f"{name}.py"
    tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    code: Any = compile(
        tree if name in _WHOLE else _Bare().visit(tree),
        str(path),
        "exec",
        dont_inherit=True,
        optimize=-1 if name in _WHOLE else 2,
    )
    assert isinstance(code, CodeType)
    return f"{PACKAGE}.{name}", code if name in _WHOLE else _with_short_names(code)


def _with_short_names(code: CodeType) -> CodeType:
    """Return code whose names are short where nobody looks for them, since each costs an event.

    Functions are called in errors by their names alone, which are there anyway. The variables of a function
    are called by letters, unless its caller may name them, or a function within it.
    """
    constants = [_with_short_names(item) if isinstance(item, CodeType) else item for item in code.co_consts]
    stars = sum(bool(code.co_flags & flag) for flag in (inspect.CO_VARARGS, inspect.CO_VARKEYWORDS))
    arguments = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount + stars]
    taken = {*arguments, *code.co_cellvars, *code.co_freevars}
    letters = [letter for letter in string.ascii_letters if letter not in taken]
    own = code.co_varnames[len(arguments) :]
    return code.replace(
        co_consts=tuple(constants),
        co_qualname=code.co_name,
        co_varnames=(*arguments, *letters[: len(own)], *own[len(letters) :]),
    )


class _Bare(ast.NodeTransformer):
    """Removes annotations, and with them the import that makes them cheap, and those that they need."""

    def visit(self, node: ast.AST) -> Any:
        """Leave expressions, which are most of a text, alone: none holds an annotation."""
        return node if isinstance(node, ast.expr) else super().visit(node)

    def visit_If(self, node: ast.If) -> ast.AST | None:
        """Drop what only type checkers execute."""
        is_for_checkers = isinstance(node.test, ast.Name) and node.test.id == _TYPES
        return None if is_for_checkers else self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> ast.AST | None:
        """Drop the name that tells type checkers apart."""
        (target, *_) = node.targets
        is_for_checkers = isinstance(target, ast.Name) and target.id == _TYPES
        return None if is_for_checkers else self.generic_visit(node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST | None:
        """Drop ``from __future__ import annotations``."""
        return None if node.module == "__future__" else node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Drop the annotations of parameters and result."""
        node.returns = None
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        """Drop the annotation of a parameter."""
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        """Turn an annotated assignment into a plain one."""
        if node.value is None:
            return ast.copy_location(ast.Pass(), node)
        return ast.copy_location(ast.Assign([node.target], node.value), node)
