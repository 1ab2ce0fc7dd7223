from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from arcapix.fs.gpfs.registration import site

from ..recorded_gpfs import gpfs, roomy, script, small_cluster

__all__ = ["gpfs", "probed", "roomy", "script", "small_cluster"]


@pytest.fixture
def probed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Save what the probe has found out about GPFS: ``probed(list_Y="on")``."""
    path = tmp_path / "site" / "gpfs-site.json"
    monkeypatch.setenv("ARCAPIX_GPFS_SITE", str(path))

    def save(**answers: str) -> Path:
        site.write(path, site.Site("5.1.7", "c", "n1", "2026-11-22T14:42:00Z", answers))
        return path

    return save
