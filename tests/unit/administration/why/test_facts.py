"""What a node tells of itself."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from arcapix.fs.gpfs import Cluster
from arcapix.fs.gpfs.administration.why import facts
from arcapix.fs.gpfs.commands import process
from arcapix.fs.gpfs.deployment import cluster_key, installation
from arcapix.fs.gpfs.runs.pauses import Pauses


def alert() -> None:
    print("alert")


@pytest.fixture
def installed(gpfs, traces, driver, tmp_path, monkeypatch):
    """A callback, and the node's driver, which has a key of its own if one is made."""
    key = tmp_path / "gpfs.key"
    installation.install(tmp_path, {"key": str(key), "emulated": True})
    monkeypatch.setenv("ARCAPIX_GPFS_KEY", str(key))
    monkeypatch.setattr(facts.node_checks, "of_driver", lambda _: [])
    Cluster().onMount.new("alert", alert)
    with process.using(lambda argv, timeout: (gpfs if is_of_gpfs(argv) else executed)(argv, timeout)):
        yield driver


def is_of_gpfs(argv: tuple[str, ...]) -> bool:
    return Path(argv[0]).name.startswith("mm")


def executed(argv: tuple[str, ...], timeout: float) -> process.Completed:
    held = [int(Path(word).name) for word in argv if word.startswith("/proc/self/fd/")]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, pass_fds=held)
    return process.Completed(argv, done.returncode, done.stdout, done.stderr)


def collected(driver) -> facts.NodeFacts:
    return facts.collect("alert", str(driver))


def test_the_newest_runs_of_the_callback_alone_are_told(installed, traces):
    traces.ended(callback="alert2")
    runs = [traces.ended(callback="alert") for _ in range(40)]
    assert [run.id for run in collected(installed).runs] == runs[-30:]


def test_a_token_that_is_taken_is_told(installed):
    found = collected(installed)
    assert (found.is_taken, found.key, found.unknown) == (True, [], [])


def test_a_key_that_came_after_the_callback_does_not_vouch_for_it(installed):
    cluster_key.create()
    found = collected(installed)
    assert not found.is_taken
    assert [mark for mark, _ in found.key] == ["not signed"]


def test_where_the_driver_requires_a_key_that_is_gone_no_token_is_taken(installed):
    installation.require_key(installed, True)
    found = collected(installed)
    assert not found.is_taken
    assert [mark for mark, _ in found.key] == ["not signed"]
    assert [check.check for check in found.checks] == ["key"]


def test_a_key_that_the_driver_cannot_use_is_a_problem(installed):
    cluster_key.create().chmod(0o644)
    (problem,) = collected(installed).checks
    assert (problem.check, problem.state) == ("key", "problem")


@pytest.mark.filterwarnings("ignore::arcapix.fs.gpfs.CallbackWarning")
def test_a_module_that_the_driver_lacks_is_a_problem_of_the_callback_that_imports_it(installed):
    def importing() -> None:
        import certainly_missing

        certainly_missing.tell()

    Cluster().onMount.new("importing", importing)
    (problem,) = facts.collect("importing", str(installed)).checks
    assert (problem.check, problem.state) == ("modules", "problem")
    assert problem.text.startswith("callback 'importing' imports certainly_missing, which ")
    assert collected(installed).checks == []


def test_a_log_that_cannot_be_written_is_a_problem(installed):
    log = Path(installation.configuration_of(installed)["log"])
    log.unlink(missing_ok=True)
    log.mkdir(parents=True)
    (problem,) = collected(installed).checks
    assert (problem.check, problem.state) == ("folders", "problem")
    assert str(log) in problem.text


def test_a_full_file_system_is_a_problem(installed, monkeypatch):
    monkeypatch.setattr(facts.node_checks, "_LEAST_ROOM", 1 << 80)
    installation.install(installed.parent, {"log_bytes": 1 << 60})
    assert "room" in [check.check for check in collected(installed).checks]


def test_where_a_file_system_hangs_nothing_on_it_is_looked_at(installed, monkeypatch):
    monkeypatch.setattr(facts.node_checks, "hanging", lambda paths: paths[0])
    assert [check.check for check in collected(installed).checks] == ["answering"]


def test_a_script_is_looked_at_with_its_interpreter(installed, script):
    Cluster().onMount.new("script", script)
    Path(script).write_text("#!/no/such/sh\n")
    (problem,) = facts.collect("script", script).checks
    assert problem.text.endswith("which has /no/such/sh in its first line, which is not there")


def test_pauses_and_accepted_events_are_told(installed):
    Pauses.of(installed).add(["alert"], None, "anna", "too loud")
    found = collected(installed)
    assert [pause.by for pause in found.pauses] == ["anna"]
    assert (found.pending, found.has_deliverer) == ([], False)


def test_runs_are_looked_for_under_the_name_in_the_token(installed, gpfs, traces):
    run = traces.ended(callback="alert")
    gpfs.callbacks["other"] = dict(gpfs.callbacks["alert"])
    assert [each.id for each in facts.collect("other", str(installed)).runs] == [run]


def test_an_interrupted_run_is_compared_with_what_the_kernel_says(installed, traces, monkeypatch):
    run = traces.start(callback="alert", node=os.uname().nodename)
    monkeypatch.setattr(facts.kernel_log, "killed_for_memory", lambda started: set(started))
    assert collected(installed).killed_for_memory == [run]


def test_what_cannot_be_told_is_said_and_the_rest_is_told(installed, gpfs, traces):
    run = traces.ended(callback="alert")
    gpfs.fails["mmlscallback"] = ["no quorum"] * 9
    found = collected(installed)
    assert [each.id for each in found.runs] == [run]
    assert found.unknown[0].startswith("how it is registered cannot be told: mmlscallback exited with")
    assert len(found.unknown) == 1


def test_where_the_journal_cannot_be_read_that_is_told(installed, traces):
    traces.ended(callback="alert")
    assert collected(installed).knows_runs
    traces.journal.unlink()
    traces.journal.mkdir()
    found = collected(installed)
    assert (found.knows_runs, found.runs) == (False, [])
    assert found.unknown[0].startswith("what has run cannot be told: ")


def test_what_only_root_may_read_is_told(installed, traces, monkeypatch):
    traces.ended(callback="alert")
    may_read = True
    monkeypatch.setattr(facts.os, "access", lambda path, mode: may_read)
    monkeypatch.setattr(facts, "checks_of", lambda driver, record: [])
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert not collected(installed).needs_root
    may_read = False
    assert collected(installed).needs_root
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert not collected(installed).needs_root


def test_facts_cross_a_process_boundary_whole(installed, traces):
    traces.ended(callback="alert")
    Pauses.of(installed).add(["alert"], None, "anna", "too loud")
    cluster_key.create()
    found = collected(installed)
    assert facts.NodeFacts.from_fields(found.fields()) == found
