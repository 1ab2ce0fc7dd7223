"""One run: prepare, rebuild, call, let end what it began, record. Loaded only for an event that is ours."""

from __future__ import annotations

import marshal
import posix
import sys
import time

from . import environment, journal
from .decision import FAILED, SUCCEEDED, Firing, defined, variable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any

_REPR_CHARACTERS = 1_000
_RUNS_PER_CLEANING = 64
"""One run in so many, by its process number, looks for what killed runs have left."""


class Run:
    """The run of one function for one event."""

    def __init__(self, firing: Firing) -> None:
        environment.own_descriptors()
        self.firing = firing
        self.pid = posix.getpid()
        stamp = time.strftime("%Y%m%dT%H%M%S", time.localtime(firing.started))
        self.id = f"{stamp}.{int(firing.started % 1 * 1e6):06d}-{self.pid}"
        log = variable("ARCAPIX_GPFS_DRIVER_LOG") or firing.place("log")
        state = firing.place("state")
        self.log_file = (log, 0o640, firing.configuration["log_bytes"])
        self.journal_file = (f"{state}/journal", 0o600, journal.MAXIMUM_BYTES)
        self.output = f"{state}/output/{self.id}"
        self.notes = firing.notes
        self.kept_open: dict[str, int] = {}
        self.body = b""
        self.learned = b""
        """What this node shall know of the function; nothing if that is known already."""
        self.unusable = ""
        """Why a value of GPFS's cannot be handed to the function."""

    def run(self) -> int:
        """Run the function from its record's first line to its last; return the exit status."""
        self.record(self.start_record(self.firing.values))
        self.prepare()
        status, reason = self.perform()
        if posix.getpid() != self.pid:  # a child that the function forked, which has nothing to record
            posix._exit(status)
        ended = time.time()
        self.write_block(status, ended)
        self.record(journal.end_record(self.id, ended, "failed" if status else "succeeded", status, reason))
        if self.learned:
            self.firing.keep(self.learned)
        if self.pid % _RUNS_PER_CLEANING == 0:
            from . import stale_runs

            stale_runs.remove(self.output.rpartition("/")[0])
        return status

    def start_record(self, values: dict[str, str]) -> bytes:
        """Return the journal's record of this run's start."""
        firing = self.firing
        about = ".".join(firing.owner)
        user = "root" if posix.getuid() == 0 else str(posix.getuid())
        return journal.start_record(
            self.id,
            firing.started,
            firing.callback,
            firing.event,
            about,
            firing.node,
            self.pid,
            user,
            1,
            values,
        )

    def prepare(self) -> None:
        """Make the surroundings that every function finds, whatever GPFS handed over."""
        posix.chdir("/")
        posix.umask(0o022)
        try:
            environment.redirect(self.output)
        except OSError as error:
            self.complain(f"the output of this run is lost: {error}")
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
        """Be ready for a function that gives up rights, once it imports ``os``, which it needs for that."""
        if name == "os":
            sys.meta_path.remove(self)
            from . import privileges

            privileges.watch(self)

    def perform(self) -> tuple[int, str]:
        """Call the function, and let everything end that it began; return exit status and reason."""
        status, reason = self.call()
        try:
            environment.settle()
        except BaseException as error:
            status, reason = FAILED, _report(error)
        return status, reason

    def call(self) -> tuple[int, str]:
        """Rebuild the function and call it; return exit status and, of a failure, the reason in a line."""
        try:
            function, (positional, keywords) = self.rebuild()
            arguments = [self.argument(item) for item in positional]
            named = {name: self.argument(item) for name, item in keywords.items()}
            if self.unusable:
                reason = self.unusable
            else:
                result = function(*arguments, **named)
                if result is not None:
                    self.notes.append(f"returned {_shortened(result)}")
                return SUCCEEDED, ""
        except SystemExit as left:
            if left.code is None or left.code == 0:
                return SUCCEEDED, ""
            reason = f"sys.exit({_shortened(left.code)})"
        except BaseException as error:
            return FAILED, _report(error, self.body, self.firing.form)
        self.notes.append(reason)
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
            return Event(firing.event, firing.started, self.id, firing.node, firing.values, firing.callback)
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

    def write_block(self, status: int, ended: float) -> None:
        """Copy the output of the run to the driver's log, between a first and a last line, by one write."""
        seconds = f"{ended - self.firing.started:.3f}"
        what = f"run {self.id} of {self.firing.callback}"
        where = f"event {self.firing.event} on {self.firing.node}, pid {self.pid}"
        first = f"{stamp(self.firing.started)} {what} begins: {where}\n"
        last = f"{stamp(ended)} {what} ended: status {status} after {seconds} s\n"
        noted = "".join([f"{note}\n" for note in self.notes])
        try:
            removed = self.output in self.kept_open
            printed = environment.read_output(self.output, self.kept_open.pop(self.output, -1))
            if printed and not printed.endswith(b"\n"):
                printed += b"\n"
            block = first.encode(errors="replace") + printed + (noted + last).encode(errors="replace")
            self.append(block, *self.log_file)
            if not removed:
                environment.discard(self.output)
        except OSError as error:
            self.complain(f"the log could not be written: {error}")

    def record(self, data: bytes) -> None:
        """Append to the journal of this node."""
        try:
            self.append(data, *self.journal_file)
        except OSError as error:
            self.complain(f"the journal could not be written: {error}")

    def append(self, data: bytes, path: str, mode: int, maximum: int) -> None:
        """Append to a file of ours."""
        descriptor = self.kept_open.pop(path, -1)
        if descriptor < 0:
            descriptor = self.opened(path, mode, maximum)
        journal.append(descriptor, data)

    def opened(self, path: str, mode: int, maximum: int) -> int:
        """Return a descriptor for a file of ours, whose folder may have to be made first."""
        return environment.open_in_folder(journal.open_to_append, path, mode, maximum)

    def complain(self, text: str) -> None:
        """Tell syslog and standard error what could not be written; the function runs all the same."""
        environment.print_error(f"callbackdriver: {text}\n")
        try:
            import syslog
        except ImportError:  # the handler's user may not read the library
            return
        syslog.openlog("callbackdriver", syslog.LOG_PID, syslog.LOG_DAEMON)
        line = f"run {self.id} of {self.firing.callback}: {text}"
        syslog.syslog(syslog.LOG_ERR, line.encode(errors="replace").decode())


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
    text = repr(value)
    return text if len(text) <= _REPR_CHARACTERS else text[:_REPR_CHARACTERS] + "..."


def stamp(when: float) -> str:
    """Return a time as the log shows it."""
    return time.strftime("%Y-%m-%dT%H:%M:%S%z", time.localtime(when))
