"""ARCHITECTURE.md's two journeys are walked with a profiler: each module once, in the order of the table."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import pytest

import arcapix.fs.gpfs as package
from arcapix.fs.gpfs import Filesystem
from arcapix.fs.gpfs.deployment import installation

Call = tuple[str, str]
"""A module of the package, and a function in it."""

PACKAGE = Path(str(package.__file__)).parent

DRIVER = """
import sys
def note(frame, event, _):
    if event == "call" and sys.getprofile() is note:
        with open({calls!r}, "a") as file:
            file.write(f"{{frame.f_code.co_filename}}\\t{{frame.f_code.co_name}}\\n")
sys.argv[:] = [{stub!r}, *{words!r}]
text = open({stub!r}).read()
sys.setprofile(note)
exec(compile(text, {stub!r}, "exec"))
"""
"""Runs a stub under a profiler; the file is written at each call, since the driver ends without a farewell."""


@pytest.fixture(scope="module")
def page() -> str:
    return (PACKAGE.parents[3] / "ARCHITECTURE.md").read_text()


def journey(page: str, title: str) -> list[Call]:
    """The rows of a journey's table: module and function."""
    table = page.partition(f"**{title}")[2].partition("\n\n**")[0].partition("\n## ")[0]
    return re.findall(r"^\| `([\w.]+)` \| `(\w+)` \|", table, re.MULTILINE)


def module_of(path: str) -> str | None:
    """The module of a file of the package, as the page names it."""
    if not path.startswith(str(PACKAGE)):
        return None
    return path.removeprefix(f"{PACKAGE}/").removesuffix(".py").replace("/", ".")


def alert(fsName: str, storagePool: str) -> None:
    print(fsName, storagePool)


@pytest.fixture
def walked(gpfs_cluster, tmp_path: Path) -> list[Call]:
    """Every call of a function of the package, from ``new`` to the end of the driver's process."""
    calls: list[Call] = []

    def note(frame: FrameType, event: str, _: object) -> None:
        module = module_of(frame.f_code.co_filename) if event == "call" else None
        if module is not None:
            calls.append((module, frame.f_code.co_name))

    sys.setprofile(note)
    try:
        callback = Filesystem("mmfs1").onLowDiskSpace.new("alert", alert)
    finally:
        sys.setprofile(None)
    return [*calls, *driven(callback._state.record.parms, tmp_path)]


def driven(parms: tuple[str, ...], folder: Path) -> Iterator[Call]:
    """The calls of the driver, without its bundle, for two of the events that these words await."""
    stub = installation.install(folder / "driver", {"key": str(folder / "gpfs.key")})
    (stub.parent / f"callbackdriver.{sys.hexversion:x}.bundle").unlink()
    values = {"%eventName": "lowDiskSpace", "%fsName": "mmfs1", "%storagePool": "system"}
    words = [re.sub(r"%\w+$", lambda found: values[found[0]], word) for word in parms]
    program = DRIVER.format(calls=str(folder / "calls"), stub=str(stub), words=words)
    for _ in range(2):  # the first ends early here: `execute` takes the profiler's place
        done = subprocess.run(
            [sys.executable, "-IS", "-c", program], env={}, capture_output=True, text=True, timeout=60
        )
        assert (done.returncode, done.stderr) == (0, "")
    assert (stub.parent / "log" / "callbackdriver.log").read_text().count("mmfs1 system") == 2
    for line in (folder / "calls").read_text().splitlines():
        path, _, function = line.partition("\t")
        module = module_of(path)
        if module is not None:
            yield module, function


@pytest.mark.parametrize(
    "title", ["A function, from `new` to its call.", "A variable, from the command line"]
)
def test_a_journey_is_as_the_page_tells_it(page: str, walked: list[Call], title: str):
    steps = journey(page, title)
    assert len(steps) >= 5
    assert len({module for module, _ in steps}) == len(steps), "each module once"
    rest = iter(walked)
    for step in steps:
        assert step in rest, f"{step} does not come after the step before it"


def test_a_step_in_the_wrong_place_is_seen(page: str, walked: list[Call]):
    steps = journey(page, "A function, from `new` to its call.")
    rest = iter(walked)
    assert not all(step in rest for step in (steps[-1], *steps[:-1]))


def test_every_folder_and_module_that_the_page_names_is_there(page: str):
    folders = "|".join(path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists())
    for name in re.findall(rf"`((?:{folders})(?:\.\w+)?)`", page):
        path = PACKAGE / name.replace(".", "/")
        assert path.is_dir() or path.with_suffix(".py").is_file(), name
