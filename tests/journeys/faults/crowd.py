"""A crowd of programs that change the same callbacks at once, each of which writes down what it was told.

The program of a test: it imports the API once and forks, so that a round of twenty takes seconds. Its arguments are a
seed, how many rounds and programs there are, and how many calls each of them makes; the environment names the cluster.
It prints one JSON object for each round.
"""

from __future__ import annotations

import functools
import json
import os
import random
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from arcapix.fs.gpfs import AlreadyExists, Cluster, GPFSError
from arcapix.fs.gpfs.commands import process
from arcapix.fs.gpfs.registration import journal, registry

NODES = ("n1", "n2", "n3")
"""Each has a folder of its own for what it keeps, and so a lock of its own."""

CHANGED = ("changed0", "changed1")
"""Always there: nobody deletes them, or installs them anew."""
COMING_AND_GOING = ("a", "b", "c")
CUT_SHORT = "cut-short"
"""Was deleted for a change whose program was killed, on the first node."""
EVENTS = ("startup", "shutdown", "mount", "unmount", "preMount", "preUnmount", "nodeJoin", "nodeLeave")


def handler(tag: str) -> None:
    print(tag)


def facts() -> dict[str, Any]:
    """What is registered: tag, events and priority of each."""
    return {one.id: [one.parms[0], sorted(one.events), one.priority] for one in Cluster().callbacks}


class Noted:
    """Runs commands as before, and notes when each began and ended."""

    def __init__(self) -> None:
        self._run = process.runner()
        self.commands: list[tuple[str, float, float]] = []

    def __call__(self, argv: tuple[str, ...], timeout: float) -> process.Completed:
        started = time.monotonic()
        try:
            return self._run(argv, timeout)
        finally:
            self.commands.append((Path(argv[0]).name, started, time.monotonic()))


def settle_in(states: Path, tag: str) -> None:
    """Make the cluster what a round begins with."""
    os.environ["ARCAPIX_GPFS_STATE"] = str(states / NODES[0])
    for callback in Cluster().callbacks:
        callback.delete()
    for identifier in (*CHANGED, *COMING_AND_GOING, CUT_SHORT):
        Cluster().callbacks.new(identifier, handler, EVENTS[:2], parms=[tag])
    with journal.alone(), journal.kept([registry.find(CUT_SHORT)]):
        registry.delete(CUT_SHORT)


def drawn(chance: random.Random, tag: str) -> tuple[str, list[str], Any, Callable[[], Any]]:
    """Draw a call: its kind, its callbacks, its detail, and itself."""
    callbacks = Cluster().callbacks
    identifier = chance.choice((*CHANGED, *CHANGED, *COMING_AND_GOING, CUT_SHORT))
    kinds = ["add", "add", "remove", "priority", "replace"]
    if identifier not in CHANGED:
        kinds += ["new", "new", "delete", "batch", "recover"]
    kind, event, number = chance.choice(kinds), chance.choice(EVENTS), chance.randrange(1000)
    name = f"{tag}-{number}"
    install = functools.partial(callbacks.new, identifier, handler, event, parms=[name])
    match kind:
        case "add":
            return kind, [identifier], event, lambda: callbacks[identifier].add(event=event)
        case "remove":
            return kind, [identifier], event, lambda: callbacks[identifier].remove(event=event)
        case "priority":
            return kind, [identifier], number, lambda: callbacks[identifier].change(priority=number)
        case "delete":
            return kind, [identifier], None, lambda: callbacks[identifier].delete()
        case "recover":
            return kind, [CUT_SHORT], None, callbacks.recover
        case "new":
            return kind, [identifier], [name, [event]], install
        case "replace":
            return kind, [identifier], [name, [event]], functools.partial(install, replace=True)
        case _:
            names = [identifier, name]
            spec_file = number % 2 == 0
            return kind, names, [name, [event]], functools.partial(batch, names, event, name, spec_file)


def batch(names: list[str], event: str, tag: str, spec_file: bool) -> None:
    with Cluster().callbacks.batch(spec_file=spec_file) as together:
        for name in names:
            together.new(name, handler, event, parms=[tag])


def told(act: Callable[[], Any]) -> tuple[str, Any]:
    """Make a call; return how it ended: ok, refused (nothing was done), or failed (who knows), and what it said."""
    try:
        answer = act()
    except (AlreadyExists, ValueError, KeyError) as error:
        # A callback is not found before anything is done to it, or after; a change may have begun.
        return ("failed" if isinstance(error, GPFSError) and error.exit_status == 3 else "refused"), str(
            error
        )
    except GPFSError as error:
        return "failed", str(error)
    return "ok", answer if isinstance(answer, list) else None


def program(states: Path, number: int, seed: str, count: int, go: float, output: Path) -> None:
    """Be one of the programs."""
    chance = random.Random(f"{seed} {number}")
    node = chance.choice(NODES)
    os.environ["ARCAPIX_GPFS_STATE"] = str(states / node)
    noted = Noted()
    process.set_runner(noted)
    entries = []
    time.sleep(max(0.0, go - time.monotonic()))
    for turn in range(count):
        kind, names, detail, act = drawn(chance, f"p{number}-{turn}")
        noted.commands = []
        started = time.monotonic()
        outcome, said = told(act)
        entries.append(
            {
                "kind": kind, "names": names, "detail": detail, "outcome": outcome, "said": said, "node": node,
                "started": started, "ended": time.monotonic(), "commands": noted.commands,
            }
        )  # fmt: skip
    output.write_text(json.dumps(entries))


def crowd(states: Path, seed: str, programs: int, count: int) -> list[dict[str, Any]]:
    """Run one round, and return what the programs were told."""
    children = {}
    go = time.monotonic() + 0.3
    for number in range(programs):
        output = states / f"{number}.json"
        output.unlink(missing_ok=True)
        child = os.fork()
        if child == 0:
            status = 1
            try:
                signal.alarm(300)
                program(states, number, seed, count, go, output)
                status = 0
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(status)
        children[child] = output
    entries = []
    for child, output in children.items():
        _, status = os.waitpid(child, 0)
        assert status == 0, f"a program ended with {status}"
        entries += json.loads(output.read_text())
    return entries


def main(seed: str, rounds: int, programs: int, count: int) -> None:
    warnings.simplefilter("ignore")
    states = Path.cwd() / "states"
    states.mkdir(exist_ok=True)
    for number in range(rounds):
        settle_in(states, f"first{number}")
        first = facts()
        entries = crowd(states, f"{seed} {number}", programs, count)
        print(json.dumps({"first": first, "entries": entries, "last": facts()}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:5]))
