"""Makes things happen in an emulated cluster, one at a time, and notes which events follow, and where."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from arcapix.fs.gpfs import events
from arcapix.fs.gpfs.emulator import CallbackProcess, Emulator

_IDLE = 20.0
_MIB = 1 << 20


class Stage:
    """An emulated cluster of three nodes and one file system of 1 MiB, with a callback for every event."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.filesystem = Path(emulator.state.filesystems["mmfs1"].mount_point)

    def mm(self, line: str) -> None:
        """Run an mm command, which must succeed."""
        done = self.emulator.run(line.split())
        if done.returncode:
            raise RuntimeError(f"{line}: {done.stderr}")

    def listen(self, events_: str, *options: str) -> None:
        """Register a callback that notes every variable."""
        words = " ".join(f"{name}=%{name}" for name in events.VARIABLES)
        done = self.emulator.run(
            ("mmaddcallback", "all", "--command", "/bin/true", "--event", events_, "--parms", words, *options)
        )
        if done.returncode:
            raise RuntimeError(done.stderr)

    def settle(self) -> int:
        """Wait until all is quiet; return how many runs there were."""
        if not self.emulator.wait_idle(_IDLE):
            raise RuntimeError("the emulated cluster does not come to rest")
        return len(self.emulator.records())

    def fill(self, size: int) -> None:
        """Fill the file system with this many bytes."""
        self.filesystem.joinpath("filler").write_bytes(os.urandom(size))

    def fileset(self, limits: str) -> None:
        """Make a fileset with a quota."""
        self.mm("mmcrfileset mmfs1 projects --inode-space new")
        self.mm("mmlinkfileset mmfs1 projects")
        self.mm(f"mmsetquota mmfs1:projects {limits}")

    def files(self, count: int) -> None:
        """Make the fileset hold this many files."""
        for path in self.filesystem.glob("projects/*"):
            path.unlink()
        for number in range(count):
            self.filesystem.joinpath("projects", str(number)).write_bytes(b"x" * 8192)

    def failing_guard(self, event: str, onerror: str) -> None:
        """Register a synchronous callback that fails."""
        self.mm(f"mmaddcallback guard --command /bin/false --event {event} --sync --onerror {onerror}")


@dataclass(frozen=True)
class Cause:
    """Something that can happen.

    Attributes:
        text: What it is.
        happen: Makes it happen.
        before: Prepares the cluster; events that it raises do not count.
        fired: An event that is part of the cause, played by hand.
    """

    text: str
    happen: Callable[[Stage], None]
    before: Callable[[Stage], object] = Stage.settle
    fired: str = ""


def _mm(line: str, before: str = "") -> Cause:
    return Cause(
        f"`{line}`", lambda stage: stage.mm(line), lambda stage: stage.mm(before) if before else None
    )


def _pass_the_limit(stage: Stage) -> None:
    stage.fileset("--files 5:10")
    stage.files(8)


def _guard_the_mount(stage: Stage) -> None:
    stage.mm("mmumount mmfs1 -N n2")
    stage.failing_guard("mount", "shutdown")


def _fire(stage: Stage, event: str) -> None:
    stage.emulator.fire(event, "n1")


