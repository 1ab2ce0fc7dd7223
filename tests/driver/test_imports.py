"""What an event imports, by name: every module more is paid for by every event on every node.

This file has no ``__future__`` import: it would travel with the handlers, and be one of their imports.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from arcapix.fs.gpfs.driver import main

OWN = {"arcapix_driver"} | {
    f"arcapix_driver.{name}"
    for name in (
        "main",
        "operations",
        "records",
        "cache",
        "decision",
        "journal",
        "output",
        "rebuild",
        "run",
        "environment",
        "process",
        "ending",
    )
}
ROOTLESS = {"pwd"} if os.geteuid() else set()
"""Only root's name and home are known without asking."""

ANNOTATED = {"arcapix_driver.rebuild_objects"} if sys.version_info >= (3, 14) else set()
"""For a function with annotations, where Python works them out when somebody asks for them."""

ALLOWED = OWN | ROOTLESS | ANNOTATED | {"arcapix_driver.stale_runs", "atexit", "faulthandler", "gc"}
"""Beyond what the interpreter has loaded when it is ready to run a program without ``site``."""

AT_FIRST = {
    *("_sha256", "_sha2", "binascii", "zlib"),
    *(
        f"arcapix_driver.{name}"
        for name in ("cache_writer", "compiling", "dictionary", "token", "trust", "upkeep", "verification")
    ),
}
"""Besides, at a function's first event on a node, when its token is checked, unpacked and kept."""

NEVER = {
    *("argparse", "base64", "click", "cloudpickle", "collections", "contextlib", "copyreg", "dataclasses"),
    *("enum", "errno", "fcntl", "functools", "hashlib", "hmac", "importlib", "inspect", "json", "linecache"),
    *("logging", "multiprocessing", "operator", "os", "pathlib", "pickle", "pwd", "random", "re", "select"),
    *("shutil", "signal", "site", "socket", "stat", "string", "struct", "subprocess", "syslog", "tempfile"),
    *("threading", "tokenize", "traceback", "types", "typing", "warnings", "weakref"),
    *("__future__", "_hashlib", "_pickle"),
} - ROOTLESS
"""A few of the others, by name, should the allow-list ever become generous."""

OF_THE_USER = {__name__, *(__name__.rsplit(".", count)[0] for count in range(1, __name__.count(".") + 1))}
"""The handler's own module, which is made, not imported, with the packages around it."""

record = ""
"""Path of the file that the handler writes to; captured by value."""


def list_modules() -> None:
    def note(event: str, details: tuple[str]) -> None:
        if event == "import":
            with open(record, "a") as file:
                file.write(details[0] + "\n")

    with open(record, "w") as file:
        file.write("\n".join(sys.modules) + "\n")
    sys.addaudithook(note)


@pytest.fixture
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "recorded"
    monkeypatch.setattr(sys.modules[__name__], "record", str(path))
    return path


@pytest.fixture(scope="module")
def base() -> set[str]:
    """What a Python without ``site`` has loaded before it does anything."""
    program = [sys.executable, "-I", "-S", "-c", "import sys; print(*sys.modules)"]
    return set(subprocess.run(program, capture_output=True, text=True, check=True, env={}).stdout.split())


def imported_by(*arguments: str) -> set[str]:
    """What an interpreter imports from its start to its end, as ``-X importtime`` tells it."""
    program = [sys.executable, "-X", "importtime", *arguments]
    told = subprocess.run(program, capture_output=True, text=True, check=True, env={}).stderr
    return set(re.findall(r"^import time:.*\| +(\S+)$", told, re.MULTILINE)) - {"package"}


def configure_extra_import(stub: Path) -> None:
    """Let a driver import what it needs not, in the way it would creep in: one line more."""
    first, rest = stub.read_text().split("\n", 1)
    stub.write_text(f"{first}\nimport json\n{rest}")


def test_an_event_loads_nothing_but_what_is_allowed(driver, recorded, base):
    token = driver.token(list_modules)
    for allowed in (ALLOWED | AT_FIRST, ALLOWED):
        assert driver.start(token, "eventName=mount").returncode == 0
        loaded = set(recorded.read_text().split())
        assert loaded - base - allowed == OF_THE_USER
        assert loaded >= OWN


def test_an_event_loads_none_of_the_modules_that_cost_most(driver, recorded):
    assert driver.fire(list_modules, "eventName=mount") == 0
    assert set(recorded.read_text().split()) & NEVER == set()


def test_an_event_about_another_object_loads_nothing_but_what_is_allowed(driver):
    token = driver.token(list_modules, ow=["filesystem", "mmfs1"], vs=["fsName"])
    words = ("eventName=mount", "fsName=mmfs2")
    bare = imported_by("-I", "-S", "-c", "pass")
    for allowed in (ALLOWED | AT_FIRST, ALLOWED):
        loaded = imported_by("-I", "-S", str(driver.stub), token, *words)
        assert loaded - bare - allowed == set()
    assert driver.runs == []


def test_this_gate_sees_an_import_too_many(driver, recorded, base):
    configure_extra_import(driver.stub)
    assert driver.fire(list_modules, "eventName=mount") == 0
    loaded = set(recorded.read_text().split())
    assert "json" in loaded - base - ALLOWED
    assert loaded & NEVER
    token = driver.token(list_modules, ow=["filesystem", "mmfs1"], vs=["fsName"])
    words = ("eventName=mount", "fsName=mmfs2")
    assert "json" in imported_by("-I", "-S", str(driver.stub), token, *words)


@pytest.mark.parametrize(
    ("use", "loaded"),
    [
        ("import cache, cache_writer; cache.load('/nowhere', 'x')", {"cache", "cache_writer"}),
        ("import stale_runs; stale_runs.remove('/nowhere', 'n1')", {"stale_runs"}),
    ],
    ids=["cache", "leftovers"],
)
def test_what_an_event_seldom_needs_imports_nothing_more(use: str, loaded: set[str]) -> None:
    program = (
        "import sys; before = set(sys.modules); package = type(sys)('d'); package.__path__ = [sys.argv[1]];"
        f"sys.modules['d'] = package; from d {use}; print(*(set(sys.modules) - before))"
    )
    argv = [sys.executable, "-I", "-S", "-c", program, str(Path(main.__file__).parent)]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) <= {"d", "__future__", *(f"d.{name}" for name in loaded)}
