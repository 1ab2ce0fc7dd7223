"""What a shell is told when somebody presses the tabulator key."""

from __future__ import annotations

import pytest
from click.shell_completion import ShellComplete

from arcapix.fs.gpfs import Cluster
from arcapix.fs.gpfs.cli import main


def completed(words: list[str], incomplete: str) -> list[str]:
    completion = ShellComplete(main, {}, "arcapix-gpfs", "_ARCAPIX_GPFS_COMPLETE")
    return [item.value for item in completion.get_completions(words, incomplete)]


@pytest.fixture
def installed(gpfs):
    for name in ("logger", "login", "other"):
        Cluster().onMount.new(name, "/bin/true")
    return gpfs


def test_commands_are_completed():
    assert completed([], "hi") == ["history"]


@pytest.mark.parametrize(
    "words", [["show"], ["delete", "other"], ["pause"], ["resume"], ["history", "--callback"]]
)
def test_identifiers_of_callbacks_are_completed(installed, words):
    assert completed(words, "log") == ["logger", "login"]


def test_events_are_completed_in_any_case():
    assert completed(["history", "--event"], "lowd") == ["lowDiskSpace"]


@pytest.mark.parametrize(
    ("incomplete", "kinds"),
    [("", ["cluster", "filesystem:", "fileset:", "pool:"]), ("file", ["filesystem:", "fileset:"])],
)
def test_the_kinds_of_objects_that_runs_are_about_are_completed(incomplete, kinds):
    assert completed(["history", "--object"], incomplete) == kinds


def test_where_gpfs_does_not_answer_nothing_is_completed_and_nothing_told(installed, capsys):
    installed.fails["mmlscallback"] = ["no quorum", "no quorum either"]
    assert completed(["show"], "log") == []
    assert capsys.readouterr() == ("", "")


def test_variables_are_completed_in_any_case():
    assert completed(["variables"], "fsn") == ["fsName"]


def test_kinds_of_objects_are_completed():
    assert completed(["events", "--object"], "file") == ["filesystem", "fileset"]
