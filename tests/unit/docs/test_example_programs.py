"""Every example says what it does, and changes nothing, without arguments and at an option that it does not know."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from arcapix.fs.gpfs.commands import process

EXAMPLES = Path(__file__).parents[3] / "examples"
ALL = sorted(path.name for path in EXAMPLES.iterdir() if path.is_file())


@pytest.mark.parametrize("name", ALL)
def test_an_example_is_a_program(name):
    assert os.access(EXAMPLES / name, os.X_OK)
    assert (EXAMPLES / name).read_text().startswith(("#!/usr/bin/env python3\n", "#!/bin/sh\n"))


@pytest.mark.parametrize("option", [None, "-h", "--help", "--nonesuch"])
@pytest.mark.parametrize("name", ALL)
def test_an_example_prints_its_usage_and_does_nothing(monkeypatch, capfd, name, option):
    ran: list[tuple[str, ...]] = []
    path = EXAMPLES / name
    words = [str(path), *([] if option is None else _words(path, option))]
    if path.suffix == ".sh":
        assert subprocess.run(words, env={"PATH": os.defpath}, check=False, timeout=60).returncode == 2
    else:
        monkeypatch.setattr(sys, "argv", words)
        with pytest.raises(SystemExit) as ending, process.using(lambda argv, _timeout: _refuse(ran, argv)):
            runpy.run_path(str(path), run_name="__main__")
        assert ending.value.code == 2 or (ending.value.code == 0 and option in ("-h", "--help"))
    printed = "".join(capfd.readouterr())
    assert f"{name} " in printed
    assert max(map(len, printed.splitlines())) <= 120
    assert ran == []


def _refuse(ran: list[tuple[str, ...]], argv: tuple[str, ...]) -> process.Completed:
    ran.append(argv)
    return process.Completed(argv, 1, "", "nothing may be asked of GPFS")


def _words(path: Path, option: str) -> list[str]:
    """Return as many arguments as the usage of an example asks for, the last of which is the option."""
    usage = next(line for line in path.read_text().splitlines() if f"/{path.name} " in line)
    required = usage.partition("[")[0].split()[1:]
    return ["mmfs1"] * (len(required) - 1) + [option]
