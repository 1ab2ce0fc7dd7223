"""Looks at what captured code expects around it and would not find on a node: a warning, or a refusal."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterable
from pathlib import PurePath
from types import FunctionType
from typing import TYPE_CHECKING, cast

from . import loggers, process_state, replacements
from .mentions import Beginning, Call, read, read_beginning
from .nodes import ATOMS, Node, Path, name_of
from .raw_state import resolved

if TYPE_CHECKING:
    from .walk import Walk

_BLIND = {
    "eval": "eval()",
    "exec": "exec()",
    "globals": "globals()",
    "vars": "vars()",
    "inspect": "the module inspect",
}
_IMPORTING = ("importlib.import_module", "importlib.__import__", "builtins.__import__", "runpy.run_module")
_MODULES = ("sys.modules", "sys.modules.get")
_PLAIN = ATOMS | {tuple, list, dict, set, frozenset}
_WANTED = (*process_state.WANTED, *_IMPORTING)


def look(walk: Walk, node: Node, function: FunctionType) -> None:
    """Look at the code of a function that is captured by value, and at its text if there is one.

    Raises:
        CaptureError: It imports a module that is not on the nodes.
    """
    uses = walk.uses(function.__code__)
    values = _outside(walk, function)
    unit = walk.units[id(function.__code__)][1]
    if unit is not None:
        mentions = read(unit, values, _WANTED)
        for name in mentions.texts:
            walk.doubt_text(Path("constant", name))
        walk.mentioned |= {*mentions.names, *process_state.variables_set(mentions)}
        for doubt in process_state.doubts(mentions, values, walk.variables):
            walk.warn(f"{name_of(node)!r} {doubt}")
        for call in mentions.calls:
            if call.name in _IMPORTING:
                _look_at_importing(walk, node, call)
        keys = [look_up.key for look_up in mentions.look_ups if look_up.name in _MODULES]
        keys += [call.argument(0) for call in mentions.calls if call.name in _MODULES]
        _look_at_modules(walk, node, keys)
    elif "modules" in uses.names and (sys in values.values() or ("sys", 0) in uses.imports):
        _look_at_modules(walk, node, [None])
    for name in sorted(uses.loaded):
        if function.__globals__.get(name) is sys.modules.get("inspect", walk):
            _warn_of_blindness(walk, node, "inspect")
        elif name in _BLIND and name not in function.__globals__:
            _warn_of_blindness(walk, node, name)
            if name != "vars":  # which gives a function no more than its own
                _take_named(walk, node, function.__globals__)
    loggers.accompany(walk, node, uses, values)
    for module, dots in sorted(uses.imports):
        if module == "inspect" and not dots:
            _warn_of_blindness(walk, node, module)
        _look_at_import(walk, node, "." * dots + module)
        for imported in sorted({module.partition(".")[0], module} & sys.modules.keys()):
            replacements.take(walk, node, sys.modules[imported], uses.names)


def look_at_files(walk: Walk) -> None:
    """Warn of what the files of captured functions set up for the process that imports them."""
    modules = {str(name).partition(".")[0] for name in walk.modules()} | {*walk.imports()}
    if "decimal" in modules and (changed := process_state.changed_context()):
        walk.warn(
            f"{walk.name!r} uses decimal, whose context this program has changed ({changed}), which an event "
            "does not know of; change it inside the function"
        )
    seen: set[str] = set()
    for _, unit, space in walk.units.values():
        if unit is None or unit.file in seen or not process_state.may_set_up(unit.whole):
            continue
        seen.add(unit.file)
        beginning = read_beginning(unit.whole, space.globals, _WANTED)
        for done in process_state.set_up(beginning, modules, walk.mentioned):
            walk.warn(
                f"{walk.name!r} uses {PurePath(unit.file).name}, which {done} when it is imported; a node "
                "does not import it, so do that inside the function"
            )


def _outside(walk: Walk, function: FunctionType) -> dict[str, object]:
    """Return what the names stand for that a function does not define itself."""
    found = {}
    for name in walk.uses(function.__code__).loaded:
        if name in function.__globals__ or hasattr(builtins, name):
            found[name] = resolved(function.__globals__.get(name, getattr(builtins, name, None)))
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
        try:
            found[name] = cell.cell_contents
        except ValueError:
            continue  # it is empty
    return found


def _warn_of_blindness(walk: Walk, node: Node, name: str) -> None:
    walk.warn(f"{name_of(node)!r} uses {_BLIND[name]}: names that only it reaches are not captured")


def _look_at_import(walk: Walk, node: Node, module: str) -> None:
    if module.startswith(".") or not walk.references.shares_import(module):
        shown = node.path.then("import of own module", module)
        raise walk.refuse_named(shown, "", "import it at the top of the file, it is not on the nodes")


def _look_at_importing(walk: Walk, node: Node, call: Call) -> None:
    """Look at an import whose module is an argument."""
    name, package = call.argument(0, "name"), call.argument(1, "package")
    if type(name) is str and name.startswith(".") and type(package) is str:
        name = package + name
    if isinstance(name, Beginning) and "." in name.lstrip("."):
        name = str(name).rpartition(".")[0]
    if type(name) is str:
        _look_at_import(walk, node, name)
        walk.uses_by(node).imports.add((name, 0))
        return
    what = f"a module whose name begins with {str(name)!r}" if name else "a module whose name it works out"
    walk.warn(
        f"{name_of(node)!r} imports {what}: every node must have it, none of this program's is captured"
    )


def _look_at_modules(walk: Walk, node: Node, keys: Iterable[object]) -> None:
    """Capture what the code names by texts in own modules that it takes out of `sys.modules`."""
    for key in keys:
        module = sys.modules.get(key) if type(key) is str else None
        if not walk.references.shares(module):
            shown = f"sys.modules[{key!r}]" if type(key) is str else "sys.modules"
            walk.warn(
                f"{name_of(node)!r} looks into {shown}: of this program's modules, only what its code "
                "gives by name is captured"
            )
            _take_named(walk, node, vars(module) if module else cast("FunctionType", node.value).__globals__)


def _take_named(walk: Walk, node: Node, namespace: dict[str, object]) -> None:
    """Capture what is in a module under the names that occur as texts in a function's code."""
    space = walk.space(namespace)
    for name in sorted(walk.uses_by(node).texts & namespace.keys()):
        if callable(namespace[name]) or type(namespace[name]) in _PLAIN:
            walk.use_global(node, space, name, [], node.path, "global")
