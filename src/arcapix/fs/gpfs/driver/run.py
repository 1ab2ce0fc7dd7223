"""One run: prepare, rebuild, call, finish, record. Loaded only for an event that is ours."""

from __future__ import annotations

import marshal
import posix
import sys
import time

from . import environment
from .decision import FAILED, SUCCEEDED, Firing, defined
from .records import Records

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any

_REPR_CHARACTERS = 1_000
_RUNS_PER_CLEANING = 64
"""One run in this many, chosen by process number, removes what killed runs have left behind."""


class Run:
    """The run of one function for one event."""

    def __init__(self, firing: Firing) -> None:
        environment.own_descriptors()
        self.firing = firing
        self.records = Records(firing)
        self.body = b""
        self.learned = b""
        """What this node should remember of the function; empty if it knows that already."""
        self.unusable = ""
        """Why one of GPFS's values cannot be handed to the function."""

    def run(self) -> int:
        """Run the function from its record's first line to its last; return the exit status."""
        records = self.records
        records.begin()
        self.prepare()
        status, reason = self.perform()
        if posix.getpid() != records.pid:  # a child that the function forked, which has nothing to record
            posix._exit(status)
        records.end(status, reason, time.time())
        if self.learned:
            self.firing.keep(self.learned)
        if records.pid % _RUNS_PER_CLEANING == 0:
            from . import stale_runs

            stale_runs.remove(records.output.rpartition("/")[0])
        return status

    def prepare(self) -> None:
        """Set up the surroundings that every function finds, whatever GPFS handed over."""
        posix.chdir("/")
        posix.umask(0o022)
        try:
            environment.redirect(self.records.output)
        except OSError as error:
            self.records.complain(f"the output of this run is lost: {error}")
        environment.clean_environment(
            {"TZ", *self.firing.configuration["keep_environment"]},
            {
                **self.firing.configuration["set_environment"],
                "PATH": self.firing.configuration["path"],
                "ARCAPIX_CALLBACK_ID": self.firing.callback,
                "ARCAPIX_EVENT": self.firing.event,
            },
        )
        environment.complete_interpreter()
        sys.meta_path.insert(0, self)

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:  # noqa: ARG002
        """Watch for a function that gives up rights, once it imports ``os``, which it needs for that."""
        if name == "os":
            sys.meta_path.remove(self)
            from . import privileges

            privileges.watch(self.records)

    def perform(self) -> tuple[int, str]:
        """Call the function, and wait for all that it started; return exit status and reason."""
        status, reason = self.call()
        try:
            environment.settle()
        except BaseException as error:
            status, reason = FAILED, _report(error)
        return status, reason

    def call(self) -> tuple[int, str]:
        """Rebuild the function and call it; return exit status and, after a failure, a one-line reason."""
        try:
            function, (positional, keywords) = self.rebuild()
            arguments = [self.argument(item) for item in positional]
            named = {name: self.argument(item) for name, item in keywords.items()}
            if self.unusable:
                reason = self.unusable
            else:
                result = function(*arguments, **named)
                if result is not None:
                    self.firing.notes.append(f"returned {_shortened(result)}")
                return SUCCEEDED, ""
        except SystemExit as left:
            if left.code is None or left.code == 0:
                return SUCCEEDED, ""
            reason = f"sys.exit({_shortened(left.code)})"
        except BaseException as error:
            return FAILED, _report(error, self.body, self.firing.form)
        self.firing.notes.append(reason)
        return FAILED, reason

    def rebuild(self) -> tuple[Any, Any]:
        """Return the function and its plan, from what this node knows of it or else from the token."""
        from .rebuild import rebuild

        if self.firing.known:
            self.body, codes = marshal.loads(self.firing.known)
            return rebuild(self.body, self.firing.form, codes)
        from . import token as tokens

        self.body = tokens.unpack(tokens.split(self.firing.token)[1])
        compiled: list[CodeType] = []
        rebuilt = rebuild(self.body, self.firing.form, None, compiled)
        self.learned = marshal.dumps((self.body, compiled))
        return rebuilt

    def argument(self, item: tuple[Any, ...]) -> object:
        """Return what the handler gets for one item of the plan."""
        if item[0] == "literal":
            return item[1]
        if item[0] == "event":
            from .event import Event

            firing = self.firing
            return Event(
                firing.event, firing.started, self.records.id, firing.node, firing.values, firing.callback
            )
        name, convert = item[1], item[2]
        values = self.firing.values
        value = defined(name, values)
        if value is None:
            if len(item) > 3:
                return item[3]
            if convert.endswith("?"):
                return None
            if convert == "list":
                return []
            value = "" if values.get(name) == "" else "UNDEFINED"
        try:
            return _converted(convert.rstrip("?"), value)
        except ValueError:
            self.unusable = f"{name} is {value[:100]!r}, which is not of type {convert.rstrip('?')}"
            return None


def _report(error: BaseException, data: bytes = b"", form: str = "source") -> str:
    """Print a traceback into the output of the run, and return its last line."""
    try:
        from . import traceback

        text = traceback.render(error, data, form)
    except BaseException as second:
        text = f"{type(error).__name__}, whose traceback cannot be shown ({type(second).__name__})\n"
    sys.stdout.flush()
    environment.print_error(text)
    return text.rstrip().rpartition("\n")[2]


def _converted(convert: str, value: str) -> object:
    if convert == "list":
        return value.replace(",", " ").split()
    if convert == "int":
        return int(value)
    return float(value) if convert else value


def _shortened(value: object) -> str:
    try:
        text = repr(value)
    except BaseException:  # a result that cannot be shown is a result
        text = f"<{type(value).__name__} object whose repr raised>"
    return text if len(text) <= _REPR_CHARACTERS else text[:_REPR_CHARACTERS] + "..."
