"""``once`` among up to 256 nodes: holders are killed, clocks are wrong, and the folder goes away, all at once.

``make test`` draws the same fates each time, for a few nodes. With all of them each run draws others;
``ONCE_SEED`` with the number that a run has printed draws those of that run again.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from arcapix.fs.gpfs.driver.once_record import Entry, OnceRecord

from ..processes import is_alive
from ..waiting import wait
from .nodes import Nodes, changed, function_of, with_clock

record = ""
"""Path of the file that handlers write to; captured by value."""

FEWER, FEW, MANY = 12, 24, 256
SLOW = [pytest.mark.slow, pytest.mark.timeout(600)]
WITHIN = 600
"""Seconds of the window."""
SECONDS, SECONDS_PER_NODE = 20, 0.1
"""How long the end of all nodes may take, on a machine that others use too."""
KINDS = ("driver", "function", "both")
"""Which of the two processes of a node are killed."""


def hold(fsName: str, myNode: str) -> None:
    with open(record, "a") as file:
        file.write(f"{myNode} {os.getpid()}\n")
    while not os.path.exists(f"{record}.go"):
        time.sleep(0.01)


class Crowd:
    """Nodes that one event reaches, and what is done to them."""

    def __init__(self, nodes: Nodes, seen: Path, count: int) -> None:
        given = os.environ.get("ONCE_SEED", random.SystemRandom().getrandbits(32) if count > FEW else 1)
        print(f"ONCE_SEED={given}")
        self.chance = random.Random(int(given))
        self.nodes = nodes
        self.seen = seen
        self.go = Path(f"{seen}.go")
        self.names = [f"n{number}" for number in range(count)]
        self.within = SECONDS + SECONDS_PER_NODE * count
        self.stub = nodes.stub
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.killed: dict[str, str] = {}
        """Which of their processes were killed."""
        self.holders: list[str] = []
        """Those of them that held the lock."""

    def begin(self, names: Iterable[str], token: str, stub: Callable[[], Path] | None = None) -> None:
        for name in names:
            self.nodes.stub = stub() if stub else self.stub
            self.processes[name] = self.nodes.begin(name, token)

    def wrong_clock(self) -> Path:
        return with_clock(self.stub, self.chance.randint(-3600, 3600))

    def begun(self) -> list[str]:
        """Return the nodes that have called the function, in order."""
        return [line.split()[0] for line in self.seen.read_text().splitlines()] if self.seen.exists() else []

    def kill(self, node: str) -> None:
        """Kill the driver, the process of the function, or both, without a warning."""
        kind, function = self.chance.choice(KINDS), function_of(self.processes[node])
        if not function:
            kind = "driver"
        self.killed[node] = kind
        if kind != "function":
            self.processes[node].kill()
        if kind != "driver":
            try:
                os.kill(function, signal.SIGKILL)
            except ProcessLookupError:
                assert kind == "both"  # it has gone with its driver

    def kill_holder(self, node: str) -> None:
        self.holders.append(node)
        self.kill(node)

    def kill_some_that_wait(self, share: float) -> None:
        """Kill some of those that have come, and see them end; one of them holds the lock, and stays."""
        running, dying = self.begun(), []
        for node in self.processes:
            if node not in self.killed and node not in running and self.chance.random() < share:
                dying.append(function_of(self.processes[node]))
                self.kill(node)
        # A function ends after its driver, and until then would begin where the holder of the lock is killed.
        wait(lambda: not any(map(is_alive, dying)), "those that waited have ended")

    def has_begun(self, count: int) -> None:
        wait(lambda: len(self.begun()) >= count, f"{count} nodes have begun")

    def have_opened_record(self, names: Iterable[str]) -> None:
        left = [name for name in names if name not in self.killed]
        wait(
            lambda: all(self.nodes.has_opened_record(self.processes[name]) for name in left),
            "they hold the lock or wait for it",
        )

    def end(self) -> float:
        """Let the function return wherever it runs; return how long it took until all drivers had ended."""
        self.go.touch()
        began = time.monotonic()
        for process in self.processes.values():
            process.wait(max(1.0, began + self.within - time.monotonic()))
        return time.monotonic() - began

    def check_killed(self) -> None:
        """Check what became of nodes that were killed: a driver that lived on has recorded it."""
        for node, kind in self.killed.items():
            status = self.processes[node].returncode
            assert status == (1 if kind == "function" else -signal.SIGKILL), (node, kind)
            states = self.nodes.states(node)
            if kind == "function":
                assert states == [("interrupted", "killed by SIGKILL")]
            else:
                assert [state for state, _ in states] in ([], ["interrupted"])

    def have_ended(self, names: Iterable[str]) -> None:
        wait(lambda: all(self.processes[name].poll() is not None for name in names), "they have ended")

    def check_one_success(self, names: Iterable[str], winner: str) -> None:
        """Check that of these nodes one ran the function, and all that are left were told so."""
        fates = self.fates(names)
        others = fates.total() - 1
        assert fates == {("succeeded", ""): 1, ("skipped", f"once: {winner} has run it"): others}

    def fates(self, names: Iterable[str]) -> Counter[tuple[str, str]]:
        """Return states and reasons of the runs of these nodes that were not killed; each ended with status 0."""
        left = [node for node in names if node in self.processes and node not in self.killed]
        statuses = {node: self.processes[node].returncode for node in left}
        assert statuses == dict.fromkeys(left, 0)
        fates = [self.nodes.states(node) for node in left]
        assert [len(runs) for runs in fates] == [1] * len(left)
        return Counter(run for runs in fates for run in runs)

    def entry(self) -> Entry:
        """Return what the record says of the event, the only one."""
        (entry,) = self.nodes.entries()
        return entry

    def end_window(self) -> None:
        """Have everything in the record have happened so long ago that the window is over."""
        entry = self.entry()
        entry.succeeded -= entry.succeeded and WITHIN + 1
        entry.first -= WITHIN + 1
        shared = OnceRecord(str(self.nodes.shared), "handler_1")
        shared.write(entry)
        shared.close()

    def tell(self, what: str, seconds: float) -> None:
        kinds = [self.killed[node] for node in self.holders]
        waiting = len(self.killed) - len(kinds)
        print(
            f"{what}: {len(self.names)} nodes, {len(kinds)} holders killed {kinds}, {waiting} others killed, "
            f"{len(self.begun())} runs, all had ended {seconds:.1f} s after the end of the last one"
        )


@pytest.fixture
def crowd(tmp_path: Path, driver, seen: Path, count: int) -> Iterable[Crowd]:
    crowd = Crowd(Nodes(tmp_path, driver), seen, count)
    yield crowd
    for process in crowd.processes.values():
        process.kill()
        process.wait()


def let_it_happen(crowd: Crowd, token: str, kills: int, clock: Callable[[], Path] | None) -> float:
    """Let all nodes come while holders are killed, and others too; return how long the end took."""
    chance, coming = crowd.chance, list(crowd.names)
    for killed in range(kills):
        number = chance.randint(2, len(coming) // 2)
        crowd.begin(coming[:number], token, clock)
        del coming[:number]
        crowd.has_begun(killed + 1)
        if chance.random() < 0.5:
            crowd.have_opened_record(crowd.processes)
        time.sleep(0.3 * chance.random())
        crowd.kill_some_that_wait(0.2)
        assert len(crowd.begun()) == killed + 1
        crowd.kill_holder(crowd.begun()[-1])
    crowd.begin(coming, token, clock)
    if kills < 3:
        crowd.has_begun(kills + 1)
        crowd.kill_some_that_wait(0.2)
        time.sleep(0.5 * chance.random())
    return crowd.end()


@pytest.mark.parametrize(
    ("count", "kills", "clocks"),
    [
        (FEW, 2, "wrong"),
        (FEW, 3, "right"),
        *[
            pytest.param(MANY, kills, clocks, marks=SLOW)
            for kills in range(4)
            for clocks in ("right", "wrong")
        ],
    ],
)
def test_whoever_is_killed_and_whatever_clocks_say_there_is_one_success_or_three_failures(
    crowd, kills, clocks
):
    token = crowd.nodes.token(hold, "fsName", "myNode", once=f"{WITHIN}:run:30:")
    clock = crowd.wrong_clock if clocks == "wrong" else None
    seconds = let_it_happen(crowd, token, kills, clock)
    crowd.tell(f"{kills} kills, {clocks} clocks", seconds)
    succeeded = int(kills < 3)
    begun = crowd.begun()
    assert len(begun) == kills + succeeded
    assert begun[:kills] == crowd.holders
    crowd.check_killed()
    reason = f"once: {begun[-1]} has run it" if succeeded else f"once: failed on {', '.join(begun)}"
    skipped = len(crowd.names) - len(crowd.killed) - succeeded
    expected = {("succeeded", ""): succeeded, ("skipped", reason): skipped}
    assert crowd.fates(crowd.names) == {fate: number for fate, number in expected.items() if number}
    assert crowd.entry().generation == succeeded
    check_later_events(crowd, token, reason, clock)


def check_later_events(crowd: Crowd, token: str, reason: str, clock: Callable[[], Path] | None) -> None:
    """Check that another event is skipped for this reason, and that after the window one node runs again."""
    before = len(crowd.begun())
    generation = crowd.entry().generation
    second, third = [[f"{name}{number}" for number in range(6)] for name in ("second", "third")]
    crowd.begin(second, token, clock)
    crowd.end()
    assert crowd.fates(second) == {("skipped", reason): len(second)}
    crowd.end_window()
    crowd.begin(third, token, clock)
    crowd.end()
    (ran,) = crowd.begun()[before:]
    assert crowd.fates(third) == {
        ("succeeded", ""): 1,
        ("skipped", f"once: {ran} has run it"): len(third) - 1,
    }
    assert crowd.entry().generation == generation + 1


def of_three(names: list[str]) -> tuple[list[str], list[str], list[str]]:
    third = len(names) // 3
    return names[:third], names[third : 2 * third], names[2 * third :]


@pytest.mark.parametrize(
    ("count", "on_lost", "then"),
    [
        (FEWER, "run", "is back"),
        (FEWER, "skip", "is a new one"),
        *[
            pytest.param(MANY, on_lost, then, marks=SLOW)
            for on_lost in ("run", "skip")
            for then in ("is back", "stays away", "is a new one")
        ],
    ],
)
def test_a_folder_that_vanishes_keeps_those_that_wait_and_each_that_comes_is_on_its_own(crowd, on_lost, then):
    shared, away = crowd.nodes.shared, crowd.nodes.shared.with_name("away")
    token = crowd.nodes.token(hold, "fsName", "myNode", once=f"{WITHIN}:{on_lost}:30:")
    early, meanwhile, late = of_three(crowd.names)
    crowd.begin(early, token, crowd.wrong_clock)
    crowd.have_opened_record(early)
    crowd.has_begun(1)
    crowd.kill_some_that_wait(0.2)
    crowd.kill_holder(crowd.begun()[-1])
    shared.rename(away)
    crowd.has_begun(2)
    crowd.kill_holder(crowd.begun()[-1])
    crowd.has_begun(3)
    holder = crowd.begun()[-1]
    begin_without_a_folder(crowd, meanwhile, token, on_lost)
    if then == "is back":
        away.rename(shared)
    if then == "is a new one":
        shared.mkdir()
    if then == "stays away":
        begin_without_a_folder(crowd, late, token, on_lost)
    else:
        crowd.begin(late, token, crowd.wrong_clock)
        crowd.have_opened_record(late)
    crowd.tell(f"a folder that vanishes and {then}, {on_lost}", crowd.end())
    crowd.check_killed()
    lost = (
        f"once: the folder {shared} cannot be used: [Errno 2] No such file or directory: '{shared}/handler_1'"
    )
    alone = ("succeeded" if on_lost == "run" else "skipped", lost)
    assert crowd.fates(meanwhile) == {alone: len(meanwhile)}
    if then == "is back":
        crowd.check_one_success([*early, *late], holder)
        return
    crowd.check_one_success(early, holder)
    if then == "is a new one":
        crowd.check_one_success(late, crowd.begun()[-1])
    else:
        assert crowd.fates(late) == {alone: len(late)}


def begin_without_a_folder(crowd: Crowd, names: list[str], token: str, on_lost: str) -> None:
    """Begin nodes, and wait until each of them runs the function, or has left without."""
    before = len(crowd.begun())
    crowd.begin(names, token, crowd.wrong_clock)
    if on_lost == "run":
        crowd.has_begun(before + len(names))
    else:
        crowd.have_ended(names)


HANGING = """\
import posix, time
def hanging(call):
    def answer(descriptor, *given):
        file = posix.readlink(f"/proc/self/fd/{{descriptor}}")
        while file.startswith({shared!r}) and posix.access({marker!r}, 0):
            time.sleep(0.05)
        return call(descriptor, *given)
    return answer
