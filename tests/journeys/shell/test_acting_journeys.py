"""What an administrator does with callbacks from the shell: add, change, kill, run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ..shells import ARCAPIX, Shell

HANDLERS = """
def note(fsName, log):
    with open(log, "a") as file:
        file.write(f"noted {fsName}\\n")

def hang(fsName):
    print("begun", flush=True)
    __import__("subprocess").run(["sleep", "600"])
"""


@pytest.fixture
def file(shell: Shell) -> Path:
    path = shell.folder / "handlers.py"
    path.write_text(HANDLERS)
    return path


def mount(shell: Shell, node: str = "mynode") -> None:
    shell.ok(ARCAPIX, "emulate", "fire", "mount", "--node", node, "fsName=mmfs1")


def history(shell: Shell, callback: str, node: str | None = None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(
        shell.ok(ARCAPIX, "history", "--callback", callback, "--json", node=node)
    )
    return found


def hanging(shell: Shell, node: str | None = None) -> str:
    """Wait until a run hangs where it does, with the process that it has started; return the run."""

    def begun() -> list[str]:
        running = [run["run"] for run in history(shell, "hang", node) if run["state"] == "running"]
        return [run for run in running if "begun" in shell.run(ARCAPIX, "output", run, node=node).stdout]

    shell.wait(begun, "a run of hang has begun")
    [run] = begun()
    return run


def sleeping(left_over: Any, directory: Path) -> list[int]:
    return [pid for pid in left_over(directory) if b"sleep" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def test_add_change_kill_run(shell, file, left_over):
    log = shell.folder / "log"
    note = [f"{file}:note", "--parms", log]
    assert shell.ok(ARCAPIX, "add", "filesystem:mmfs1", "mount", *note, "--id", "note") == "note\n"
    mount(shell)
    assert shell.lines(log, 1) == ["noted mmfs1"]

    file.write_text(HANDLERS.replace("noted", "seen"))
    told = shell.ok(ARCAPIX, "change", "note", "--function", *note, "--timeout", "1m")
    assert [line.split() for line in told.splitlines()] == [
        ["FIELD", "BEFORE", "AFTER"],
        ["timeout", "-", "60"],
        ["function", "handlers.note", "handlers.note,", "as", "it", "is", "now"],
    ]
    mount(shell)
    assert shell.lines(log, 2) == ["noted mmfs1", "seen mmfs1"]

    shell.ok(ARCAPIX, "add", "mount", f"{file}:hang", "--id", "hang")
    mount(shell)
    run = hanging(shell)
    assert shell.ok(ARCAPIX, "kill", run, SUDO_USER="alice").startswith(f"{run} of hang: interrupted after ")
    [killed] = history(shell, "hang")
    assert killed["state"] == "interrupted"
    assert killed["reason"].startswith("killed by SIGTERM in ")
    assert killed["reason"].endswith("; alice has sent SIGTERM")
    assert sleeping(left_over, shell.directory) == []

    before = shell.runs("*")
    done = shell.run(ARCAPIX, "run", f"{file}:note", "--event", "mount", "fsName=mmfs2", "--parms", log)
    assert (done.returncode, done.stdout) == (0, "")
    assert ":note: succeeded after " in done.stderr
    assert shell.lines(log, 4)[-1] == "seen mmfs2"
    assert shell.runs("*") == before
    shell.wait_idle()


def test_a_killed_attempt_is_tried_again_unless_its_event_is_discarded(shell, file, left_over):
    shell.ok(ARCAPIX, "add", "mount", f"{file}:hang", "--id", "hang", "--retries", "3")
    mount(shell)
    first = hanging(shell)
    assert " of hang: retrying after " in shell.ok(ARCAPIX, "kill", first)
    [killed] = [run for run in history(shell, "hang") if run["run"] == first]
    assert killed["reason"].startswith("killed by SIGTERM; attempt 1 of 4, the next in ")

    second = hanging(shell)
    assert f"discarded {second.rpartition('.')[0]}" in shell.ok(ARCAPIX, "kill", second, "--discard")
    assert [run["state"] for run in history(shell, "hang")] == ["retrying", "discarded"]
    assert shell.ok(ARCAPIX, "pending", "--json") == "[]\n"
    assert sleeping(left_over, shell.directory) == []


def test_a_run_with_a_limit_is_ended_with_all_that_it_has_started(shell, file, left_over):
    shell.ok(ARCAPIX, "add", "mount", f"{file}:hang", "--id", "hang", "--timeout", "10m")
    mount(shell)
    run = hanging(shell)
    shell.ok(ARCAPIX, "kill", run, "--signal", "KILL")
    [killed] = history(shell, "hang")
    assert (killed["state"], killed["status"]) == ("interrupted", 1)
    assert sleeping(left_over, shell.directory) == []


def test_a_run_of_another_node_is_killed_there(shell, file):
    shell.ok(ARCAPIX, "add", "mount", f"{file}:hang", "--id", "hang")
    mount(shell, "n2")
    run = hanging(shell, "n2")
    said = shell.fails(ARCAPIX, "kill", run, status=3)
    assert said.startswith(
        f"arcapix-gpfs: no run {run!r} on this node; for one of another node give --node; "
    )
    assert shell.ok(ARCAPIX, "kill", run, "--node", "n2", SUDO_USER="alice").startswith(
        f"{run} of hang: inter"
    )
    assert history(shell, "hang", "n2")[0]["reason"].endswith("; alice has sent SIGTERM")