CAUSES: tuple[Cause, ...] = (
    _mm("mmmount mmfs1 -N n2", before="mmumount mmfs1 -N n2"),
    _mm("mmumount mmfs1 -N n2"),
    _mm("mmshutdown -N n3"),
    _mm("mmstartup -N n3", before="mmshutdown -N n3"),
    _mm("mmshutdown -a"),
    _mm("mmstartup -a", before="mmshutdown -a"),
    Cause("`arcapix-gpfs emulate crash n1`, the cluster manager", lambda stage: stage.emulator.crash("n1")),
    Cause(
        "`arcapix-gpfs emulate crash n2` while n3 is down: no quorum remains",
        lambda stage: stage.emulator.crash("n2"),
        lambda stage: stage.mm("mmshutdown -N n3"),
    ),
    Cause(
        "`arcapix-gpfs emulate partition n1`: n1 alone, the others have quorum",
        lambda stage: stage.emulator.partition(["n1"]),
    ),
    Cause(
        "`arcapix-gpfs emulate heal` after that",
        lambda stage: stage.emulator.heal(),
        lambda stage: stage.emulator.partition(["n1"]),
    ),
    _mm("mmchmgr -c n2"),
    _mm("mmchmgr mmfs1 n2"),
    Cause("bytes written pass 90 % of a pool", lambda stage: stage.fill(_MIB * 95 // 100)),
    Cause("bytes written reach the size of a pool", lambda stage: stage.fill(_MIB)),
    Cause(
        "the files of a fileset pass the soft limit of its quota",
        lambda stage: stage.files(8),
        lambda stage: stage.fileset("--files 5:10"),
    ),
    Cause(
        "the bytes of a fileset pass the soft limit of its quota",
        lambda stage: stage.files(4),
        lambda stage: stage.fileset("--block 16K:1M"),
    ),
    Cause(
        "the usage of a fileset falls to the soft limit or below",
        lambda stage: stage.files(2),
        _pass_the_limit,
    ),
    _mm("mmcrsnapshot mmfs1 nightly"),
    _mm("mmchdisk mmfs1 stop -d mmfs1_nsd1"),
    Cause(
        "`arcapix-gpfs emulate fail disk mmfs1_nsd1`", lambda stage: stage.emulator.fail_disk("mmfs1_nsd1")
    ),
    Cause(
        "a synchronous callback with `--onerror shutdown` fails on n2, here one for mount",
        lambda stage: stage.mm("mmmount mmfs1 -N n2"),
        _guard_the_mount,
    ),
    Cause(
        "`arcapix-gpfs emulate fire tiebreakerCheck`, whose synchronous callback with `--onerror quorumLoss` "
        "fails",
        lambda stage: _fire(stage, "tiebreakerCheck"),
        lambda stage: stage.failing_guard("tiebreakerCheck", "quorumLoss"),
        fired="tiebreakerCheck",
    ),
)


@dataclass(frozen=True)
class Played:
    """What followed a cause.

    Attributes:
        text: The cause.
        raised: Events in the order of their first runs, each with the nodes where callbacks ran.
        supplied: Event -> the variables that had a value.
    """

    text: str
    raised: tuple[tuple[str, tuple[str, ...]], ...]
    supplied: Mapping[str, frozenset[str]]


@contextmanager
def _stage() -> Iterator[Stage]:
    switches = {"tiebreaker_guard": "accept"}
    with Emulator(["n1", "n2", "n3"], {"mmfs1": _MIB}, switches=switches) as emulator:
        yield Stage(emulator)


def play(cause: Cause) -> Played:
    """Make a cause happen in a cluster of its own."""
    with _stage() as stage:
        stage.listen(",".join(events.EVENTS))
        cause.before(stage)
        before = stage.settle()
        cause.happen(stage)
        stage.settle()
        runs = [run for run in stage.emulator.records()[before:] if run.callback == "all"]
    raised: dict[str, list[str]] = {}
    supplied: dict[str, frozenset[str]] = {}
    for run in runs:
        event = events.canonical(run.event) or run.event
        if event == cause.fired:
            continue
        if run.node not in raised.setdefault(event, []):
            raised[event].append(run.node)
        supplied[event] = supplied.get(event, frozenset()) | _values(run).keys()
    return Played(
        cause.text, tuple((event, tuple(sorted(nodes))) for event, nodes in raised.items()), supplied
    )


def _values(run: CallbackProcess) -> dict[str, str]:
    """The variables of a run that had a value."""
    pairs = (word.partition("=") for word in run.arguments)
    return {name: value for name, _, value in pairs if value not in ("UNDEFINED", "%" + name)}


@cache
def common_variables() -> Mapping[str, str]:
    """The variables that an event has although none were given, with example values."""
    with _stage() as stage:
        stage.mm("mmshutdown -N n3")
        stage.listen("afmPrepopEnd")
        before = stage.settle()
        stage.emulator.fire("afmPrepopEnd", "n1")
        stage.settle()
        (run,) = stage.emulator.records()[before:]
    values = _values(run)
    return {
        name: "2026-11-22_14:10:09" if name == "eventTime" else values[name]
        for name in events.VARIABLES
        if name in values
    }
