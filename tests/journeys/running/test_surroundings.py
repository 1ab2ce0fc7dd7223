"""Whoever starts the tests, and from where: they begin the same."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

ROOT = Path(__file__).parents[3]
INTERRUPTED = "tests/unit/commands/test_process_children.py::test_an_interrupt_ends_the_command"


def test_tests_that_are_interrupted_pass_where_interrupts_are_ignored(tmp_path: Path) -> None:
    """As under `nohup make test &`, and in many a CI: what a shell starts in the background ignores SIGINT."""
    options = ["-p", "no:cacheprovider", f"--basetemp={tmp_path / 'base'}", "--timeout=20", INTERRUPTED]
    ignoring = ["sh", "-c", 'trap "" INT; exec "$@"', "sh", sys.executable, "-m", "pytest", *options]
    done = subprocess.run(
        ignoring, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stdout + done.stderr


@given(st.none())
def test_an_example_that_takes_long_is_no_failure(_: None) -> None:
    time.sleep(0.3)
