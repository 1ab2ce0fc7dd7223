"""Reads pages of the documentation, and runs their blocks as a reader would, on an emulated cluster.

The guide is typed in one go: what a section leaves behind is there in the next one. Of the other pages a section is
one session, with a cluster and a folder of its own. In a session run, in order:

* ``python`` blocks that begin with a comment that is a file's name: they are written to that file;
* ``sh`` blocks that begin with ``#!/bin/sh`` and such a comment: the file can be executed;
* ``python`` blocks of ``>>>`` lines: they are typed into one interpreter, and answer as shown;
* ``console`` blocks: each line that begins with ``$`` is typed into one shell, and prints what is shown below it.

The guide shows ``/home/alice/guide`` for the session's folder, ``/home/alice/gpfs`` for the cluster's, a checkout in
``/home/alice``, and the user ``alerts`` for the one who runs the tests; pages of `howto` show the places of a real cluster. ``...`` stands for any text, as in doctests. Other blocks are not run.
"""

from __future__ import annotations

import doctest
import linecache
import os
import pwd
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest

from arcapix.fs.gpfs.emulator import control
from arcapix.fs.gpfs.testing import EmulatedCluster

from ...waiting import DEADLINE

DOCS = Path(__file__).parents[3] / "docs"

_ON_AN_EMULATED_CLUSTER = {
    "/home/alice/guide": "{folder}",
    "/home/alice/gpfs": "{cluster}",
    "/home/alice/arcapix.fs.gpfs/.venv/bin": "{programs}",
    '"alerts"': '"{user}"',
    "'alerts'": "'{user}'",
    "run as alerts": "run as {user}",
    "------- alerts": "------- {user}",
}
_ON_A_REAL_CLUSTER = {
    "/srv/callbacks": "{folder}",
    "/opt/arcapix/bin": "{programs}",
    "/opt/arcapix/lib/arcapix-gpfs/callbackdriver.py": "{cluster}/driver/callbackdriver.py",
    "/var/log/arcapix/callbackdriver.log": "{cluster}/nodes/{node}/callbackdriver.log",
    "/var/adm/ras/mmfs.log.latest": "{cluster}/nodes/{node}/mmfs.log",
    "/etc/arcapix/gpfs.key": "{cluster}/gpfs.key",
    "/usr/lpp/mmfs/bin": "{cluster}/bin",
    "/usr/bin/ssh": "{cluster}/libexec/ssh",
    "/gpfs/": "{cluster}/mnt/",
}
"""What a page shows -> what it is here."""

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"(?:#!/bin/sh\n)?# (\S+\.\w+)\n")
_RUN = re.compile(r"\b\d{8}T\d{6}\.\d{6}-\d+\b")
_END = "-- the command has ended --"
_FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
_VARYING = (
    (_RUN, "RUN"),
    (re.compile(r"\w{3} \w{3} +\d+ \d\d:\d\d:\d\d( \S+)? \d{4}"), "DATE"),
    (re.compile(r"\d{4}-\d\d-\d\d[T_ ]\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d:?\d\d|Z)?"), "TIME"),
    (re.compile(r"\b\d{8}T\d{6}Z"), "TIME"),
    (re.compile(r"\b\d\d:\d\d:\d\d\b"), "TIME"),
    (re.compile(r"_[0-9a-f]{12}\b"), "_HEX"),
    (re.compile(r"\b[0-9a-f]{16}\b"), "FINGERPRINT"),
    (re.compile(r"\bA1\.\d+@"), "A1.LENGTH@"),
    (re.compile(r"\bin \d+\.\d\ds"), "in SECONDS"),
    (re.compile(r"pid \d+"), "pid PID"),
    (re.compile(r"; \d+ bytes$", re.MULTILINE), "; LENGTH bytes"),
    (re.compile(r"\b\d+\.\d{3}\b"), "SECONDS"),
    (re.compile(r"(installed by: +|on every node, by )\S+"), r"\1USER"),
    (re.compile(r"python: +\d+\.\d+"), "python: VERSION"),
    (re.compile(r"[ \t]+$", re.MULTILINE), ""),
)


