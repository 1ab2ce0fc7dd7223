"""The log of commands: what is logged of one, who sees it, and what it costs those who do not look."""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys

import pytest

from arcapix.fs.gpfs import commands
from arcapix.fs.gpfs.commands import log, process
from arcapix.fs.gpfs.exceptions import GPFSExecuteException, GPFSNotInstalled

RECORD = commands.CallbackRecord("drill", "/opt/x", ("mount",))
TOKEN = "A1." + "x" * 200


@pytest.fixture
def lines(caplog):
    """The lines about commands until now, their times left out."""
    caplog.set_level(logging.DEBUG, "arcapix.fs.gpfs")

    def found() -> list[str]:
        texts = [
            record.getMessage() for record in caplog.records if record.name == "arcapix.fs.gpfs.commands"
        ]
        assert all(re.search(r" after \d+\.\d{3} s$", text) for text in texts)
        return [text.rpartition(" after ")[0] for text in texts]

    return found


def python(program: str, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program in a new interpreter, where nothing of logging is configured."""
    argv = [sys.executable, *options, "-c", program]
    return subprocess.run(argv, env={**os.environ, **environment}, capture_output=True, text=True, timeout=60)


LISTING = "from arcapix.fs.gpfs import Cluster; print(Cluster().callbacks.keys())"


def test_a_command_that_ended_is_a_line_with_its_words_and_its_status(answers, lines):
    answers.will().will(status=3)
    process.execute(("/usr/lpp/mmfs/bin/mmlsthing", "a b", "c;d", ""), timeout=5)
    process.execute(("/usr/lpp/mmfs/bin/mmlsthing", "-Y"), timeout=5)
    assert lines() == ["mmlsthing 'a b' 'c;d' '': status 0", "mmlsthing -Y: status 3"]


def test_every_attempt_at_a_busy_lock_is_a_line(answers, lines, monkeypatch):
    monkeypatch.setattr(process, "_sleep", lambda seconds: None)
    answers.will(status=1, stderr="6027-1950 Local update lock is busy.\n").will()
    commands.mmaddcallback(RECORD)
    assert [line[-8:] for line in lines()] == ["status 1", "status 0"]


def test_a_command_that_is_stopped_for_time_is_a_line(fake_mm, lines):
    fake_mm("mmlsthing", "sleep 60")
    with pytest.raises(GPFSExecuteException):
        process.run("mmlsthing", timeout=0.2)
    assert lines() == ["mmlsthing: stopped at its time limit"]


def test_a_command_that_cannot_be_started_is_a_line(fake_mm, lines):
    fake_mm("mmlsthing", "").chmod(0o644)
    for name in ("mmlsthing", "mmlsother"):
        with pytest.raises(GPFSExecuteException):
            process.run(name, timeout=5)
    assert lines() == ["mmlsthing: status 126", "mmlsother: status 127"]


def test_a_command_that_is_not_there_is_a_line(fake_mm, lines):
    with pytest.raises(GPFSNotInstalled):
        process.run("mmlsthing", timeout=5)
    assert lines() == ["mmlsthing: not there"]


def test_a_command_that_the_user_interrupts_is_a_line(lines):
    def interrupted(argv, timeout):
        raise KeyboardInterrupt

    with process.using(interrupted), pytest.raises(KeyboardInterrupt):
        process.run("mmlsthing", timeout=5)
    assert lines() == ["mmlsthing: cut short"]


def test_a_token_is_shown_as_errors_show_it_and_never_its_text(answers, lines):
    answers.will(status=1)
    with pytest.raises(GPFSExecuteException) as caught:
        process.run("mmaddcallback", "x", "--parms", f"{TOKEN} fsName=%fsName", TOKEN, timeout=5)
    (line,) = lines()
    assert line.removesuffix(": status 1") in str(caught.value)
    assert "<token, 203 characters>" in line
    assert "xxx" not in line


def test_a_name_of_many_lines_is_one_line_that_can_be_written_anywhere(answers, lines):
    answers.will()
    process.execute(("mmlsfileset", "a\nb\x1b[2J\udcffü"), timeout=5)
    assert lines() == ["mmlsfileset 'a\\nb\\x1b[2J\\udcffü': status 0"]


def test_nothing_is_written_where_nobody_asked(fake_mm):
    fake_mm("mmlscallback", "exit 0")
    done = python(LISTING)
    assert (done.stdout, done.stderr) == ("[]\n", "")


@pytest.mark.parametrize("level", ["debug", "DEBUG"])
def test_the_variable_writes_each_command_to_standard_error(fake_mm, level):
    fake_mm("mmlscallback", "exit 0")
    done = python(f"{LISTING}; {LISTING}", ARCAPIX_GPFS_LOG=level)
    assert done.stdout == "[]\n[]\n"
    line = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d DEBUG arcapix\.fs\.gpfs\.commands: mmlscallback.*: status 0 after 0\.\d{3} s\n"
    assert re.fullmatch(line * 2, done.stderr)


@pytest.mark.parametrize("level", log.LEVELS[1:])
def test_a_level_above_debug_writes_no_command(fake_mm, level):
    fake_mm("mmlscallback", "exit 0")
    done = python(LISTING, ARCAPIX_GPFS_LOG=level)
    assert (done.stdout, done.stderr) == ("[]\n", "")


@pytest.mark.parametrize(("level", "mend"), [("debgu", "did you mean 'debug'?"), ("7", "")])
def test_a_wrong_level_is_one_warning_that_names_the_levels_and_stops_nothing(fake_mm, level, mend):
    fake_mm("mmlscallback", "exit 0")
    done = python(LISTING, "-W", "error", ARCAPIX_GPFS_LOG=level)
    assert done.stdout == "[]\n"
    (line,) = done.stderr.splitlines()
    assert f" WARNING arcapix.fs.gpfs: ARCAPIX_GPFS_LOG: {level!r} is not a level; {mend}" in line
    assert line.endswith(" there are debug, info, warning, error, critical")


def test_standard_error_may_be_replaced_closed_or_not_there(fake_mm):
    fake_mm("mmlscallback", "exit 0")
    program = (
        "import io, sys; from arcapix.fs.gpfs.commands import mmlscallback\n"
        "mmlscallback(); real, sys.stderr = sys.stderr, io.StringIO(); mmlscallback()\n"
        "seen = sys.stderr.getvalue(); sys.stderr.close(); sys.stderr = None; mmlscallback()\n"
        "sys.stderr = real; mmlscallback(); print(seen.count('mmlscallback'))"
    )
    done = python(program, ARCAPIX_GPFS_LOG="debug")
    assert (done.stdout, done.stderr.count("mmlscallback")) == ("1\n", 2)
    assert "Traceback" not in done.stderr


def test_verbose_writes_each_command_to_standard_error(fake_mm):
    fake_mm("mmlscallback", "exit 0")
    for options, count in ((["--verbose"], 1), (["-v"], 1), ([], 0)):
        done = python(f"from arcapix.fs.gpfs.cli import main; main({[*options, 'list', '--json']!r})")
        assert (done.returncode, done.stdout.strip()) == (0, "[]")
        assert done.stderr.count("DEBUG arcapix.fs.gpfs.commands: mmlscallback") == count


def test_the_api_does_without_logging_where_the_program_does(fake_mm):
    fake_mm("mmlscallback", "exit 0")
    program = (
        "import sys; from arcapix.fs.gpfs import *; Filesystem('x').onMount\n"
        f"{LISTING}; print('logging' in sys.modules)"
    )
    assert python(program).stdout == "[]\nFalse\n"