posix.lockf, posix.pread = hanging(posix.lockf), hanging(posix.pread)
"""
"""What makes locks and reads of the shared folder hang on a node, as long as there is a marker."""


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    return tmp_path / "hangs"


@pytest.fixture
def hanging(crowd: Crowd, marker: Path) -> Path:
    """The stub of a node whose folder hangs while there is the marker."""
    return changed(
        crowd.stub, "hanging.py", HANGING.format(marker=str(marker), shared=str(crowd.nodes.shared))
    )


@pytest.mark.parametrize(
    ("count", "on_lost"),
    [(FEWER, "run"), *[pytest.param(MANY, on_lost, marks=SLOW) for on_lost in ("run", "skip")]],
)
def test_a_folder_that_hangs_for_some_is_lost_for_those_alone(crowd, marker, hanging, on_lost):
    lost_after = 1.5 + len(crowd.names) / 64
    token = crowd.nodes.token(hold, "fsName", "myNode", once=f"{WITHIN}:{on_lost}:{lost_after}:")
    sound, hung, late = of_three(crowd.names)
    crowd.begin(sound, token, crowd.wrong_clock)
    crowd.has_begun(1)
    crowd.begin(hung, token, lambda: hanging)
    crowd.have_opened_record([*sound, *hung])
    marker.touch()
    crowd.begin(late, token, lambda: hanging)
    if on_lost == "run":
        crowd.has_begun(1 + len(hung) + len(late))
    else:
        crowd.have_ended([*hung, *late])
    before = len(crowd.begun())
    crowd.kill_holder(crowd.begun()[0])
    crowd.has_begun(before + 1)
    marker.unlink()
    crowd.kill_holder(crowd.begun()[-1])
    crowd.has_begun(before + 2)
    crowd.tell(f"a folder that hangs, {on_lost}", crowd.end())
    crowd.check_killed()
    crowd.check_one_success(sound, crowd.begun()[-1])
    lost = f"once: the folder {crowd.nodes.shared} does not answer for {lost_after:g} s"
    alone = ("succeeded" if on_lost == "run" else "skipped", lost)
    assert crowd.fates([*hung, *late]) == {alone: len(hung) + len(late)}
    assert crowd.entry().generation == 1
    assert len(crowd.begun()) == before + 2
    again = [f"again{number}" for number in range(6)]
    crowd.begin(again, token, lambda: hanging)
    crowd.end()
    assert crowd.fates(again) == {("skipped", f"once: {crowd.begun()[-1]} has run it"): len(again)}


@pytest.mark.parametrize("count", [6])
def test_while_the_folder_hangs_at_the_end_of_the_run_nobody_else_runs(crowd, marker, hanging):
    token = crowd.nodes.token(hold, "fsName", "myNode")
    crowd.begin(["n0"], token, lambda: hanging)
    crowd.has_begun(1)
    crowd.begin(crowd.names[1:], token)
    crowd.have_opened_record(crowd.names)
    marker.touch()
    crowd.go.touch()
    time.sleep(0.5)
    assert [process.poll() for process in crowd.processes.values()] == [None] * 6
    marker.unlink()
    crowd.end()
    assert crowd.begun() == ["n0"]
    crowd.check_one_success(crowd.names, "n0")
