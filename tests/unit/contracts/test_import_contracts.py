"""The contracts of `.importlinter` are gates: each has to go red when it is broken, and none may have a gap."""

from __future__ import annotations

import ast
import configparser
import functools
import os
import re
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
    (DOWNWARDS, "exceptions.py", "from . import cluster", ".cluster"),
    (
        DOWNWARDS,
        "registration/owner.py",
        "def late():\n    from ..callbacks import callback",
        ".callbacks.callback",
    ),
    (DRIVER, "driver/token.py", "from .. import exceptions", ".exceptions"),
    (DRIVER, "driver/decision.py", "import click", "click"),
    (FACTS, "events/facts.py", "from ..exceptions import nearest", ".exceptions"),
    (EDGE, "commands/callback.py", "from .. import events", ".events"),
    (EMULATOR, "emulator/names.py", "from .. import commands", ".commands"),
    (EMULATOR, "emulator/commands/pool.py", "from arcapix.fs.gpfs.exceptions import nearest", ".exceptions"),
    (API, "callbacks/callback.py", "from ..emulator import control", ".emulator.control"),
    (PROCESSES, "callbacks/batch.py", "import subprocess", "subprocess"),
    (PROCESSES, "quota.py", "import multiprocessing", "multiprocessing"),
    (PROCESSES, "deployment/bundling.py", "import subprocess", "subprocess"),
    (PROCESSES, "testing/runs.py", "import pty", "pty"),
    (ONE_PROCESS, "commands/remote.py", "import subprocess", "subprocess"),
]
"""Contract, module, what is written into it, and which import that is: a point begins the name of a module of ours."""

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


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the linter says of each contract, where all breaches have been made in a copy of the package."""
    tree = tmp_path_factory.mktemp("breaches")
    shutil.copytree(ROOT / "src", tree / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".importlinter", tree)
    for _, module, breach, _ in BREACHES:
        with (tree / "src" / "arcapix" / "fs" / "gpfs" / module).open("a") as file:
            file.write(f"\n{breach}\n")
    environment = {**os.environ, "PYTHONPATH": str(tree / "src"), "COLUMNS": "1000"}
    done = subprocess.run(
        [LINT, "--no-cache"], cwd=tree, env=environment, capture_output=True, text=True, timeout=100
    )
    _, *parts = re.split(r"^(.+)\n-+\n\n", done.stdout, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


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
    assert set(contracts) == {contract for contract, *_ in BREACHES}


@pytest.mark.parametrize(
    ("contract", "module", "imported"), [(contract, module, name) for contract, module, _, name in BREACHES]
)
def test_a_contract_goes_red_when_it_is_broken(
    broken: dict[str, str], contract: str, module: str, imported: str
):
    importer = ".".join(("arcapix.fs.gpfs", *Path(module).with_suffix("").parts))
    name = f"arcapix.fs.gpfs{imported}" if imported.startswith(".") else imported
    # At the beginning of a chain: what it is refused for, and not what a chain of another one leads through.
    assert re.search(rf"^- +{re.escape(f'{importer} -> {name} ')}", broken[contract], re.MULTILINE)


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


def imports(tree: ast.AST, *, is_late: bool = False) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    """Every import, and whether it stands inside a function; expressions, which hold none, are passed over."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node, is_late
        elif isinstance(node, ast.stmt | ast.excepthandler | ast.match_case):
            yield from imports(
                node, is_late=is_late or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            )


def late_imports(tree: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """The imports of modules of ours that stand inside a function."""
    for node, is_late in imports(tree):
        if is_late and (
            node.level or _is_ours(node.module or "")
            if isinstance(node, ast.ImportFrom)
            else any(_is_ours(alias.name) for alias in node.names)
        ):
            yield node


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] == "arcapix"


@functools.cache
def modules() -> dict[str, tuple[str, ast.Module]]:
    """Every module of the package, as text and parsed, by its path."""
    texts = {str(path.relative_to(PACKAGE)): path.read_text() for path in sorted(PACKAGE.rglob("*.py"))}
    return {name: (text, ast.parse(text)) for name, text in texts.items()}


def test_no_import_is_hidden_in_a_function():
    late = {
        name
        for name, (_, tree) in modules().items()
        if not name.startswith("driver/") and any(late_imports(tree))
    }
    assert late == set(ALLOWED_LATE)


@pytest.mark.parametrize(
    "around",
    [
        "@property\n    def owner(self):\n        {}",
        "async def f(self):\n        with a as b:\n            {}",
        "def f(self):\n        try: pass\n        except OSError: {}\n",
        "def f(self):\n        match self:\n            case 1: {}",
        "def f(self):\n        def g():\n            for a in b: {}",
    ],
)
@pytest.mark.parametrize(
    "hidden", ["import arcapix.fs.gpfs as gpfs", "from . import gpfs", "from arcapix import fs"]
)
def test_an_import_that_is_hidden_in_a_function_is_found(around, hidden):
    tree = ast.parse(f"import os, arcapix\nclass A:\n    from . import b\n    {around.format(hidden)}\n")
    assert [ast.unparse(node) for node in late_imports(tree)] == [hidden]


def test_no_module_is_loaded_by_its_name_where_an_import_would_do():
    names = {"import_module", "__import__", "resolve_name"}
    found = {
        name
        for name, (text, tree) in modules().items()
        if any(each in text for each in names)
        for node in ast.walk(tree)
        if (isinstance(node, ast.Name) and node.id in names)
        or (isinstance(node, ast.Attribute) and node.attr in names)
    }
    assert found == set(ALLOWED_BY_NAME)


def test_only_the_owner_of_a_callback_is_looked_up_among_the_public_names():
    asking = {
        name
        for name, (_, tree) in modules().items()
        for node, _ in imports(tree)
        if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module in ("arcapix.fs", "arcapix")
    }
    assert asking == {"callbacks/properties.py"}


def test_the_package_has_few_entries():
    entries = [path.name for path in PACKAGE.iterdir() if path.name != "__pycache__"]
    assert len(entries) <= 27
