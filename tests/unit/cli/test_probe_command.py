"""``arcapix-gpfs probe``: what it prints, and what it runs."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from arcapix.fs.gpfs.administration.probe.table import QUESTIONS
from arcapix.fs.gpfs.cli import main


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["probe", *words])


def replies(*words: str) -> dict[str, dict[str, Any]]:
    done = run("--json", *words)
    return {reply["key"]: reply for reply in json.loads(done.stdout)}


def test_level_0_changes_nothing_and_asks_nobody(gpfs) -> None:
    done = run()
    assert (done.exit_code, "Traceback" in done.output) == (0, False)
    assert set(gpfs.names()) <= {
        "mmlscluster", "mmlsnode", "mmdiag", "mmlscallback", "mmlsnodeclass",
    }  # fmt: skip


def test_each_question_is_a_line_with_its_evidence(gpfs) -> None:
    heading, *lines = run().stdout.splitlines()
    assert heading.split() == ["QUESTION", "ANSWER", "ASSUMED", "EVIDENCE", "WHAT", "FOLLOWS"]
    (line,) = (line for line in lines if line.startswith("What does mmlscallback say of an identifier"))
    assert line.split("  ", 1)[1].split()[:2] == ["error", "error"]
    assert "mmlscallback arcapix_probe_absent: status 1" in line
    assert line.endswith("holds")


def test_what_a_level_does_is_said_before_on_standard_error(gpfs) -> None:
    (
        first,
        *_,
    ) = run().stderr.splitlines()
    assert first == "level 0: it changes nothing"
    assert "level 0 runs at most 15 commands, none of which changes anything" in run().stderr


def test_json_has_a_record_for_each_question(gpfs) -> None:
    found = replies()
    assert [*found] == [question.key for question in QUESTIONS]
    assert found["release"]["answer"] == "5.1.7"
    assert found["list_identifier_line"]["answer"] is None
    assert found["list_identifier_line"]["verdict"] == "not asked"


def test_what_an_earlier_run_left_is_told_and_removed_if_that_is_meant(gpfs, tmp_path: Path) -> None:
    (tmp_path / "arcapix_probe_x").mkdir()
    add = ("--command", "/bin/true", "--event", "afmPrepopEnd")
    for name in ("arcapix_probe_a", "ARCAPIX_PROBE_B", "of_the_site"):
        gpfs.emulator.run(["mmaddcallback", name, *add])
    told = run()
    assert "an earlier run of the probe has left callback arcapix_probe_a" in told.stderr
    assert (tmp_path / "arcapix_probe_x").exists()
    run("--yes")
    assert list(gpfs.callbacks) == ["of_the_site"]
    assert not (tmp_path / "arcapix_probe_x").exists()


def test_whoever_cannot_be_asked_changes_nothing_by_level_1(gpfs) -> None:
    done = run("--level", "1")
    assert done.exit_code == 1
    assert "nothing was changed: level 1 runs at most" in done.stderr
    assert "if that is meant, give --yes" in done.stderr
    assert gpfs.changing == 0


def test_an_answer_that_nothing_handles_ends_with_1(gpfs) -> None:
    gpfs.switch(N_class_storage="expanded", list_node_form="long")
    done = run("--level", "1", "--yes")
    assert done.exit_code == 1
    assert "differs: NOT handled, a node that joins a class does not run its callbacks" in done.stdout


def test_what_could_not_be_taken_back_is_said(gpfs) -> None:
    def forbid(words: tuple[str, ...]) -> None:
        if words[0] == "mmdelnodeclass":
            gpfs.fails["mmdelnodeclass"] = ["Permission denied."]

    gpfs.before = forbid
    done = run("--level", "1", "--yes")
    assert done.exit_code == 1
    assert "what the probe has made could not be taken back: mmdelnodeclass" in done.stderr
    assert "probe again, which finds what begins with arcapix_probe_" in done.stderr


def test_answers_are_saved_and_those_of_a_lower_level_do_not_remove_others(
    gpfs, tmp_path, monkeypatch
) -> None:
    path = tmp_path / "etc" / "gpfs-site.json"
    monkeypatch.setenv("ARCAPIX_GPFS_SITE", str(path))
    gpfs.switch(parms_max="cut:2000")
    assert f"the answers are in {path}" in run("--level", "1", "--yes", "--save").stderr
    first = json.loads(path.read_text())
    assert first["answers"]["parms_max"] == "cut:2000"
    assert (first["release"], first["node"]) == ("5.1.7", "n1.localnet")
    gpfs.switch(list_Y="off")
    run("--save")
    second = json.loads(path.read_text())["answers"]
    assert (second["parms_max"], second["list_Y"]) == ("cut:2000", "off")
    gpfs.switch(release="6.0.0")
    run("--save")
    assert "parms_max" not in json.loads(path.read_text())["answers"]


def test_without_a_release_nothing_is_saved(gpfs, tmp_path, monkeypatch) -> None:
    path = tmp_path / "gpfs-site.json"
    monkeypatch.setenv("ARCAPIX_GPFS_SITE", str(path))
    gpfs.answer("mmdiag", "nothing of the kind\n")
    done = run("--save")
    assert done.exit_code == 1
    assert f"{path} was not written: which release of GPFS has answered is not known" in done.stderr
    assert not path.exists()


def test_where_no_callback_can_be_registered_nothing_is_concluded_from_refusals(gpfs) -> None:
    gpfs.answer("mmaddcallback", (1, "mmaddcallback: no\n"))
    done = run("--level", "1", "--yes", "--json")
    assert done.exit_code == 1
    assert "no callback can be registered: mmaddcallback arcapix_probe_aa" in done.stderr
    found = {reply["key"]: reply["answer"] for reply in json.loads(done.stdout)}
    assert [found[key] for key in ("event_unknown", "command_check", "spec_file", "parms_max")] == [None] * 4


def test_where_nothing_can_be_listed_no_higher_level_is_begun(gpfs) -> None:
    for command in ("mmlscluster", "mmlscallback"):
        gpfs.answer(command, (1, f"{command}: only root may do that\n"))
    done = run("--level", "1", "--yes", "--json")
    assert done.exit_code == 1
    assert "level 1 was not begun" in done.stderr
    found = {reply["key"]: reply for reply in json.loads(done.stdout)}
    assert found["list_Y"]["follows"] == "not asked: mmlscallback has failed each time: see what it says"
    assert found["list_empty"]["answer"] is found["list_unknown_id"]["answer"] is None
    assert gpfs.changing == 0


def test_without_mm_commands_there_is_one_error(monkeypatch) -> None:
    done = run("--level", "1", "--yes")
    assert done.exit_code != 0
    assert done.stderr.count("no GPFS administration commands in") == 1
    assert done.stdout == ""


def test_a_listing_that_fails_once_is_asked_again(gpfs) -> None:
    def fail_once(words: tuple[str, ...]) -> None:
        if words == ("mmlscallback", "-Y") and gpfs.ran.count("mmlscallback -Y") == 1:
            gpfs.fails["mmlscallback"] = ["The daemon is busy."]

    gpfs.before = fail_once
    assert replies()["list_Y"]["answer"] == "on"


def test_nothing_is_concluded_from_a_listing_that_failed(gpfs) -> None:
    def fail(words: tuple[str, ...]) -> None:
        if words == ("mmlscallback",) and "mmdelcallback arcapix_probe_absent" in gpfs.ran:
            gpfs.fails["mmlscallback"] = ["The daemon is busy."]

    gpfs.before = fail
    found = replies("--level", "1", "--yes")
    assert found["delete_unknown"]["answer"] == "error"
    assert found["delete_partial"]["follows"] == "not asked: the listing behind it failed"
