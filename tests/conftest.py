"""What every test stands on: no test reaches a real cluster, and none sees this shell's emulated one."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from arcapix.fs.gpfs.deployment import installation

from . import checkout, session_folder, time_limit, told, waiting

# How long an example takes tells what else the machine does.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


def pytest_configure(config: pytest.Config) -> None:
    """Begin the same everywhere: `nohup make test &` ignores SIGINT, and every child would ignore it too.

    Many systems give users a group of their own and let it write to what they make, which what is ours refuses.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.umask(0o022)
    for plugin in (session_folder, time_limit, told):
        config.pluginmanager.register(plugin, plugin.__name__)


@pytest.fixture(autouse=True)
def _checkout_of_another_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where others could change this checkout, install drivers as those of emulated clusters are."""
    if checkout.DANGER:
        install = installation.install
        monkeypatch.setattr(
            installation,
            "install",
            lambda prefix=None, settings=None: install(prefix, {"emulated": True, **(settings or {})}),
        )


@pytest.fixture(autouse=True)
def _no_real_cluster(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Point every variable that leads to GPFS, or to state of ours, at nothing."""
    for name in [name for name in os.environ if name.startswith("ARCAPIX_")]:
        monkeypatch.delenv(name)
    nowhere = tmp_path_factory.getbasetemp() / "no-gpfs-here"
    monkeypatch.setenv("ARCAPIX_GPFS_BIN", str(nowhere / "bin"))
    monkeypatch.setenv("ARCAPIX_GPFS_STATE", str(nowhere / "state"))
    monkeypatch.setenv("ARCAPIX_GPFS_KEY", str(nowhere / "gpfs.key"))
    monkeypatch.setenv("ARCAPIX_GPFS_SITE", str(nowhere / "gpfs-site.json"))
    monkeypatch.setenv("XDG_STATE_HOME", str(nowhere / "xdg"))
    monkeypatch.setenv(
        "PATH", os.pathsep.join(p for p in os.environ["PATH"].split(os.pathsep) if "mmfs" not in p)
    )
    assert not Path(nowhere).exists()


@pytest.fixture
def wait() -> Callable[..., Any]:
    """Wait until something has come true: ``wait(lambda: path.exists(), "the handler has begun")``."""
    return waiting.wait


@pytest.fixture
def script(tmp_path: Path) -> Callable[[str], str]:
    """Make a shell script and return its path."""

    def make(text: str) -> str:
        path = tmp_path / f"script{len(list(tmp_path.iterdir()))}"
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        return str(path)

    return make
