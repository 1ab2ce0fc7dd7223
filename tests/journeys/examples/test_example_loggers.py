"""shutdown_logger.py, two_events.py and list_callbacks.py."""

from __future__ import annotations

import re
from datetime import datetime

import pytest

from ..shells import example

pytestmark = pytest.mark.xdist_group("examples: loggers")

STAMP = r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)"


def test_the_time_at_which_gpfs_stops_on_the_node_is_logged(shell, tmp_path):
    log = tmp_path / "events" / "shutdown.log"
    printed = shell.ok(*example("shutdown_logger.py"), "n2", log)
    assert printed == "installed shutdown-logger for shutdown on n2\n"
    shell.ok("mmshutdown", "-N", "n3")
    before = datetime.now().replace(microsecond=0)
    shell.ok("mmshutdown", "-N", "n2")
    lines = shell.lines(log, 1)
    after = datetime.now()
    shell.wait_idle()
    assert shell.lines(log, 1) == lines
    stamp, text = re.fullmatch(rf"{STAMP}: (.*)", lines[0]).groups()
    assert text == "GPFS has shut down"
    assert before <= datetime.fromisoformat(stamp) <= after
    shell.ok("mmstartup", "-N", "n2,n3")


def test_one_function_is_called_for_two_events_and_then_for_one_that_is_added(shell, tmp_path):
    log = tmp_path / "daemon.log"
    printed = shell.ok(*example("two_events.py"), log)
    assert printed.splitlines() == [
        "installed daemon-log for shutdown, startup",
        "now daemon-log is called for shutdown, startup, mount",
    ]
    listed = shell.ok("mmlscallback", "daemon-log")
    assert re.search(r"^\s*event\s*=\s*shutdown,startup,mount\s*$", listed, re.MULTILINE)
    shell.ok("mmshutdown", "-N", "n3")
    shell.lines(log, 1)
    shell.ok("mmstartup", "-N", "n3")
    lines = shell.lines(log, 4)
    seen = [re.fullmatch(rf"{STAMP}: (.*)", line)[2] for line in lines]
    assert seen[0] == "shutdown on n3.gpfs.test"
    assert sorted(seen[1:]) == ["mount on n3.gpfs.test", "mount on n3.gpfs.test", "startup on n3.gpfs.test"]


def test_callbacks_of_every_origin_are_listed_and_looked_up(shell, tmp_path):
    shell.ok("mmaddcallback", "old-script", "--command", "/bin/true", "--event", "unmount", "-N", "n1")
    shell.ok(*example("low_space_alert.py"), tmp_path / "alerts.log")
    listed = shell.ok(*example("list_callbacks.py"), "--all").splitlines()
    assert "old-script: /bin/true, on unmount, for <Node n1.gpfs.test>" in listed
    assert "low-space-alert: __main__.alert, on lowDiskSpace, for <Filesystem mmfs1>" in listed
    found = shell.ok(*example("list_callbacks.py"), "low-space-alert").splitlines()
    assert found == [
        "low-space-alert: __main__.alert, on lowDiskSpace, for <Filesystem mmfs1>",
        "  fsName gets %fsName",
        "  storagePool gets %storagePool",
    ]
    assert shell.fails(*example("list_callbacks.py"), "low-space-allert") == (
        "no callback 'low-space-allert'; did you mean 'low-space-alert'?\n"
    )
