"""From an installation to the function's effect, by programs and commands only."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest

from arcapix.fs.gpfs.emulator import control

from ..shells import ARCAPIX

LOGGER = """
from datetime import datetime
from arcapix.fs.gpfs import Node

installed = datetime.now()

def logcallback():
    with open({log!r}, "a") as log:
        log.write(f"INSTALLED: {{installed.isoformat()}}\\n")
        log.write(f"CALLED: {{datetime.now().isoformat()}}\\n")

before = datetime.now()
print(before.isoformat(), Node("mynode").callbacks.new(logcallback, ["unmount"]).id)
"""


def test_a_function_keeps_the_state_of_its_installation(shell):
    log = shell.folder / "output.log"
    installed_before, identifier = shell.python(LOGGER.format(log=str(log))).split()
    assert identifier.startswith("logcallback_")
    time.sleep(0.05)
    shell.ok("mmumount", "mmfs2", "-N", "mynode")
    shell.wait_idle()
    first, second = log.read_text().splitlines()
    assert first.startswith("INSTALLED: ")
    assert first.removeprefix("INSTALLED: ") <= installed_before < second.removeprefix("CALLED: ")


def test_the_event_of_another_node_does_not_run_it(shell):
    log = shell.folder / "output.log"
    shell.python(LOGGER.format(log=str(log)))
    shell.ok("mmumount", "mmfs2", "-N", "n2")
    shell.wait_idle()
    assert not log.exists()


def test_a_registration_is_native_text_that_runs_by_itself_in_an_empty_environment(shell):
    log = shell.folder / "output.log"
    _, identifier = shell.python(LOGGER.format(log=str(log))).split()
    listing = shell.ok("mmlscallback", identifier)
    values = dict(line.split("=", 1) for line in listing.splitlines()[1:])
    command, parms = (values[key].strip() for key in values if key.strip() in ("command", "parms"))
    assert command.endswith("/callbackdriver.py")
    token, *words = parms.split()
    done = subprocess.run([command, token, *[word.replace("%", "x") for word in words]], env={}, timeout=60)
    assert done.returncode == 0
    assert "CALLED" in log.read_text()


ALERT = """
from arcapix.fs.gpfs import Filesystem

def alert(fsName, storagePool):
    with open({log!r}, "a") as log:
        log.write(f"{{fsName}} {{storagePool}}\\n")

Filesystem("mmfs1").onLowDiskSpace.new("low-space", alert)
"""


def test_bytes_that_pass_the_threshold_call_the_callback_of_that_file_system_only(shell):
    log = shell.folder / "alerts"
    shell.python(ALERT.format(log=str(log)))
    (shell.directory / "mnt" / "mmfs2" / "filler").write_bytes(os.urandom(60 << 20))
    shell.wait_idle()
    assert "event lowDiskSpace" in shell.ok(ARCAPIX, "emulate", "log")
    assert not log.exists()
    (shell.directory / "mnt" / "mmfs1" / "filler").write_bytes(os.urandom(60 << 20))
    shell.wait_idle()
    assert log.read_text() == "mmfs1 system\n"


IN_HANDLER = """
import subprocess
from arcapix.fs.gpfs import Cluster, Filesystem, Node

def report(eventName, myNode):
    mount_point = Filesystem("mmfs1").mountPoint
    listed = subprocess.run(["mmlsfs", "mmfs1", "-T", "-Y"], capture_output=True, text=True, check=True).stdout
    with open({log!r}, "a") as log:
        log.write(repr((eventName, myNode, mount_point, listed.count("defaultMountPoint"), len(Cluster().callbacks))))

