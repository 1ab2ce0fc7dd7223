from __future__ import annotations

from pathlib import Path

import pytest

from arcapix.fs.gpfs.emulator import control

from ..shells import Shell


@pytest.fixture
def shell(directory: Path) -> Shell:
    control.start(directory, filesystems={"mmfs1": 1 << 20})
    return Shell(directory)
