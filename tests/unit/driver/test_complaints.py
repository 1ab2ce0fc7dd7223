"""What the driver tells administrators, who read it on a terminal: one line that does nothing there."""

from __future__ import annotations

import socket
import tempfile
from pathlib import Path

import pytest

from arcapix.fs.gpfs.driver.decision import Firing
from arcapix.fs.gpfs.driver.main import CONFIGURATION
from arcapix.fs.gpfs.driver.records import Records


def test_a_complaint_is_one_line_that_no_terminal_obeys(capfd: pytest.CaptureFixture[str]) -> None:
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as syslog:
        path = str(Path(folder) / "log")
        syslog.bind(path)
        firing = Firing({**CONFIGURATION, "state": folder, "syslog": path})
        firing.callback = "odd\x1b[2J\u202e"
        Records(firing).complain("no\n<27>forged: all is \x9b1Awell\udcff é")
        said = syslog.recv(4096).decode()
    shown = r"<27>forged: all is \x9b1Awell\udcff é"
    assert capfd.readouterr().err == f"callbackdriver: no\\n{shown}\n"
    assert said.endswith(rf" of odd\x1b[2J\u202e: no {shown}")
