"""The generator of the reference pages, as a module."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from arcapix.fs.gpfs.emulator import Emulator

DOCS = Path(__file__).parents[3] / "docs"


@pytest.fixture(scope="session")
def docs() -> Path:
    return DOCS


@pytest.fixture(scope="session")
def generate() -> Iterator[ModuleType]:
    """``docs/generate.py``, with the folder beside it that its modules lie in."""
    sys.path.insert(0, str(DOCS))
    try:
        spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        yield module
    finally:
        sys.path.remove(str(DOCS))


@pytest.fixture
def make_emulator(tmp_path: Path) -> Iterator[Callable[[], Emulator]]:
    made: list[Emulator] = []

    def make() -> Emulator:
        made.append(Emulator(directory=tmp_path / "cluster"))
        return made[-1]

    yield make
    for emulator in made:
        emulator.close()
