"""What becomes of a program: the same on the node as here, or a refusal; anything else is a fault."""

from __future__ import annotations

import itertools
import linecache
import os
import pickle
import re
import select
import signal
import subprocess
import sys
import traceback
import types
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from arcapix.fs.gpfs import capture
from arcapix.fs.gpfs.commands import process
from arcapix.fs.gpfs.deployment import installation
from arcapix.fs.gpfs.exceptions import CaptureError
from arcapix.fs.gpfs.registration import sealing

from .node import OBSERVER, Hang, Node
from .programs import FUTURE, NAME, program

TIME_LIMIT = 60.0
_RUNS = 5
SAME, REFUSED, NOT_PROVED, NO_PROGRAM = "same", "refused", "not proved", "no program"
"""What may become of a program: it passes, `capture` says no, `verify` says no, it does not run even here."""


ENTRY = """
def entry():
    with open({path!r}, "w", encoding="utf-8", errors="surrogatepass", newline="") as file:
        file.write(target(lambda roots: look(roots, ({name!r},))))
"""


# By text and under this name, as on the node: some library objects note who has made them.
_observer: dict[str, Any] = {"__name__": "observer"}
exec(compile(OBSERVER, "observer", "exec"), _observer)


@dataclass(frozen=True)
class Outcome:
    """What became of a program."""

    kind: str
    """One of those above, or a fault."""
    detail: str = ""
    needless: bool = False
    """Whether what was not proved would have been the same on the node."""
    form: str = ""

    @property
    def is_fault(self) -> bool:
        return self.kind not in (SAME, REFUSED, NOT_PROVED, NO_PROGRAM)


class Laboratory:
    """Tries programs, each in a process of its own: they may change the library, or never end."""

    def __init__(self, folder: Path, node: Node) -> None:
        self._folder = folder
        self._node = node

    def draw(self, seeds: list[int]) -> tuple[str, Outcome]:
        """Make a program from numbers and try it."""
        return self._apart(lambda: (text := program(seeds), self._outcome(text)))

    def outcome(self, text: str) -> Outcome:
        """Run a program, capture it, and compare what it gives here with what it gives on the node."""
        return self._apart(lambda: (text, self._outcome(text)))[1]

    def through(self, driver: Driver, text: str) -> Outcome:
        """Do the same with a real driver."""
        return self._apart(lambda: (text, driver.outcome(self, text)))[1]

    def _apart(self, work: Callable[[], tuple[str, Outcome]]) -> tuple[str, Outcome]:
        self._node.start()
        answer = self._folder / "answer"
        answer.unlink(missing_ok=True)
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # of a fork beside pytest-xdist's threads; and what programs warn of
            child = os.fork()
            if not child:
                _answer(answer, work)
        descriptor = os.pidfd_open(child)
        hangs = not select.select([descriptor], [], [], TIME_LIMIT)[0]
        os.close(descriptor)
        if hangs:
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if answer.exists():
            text, outcome = pickle.loads(answer.read_bytes())
        else:
            text = ""
            outcome = Outcome("hang" if hangs else "crash", f"the process ends with status {status}")
        if outcome.kind in ("hang", "crash"):
            self._node.stop()
        return text, outcome

    def load(self, text: str) -> types.ModuleType:
        """Run a program as a module of its own."""
        path = self._folder / f"{NAME}.py"
        path.write_text(text, encoding="utf-8", errors="surrogatepass")
        linecache.clearcache()
        module = types.ModuleType(NAME)
        module.__file__ = str(path)
        sys.modules[NAME] = module
        exec(compile(text, str(path), "exec", dont_inherit=True), vars(module))
        return module

    def _outcome(self, text: str) -> Outcome:
        try:
            expected = _seen(self.load(text))
            module = self.load(text)
        except Exception as error:
            return Outcome(NO_PROGRAM, _shown(error))
        try:
            captured = capture.capture(module.target)
        except CaptureError as error:
            return Outcome(REFUSED, str(error))
        except Exception as error:
            return Outcome("crash of capture", _shown(error))
        again = self.load(text)
        if _without_addresses(capture.capture(again.target).body) != _without_addresses(captured.body):
            found = Outcome("other bytes for the same program", captured.form)
            return self._fault(text, expected, found, again, module)
        sys.modules[NAME] = module
        try:
            with process.using(self._node.execute):
                (proved,) = capture.verify(captured)
        except CaptureError as error:
            given = self._node.observe(captured, (NAME,))
            return Outcome(NOT_PROVED, str(error), given == expected, captured.form)
        except Exception as error:
            return Outcome("crash of verify", _shown(error))
        afterwards = _seen(module)
        if afterwards != expected:
            found = Outcome("capture disturbs", first_difference(expected, afterwards))
            return self._fault(text, expected, found)
        given = self._node.observe(proved, (NAME,))
        if given != expected:
            found = Outcome("different", first_difference(expected, given), form=proved.form)
            return self._fault(text, expected, found)
        return Outcome(SAME, form=proved.form)

    def _fault(self, text: str, expected: str, found: Outcome, *loaded: types.ModuleType) -> Outcome:
        """Return a fault, unless the program depends on addresses: then it differs here from run to run."""
        for run in itertools.chain(loaded, (self.load(text) for _ in range(_RUNS))):
            sys.modules[NAME] = run
            if difference := first_difference(expected, _seen(run)):
                return Outcome(NO_PROGRAM, f"it is another one each time that it runs\n{difference}")
        return found


