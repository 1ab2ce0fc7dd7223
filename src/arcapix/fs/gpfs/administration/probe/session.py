"""A run of the probe: what it has announced, may run therefore, and has seen.

Whatever it runs, through functions of ``commands`` or by `Session.ask`, is taken down. A command that its
step has not announced is not started.
"""

from __future__ import annotations

import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...commands import ClusterRecord, NodeRecord, process
from ...exceptions import GPFSError, GPFSExecuteException, GPFSNotInstalled
from .evidence import Evidence, Observations

__all__ = ["CHANGING", "PREFIX", "REMOTE", "Level", "LevelEnds", "LockBusy", "Session", "Step"]

PREFIX = "arcapix_probe_"
"""How identifiers, node classes and folders begin that the probe makes, so that it finds them again."""

REMOTE = "remote shell"
"""What the cluster's remote shell is called in what a level announces, and in evidence."""

CHANGING = frozenset(
    {
        "mmaddcallback",
        "mmchnodeclass",
        "mmcrnodeclass",
        "mmcrsnapshot",
        "mmdelcallback",
        "mmdelnodeclass",
        "mmdelsnapshot",
        "mmmount",
        "mmumount",
    }
)
"""The commands of the probe that change something, each for a moment."""

_SLOWER = 3
"""How many times as long as a listing a change is expected to take, until one was seen."""


_LOCK_BUSY = re.compile(r"Timed out waiting for lock|Local update lock is busy", re.IGNORECASE)


class LevelEnds(GPFSError):
    """There is no point in going on with a level; what it has made is taken back."""


class LockBusy(LevelEnds):
    """GPFS's lock stayed busy: whatever else would change something would wait as long."""


@dataclass(frozen=True)
class Step:
    """Something that a level does.

    Attributes:
        key: Its name; what it runs is taken down under it, unless it is asked for something else.
        does: What it does and changes, in words.
        commands: Programs, and how often it runs each at most.
        run: Does it.
    """

    key: str
    does: str
    commands: Mapping[str, int]
    run: Callable[[Session], object]


@dataclass(frozen=True)
class Level:
    """What the probe does at one level, after the lower ones.

    Attributes:
        number: Its number.
        harm: What it may disturb, in words.
        steps: Gives its steps, by what lower levels have seen.
        take_back: Takes back what the steps have left; None where they leave nothing.
        remarks: Gives further lines to be told before, such as callbacks of the site that will run, too.
        title: What it is called, if not by its number.
    """

    number: int
    harm: str
    steps: Callable[[Session], Sequence[Step]]
    take_back: Step | None = None
    remarks: Callable[[Session], Sequence[str]] = lambda _: ()
    title: str = ""

    @property
    def name(self) -> str:
        """What it is called in what is printed."""
        return self.title or f"level {self.number}"


@dataclass(frozen=True)
class Announcement:
    """What a level will do, as it is said before.

    Attributes:
        level: The level.
        does: What its steps do.
        commands: Programs, and how often each is run at most.
        seconds: How long that will take; None if nothing was seen yet to tell by.
    """

    level: Level
    does: Sequence[str]
    commands: Mapping[str, int]
    seconds: float | None

    @property
    def changes(self) -> int:
        """How many commands change something, at most."""
        return sum(count for name, count in self.commands.items() if name in CHANGING)


