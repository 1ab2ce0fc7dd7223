"""Puts the driver's modules into one file of bytecode: an event pays for one read, not for a search for each.

The bundle holds the modules without what an event never needs: docstrings and annotations. Its name ends in
the version of the Python that made it. Where another one runs the stub, or the file is missing, the stub
imports the modules from the package's folder.
"""

from __future__ import annotations

import ast
import functools
import marshal
from collections.abc import Callable
from pathlib import Path
from types import CodeType
from typing import Any

DECIDING = ("_token", "_cache", "_firing", "callbackdriver")
"""What every event runs, each after those that it imports."""

RUNNING = ("_dictionary", "_journal", "_surroundings", "_rebuild", "_run")
"""What an event runs that is about the callback's object; all of it is loaded when the first is asked for."""

SELDOM = ("_rebuild_classes", "_traceback", "_event", "_leftovers")

PACKAGE = "arcapix_driver"

_GROUPS = (DECIDING, RUNNING, SELDOM)

_LOADER = """
import gc, marshal, sys

gc.disable()  # until the function is called: nothing of ours is garbage

def find_spec(name, target=None):
    if name in RUNNING_NAMES or name in SELDOM:
        return sys.modules["_frozen_importlib"].ModuleSpec(name, finder)

def create_module(spec):
    if spec.name in RUNNING_NAMES:
        for name, code in marshal.loads(RUNNING):
            execute(name, code)
        return sys.modules[spec.name]

def exec_module(module):
    if module.__name__ in SELDOM:
        module.__file__, code = SELDOM[module.__name__]
        exec(marshal.loads(code), module.__dict__)

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
"""


@functools.cache
def bundle(folder: Path) -> bytes:
    """Return the bundle of the driver's modules in a folder: a loader, and the names that it needs."""
    deciding, running, seldom = (
        [(f"{PACKAGE}.{name}", folder / f"{name}.py") for name in names] for names in _GROUPS
    )
    parts = {
        "PACKAGE": PACKAGE,
        "DECIDING": [(name, _compiled(_Bare().visit, path)) for name, path in deciding],
        "RUNNING": marshal.dumps([(name, _compiled(_Bare().visit, path)) for name, path in running]),
        "RUNNING_NAMES": frozenset(name for name, _ in running),
        "SELDOM": {name: (str(path), marshal.dumps(_compiled(_as_it_is, path))) for name, path in seldom},
    }
    loader = compile(_LOADER, "<arcapix driver bundle>", "exec", dont_inherit=True, optimize=2)
    return marshal.dumps((loader, parts))


def _compiled(prepare: Callable[[ast.AST], ast.AST], path: Path) -> CodeType:
    tree = prepare(ast.parse(path.read_text(encoding="utf-8"), str(path)))
    code: Any = compile(  # type: ignore[call-overload]
        ast.fix_missing_locations(tree), str(path), "exec", dont_inherit=True, optimize=2
    )
    assert isinstance(code, CodeType)
    return code


def _as_it_is(tree: ast.AST) -> ast.AST:
    return tree


class _Bare(ast.NodeTransformer):
    """Takes annotations away, and with them the import that makes them cheap."""

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
            return ast.Pass()
        return ast.Assign([node.target], self.visit(node.value))
