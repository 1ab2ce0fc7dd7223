"""The program that GPFS starts: check the token, compare, rebuild the function, run it, record what happened.

What GPFS starts is a stub called ``callbackdriver.py``, written by ``arcapix-gpfs driver install``; it holds
the site's configuration and calls `main`. Importing this module has no effect, and it offers no API.

This runs as root, on every node, in the middle of an incident, once per event. So it decides before it
decodes, imports only what every event needs (``tests/driver`` holds the list), and runs the function even
where its log, its journal or its output cannot be written.
"""

from __future__ import annotations

import posix
import sys
import time

from . import _journal, _surroundings, _token

TYPE_CHECKING = False  # `typing` itself costs more than all else on this path
if TYPE_CHECKING:
    from typing import Any

SUCCEEDED, FAILED, CALLED_WRONGLY, UNREADABLE, OTHER_PYTHON = 0, 1, 2, 3, 4

CONFIGURATION: dict[str, Any] = {
    "state": "/var/lib/arcapix/gpfs",
    "log": "/var/log/arcapix/callbackdriver.log",
    "key": "/etc/arcapix/gpfs.key",
    "path": "/usr/lpp/mmfs/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "node_variable": "",
    "keep_environment": (),
    "set_environment": {},
    "log_bytes": 16 << 20,
}
"""What a stub may set, with the defaults. ``{node}`` in ``state`` and ``log`` stands for the node's name: the
value of the environment variable that ``node_variable`` names, else the host's. Handlers find the variables
that ``keep_environment`` names as GPFS gave them, and those of ``set_environment``."""

SCOPES = {
    "filesystem": ("fsName",),
    "fileset": ("fsName", "filesetName"),
    "pool": ("fsName", "storagePool"),
}
"""Kind of owner object -> the variables that tell whether an event is about it."""

_QUALIFIERS = (".name", ".shortName", ".ip")
_REPR_CHARACTERS = 1_000


def main(**configuration: object) -> None:
    """Run one event, and end the process with its status."""
    _surroundings.own_descriptors()
    run = Run({**CONFIGURATION, **configuration})
    status = run.handle(sys.argv[1:])
    posix._exit(status)


