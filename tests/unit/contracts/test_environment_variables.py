"""An environment variable of ours is named in one place in each part, where the reference page finds it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import arcapix.fs.gpfs as package
from arcapix.fs.gpfs.commands import environment as of_commands
from arcapix.fs.gpfs.deployment import environment as of_api
from arcapix.fs.gpfs.driver import records as of_driver
from arcapix.fs.gpfs.emulator import environment as of_emulator

PACKAGE = Path(package.__file__).parent
OURS = re.compile(r"(?<!_)ARCAPIX_GPFS_[A-Z]")  # with _ before it, click's

HOMES = (of_api, of_commands, of_driver, of_emulator)
"""One for each of the four parts, none of which may import another's."""

ALLOWED = {
    "emulator/client.py": "a copy of it runs alone",
    "exceptions.py": "below all that could tell it",
}
"""Where one is named outside of its home; and why."""


def texts(path: Path) -> list[str]:
    """The texts of a module that are not docstrings, and those below constants; none where none can be ours."""
    text = path.read_text()
    tree = ast.parse(text if "ARCAPIX" in text else "")
    notes = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    constants = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in notes]
    return [str(node.value) for node in constants if isinstance(node.value, (str, bytes))]


def test_each_variable_is_named_in_its_home_alone():
    naming = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if any(OURS.search(text) for text in texts(path))
    }
    assert naming == {str(Path(str(home.__file__)).relative_to(PACKAGE)) for home in HOMES} | set(ALLOWED)


def test_the_emulator_and_the_command_edge_mean_the_same_directory_of_commands():
    assert of_emulator.BIN == of_commands.BIN


def test_a_variable_is_a_constant_and_a_line_about_it_on_the_reference_page():
    page = (Path(__file__).parents[3] / "docs" / "reference" / "environment.md").read_text()
    constants = [
        value
        for module in HOMES
        for value in vars(module).values()
        if isinstance(value, str) and OURS.match(value)
    ]
    assert sorted(re.findall(r"^\| `(\w+)` \| \S", page, re.MULTILINE)) == sorted(set(constants))
