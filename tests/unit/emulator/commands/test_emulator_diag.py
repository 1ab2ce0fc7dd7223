"""mmdiag: what the daemon waits for, runs with and is connected to."""

from __future__ import annotations

import re
import threading

NETWORK = """
=== mmdiag: network ===

Pending messages:
  (none)
Inter-node communication configuration:
  tscTcpPort      1191
  my address      198.18.0.2/24 (eth0) <c0n1>
  my addr list    198.18.0.2/24 (eth0)/emulated.gpfs.test
  my node number  2
TCP Connections between nodes:
    hostname                            node     idx destination     status     err  sock  sent(MB)  recvd(MB)  ostype
    n1                                  <c0n0>     0 198.18.0.1      connected  0    101   0         0          Linux/L
"""


def test_the_network_of_a_node_is_its_connections_to_those_that_run(cluster):
    cluster.ok("mmshutdown -N n3")
    assert cluster.ok("mmdiag --network", node="n2") == NETWORK
    cluster.emulator.partition(["n2"])
    assert "connected" not in cluster.ok("mmdiag --network", node="n2")


def test_the_configuration_marks_what_was_set_on_the_node(cluster):
    cluster.ok("mmcrnodeclass large -N n2")
    cluster.ok("mmchconfig pagepool=2G")
    cluster.ok("mmchconfig pagepool=4G -N large")
    cluster.ok("mmchconfig verbsRdma=no -N n2")
    assert cluster.ok("mmdiag --config").startswith("\n=== mmdiag: config ===\n   maxblocksize 4194304\n")
    lines = {node: cluster.ok("mmdiag --config", node=node).splitlines() for node in ("n1", "n2")}
    assert " ! pagepool 2147483648" in lines["n1"] and "verbsRdma" not in "".join(lines["n1"])
    assert " ! pagepool 4294967296" in lines["n2"] and " ! verbsRdma 0" in lines["n2"]
    rows = {row["name"]: (row["value"], row["changed"]) for row in cluster.rows("mmdiag --config -Y")}
    assert rows["pagepool"] == ("2147483648", "static")
    assert rows["maxStatCache"] == ("1000", "")


def test_a_synchronous_callback_is_what_gpfs_waits_for(cluster, wait):
    assert cluster.ok("mmdiag --waiters") == "\n=== mmdiag: waiters ===\n"
    go = cluster.folder / "go"
    cluster.install("preUnmount", "--sync", body=f"while [ ! -e {go} ]; do sleep 0.02; done")
    unmounting = threading.Thread(target=cluster.ok, args=("mmumount mmfs1 -N n2",))
    unmounting.start()
    wait(lambda: "Waiting" in cluster.ok("mmdiag --waiters", node="n2"), "GPFS waits for the callback")
    assert re.fullmatch(
        r"\n=== mmdiag: waiters ===\n"
        r"Waiting \d+\.\d{4} sec since \d\d:\d\d:\d\d, monitored, thread \d+ \w+: for user exit script cb\n",
        cluster.ok("mmdiag --waiters", node="n2"),
    )
    assert "Waiting" not in cluster.ok("mmdiag --waiters", node="n1")
    cluster.emulator.state.shell_node = "n2.gpfs.test"
    (row,) = cluster.rows("mmdiag --waiters -Y")
    assert (row["isMonitored"], row["auxReason"]) == ("monitored", "for user exit script cb")
    go.touch()
    unmounting.join()
    assert "Waiting" not in cluster.ok("mmdiag --waiters", node="n2")


def test_a_daemon_that_is_down_knows_nothing_and_something_must_be_asked(cluster):
    cluster.ok("mmshutdown -N n3")
    assert "mmdiag: GPFS is down on this node." in cluster.fails("mmdiag --config", node="n3")
    assert cluster.ok("mmdiag --version", node="n3")
    assert "Usage:" in cluster.fails("mmdiag")
    assert cluster.fails("mmdiag --network -Y", status=124) == "mmdiag: option -Y is not emulated\n"
    assert cluster.ok("mmdiag --config --waiters").count("===") == 4
