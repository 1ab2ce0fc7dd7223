"""``key show`` and ``key check`` with other nodes: which of them have the key that this one has."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from arcapix.fs.gpfs.cli import main
from arcapix.fs.gpfs.deployment import cluster_key
from arcapix.fs.gpfs.deployment.environment import KEY

from .other_nodes import Asked


@pytest.fixture
def mine(asked: Asked, tmp_path, monkeypatch) -> str:
    """The fingerprint of the key of this node; the others have the same."""
    monkeypatch.setenv(KEY, str(tmp_path / "gpfs.key"))
    cluster_key.create()
    found = cluster_key.fingerprint()
    for node in ("n1", "n3", "n4"):
        asked.answers[node] = (0, of(found), "")
    return found


def of(fingerprint: str) -> str:
    key = {"path": "/etc/gpfs.key", "fingerprint": fingerprint, "state": "present", "until": None}
    return json.dumps([{**key, "node": "whatever"}])


def key(*words: str) -> Result:
    return CliRunner().invoke(main, ["key", *words])


def test_each_node_shows_its_fingerprint(asked, mine):
    asked.answers["n3"] = (0, of("0123456789abcdef"), "")
    done = key("show", "--nodes", "all")
    assert done.stdout.splitlines() == [
        f"n1: /etc/gpfs.key {mine}",
        f"n2: {cluster_key.path()} {mine}",
        "n3: /etc/gpfs.key 0123456789abcdef",
        f"n4: /etc/gpfs.key {mine}",
    ]


def test_programs_get_one_array_with_the_names_that_the_cluster_has_for_the_nodes(asked, mine):
    asked.answers["n4"] = (1, "", "arcapix-gpfs: there is no cluster key\n")
    done = key("show", "--nodes", "all", "--json")
    assert [each["node"] for each in json.loads(done.stdout)] == ["n1", "n2", "n3"]
    assert (done.exit_code, done.stderr) == (1, "arcapix-gpfs: n4: there is no cluster key\n")


def test_all_is_well_where_all_nodes_have_the_same_key(mine):
    done = key("check", "--nodes", "all")
    assert (done.exit_code, done.stdout.count("the key is in order, and the same as here")) == (0, 4)


def test_programs_get_what_was_found_of_the_key_of_each_node(asked, mine):
    asked.answers["n4"] = (1, "", "arcapix-gpfs: there is no cluster key\n")
    done = key("check", "--nodes", "all", "--json")
    assert [(each["node"], each["state"]) for each in json.loads(done.stdout)] == [
        ("n1", "ok"), ("n2", "ok"), ("n3", "ok"), ("n4", "problem"),
    ]  # fmt: skip
    assert (done.exit_code, done.stderr) == (1, "arcapix-gpfs: n4: there is no cluster key\n")
    (here,) = json.loads(key("check", "--json").stdout)
    assert (here["state"], here["text"]) == ("ok", "the key is in order")


def test_another_key_and_a_missing_one_are_found(asked, mine):
    asked.answers["n1"] = (0, of("0123456789abcdef"), "")
    asked.answers["n4"] = (1, "", "arcapix-gpfs: there is no cluster key\n")
    done = key("check", "--nodes", "all")
    assert done.exit_code == 1
    assert done.stderr.splitlines() == [
        "arcapix-gpfs: n1: its key is another one: /etc/gpfs.key 0123456789abcdef; "
        f"here: {cluster_key.path()} {mine}",
        "arcapix-gpfs: n4: there is no cluster key",
    ]


def test_a_node_without_a_key_compares_nothing(asked, tmp_path, monkeypatch):
    monkeypatch.setenv(KEY, str(tmp_path / "gpfs.key"))
    done = key("check", "--nodes", "all")
    assert (done.exit_code, "there is no cluster key" in done.stderr, asked) == (1, True, {})
