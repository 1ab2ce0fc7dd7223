"""What ``make coverage`` measures: the package, also in processes that are started; no driver."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from coverage import CoverageData

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "src" / "arcapix" / "fs" / "gpfs"

PROGRAM = """
import subprocess, sys
from arcapix.fs.gpfs import exceptions
source = sys.argv[1]
subprocess.run([sys.executable, "-c", "from arcapix.fs.gpfs import events"], check=True)
late = f"import sys; sys.path.insert(0, {source!r}); from arcapix.fs.gpfs.driver import decision"
subprocess.run([sys.executable, "-IS", "-c", late], check=True)
"""


def test_what_a_program_starts_is_measured_and_what_runs_as_the_driver_does_is_not(tmp_path: Path):
    (tmp_path / "program.py").write_text(PROGRAM)
    # Without what an outer `make coverage` tells its processes.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    for words in (("run", "program.py", str(ROOT / "src")), ("combine", "--quiet")):
        verb, *rest = words
        options = ["--rcfile", str(ROOT / "pyproject.toml"), "--data-file", str(tmp_path / "data")]
        argv = [sys.executable, "-m", "coverage", verb, *options, *rest]
        done = subprocess.run(
            argv, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=100
        )
        assert (done.returncode, done.stderr) == (0, "")
    data = CoverageData(str(tmp_path / "data"))
    data.read()
    measured = {path for path in data.measured_files() if data.lines(path)}
    assert measured >= {str(PACKAGE / "exceptions.py"), str(PACKAGE / "events" / "__init__.py")}
    assert str(PACKAGE / "driver" / "decision.py") not in measured
    assert all(path.startswith(str(PACKAGE)) for path in measured)
    assert data.has_arcs()
