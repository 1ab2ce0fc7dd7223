"""``Run``: what happens around the call of a function, and how the header of a token carries it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from dataclasses import fields as fields_of
from typing import Any, NamedTuple, TypedDict, Unpack

from .. import events
from ..capture.secret_names import exposed, looks_secret
from ..commands.misuse import entry_points
from ..commands.values import size
from ..driver import event_key
from ..events.states import STATES, SUBJECTS, news_of
from ..exceptions import nearest
from . import durations, once
from .once import Once

__all__ = [
    "MOST_RUNNING",
    "Run",
    "RunFields",
    "between",
    "doubts",
    "examples",
    "from_text",
    "given",
    "names_of_newer",
    "read",
    "run_of",
    "variables",
    "write",
]

MOST_RUNNING = 1000
"""The bound on ``max_running``, of a callback and of a site: each run that waits is a process."""

_LARGEST = 2**63 - 1
_LEAST_MEMORY = 16 * 1024**2
_WRITING = 0o022
"""What a mask has to have, lest others than the owner write."""
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_IN_NO_USER = re.compile(r"[\x00-\x1f\x7f:/]")
_SET_BY_THE_DRIVER = frozenset(
    {"PATH", "HOME", "USER", "LOGNAME", "LC_ALL", "ARCAPIX_CALLBACK_ID", "ARCAPIX_EVENT"}
)
_ENV = "env:"
_MANAGERS = ("clusterManager", "filesystemManager")
_MEANT = {
    "user": "run_as",
    "environment": "env",
    "cpu": "cpu_seconds",
    "priority": "nice",
    "time_limit": "timeout",
}


class RunFields(TypedDict, total=False):
    """The fields of `Run`, as its keywords or as a mapping."""

    timeout: float | str | None
    retries: int
    run_as: str | None
    umask: int | str
    nice: int
    memory: int | str | None
    cpu_seconds: int | str | None
    output: int | str
    once: Once | float | str | None
    only_on: str | None
    every: float | str | None
    max_running: int | None
    alone: bool
    overflow: str
    reconcile: bool
    env: Mapping[str, str]
    on_failure: str | None


@entry_points
@dataclass(frozen=True, slots=True, init=False, repr=False)
class Run:
    """What happens around the call of a function: limits of its run, and the user that it runs as.

    Durations are seconds, or text such as ``"500ms"``, ``"30s"``, ``"5m"``, ``"1h"``, ``"2d"``; sizes are
    bytes, or text with a binary unit, such as ``"512M"``. They are kept as numbers, so that two ways to write
    the same are equal. `dataclasses.replace` makes another one from one that there is.

    Attributes:
        timeout: Seconds after which the processes of the run get TERM, and KILL 5 s later; None: no limit. Of
            a synchronous callback they end before GPFS's own timeout in any case.
        retries: How often the function is tried again, at most, after it failed or was interrupted. An event
            is on the node's disk before GPFS goes on, and is not lost from then on.
        run_as: The user that the function runs as, with that user's groups; None: the driver's, root.
        umask: The permissions that files of the function do not get; text is octal, such as ``"077"``.
        nice: The nice value of the run, -20 to 19.
        memory: Bytes of memory that each process of the run may have; None: no limit.
        cpu_seconds: Whole seconds of processor time that each process of the run may take; None: no limit.
        output: Bytes of output that are kept.
        once: One run in the cluster within a window, such as ``"10m"``; or a `Once`; None: every node runs.
        only_on: ``"clusterManager"`` or ``"filesystemManager"``: only that node runs; None: any node.
        every: Seconds in which a node runs the function once at most for the same event and object; None: at
            every event. How many were dropped is told to the next run, in ``event.suppressed``.
        max_running: How many runs of the callback a node has at the same time, at most; None: any number.
            As a keyword, ``alone=True`` is short for 1.
        overflow: What becomes of an event that comes while so many run: ``"wait"``, in order, or ``"skip"``.
            How many were skipped is told to the next run, in ``event.suppressed``.
        reconcile: Whether an event that a node missed, while GPFS or the driver was down, is told afterwards
            by ``arcapix-gpfs reconcile``, as far as GPFS can be asked for the state; see ``event.synthetic``.
        env: Environment variables besides those that every function finds.
        on_failure: Comes in a later version.
        newer: The options of a callback that a newer release installed, as far as this one does not know
            them: pairs of text. They cannot be given.

    Raises:
        TypeError: There is no such field, or a value has the wrong type.
        ValueError: A value is unreadable or out of range, contradicts another one, or the field comes in a
            later version.

    Example:
        >>> from arcapix.fs.gpfs import Run
        >>> Run(timeout="5m", run_as="alerts", umask=0o077, memory="512M")
        Run(timeout=300, run_as='alerts', umask=0o77, memory=536870912)
    """

    timeout: float | None = None
    retries: int = 0
    run_as: str | None = None
    umask: int = 0o022
    nice: int = 0
    memory: int | None = None
    cpu_seconds: int | None = None
    output: int = 16 * 1024**2
    once: Once | None = None
    only_on: str | None = None
    every: float | None = None
    max_running: int | None = None
    overflow: str = "wait"
    reconcile: bool = False
    env: Mapping[str, str] = field(default_factory=dict, hash=False)
    on_failure: str | None = None
    newer: tuple[tuple[str, str], ...] = field(default=(), init=False)

    def __init__(self, **fields: Unpack[RunFields]) -> None:
        for name in fields:
            if name not in _NAMES:
                raise TypeError(_no_field(name))
        for name, default in _DEFAULTS.items():
            object.__setattr__(self, name, _checked(name, fields.get(name, default)))
        object.__setattr__(self, "newer", ())
        if "alone" in fields:
            self._run_alone(fields["alone"])
        if self.overflow != "wait" and self.max_running is None:
            raise ValueError(f"overflow={self.overflow!r} goes only with max_running=; give one such as 4")

    def _run_alone(self, alone: object) -> None:
        """Set what ``alone`` is short for."""
        if not isinstance(alone, bool):
            raise TypeError(f"alone is True or False, not {_kind(alone)}")
        if alone and self.max_running is None:
            object.__setattr__(self, "max_running", 1)
        if alone != self.alone:
            raise ValueError(f"alone={alone} contradicts max_running={self.max_running}; leave one out")

    @property
    def alone(self) -> bool:
        """Whether a node has one run at a time, at most."""
        return self.max_running == 1

    def __repr__(self) -> str:
        shown = {"umask": f"{self.umask:#o}"}
        values = [f"{name}={shown.get(name, repr(value))}" for name, value in given(self).items()]
        return f"Run({', '.join(values)})"

    def __str__(self) -> str:
        """What an administrator reads: ``timeout 30 s, run as alerts``."""
        values = given(self)
        shown = [option.show(values[name]) for name, option in _OPTIONS.items() if name in values]
        shown += [f"env {variable}={text}" for variable, text in sorted(self.env.items())]
        shown += [f"{name}={text} (of a newer release)" for name, text in self.newer]
        return ", ".join(shown)


def _no_field(name: str) -> str:
    near = _MEANT.get(name) or nearest(name, _NAMES)
    if near is None:
        return f"Run has no field {name!r}; it has {', '.join(_NAMES)}, such as in Run(timeout='5m')"
    example = f", such as {_OPTIONS[near].example}" if near in _OPTIONS else ""
    return f"Run has no field {name!r}; did you mean {near!r}{example}?"


def _checked(name: str, value: object) -> object:
    if name == "env":
        return _environment(value)
    if name in _OPTIONS:
        return _OPTIONS[name].check(name, value)
    if value != _DEFAULTS[name]:
        raise ValueError(f"{name} comes in a later version of arcapix.fs.gpfs; leave it out")
    return _DEFAULTS[name]


def _duration(name: str, value: object, without: str = "no limit") -> float | None:
    """Return seconds, to the millisecond."""
    return None if value is None else durations.seconds(name, value, without=without)


def _window(name: str, value: object) -> float | None:
    return _duration(name, value, without="a run at every event")


def _whole_seconds(name: str, value: object) -> int | None:
    seconds = _duration(name, value)
    if isinstance(seconds, float):
        raise ValueError(
            f"{name}={value!r} is no whole number of seconds, and the system counts no others; give 1"
        )
    return seconds


def _size(name: str, value: object) -> int | None:
    """Return bytes."""
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise TypeError(f"{name} is an int of bytes, or text such as '512M', not {_kind(value)}")
    try:
        found = size(str(value))
    except ValueError:
        way_out = "give bytes, or a whole number with K, M, G or T, such as '512M'"
        raise ValueError(f"{name}={value!r} is not a size; {way_out}") from None
    if not 0 < found <= _LARGEST:
        raise ValueError(f"{name}={value!r} is not between 1 byte and 8 EiB; give a size such as '512M'")
    return found


def _user(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name} is the name of a user, such as 'alerts', not {_kind(value)}")
    if not value.strip() or _IN_NO_USER.search(value):
        raise ValueError(f"{name}={value!r} cannot be the name of a user; give one such as 'alerts'")
    return value


def _word(*words: str) -> Callable[[str, object], str]:
    def check(name: str, value: object) -> str:
        choice = ", ".join(map(repr, words))
        if not isinstance(value, str):
            raise TypeError(f"{name} is one of {choice}, not {_kind(value)}")
        if value not in words:
            near = nearest(value, words)
            way_out = f"did you mean {near!r}?" if near else f"give one of {choice}"
            raise ValueError(f"{name}={value!r} is no known choice; {way_out}")
        return value

    return check


def _or_none(check: Callable[[str, object], Any]) -> Callable[[str, object], Any]:
    return lambda name, value: None if value is None else check(name, value)


def between(lowest: int, highest: int, written: str, example: str) -> Callable[[str, object], int]:
    """Return what checks a number, given its name, and returns it.

    Args:
        lowest: The lowest that is taken.
        highest: The highest.
        written: How numbers are written for the user, as in a format.
        example: One that is taken.
    """

    def check(name: str, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"{name} is an int, such as {example}, not {_kind(value)}")
        if not lowest <= value <= highest:
            span = f"{lowest:{written}} to {highest:{written}}"
            raise ValueError(f"{name}={value:{written}} is not in {span}; give one such as {example}")
        return value

    return check


def _umask(name: str, value: object) -> int:
    if isinstance(value, str):
        try:
            value = int(value, 8)
        except ValueError:
            raise ValueError(f"{name}={value!r} is no octal number; give one such as '077'") from None
    return between(0, 0o777, "#o", "0o077")(name, value)


def _meant_octal(umask: int) -> int | None:
    """Return the mask that somebody has written without ``0o``, whose files others can write therefore."""
    try:
        meant = int(str(umask), 8)
    except ValueError:
        return None
    return meant if meant & _WRITING == _WRITING and umask & _WRITING != _WRITING else None


def _yes_or_no(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{name} is True or False, not {_kind(value)}")
    return value


def _environment(given: object) -> dict[str, str]:
    if not isinstance(given, Mapping):
        raise TypeError(f"env is a mapping from names to texts, such as {{'LANG': 'C'}}, not {_kind(given)}")
    for name, text in given.items():
        if not isinstance(name, str) or not isinstance(text, str):
            raise TypeError(f"env maps names to texts, not {name!r} to {_kind(text)}")
        if not _VARIABLE.fullmatch(name):
            raise ValueError(
                f"env {name!r} cannot name a variable; give letters, digits and '_', such as 'X_1'"
            )
        if name in _SET_BY_THE_DRIVER:
            raise ValueError(
                f"env {name!r} is set by the driver; choose another name, or set os.environ[{name!r}] in the "
                "function for what it starts"
            )
        if "\0" in text or not _is_encodable(text):
            raise ValueError(f"env {name!r} holds a character that no environment can; leave it out")
    return dict(given)


def _is_encodable(text: str) -> bool:
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True


def _kind(value: object) -> str:
    return type(value).__name__


def _with_unit(number: int) -> str:
    """Return a size as it is shortest: ``512M``."""
    unit = next((unit for unit in reversed(range(1, 5)) if number % (1 << 10 * unit) == 0), 0)
    return f"{number >> 10 * unit}{' KMGT'[unit]}" if unit else f"{number} bytes"


class _Option(NamedTuple):
    """How a field is checked, written and shown.

    Attributes:
        check: From its name and what a user gave to what is kept; refuses.
        write: From that to the text in a header.
        read: From that text to what a user could have given.
        show: From what is kept to what an administrator reads.
        example: One, for messages.
    """

    check: Callable[[str, object], Any]
    write: Callable[[Any], str]
    read: Callable[[str], object]
    show: Callable[[Any], str]
    example: str


_OPTIONS = {
    "timeout": _Option(_duration, str, str, "timeout {} s".format, "timeout='5m'"),
    "retries": _Option(between(0, 1000, "d", "3"), str, int, "retries {}".format, "retries=3"),
    "once": _Option(once.once_of, once.write, once.read, str, "once='10m'"),
    "only_on": _Option(
        _or_none(_word(*_MANAGERS)), str, str, "only on the {}".format, "only_on='clusterManager'"
    ),
    "run_as": _Option(_or_none(_user), str, str, "run as {}".format, "run_as='alerts'"),
    "umask": _Option(
        _umask,
        "{:03o}".format,
        str,
        "umask {:03o}".format,
        "umask=0o077",
    ),
    "nice": _Option(between(-20, 19, "d", "10"), str, int, "nice {}".format, "nice=10"),
    "memory": _Option(
        _or_none(_size), str, str, lambda number: f"memory {_with_unit(number)}", "memory='512M'"
    ),
    "cpu_seconds": _Option(_whole_seconds, str, str, "processor time {} s".format, "cpu_seconds=60"),
    "output": _Option(_size, str, str, lambda number: f"output {_with_unit(number)}", "output='16M'"),
    "every": _Option(_window, str, str, "every {} s".format, "every='1h'"),
    "max_running": _Option(
        _or_none(between(1, MOST_RUNNING, "d", "4")), str, int, "max_running {}".format, "max_running=4"
    ),
    "overflow": _Option(_word("wait", "skip"), str, str, "overflow {}".format, "overflow='skip'"),
    "reconcile": _Option(
        _yes_or_no,
        lambda given: "1" if given else "0",
        lambda text: text == "1",
        lambda _: "told of missed events",
        "reconcile=True",
    ),
}
"""The fields that work, besides ``env``."""

_DEFAULTS: dict[str, Any] = {
    one.name: {} if one.name == "env" else one.default for one in fields_of(Run) if one.init
}
_NAMES = (*_DEFAULTS, "alone")


def examples() -> dict[str, str]:
    """Return an example of each field that works, besides ``env``, as text: ``timeout`` and ``5m``."""
    return {name: option.example.partition("=")[2].strip("'") for name, option in _OPTIONS.items()}


def from_text(name: str, text: str) -> object:
    """Return what `Run` takes for a field from what a user has typed.

    Raises:
        ValueError: It is none; of most fields only `Run` can tell.
    """
    if name == "once":  # a header has more of it than users type
        return text
    try:
        return _OPTIONS[name].read(text)
    except ValueError:
        example = examples()[name]
        raise ValueError(f"{name}={text!r} is no whole number; give one such as {example}") from None


def run_of(value: object) -> Run | None:
    """Return the options that an argument ``run=`` asks for; None if there are none.

    Raises:
        TypeError, ValueError: See `Run`.
    """
    if value is None:
        return None
    if isinstance(value, Mapping):
        value = Run(**value)
    if not isinstance(value, Run):
        raise TypeError(f"run is Run(...) or a mapping of its fields, not {_kind(value)}")
    if value.newer:
        raise ValueError(
            f"run has what only a newer release can install: {names_of_newer(value)}; leave it out"
        )
    return value if given(value) else None


def given(run: Run) -> dict[str, Any]:
    """Return the fields that differ from their defaults."""
    values = ((name, getattr(run, name), default) for name, default in {**_DEFAULTS, "newer": ()}.items())
    return {name: value for name, value, default in values if value != default}


def write(run: Run) -> list[tuple[str, str]]:
    """Return what a header tells: pairs of name and text, in the order of the fields; see `read`."""
    values = given(run)
    pairs = [(name, option.write(values[name])) for name, option in _OPTIONS.items() if name in values]
    return [*pairs, *((_ENV + name, text) for name, text in sorted(run.env.items())), *run.newer]


def read(pairs: Iterable[tuple[str, str | None]]) -> Run | None:
    """Return the options that a header tells of; what this release cannot read is in `Run.newer`."""
    known: dict[str, Any] = {}
    variables: dict[str, str] = {}
    newer = []
    for name, text in pairs:
        try:
            if name.startswith(_ENV):
                variables.update(_environment({name.removeprefix(_ENV): text}))
            else:
                known[name] = _OPTIONS[name].check(name, _OPTIONS[name].read(text or ""))
        except (KeyError, TypeError, ValueError):
            newer.append((name, text or ""))
    if "overflow" in known and "max_running" not in known:
        newer.append(("overflow", known.pop("overflow")))  # of a bound that this release cannot read
    run = Run(**known, env=variables)
    object.__setattr__(run, "newer", tuple(newer))
    return run if given(run) else None


def variables(run: Run | None, names: Iterable[str]) -> list[str]:
    """Return the variables that the driver needs for run options, whether the function asks for them or not.

    Args:
        run: The options.
        names: The events of the callback.
    """
    if run is None:
        return []
    found = []
    if run.once is not None or run.every is not None:
        told = [
            events.variables_of(name) if events.canonical(name) else event_key.VARIABLES for name in names
        ]
        found += [name for name in event_key.VARIABLES if any(name in variables for variables in told)]
    if run.reconcile:
        news = [told for told in map(news_of, names) if told is not None]
        found += [name for told in news for name in SUBJECTS[told.kind].names]
    if run.only_on is not None:
        found += ["myNode", "clusterManager" if run.only_on == "clusterManager" else "fsName"]
    return found


def names_of_newer(run: Run) -> str:
    """Return the names of the options that this release does not know, for a message."""
    return ", ".join(name for name, _ in run.newer)


def doubts(run: Run, names: Iterable[str], timeout: int | None) -> list[str]:
    """Return what is probably not meant.

    Args:
        run: The options.
        names: The events of the callback.
        timeout: Seconds that GPFS waits for the callback; None: it does not.
    """
    found = []
    if timeout is not None and run.timeout is not None and run.timeout > timeout:
        found.append(
            f"run= has a timeout of {run.timeout} s, and GPFS waits {timeout} s for this callback: "
            "the shorter one counts"
        )
    meant = _meant_octal(run.umask)
    if meant is not None:
        found.append(
            f"umask={run.umask} is {run.umask:#05o}: others than its owner can write what a run makes; "
            f"write umask={meant:#05o}, or '{meant:03o}' as text, which is octal"
        )
    if run.memory is not None and run.memory < _LEAST_MEMORY:
        found.append(
            f"run= allows {_with_unit(run.memory)} of memory: a small function may run in what Python holds "
            "already, but imports, threads and whatever else asks for more fail; give memory='512M'"
        )
    if run.reconcile and not any(map(news_of, names)):
        found.append(
            "run= asks for missed events, and GPFS can be asked for none of this callback's; "
            f"it can for {', '.join(STATES)}"
        )
    found += [exposed(f"env {name!r} looks like a secret, and") for name in run.env if looks_secret(name)]
    return found
