"""The environment variables, from the modules that define them as constants."""

from __future__ import annotations

import ast
import inspect
from itertools import pairwise
from types import ModuleType

from arcapix.fs.gpfs.commands import environment as of_commands
from arcapix.fs.gpfs.deployment import environment as of_api
from arcapix.fs.gpfs.driver import records as of_driver
from arcapix.fs.gpfs.emulator import environment as of_emulator

from .markdown import code, first_sentence, prose, table


def variables() -> str:
    """Variable -> what it is; of one that several parts read, the text of the last part counts."""
    return table(
        ("variable", "what it is"),
        {**_rows(of_emulator), **_rows(of_driver), **_rows(of_api), **_rows(of_commands)}.values(),
    )


def _rows(module: ModuleType) -> dict[str, tuple[str, str]]:
    """The constants of a module, each with the text below it."""
    body = ast.parse(inspect.getsource(module)).body
    return {
        ast.literal_eval(constant.value): (
            code(ast.literal_eval(constant.value)),
            prose(first_sentence(ast.literal_eval(text.value))),
        )
        for constant, text in pairwise(body)
        if isinstance(constant, ast.Assign)
        and isinstance(text, ast.Expr)
        and str(getattr(constant.value, "value", "")).startswith("ARCAPIX_")
    }
