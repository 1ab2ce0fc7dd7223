"""One run: prepare, rebuild, call, finish, record. Loaded only for an event that is ours."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # `signal` would load `enum`
import marshal
import posix
import sys
import time

from . import ending, environment, output, process
from .decision import FAILED, SUCCEEDED, Firing, defined
from .records import Records

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from types import CodeType
    from typing import Any, NoReturn


_SIGNALS = _signal.valid_signals()
"""All, so that none comes between the record of a run and its end, such as an alarm that still rings."""


class Run:
    """The run of one function for one event."""

    def __init__(self, firing: Firing, records: Records | None = None) -> None:
        self.firing = firing
        self.records = records or Records(firing)
        self.pid = posix.getpid()
        self.body = b""
        self.learned = b""
        """What this node should remember of the function; empty if it knows that already."""
        self.unusable = ""
        """Why one of GPFS's values cannot be handed to the function."""
        self.watched = {"os", "linecache"}
        self.printing: int | None = None
        """A descriptor for what is printed, if there is one."""
        self.variables: dict[str, str] = {}
        """What the run's own options add to the environment of the function."""

    def run(self) -> NoReturn:
        """Run the function from its record's first line to its last, and end the process."""
        process.give_up_what_was_inherited()
        self.printing = self.records.open_output()
        if self.is_in_crowd():
            from .crowd import Crowd

            Crowd(self.firing, self.records).begin()
        else:
            self.records.begin()
        self.prepare()
        self.carry_out()

    def is_in_crowd(self) -> bool:
        """Tell whether so many runs go on at this node that there may be too many of this callback."""
        most: int = self.firing.configuration["max_running"]
        try:
            return most > 0 and len(posix.listdir(self.firing.place("state") + "/output")) > most
        except OSError:
            return False

    def carry_out(self) -> NoReturn:
        """Call the function and finish what it leaves, record how that ended, and end the process."""
        status, reason = FAILED, "a signal handler of its own raised an exception at its end"
        try:
            try:
                status, reason = self.call()
            except BaseException as error:  # the exception that the function raised is no use to anybody
                from .outcome import reason_of

                status, reason = FAILED, reason_of(error)
            self.firing.notes += ending.settle() + output.lost
        finally:
            try:  # before a call of anything but C an alarm of the function's could still ring
                _signal.pthread_sigmask(_signal.SIG_BLOCK, _SIGNALS)
            finally:
                self.end(status, reason)

    def prepare(self) -> None:
        """Set up the surroundings that every function finds, whatever GPFS handed over.

        Where one of them cannot be had, as without a free descriptor, the function runs all the same.
        """
        for step in (self.leave_folder, self.redirect, process.trace_death, self.clean_environment):
            try:
                step()
            except (OSError, RuntimeError) as error:
                self.records.complain(f"the function does not find what it should around it: {error}")
        environment.complete_interpreter()
        sys.meta_path.insert(0, self)

    def leave_folder(self) -> None:
        """Keep no file system busy that GPFS may want to unmount."""
        posix.chdir("/")

    def redirect(self) -> None:
        """Put what takes the output of the run in the place of standard output and error."""
        try:
            output.redirect(self.printing)
        finally:
            output.make_streams()

    def clean_environment(self) -> None:
        """Leave only those environment variables that functions are promised."""
        environment.clean_environment(
            {"TZ", *self.firing.configuration["keep_environment"]},
            {
                **self.firing.configuration["set_environment"],
                "PATH": self.firing.configuration["path"],
                "ARCAPIX_CALLBACK_ID": self.firing.callback,
                "ARCAPIX_EVENT": self.firing.event,
                **self.variables,
            },
        )

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:  # noqa: ARG002
        """Watch for imports that show what the function is about to do.

        It needs ``os`` to give up rights and to start processes; what shows a traceback needs ``linecache``.
        """
        if name not in self.watched:
            return None
        self.watched.remove(name)
        if name == "linecache":
            from . import source_lines

            return source_lines.of_linecache(self.body, self)
        from . import watch

        watch.calls(self.records)
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
                if result is None:
                    return SUCCEEDED, ""
                from . import outcome

                self.firing.notes.append(f"returned {outcome.shortened(result)}")
                return SUCCEEDED, ""
        except SystemExit as left:
            from . import outcome

            if self.is_child():
                return outcome.status_of_child(left.code), ""
            if outcome.is_success(left.code):
                return SUCCEEDED, ""
            reason = f"sys.exit({outcome.shortened(left.code)})"
        except BaseException as error:
            return FAILED, self.show(error)
        self.firing.notes.append(reason)
        return FAILED, reason

    def end(self, status: int, reason: str) -> NoReturn:
        """Record how the run ended, and end the process."""
        try:
            if not self.is_child():
                ending.make_room()
                self.record_end(status, reason)
        except BaseException as error:  # there is no telling what the function has done to this interpreter
            from .outcome import reason_of

            self.records.complain(f"the end of this run could not be recorded: {reason_of(error)}")
        finally:
            posix._exit(status)

    def record_end(self, status: int, reason: str) -> None:
        """Record how the run ended, and what this node should remember of the function."""
        records = self.records
        records.end(status, reason, time.time())
        if self.learned:
            self.firing.keep(self.learned)

    def is_child(self) -> bool:
        """Tell whether this is a process that the function has forked, which has nothing to record."""
        return posix.getpid() != self.pid

    def show(self, error: BaseException) -> str:
        """Print a traceback into the output of the run; return what the exception says in one line.

        If the run has no output, the traceback goes into its block in the log.
        """
        from .outcome import shown

        return shown(error, self.firing.notes)

    def rebuild(self) -> tuple[Any, Any]:
        """Return the function and its plan, from what this node knows of it or else from the token."""
        from .rebuild import rebuild

        codes = None
        if self.firing.known:
            self.body, codes = marshal.loads(self.firing.known)
        else:
            self.unpack()
        if b"posix" in self.body:  # it is loaded, so no import of it comes to `find_spec`
            self.find_spec("os")
        if codes is not None:
            return rebuild(self.body, self.firing.form, codes)
        compiled: list[CodeType] = []
        rebuilt = rebuild(self.body, self.firing.form, None, compiled)
        self.learned = marshal.dumps((self.body, compiled))
        return rebuilt

    def unpack(self) -> None:
        """Decode the body of the token; nothing of it is compiled."""
        if not self.body:
            from . import token as tokens

            self.body = tokens.unpack(tokens.split(self.firing.token)[1])

    def argument(self, item: tuple[Any, ...]) -> object:
        """Return what the handler gets for one item of the plan."""
        if item[0] == "literal":
            return item[1]
        if item[0] == "event":
            from .event import event_of

            return event_of(self)
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


def _converted(convert: str, value: str) -> object:
    if convert == "list":
        return value.replace(",", " ").split()
    if convert == "int":
        return int(value)
    return float(value) if convert else value
