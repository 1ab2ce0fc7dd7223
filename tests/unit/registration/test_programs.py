"""Whether a program can be started, with the interpreter in its first line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from arcapix.fs.gpfs.registration import programs


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "program"
    path.write_text("#!/bin/sh -e\n")
    path.chmod(0o755)
    return path


def test_nothing_speaks_against_a_script_with_its_interpreter(program: Path) -> None:
    assert programs.why_not(program) is None


def test_a_program_without_a_first_line_needs_no_interpreter(program: Path) -> None:
    program.write_bytes(b"\x7fELF")
    assert programs.why_not(program) is None


def test_what_is_no_file_or_not_executable_is_told_with_the_way_out(program: Path) -> None:
    assert programs.why_not(program.parent) == ("is not there", "put it there")
    program.chmod(0o644)
    assert programs.why_not(program) == ("is not executable", f"run: chmod 755 {program}")


@pytest.mark.parametrize("line", ["#!/no/such/python", "#! /no/such/python -u", "#!/no/such/python\nrest"])
def test_an_interpreter_that_is_not_there_is_told(program: Path, line: str) -> None:
    program.write_text(line)
    assert programs.why_not(program) == (
        "has /no/such/python in its first line, which is not there",
        f"install /no/such/python, or change the first line of {program}",
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root may look everywhere")
def test_what_this_user_may_not_look_at_is_not_said_to_be_missing(program: Path) -> None:
    program.parent.chmod(0)
    try:
        with pytest.raises(PermissionError, match="run this as root"):
            programs.why_not(program)
    finally:
        program.parent.chmod(0o755)


def test_what_may_not_be_reached_is_hidden_and_what_is_missing_is_not(monkeypatch, program: Path) -> None:
    assert not programs.is_hidden(program)
    assert not programs.is_hidden(program / "gone")
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert programs.is_hidden(program)

    def refuse(path: Path, **_: object) -> os.stat_result:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "stat", refuse)
    assert programs.is_hidden(Path("/root/gone"))
