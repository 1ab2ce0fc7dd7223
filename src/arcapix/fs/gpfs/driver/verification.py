"""The full check of a token: its digest, the cluster key, the Python it needs; at a function's first event.

What it finds is kept on the node by `cache_writer`; later events compare their token with the kept one.
"""

from __future__ import annotations

import posix
import sys
import time

from . import cache, trust
from . import token as tokens
from .decision import ENVIRONMENT, GPFS_TIMEOUT, SCOPES, defined

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .decision import Firing

    RunOptions = tuple[tuple[str, str], ...]
    """What is to happen around the call: pairs of an option and its value."""

    Signed = tuple[float, list[str]] | tuple[()]
    """Until when the key is valid that a token was made with, and for which events; empty without a key."""

    CheckedToken = tuple[str, list[str], list[str], str, str, RunOptions, Signed]
    """What a checked token says: callback, owner, variables, form, why it cannot run here, run options, and
    what it was signed for."""


_READING = posix.O_RDONLY | posix.O_NOFOLLOW | posix.O_NONBLOCK | posix.O_CLOEXEC
_OTHERS, _WRITING = 0o077, 0o022
_LOOP = 40
"""The error of a link that is not followed."""

_OPTIONS = (
    "timeout", "retries", "once", "only_on", "every", "max_running", "overflow", "run_as", "umask", "nice",
    "memory", "cpu_seconds", "output", "reconcile", GPFS_TIMEOUT,
)  # fmt: skip

KEY_CHARACTERS = 64
"""Of a key that we made; a cut one, of a file that was copied in part, would be easy to guess."""

_DIGITS = b"0123456789abcdef"

_FOR_EVER = float("inf")
_NO_MARK = (-1,)
"""Of no key's file: what is found without a look at the key counts for no other event."""


def admit(firing: Firing) -> tuple[cache.KeyMark, CheckedToken]:
    """Return the mark of the key that a token was checked with, and what it says of its function.

    Raises:
        OSError, ValueError, KeyError: The token or the key cannot be used, or others could change what runs.
    """
    _refuse_what_others_could_change(firing)
    if firing.accepted:
        return _NO_MARK, _said(tokens.fields(tokens.split(firing.token)[0]), ())
    key, mark = read_key(firing.place("key"))
    if key is None and firing.configuration["key_required"]:
        raise ValueError(without_key(firing.place("key")))
    header, _, until = checked(firing.token, [] if key is None else keys_of(key))
    fields = tokens.fields(header)
    events = [event.lower() for event in tokens.items(fields.get("ev"))]
    return mark, _said(fields, () if key is None else (until, events))


def _said(fields: dict[str, str], signed: Signed) -> CheckedToken:
    """Return what the header of a token says that may run."""
    owner = tokens.items(fields.get("ow"), "surrogateescape")
    form = "bytecode" if fields.get("fm") == "b" else "source"
    options = _run_options(fields)
    problem = _other_python(fields["py"], form) or _other_release(owner, fields.get("fm"), options)
    if problem:
        problem = f"{tokens.text(fields.get('fn', '-'))} {problem}"
    names = ["eventName", *tokens.items(fields.get("vs"))]
    return tokens.text(fields["id"]), owner, names, form, problem, options, signed


def checked(token: str, keys: Sequence[tuple[bytes, float]]) -> tuple[str, str, float]:
    """Return a token's header and body, once its digest has proved right, and until when its key is valid.

    Args:
        token: The token.
        keys: What `keys_of` has found; empty if the site has no key.

    Raises:
        TokenError: See `token.check`; the text is about the key that signs at present.
    """
    for key, until in keys[1:]:
        if until > time.time():
            try:
                return (*tokens.check(token, key), until)
            except tokens.TokenError:
                continue
    return (*tokens.check(token, keys[0][0] if keys else None), _FOR_EVER)


def keys_of(content: bytes) -> list[tuple[bytes, float]]:
    """Return the keys in a file, first the one that signs, and until when each is valid.

    It is the first line. While keys change, others follow, one a line: ``next`` and the key that will take
    its place, or ``old``, the key before it, ``until`` and seconds since 1970. Whatever else stands there,
    such as half a line, does not count, so that the first one stays usable.
    """
    first, *others = content.strip().split(b"\n")
    keys = [(first.strip(), _FOR_EVER)]
    for line in others:
        kind, _, rest = line.strip().partition(b" ")
        old, _, until = rest.rpartition(b" until ")
        if kind == b"next" and len(rest) == KEY_CHARACTERS:
            keys.append((rest, _FOR_EVER))
        elif kind == b"old" and old and until.isdigit():
            keys.append((old, float(until)))
    return keys


