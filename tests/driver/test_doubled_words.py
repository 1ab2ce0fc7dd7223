"""A fileset's name that reads like another variable's word silences no callback unseen.

This file has no ``__future__`` import: it would travel with the handlers.
"""

import time

import pytest

from arcapix.fs.gpfs.driver import doubled_words

FILESYSTEM = ["filesystem", "mmfs1"]
WORDS = ("eventName=softQuotaExceeded", "fsName=mmfs1", "filesetName=x", "fsName=y")
"""As GPFS gives them where it splits after substituting, for a fileset called ``x fsName=y``."""

record = ""
"""Path of the file that handlers write to; captured by value."""


def work() -> None:
    with open(record, "a") as file:
        file.write("worked\n")


@pytest.fixture
def fire(driver, seen):
    """Give an event to a function of a file system; it must not run."""

    def fire(*words: str, **header: object) -> None:
        given = {"ow": FILESYSTEM, "vs": ["fsName", "filesetName"], **header}
        assert driver.fire(work, *(words or WORDS), **given) == 0
        assert not seen.exists()

    return fire


def test_an_event_that_may_be_about_the_object_is_recorded_as_skipped(driver, fire):
    fire()
    (run,) = driver.runs
    assert (run["state"], run["status"], run["event"]) == ("skipped", 0, "softQuotaExceeded")
    assert run["reason"] == (
        "the word fsName= came twice ('mmfs1', 'y'), so nobody can tell whether the event is about "
        "filesystem:mmfs1"
    )
    assert str(run["reason"]) in driver.log


def test_each_variable_that_tells_the_object_is_named(driver, fire):
    words = [*WORDS, "filesetName=z"]
    fire(*words, ow=["fileset", "mmfs1", "x"])
    reason = str(driver.runs[0]["reason"])
    assert "the word fsName= came twice ('mmfs1', 'y'), the word filesetName= came twice ('x', 'z')" in reason


@pytest.mark.parametrize(
    ("owner", "words"),
    [
        (FILESYSTEM, ["fsName=mmfs1", "fsName=mmfs1"]),
        (
            ["fileset", "mmfs1", "a"],
            ["fsName=mmfs2", "filesetName=x", "fsName=mmfs1", "filesetName=a"],
        ),
    ],
)
def test_the_function_does_not_run_whatever_the_words_are_about(driver, fire, owner, words):
    fire("eventName=mount", *words, ow=owner)
    assert [run["state"] for run in driver.runs] == ["skipped"]


def test_whoever_names_filesets_fills_no_journal(driver, fire):
    for _ in range(5):
        fire()
    assert len(driver.runs) == 1
    fire(id="another")
    assert [run["callback"] for run in driver.runs] == ["handler_1", "another"]
    state = driver.folder / "state"
    (state / "doubled-words" / "handler_1").write_text(f"{int(time.time()) - 60} 4".ljust(40))
    fire()
    assert str(driver.runs[-1]["reason"]).endswith("; 4 more such events since the last record")
    fire()
    assert len(driver.runs) == 3


def test_a_clock_that_was_set_back_keeps_nothing_from_being_recorded(driver, fire):
    folder = driver.folder / "state" / "doubled-words"
    folder.mkdir()
    folder.joinpath("handler_1").write_text(f"{int(time.time()) + 1000} 0".ljust(40))
    folder.joinpath("handler_1").chmod(0o600)
    fire()
    assert len(driver.runs) == 1


@pytest.mark.parametrize("damage", ["", "x y", "1", "\0" * 40, "-1 -1"])
def test_a_damaged_file_keeps_nothing_from_being_recorded(tmp_path, damage):
    folder = tmp_path / "state" / "doubled-words"
    folder.mkdir(parents=True)
    (folder / "watch").write_text(damage)
    assert doubled_words._untold(str(folder), "watch") == 0
    assert doubled_words._untold(str(folder), "watch") is None


def test_values_are_shown_escaped_and_cut(driver, fire):
    fire(*WORDS[:3], "fsName=\x1b[2J\u202e" + "y" * 1000)
    reason = str(driver.runs[0]["reason"])
    assert r"'\x1b[2J\u202eyyy" in reason
    assert len(reason) < 400


def test_an_event_that_is_clearly_about_another_object_leaves_no_record(driver, fire):
    fire("eventName=softQuotaExceeded", "fsName=mmfs2", "filesetName=x", "filesetName=y")
    assert driver.runs == []
    assert driver.log == ""


def test_that_it_cannot_be_recorded_is_told(driver, seen):
    folder = driver.folder / "state" / "doubled-words"
    folder.mkdir()
    (folder / "handler_1").symlink_to("/dev/null")
    done = driver.start(driver.token(work, ow=FILESYSTEM, vs=["fsName", "filesetName"]), *WORDS)
    assert done.returncode == 0
    assert not seen.exists()
    assert "so nobody can tell whether the event is about filesystem:mmfs1; that cannot be" in done.stderr
