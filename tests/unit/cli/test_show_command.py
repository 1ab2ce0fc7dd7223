"""``arcapix-gpfs show`` of a callback whose token is not what was sent: nothing of that is decoded."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from arcapix.fs.gpfs import Cluster, GPFSError, capture
from arcapix.fs.gpfs.cli import main
from arcapix.fs.gpfs.deployment import cluster_key
from arcapix.fs.gpfs.driver import token as tokens
from arcapix.fs.gpfs.registration import sealing


def handler(fsName):
    return fsName


def alter(gpfs):
    """Change one character of a body at a time, each as another program would register it."""
    whole = gpfs.callbacks["x"]["parms"]
    start = whole.split()[0].index("@", whole.index("@") + 1) + 1
    for place in range(start, start + 40, 3):
        other = "B" if whole[place] != "B" else "C"
        gpfs.callbacks.alter("x", parms=whole[:place] + other + whole[place + 1 :])
        yield


def test_an_altered_token_is_refused_with_its_header_shown(gpfs):
    Cluster().onMount.new("x", handler)
    for _ in alter(gpfs):
        shown = CliRunner().invoke(main, ["show", "x"])
        assert shown.exit_code == 1
        assert "function:     " in shown.stdout
        assert "# test_show_command.py" not in shown.stdout
        assert shown.stderr == (
            "arcapix-gpfs: what callback 'x' has captured is not shown: the token was altered, "
            "or made with another cluster key; compare keys with arcapix-gpfs key show, or install it again\n"
        )
        facts = json.loads(CliRunner().invoke(main, ["show", "x", "--json"]).stdout)
        assert facts["id"] == "x" and "source" not in facts


def test_nothing_of_an_altered_token_is_decoded(gpfs):
    Cluster().onMount.new("x", handler)
    for _ in alter(gpfs):
        with pytest.raises(GPFSError, match="the token was altered"):
            Cluster().callbacks["x"].captured_text()


def test_what_was_made_without_the_key_of_the_site_is_shown(gpfs):
    Cluster().onMount.new("x", handler)
    cluster_key.create()
    shown = CliRunner().invoke(main, ["show", "x"])
    assert shown.exit_code == 0
    assert "def handler(fsName):" in shown.stdout


def test_what_was_made_with_a_key_is_shown_where_that_key_is(gpfs):
    path = cluster_key.create()
    Cluster().onMount.new("x", handler)
    assert "def handler(fsName):" in CliRunner().invoke(main, ["show", "x"]).stdout
    path.unlink()
    shown = CliRunner().invoke(main, ["show", "x"])
    assert shown.exit_code == 1
    assert "the token was made with a cluster key, and this node has none" in shown.stderr


limit = 5


def limited():
    return limit


def test_the_command_shows_the_header_and_says_what_is_wrong(gpfs):
    Cluster().onShutdown.new("x", limited)
    token, *words = gpfs.callbacks["x"]["parms"].split()
    bomb = sealing.seal(tokens.split(token)[0], "0/j//389AA")
    gpfs.callbacks.alter("x", parms=" ".join([bomb, *words]))
    shown = CliRunner().invoke(main, ["show", "x"])
    assert shown.exit_code == 1
    assert "function:     " in shown.stdout
    assert shown.stderr == (
        "arcapix-gpfs: what was captured is not shown: it is none of ours, or takes too much: MemoryError\n"
    )


def test_the_command_shows_every_step(gpfs):
    Cluster().onShutdown.new("x", limited)
    shown = CliRunner().invoke(main, ["show", "x"]).stdout
    body = tokens.unpack(tokens.split(gpfs.callbacks["x"]["parms"].split()[0])[1])
    steps = capture.describe(body, "source").steps
    assert shown.endswith("\n# what a node executes to make and call it\n" + "\n".join(steps) + "\n")


def test_a_step_that_is_long_says_how_much_is_not_shown(gpfs, monkeypatch):
    monkeypatch.setattr(f"{__name__}.limit", "y" * 3000)
    Cluster().onShutdown.new("x", limited)
    shown = CliRunner().invoke(main, ["show", "x"]).stdout
    assert " more characters: see --json)\n" in shown
    assert "y" * 3000 in CliRunner().invoke(main, ["show", "x", "--json"]).stdout


def test_whoever_leaves_out_the_rest_of_a_generated_identifier_is_told_of_it(gpfs):
    generated = Cluster().onMount.new(handler).id
    done = CliRunner().invoke(main, ["show", "handler"])
    assert done.stderr == f"arcapix-gpfs: no callback 'handler'; did you mean '{generated}'?\n"
    Cluster().onMount.new(print)
    Cluster().onUnmount.new("handler-2", handler)
    assert "did you mean" not in CliRunner().invoke(main, ["show", "h"]).stderr


def test_a_token_that_was_cut_is_among_the_remarks(gpfs):
    Cluster().onMount.new("x", handler)
    gpfs.callbacks.alter("x", parms=gpfs.callbacks["x"]["parms"][:200])
    said = CliRunner().invoke(main, ["list", "--json"])
    (facts,) = json.loads(said.stdout)
    (remark,) = facts["remarks"]
    assert remark.startswith("it cannot run: its token was cut: it has 200 characters instead of ")
    assert json.loads(CliRunner().invoke(main, ["show", "x", "--json"]).stdout)["remarks"] == [remark]
    _, row = CliRunner().invoke(main, ["list"]).stdout.splitlines()
    assert row.split()[-1] == "cut"
    assert f"remark:       {remark}\n" in CliRunner().invoke(main, ["show", "x"]).stdout