def unsigned(firing: Firing, until: float, events: list[str]) -> str:
    """Return why a signed token does not run at this event; nothing if that cannot be told.

    Args:
        firing: The event.
        until: When the key of the token ends.
        events: What it was signed for, in lower case; nothing in a token of an earlier release.
    """
    if firing.accepted:
        return ""  # it was compared then
    if firing.started >= until:
        return (
            "the token was signed with a key that is not valid any more; install the function again, "
            "or sign it on a node that still takes the key: arcapix-gpfs key rotate"
        )
    if defined("eventName", firing.values) is None:
        firing.notes.append("the event is undefined, so it was not compared with those that were signed")
        return ""
    return (
        f"the token was signed for {', '.join(events)[:200]}, and somebody has registered it for "
        f"{firing.event[:100]!r}; delete the callback, or install the function again where the key is"
    )


def _refuse_what_others_could_change(firing: Firing) -> None:
    configuration = firing.configuration
    if configuration["insecure"] or configuration["emulated"]:
        return
    package = trust.__file__.rpartition("/")[0]
    stub, state = sys.argv[0], firing.place("state")
    parts = trust.parts(stub, package, state, sys.executable)
    try:
        found = trust.danger(parts, stub, state, (package, package.rpartition("/")[0]))
    except OSError as error:  # nobody else can have brought that about
        firing.notes.append(f"whether others could change what runs cannot be told: {error}")
        return
    if found:
        from .records import Records

        reason = f"{found}, or install the driver with --insecure"
        Records(firing).complain(f"refused: {reason}")
        raise ValueError(reason)


def read_key(path: str) -> tuple[bytes | None, cache.KeyMark]:
    """Return the cluster key and its mark; None and the empty mark where the site has made none.

    Raises:
        OSError, ValueError: There is one, but it cannot be used.
    """
    try:
        descriptor = posix.open(path, _READING)
    except FileNotFoundError:
        return None, ()
    except OSError as error:
        if error.errno == _LOOP:
            raise ValueError(f"the cluster key {path} is a link; put the file itself there") from None
        raise
    try:
        status = posix.fstat(descriptor)  # before it is read, lest a later change go unnoticed
        if status.st_mode & cache.KIND != cache.REGULAR_FILE:
            raise ValueError(f"the cluster key {path} is not a file")
        _refuse_key_of_others(path, status)
        key = posix.read(descriptor, 4096).strip()
    except OSError as error:
        error.filename = path
        raise
    finally:
        posix.close(descriptor)
    first = key.partition(b"\n")[0].strip()
    if not first or (len(first) < KEY_CHARACTERS and not first.strip(_DIGITS)):
        raise ValueError(
            f"the cluster key {path} {'was cut' if first else 'is empty'}; {from_another_node(path)}; "
            "or, where no callback is signed, remove it and run: arcapix-gpfs key create"
        )
    return key, cache.mark(status)


def without_key(path: str) -> str:
    """Return why nothing runs where the driver requires a key that is not there, and what to do."""
    return (
        f"there is no cluster key in {path}, and nothing runs here without it; {from_another_node(path)}; "
        "or, where no callback is signed, run: arcapix-gpfs key forget"
    )


def from_another_node(path: str) -> str:
    """Return how the key gets to a node on which it cannot be used: so that no event finds half of it."""
    return f"copy it from another node, never in place: scp -p NODE:{path} {path}.new && mv {path}.new {path}"


def _refuse_key_of_others(path: str, status: posix.stat_result) -> None:
    if trust.is_foreign(status.st_uid):
        raise ValueError(
            f"the cluster key {path} belongs to another user, who knows it; move it away, and "
            f"{from_another_node(path)}"
        )
    if status.st_mode & _WRITING:
        raise ValueError(
            f"the cluster key {path} can be written by others than its owner; move it away, and "
            f"{from_another_node(path)}"
        )
    if status.st_mode & _OTHERS:
        raise ValueError(
            f"the cluster key {path} is open to others than its owner; run: chmod 600 {path}; as they may "
            "have read it, change it then: arcapix-gpfs key rotate"
        )


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


def _run_options(fields: dict[str, str]) -> RunOptions:
    """Return the options of the run; the time that GPFS waits for a synchronous callback is one of them."""
    found = []
    for item in fields["ru"].split(".") if "ru" in fields else ():
        name, _, value = item.partition("=")
        found.append((tokens.text(name), tokens.text(value)))
    if "sy" in fields and "to" in fields:
        found.append((GPFS_TIMEOUT, tokens.text(fields["to"])))
    return tuple(found)


def _other_release(owner: list[str], form: str | None, options: RunOptions) -> str:
    """Return what of a token this release of the driver does not know, or nothing."""
    way_out = f"which this release of the driver does not know; run: {trust.renewal(sys.argv[0])}"
    if form not in (None, "b"):
        return f"comes in the form {form[:100]!r}, {way_out}"
    if owner and len(owner) != 1 + len(SCOPES.get(owner[0], owner)):
        return f"is about {' '.join(owner)[:100]!r}, {way_out}"
    for name, _ in options:
        if name not in _OPTIONS and not name.startswith(ENVIRONMENT):
            return f"has the run option {name[:100]!r}, {way_out}"
    return ""
