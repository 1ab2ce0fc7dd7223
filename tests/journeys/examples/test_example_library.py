"""An example that needs a library says so where that is missing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from ..shells import example


def test_an_example_whose_library_is_missing_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "tweepy.py").write_text("raise ModuleNotFoundError(name='tweepy')\n")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [*example("post_status.py"), "n1"], env=environment, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout) == (1, "")
    install = f"{sys.executable} -m pip install tweepy"
    assert done.stderr == f"there is no tweepy here; install it with: {install}\n"
