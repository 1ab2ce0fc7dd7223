"""Eight faults, each planted for real, and each found by one command, whose last line says what to do."""

from __future__ import annotations

import os
import signal
import sys
from typing import NamedTuple

import pytest

from arcapix.fs.gpfs import emulated
from arcapix.fs.gpfs.emulator import control

from ..shells import ARCAPIX, Shell


class Answer(NamedTuple):
    """What `why` has said: all of it, the problems, and what to do."""

    text: str
    problems: list[str]
    advice: str


def why(shell: Shell, callback: str) -> Answer:
    done = shell.run(ARCAPIX, "why", callback)
    assert (done.returncode, done.stderr) == (1, "")
    *lines, last = done.stdout.splitlines()
    marked = [line.partition("problem  ")[2] for line in lines if line.startswith("problem ")]
    beginning, _, advice = last.partition(": ")
    assert beginning in ("what to do", "what to do first")
    return Answer(done.stdout, marked, advice)


def fire(shell: Shell, callback: str, event: str, *values: str, node: str = "n2") -> str:
    """Let an event happen, and return the run that it has started."""
    before = len(shell.runs(callback))
    control.fire(shell.directory, event, node, dict(value.split("=") for value in values))
    shell.wait(lambda: len(shell.runs(callback)) > before, f"{callback} has begun")
    return str(shell.runs(callback)[-1]["run"])


def test_a_missing_module_is_named_with_the_python_that_lacks_it(shell: Shell) -> None:
    fire(shell, "post", "preUnmount", "fsName=mmfs1")
    shell.wait_idle()
    answer = why(shell, "post")
    lacking, failed = answer.problems
    assert lacking == (
        f"n1, n2, n3: callback 'post' imports a_module_that_no_node_has, which {sys.executable} does not have"
    )
    assert failed.startswith(
        "n2: its last run failed: ModuleNotFoundError: No module named 'a_module_that_no_node_has'"
    )
    assert answer.advice == (
        f"on n1,n2,n3: install a_module_that_no_node_has there, such as with: {sys.executable} -m pip install NAME"
    )
    assert "note     never fired on n1, n3" in answer.text


def test_an_exception_is_told_in_the_words_of_its_last_line(shell: Shell) -> None:
    run = fire(shell, "divide", "unmount", "fsName=mmfs1")
    shell.wait_idle()
    answer = why(shell, "divide")
    assert answer.problems[0].startswith("n2: its last run failed: KeyError: 'mmfs1' (run ")
    assert answer.advice == f"arcapix-gpfs output {run} --node n2"


def test_a_killed_function_is_told_with_the_signal(shell: Shell) -> None:
    run = fire(shell, "linger", "nodeJoin", "eventNode=slow")
    os.kill(int(str(shell.runs("linger")[-1]["pid"])), signal.SIGKILL)
    shell.wait_idle()
    answer = why(shell, "linger")
    assert "n2: its last run was interrupted: its process is gone and recorded no end: SIGKILL" in answer.text
    assert answer.advice == f"arcapix-gpfs output {run} --node n2"


@pytest.mark.slow
def test_a_function_that_hangs_is_told_with_its_process_and_how_to_end_it(shell: Shell) -> None:
    fire(shell, "linger", "nodeJoin", "eventNode=quick", node="n3")
    shell.wait_idle()
    run = fire(shell, "linger", "nodeJoin", "eventNode=slow", node="n3")
    pid = shell.runs("linger")[-1]["pid"]
    try:
        shell.wait(
            lambda: "n3: it hangs" in shell.run(ARCAPIX, "why", "linger").stdout, "it is told that it hangs"
        )
        answer = why(shell, "linger")
        hangs = next(
            line for line in answer.problems if line.startswith("n3: it hangs: it has been running for ")
        )
        assert f"(run {run} at " in hangs
        assert hangs.endswith(f", pid {pid})")
        assert f"arcapix-gpfs kill {run} --node n3" in shell.run(ARCAPIX, "why", "linger", "--json").stdout
    finally:
        os.kill(int(str(pid)), signal.SIGKILL)
        shell.wait_idle()


def test_a_key_that_the_token_was_not_made_with_is_told_on_the_nodes_that_have_it(shell: Shell) -> None:
    key = shell.directory / "gpfs.key"
    shell.ok(ARCAPIX, "key", "create", "--yes")
    try:
        control.fire(shell.directory, "mount", "n2", {"fsName": "mmfs1"})
        shell.wait_idle()
        answer = why(shell, "report")
        assert answer.problems == [
            "n1, n2, n3: its token was made without the cluster key: the driver refuses it",
            *[
                line
                for line in answer.problems
                if "its last run was refused: the token was made without" in line
            ],
        ]
        assert len(answer.problems) == 2
        assert answer.advice.startswith("compare the keys, on n1,n2,n3 and on the node where")
    finally:
        shell.ok(ARCAPIX, "key", "forget")
    assert not key.exists()


def test_a_token_that_gpfs_has_cut_is_told_with_both_its_lengths(shell: Shell) -> None:
    driver = emulated.places(shell.directory)["ARCAPIX_GPFS_DRIVER"]
    token = next(word for word in shell.ok("mmlscallback", "report").split() if word.startswith("A1."))
    words = ("mmaddcallback", "cut", "--command", driver, "--event", "mount", "--parms")
    shell.ok(*words, f"{token[:99]} eventName=%eventName fsName=%fsName")
    try:
        answer = why(shell, "cut")
        assert answer.problems[0] == f"its token was cut: it has 99 characters instead of {len(token)}"
        assert answer.advice.startswith("install 'cut' again: GPFS keeps less than was sent")
    finally:
        shell.ok("mmdelcallback", "cut")


def test_a_driver_that_is_not_executable_is_told_before_anything_that_ran(shell: Shell) -> None:
    driver = shell.directory / "driver" / "callbackdriver.py"
    driver.chmod(0o644)
    try:
        answer = why(shell, "report")
        assert answer.problems[0] == f"n1, n2, n3: the driver {driver} is not executable"
        assert answer.advice == f"on n1,n2,n3 run: chmod 755 {driver}"
    finally:
        driver.chmod(0o755)


def test_a_misspelt_file_system_is_told_with_the_nearest(shell: Shell) -> None:
    answer = why(shell, "misspelt")
    assert answer.problems == [
        "it will not run as long as there is no file system 'mfms1'; did you mean 'mmfs1'?"
    ]
    assert answer.advice == ("arcapix-gpfs delete misspelt; then install it on the right object")
