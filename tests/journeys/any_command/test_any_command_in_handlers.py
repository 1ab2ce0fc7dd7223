"""A handler that runs mm commands, at an event, in the driver's process."""

from __future__ import annotations

from arcapix.fs.gpfs import Cluster, Filesystem, GPFSExecuteException, run_command
from arcapix.fs.gpfs.capture import capture


def make_and_list(fsName: str) -> None:
    run_command("mmcrfileset", fsName, "made-by-handler")
    print(run_command("mmlsfileset", fsName, "made-by-handler").stdout)
    try:
        run_command("mmcrfileset", fsName, "made-by-handler")
    except GPFSExecuteException as error:
        print(f"status {error.returncode}, of {error.argv[1:]}")


def test_a_handler_runs_commands_and_catches_their_failure(gpfs_cluster):
    Cluster().onMount.new("make-and-list", make_and_list)
    gpfs_cluster.fire("mount", "n2", fsName="mmfs1")
    gpfs_cluster.wait_idle()
    (run,) = gpfs_cluster.runs
    assert (run.node, run.state) == ("n2", "succeeded")
    assert "made-by-handler" in run.output
    assert "of ('mmfs1', 'made-by-handler')" in run.output
    assert "made-by-handler" in Filesystem("mmfs1").filesets


def test_a_token_names_the_public_place_and_not_the_module_of_the_day():
    body = capture(make_and_list).body
    assert b"from arcapix.fs.gpfs import run_command\n" in body
    assert b"any_command import" not in body


def test_a_handler_whose_command_fails_has_failed_with_its_words(gpfs_cluster):
    Cluster().onMount.new("fails", lambda fsName: run_command("mmdelfileset", fsName, "none"))
    gpfs_cluster.fire("mount", "n1", fsName="mmfs1")
    gpfs_cluster.wait_idle()
    (run,) = gpfs_cluster.runs
    assert (run.state, run.status) == ("failed", 1)
    assert "GPFSExecuteException: mmdelfileset exited with status" in run.output
    assert "ran: mmdelfileset mmfs1 none" in run.output
