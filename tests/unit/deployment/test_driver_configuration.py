"""Where an installed driver records, told by its text, which is never executed."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

import pytest

from arcapix.fs.gpfs import GPFSError
from arcapix.fs.gpfs.deployment import installation
from arcapix.fs.gpfs.driver.main import CONFIGURATION
from arcapix.fs.gpfs.runs.history import History


def test_what_was_set_is_read_and_the_rest_is_the_default(tmp_path):
    given = {"keep_environment": ("A", "B"), "set_environment": {"X": 'a"\n'}, "log_bytes": 1 << 20}
    stub = installation.install(tmp_path / "driver", given)
    assert installation.configuration_of(stub) == {
        **CONFIGURATION,
        **given,
        "state": str(tmp_path / "driver" / "state"),
        "log": str(tmp_path / "driver" / "log" / "callbackdriver.log"),
    }


def test_the_name_of_this_node_is_put_in_as_the_driver_does(tmp_path, monkeypatch):
    places = {"state": "/s/{node}/state", "log": "/l/{node}.log", "node_variable": "ARCAPIX_NODE_OF_TEST"}
    stub = installation.install(tmp_path, places)
    monkeypatch.setenv("ARCAPIX_NODE_OF_TEST", "n7")
    found = installation.configuration_of(stub)
    assert (found["state"], found["log"]) == ("/s/n7/state", "/l/n7.log")
    monkeypatch.delenv("ARCAPIX_NODE_OF_TEST")
    assert "{node}" not in installation.configuration_of(stub)["log"]


def test_a_stub_is_not_executed(tmp_path):
    stub = installation.install(tmp_path / "driver")
    text = stub.read_text()
    stub.write_text(text + f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    installation.configuration_of(stub)
    assert not (tmp_path / "ran").exists()
    stub.write_text(text.replace("main(\n", f"main(path=open({str(tmp_path / 'ran')!r}, 'w'),\n"))
    with pytest.raises(
        GPFSError, match=r"configuration of .* cannot be read; run: arcapix-gpfs driver install"
    ):
        installation.configuration_of(stub)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "#!/bin/sh\necho main()\n",
        "#!/usr/bin/python3 -ISXutf8\nmain(\n",
        "#!/p -ISXutf8\nmain()\nmain()\n",
    ],
)
def test_another_program_is_refused(tmp_path, text):
    program = tmp_path / "program"
    program.write_text(text)
    with pytest.raises(GPFSError, match=r"is no driver of ours|cannot be read"):
        installation.configuration_of(program)


def test_a_pipe_in_the_place_of_a_driver_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "callbackdriver.py")
    with pytest.raises(OSError, match="it is not a file"):
        installation.configuration_of(tmp_path / "callbackdriver.py")


def test_the_history_is_read_where_the_driver_writes_it(tmp_path, monkeypatch):
    stub = installation.install(tmp_path / "driver")
    history = History.of(stub)
    assert history.journal == tmp_path / "driver" / "state" / "journal"
    assert history.log == tmp_path / "driver" / "log" / "callbackdriver.log"
    monkeypatch.setenv("ARCAPIX_GPFS_DRIVER_LOG", "/elsewhere/driver.log")
    assert History.of(stub).log == Path("/elsewhere/driver.log")


@pytest.mark.parametrize(("length", "fits"), [(127, True), (128, False)])
def test_a_first_line_may_have_what_every_kernel_reads(tmp_path, monkeypatch, length, fits):
    """Older kernels read 127 characters of it; a driver whose first line is cut starts another program."""
    monkeypatch.setattr(sys, "executable", "/" + "x" * (length - len("#!/ -ISXutf8")))
    with contextlib.nullcontext() if fits else pytest.raises(GPFSError, match="too long for a first line"):
        installation.install(tmp_path / "driver")
    assert (tmp_path / "driver").exists() == fits