class Session:
    """One run of the probe.

    Args:
        filesystem: The file system that level 2 and above may use.
        node: The node on which level 3 may unmount it.

    Attributes:
        seen: All that was run, and what it printed.
        problems: What went wrong, a line each.
        classes: The node classes of the cluster, as level 0 has listed them.
        manager: The manager of the file system; None until level 2 has asked for it.
    """

    def __init__(self, filesystem: str | None = None, node: str | None = None) -> None:
        self.filesystem = filesystem
        self.node = node
        self.seen = Observations()
        self.problems: list[str] = []
        self.classes: list[str] = []
        self.manager: NodeRecord | None = None
        self.known_cluster: ClusterRecord | None = None
        self.known_node: NodeRecord | None = None
        self._tag = ""
        self._allowed: Counter[str] = Counter()
        self._runner = process.runner()
        self._folder: Path | None = None

    @property
    def cluster(self) -> ClusterRecord:
        """The cluster, as level 0 has listed it.

        Raises:
            GPFSError: It could not be listed.
        """
        if self.known_cluster is None:
            raise GPFSError("the cluster could not be listed; see what mmlscluster says")
        return self.known_cluster

    @property
    def here(self) -> NodeRecord:
        """This node.

        Raises:
            GPFSError: It was not found among those of the cluster.
        """
        if self.known_node is None:
            raise GPFSError("this node was not found in the cluster; see what mmlscluster and mmlsnode say")
        return self.known_node

    def folder(self) -> Path:
        """Return the folder of this run on this node; it is removed with what the levels have made."""
        if self._folder is None or not self._folder.is_dir():
            self._folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        return self._folder

    def ask(self, tag: str, name: str, *words: str, timeout: float = process.LIST_LIMIT) -> Evidence:
        """Run an mm command that changes nothing, whatever it answers.

        Args:
            tag: What it is run for.
            name: The command, without its directory.
            *words: Its arguments.
            timeout: Seconds.
        """
        return self._run(
            tag, lambda: process.execute((f"{process.directory()}/{name}", *words), timeout=timeout)
        )

    def change(self, tag: str, name: str, *words: str) -> Evidence:
        """Run an mm command that changes the configuration, whatever it answers.

        It is repeated while GPFS's lock is busy.

        Raises:
            LockBusy: The lock stayed busy.
        """
        return self._run(tag, lambda: process.run(name, *words, timeout=process.CHANGE_LIMIT, changing=True))

    def _run(self, tag: str, start: Callable[[], object]) -> Evidence:
        outer, self._tag = self._tag, tag
        try:
            start()
        except GPFSExecuteException as error:
            if _LOCK_BUSY.search(error.stdout) or _LOCK_BUSY.search(error.stderr):
                raise LockBusy("GPFS's lock stayed busy; probe again when nobody changes anything") from None
        finally:
            self._tag = outer
        return self.seen.last(tag)

    def announce(self, level: Level) -> Announcement:
        """Return what a level will do."""
        steps = [*level.steps(self), *([level.take_back] if level.take_back else [])]
        commands: Counter[str] = Counter()
        for step in steps:
            commands.update(step.commands)
        return Announcement(level, [step.does for step in steps], dict(commands), self._expected(commands))

    def _expected(self, commands: Mapping[str, int]) -> float | None:
        listings = [one.seconds for one in self.seen if one.words[0] not in CHANGING]
        changes = [one.seconds for one in self.seen if one.words[0] in CHANGING]
        if not listings:
            return None
        listing = sum(listings) / len(listings)
        change = sum(changes) / len(changes) if changes else listing * _SLOWER
        return sum(count * (change if name in CHANGING else listing) for name, count in commands.items())

    def perform(self, level: Level, told: Callable[[Step], object]) -> None:
        """Do what a level does; what goes wrong joins `problems`.

        Args:
            level: The level, which was announced.
            told: Called with each step before it begins.

        Raises:
            GPFSNotInstalled: There are no mm commands.
        """
        with process.using(self._recorded):
            try:
                for step in level.steps(self):
                    told(step)
                    if not self._do(step):
                        break
            finally:
                if level.take_back is not None:
                    told(level.take_back)
                    self._do(level.take_back)

    def _do(self, step: Step) -> bool:
        """Do one step; False if there is no point in going on."""
        self._tag, self._allowed = step.key, Counter(step.commands)
        try:
            step.run(self)
        except LevelEnds as error:
            self.problems.append(str(error))
            return False
        except GPFSNotInstalled:
            raise
        except (GPFSError, OSError) as error:
            self.problems.append(f"{step.key}: {str(error).partition(chr(10))[0]}")
        return True

    def _recorded(self, argv: tuple[str, ...], timeout: float) -> process.Completed:
        """Run a command that was announced, and take down how it ended."""
        cluster = self.known_cluster
        remote = cluster is not None and argv[0] == cluster.remote_shell
        program = REMOTE if remote else argv[0].rpartition("/")[2]
        words = (program, *argv[1:])
        self._count(words)
        started = time.perf_counter()

        def take_down(status: int | None, stdout: str, stderr: str) -> None:
            took = time.perf_counter() - started
            self.seen.add(Evidence(self._tag, words, status, stdout, stderr, took, time.time()))

        try:
            done = self._runner(argv, timeout)
        except GPFSExecuteException as error:
            take_down(error.returncode, error.stdout, error.stderr)
            raise
        take_down(done.returncode, done.stdout, done.stderr)
        return done

    def _count(self, words: tuple[str, ...]) -> None:
        previous = next(reversed(list(self.seen)), None)
        again = previous is not None and previous.words == words and previous.status != 0
        if again and words[0] in CHANGING:
            return  # the lock was busy
        if not self._allowed[words[0]]:
            raise GPFSError(f"{words[0]} was not run: this step has not announced it")
        self._allowed[words[0]] -= 1