class Driver:
    """A driver that is installed as on a node, and programs that are brought to it as an installation does."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stub = installation.install(folder / "driver", {"key": str(folder / "gpfs.key")})
        self._seen = folder / "seen"

    def outcome(self, laboratory: Laboratory, text: str) -> Outcome:
        """Do what `Laboratory.outcome` does, with real processes and the observer as a part of the program."""
        expected = _seen(laboratory.load(text))
        future, header = ("", text) if not text.startswith(FUTURE) else (FUTURE, text.removeprefix(FUTURE))
        whole = laboratory.load(
            f"{future}{OBSERVER}\n{header}\n{ENTRY.format(path=str(self._seen), name=NAME)}"
        )
        try:
            (proved,) = capture.verify(capture.capture(whole.entry, ((), {})))
        except CaptureError as error:
            return Outcome(NOT_PROVED, str(error))
        fields = {"id": "fuzz_1", "fn": f"{NAME}.entry", "py": "{}.{}".format(*proved.minimum)}
        token = sealing.make(fields | ({"fm": "b"} if proved.form == "bytecode" else {}), proved.body, None)
        self._seen.unlink(missing_ok=True)
        done = subprocess.run(
            [str(self._stub), token, "eventName=mount"],
            env={},
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=60,
        )
        if done.returncode or not self._seen.exists():
            log = (self._folder / "driver" / "log" / "callbackdriver.log").read_text(errors="replace")
            return Outcome("failure in the driver", log[-2000:])
        given = self._seen.read_text("utf-8", "surrogatepass")
        kind = SAME if given == expected else "different"
        return Outcome(kind, first_difference(expected, given), form=proved.form)


def first_difference(expected: str, given: str) -> str:
    """Return the first lines that differ, with what each side has there."""
    here, there = expected.split("\n"), given.split("\n")
    for one, other in zip(here, there):
        if one != other:
            return f"here:    {one}\non node: {other}"
    longer, side = (here, "here") if len(here) > len(there) else (there, "on node")
    return f"only {side}: {longer[min(len(here), len(there))]}" if len(here) != len(there) else ""


def _seen(module: types.ModuleType) -> str:
    text: str = module.target(lambda roots: _observer["look"](roots, (NAME,)))
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "surrogatepass")


def _without_addresses(body: bytes) -> bytes:
    """Leave out what shows in texts: addresses, as of a dataclass's defaults, and the order of sets."""
    return re.sub(rb"0x[0-9a-f]+|\{[^{}]*\}", b"", body)


def _shown(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
    return f"{type(error).__name__}: {str(error)[:300]} ({place})"


def _answer(path: Path, work: Callable[[], tuple[str, Outcome]]) -> None:
    """Do the work of a child, and end it."""
    try:
        try:
            done = work()
        except Hang as error:
            done = "", Outcome("hang", str(error))
        except BaseException as error:
            done = "", Outcome("crash", "".join(traceback.format_exception(error)[-3:]))
        path.with_suffix(".new").write_bytes(pickle.dumps(done))
        path.with_suffix(".new").rename(path)
    finally:
        os._exit(0)
