"""A shell on an emulated cluster, as the README starts one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ..shells import Shell


@pytest.fixture
def outside() -> dict[str, str]:
    """The variables of a shell that has no cluster."""
    return {name: value for name, value in os.environ.items() if not name.startswith("ARCAPIX_")}


@pytest.fixture
def shell(directory: Path, outside: dict[str, str]) -> Shell:
    return Shell.start(directory, "--nodes", "mynode,n2,n3", environment=outside)
