"""kill -9 at each system call of an mm command, of what serves a cluster, and of an installation's check."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from ... import killing
from ...waiting import wait
from .test_fault_kills import ADD, has_its_files, prepared

SERVES_ONE_COMMAND = """
import sys
from pathlib import Path
from arcapix.fs.gpfs.emulator.emulator import Emulator
emulator = Emulator.resume(Path(sys.argv[1]))
done = emulator.run(sys.argv[2:])
print(done.stderr, file=sys.stderr)
sys.exit(done.returncode)
"""
CHECKS = """
from arcapix.fs.gpfs import capture
def handler():
    return "precious"
capture.verify(capture.capture(handler))
"""
PROBE_BYTES = 4
"""Of the file that Python's own `tempfile` leaves, if it is killed while it tries whether a folder can be written."""


EVERY = (pytest.mark.slow, pytest.mark.timeout(1200))
ADDING, LINKING = 0, 2
"""Of the changes that commands make here; the last one moves files too."""


def steps(some: int) -> list[object]:
    return [pytest.param(some, id="some calls"), pytest.param(1, id="each call", marks=EVERY)]


def files_of(directory: Path) -> set[str]:
    """The files of a cluster, except those that come and go with its daemon and its commands."""
    folders = (directory, directory / "bin", directory / "libexec")
    return {str(path) for folder in folders for path in folder.iterdir()}


def undo(shell, change) -> None:
    if change.there(shell.saved()):
        shell.ok(*change.commands[1])


@pytest.mark.parametrize("which", [ADDING, LINKING], ids=["mmaddcallback", "mmlinkfileset"])
@pytest.mark.parametrize("step", steps(19))
def test_a_command_killed_at_a_call_was_done_or_not_and_the_next_one_works(shell, step, which):
    change = prepared(shell)[which]
    before = files_of(shell.directory)
    command = [shell.directory / "bin" / change.commands[0][0], *change.commands[0][1:]]
    outcomes = set()
    for end in killing.ends(command, since=shell.directory, step=step, env=shell.environment()):
        shell.ok("mmaddcallback", "next", *ADD)  # waits for a lock that the command may still hold
        outcomes.add(change.there(shell.saved()))
        shell.ok("mmdelcallback", "next")
        undo(shell, change)
        assert files_of(shell.directory) == before, end
    assert end.status == 0, end.stderr
    assert outcomes == {False, True}
    assert has_its_files(shell)


@pytest.mark.parametrize(
    ("which", "step"),
    [
        pytest.param(LINKING, 151, id="mmlinkfileset-some calls"),
        pytest.param(ADDING, 1, id="mmaddcallback-each call", marks=EVERY),
        pytest.param(LINKING, 1, id="mmlinkfileset-each call", marks=EVERY),
    ],
)
def test_what_serves_a_command_killed_at_a_call_leaves_the_state_before_or_after_it(shell, step, which):
    change = prepared(shell)[which]
    shell.kill_daemon()
    before = files_of(shell.directory)
    program = shell.program(SERVES_ONE_COMMAND)
    command = [sys.executable, program, shell.directory, *change.commands[0]]
    outcomes = []
    for end in killing.ends(command, since=shell.directory / "cluster.json", step=step):
        outcomes.append(change.there(shell.saved()))
        shell.ok("mmaddcallback", "next", *ADD)
        shell.ok("mmdelcallback", "next")
        assert change.there(shell.saved()) == outcomes[-1], end
        undo(shell, change)
        assert files_of(shell.directory) == before, end
        shell.kill_daemon()
    assert end.status == 0, end.stderr
    assert set(outcomes) == {False, True}
    assert has_its_files(shell)


@pytest.mark.parametrize("step", steps(37))
def test_a_check_killed_at_a_call_leaves_nothing_that_was_captured(tmp_path, left_over, step):
    program, temporary = tmp_path / "program.py", tmp_path / "tmp"
    program.write_text(CHECKS)
    temporary.mkdir()
    variables = {**os.environ, "TMPDIR": str(temporary)}
    for end in killing.ends([sys.executable, program], since=temporary, step=step, env=variables):
        assert all(path.stat().st_size <= PROBE_BYTES for path in temporary.iterdir()), end
    assert end.status == 0, end.stderr
    wait(lambda: left_over(tmp_path) == [], "the processes that check have ended")