Node("n2").onUnmount.new("report", report)
"""


def test_a_handler_reaches_the_cluster_that_fired_it_through_the_api_and_by_command(shell):
    log = shell.folder / "report"
    shell.python(IN_HANDLER.format(log=str(log)))
    shell.ok("mmumount", "mmfs2", "-N", "n2")
    shell.wait_idle()
    name, node, mount_point, listed, callbacks = eval(log.read_text())
    assert (name, node.split(".")[0], listed, callbacks) == ("unmount", "n2", 1, 1)
    assert mount_point == str(shell.directory / "mnt" / "mmfs1")


def test_what_is_installed_can_be_listed_shown_and_deleted(shell):
    log = shell.folder / "alerts"
    shell.python(ALERT.format(log=str(log)))
    listed = shell.ok(ARCAPIX, "list")
    assert listed.splitlines()[1].split() == [
        "low-space",
        "lowDiskSpace",
        "all",
        "filesystem:mmfs1",
        "__main__.alert",
    ]
    (facts,) = json.loads(shell.ok(ARCAPIX, "list", "--json"))
    assert (facts["id"], facts["events"], facts["about"]) == (
        "low-space",
        ["lowDiskSpace"],
        "filesystem:mmfs1",
    )
    shown = shell.ok(ARCAPIX, "show", "low-space")
    assert 'log.write(f"{fsName} {storagePool}\\n")' in shown
    facts = json.loads(shell.ok(ARCAPIX, "show", "low-space", "--json"))
    assert facts["source"][0]["text"].startswith("def alert(fsName, storagePool):")
    assert shell.ok(ARCAPIX, "delete", "low-space") == "deleted low-space\n"
    assert shell.ok("mmlscallback") == ""


def test_a_misspelt_identifier_names_the_nearest_and_nothing_is_deleted(shell):
    shell.python(ALERT.format(log=str(shell.folder / "alerts")))
    said = shell.fails(ARCAPIX, "delete", "low-space", "low-spce", status=3)
    assert said == "arcapix-gpfs: no callback 'low-spce'; did you mean 'low-space'?\n"
    assert "low-space" in shell.ok("mmlscallback")


def test_start_prints_exports_and_nothing_else(tmp_path: Path, outside):
    command = [
        ARCAPIX,
        "emulate",
        "start",
        "--dir",
        str(tmp_path / "c"),
        "--nodes",
        "2",
        "--filesystem",
        "fs1=16M",
    ]
    done = subprocess.run(command, env=outside, capture_output=True, text=True, timeout=60)
    try:
        assert (done.returncode, done.stderr) == (0, "")
        for line in done.stdout.splitlines():
            export, name, *rest = shlex.split(line.replace("=", " ", 1))
            assert (export, len(rest)) == ("export", 1)
            assert name == "PATH" or name.startswith("ARCAPIX_GPFS_")
    finally:
        subprocess.run([ARCAPIX, "emulate", "destroy", "--dir", str(tmp_path / "c")], env=outside, check=True)
    assert not (tmp_path / "c").exists()


def test_a_shell_that_obeys_destroy_names_nothing_of_the_cluster_any_more(tmp_path):
    script = f"""
        eval "$({ARCAPIX} emulate start --dir {tmp_path}/c --nodes 1 --filesystem fs1=16M)"
        told=$({ARCAPIX} emulate destroy 2>&1)
        echo "$told"
        eval "${{told#*, so run: }}"
        env | grep -F {tmp_path}/c || env | grep ARCAPIX || echo nothing
    """
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    done = subprocess.run(
        ["/bin/sh", "-c", script], env=environment, capture_output=True, text=True, timeout=60
    )
    told, found = done.stdout.splitlines()
    variables = ("BIN", "CLUSTER", "DRIVER", "KEY", "NODE", "SITE", "STATE")
    names = " ".join(f"ARCAPIX_GPFS_{name}" for name in variables)
    path = f'PATH="${{PATH#{tmp_path}/c/bin:}}"'
    assert told == f"this shell still names it, so run: unset {names}; {path}"
    assert found == "nothing"


def test_a_stopped_cluster_is_resumed_with_its_callbacks_and_no_event(shell):
    log = shell.folder / "output.log"
    shell.python(LOGGER.format(log=str(log)))
    shell.ok(ARCAPIX, "emulate", "stop")
    assert "is stopped" in shell.ok(ARCAPIX, "emulate", "status")
    shell.ok(ARCAPIX, "emulate", "start")
    assert "logcallback" in shell.ok("mmlscallback")
    assert not log.exists()


def test_a_variable_that_the_event_does_not_have_is_warned_of_and_passed_on(shell):
    options = ("--event", "mount", "--parms", "%fsName")
    shell.ok("mmaddcallback", "any", "--command", shell.script('echo "$@"'), *options)
    done = shell.run(ARCAPIX, "emulate", "fire", "mount", "fsname=mmfs1")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == (
        "arcapix-gpfs: warning: no variable 'fsname' is known of mount; did you mean 'fsName'? "
        "It is passed on as it was given.\n"
    )
    shell.wait_idle()
    (run,) = control.runs(shell.directory)
    assert run.event == "mount"
    assert shell.run(ARCAPIX, "emulate", "fire", "mount", "fsName=anything").stderr == ""


def test_every_verb_of_emulate_does_what_it_says(shell):
    shell.ok("mmaddcallback", "any", "--command", "/bin/true", "--event", "mount,nodeLeave,diskFailure")
    shell.ok(ARCAPIX, "emulate", "fire", "mount", "--node", "n3", "fsName=mmfs1")
    shell.ok(ARCAPIX, "emulate", "fail", "disk", shell.ok("mmlsdisk", "mmfs1").splitlines()[4].split()[0])
    shell.ok(ARCAPIX, "emulate", "crash", "n3")
    shell.ok(ARCAPIX, "emulate", "partition", "n2")
    shell.ok(ARCAPIX, "emulate", "heal")
    shell.wait_idle()
    log = shell.ok(ARCAPIX, "emulate", "log")
    for event in ("mount", "diskFailure", "nodeLeave"):
        assert f"Calling user exit script any: event {event}, Async command /bin/true." in log
    assert shell.ok(ARCAPIX, "emulate", "log", "--node", "n3").count("event mount") == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--filesystem", "mmfs1=12X"], "'12X' is not a size"),
        (["--switch", "nonsense"], "'nonsense' is not --switch: write NAME=VALUE"),
        (["--switch", "undefined_valu=x"], "undefined_value"),
        (["--nodes", "n1,n1"], "n1"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_made(tmp_path: Path, outside, options, said):
    command = [ARCAPIX, "emulate", "start", "--dir", str(tmp_path / "c"), *options]
    done = subprocess.run(command, env=outside, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "c").exists()


def test_without_gpfs_every_call_says_so_in_a_line_and_how_to_start_one(tmp_path: Path):
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "ARCAPIX_GPFS_BIN": str(tmp_path / "none")}
    done = subprocess.run([ARCAPIX, "list"], env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 6
    assert str(tmp_path / "none") in done.stderr
    assert 'eval "$(arcapix-gpfs emulate start)"' in done.stderr
    assert "Traceback" not in done.stderr


def test_the_driver_is_installed_without_gpfs_and_leaves_one_program(tmp_path: Path):
    prefix = tmp_path / "driver"
    done = subprocess.run(
        [ARCAPIX, "driver", "install", "--prefix", str(prefix)],
        env={"PATH": ""},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert [done.stdout.strip()] == [str(path) for path in prefix.rglob("callbackdriver.py")]
    assert (prefix / "state").is_dir()
    assert (prefix / "log").is_dir()


def test_a_site_whose_gpfs_replaces_whole_words_only_can_have_two_words_for_a_variable(shell):
    log = shell.folder / "alerts"
    program = shell.program(ALERT.format(log=str(log)))
    shell.ok(
        ARCAPIX, "emulate", "start", "--switch", "substitution_inside_word=off", "--command-delay", "0,0,5"
    )
    shell.ok(sys.executable, program, ARCAPIX_GPFS_WORDS_APART="1")
    assert " fsName= %fsName " in shell.ok("mmlscallback")
    (shell.directory / "mnt" / "mmfs1" / "filler").write_bytes(os.urandom(60 << 20))
    shell.wait_idle()
    assert log.read_text() == "mmfs1 system\n"


def test_where_no_driver_is_installed_new_names_the_command(shell):
    program = shell.program(ALERT.format(log="x"))
    said = shell.fails(
        sys.executable, program, status=1, ARCAPIX_GPFS_DRIVER=str(shell.folder / "no-driver.py")
    )
    assert "run: arcapix-gpfs driver install" in said
    assert shell.ok("mmlscallback") == ""
