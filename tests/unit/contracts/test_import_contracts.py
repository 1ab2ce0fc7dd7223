"""The contracts of `.importlinter` are gates: each has to go red when it is broken, and none may have a gap."""

from __future__ import annotations

import ast
import configparser
import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "src" / "arcapix" / "fs" / "gpfs"
LINT = Path(sys.executable).with_name("lint-imports")

DOWNWARDS = "Imports run downwards"
DRIVER = "The driver sees its own folder alone"
FACTS = "Facts about GPFS stand alone"
EDGE = "The command edge knows neither callbacks nor functions"
EMULATOR = "The emulator shares facts with what it tests, never code"
API = "The API does not know that there is an emulator"
PROCESSES = "No process is started outside commands, the driver and the emulator"
ONE_PROCESS = "In commands only process starts one"

BREACHES = [
    (DOWNWARDS, "exceptions.py", "from . import cluster"),
    (DOWNWARDS, "registration/owner.py", "def late():\n    from ..callbacks import callback"),
    (DRIVER, "driver/token.py", "from .. import exceptions"),
    (DRIVER, "driver/decision.py", "import click"),
    (FACTS, "events/facts.py", "from ..exceptions import nearest"),
    (EDGE, "commands/callback.py", "from .. import events"),
    (EMULATOR, "emulator/names.py", "from .. import commands"),
    (EMULATOR, "emulator/commands/pool.py", "from arcapix.fs.gpfs.exceptions import nearest"),
    (API, "callbacks/callback.py", "from ..emulator import control"),
    (PROCESSES, "callbacks/batch.py", "import subprocess"),
    (PROCESSES, "quota.py", "import multiprocessing"),
    (PROCESSES, "deployment/bundling.py", "import subprocess"),
    (PROCESSES, "testing/runs.py", "import pty"),
    (ONE_PROCESS, "commands/remote.py", "import subprocess"),
]

ALLOWED_LATE = {
    "capture/viewer.py": "a process of its own that is told first where the package is",
    "cli/completion.py": "every command names what completes it, and few are completed",
    "cli/nodes.py": "rich is for terminals alone, and takes longer to load than everything else",
    "cli/table.py": "the same",
    "cli/look/history.py": "what asks other nodes takes as long to load as the runs of this node to read, and the catalogue a fifth of that",
    "registration/header.py": "most headers have no run options, and a listing is to be there at once",
    "registration/listed.py": "the same",
    "runs/history.py": "only who asks for the runs of an event needs the catalogue",
    "testing/__init__.py": "every pytest run on a machine that has the package loads this module",
}
"""Where a function imports something of ours outside the driver, whose modules are loaded when an event needs
them; and why."""

ALLOWED_BY_NAME = {
    "__init__.py": "the public names, each loaded on first use",
    "administration/functions.py": "what an administrator names",
    "callbacks/__init__.py": "the same, for a program that installs nothing",
    "capture/__init__.py": "the same, for a node that reads a Secret",
    "capture/checker.py": "the driver's modules, in a process that is as bare as the driver",
    "capture/references.py": "modules of the user's",
    "cli/__init__.py": "each command, when it is the one that is given",
    "commands/__init__.py": "the same as the package's own",
    "driver/rebuild.py": "modules of the user's",
    "emulator/__init__.py": "the same as the package's own",
    "emulator/registry.py": "every module of commands/",
    "testing/__init__.py": "the same as the package's own",
}
"""Where a module is loaded by a name that is not an import, so that no linter sees it; and why."""


def lint(tree: Path) -> str:
    environment = {**os.environ, "PYTHONPATH": str(tree / "src")}
    done = subprocess.run(
        [LINT, "--no-cache"], cwd=tree, env=environment, capture_output=True, text=True, timeout=100
    )
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def contracts() -> dict[str, dict[str, list[str]]]:
    """The contracts by name: each list of modules, without the name of the package."""
    parser = configparser.ConfigParser()
    parser.read(ROOT / ".importlinter")
    sections = (parser[name] for name in parser.sections() if ":contract:" in name)
    return {
        section["name"]: {key: text.replace("arcapix.fs.gpfs.", "").split() for key, text in section.items()}
        for section in sections
    }


