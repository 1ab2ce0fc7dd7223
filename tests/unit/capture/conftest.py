"""Cases, interpreters and modules of the user's own, for the tests of capture and rebuilding."""

from __future__ import annotations

import importlib
import marshal
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

HERE = Path(__file__).parent
PACKAGE = HERE.parents[2] / "src" / "arcapix" / "fs" / "gpfs"
VERSIONS = ("3.11", "3.12", "3.13", "3.14", "3.15")


@dataclass(frozen=True)
class Case:
    """A callable in a file of its own, from ``cases/*.txt``."""

    name: str
    options: tuple[str, ...]
    text: str

    @property
    def minimum(self) -> tuple[int, int]:
        """The lowest Python that has its syntax."""
        stated = next((option[4:] for option in self.options if option.startswith("min=")), "3.11")
        return int(stated.split(".")[0]), int(stated.split(".")[1])


def read_cases() -> dict[str, Case]:
    """Return all cases by name, in the order of the files."""
    cases = {}
    for file in ("allcases.txt", "furthercases.txt"):
        text = (HERE / "cases" / file).read_bytes().decode()
        for part in text.split("### ")[1:]:
            head, _, body = part.partition("\n")
            name, *options = head.split()
            if name == "crlf":
                body = body.replace("\r\n", "\n").replace("\n", "\r\n")
            assert name not in cases
            cases[name] = Case(name, tuple(options), body)
    return cases


def find_interpreters() -> dict[str, str]:
    """Return an interpreter for each version that this machine has, by version."""
    found = {f"{sys.version_info[0]}.{sys.version_info[1]}": sys.executable}
    candidates = [path for version in VERSIONS if (path := shutil.which(f"python{version}"))]
    pyenv = shutil.which("pyenv")
    if pyenv:
        root = subprocess.run([pyenv, "root"], capture_output=True, text=True).stdout.strip()
        candidates += [str(path) for path in sorted(Path(root).glob("versions/3.1[1-9]*/bin/python3"))]
    uv = shutil.which("uv")
    if uv:
        for version in VERSIONS:
            asked = subprocess.run(
                [uv, "python", "find", "--no-project", version], capture_output=True, text=True
            )
            candidates += asked.stdout.split()
    for path in candidates:
        program = "import sys, zlib; print('%d.%d' % sys.version_info[:2])"
        answer = subprocess.run([path, "-IS", "-c", program], capture_output=True, text=True)
        if answer.returncode == 0 and answer.stdout.strip() in VERSIONS:
            found.setdefault(answer.stdout.strip(), path)
    return found


Installed = dict[str, dict[str, Any]]


