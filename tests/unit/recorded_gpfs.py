"""What the API's unit tests run against: an emulated cluster in this process, and a record of every command line."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from pathlib import Path
from types import MappingProxyType

import pytest

from arcapix.fs.gpfs.commands import CallbackRecord, process
from arcapix.fs.gpfs.commands.process import Completed
from arcapix.fs.gpfs.deployment import installation
from arcapix.fs.gpfs.emulator import Emulator
from arcapix.fs.gpfs.emulator.model import State
from arcapix.fs.gpfs.registration import journal, room, sealing

CHANGING = {"mmaddcallback", "mmdelcallback"}
NOT_EMULATED = 124
MOVING_FILES = {"mmlinkfileset", "mmunlinkfileset", "mmdelfileset", "mmcrsnapshot", "mmdelsnapshot"}
_OPTIONS = {
    "command": "--command", "event": "--event", "node": "-N", "priority": "--priority", "timeout": "--timeout",
    "onerror": "--onerror",
}  # fmt: skip

Words = tuple[str, ...]
Answer = str | tuple[int, str]
"""What a command prints, or its exit status and what it prints to standard error."""

_checked: dict[tuple[tuple[str, ...], bytes], Completed] = {}


def check(argv: tuple[str, ...], timeout: float) -> Completed:
    """Run the process that rebuilds captured functions, or shows them; once for each job. Others are mm commands.

    It costs a tenth of a second, and most tests install the same little function: the same bytes, rebuilt by the
    same program, get the answer that they had before.
    """
    assert Path(argv[-2]).name in ("checker.py", "viewer.py"), f"nothing answers {argv}"
    job = (argv[:-1], Path(argv[-1]).read_bytes())
    if job not in _checked:
        inherited = [int(Path(argv[-1]).name)]  # the job is an open file without a name
        done = subprocess.run(argv, capture_output=True, text=True, timeout=timeout, pass_fds=inherited)
        _checked[job] = Completed(argv, done.returncode, done.stdout, done.stderr)
    return _checked[job]


class Registrations(MutableMapping[str, Mapping[str, str]]):
    """The registered callbacks, as another program sees and changes them by mm commands; none is recorded.

    An entry holds what mmlscallback lists, by its keys, and is read only; `alter` registers it anew.
    """

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    def _run(self, *words: str) -> str:
        done = self._emulator.run(words)
        assert done.returncode == 0, done
        return done.stdout

    def _listed(self) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        entry: dict[str, str] = {}
        for line in self._run("mmlscallback").splitlines():
            if line.startswith(" "):
                key, _, value = line.partition("=")
                entry[key.strip()] = value.strip()
            elif line:
                entry = found[line] = {}
        return found

    def __getitem__(self, identifier: str) -> Mapping[str, str]:
        return MappingProxyType(self._listed()[identifier])

    def __iter__(self) -> Iterator[str]:
        return iter(self._listed())

    def __len__(self) -> int:
        return len(self._listed())

    def __eq__(self, other: object) -> bool:
        return self._listed() == other

    def __setitem__(self, identifier: str, entry: Mapping[str, str]) -> None:
        if identifier in self:
            del self[identifier]
        self._run("mmaddcallback", *_definition(identifier, entry))

    def __delitem__(self, identifier: str) -> None:
        self._run("mmdelcallback", identifier)

    def alter(self, identifier: str, **entry: str) -> None:
        """Register it anew with other values, as GPFS has no command that changes one; it then stands last."""
        self[identifier] = self[identifier] | entry

    def replace(self, entries: Mapping[str, Mapping[str, str]]) -> None:
        """Put these in the place of all that there are."""
        if there := list(self):
            self._run("mmdelcallback", ",".join(there))
        with tempfile.NamedTemporaryFile("w") as file:
            file.writelines(" ".join(_definition(*one)) + "\n" for one in entries.items())
            file.flush()
            self._run("mmaddcallback", "-S", file.name)


def _definition(identifier: str, entry: Mapping[str, str]) -> list[str]:
    words = [identifier]
    for key, value in entry.items():
        if key == "parms":
            words += [word for one in value.split() for word in ("--parms", one)]
        else:
            words += ["--sync"] if key == "sync" else [_OPTIONS[key], value]
    return words


class RecordedGPFS:
    """An emulated cluster whose command lines are recorded and counted, and can be made to fail.

    A command, or an option, that the emulator does not know is an error of the test. Text that it would never
    print can be given as an `answer`.

    Attributes:
        emulator: the cluster.
        callbacks: what is registered.
        calls: the words of each command line, in order.
        used: the names of all commands that the emulator was asked to run.
        fails: what the next runs of a command fail with, an empty text where one of them does not.
        before: called before each command.
        after: called after each command that succeeded.
        checks: how many processes were asked to rebuild captured functions.
    """

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.callbacks = Registrations(emulator)
        self.calls: list[Words] = []
        self.used: set[str] = set()
        self.fails: dict[str, list[str]] = {}
        self.before: Callable[[Words], None] = lambda words: None
        self.after: Callable[[Words], None] = lambda words: None
        self.checks = 0
        self._answers: dict[str, Answer | Callable[[str], Answer]] = {}

    def __call__(self, argv: tuple[str, ...], timeout: float) -> Completed:
        words = (Path(argv[0]).name, *argv[1:])
        if not words[0].startswith("mm"):
            self.checks += 1
            return check(argv, timeout)
        self.calls.append(words)
        self.before(words)
        reasons = self.fails.get(words[0], [])
        if reasons and (reason := reasons.pop(0)):
            return Completed(argv, 1, "", f"{words[0]}: {reason}\n{words[0]}: Command failed.\n")
        status, stdout, stderr = self._answered(words) or self._emulated(words)
        if status == 0:
            self.after(words)
        return Completed(argv, status, stdout, stderr)

    def _answered(self, words: Words) -> tuple[int, str, str] | None:
        line = " ".join(words)
        known = [beginning for beginning in self._answers if f"{line} ".startswith(f"{beginning} ")]
        if not known:
            return None
        answer = self._answers[max(known, key=len)]
        if callable(answer):
            answer = answer(line)
        return (0, answer, "") if isinstance(answer, str) else (answer[0], "", answer[1])

    def _emulated(self, words: Words) -> tuple[int, str, str]:
        self.used.add(words[0])
        done = self.emulator.run(words, cwd=Path.cwd())
        if done.returncode == NOT_EMULATED:
            pytest.fail(f"nothing answers {' '.join(words)}: {done.stderr}")
        return done.returncode, done.stdout, done.stderr

    def answer(self, beginning: str, answer: Answer | Callable[[str], Answer]) -> None:
        """Answer command lines that begin so with this text, failure or function."""
        self._answers[beginning] = answer

    def run(self, line: str) -> str:
        """Run a command as another program would: it is not recorded, must succeed, and what it printed is returned."""
        status, stdout, stderr = self._emulated(tuple(line.split()))
        assert status == 0, (line, stderr)
        return stdout

    def mount_point(self, filesystem: str = "mmfs1") -> str:
        """Where a file system is mounted: in a folder of the test run, where real files can be."""
        return self.emulator.state.filesystems[filesystem].mount_point

    def switch(self, **answers: str) -> None:
        """Let the emulator answer open questions in another way."""
        self.emulator.set_switches(answers)

    def count(self, name: str | None = None) -> int:
        return len(self.calls) if name is None else sum(words[0] == name for words in self.calls)

    @property
    def changing(self) -> int:
        """How many commands have changed callbacks."""
        return sum(words[0] in CHANGING for words in self.calls)

    def names(self) -> list[str]:
        return [words[0] for words in self.calls]

    @property
    def ran(self) -> list[str]:
        """The command lines, as texts."""
        return [" ".join(words) for words in self.calls]

    def taken(self) -> list[str]:
        """The command lines since the last call."""
        ran = self.ran
        self.calls.clear()
        return ran


class Arrangement:
    """A cluster in this process and how it is before each test; its making is shared, since it takes a while."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        emulator.conditions.stop()  # nothing happens by itself, and no thread is there where a test forks
        self._begun: RecordedGPFS | None = None
        self.keep()

    def arrange(self, change: Callable[[State], None]) -> None:
        """Alter what each test begins with."""
        with self.emulator.change() as state:
            change(state)
        self.keep()

    def keep(self) -> None:
        """Let tests begin with the cluster as it is now."""
        self._first = self.emulator.state.copy()
        shutil.rmtree(self._files, ignore_errors=True)
        shutil.copytree(self.emulator.place.mounts, self._files)

    @property
    def _files(self) -> Path:
        return self.emulator.place.directory / "first"

    def begin(self) -> RecordedGPFS:
        """Return to how it was."""
        with self.emulator.change() as state:
            vars(state).update(vars(self._first.copy()))
        if self._begun is not None and not MOVING_FILES.isdisjoint(self._begun.used):
            shutil.rmtree(self.emulator.place.mounts)
            shutil.copytree(self._files, self.emulator.place.mounts)
        self._begun = RecordedGPFS(self.emulator)
        return self._begun


