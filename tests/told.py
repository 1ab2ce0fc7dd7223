"""What a run of the tests says of itself while it collects them, and of those that it skipped: a plugin of pytest."""

from __future__ import annotations

import re
import threading
from collections import Counter

import pytest

_KINDS = (
    ("need recordings of real clusters", r"ARCAPIX_GPFS_SAMPLES|no recording"),
    ("need a package that is not installed", r"could not import|No module named|is not installed"),
    ("need another version of Python", r"Python|interpreter|SyntaxError|annotations"),
    ("need another user", r"\b(root|user)\b(?! namespace)"),
    ("need what this machine lacks or forbids", r""),
)
"""What skipped tests need, and what their reasons say then; the first that fits."""

TICK = 2.0
"""Seconds from one sign of life to the next."""


class Collecting:
    """Dots while the workers collect the tests, of which pytest-xdist says nothing."""

    def __init__(self, reporter: pytest.TerminalReporter) -> None:
        self._reporter = reporter
        self._over = threading.Event()
        self.thread = threading.Thread(target=self._tick, daemon=True)
        self.thread.start()

    def _tick(self) -> None:
        while not self._over.wait(TICK):
            self._reporter.write(".", flush=True)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self) -> None:
        self._over.set()

    def pytest_sessionfinish(self) -> None:
        self._over.set()


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.getplugin("terminalreporter")
    if reporter and session.config.getoption("numprocesses", None):
        session.config.pluginmanager.register(Collecting(reporter))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Sum up the skipped tests in a few lines; ``-rs`` shows where they are."""
    kinds: dict[str, Counter[str]] = {kind: Counter() for kind, _ in _KINDS}
    for report in terminalreporter.stats.get("skipped", ()):
        reason = report.longrepr[2].removeprefix("Skipped: ").partition("\n")[0]
        kinds[next(kind for kind, pattern in _KINDS if re.search(pattern, reason))][reason] += 1
    for kind, reasons in kinds.items():
        if reasons:
            (most_frequent, _), *others = reasons.most_common()
            reason = most_frequent[:100] + (", and others" if others else "")
            terminalreporter.write_line(f"Skipped, as they {kind}: {reasons.total()} ({reason})")
