"""What the tests write is in one folder, which is removed at the end unless a test failed: a plugin of pytest.

The folder stands for the one of temporary files, here and in all processes that get this environment. Who runs
the tests with ``--basetemp`` has chosen a folder, and keeps it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

_FOLDER = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    """Make the folder, in the process that starts the others; tests that become another user can reach it."""
    if hasattr(config, "workerinput") or config.option.basetemp:
        return
    folder = Path(tempfile.mkdtemp(prefix="arcapix-tests."))
    folder.chmod(0o711)
    config.stash[_FOLDER] = folder
    config.option.basetemp = str(folder / "t")  # short: sockets are in it
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say where the files of a failed test are."""
    if config.stash.get(_FOLDER, None) and _failed(terminalreporter):
        terminalreporter.write_line(f"What the tests wrote is in {config.stash[_FOLDER]}")


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the folder, when no process of the tests is left."""
    folder = config.stash.get(_FOLDER, None)
    reporter = config.pluginmanager.getplugin("terminalreporter")
    if folder and not _failed(reporter):
        for path, names, _ in os.walk(folder):
            for name in names:
                if not (inside := Path(path, name)).is_symlink():
                    inside.chmod(0o700)
        shutil.rmtree(folder, ignore_errors=True)
        if folder.exists():
            reporter.write_line(f"What the tests wrote could not be removed: {folder}")


def _failed(reporter: pytest.TerminalReporter) -> bool:
    return any(reporter.stats.get(category) for category in ("failed", "error"))
