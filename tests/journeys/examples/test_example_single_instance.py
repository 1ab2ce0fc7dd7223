"""single_instance.py: three nodes are told, one alerts."""

from __future__ import annotations

import re
import time

import pytest

from arcapix.fs.gpfs.emulator import control

from ..shells import example

NODES = 4

pytestmark = pytest.mark.xdist_group("examples: single instance")


@pytest.fixture(scope="module")
def installed(shell, tmp_path_factory):
    """The callback, its folder of locks in the shared file system, and the log of alerts."""
    locks = shell.mount_point("mmfs1") / ".locks"
    alerts = tmp_path_factory.mktemp("alerts") / "alerts.log"
    assert shell.ok(*example("single_instance.py"), locks, alerts) == "installed node-left\n"
    return locks, alerts


def node_left(shell, node):
    """Let GPFS tell the three nodes that a node has left; only the event, so that all stay."""
    shell.processes_after(
        lambda: control.fire(shell.directory, "nodeLeave", variables={"eventNode": node}), "node-left", 3
    )


def test_of_three_nodes_that_see_a_node_crash_one_alerts_and_two_say_why_they_left(shell, installed):
    locks, alerts = installed
    processes = shell.processes_after(lambda: control.crash(shell.directory, "n4"), "node-left", 3)
    assert sorted(process.node for process in processes) == ["n1", "n2", "n3"]
    assert {process.status for process in processes} == {0}
    (alert,) = shell.lines(alerts, 1)
    alert_text = r"\d\d:\d\d:\d\d: n4.gpfs.test has left the cluster, says (n[123]).gpfs.test"
    told = re.fullmatch(alert_text, alert)[1]
    (lock,) = locks.glob("nodeLeave-n4*")
    assert re.fullmatch(r"nodeLeave-n4\.gpfs\.test\.\d{4}-\d\d-\d\dT\d\d-\d0Z", lock.name)
    for node in {"n1", "n2", "n3"}:
        said = f"{node}.gpfs.test leaves: another node alerts, for {lock} was there\n"
        assert (said in shell.driver_log(node)) == (node != told)


def test_the_same_within_the_window_alerts_nobody_but_another_node_does(shell, installed):
    _, alerts = installed
    node_left(shell, "n11")
    once = alerts.read_text()
    assert "n11 has left the cluster" in once
    node_left(shell, "n11")
    assert alerts.read_text() == once
    node_left(shell, "n12")
    assert "n12 has left the cluster" in alerts.read_text().removeprefix(once)


def test_a_node_that_comes_after_the_turn_of_the_window_leaves_too(shell, installed):
    locks, alerts = installed
    locks.mkdir(exist_ok=True)
    for node in ("n21", "n22"):
        window = int(time.time()) // 600
        stamp = time.strftime("%Y-%m-%dT%H-%MZ", time.gmtime((window - 1) * 600))
        (locks / f"nodeLeave-{node}.{stamp}").mkdir()
        node_left(shell, node)
        if int(time.time()) // 600 == window:  # else it has turned meanwhile, and the lock is an old one
            break
    assert not alerts.exists() or node not in alerts.read_text()


def test_the_lock_of_an_earlier_window_holds_nobody_up_and_is_removed(shell, installed):
    locks, alerts = installed
    earlier, another = (locks / f"nodeLeave-{node}.2026-01-31T23-50Z" for node in ("n31", "n32"))
    earlier.mkdir(parents=True)
    another.mkdir()
    node_left(shell, "n31")
    assert alerts.read_text().count("n31 has left the cluster") == 1
    assert not earlier.exists()
    assert another.exists()