def name_cluster(state: State) -> None:
    """Call the cluster and its nodes as IBM's documentation and published programs do, n1, n2 and mynode."""
    state.name, state.domain = "democluster.localnet", "localnet"
    for node in state.nodes.values():
        node.ip = f"10.0.0.{node.number}"
    state.switches["list_node_form"] = "class"


@pytest.fixture(scope="session")
def small_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arrangement]:
    directory = tmp_path_factory.mktemp("gpfs") / "cluster"
    with Emulator(
        ["n1.localnet", "n2.localnet", "mynode.localnet"],
        {"mmfs1": 1 << 20, "mmfs2": 1 << 20},
        directory=directory,
    ) as emulator:
        arrangement = Arrangement(emulator)
        arrangement.arrange(name_cluster)
        assert emulator.run(["mmcrnodeclass", "gateways", "-N", "n1,n2"]).returncode == 0
        arrangement.keep()
        yield arrangement


@pytest.fixture
def gpfs(
    small_cluster: Arrangement, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[RecordedGPFS]:
    """A cluster of the nodes n1, n2 and mynode, with the node class gateways and no callback; every call recorded."""
    driver = tmp_path / "callbackdriver.py"
    state = str(tmp_path / "driver-state")
    driver.write_text(f"#!{sys.executable} -ISXutf8\nmain(\n    emulated=True,\n    state={state!r},\n)\n")
    driver.chmod(0o755)
    monkeypatch.setenv("ARCAPIX_GPFS_DRIVER", str(driver))
    monkeypatch.setenv("ARCAPIX_GPFS_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("ARCAPIX_GPFS_KEY", str(tmp_path / "gpfs.key"))
    monkeypatch.setenv("ARCAPIX_GPFS_BIN", str(tmp_path / "bin"))
    recorded = small_cluster.begin()
    with process.using(recorded):
        yield recorded


@pytest.fixture
def roomy(gpfs: RecordedGPFS) -> RecordedGPFS:
    """The cluster, known to keep whole whatever it is given: no listing follows an installation."""
    journal.folder().mkdir(parents=True)
    room.remember(
        [CallbackRecord("x", f"/opt/{installation.STUB}", ("mount",), (), ("x" * sealing.LIMIT * 2,))]
    )
    return gpfs


@pytest.fixture
def script(tmp_path: Path) -> str:
    path = tmp_path / "alert.sh"
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return os.fspath(path)
