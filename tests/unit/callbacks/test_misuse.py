"""Errors of use end at the line of the user's program, whatever was used wrongly."""

from __future__ import annotations

import traceback

import pytest

import arcapix.fs.gpfs
from arcapix.fs.gpfs import Cluster, Filesystem

MISUSES = """
Filesystem("mmfs1").onMount.new("a", f, replce=True)
Filesystem("mmfs1").onMount.new("a", f, parm=5, parms=5)
Filesystem("mmfs1").onMount.new("a", co)
Filesystem("mmfs1").onMount.new("a", lambda limit: 1)
Filesystem("mmfs1").onMount.new("a", f, event="x")
Filesystem("mmfs1").onMount.new("a")
Filesystem("mmfs1").onMount.new("mm a", f)
Filesystem("mmfs1").onMount.new("a", f, run={"timeot": 3})
Filesystem("mmfs1").onMount.new("a", f, run={"timeout": "3 parsecs"})
Filesystem("mmfs1").onMount.new("a", f, sync=True)
Filesystem("mmfs1").onMount(f)
Filesystem("mmfs1").onMout
Filesystem("mmfs1").onNodeJoin
Filesystem()
Filesystem(3)
Filesystem("")
Filesystem("mmfs1", "x")
Filesystem(devicename="x")
Filesystem("mfms1").mountPoint
Filesystem("mfms1").pools["sytem"]
Filesystem("mfms1").filesets["x"]
Filesystem("mmfs1").pools["sytem"]
Filesystem("mmfs1").filesets["rot"]
Filesystem("mmfs1").filesets.new("root")
Filesystem("mmfs1").filesets.destroy("nope")
Filesystem("mmfs1").filesets.new("x", maxInodes="many")
Filesystem("mmfs1").snapshots["x"]
Filesystem("mmfs1").quotas.fileset["x"]
Fileset("mmfs1", "nope").status
Fileset("mmfs1", "nope").change(maxInodez=3)
Pool("nope", "mmfs1").id
Pool("system")
Node("nope").state
Node("n1").callbacks.new(f, "mount", node="n2")
Nodeclass("nope").memberNodes
Cluster("other").callbacks.keys()
Cluster().callbacks["nope"]
Cluster().callbacks[3]
Cluster().callbacks.destroy("nope")
Cluster().callbacks.new(f)
Cluster().callbacks.new(f, "mo unt")
Cluster().callbacks.new("/x y", "mount")
Cluster().callbacks.new("rel/path", "/bin/true", "mount", timeout=3)
Cluster().callbacks.recover("3 parsecs")
Cluster().filesystems["mmsf1"]
Callback("a")
Callback("a", f, "mount", foo=3)
Callback("a", f, "mount").create(replce=True)
Callback("a", f).create()
Callback("a", f, "mount").change(evnt="x")
Callback("a", f, "mount").refresh()
Callback("a", f, "mount").delete()
Run(timeot=3)
Run(timeout=-1)
Once("3 parsecs")
RetryLater("3 parsecs")
Variable("a b")
Secret()
Secret.file("rel")
run_command("ls")
run_command("mmlsfs", "nope")
run_command("mmlsfs", 3)
"""
NAMES = """
import asyncio
from arcapix.fs.gpfs import *

def f(eventName):
    print(eventName)

async def co():
    await asyncio.sleep(1)
"""
PACKAGE = arcapix.fs.gpfs.__path__[0]


@pytest.fixture
def failing(gpfs):
    """Run a line of a user's program, and return the error that it ends in."""
    names: dict[str, object] = {}
    exec(NAMES, names)

    def run(line):
        with pytest.raises(Exception) as caught:
            exec(compile(line, "program.py", "single"), names)
        return caught.value

    return run


def ours(error):
    """Return the files of the package that a traceback shows, those of causes included."""
    shown = "".join(traceback.format_exception(error))
    return [line.split('"')[1].removeprefix(PACKAGE) for line in shown.splitlines() if f'"{PACKAGE}' in line]


@pytest.mark.parametrize("line", MISUSES.strip().splitlines())
def test_an_error_of_use_shows_none_of_our_frames_but_that_of_the_method(line, failing):
    error = failing(line)
    shown = "".join(traceback.format_exception(error))
    assert "program.py" in shown
    assert len(ours(error)) <= 1, shown
    assert shown.count("Traceback (") == 1, shown


def test_debugging_shows_all_frames(failing, monkeypatch):
    monkeypatch.setenv("ARCAPIX_GPFS_LOG", "debug")
    error = failing('Filesystem("mmfs1").onMount.new("a", f, replce=True)')
    assert "/model/keywords.py" in ours(error)


class Unwilling:
    def __reduce__(self):
        raise ValueError("I stay here")


class Nodes:
    def __iter__(self):
        raise TypeError("not now")


def test_errors_of_the_users_own_code_keep_their_frames(gpfs):
    unwilling = Unwilling()
    for call in (
        lambda: Filesystem("mmfs1").onMount.new(lambda: unwilling),
        lambda: Cluster().callbacks.new(print, "mount", node=Nodes()),
    ):
        with pytest.raises(TypeError) as caught:
            call()
        shown = "".join(traceback.format_exception(caught.value))
        assert "__reduce__" in shown or "in __iter__" in shown


def test_errors_of_a_users_function_that_is_called_by_ours_keep_all_frames(gpfs):
    with pytest.raises(TypeError) as caught:
        Cluster().callbacks.new(print, "mount", node=Nodes())
    assert "/callbacks/collection.py" in ours(caught.value)


def test_a_circle_of_causes_has_an_end(gpfs):
    first, second = ValueError("first"), ValueError("second")
    first.__cause__, second.__cause__ = second, first

    class Failing:
        def __iter__(self):
            raise first

    with pytest.raises(ValueError, match="first"):
        Cluster().callbacks.new(print, "mount", node=Failing())
