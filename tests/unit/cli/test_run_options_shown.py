"""``arcapix-gpfs show`` and ``list`` of callbacks with run options."""

from __future__ import annotations

import dataclasses
import json

from click.testing import CliRunner

from arcapix.fs.gpfs import Cluster, Once, Run
from arcapix.fs.gpfs.cli import main
from arcapix.fs.gpfs.driver import token as tokens
from arcapix.fs.gpfs.registration import registry, run_options, sealing

RUN = Run(timeout=30, umask=0o077, env={"LANG": "C"})
COMES_LATER = {"on_failure"}
TAKEN = {
    **run_options.examples(),
    "once": Once("10m", "/mmfs1/.arcapix/once", on_lost="skip"),
    "retries": 3,
    "umask": 0o077,
    "nice": 10,
    "output": "1M",
    "max_running": 4,
    "reconcile": True,
    "env": {"LANG": "C"},
}


def handler():
    return None


def register_with(gpfs, pairs):
    """Have the callback x list run options, whether this node could install them or not."""
    header, body = tokens.split(registry.get("x").parms[0])
    token = sealing.seal(f"{header}/ru={sealing.write_pairs(pairs)}", body)
    gpfs.callbacks.alter("x", parms=token + " eventName=%eventName")


def lines_of(*words):
    return CliRunner().invoke(main, words, catch_exceptions=False).stdout.splitlines()


def test_show_has_a_line_for_them(gpfs):
    Cluster().onMount.new("x", handler, run=RUN)
    assert "run:          timeout 30 s, umask 077, env LANG=C" in lines_of("show", "x")
    facts = json.loads("\n".join(lines_of("show", "x", "--json")))
    assert facts["run"] == {"timeout": 30, "umask": 0o077, "env": {"LANG": "C"}}


def test_show_has_none_without_them(gpfs):
    Cluster().onMount.new("x", handler)
    assert not [line for line in lines_of("show", "x") if line.startswith("run:")]
    assert json.loads("\n".join(lines_of("show", "x", "--json")))["run"] is None


def test_list_has_a_column_for_them_where_a_callback_has_any(gpfs):
    Cluster().onMount.new("x", handler)
    assert lines_of("list")[0].split() == ["ID", "EVENTS", "NODES", "ABOUT", "RUNS"]
    Cluster().onMount.new("y", handler, run=RUN)
    heading, x, y = lines_of("list")
    assert heading.split()[-1] == "OPTIONS"
    assert x.split()[-2:] == [f"{__name__}.handler", "-"]
    assert y[heading.index("OPTIONS") :] == "timeout 30 s, umask 077, env LANG=C"


def test_an_option_of_a_newer_release_is_shown(gpfs):
    Cluster().onMount.new("x", handler)
    register_with(gpfs, [("stagger", "5")])
    for words in (("show", "x"), ("list",)):
        assert [line for line in lines_of(*words) if line.endswith("stagger=5 (of a newer release)")]
    assert json.loads("\n".join(lines_of("list", "--json")))[0]["run"] == {"newer": [["stagger", "5"]]}


def test_json_has_every_option_that_a_callback_can_have(gpfs):
    Cluster().onMount.new("x", handler)
    register_with(gpfs, run_options.write(Run(**TAKEN)))
    options = {field.name for field in dataclasses.fields(Run) if field.init} - COMES_LATER
    (listed,) = json.loads("\n".join(lines_of("list", "--json")))
    for shown in (listed, json.loads("\n".join(lines_of("show", "x", "--json")))):
        assert set(shown["run"]) == options
        assert shown["run"]["once"] == {
            "within": 600,
            "folder": "/mmfs1/.arcapix/once",
            "on_lost": "skip",
            "lost_after": 30,
        }
