"""Reads what GPFS said, and decides: is the token sound, and is the event one for the function?

Every event runs this, and most events of a storm end here. So it works on text only, and decodes no part of
the function.
"""

from __future__ import annotations

import marshal
import posix
import time

from . import cache

TYPE_CHECKING = False  # importing `typing` costs more than everything else on this path
if TYPE_CHECKING:
    from typing import Any

    from .verification import CheckedToken, RunOptions

SUCCEEDED, FAILED, CALLED_WRONGLY, UNREADABLE, OTHER_PYTHON, REFUSED, TIMED_OUT = range(7)
"""Those exit statuses of the public table that the driver returns."""

SCOPES = {
    "filesystem": ("fsName",),
    "fileset": ("fsName", "filesetName"),
    "pool": ("fsName", "storagePool"),
}
"""Kind of owner object -> the variables that tell whether an event is about it."""

ENVIRONMENT = "env:"
"""How the names of run options begin that are variables of the function's environment."""

GPFS_TIMEOUT = "GPFS's timeout"
"""The run option that says how long GPFS waits for a synchronous callback."""

_QUALIFIERS = (".name", ".shortName", ".ip")


class Firing:
    """One start of the driver: what GPFS said, as far as it has been read."""

    suppressed = 0
    """How many events were dropped since the last run."""

    accepted = False
    """Whether it was accepted before, with this token, whatever has become of the key since."""

    mark = ""
    """How the journal marks its runs, where they are not for an event that GPFS has just told of."""

    drill = ""
    """What the drill is called that it belongs to, if it is no event."""

    def __init__(self, configuration: dict[str, Any]) -> None:
        self.configuration = configuration
        self.started = time.time()
        self.node = variable(configuration["node_variable"]) or posix.uname().nodename
        self.callback = self.event = "-"
        self.owner: list[str] = []
        self.values: dict[str, str] = {}
        self.notes: list[str] = []
        self.token = ""
        self.form = "source"
        self.options: RunOptions = ()
        self.checked: tuple[cache.KeyMark, CheckedToken]
        self.known = b""
        self.cache = self.place("state") + "/cache"

    def place(self, name: str) -> str:
        """Return a configured path, for this node."""
        return str(self.configuration[name]).replace("{node}", self.node)

    def decide(self, arguments: list[str]) -> tuple[int, str] | None:
        """Check the token, read the words, compare: is this event one for the function, and can it run?

        Returns:
            None if it is and it can. Otherwise the exit status and why the run is refused; the reason is
            empty if the event is about another object.
        """
        if not arguments:
            return CALLED_WRONGLY, "called without a token; this program is for GPFS to start"
        self.token = arguments[0]
        is_kept = self.recall()
        if not is_kept:
            try:
                from .verification import admit

                self.checked = admit(self)
            except (ValueError, KeyError, OSError) as error:
                return UNREADABLE, str(error)
            except ImportError as error:
                return FAILED, f"the library of Python cannot be read: {error}"
        self.callback, self.owner, names, self.form, problem, self.options, signed = self.checked[1]
        self.read_words(arguments[1:], names)
        self.event = self.values.get("eventName", "-")
        if signed:
            until, events = signed
            if self.started >= until or (events and self.event.lower() not in events):
                from .verification import unsigned

                reason = unsigned(self, until, events)
                if reason:
                    return UNREADABLE, reason
        if self.owner and not is_about(self.owner, self.values):
            if not is_kept:
                self.keep(b"")
            if self.notes:
                from .doubled_words import tell

                tell(self, arguments[1:])
            return SUCCEEDED, ""
        return (OTHER_PYTHON, problem) if problem else None

    def recall(self) -> bool:
        """Take what this node kept of the function, if it kept anything.

        It was kept after this very token had been checked with this very key, in a folder that nobody else
        may write to, so the check need not be repeated.
        """
        kept = cache.load(self.cache, self.cache_name())
        if kept is None:
            return False
        try:
            token, checked, known = marshal.loads(kept)
            key_mark, (_, _, _, _, _, _, _) = checked  # another release may have kept another form
            if token != self.token or (key_mark != self.key_mark() and not self.accepted):
                return False
        except (ValueError, EOFError, TypeError, OSError):
            return False
        self.checked, self.known = checked, known
        return True

    def keep(self, known: bytes) -> None:
        """Keep on this node what `recall` takes at later events; `known` is the function, once it has run."""
        from .cache_writer import store

        store(self.cache, self.cache_name(), marshal.dumps((self.token, self.checked, known)))

    def cache_name(self) -> str:
        """Return the name under which the function is kept."""
        return cache.key(self.token.rpartition("@")[2])

    def key_mark(self) -> cache.KeyMark:
        """Return the mark of the cluster key as it is now.

        Raises:
            OSError: The status of its file cannot be read, or there is none and the site has made one.
        """
        try:
            return cache.mark(posix.stat(self.place("key")))
        except FileNotFoundError:
            if self.configuration["key_required"]:
                raise
            return ()

    def read_words(self, words: list[str], names: list[str]) -> None:
        """Take the values that follow ``name=``, in the same word or in the words after it.

        A name that comes twice has no value: a user can choose a fileset's name so that it reads like another
        variable's word, and the event must not pass for one about another object.
        """
        values = self.values
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


def defined(name: str, values: dict[str, str]) -> str | None:
    """Return the value of a variable, or None where GPFS had none to give."""
    value = values.get(name)
    if value is None or value in ("", "UNDEFINED") or value == "%" + name:
        return None
    for qualifier in _QUALIFIERS:
        if name.endswith(qualifier) and value.endswith(qualifier):
            return None  # a GPFS without qualifiers substitutes the variable and leaves the rest
    return value


def is_about(owner: list[str], values: dict[str, str]) -> bool:
    """Tell whether an event is about the object that the callback belongs to; undefined is no match.

    Whatever is about an object of an unknown kind could be; it is refused for that.
    """
    return all(
        _device(defined(variable, values)) == _device(wanted)
        for variable, wanted in zip(SCOPES.get(owner[0], ()), owner[1:])
    )


def _device(value: str | None) -> str | None:
    return None if value is None else value.removeprefix("/dev/")


def variable(name: str) -> str:
    """Return an environment variable that the driver was started with, or an empty text."""
    return posix.environ.get(name.encode(), b"").decode("utf-8", "surrogateescape")
