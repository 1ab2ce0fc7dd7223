"""What GPFS said, read and decided on: is the token sound, is the event one for the function?

Every event runs this, and most events of a storm end here. So it is text only: nothing of the function is
decoded.
"""

from __future__ import annotations

import marshal
import posix
import sys
import time

from . import _cache, _token

TYPE_CHECKING = False  # `typing` itself costs more than all else on this path
if TYPE_CHECKING:
    from typing import Any

SUCCEEDED, FAILED, CALLED_WRONGLY, UNREADABLE, OTHER_PYTHON = 0, 1, 2, 3, 4
"""The exit statuses of the public table that the driver ends with."""

SCOPES = {
    "filesystem": ("fsName",),
    "fileset": ("fsName", "filesetName"),
    "pool": ("fsName", "storagePool"),
}
"""Kind of owner object -> the variables that tell whether an event is about it."""

_QUALIFIERS = (".name", ".shortName", ".ip")


class Refusal(Exception):
    """A run does not take place: the exit status, and why."""


class Firing:
    """One start of the driver: what GPFS said, as far as it was read."""

    def __init__(self, configuration: dict[str, Any]) -> None:
        self.configuration = configuration
        self.started = time.time()
        self.node = variable(configuration["node_variable"]) or posix.uname().nodename
        self.callback = self.event = "-"
        self.owner: list[str] = []
        self.values: dict[str, str] = {}
        self.notes: list[str] = []
        self.token = self.body = ""
        self.form = "source"
        self.key: bytes | None = None
        self.known = b""
        self.cache = self.place("state") + "/cache"

    def place(self, name: str) -> str:
        """Return a configured path, of this node."""
        return str(self.configuration[name]).replace("{node}", self.node)

    def decide(self, arguments: list[str]) -> bool:
        """Check the token, read the words, compare: tell whether this event is one for the function.

        Raises:
            Refusal: the run cannot take place.
        """
        if not arguments:
            raise Refusal(CALLED_WRONGLY, "called without a token; this program is for GPFS to start")
        try:
            self.token = arguments[0]
            self.key = _read_key(self.place("key"))
            self.known = self.recall()
            header, self.body = _token.split(self.token) if self.known else _token.check(self.token, self.key)
            fields = _token.fields(header)
            self.callback = _token.text(fields["id"])
            self.owner = _token.items(fields.get("ow"))
            names = ["eventName", *_token.items(fields.get("vs"))]
            interpreter = fields["py"]
        except (ValueError, KeyError, OSError) as error:
            raise Refusal(UNREADABLE, str(error)) from None
        self.read_words(arguments[1:], names)
        self.event = self.values.get("eventName", "-")
        if self.owner and not is_about(self.owner, self.values):
            return False
        if fields.get("fm") == "b":
            self.form = "bytecode"
        problem = _other_python(interpreter, self.form)
        if problem:
            raise Refusal(OTHER_PYTHON, f"{_token.text(fields.get('fn', '-'))} {problem}")
        return True

    def recall(self) -> bytes:
        """Return what this node kept of the function, or nothing.

        It was kept after the very same token had been checked with the very same key, in a folder that nobody
        else may write to: so neither needs to be done again.
        """
        kept = _cache.load(self.cache, _cache.key(self.token[-_token.DIGEST_CHARACTERS :]))
        if kept is None:
            return b""
        token, key, known = marshal.loads(kept)
        return known if token == self.token and key == self.key_mark() else b""

    def keep(self, known: bytes) -> None:
        """Let this node keep what `recall` gives at later events."""
        name = _cache.key(self.token[-_token.DIGEST_CHARACTERS :])
        _cache.store(self.cache, name, marshal.dumps((self.token, self.key_mark(), known)))

    def key_mark(self) -> str:
        """Return what tells this cluster key from others without being it."""
        return "" if self.key is None else _token.digest(b"arcapix.fs.gpfs", self.key)

    def read_words(self, words: list[str], names: list[str]) -> None:
        """Take the values that stand behind ``name=``, in the same word or as the words that follow.

        A name that comes twice has no value: a user can choose a fileset's name so that it reads like another
        variable's word, and must not pass for another object with it.
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


def _other_python(version: str, form: str) -> str:
    """Return why this interpreter cannot run a token, or nothing."""
    here = sys.version_info[:2]
    major, _, minor = version.partition(".")
    made = (int(major), int(minor))
    if form == "bytecode" and here != made:
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


def variable(name: str) -> str:
    """Return an environment variable as the driver was started with, or nothing."""
    return posix.environ.get(name.encode(), b"").decode("utf-8", "surrogateescape")
