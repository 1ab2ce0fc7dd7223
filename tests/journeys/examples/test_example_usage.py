"""Every example, started without arguments, says what it does and what they are, and changes nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ..shells import EXAMPLES, Shell, example

pytestmark = pytest.mark.xdist_group("examples: usage")

ALL = sorted(path.name for path in EXAMPLES.iterdir() if path.is_file())


@pytest.mark.parametrize("name", ALL)
def test_without_arguments_an_example_prints_its_usage_and_does_nothing(shell: Shell, name: str) -> None:
    callbacks = shell.ok("mmlscallback")
    done = subprocess.run(
        [EXAMPLES / name], env=_environment(shell), capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert f"/{name} " in done.stderr and "Traceback" not in done.stderr
    assert max(map(len, done.stderr.splitlines())) <= 120
    assert shell.ok("mmlscallback") == callbacks


def test_an_example_whose_library_is_missing_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "tweepy.py").write_text("raise ModuleNotFoundError(name='tweepy')\n")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [*example("post_status.py"), "n1"], env=environment, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout) == (1, "")
    install = f"{sys.executable} -m pip install tweepy"
    assert done.stderr == f"there is no tweepy here; install it with: {install}\n"


def _environment(shell: Shell) -> dict[str, str]:
    """Return an environment in which an example that did something would do it."""
    return {**shell.environment(), "PATH": f"{Path(sys.executable).parent}:{shell.environment()['PATH']}"}
