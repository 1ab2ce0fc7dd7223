"""Faults on the nodes of a cluster at three in the morning: one command finds all of them."""

from __future__ import annotations

from arcapix.fs.gpfs import emulated
from arcapix.fs.gpfs.deployment import cluster_key

from ..shells import ARCAPIX

PROGRAM = """
from arcapix.fs.gpfs import Filesystem

def report():
    import certainly_missing
    try:
        import perhaps_missing
    except ImportError:
        pass
    print(certainly_missing, os.path)

import os
import warnings
warnings.simplefilter("ignore")
Filesystem("mmfs1").onMount.new("alert", report)
Filesystem("mfms1").onMount.new("misspelt", lambda: None)
"""


def test_doctor_finds_all_faults_in_one_call(shell):
    shell.ok(ARCAPIX, "key", "create")
    shell.python(PROGRAM)
    shell.give_each_its_own("n2", "n3", "n4", "n5")
    shell.driver("n2").chmod(0o644)
    other = shell.directory / "other.key"
    other.write_bytes(cluster_key.new_key() + b"\n")
    other.chmod(0o600)
    shell.set("n2", "key", str(other))
    shell.driver("n3").unlink()
    (bundle,) = shell.driver("n4").parent.glob("*.bundle")
    bundle.write_bytes(bundle.read_bytes() + b"of another release")
    shell.set("n4", "key", str(shell.directory / "none.key"))
    state = emulated.state_folder(shell.directory, "n5")
    state.mkdir(parents=True, exist_ok=True)
    state.chmod(0o777)
    shell.set("n5", "log_bytes", 1 << 60)
    shell.shift_clock("n5")

    found = {(one["node"], one["check"], one["state"]): one for one in shell.doctor()}

    missing = {(f"{node}.gpfs.test", "modules", "problem") for node in ("n1", "n2", "n4", "n5")}
    assert found.keys() == missing | {
        ("n2.gpfs.test", "executable", "problem"),
        ("n2.gpfs.test", "key", "problem"),
        ("n3.gpfs.test", "driver", "problem"),
        ("n4.gpfs.test", "release", "problem"),
        ("n4.gpfs.test", "key", "problem"),
        ("n5.gpfs.test", "folders", "problem"),
        ("n5.gpfs.test", "room", "warning"),
        ("n5.gpfs.test", "clock", "warning"),
        ("n5.gpfs.test", "deliveries", "unknown"),
        (None, "callbacks", "problem"),
    }
    assert all(one["advice"] for one in found.values())
    assert "did you mean 'mmfs1'?" in found[None, "callbacks", "problem"]["advice"]
    module = found["n1.gpfs.test", "modules", "problem"]["text"]
    assert module.startswith("callback 'alert' imports certainly_missing, which ")
    assert found["n2.gpfs.test", "key", "problem"]["text"].endswith(
        "is another one than that of n1.gpfs.test"
    )