class Run:
    """One event on its way through the driver."""

    def __init__(self, configuration: dict[str, Any]) -> None:
        self.configuration = configuration
        self.started = time.time()
        self.pid = posix.getpid()
        stamp = time.strftime("%Y%m%dT%H%M%S", time.localtime(self.started))
        self.id = f"{stamp}.{int(self.started % 1 * 1e6):06d}-{self.pid}"
        self.node = _variable(configuration["node_variable"]) or posix.uname().nodename
        log = _variable("ARCAPIX_GPFS_DRIVER_LOG") or self._place("log")
        state = self._place("state")
        self.log_file = (log, 0o640, configuration["log_bytes"])
        self.journal_file = (f"{state}/journal", 0o600, _journal.MAXIMUM_BYTES)
        self.output = f"{state}/output/{self.id}"
        self.callback = self.event = "-"
        self.notes: list[str] = []
        self.kept_open: dict[str, int] = {}

    def _place(self, name: str) -> str:
        return str(self.configuration[name]).replace("{node}", self.node)

    def handle(self, arguments: list[str]) -> int:
        """Check, compare, decide, rebuild, run, record; the order is the design. Returns the exit status."""
        if not arguments:
            return self.refuse(CALLED_WRONGLY, "called without a token; this program is for GPFS to start")
        try:
            header, body = _token.check(arguments[0], _read_key(self._place("key")))
            fields = _token.fields(header)
            self.callback = _token.text(fields["id"])
            owner = _token.items(fields.get("ow"))
            names = ["eventName", *_token.items(fields.get("vs"))]
            interpreter = fields["py"]
        except (ValueError, KeyError, OSError) as error:
            return self.refuse(UNREADABLE, str(error))
        values = self.read_words(arguments[1:], names)
        self.event = values.get("eventName", "-")
        if owner and not is_about(owner, values):
            return SUCCEEDED
        bytecode = fields.get("fm") == "b"
        problem = _other_python(interpreter, bytecode)
        if problem:
            return self.refuse(OTHER_PYTHON, f"{_token.text(fields.get('fn', '-'))} {problem}")
        about = ".".join(owner)
        user = "root" if posix.getuid() == 0 else str(posix.getuid())
        self.record(
            _journal.start_record(
                self.id, self.started, self.callback, self.event, about, self.node, self.pid, user, 1, values
            )
        )
        self.prepare()
        status, reason = self.perform(body, bytecode, values)
        if posix.getpid() != self.pid:  # a child that the function forked, which has nothing to record
            posix._exit(status)
        ended = time.time()
        self.write_block(status, ended)
        self.record(_journal.end_record(self.id, ended, "failed" if status else "succeeded", status, reason))
        return status

    def read_words(self, words: list[str], names: list[str]) -> dict[str, str]:
        """Return the values that stand behind ``name=``, in the same word or as the words that follow.

        A name that comes twice has no value: a user can choose a fileset's name so that it reads like another
        variable's word, and must not pass for another object with it.
        """
        values: dict[str, str] = {}
        doubled = set()
        current = ""
        for word in words:
            name, equals, value = word.partition("=")
            if equals and name in names:
                if name in values or name in doubled:
                    doubled.add(name)
                    values.pop(name, None)
                    current = ""
                else:
                    values[name] = value
                    current = name
            elif current:
                values[current] = f"{values[current]} {word}" if values[current] else word
        for name in sorted(doubled):
            self.notes.append(f"the word {name}= came twice, so {name} counts as undefined")
        return values

    def prepare(self) -> None:
        """Make the surroundings that every function finds, whatever GPFS handed over."""
        posix.chdir("/")
        posix.umask(0o022)
        try:
            _surroundings.redirect(self.output)
        except OSError as error:
            self.complain(f"the output of this run is lost: {error}")
        _surroundings.clean_environment(
            {"TZ", *self.configuration["keep_environment"]},
            {
                **self.configuration["set_environment"],
                "PATH": self.configuration["path"],
                "ARCAPIX_CALLBACK_ID": self.callback,
                "ARCAPIX_EVENT": self.event,
            },
        )
        _surroundings.complete_interpreter()
        _surroundings.before_rights_are_dropped(self.keep_records_open)

    def keep_records_open(self) -> None:
        """Open what the end of the run is written to, while the handler has not yet dropped its rights."""
        for path, mode, maximum in (self.log_file, self.journal_file):
            try:
                self.kept_open[path] = self.opened(path, mode, maximum)
            except OSError as error:
                self.complain(str(error))
        try:
            self.kept_open[self.output] = posix.open(self.output, posix.O_RDONLY | posix.O_CLOEXEC)
        except OSError:
            return  # there is none; that was complained about
        _surroundings.discard(self.output)

    def perform(self, body: str, bytecode: bool, values: dict[str, str]) -> tuple[int, str]:
        """Call the function, and let everything end that it began; return exit status and reason."""
        status, reason = self.call(body, bytecode, values)
        try:
            _surroundings.settle()
        except BaseException as error:
            status, reason = FAILED, _report(error)
        return status, reason

    def call(self, body: str, bytecode: bool, values: dict[str, str]) -> tuple[int, str]:
        """Rebuild the function and call it; return exit status and, of a failure, the reason in a line."""
        data = b""
        try:
            from ._rebuild import rebuild

            data = _token.unpack(body)
            function, (positional, keywords) = rebuild(data, "bytecode" if bytecode else "source")
            arguments = [self.argument(item, values) for item in positional]
            named = {name: self.argument(item, values) for name, item in keywords.items()}
            result = function(*arguments, **named)
            if result is not None:
                self.notes.append(f"returned {_shortened(result)}")
        except SystemExit as left:
            if left.code is None or left.code == 0:
                return SUCCEEDED, ""
            reason = f"sys.exit({_shortened(left.code)})"
        except _Unconvertible as error:
            reason = str(error)
        except BaseException as error:
            return FAILED, _report(error, data, "bytecode" if bytecode else "source")
        else:
            return SUCCEEDED, ""
        self.notes.append(reason)
        return FAILED, reason

    def argument(self, item: tuple[Any, ...], values: dict[str, str]) -> object:
        """Return what the handler gets for one item of the plan."""
        if item[0] == "literal":
            return item[1]
        if item[0] == "event":
            from ._event import Event

            return Event(self.event, self.started, self.id, self.node, values, self.callback)
        name, convert = item[1], item[2]
        value = defined(name, values)
        if value is None:
            if len(item) > 3:
                return item[3]
            if convert.endswith("?"):
                return None
            if convert == "list":
                return []
            value = "" if values.get(name) == "" else "UNDEFINED"
        return _converted(name, convert.rstrip("?"), value)

    def write_block(self, status: int, ended: float) -> None:
        """Copy the output of the run to the driver's log, between a first and a last line, by one write."""
        seconds = f"{ended - self.started:.3f}"
        what = f"run {self.id} of {self.callback}"
        first = f"{_stamp(self.started)} {what} begins: event {self.event} on {self.node}, pid {self.pid}\n"
        last = f"{_stamp(ended)} {what} ended: status {status} after {seconds} s\n"
        noted = "".join([f"{note}\n" for note in self.notes])
        try:
            removed = self.output in self.kept_open
            printed = _surroundings.read_output(self.output, self.kept_open.pop(self.output, -1))
            if printed and not printed.endswith(b"\n"):
                printed += b"\n"
            block = first.encode(errors="replace") + printed + (noted + last).encode(errors="replace")
            self.append(block, *self.log_file)
            if not removed:
                _surroundings.discard(self.output)
        except OSError as error:
            self.complain(f"the log could not be written: {error}")

    def refuse(self, status: int, reason: str) -> int:
        """Say in the log and the journal why a run does not take place; nothing of it was decoded."""
        what = f"{_stamp(self.started)} run {self.id} of {self.callback}"
        line = f"{what} refused: {reason}; status {status}, pid {self.pid}\n"
        try:
            self.append(line.encode(errors="replace"), *self.log_file)
        except OSError as error:
            self.complain(f"{reason}; the log could not be written: {error}")
        user = str(posix.getuid())
        begin = _journal.start_record(
            self.id, self.started, self.callback, self.event, "", self.node, self.pid, user, 1, {}
        )
        self.record(begin + _journal.end_record(self.id, self.started, "refused", status, reason))
        return status

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
        try:
            _journal.write(descriptor, data)
        finally:
            posix.close(descriptor)

    def opened(self, path: str, mode: int, maximum: int) -> int:
        """Return a descriptor for a file of ours, whose folder may have to be made first."""
        try:
            return _journal.open_to_append(path, mode, maximum)
        except FileNotFoundError:
            _surroundings.make_folder(path.rpartition("/")[0])
            return _journal.open_to_append(path, mode, maximum)

    def complain(self, text: str) -> None:
        """Tell syslog and standard error what could not be written; the function runs all the same."""
        _surroundings.print_error(f"callbackdriver: {text}\n")
        try:
            import syslog
        except ImportError:  # the handler's user may not read the library
            return
        syslog.openlog("callbackdriver", syslog.LOG_PID, syslog.LOG_DAEMON)
        line = f"run {self.id} of {self.callback}: {text}"
        syslog.syslog(syslog.LOG_ERR, line.encode(errors="replace").decode())


