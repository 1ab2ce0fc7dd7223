"""What shows when nodes are compared, and what GPFS lists about nodes and callbacks."""

from __future__ import annotations

import dataclasses
from importlib.metadata import version

import pytest

from arcapix.fs.gpfs import Cluster, Filesystem, commands
from arcapix.fs.gpfs.administration import doctor
from arcapix.fs.gpfs.administration.checks.finding import Finding
from arcapix.fs.gpfs.administration.doctor import Answer, Facts, Told
from arcapix.fs.gpfs.deployment import cluster_key
from arcapix.fs.gpfs.exceptions import GPFSError, GPFSExecuteException

NO_KEY = Finding(
    "key", "warning", "there is no cluster key in /k", "run on one node: arcapix-gpfs key create"
)
KEY = Finding("key", "ok", "the cluster key is usable; its fingerprint is a")
RELEASE = version("arcapix-fs-gpfs")


def handler() -> None:
    return None


def facts(*keys: str, **changes: object) -> Facts:
    fingerprints = keys if keys != ("?",) else None
    found = Facts(100.0, 101.0, RELEASE, "/k", fingerprints, (KEY if keys else NO_KEY,))
    return dataclasses.replace(found, **changes)


def judged(check: str, *said: Facts | Exception) -> list[tuple[str, str]]:
    """State and text of one check on nodes that were asked at 99 s and have answered at 102 s."""
    answers = [Answer(f"n{number}", 99.0, 102.0, each) for number, each in enumerate(said, 1)]
    return [
        (one.finding.state, one.finding.text) for one in doctor.judge(answers) if one.finding.check == check
    ]


def test_facts_come_back_from_their_fields() -> None:
    for found in (facts(), facts("a", "b"), facts("?")):
        assert Facts.from_fields(found.fields()) == found


def test_a_key_that_no_node_has_is_a_warning() -> None:
    assert [state for state, _ in judged("key", facts(), facts())] == ["warning", "warning"]


def test_a_key_that_only_some_nodes_lack_is_a_problem() -> None:
    (_, well), (_, alike), lacking = judged("key", facts("a"), facts("a"), facts())
    assert well == alike == KEY.text
    assert lacking == ("problem", "there is no cluster key in /k, and n1 has one")


def test_a_key_that_most_nodes_do_not_have_is_a_problem() -> None:
    other, *usual = judged("key", facts("b"), facts("a"), facts("a"))
    assert other == ("problem", "the cluster key in /k is another one than that of n2")
    assert {state for state, _ in usual} == {"ok"}


def test_keys_that_change_at_the_moment_are_a_warning() -> None:
    *_, changing = judged("key", facts("a"), facts("a"), facts("b", "a"))
    assert changing == ("warning", "its cluster keys are not all those of other nodes")


def test_a_key_that_may_not_be_read_is_not_compared() -> None:
    assert judged("key", facts("?"), facts("a"))[0] == ("ok", KEY.text)


@pytest.mark.parametrize(
    ("began", "ended", "text"),
    [
        (99.0, 102.0, "its clock agrees with that of the node which asks"),
        (97.0, 98.0, "its clock agrees with that of the node which asks"),
        (101.0, 104.0, "its clock agrees with that of the node which asks"),
        (94.0, 95.0, "its clock is 5 s behind that of the node which asks"),
        (104.0, 105.0, "its clock is 3 s ahead of that of the node which asks"),
    ],
)
def test_clocks_are_compared_but_for_the_time_that_the_way_takes(began, ended, text) -> None:
    (found,) = judged("clock", facts(began=began, ended=ended))
    assert found == ("ok" if "agrees" in text else "warning", text)


def test_a_package_of_another_release_is_a_problem() -> None:
    (found,) = judged("package", facts(version="0.0.1"))
    assert found == ("problem", f"its package is of release 0.0.1, and the node which asks has {RELEASE}")