def rooms() -> set[str]:
    """What stands at the top of the package: folders and modules."""
    return {path.stem for path in PACKAGE.iterdir() if path.is_dir() or path.suffix == ".py"} - {
        "__init__",
        "__pycache__",
    }


def test_every_contract_has_a_breach_that_is_tried(contracts):
    assert set(contracts) == {contract for contract, _, _ in BREACHES}


@pytest.mark.parametrize(("contract", "module", "breach"), BREACHES)
def test_a_contract_goes_red_when_it_is_broken(tmp_path: Path, contract: str, module: str, breach: str):
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".importlinter", tmp_path)
    path = tmp_path / "src" / "arcapix" / "fs" / "gpfs" / module
    path.write_text(path.read_text() + f"\n{breach}\n")
    assert f"{contract} BROKEN" in lint(tmp_path)


@pytest.mark.parametrize(
    ("contract", "outside"),
    [
        (DRIVER, set()),
        (FACTS, set()),
        (EDGE, {"environment", "exceptions"}),
        (EMULATOR, {"events"}),
        (API, set()),
        (PROCESSES, {"commands", "driver", "emulator"}),
    ],
)
def test_no_room_is_forgotten_in_a_contract(contracts, contract: str, outside: set[str]):
    lists = contracts[contract]
    assert {*lists["source_modules"], *lists["forbidden_modules"]} & rooms() == rooms() - outside


def test_no_module_of_the_command_edge_is_forgotten(contracts):
    modules = {path.stem for path in (PACKAGE / "commands").glob("*.py")} - {"__init__", "process"}
    assert {name.removeprefix("commands.") for name in contracts[ONE_PROCESS]["source_modules"]} == modules


def late_imports(tree: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """The imports of modules of ours that stand inside a function."""
    for function in ast.walk(tree):
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            for node in ast.walk(function):
                if (isinstance(node, ast.ImportFrom) and (node.level or _is_ours(node.module or ""))) or (
                    isinstance(node, ast.Import) and any(_is_ours(alias.name) for alias in node.names)
                ):
                    yield node


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] == "arcapix"


@functools.cache
def modules() -> dict[str, ast.Module]:
    """Every module of the package, parsed, by its path."""
    return {
        str(path.relative_to(PACKAGE)): ast.parse(path.read_text()) for path in sorted(PACKAGE.rglob("*.py"))
    }


def test_no_import_is_hidden_in_a_function():
    late = {
        name for name, tree in modules().items() if not name.startswith("driver/") and any(late_imports(tree))
    }
    assert late == set(ALLOWED_LATE)


def test_an_import_that_is_hidden_in_a_property_is_found():
    text = "class A:\n    @property\n    def owner(self):\n        import arcapix.fs.gpfs as gpfs\n        return gpfs"
    assert [node.lineno for node in late_imports(ast.parse(text))] == [4]


def test_no_module_is_loaded_by_its_name_where_an_import_would_do():
    names = {"import_module", "__import__", "resolve_name"}
    found = {
        name
        for name, tree in modules().items()
        for node in ast.walk(tree)
        if (isinstance(node, ast.Name) and node.id in names)
        or (isinstance(node, ast.Attribute) and node.attr in names)
    }
    assert found == set(ALLOWED_BY_NAME)


def test_only_the_owner_of_a_callback_is_looked_up_among_the_public_names():
    asking = {
        name
        for name, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module in ("arcapix.fs", "arcapix")
    }
    assert asking == {"callbacks/properties.py"}


def test_the_package_has_few_entries():
    entries = [path.name for path in PACKAGE.iterdir() if path.name != "__pycache__"]
    assert len(entries) <= 27
