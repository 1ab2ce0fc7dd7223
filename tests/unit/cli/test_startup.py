"""What commands load that people and monitors start all day: a time would depend on the machine.

`python -m benchmarks --only P20` measures what comes of it, against ``python -c "import click"``.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from arcapix.fs.gpfs.commands.environment import BIN
from arcapix.fs.gpfs.deployment import installation
from arcapix.fs.gpfs.deployment.environment import DRIVER, STATE

PROGRAM = """
import sys, atexit
import click
before = set(sys.modules)
atexit.register(lambda: print(*sorted(set(sys.modules) - before), file=open(sys.argv.pop(), "w")))
from arcapix.fs.gpfs.cli import main
main(sys.argv[1:-1])
"""

OF_EVERY_COMMAND = {"arcapix", "arcapix.fs", "arcapix.fs.gpfs"} | {
    f"arcapix.fs.gpfs.{name}"
    for name in (
        *("cli", "cli.contents", "cli.terminal"),
        *("commands", "commands.environment", "commands.log"),
        *("emulator", "emulator.errors", "exceptions"),
    )
}
OF_THE_DRIVER = {
    f"arcapix.fs.gpfs.{name}"
    for name in (
        "deployment",
        *(f"deployment.{name}" for name in ("bundling", "environment", "installation", "python_files")),
        *(f"deployment.{name}" for name in ("stub", "units", "whole_file")),
        "driver",
        *(f"driver.{name}" for name in ("cache", "decision", "journal", "main", "token", "trust", "upkeep")),
    )
}
"""What tells where the driver is, and what it is configured to."""

OF_A_LISTING = {
    f"arcapix.fs.gpfs.{name}"
    for name in (
        *(
            "model",
            "model.missing",
            "capture",
            "cli.completion",
            "cli.look",
            "cli.look.callbacks",
            "cli.table",
        ),
        *(f"commands.{name}" for name in ("callback", "filesystem", "listing", "node_names", "node_table")),
        *(f"commands.{name}" for name in ("origin", "process", "signals", "values", "yformat")),
        *("deployment.cluster_key", "driver.dictionary", "driver.verification", "registration"),
        *(
            f"registration.{name}"
            for name in ("durations", "header", "listed", "lost", "moments", "notation")
        ),
        *(f"registration.{name}" for name in ("owner", "presence", "registry", "sealing", "signatures")),
        *("driver.escapes", "driver.own_files", "driver.pause"),
        *(f"registration.{name}" for name in ("doubts", "journal", "kept_callback")),
        *("registration.paused", "runs", "runs.pause_orders"),
    )
}
OF_RUNS = {
    f"arcapix.fs.gpfs.{name}"
    for name in (
        *("cli.completion", "cli.look", "cli.look.history", "cli.places", "cli.table", "cli.usage"),
        *(f"driver.{name}" for name in ("bounded_file", "escapes", "log_frames", "output", "own_files")),
        *(f"driver.{name}" for name in ("pause", "pause_file", "pending", "records", "stale_runs")),
        *("registration", "registration.durations", "registration.moments", "registration.registry"),
        *("registration.notation", "registration.owner"),
        *("runs", "runs.files", "runs.followed_output", "runs.generations", "runs.history"),
        "runs.identifiers",
        *(f"runs.{name}" for name in ("journal_reader", "last_words", "pause_orders", "pauses", "tail")),
    )
}

ALLOWED = {
    "--help": OF_EVERY_COMMAND,
    "list": OF_EVERY_COMMAND | OF_THE_DRIVER | OF_A_LISTING,
    "history": OF_EVERY_COMMAND | OF_THE_DRIVER | OF_RUNS,
}

DEAR = {
    *("asyncio", "concurrent.futures", "ctypes", "decimal", "difflib", "email", "hashlib", "html", "http"),
    *("importlib.metadata", "importlib.resources", "logging", "multiprocessing", "pickle", "pkgutil"),
    *("pygments", "queue", "rich", "shlex", "socket", "ssl", "tempfile", "unittest", "xml", "yaml"),
}
"""Of the standard library, or of others, what takes a while to load, and none of them has a use for."""

DEAR_TO = {
    "--help": {"dataclasses", "json", "pathlib", "random", "subprocess"},
    "list": {"json", "random"},
    "history": {"json", "random", "subprocess"},
}
"""What others need and these do not."""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A node with a driver, whose mm commands list a callback and a file system."""
    driver = installation.install(tmp_path / "driver", {})
    listings = {
        "mmlscallback": "x\n\tcommand = /bin/true\n\tevent = mount\n",
        "mmlsfs": "mmlsfs::HEADER:version:reserved:reserved:deviceName:fieldName:data:remarks:\n",
    }
    for name, said in listings.items():
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\ncat <<'END'\n{said}END\n")
        program.chmod(0o755)
    others = {name: value for name, value in os.environ.items() if not name.startswith("ARCAPIX")}
    return {**others, BIN: str(tmp_path), DRIVER: str(driver), STATE: str(tmp_path / "state")}


def loaded(tmp_path: Path, environment: dict[str, str], word: str) -> set[str]:
    """Return the modules that a command has loaded beyond what click needs."""
    names = tmp_path / "names"
    subprocess.run(
        [sys.executable, "-c", PROGRAM, word, names], env=environment, capture_output=True, check=True
    )
    return set(names.read_text().split())


@pytest.mark.parametrize("word", ALLOWED)
def test_a_command_loads_what_it_needs_and_no_more(tmp_path, environment, word):
    found = loaded(tmp_path, environment, word)
    assert {name for name in found if name.startswith("arcapix")} <= ALLOWED[word]
    assert found & (DEAR | DEAR_TO[word]) == set()