def test_a_node_that_does_not_answer_is_a_problem_with_the_reason_and_the_way_out() -> None:
    late = GPFSExecuteException(("/usr/bin/ssh", "n1"), None, "", "", note="no end within 60 s")
    bare = GPFSError("/opt/x/arcapix-gpfs is not there; install the package at the same path as here")
    first, second = doctor.judge([Answer("n1", 0, 0, late), Answer("n2", 0, 0, bare)])
    assert first == Told(
        "n1",
        Finding(
            "answer",
            "problem",
            "it does not answer: ssh was stopped before it ended: no end within 60 s",
            "see whether the node is up, and whether the cluster's remote shell reaches it",
        ),
    )
    assert second.finding.advice == "install the package at the same path as here"


def of_cluster() -> dict[tuple[str | None, str], tuple[str, str, str]]:
    cluster = commands.mmlscluster()
    found = doctor.of_cluster(cluster, cluster.nodes)
    return {
        (one.node, one.finding.check): (one.finding.state, one.finding.text, one.finding.advice)
        for one in found
    }


def test_a_node_on_which_gpfs_is_down_is_a_problem(gpfs) -> None:
    assert gpfs.emulator.run(["mmshutdown", "-N", "n2"]).returncode == 0
    found = of_cluster()
    assert found["n1.localnet", "gpfs"] == ("ok", "GPFS is active", "")
    assert found["n2.localnet", "gpfs"] == (
        "problem",
        "GPFS is down: no event happens there",
        "run: mmstartup -N n2.localnet",
    )


@pytest.mark.parametrize(
    ("listed", "state", "advice"),
    [
        ("unknown", "unknown", "see whether the node is up"),
        ("arbitrating", "problem", "see whether there is quorum: "),
    ],
)
def test_a_node_that_waits_or_cannot_be_reached_is_not_to_be_started(
    gpfs, monkeypatch, listed, state, advice
) -> None:
    monkeypatch.setattr(commands, "mmgetstate", lambda: {"n2": listed})
    found = of_cluster()["n2.localnet", "gpfs"]
    assert found[0] == state and found[2].startswith(advice)


def test_states_that_nobody_can_tell_are_unknown(gpfs) -> None:
    gpfs.fails["mmgetstate"] = ["no quorum"]
    assert of_cluster()[None, "gpfs"][0] == "unknown"


def test_callbacks_that_are_as_they_were_made_are_well(gpfs) -> None:
    Filesystem("mmfs1").onMount.new(handler)
    assert of_cluster()[None, "callbacks"][0] == "ok"


@pytest.mark.filterwarnings("ignore::arcapix.fs.gpfs.CallbackWarning")
def test_an_object_that_is_not_there_is_a_problem_with_the_nearest_name(gpfs) -> None:
    Filesystem("mfms1").onMount.new(handler, callbackId="alert")
    assert of_cluster()[None, "callbacks"] == (
        "problem",
        "callback 'alert': it will not run as long as there is no file system 'mfms1'",
        "did you mean 'mmfs1'?",
    )


def test_a_callback_that_is_older_than_the_key_is_a_problem(gpfs) -> None:
    Cluster().onMount.new(handler, callbackId="old")
    cluster_key.create()
    state, text, _ = of_cluster()[None, "callbacks"]
    assert (state, text) == (
        "problem",
        "callback 'old': its token was made without the cluster key: the driver refuses it",
    )


def test_a_cut_token_is_a_problem(gpfs) -> None:
    Cluster().onMount.new(handler, callbackId="cut")
    entry = dict(gpfs.callbacks["cut"])
    token, _, words = entry["parms"].partition(" ")
    gpfs.callbacks.alter("cut", parms=f"{token[:-9]} {words}")
    state, text, advice = of_cluster()[None, "callbacks"]
    assert (state, advice) == ("problem", "delete it, and install it anew")
    assert text.startswith("callback 'cut': its token was cut: it has ")


def test_a_key_that_cannot_be_read_leaves_signatures_unknown(gpfs) -> None:
    cluster_key.create().write_text("")
    state, text, _ = of_cluster()[None, "callbacks"]
    assert state == "unknown"
    assert text.startswith("which tokens are signed: the cluster key ")
