"""A site file becomes switches, as far as they can be played."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from arcapix.fs.gpfs.administration.probe.table import QUESTIONS
from arcapix.fs.gpfs.emulator import likeness
from arcapix.fs.gpfs.emulator.errors import EmulatorError
from arcapix.fs.gpfs.emulator.switches import SWITCHES


def read(tmp_path: Path, **answers: str) -> likeness.Likeness:
    path = tmp_path / "site.json"
    path.write_text(json.dumps({"release": "5.1.7", "answers": answers}))
    return likeness.read(path)


def test_an_answer_that_a_switch_takes_is_played(tmp_path: Path) -> None:
    answers = {"fsname_form": "dev", "parms_max": "cut:2000", "release": "4.2.3"}
    assert read(tmp_path, **answers) == likeness.Likeness(answers, ())


def test_an_answer_that_no_switch_takes_is_said(tmp_path: Path) -> None:
    found = read(tmp_path, node_value_form="admin", surroundings="user 0", lock_busy="timeout")
    assert found.switches == {}
    assert found.unplayed == (
        "node_value_form=admin, since the switch takes long, short, ip, number",
        "surroundings, lock_busy, which have no switch",
    )


@pytest.mark.parametrize(
    ("release", "played"), [("5.1.9", "5.1.8"), ("7.0.0", "6.0.0"), ("3.5.0", "4.2.0"), ("x", "5.1.7")]
)
def test_of_a_release_that_cannot_be_played_the_nearest_is(tmp_path: Path, release: str, played: str) -> None:
    found = read(tmp_path, release=release)
    assert found.switches == {"release": played}
    assert found.unplayed == (f"release {release}; {played} is played, the nearest that is known",)


@pytest.mark.parametrize("text", ["", "[]", '{"answers": []}', "{}"])
def test_another_file_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "other"
    path.write_text(text)
    with pytest.raises(EmulatorError, match=r"is not a site file; arcapix-gpfs probe --save writes one"):
        likeness.read(path)


def test_a_question_that_a_switch_plays_has_the_name_of_the_switch() -> None:
    named = {question.key: question.switch for question in QUESTIONS if question.switch}
    assert named
    assert all(key == switch and key in SWITCHES for key, switch in named.items())
    assert not {question.key for question in QUESTIONS if not question.switch} & SWITCHES.keys()
