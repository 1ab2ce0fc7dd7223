"""A node that plays drills: an emulated cluster, and a driver whose runs the test can read."""

from __future__ import annotations

from pathlib import Path

import pytest

from arcapix.fs.gpfs.deployment import installation
from arcapix.fs.gpfs.deployment.environment import DRIVER

from ...recorded_gpfs import RecordedGPFS, gpfs, small_cluster

__all__ = ["gpfs", "small_cluster"]


@pytest.fixture
def driver(gpfs: RecordedGPFS, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installed driver; callbacks are registered with it."""
    folder = tmp_path / "driver"
    settings = {"key": str(folder / "gpfs.key"), "emulated": True}
    stub = installation.install(folder, settings)
    monkeypatch.setenv(DRIVER, str(stub))
    return stub