def _report(error: BaseException, data: bytes = b"", form: str = "source") -> str:
    """Print a traceback into the output of the run, and return its last line."""
    try:
        from . import _traceback

        text = _traceback.render(error, data, form)
    except BaseException as second:
        text = f"{type(error).__name__}, whose traceback cannot be shown ({type(second).__name__})\n"
    sys.stdout.flush()
    _surroundings.print_error(text)
    return text.rstrip().rpartition("\n")[2]


class _Unconvertible(Exception):
    """The value of a variable is not what the parameter's annotation says."""


def defined(name: str, values: dict[str, str]) -> str | None:
    """Return the value of a variable, or None where GPFS had none to give."""
    value = values.get(name)
    if value is None or value in ("", "UNDEFINED") or value == "%" + name:
        return None
    for qualifier in _QUALIFIERS:
        if name.endswith(qualifier) and value.endswith(qualifier):
            return None  # a GPFS that knows no qualifiers substitutes the variable and leaves the rest
    return value


def is_about(owner: list[str], values: dict[str, str]) -> bool:
    """Tell whether an event is about the object that the callback was given to. Undefined is no match."""
    return all(
        _device(defined(variable, values)) == _device(wanted)
        for variable, wanted in zip(SCOPES[owner[0]], owner[1:])
    )


def _device(value: str | None) -> str | None:
    return None if value is None else value.removeprefix("/dev/")


def _converted(name: str, convert: str, value: str) -> object:
    if convert == "list":
        return value.replace(",", " ").split()
    if not convert:
        return value
    try:
        return int(value) if convert == "int" else float(value)
    except ValueError:
        raise _Unconvertible(f"{name} is {value[:100]!r}, which is not of type {convert}") from None


def _other_python(version: str, bytecode: bool) -> str:
    """Return why this interpreter cannot run a token, or nothing."""
    here = sys.version_info[:2]
    major, _, minor = version.partition(".")
    made = (int(major), int(minor))
    if bytecode and here != made:
        return f"is bytecode of Python {version}, and this driver runs {here[0]}.{here[1]}"
    if here < made:
        return f"needs Python {version}, and this driver runs {here[0]}.{here[1]}"
    return ""


def _read_key(path: str) -> bytes | None:
    """Return the cluster key, or None where the site has made none.

    Raises:
        OSError, ValueError: there is one, but it cannot be used.
    """
    try:
        descriptor = posix.open(path, posix.O_RDONLY | posix.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        key = posix.read(descriptor, 4096).strip()
    finally:
        posix.close(descriptor)
    if not key:
        raise ValueError(f"the cluster key in {path} is empty")
    return key


def _variable(name: str) -> str:
    return posix.environ.get(name.encode(), b"").decode("utf-8", "surrogateescape")


def _shortened(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _REPR_CHARACTERS else text[:_REPR_CHARACTERS] + "..."


def _stamp(when: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S%z", time.localtime(when))
