"""One run: prepare, rebuild, call, finish, record. Loaded only for an event that is ours."""

from __future__ import annotations

import marshal
import posix
import sys
import time

from . import ending, environment, process
from .decision import FAILED, SUCCEEDED, Firing, defined
from .records import Records

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from types import CodeType
    from typing import Any, NoReturn

_MOST_CHARACTERS = 1_000
"""Of a result, of an exit status, of a reason."""

_RUNS_PER_CLEANING = 64
"""One run in this many, chosen by process number, removes what killed runs have left behind."""


class Run:
    """The run of one function for one event."""

    def __init__(self, firing: Firing) -> None:
        process.give_up_what_was_inherited()
        self.firing = firing
        self.records = Records(firing)
        self.body = b""
        self.learned = b""
        """What this node should remember of the function; empty if it knows that already."""
        self.unusable = ""
        """Why one of GPFS's values cannot be handed to the function."""
        self.watched = {"os", "linecache"}

    def run(self) -> NoReturn:
        """Run the function from its record's first line to its last, and end the process."""
        self.records.begin()
        self.prepare()
        status, reason = self.call()
        try:
            self.firing.notes += ending.settle(_reason)
        finally:  # an alarm of the function's may ring at any moment
            try:
                ending.block_signals()
            finally:
                self.end(status, reason)

    def prepare(self) -> None:
        """Set up the surroundings that every function finds, whatever GPFS handed over."""
        posix.chdir("/")
        posix.umask(0o022)
        environment.redirect(self.records.open_output())
        process.trace_death()
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

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:  # noqa: ARG002
        """Watch for imports that show what the function is about to do.

        It needs ``os`` to give up rights, and whatever shows a traceback needs ``linecache``.
        """
        if name not in self.watched:
            return None
        self.watched.remove(name)
        if name == "linecache":
            from . import source_lines

            return source_lines.of_linecache(self.body, self)
        from . import privileges

        privileges.watch(self.records)
        return None

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
            if self.is_child():
                return _status_of_child(left.code), ""
            if _is_success(left.code):
                return SUCCEEDED, ""
            reason = f"sys.exit({_shortened(left.code)})"
        except BaseException as error:
            self.show(error)
            return FAILED, _reason(error)
        self.firing.notes.append(reason)
        return FAILED, reason

    def end(self, status: int, reason: str) -> NoReturn:
        """Record how the run ended, and end the process."""
        try:
            if not self.is_child():
                ending.make_room()
                self.record_end(status, reason)
        except BaseException as error:  # there is no telling what the function has done to this interpreter
            self.records.complain(f"the end of this run could not be recorded: {_reason(error)}")
        finally:
            posix._exit(status)

    def record_end(self, status: int, reason: str) -> None:
        """Record how the run ended, and what this node should remember of the function."""
        records = self.records
        records.end(status, reason, time.time())
        if self.learned:
            self.firing.keep(self.learned)
        if records.pid % _RUNS_PER_CLEANING == 0:
            from . import stale_runs

            stale_runs.remove(records.output.rpartition("/")[0])

    def is_child(self) -> bool:
        """Tell whether this is a process that the function has forked, which has nothing to record."""
        return posix.getpid() != self.records.pid

    def show(self, error: BaseException) -> None:
        """Print a traceback into the output of the run; or into its block in the log, if it has none."""
        try:
            from . import traceback

            text = traceback.render(error)
            ending.flush_standard_streams()
        except BaseException as second:
            text = f"{_reason(error)}\n(its traceback cannot be shown: {_reason(second)})\n"
        if not environment.print_error(text):
            self.firing.notes.append(text.rstrip())

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


def _reason(error: BaseException) -> str:
    """Return the type of an exception, and the first line of what it says."""
    kind = type(error)
    name = kind.__qualname__
    if kind.__module__ not in ("builtins", "__main__"):
        name = f"{kind.__module__}.{name}"
    try:
        lines = str(error).split("\n")
    except BaseException:  # an exception that says nothing is an exception
        return name
    said = next(filter(None, map(str.strip, lines)), "")
    return _cut(f"{name}: {said}" if said else name)


def _is_success(code: object) -> bool:
    try:
        return code is None or bool(code == 0)
    except BaseException:  # an object that cannot be compared is no status
        return False


def _status_of_child(code: object) -> int:
    """Return the exit status that Python gives a process that ends by ``sys.exit(code)``."""
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    environment.print_error(f"{code}\n")
    return 1


def _converted(convert: str, value: str) -> object:
    if convert == "list":
        return value.replace(",", " ").split()
    if convert == "int":
        return int(value)
    return float(value) if convert else value


def _shortened(value: object) -> str:
    try:
        return _cut(repr(value))
    except BaseException:  # a result that cannot be shown is a result
        return f"<{type(value).__name__} object whose repr raised>"


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_CHARACTERS else text[:_MOST_CHARACTERS] + "..."
