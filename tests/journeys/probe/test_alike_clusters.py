"""What the probe has saved of a cluster makes callbacks work there, and another cluster behave like it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from arcapix.fs.gpfs.administration.probe.table import QUESTIONS
from arcapix.fs.gpfs.emulator.switches import SWITCHES

from ..shells import ARCAPIX, Shell

MATCHING = {
    "list_key_width": ("9",),
    "node_value_form": ("short", "ip", "number"),
    "parms_max": ("cut:20000", "refuse:20000"),
    "propagation_delay": ("1",),
    "sync_timeout_default": ("2",),
}
"""Answers that stand for those that a pattern describes, or that last too long."""
OF_THE_MOMENT = {"lock_busy", "command_delay"}
UNSAID = {("event_order", "shuffled"), ("unknown_variable", "left")}
"""Values that are said as another one, and one that is the default."""

CASES = [
    (question, value)
    for question in QUESTIONS
    if question.switch and question.switch not in OF_THE_MOMENT
    for value in MATCHING.get(question.switch, SWITCHES[question.switch].values[1:])
    if (question.switch, value) not in UNSAID
]
LEVELS = {"unknown_variable": 2}
"""What several levels ask, and only a higher one of which tells most answers."""
SAMPLE = {("substitution_inside_word", "off")}

JOURNEY = """
from arcapix.fs.gpfs import Filesystem

def note(fsName, eventName):
    with open({path!r}, "a") as file:
        print(fsName, eventName, file=file)

Filesystem("mmfs1").onMount.new("noted", note)
callback = Filesystem("mmfs1").callbacks["noted"]
callback.change(priority=3)
"""


@pytest.mark.parametrize(
    ("question", "value"),
    [
        pytest.param(
            question, value, id=f"{question.key}={value}",
            marks=() if (question.key, value) in SAMPLE else pytest.mark.slow,
        )
        for question, value in CASES
    ],
)  # fmt: skip
def test_callbacks_work_by_what_the_probe_has_saved(directory: Path, question, value: str) -> None:
    shell = Shell.start(directory, "--on", "n2", "--switch", f"{question.switch}={value}")
    level = LEVELS.get(question.switch, max(question.level, 1))
    words = ("--level", level, "--filesystem", "mmfs1", "--node", "n3", "--save", "--yes")
    asking = shell.begin(ARCAPIX, "probe", *words, TMPDIR=str(shell.folder))
    _, told = asking.communicate(timeout=150)
    saved = directory / "gpfs-site.json"
    assert saved.exists(), told
    assert json.loads(saved.read_text())["answers"][question.key] == value
    path = shell.folder / "notes"
    shell.python(JOURNEY.format(path=str(path)))
    shell.wait(
        lambda: shell.ok("mmlscallback", node="n3") == shell.ok("mmlscallback"), "n3 knows of the change"
    )
    shell.ok(ARCAPIX, "emulate", "fire", "mount", "fsName=mmfs1", "--node", "n3")
    assert shell.lines(path, 1)[0].removeprefix("/dev/") == "mmfs1 mount"
    shell.wait_idle()
    shell.ok(ARCAPIX, "delete", "noted")
    assert "noted" not in shell.run("mmlscallback").stdout


def test_a_cluster_behaves_like_the_one_whose_site_file_is_given(directory: Path) -> None:
    given = {"fsname_form": "dev", "substitution_inside_word": "off", "undefined_value": "empty"}
    file = directory.parent / "site.json"
    answers = {**given, "event_order": "as-raised", "surroundings": "user 0"}
    facts = {
        "release": "5.1.7",
        "cluster": "c",
        "node": "n",
        "date": "2030-01-01T00:00:00Z",
        "answers": answers,
    }
    file.write_text(json.dumps(facts))
    command = [ARCAPIX, "emulate", "start", "--dir", str(directory), "--like", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "not played: surroundings, which have no switch\n")
    shell = Shell(directory)
    status = shell.ok(ARCAPIX, "emulate", "status")
    assert {line.partition("switch ")[2] for line in status.splitlines() if "switch " in line} == {
        f"{name}={answer}" for name, answer in answers.items() if name != "surroundings"
    }
    path = shell.folder / "notes"
    shell.python(JOURNEY.format(path=str(path)))
    assert "fsName= %fsName" in shell.ok("mmlscallback", "noted")
    shell.ok("mmumount", "mmfs1")
    shell.ok("mmmount", "mmfs1")
    assert shell.lines(path, 1) == ["/dev/mmfs1 mount"]
