"""How callbacks stand on a node: what they start and import, what waits, and how GPFS answers."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from arcapix.fs.gpfs import Cluster, Once, Run
from arcapix.fs.gpfs.administration.checks import module_finder, node_callbacks
from arcapix.fs.gpfs.administration.checks.finding import Finding
from arcapix.fs.gpfs.commands import process
from arcapix.fs.gpfs.deployment import installation
from arcapix.fs.gpfs.driver import operations
from arcapix.fs.gpfs.exceptions import GPFSExecuteException
from arcapix.fs.gpfs.runs.deliveries import Deliveries, PendingEvent
from arcapix.fs.gpfs.runs.pauses import ALL, Pauses

from ...recorded_gpfs import RecordedGPFS

Look = Callable[[], dict[str, Finding]]


@pytest.fixture
def driver(gpfs: RecordedGPFS, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = installation.install(tmp_path / "driver", {"emulated": True, "key": str(tmp_path / "gpfs.key")})
    monkeypatch.setenv("ARCAPIX_GPFS_DRIVER", str(path))
    return path


@pytest.fixture
def look(gpfs: RecordedGPFS, driver: Path) -> Iterator[Look]:
    """Looks, with processes of Python that are none of GPFS's; each check finds one thing in these tests."""

    def run(argv: tuple[str, ...], timeout: float) -> process.Completed:
        if "-c" not in argv and str(module_finder.__file__) not in argv:
            return gpfs(argv, timeout)
        held = [int(Path(word).name) for word in argv if word.startswith("/proc/self/fd/")]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=60, pass_fds=held)
        return process.Completed(argv, done.returncode, done.stdout, done.stderr)

    with process.using(run):
        yield lambda: {one.check: one for one in node_callbacks.findings(driver)}


def test_a_node_without_callbacks_is_well(look) -> None:
    found = look()
    assert list(found) == [
        "mmlscallback",
        "mmlscluster",
        "names",
        "programs",
        "definitions",
        "modules",
        "pauses",
        "deliveries",
    ]
    assert {one.state for one in found.values()} == {"ok"}


def test_a_command_that_fails_is_a_problem_and_the_rest_is_looked_at(look, gpfs) -> None:
    gpfs.fails["mmlscallback"] = ["no quorum"]
    found = look()
    assert found["mmlscallback"].state == "problem"
    assert "no quorum" in found["mmlscallback"].text
    assert "programs" not in found and found["names"].state == "ok"


def test_a_command_that_takes_long_is_a_warning(look, monkeypatch) -> None:
    monkeypatch.setattr(node_callbacks, "_SLOW", -1.0)
    assert look()["mmlscluster"].state == "warning"


def test_a_script_that_is_not_there_is_told_with_its_callback(look, script) -> None:
    Cluster().onMount.new(script, callbackId="alert")
    assert look()["programs"].state == "ok"
    Path(script).write_text("#!/no/such/sh\n")
    said = f"callback 'alert' starts {script}, which has /no/such/sh in its first line, which is not there"
    assert look()["programs"].text == said
    os.chmod(script, 0o644)
    assert look()["programs"].text == f"callback 'alert' starts {script}, which is not executable"
    os.unlink(script)
    assert look()["programs"].text == f"callback 'alert' starts {script}, which is not there"


def test_a_script_that_only_other_nodes_start_may_be_missing(look, gpfs, script) -> None:
    Cluster().onMount.new(script, callbackId="alert", node="n2")
    os.unlink(script)
    assert look()["programs"].state == "ok"


def test_a_script_on_a_file_system_that_hangs_is_told(look, script, monkeypatch) -> None:
    Cluster().onMount.new(script)
    monkeypatch.setattr(node_callbacks, "hanging", lambda paths: paths[0])
    found = look()["programs"]
    assert (found.state, found.text) == ("problem", f"{script}, which GPFS starts, does not answer")


@pytest.mark.filterwarnings("ignore::arcapix.fs.gpfs.CallbackWarning")
def test_modules_that_functions_import_are_looked_for(look) -> None:
    def handler() -> None:
        import json.certainly_missing
        import os.path
        from collections import abc

        import certainly_missing.inner

        try:
            import perhaps_missing
        except ImportError:
            perhaps_missing = None
        print(os, abc, certainly_missing, json, perhaps_missing)

    Cluster().onMount.new(handler, callbackId="alert")
    found = look()["modules"]
    assert found.state == "problem"
    assert found.text == (
        "callback 'alert' imports certainly_missing.inner, json.certainly_missing, which "
        f"{sys.executable} does not have"
    )