@dataclass(frozen=True)
class Block:
    """A fenced block: its kind, its text, the line of the page that it begins in."""

    kind: str
    text: str
    line: int


@dataclass(frozen=True)
class Section:
    """A part of a page from one ``##`` heading to the next."""

    page: Path
    title: str
    blocks: tuple[Block, ...]

    def __str__(self) -> str:
        return f"{self.page.name}: {self.title}"


def sections(name: str) -> list[Section]:
    """Return the sections of a page that have something to run."""
    page = DOCS / name
    text = page.read_text(encoding="utf-8")
    starts = [0, *(match.start() for match in re.finditer(r"^## ", text, re.MULTILINE)), len(text)]
    found = []
    for start, end in pairwise(starts):
        title = text[start : text.index("\n", start)].lstrip("# ")
        blocks = tuple(
            Block(match[1], match[2], text.count("\n", 0, match.start()) + 2)
            for match in _BLOCK.finditer(text, start, end)
        )
        if any(block.kind in ("python", "console") for block in blocks):
            found.append(Section(page, title, blocks))
    return found


class Shell:
    """A shell that a reader types into.

    Args:
        variables: Its environment.
        folder: Where it begins.
    """

    def __init__(self, variables: Mapping[str, str], folder: Path) -> None:
        self._process = subprocess.Popen(
            ["/bin/sh"],
            cwd=folder,
            env={**variables, "TZ": "UTC", "LC_ALL": "C", "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def type(self, command: str) -> str:
        """Run a command, and return all that it has printed when it ends."""
        process = self._process
        assert process.stdin and process.stdout
        process.stdin.write(f"{{ {command}\n}} </dev/null; echo '{_END}'\n")
        process.stdin.flush()
        printed = ""
        while not printed.endswith(f"{_END}\n"):
            line = process.stdout.readline()
            assert line, f"the shell has ended: {command}\n{printed}"
            printed += line
        return printed.removesuffix(f"{_END}\n")

    def variables(self) -> dict[str, str]:
        """Return what programs find that are started in it."""
        pairs = (entry.partition("=") for entry in self.type("env -0; echo").rstrip("\n").split("\0"))
        return {name: value for name, _, value in pairs if name}

    def end(self) -> None:
        self._process.communicate()


@dataclass
class Session:
    """A reader who follows a page, in a shell and an interpreter on the cluster's first node."""

    shell: Shell
    folder: Path
    cluster: Path
    """The folder of the cluster, which may be made by what the page says."""
    node: str
    monkeypatch: pytest.MonkeyPatch
    places: dict[str, str] = field(default_factory=dict)
    """Places as the page shows them -> as they are here."""
    names: dict[str, object] = field(default_factory=lambda: {"__name__": "__main__"})
    runs: dict[str, str] = field(default_factory=dict)
    """Runs as the page calls them -> as they are called here."""
    programs: set[str] = field(default_factory=set)
    """The files that the page has had written."""

    def follow(self, section: Section) -> None:
        """Run the blocks of a section.

        Raises:
            AssertionError: Something else came out than the page shows; names the page and the line.
        """
        self.be_at(section.page)
        for block in section.blocks:
            where = f"{section.page.name}, line {block.line}"
            if block.kind == "console":
                for command, shown in commands(block.text):
                    self.expect(shown, self.type(command), f"{where}: $ {command}")
            elif block.kind == "python" and block.text.startswith(">>> "):
                self.interpret(block, where)
            elif block.kind == "python" or block.text.startswith("#!/bin/sh\n"):
                name = _FILE.match(block.text)
                assert name, f"{where}: a block must begin with the name of its file, or with >>>"
                file = self.folder / name[1]
                file.write_text(self.here(block.text))
                file.chmod(0o644 if block.kind == "python" else 0o755)
                self.programs.add(file.name)

    def be_at(self, page: Path) -> None:
        """Take the places for what a page shows them to be."""
        shown = _ON_A_REAL_CLUSTER if page.parent.name == "howto" else _ON_AN_EMULATED_CLUSTER
        facts = {
            "folder": self.folder,
            "cluster": self.cluster,
            "node": self.node,
            "programs": Path(sys.executable).parent,
            "user": pwd.getpwuid(os.geteuid()).pw_name,
        }
        self.places = {place: here.format(**facts) for place, here in shown.items()}

    def type(self, command: str) -> str:
        """Run a line in the shell, and return all that it printed, once the cluster is quiet."""
        printed = self.shell.type(self.here(command))
        self._wait_idle()
        return printed

    def _wait_idle(self) -> None:
        if (self.cluster / "cluster.json").exists():
            assert control.wait_idle(self.cluster, DEADLINE)

    def interpret(self, block: Block, where: str) -> None:
        """Type a block into the interpreter, which was started in the shell."""
        for name, value in self.shell.variables().items():
            if name == "PATH" or name.startswith("ARCAPIX_"):
                self.monkeypatch.setenv(name, value)
        self.monkeypatch.chdir(self.folder)
        parsed = doctest.DocTestParser().get_doctest(
            self.here(block.text), self.names, where, where, block.line - 1
        )
        parsed.globs = self.names
        for number, example in enumerate(parsed.examples):
            # doctest shows the text of its current block only, and a later block may install a function.
            name = f"<doctest {where}[{number}]>"
            lines = example.source.splitlines(keepends=True)
            linecache.cache[name] = (len(example.source), None, lines, name)
        report: list[str] = []
        runner = doctest.DocTestRunner(_Checker(self), verbose=False, optionflags=_FLAGS)
        runner.run(parsed, out=report.append, clear_globs=False)
        assert not runner.failures, "".join(report)
        self._wait_idle()

    def expect(self, shown: str, printed: str, where: str) -> None:
        """Compare what was printed with what the page shows."""
        here = self.shown(printed)
        if not doctest.OutputChecker().check_output(steady(shown), steady(here), _FLAGS):
            raise AssertionError(f"{where}\n--- shown\n{shown}\n--- printed\n{here}")
        self.runs.update(zip(_RUN.findall(shown), _RUN.findall(printed)))

    def here(self, text: str) -> str:
        """Return a text of the page with the places, and names of runs, that it means here."""
        for place, here in self.places.items():
            text = text.replace(place, here)
        return _RUN.sub(lambda run: self.runs.get(run[0], run[0]), text)

    def shown(self, text: str) -> str:
        """Return what was printed with the places that the page shows."""
        for place, here in self.places.items():
            text = text.replace(here, place)
        return text


class _Checker(doctest.OutputChecker):
    """Compares what is the same on every day and machine."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        shown = self._session.shown
        return super().check_output(steady(shown(want)), steady(shown(got)), optionflags)


def commands(text: str) -> list[tuple[str, str]]:
    """Return the commands of a console block, each with what is shown below it."""
    found = []
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        lines = part.splitlines(keepends=True)
        last = next(number for number, line in enumerate(lines) if not line.endswith("\\\n"))
        found.append(("".join(lines[: last + 1]).rstrip("\n"), "".join(lines[last + 1 :])))
    return found


def steady(text: str) -> str:
    """Replace what differs from one run to the next: times, process numbers, names made up."""
    for pattern, constant in _VARYING:
        text = pattern.sub(constant, text)
    return text


@pytest.fixture
def read() -> Callable[[str], list[Section]]:
    return sections


@pytest.fixture
def session(
    gpfs_cluster: EmulatedCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Session]:
    """A session on a cluster that is there."""
    folder = tmp_path / "guide"
    folder.mkdir()
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    shell = Shell({**os.environ, "PATH": path}, folder)
    yield Session(shell, folder, gpfs_cluster.directory, next(iter(gpfs_cluster.nodes)), monkeypatch)
    shell.end()


@pytest.fixture
def newcomer(directory: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    """A session that begins with nothing but a checkout and its environment."""
    home = directory.parent
    shell = Shell({"HOME": str(home), "PATH": "/usr/bin:/bin:/usr/sbin:/sbin"}, home)
    yield Session(shell, home / "guide", directory, "mynode", monkeypatch)
    shell.end()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a test that asks for a section one after the other of the pages that its module names."""
    if "section" in metafunc.fixturenames:
        found = [section for page in metafunc.module.PAGES for section in sections(page)]
        metafunc.parametrize("section", found, ids=str)
