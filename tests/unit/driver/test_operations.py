"""The writer and the readers of captured bodies share one table of operations, and know all of it."""

from __future__ import annotations

import ast
from pathlib import Path

from arcapix.fs.gpfs import capture
from arcapix.fs.gpfs.driver import operations, rebuild, rebuild_classes, rebuild_objects

OPERATIONS = {name: value for name, value in vars(operations).items() if name.isupper()}


def written() -> set[str]:
    """The names of the operations that `capture` uses."""
    return {
        node.attr
        for path in Path(capture.__file__).parent.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "operations"
    }


def test_every_operation_has_a_letter_of_its_own():
    assert all(len(letter) == 1 for letter in OPERATIONS.values())
    assert len(set(OPERATIONS.values())) == len(OPERATIONS)


def test_every_operation_is_done_by_exactly_one_module():
    few, objects, classes = (
        {letter for letter, operation in known.items() if operation.__module__ == module.__name__}
        for known, module in (
            (rebuild._OPERATIONS, rebuild),
            (rebuild_objects.OPERATIONS, rebuild_objects),
            (rebuild_classes.OPERATIONS, rebuild_classes),
        )
    )
    assert few | objects | classes == set(OPERATIONS.values())
    assert not few & objects and not few & classes and not objects & classes


def test_every_operation_is_written():
    assert written() == set(OPERATIONS)


def test_no_step_is_written_by_its_letter():
    for path in Path(capture.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Fill":
                assert not isinstance(node.args[0], ast.Constant), (path.name, node.lineno)
            if isinstance(node, ast.Compare) and ast.unparse(node.left).endswith("operation"):
                assert not any(isinstance(one, ast.Constant) for one in node.comparators), (
                    path.name,
                    node.lineno,
                )


def test_a_letter_keeps_its_meaning():
    """Tokens outlive releases: a letter may be added, and none may be changed."""
    letters = "FGMVX gx TLlDdSsZ BWRcuUOikCa NEmrKAyefn".replace(" ", "")
    assert "".join(OPERATIONS.values()) == letters