def test_what_steps_and_texts_import_is_looked_for_but_for_what_never_runs() -> None:
    steps = ((module_finder._REFERENCE, "shutil", "copy"), (module_finder._MODULE, "os", "os.path"), ("V", 5))
    text = "import sys\nif 0:import alias\ndef k0():\n    from . import sibling\n"
    spaces = (("json",), "own", ["users"])
    found = module_finder._imported(((0, text, "f"), (1, ("code",))), spaces, steps)
    assert set(found) == {"json", "shutil", "os", "os.path", "sys"}


def test_the_steps_that_import_are_those_of_the_driver() -> None:
    assert (module_finder._MODULE, module_finder._REFERENCE) == (operations.MODULE, operations.REFERENCE)


@pytest.mark.parametrize("body", ["", "AAAA", "====", "x" * 50])
def test_a_body_that_is_none_of_ours_lacks_nothing(body) -> None:
    assert module_finder._missing(body, b"") == []


def test_an_interpreter_that_cannot_look_is_told(look, driver, monkeypatch) -> None:
    Cluster().onMount.new(lambda: None)
    monkeypatch.setattr(module_finder, "__file__", str(driver.parent / module_finder.__name__))
    found = look()["modules"]
    assert found.state == "unknown"
    assert found.text.startswith("what functions import cannot be told: ")


def test_names_of_nodes_that_nobody_can_resolve_are_told(look, driver) -> None:
    text = driver.read_text()
    driver.write_text(text.replace("    emulated=True,\n", ""))
    real, asked = process.runner(), []

    def run(argv: tuple[str, ...], timeout: float) -> process.Completed:
        if node_callbacks._RESOLVE in argv:
            asked.append(argv[argv.index(node_callbacks._RESOLVE) + 1 :])
            return process.Completed(argv, 0, "n2.localnet\n", "")
        return real(argv, timeout)

    with process.using(run):
        found = look()["names"]
    assert asked == [("mynode.localnet", "n1.localnet", "n2.localnet")]
    assert (found.state, found.text) == ("problem", "the names of nodes cannot be resolved: n2.localnet")


def test_names_that_take_long_are_told(look, driver) -> None:
    driver.write_text(driver.read_text().replace("    emulated=True,\n", ""))
    real = process.runner()

    def run(argv: tuple[str, ...], timeout: float) -> process.Completed:
        if node_callbacks._RESOLVE in argv:
            raise GPFSExecuteException(argv, None, "", "")
        return real(argv, timeout)

    with process.using(run):
        assert look()["names"].text == "to look up the nodes' names takes longer than 20 s"


def test_a_pause_without_an_end_is_a_warning(look, driver) -> None:
    pauses = Pauses.of(driver)
    pauses.add(["alert"], time.time() + 3600, "root", "")
    assert look()["pauses"].state == "ok"
    pauses.add([ALL], None, "root", "new disks")
    assert look()["pauses"] == Finding(
        "pauses",
        "warning",
        "every callback is paused by root, and that never ends",
        "run: arcapix-gpfs resume --all",
    )


@pytest.mark.parametrize(
    ("late", "is_delivered", "state"),
    [(3600, False, "problem"), (3600, True, "ok"), (-3600, False, "ok")],
)
def test_events_that_nobody_delivers_are_a_problem(look, monkeypatch, late, is_delivered, state) -> None:
    now = datetime.now().astimezone()
    due = datetime.fromtimestamp(time.time() - late).astimezone()
    event = PendingEvent("e", "alert", "mount", now, "waiting", 1, 3, due, "")
    monkeypatch.setattr(Deliveries, "pending", lambda _: [event])
    monkeypatch.setattr(Deliveries, "has_deliverer", lambda _: is_delivered)
    assert look()["deliveries"].state == state


def test_events_that_have_failed_are_a_warning(look, monkeypatch) -> None:
    event = PendingEvent("e", "alert", "mount", datetime.now().astimezone(), "failed", 3, 3, None, "")
    monkeypatch.setattr(Deliveries, "pending", lambda _: [event, event])
    found = look()["deliveries"]
    assert (found.state, found.text) == ("warning", "2 events have failed at the last attempt")


def test_the_folder_of_a_callback_that_runs_once_is_looked_at(look, tmp_path) -> None:
    Cluster().onMount.new("x", print, parms=["%fsName"], run=Run(once=Once(folder=str(tmp_path / "once"))))
    assert look()["once"].text == f"{tmp_path}/once, the folder of once for x, is there"
    (tmp_path / "once").rename(tmp_path / "elsewhere")
    assert look()["once"].state == "problem"
