"""``arcapix-gpfs run``, with the driver as a process."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from arcapix.fs.gpfs.administration import functions
from arcapix.fs.gpfs.administration.trial import Trial
from arcapix.fs.gpfs.cli import main
from arcapix.fs.gpfs.commands import process
from arcapix.fs.gpfs.driver.records import DRIVER_LOG

from ..recorded_gpfs import RecordedGPFS

HANDLERS = """
import os
from arcapix.fs.gpfs import Event

def note(fsName, event: Event, text="-"):
    print(event.name, event.drill, fsName, text, os.readlink("/proc/self/cwd"), "over" in os.environ.values())

def fail(fsName):
    raise ValueError("no disk")

def wait(path, eventName):
    print("begun", flush=True)
    for _ in range(6000):
        if os.path.exists(path):
            print("ended")
            return
        __import__("time").sleep(0.01)

def count(blockUsage: int):
    print(blockUsage + 1)
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "handlers.py"
    path.write_text(HANDLERS)
    return path


@pytest.fixture(autouse=True)
def real(gpfs: RecordedGPFS) -> Iterator[None]:
    """Have the driver of a trial started, as the only process but mm commands."""

    def run(argv: tuple[str, ...], timeout: float) -> process.Completed:
        return start(argv, timeout) if argv[0].endswith("callbackdriver.py") else gpfs(argv, timeout)

    start = process._start
    with process.using(run):
        yield


def run(*words: object) -> Result:
    return CliRunner().invoke(main, ["run", *map(str, words)], catch_exceptions=False)


def test_a_function_is_called_as_the_driver_would_call_it(file, monkeypatch):
    monkeypatch.setenv("LEFT", "over")
    done = run(f"{file}:note", "--event", "Mount", "fsName=mmfs1", "--parms", "late")
    assert (done.exit_code, done.stdout) == (0, "mount True mmfs1 late / False\n")
    assert done.stderr.startswith(f"{file}:note: succeeded after ")
    assert done.stderr.endswith(" s, status 0\n")
    assert done.stderr.count("\n") == 1


def test_the_object_gives_its_variables_and_others_are_undefined(file):
    assert run(f"{file}:note", "--event", "mount", "filesystem:mmfs1").stdout.startswith("mount True mmfs1 ")
    assert run(f"{file}:note", "--event", "mount").stdout.startswith("mount True UNDEFINED ")


def test_an_event_about_another_object_calls_nothing(file):
    done = run(f"{file}:note", "--event", "mount", "filesystem:mmfs1", "fsName=mmfs2")
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == f"{file}:note was not called: the event is about another object\n"


def test_a_failure_is_told_with_its_traceback_and_the_status_of_the_driver(file):
    done = run(f"{file}:fail", "--event", "mount")
    assert done.exit_code == 1
    assert done.stdout.endswith("ValueError: no disk\n")
    assert done.stderr.endswith(", status 1: ValueError: no disk\n")


def test_a_value_that_does_not_fit_is_told_as_at_an_event(file):
    words = [f"{file}:count", "--event", "softQuotaExceeded"]
    assert run(*words, "blockUsage=41").stdout == "42\n"
    done = run(*words, "blockUsage=much")
    assert (done.exit_code, "blockUsage is 'much', which is not of type int" in done.stderr) == (1, True)


def test_the_run_has_the_limits_that_it_is_given(file, tmp_path):
    done = run(f"{file}:wait", "--event", "mount", "--parms", tmp_path / "never", "--timeout", "200ms")
    assert done.exit_code == 6
    assert "begun\n" in done.stdout
    assert done.stderr.endswith(", status 6: timed out after 0.2 s\n")


def test_what_is_printed_comes_while_the_function_runs(file, tmp_path):
    signal = tmp_path / "go on"
    seen: list[bytes] = []

    def show(pieces):
        for piece in pieces:
            seen.append(piece)
            signal.touch()

    with functions.loaded(f"{file}:wait") as wait:
        tried = Trial(wait, "mount", ("cluster",), {}, [str(signal)]).run(show)
    assert tried.status == 0
    assert seen[0] == b"begun\n"
    assert b"".join(seen) == b"begun\nended\n"


def test_json_has_the_run_and_what_it_printed(file):
    (facts,) = json.loads(run(f"{file}:fail", "--event", "mount", "fsName=mmfs1", "--json").stdout)
    assert (facts["state"], facts["status"], facts["drill"]) == ("failed", 1, True)
    assert facts["variables"] == {"eventName": "mount", "fsName": "mmfs1"}
    assert facts["output"].endswith("ValueError: no disk\n")


def test_nothing_is_left_and_nothing_of_the_node_changes(gpfs, file, tmp_path, monkeypatch):
    folder, log = tmp_path / "temporary", tmp_path / "log"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    monkeypatch.setenv(DRIVER_LOG, str(log))
    before = dict(os.environ)
    run(f"{file}:note", "--event", "mount")
    assert list(folder.iterdir()) == []
    assert not log.exists()
    assert dict(os.environ) == before
    assert gpfs.changing == 0


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["handlers.py:note", "--event", "mount"], 3, "no file 'handlers.py'"),
        (["F:note", "--event", "mout"], 3, "no event 'mout'; did you mean 'mount'?"),
        (["F:nota", "--event", "mount"], 3, "no function 'nota'; did you mean 'note'?"),
        (["F:note", "--event", "mount", "filesystem:mmsf1"], 3, "did you mean 'mmfs1'?"),
        (
            ["F:note", "--event", "mount", "cluster", "node:n1"],
            2,
            "give one object, and variables as NAME=VALUE",
        ),
        (["F:note", "--event", "mount", "fsName=a", "fsName=b"], 2, "fsName is given twice"),
        (["F:note", "--event", "startup", "filesystem:mmfs1"], 2, "Filesystem does not support 'startup'"),
        (["F:note", "--event", "mount", "--timeout", "x"], 2, "--timeout 'x' is not a duration"),
        (["F:note", "--event", "mount", "--parms", "a", "--parms", "b"], 2, "parms entry 'b' is left over"),
        (["F:note"], 2, "Missing option '--event'"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_called(file, words, status, said):
    done = run(*[word.replace("F:", f"{file}:") for word in words])
    assert said in done.stderr
    assert (done.exit_code, done.stdout) == (status, "")


def test_a_variable_that_the_event_does_not_supply_is_a_doubt(file):
    done = run(f"{file}:note", "--event", "mount", "fsname=mmfs1")
    assert done.exit_code == 0
    assert done.stderr.startswith(
        "arcapix-gpfs: warning: as far as is known, event mount supplies no 'fsname'; did you mean 'fsName'?\n"
    )
