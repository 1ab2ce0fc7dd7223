"""Every example that cannot do without arguments says what they are."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.mark.parametrize(
    "name",
    [
        "ownership.py",
        "raise_inode_limit.py",
        "single_instance.py",
        "post_status.py",
        "snapshot_on_event.py",
        "demo.sh",
    ],
)
def test_without_arguments_an_example_prints_its_usage_and_does_nothing(name):
    program = [sys.executable] if name.endswith(".py") else ["sh"]
    done = subprocess.run([*program, str(EXAMPLES / name)], capture_output=True, text=True, timeout=60)
    assert done.returncode in (1, 2) and done.stdout == ""
    assert f"{name} " in done.stderr and "Traceback" not in done.stderr