class Laboratory:
    """Installs cases with one interpreter and calls them with another, many in one process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.interpreters = find_interpreters()
        self._number = 0

    def interpreter(self, version: str) -> str:
        """Return an interpreter of a version, or skip the test."""
        if version not in self.interpreters:
            pytest.skip(f"this machine has no Python {version}")
        return self.interpreters[version]

    def install(self, version: str, cases: list[Case]) -> Installed:
        """Capture cases with an interpreter."""
        job = {
            "root": str(PACKAGE.parents[2]),
            "modules": str(HERE / "modules"),
            "folder": str(self.folder / "cases"),
            "cases": [(case.name, case.options, case.text) for case in cases],
        }
        answers: Installed = self._run(version, "install_cases.py", job)["answers"]
        return answers

    def call(self, version: str, installed: Installed, *, codes: bool = False) -> dict[str, str]:
        """Rebuild installed cases with an interpreter, and return the results of calling them."""
        job = {
            "driver": str(PACKAGE / "driver"),
            "codes": codes,
            "cases": [
                (name, answer["outcome"], answer["body"], answer["arguments"])
                for name, answer in installed.items()
                if answer["outcome"] in ("source", "bytecode")
            ],
        }
        answers: dict[str, str] = self._run(version, "call_cases.py", job)
        return answers

    def _run(self, version: str, program: str, job: dict[str, Any]) -> Any:
        self._number += 1
        job_path, answer_path = self.folder / f"job{self._number}", self.folder / f"answer{self._number}"
        job_path.write_bytes(marshal.dumps(job, 2))
        argv = [
            self.interpreter(version),
            "-IS",
            str(HERE / "programs" / program),
            str(job_path),
            str(answer_path),
        ]
        done = subprocess.run(argv, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        assert done.returncode == 0, done.stderr
        return marshal.loads(answer_path.read_bytes())


SAMPLE = [
    "plain",
    "defaults_mutable",
    "annotations_undefined",
    "annotations_future",
    "closure_shared",
    "closure_empty",
    "closure_recursive",
    "lambda_several",
    "lambda_multiline_chain",
    "lambda_in_default",
    "lambda_in_class",
    "nested_def",
    "deco_wraps",
    "cache",
    "contextmanager",
    "properties",
    "super_class",
    "slots",
    "metaclass",
    "init_subclass",
    "set_name",
    "dataclass_frozen_slots",
    "enum_init",
    "enum_new",
    "namedtuple",
    "abc",
    "values_many",
    "shared_recursive",
    "import_forms",
    "own_module",
    "own_package",
    "fstring312",
    "typeparams",
    "asyncio_run",
    "docstring",
    "tabs_continuation",
    "mangled_freevar",
    "generic",
    "singledispatch",
    "nested_class_line_const",
    "latin1",
    "crlf",
]
"""The cases that are tried across interpreters even when there is little time."""

CASES = read_cases()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a test that takes a ``case`` all of them, one that takes a ``sampled`` case some."""
    if "case" in metafunc.fixturenames:
        metafunc.parametrize("case", CASES.values(), ids=list(CASES))
    if "sampled" in metafunc.fixturenames:
        metafunc.parametrize("sampled", [CASES[name] for name in SAMPLE], ids=SAMPLE)


class Batches:
    """Results of cases by the versions that installed and called them, each worked out once."""

    def __init__(self, laboratory: Laboratory) -> None:
        self._laboratory = laboratory
        self._installed: dict[tuple[str, bool], Installed] = {}
        self._called: dict[tuple[str, str, bool, bool], dict[str, str]] = {}

    def installed(self, version: str, *, sample: bool) -> Installed:
        """Return what became of the cases when a version captured them."""
        key = (version, sample)
        if key not in self._installed:
            chosen = [CASES[name] for name in SAMPLE] if sample else list(CASES.values())
            self._installed[key] = self._laboratory.install(version, chosen)
        return self._installed[key]

    def called(self, version: str, by: str, *, sample: bool, codes: bool = False) -> dict[str, str]:
        """Return the results of what a version captured, called by another."""
        key = (version, by, sample, codes)
        if key not in self._called:
            minor = int(by.split(".")[1])
            usable = {
                name: answer
                for name, answer in self.installed(version, sample=sample).items()
                if answer.get("minimum", (3, 0))[1] <= minor
                and (answer["outcome"] == "source" or by == version)
            }
            self._called[key] = self._laboratory.call(by, usable, codes=codes)
        return self._called[key]


@pytest.fixture(scope="session")
def batches(laboratory: Laboratory) -> Batches:
    """Results of all cases."""
    return Batches(laboratory)


@pytest.fixture(scope="session")
def laboratory(tmp_path_factory: pytest.TempPathFactory) -> Laboratory:
    """A place to install and call cases."""
    return Laboratory(tmp_path_factory.mktemp("laboratory"))


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., ModuleType]]:
    """Makes modules of the user's own from text: ``own("LIMIT = 3", name="tools")``."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    made = []

    def make(text: str, name: str = "handlers") -> ModuleType:
        path = tmp_path.joinpath(*name.split(".")).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
        importlib.invalidate_caches()
        sys.modules.pop(name, None)
        made.append(name)
        return importlib.import_module(name)

    yield make
    for name in made:
        sys.modules.pop(name, None)


@pytest.fixture
def again() -> Callable[..., Any]:
    """Captures a callable and rebuilds it, in this process."""
    from arcapix.fs.gpfs import capture
    from arcapix.fs.gpfs.driver.rebuild import rebuild

    def rebuilt(function: object, plan: object = ()) -> Any:
        captured = capture.capture(function, plan)
        assert captured.form == "source", captured.warnings
        result, rebuilt_plan = rebuild(captured.body, captured.form)
        return (result, rebuilt_plan) if plan != () else result

    return rebuilt
