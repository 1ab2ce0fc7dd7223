"""What becomes of a program: the same on the node as here, or a refusal; anything else is a fault."""

from __future__ import annotations

import contextlib
import gc
import linecache
import re
import signal
import subprocess
import sys
import types
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from arcapix.fs.gpfs import capture
from arcapix.fs.gpfs.commands import process
from arcapix.fs.gpfs.deployment import installation
from arcapix.fs.gpfs.exceptions import CaptureError
from arcapix.fs.gpfs.registration import sealing

from . import observer
from .node import OBSERVER, Hang, Node

NAME = "fuzzed"
"""The name of a program's module."""
TIME_LIMIT = 20.0
SAME, REFUSED, NOT_PROVED, NO_PROGRAM = "same", "refused", "not proved", "no program"
"""What may become of a program: it passes, `capture` says no, `verify` says no, it does not run even here."""


FUTURE = "from __future__ import annotations\n"
ENTRY = """
def entry():
    with open({path!r}, "w", encoding="utf-8", errors="surrogatepass", newline="") as file:
        file.write(target(lambda roots: look(roots, ({name!r},))))
"""


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
    """Tries programs, many in one process."""

    def __init__(self, folder: Path, node: Node) -> None:
        self._folder = folder
        self._node = node

    def outcome(self, text: str) -> Outcome:
        """Run a program, capture it, and compare what it gives here with what it gives on the node."""
        before = dict(sys.modules)
        try:
            with warnings.catch_warnings(), _limited():
                warnings.simplefilter("ignore")
                return self._outcome(text)
        except Hang as error:
            return Outcome("hang", str(error))
        finally:
            for name in sys.modules.keys() - before.keys():
                if name == NAME:
                    del sys.modules[name]
            linecache.clearcache()

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
            return Outcome("other bytes for the same program", captured.form)
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
            return Outcome("capture disturbs", first_difference(expected, afterwards))
        given = self._node.observe(proved, (NAME,))
        if given != expected:
            return Outcome("different", first_difference(expected, given), form=proved.form)
        return Outcome(SAME, form=proved.form)


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
    text: str = module.target(lambda roots: observer.look(roots, (NAME,)))
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "surrogatepass")


def _without_addresses(body: bytes) -> bytes:
    """The library writes a dataclass's documentation with the representations of its defaults."""
    return re.sub(rb"0x[0-9a-f]+", b"0x", body)


def _shown(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
    return f"{type(error).__name__}: {str(error)[:300]} ({place})"


@contextlib.contextmanager
def _limited() -> Iterator[None]:
    """Raise `Hang` in what takes too long here; a time limit that is set already comes a little later."""

    def at_the_limit(*_: object) -> None:
        raise Hang("this process")

    handler = signal.signal(signal.SIGALRM, at_the_limit)
    left, _ = signal.setitimer(signal.ITIMER_REAL, TIME_LIMIT)
    try:
        yield
    finally:
        used = TIME_LIMIT - signal.getitimer(signal.ITIMER_REAL)[0]
        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, max(left - used, 0.1) if left else 0)
        gc.collect(0)
