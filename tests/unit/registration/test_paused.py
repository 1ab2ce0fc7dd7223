"""Who installs, deletes or lists a callback is told that it is paused on this node."""

from __future__ import annotations

import time
import warnings
from pathlib import Path

import pytest
from click.testing import CliRunner

from arcapix.fs.gpfs import CallbackWarning, Cluster
from arcapix.fs.gpfs.cli import main
from arcapix.fs.gpfs.deployment import installation
from arcapix.fs.gpfs.registration import moments
from arcapix.fs.gpfs.runs import pause_orders
from arcapix.fs.gpfs.runs.pauses import ALL, Pauses


def handler():
    return None


def in_batch():
    with Cluster().callbacks.batch() as batch:
        batch.new("x", handler, "shutdown")


def run(*words):
    return CliRunner().invoke(main, words)


@pytest.fixture
def pauses(gpfs):
    driver = installation.driver_path()
    Path(installation.configuration_of(driver)["state"]).mkdir(mode=0o700)
    return Pauses.of(driver)


@pytest.mark.parametrize("install", [lambda: Cluster().onShutdown.new("x", handler), in_batch])
def test_a_function_that_is_paused_here_is_installed_with_a_warning(pauses, install):
    end = time.time() + 3600
    pauses.add(["x"], end, "anna", "new disks")
    told = f"^callback 'x' does not run here: it is paused by anna, until {moments.shown(end)}; run: "
    with pytest.warns(CallbackWarning, match=told.replace("+", r"\+") + "arcapix-gpfs resume x$"):
        install()


def test_a_pause_of_all_callbacks_on_all_nodes_is_told_with_what_ends_it(pauses):
    pauses.learn([pause_orders.Order(1, "m", ALL, True, time.time(), None, "anna", "")])
    told = "all callbacks are paused on all nodes by anna, until somebody ends that; run: "
    with pytest.warns(CallbackWarning, match=f"{told}arcapix-gpfs resume --all --nodes all$"):
        Cluster().onShutdown.new("x", handler)


def test_what_holds_no_function_here_is_not_told(pauses, script):
    pauses.add(["other", "script"], None, "anna", "")
    pauses.add(["x"], time.time() + 0.01, "anna", "")
    time.sleep(0.02)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Cluster().onShutdown.new("x", handler).delete()
        Cluster().onShutdown.new("script", script)
    assert "REMARKS" not in run("list").stdout


@pytest.mark.filterwarnings("default")
def test_whoever_deletes_a_callback_hears_that_its_pause_stays(pauses):
    Cluster().onShutdown.new("x", handler)
    Cluster().onShutdown.new("y", handler)
    pauses.add(["x", "y"], None, "anna", "")
    told = "a pause outlives callback 'x', and holds for the next of that name: it is paused by anna, "
    with pytest.warns(CallbackWarning, match=f"^{told}until somebody ends that; run: arcapix-gpfs resume x$"):
        Cluster().callbacks["x"].delete()
    done = run("delete", "y")
    assert (done.exit_code, done.stdout) == (0, "deleted y\n")
    assert "a pause outlives callback 'y'" in done.stderr
    assert [each.callback for each in pauses.current()] == ["x", "y"]


def test_a_listing_marks_what_is_paused_here(pauses):
    Cluster().onShutdown.new("x", handler)
    Cluster().onShutdown.new("y", handler)
    pauses.add(["x"], None, "anna", "")
    _, of_x, of_y = run("list").stdout.splitlines()
    assert (of_x.split()[-1], of_y.split()[-1]) == ("paused", "-")
    told = "it does not run here: it is paused by anna, until somebody ends that; run: arcapix-gpfs resume x"
    assert told in run("show", "x").stdout
