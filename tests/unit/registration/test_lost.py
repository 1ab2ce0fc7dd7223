"""What a killed change has left out, as listings and checks tell it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from arcapix.fs.gpfs import Cluster
from arcapix.fs.gpfs.administration.checks import node_callbacks
from arcapix.fs.gpfs.cli import main
from arcapix.fs.gpfs.registration import journal, lost, registry

from ..recorded_runs import driver, traces

__all__ = ["driver", "traces"]


def handler() -> None:
    return None


def leave_behind(*identifiers: str, batch: bool = False) -> Path:
    """Leave the file that a killed process leaves behind."""
    records = [registry.find(identifier) for identifier in identifiers]
    with journal.alone(), journal.kept(records, batch=batch) as kept:
        return kept.path


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


@pytest.fixture
def file(gpfs, driver) -> Path:
    """Keeps the callback ``lu``, which is gone."""
    Cluster().onMount.new("lu", handler)
    path = leave_behind("lu")
    del gpfs.callbacks["lu"]
    return path


def test_only_what_is_not_registered_is_lost(file):
    assert list(lost.lost({"lu"})) == []
    (found,) = lost.lost({"other"})
    assert found.identifiers == {"lu"}
    assert found.text == f"callback 'lu' is gone: a change of it was cut short, and {file} keeps it"


def test_a_part_of_a_batch_is_told(gpfs):
    for name in ("a", "b"):
        Cluster().onMount.new(name, handler)
    leave_behind("a", "b", batch=True)
    (found,) = lost.lost({"a"})
    assert found.text == "of a batch, 'a', 'b', only 'a' is installed: it was cut short"
    assert list(lost.lost({"a", "b"})) == list(lost.lost(())) == []


def test_a_file_that_cannot_be_read_is_told(file):
    file.write_text("{")
    (found,) = lost.lost({"lu"})
    assert found.text == f"the journal file {file} cannot be read; look at it, and remove it"


def test_what_somebody_still_works_on_is_not_lost(gpfs):
    Cluster().onMount.new("lu", handler)
    with journal.alone(), journal.kept([registry.find("lu")]):
        assert list(lost.lost(())) == []


def test_list_says_how_it_comes_back(file):
    done = run("list")
    said = f"warning: callback 'lu' is gone: a change of it was cut short, and {file} keeps it; run: "
    assert f"{said}arcapix-gpfs recover --definitions\n" in done.stderr


def test_why_ends_with_the_command_that_brings_it_back(file):
    done = run("why", "lu")
    assert done.exit_code == 1
    first, last = done.output.splitlines()
    assert first.startswith("problem  callback 'lu' is gone")
    assert last == "what to do: run: arcapix-gpfs recover --definitions"
    other = run("why", "lo")
    assert (other.exit_code, other.stdout) == (3, "")
    assert "callback 'lu' is gone" in other.stderr


def test_doctor_finds_it(file):
    found = {one.check: one for one in node_callbacks.of_listed(Path("/d"), [])}["definitions"]
    assert (found.state, found.advice) == ("problem", "there run: arcapix-gpfs recover --definitions")


def test_a_plain_recovery_says_that_definitions_wait(file):
    done = run("recover")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "no event waits for an attempt\n" in done.stderr
    assert done.stderr.rstrip().endswith("keeps it; run: arcapix-gpfs recover --definitions")
