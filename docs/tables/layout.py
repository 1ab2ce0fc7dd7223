"""The folders of the package as ARCHITECTURE.md shows them, from the folders themselves."""

from __future__ import annotations

import ast
import configparser
import textwrap
from functools import cache
from pathlib import Path

from .markdown import first_sentence

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "arcapix" / "fs" / "gpfs"
_WIDTH = 118
_NAME = 16


def layout() -> str:
    """Return the tree, from the top floor of the import contract down: each entry, and a folder's modules."""
    lines = ["```text", "src/arcapix/fs/gpfs/    (arcapix/ and arcapix/fs/ carry no __init__.py)"]
    for path in sorted(_entries(), key=lambda path: (_floors().get(path.stem, -1), path.name)):
        lines += _entry(path)
    return "\n".join([*lines, "```"])


def _entries() -> list[Path]:
    return [path for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()]


@cache
def _floors() -> dict[str, int]:
    """The floor of each entry, 0 being the uppermost."""
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter")
    layers = contracts["importlinter:contract:downwards"]["layers"].split("\n")
    return {name: floor for floor, line in enumerate(layers) for name in line.replace("|", " ").split()}


def _entry(path: Path) -> list[str]:
    if path.is_file():
        return _shown(path.name, _purpose(path))
    return [
        *_shown(f"{path.name}/", _purpose(path / "__init__.py")),
        *_wrapped("│   ", " ".join(_modules(path))),
        *[
            line
            for folder in _folders(path)
            for line in _wrapped("│   ", f"{folder.name}/: {' '.join(_modules(folder))}")
        ],
    ]


def _folders(path: Path) -> list[Path]:
    return sorted(folder for folder in path.iterdir() if folder.is_dir() and folder.name != "__pycache__")


def _modules(folder: Path) -> list[str]:
    return sorted(path.stem for path in folder.glob("*.py") if path.stem != "__init__")


def _purpose(module: Path) -> str:
    return first_sentence(ast.get_docstring(ast.parse(module.read_text(encoding="utf-8"))) or "")


def _shown(name: str, purpose: str) -> list[str]:
    first, *rest = textwrap.wrap(purpose.replace("``", "").replace("`", ""), _WIDTH - _NAME - 4)
    return [f"├── {name:{_NAME}} {first}", *[f"│   {'':{_NAME}} {line}" for line in rest]]


def _wrapped(indent: str, text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=f"{indent}  ", subsequent_indent=f"{indent}  ")
