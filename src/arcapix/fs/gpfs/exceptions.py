"""Every error of the package: one root, details as attributes, text built from them.

Each class states the exit status that the command line ends with, and each error survives a pickle, so that
it can cross a process boundary whole. No text ever shows a token or the value of a literal, except for the
entry complained about.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence

__all__ = [
    "AlreadyExists",
    "BadCallable",
    "BadIdentifier",
    "BindingError",
    "CallbackWarning",
    "CaptureError",
    "GPFSError",
    "GPFSExecuteException",
    "GPFSNotInstalled",
    "NotFound",
    "PayloadTooLarge",
    "ReplaceFailed",
    "ScopeError",
    "UnsupportedEvent",
    "WrongCluster",
    "nearest",
    "printable",
    "printable_lines",
    "shown_command",
]

_FEW = 3
_TOKEN = re.compile(r"""(?<![^\s'"=])A1\.[^\s'"]{98,}""")
_COMMAND_FAILED = re.compile(r"^(\S+: )?(6027-\d+ )?(\[\w\] )?Command failed\b", re.IGNORECASE)
# What GPFS says to other users than root was seldom recorded: any wording that is about rights will do.
_ABOUT_RIGHTS = re.compile(
    r"permission|not permitted|not allowed|authori[sz]|privilege|superuser|owned by this user"
    r"|\b(?:only|be|as) root\b|\broot (?:user|authority|access)\b",
    re.IGNORECASE,
)
_SHOWN_ENTRY = 80
_SHOWN_REASON = 1000


class CallbackWarning(UserWarning):
    """A doubt about a callback that does not stop its installation; ``-W error`` makes it a refusal.

    Given by ``new`` and ``create`` before anything is installed, for example where GPFS does not list the
    file system, fileset or pool that the callback is about, and by listings, for a token that was cut.
    """


def printable(text: str) -> str:
    """Return a text that somebody else has written as one line in which nothing is obeyed, or hides.

    What Unicode does not call printable is written as in a literal of Python: control characters and ESC,
    marks of direction, characters without a width, ends of lines and paragraphs, lone surrogates.
    """
    return text if text.isprintable() else "".join(map(_printable_character, text))


def printable_lines(text: str) -> str:
    """Return a text of several lines in that way; the lines keep their ends and tabs."""
    return "".join([each if each in "\n\t" else _printable_character(each) for each in text])


def _printable_character(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode()


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate most like ``word``, ignoring letter case, or None if none is much like it.

    A single one that begins with the word is that one: the rest of a generated identifier is easily left out.
    """
    from difflib import get_close_matches  # only a mistake needs it

    by_folded: dict[str, str] = {}
    for candidate in candidates:
        by_folded.setdefault(candidate.lower(), candidate)
    wanted = word.lower()
    begun = [folded for folded in by_folded if wanted and folded.startswith(wanted)]
    close = begun if len(begun) == 1 else get_close_matches(wanted, by_folded, n=1)
    return by_folded[close[0]] if close else None


def few(names: Sequence[str]) -> str:
    """Return the first of some names, for a line, and how many more there are."""
    more = len(names) - _FEW
    first = ", ".join(names[:_FEW])
    return f"{first} and {more} more" if more > 0 else first


def _restored(
    cls: type[BaseException], args: tuple[object, ...], details: Mapping[str, object]
) -> BaseException:
    error = cls.__new__(cls, *args)
    error.__dict__.update(details)
    return error


class GPFSError(Exception):
    """The root of everything that this package raises on purpose.

    Raised itself where no subclass fits, for example if the driver, the cluster key or a journal file cannot
    be used. Wrong types are a TypeError, wrong plain values a ValueError.

    Args:
        message: The whole text; what in it is not printable is escaped.
    """

    exit_status: int = 1

    def __init__(self, message: str = "") -> None:
        super().__init__(printable_lines(message))

    def __str__(self) -> str:
        # KeyError, a second base class of NotFound, would put quotes around the text.
        return str(self.args[0]) if self.args else ""

    def __reduce__(
        self,
    ) -> tuple[
        Callable[..., BaseException],
        tuple[type[BaseException], tuple[object, ...], dict[str, object]],
    ]:
        # The constructors take details, not the text that Exception would pass to them.
        return _restored, (type(self), self.args, dict(self.__dict__))


def _without_tokens(text: str) -> str:
    return _TOKEN.sub(lambda token: f"<token, {len(token.group())} characters>", text)


def _shown_word(word: str) -> str:
    import shlex  # only an error and the log need it

    shown = _without_tokens(word)
    # The quotes that a shell needs around "<" and blanks would only clutter a token that stands alone.
    return shown if _TOKEN.fullmatch(word) else shlex.quote(shown)


def shown_command(argv: Sequence[str]) -> str:
    """Return a command line, in one line, for typing it again: quoted, tokens shortened, no directory."""
    return printable(" ".join([argv[0].rpartition("/")[2], *map(_shown_word, argv[1:])]))


def _native_reason(name: str, stdout: str, stderr: str) -> str:
    """The reason that the command itself gave: its messages without its name, last line and usage."""
    for stream in (stderr, stdout):
        reasons: list[str] = []
        for raw in stream.splitlines():
            line = raw.strip()
            if line.lower() == "usage:":
                break
            if line and not _COMMAND_FAILED.match(line):
                reasons.append(line.removeprefix(f"{name}:").strip())
        if reasons:
            text = _without_tokens("; ".join(reasons).replace(".; ", ". "))
            return text if len(text) <= _SHOWN_REASON else f"… {text[-_SHOWN_REASON:]}"
    return ""


class GPFSExecuteException(GPFSError):
    """An mm command failed, or did not end in time.

    The text gives GPFS's reason and the command line, to be repeated by hand. A command that took too long
    was stopped, and may have done part of its work: list before you repeat it.

    Args:
        argv: The whole command line, program first; kept unchanged in ``argv``. Empty if none failed, as in
            an `AlreadyExists` that comes from a listing.
        returncode: Its exit status; ``-N`` if signal N ended it; None: it took too long and was stopped.
        stdout: All of its standard output.
        stderr: All of its standard error.
        note: A further line for the reader.
    """

    exit_status = 5

    def __init__(
        self, argv: Sequence[str], returncode: int | None, stdout: str, stderr: str, *, note: str = ""
    ) -> None:
        self.argv = tuple(argv)
        self.returncode = returncode
        self.stdout = stdout
        self.stderr = stderr
        self.note = note
        super().__init__(self._message())

    def _message(self) -> str:
        name = self.argv[0].rpartition("/")[2] if self.argv else "an mm command"
        if self.returncode is None:
            headline = f"{name} was stopped before it ended"
        elif self.returncode < 0:
            headline = f"{name} was ended by signal {-self.returncode}"
        else:
            headline = f"{name} exited with status {self.returncode}"
        reason = _native_reason(name, self.stdout, self.stderr)
        lines = [f"{headline}: {reason}" if reason else headline]
        if self.note:
            lines.append(f"  {self.note}")
        if self.argv:
            lines.append(f"  ran: {shown_command(self.argv)}")
        if self.needs_root:
            lines.append("  needs root")
        return "\n".join(lines)

    @property
    def needs_root(self) -> bool:
        """Whether GPFS has refused it to this user, as far as its words tell."""
        return os.geteuid() != 0 and any(map(_ABOUT_RIGHTS.search, (self.stdout, self.stderr)))


def _what_ran(failure: Exception | None) -> tuple[tuple[str, ...], int | None, str, str]:
    """Return what a failed command was, and what it said; nothing if none failed."""
    if isinstance(failure, GPFSExecuteException):
        return failure.argv, failure.returncode, failure.stdout, failure.stderr
    return (), None, "", ""


class AlreadyExists(GPFSExecuteException):
    """A callback, fileset, snapshot … with that name already exists; nothing was changed.

    Raised by ``new`` and ``create``: for a callback whose identifier was given, after a listing beforehand;
    for everything else, after a listing that follows the failure. ``replace=True`` replaces a function by a
    function.

    Args:
        kind: What it is, in lower case: ``"callback"``, ``"fileset"``.
        name: Its name.
        detail: A few words that tell it from others, such as ``"shutdown on mynode"``.
        hint: The way out, if it is not ``replace=True`` or another name.
        failure: The command that GPFS refused, whose details it takes over; None if a listing showed it
            beforehand.
    """

    exit_status = 4

    def __init__(
        self,
        kind: str,
        name: str,
        detail: str = "",
        *,
        hint: str = "",
        failure: GPFSExecuteException | None = None,
    ) -> None:
        self.kind = kind
        self.name = name
        self.detail = detail
        self.hint = hint
        super().__init__(*_what_ran(failure))

    def _message(self) -> str:
        detail = f" ({printable(self.detail)})" if self.detail else ""
        usual = "use replace=True, or another identifier" if self.kind == "callback" else "use another name"
        return f"{self.kind} {self.name!r} exists{detail}; {self.hint or usual}"


class ReplaceFailed(GPFSExecuteException):
    """A callback could not be changed: GPFS has no change command, only delete and add.

    Raised by ``add``, ``remove``, ``change`` and ``create(replace=True)``. If it is not ``restored``, nothing
    is installed, or not what was there before: fix the cause, then run ``arcapix-gpfs recover --definitions``
    or ``Cluster().callbacks.recover()``. If there is something ``registered`` in its place, other nodes kept
    changing it at the same time: look at it, and change it again.

    Args:
        identifier: The callback.
        restored: Whether the old definition is installed again.
        journal: The file that keeps the old definition, if it was not put back.
        reason: The text of the failure that caused it.
        failure: That failure; if a command failed, its details are taken over.
        registered: A few words about what another node has installed instead, such as ``"shutdown on
            mynode"``.
    """

    exit_status = 7

    def __init__(
        self,
        identifier: str,
        *,
        restored: bool,
        journal: str | None,
        reason: str,
        failure: Exception | None = None,
        registered: str = "",
    ) -> None:
        self.identifier = identifier
        self.restored = restored
        self.journal = journal
        self.reason = reason
        self.registered = registered
        super().__init__(*_what_ran(failure))

    def _message(self) -> str:
        if self.registered:
            registered = printable(self.registered)
            return f"callback {self.identifier!r} was not changed: {self.reason}; now it is {registered}"
        if self.restored:
            return f"callback {self.identifier!r} could not be changed and was put back: {self.reason}"
        where = f"; its definition is in {self.journal}" if self.journal else ""
        return (
            f"callback {self.identifier!r} IS NOT INSTALLED: it could neither be changed nor put back"
            f"{where}; run arcapix-gpfs recover --definitions, or Cluster().callbacks.recover()\n"
            f"  {self.reason}"
        )


class GPFSNotInstalled(GPFSError):
    """There are no mm commands where they were looked for.

    Raised at the first question to GPFS. ``ARCAPIX_GPFS_BIN`` names another directory; it is set for an
    emulated cluster.

    Args:
        directory: Where they were looked for.
    """

    exit_status = 6

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        self.directory = os.fspath(directory)
        super().__init__(
            f"no GPFS administration commands in {self.directory}; set ARCAPIX_GPFS_BIN to the directory "
            'they are in,\nor start an emulated cluster: eval "$(arcapix-gpfs emulate start)"'
        )


class NotFound(GPFSError, KeyError, ValueError):
    """There is no callback, fileset, snapshot … with that name.

    Raised by ``[...]`` and ``destroy`` of a collection, and by an object at the first question that needs the
    thing to exist. It is a KeyError, as mappings raise, and a ValueError; the text offers the nearest name.

    Args:
        kind: What was looked for, in lower case: ``"callback"``, ``"fileset"``.
        name: The name asked for.
        existing: The names that exist; the nearest is offered.
        meant: What was meant, if that is known better.
        where: Where it was looked for, such as ``"on this node"``, if it may be elsewhere.
        hint: What to do where no name is near.
    """

    exit_status = 3

    def __init__(
        self,
        kind: str,
        name: str,
        existing: Iterable[str] = (),
        *,
        meant: str = "",
        where: str = "",
        hint: str = "",
    ) -> None:
        self.kind = kind
        self.name = name
        self.existing = tuple(existing)
        near = nearest(name, self.existing)
        meant = meant or (repr(near) if near else "")
        looked_for = f"no {kind} {name!r}{where and f' {where}'}"
        way_out = f"did you mean {meant}?" if meant else hint
        super().__init__(looked_for + (f"; {way_out}" if way_out else ""))


_EVERY_EVENT = ("Cluster", "Node", "Nodeclass")
_OWNER_OF = {"file system": "Filesystem", "fileset": "Fileset", "pool": "Pool"}


class UnsupportedEvent(GPFSError, AttributeError, ValueError):
    """The event does not exist, or it is not about objects of that class.

    Raised by an ``on<Event>`` attribute, so that ``hasattr`` is False, and where events are given by name.
    The text names the classes that do support the event, or the nearest event.

    Args:
        text: The whole text.
        owner: The class that was asked, such as ``"Pool"``.
        event: The event, even if an attribute was asked for.
        about: What the event is about, such as ``"a file system"``; empty if the event does not exist.
        nearest: The nearest event (or attribute) that does exist.
    """

    exit_status = 2

    def __init__(
        self, text: str, *, owner: str, event: str, about: str = "", nearest: str | None = None
    ) -> None:
        self.owner = owner
        self.event = event
        self.about = about
        self.nearest = nearest
        super().__init__(text)
        self.obj = None  # otherwise Python 3.12 and later add a second "Did you mean"

    @classmethod
    def by_name(cls, owner: str, event: str, about: str = "", nearest: str | None = None) -> UnsupportedEvent:
        """Return the error for an event that was given by its name."""
        if about:
            text = f"{owner} does not support {event!r}: it is about {about}; use {_owners_of(about)}"
        elif nearest:
            text = f"the catalogue has no event {event!r}; did you mean {nearest!r}?"
        else:
            filtering = f"{owner} has nothing to filter it by; use {_owners_of(about)}"
            text = f"the catalogue has no event {event!r}, and {filtering}"
        return cls(text, owner=owner, event=event, about=about, nearest=nearest)

    @classmethod
    def by_attribute(
        cls, owner: str, attribute: str, about: str = "", nearest: str | None = None
    ) -> UnsupportedEvent:
        """Return the error for an attribute that was asked for, such as ``onMount``."""
        event = f"{attribute[2].lower()}{attribute[3:]}"
        text = f"{owner} has no {attribute}"
        if about and nearest:
            text += f"; did you mean {nearest}? That is about {about}; use {_owners_of(about)}"
        elif about:
            text += f": {event} is about {about}; use {_owners_of(about)}"
        elif nearest:
            text += f"; did you mean {nearest}?"
        return cls(text, owner=owner, event=event, about=about, nearest=nearest)


def _owners_of(about: str) -> str:
    owners = [*_EVERY_EVENT, *(cls for word, cls in _OWNER_OF.items() if word in about)]
    return f"{', '.join(owners[:-1])} or {owners[-1]}"


class BadIdentifier(GPFSError, ValueError):
    """An identifier that GPFS refuses, or that could not be addressed later.

    Raised when a callback is defined, before GPFS is asked; the text proposes a legal one. Raised for every
    other name, too, that a command would take for something else, such as an option, before it is started.

    Args:
        identifier: What was given.
        problem: What is wrong with it: ``"begins with 'mm', which GPFS keeps for itself"``.
        proposal: A legal one like it; empty if there is none.
    """

    exit_status = 2

    def __init__(self, identifier: str, problem: str, proposal: str = "") -> None:
        self.identifier = identifier
        self.problem = problem
        self.proposal = proposal
        super().__init__(f"{identifier!r} {problem}" + (f"; try {proposal!r}" if proposal else ""))


class ScopeError(GPFSError, ValueError):
    """The command cannot be limited to that object, or ``node=`` contradicts the owner.

    Raised for a script on a file system, fileset or pool: GPFS filters by node only, so a function has to
    wrap it. Raised for ``node=`` on a Node or Nodeclass that names something else: leave it out.

    Args:
        message: The whole text.
    """

    exit_status = 2


class BadCallable(GPFSError, TypeError):
    """What was given as the command cannot serve as one.

    Raised itself for an ``async`` or generator function, since calling it runs nothing; its subclasses say
    what else stops an installation, before GPFS is asked.

    Args:
        name: The callable's name.
        problem: What is wrong, and the way out.
    """

    exit_status = 2

    def __init__(self, name: str, problem: str) -> None:
        self.name = name
        self.problem = problem
        super().__init__(f"cannot install {name!r}: {problem}")


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(map(repr, names))


def _shown_entry(entry: object) -> str:
    try:
        shown = repr(entry)
    except Exception:  # the entry's own code must not replace the error that is being reported
        shown = f"<{type(entry).__name__}>"
    return shown if len(shown) <= _SHOWN_ENTRY else f"{shown[: _SHOWN_ENTRY - 1]}…"


class BindingError(BadCallable):
    """The parameters of a callable and its parms do not match.

    Raised by ``new`` and ``create``: each parameter needs a variable with its name, an entry of parms, or a
    default, and each entry of parms needs a parameter.

    Args:
        name: The callable's name.
        missing: Parameters that get no value.
        left_over: Entries of parms that no parameter takes; kept as text.
        takes: The parameters that exist, for the text.
        hint: The way out, if it is not to complete parms.
    """

    def __init__(
        self,
        name: str,
        *,
        missing: Iterable[str] = (),
        left_over: Iterable[object] = (),
        takes: Iterable[str] = (),
        hint: str = "",
    ) -> None:
        entries = tuple(left_over)
        self.missing = tuple(missing)
        self.left_over = tuple(entry if isinstance(entry, str) else _shown_entry(entry) for entry in entries)
        self.takes = tuple(takes)
        self.hint = hint
        problems = []
        if len(self.missing) == 1:
            problems.append(f"parameter {_quoted(self.missing)} gets no value")
        elif self.missing:
            problems.append(f"parameters {_quoted(self.missing)} get no value")
        if entries:
            shown = ", ".join(map(_shown_entry, entries))
            problems.append(
                f"parms entry {shown} is left over"
                if len(entries) == 1
                else f"parms entries {shown} are left over"
            )
        if hint:
            way_out = hint
        elif entries:
            way_out = f"{str(name)!r} takes {', '.join(self.takes) or 'nothing'}"
        elif len(self.missing) == 1:
            way_out = "add it to parms, or give it a default"
        else:
            way_out = "add them to parms, or give them defaults"
        super().__init__(name, f"{' and '.join(problems)}; {way_out}" if problems else way_out)


class CaptureError(BadCallable):
    """Something that the function uses cannot travel to the nodes.

    Raised by ``new`` and ``create`` for open files, sockets, locks and the like; the way out, in the text, is
    usually to make such a thing inside the function.

    Args:
        function: The function's name.
        what: Kind, name and path of the thing, as it follows ``its``: ``"global 'cfg', attribute 'lock'"``.
        type_name: The full name of its type; empty if the type explains nothing.
        remedy: The way out.
        variable: The name alone.
    """

    def __init__(
        self, function: str, what: str, type_name: str, remedy: str, *, variable: str | None = None
    ) -> None:
        self.what = what
        self.type_name = type_name
        self.remedy = remedy
        self.variable = variable
        of_type = f" ({type_name})" if type_name else ""
        super().__init__(function, f"its {what}{of_type} cannot be captured; {remedy}")


class PayloadTooLarge(CaptureError):
    """The token of a function is too long.

    Raised by ``new`` and ``create``, before GPFS is asked, or after GPFS was seen to have cut it, when it has
    been deleted again. The text names the largest captured values: read those inside the function.

    Args:
        function: The function's name.
        size: Characters of the token; of one that GPFS has cut, with the words behind it.
        limit: Characters allowed, or those that GPFS has kept.
        largest: Names and sizes of what was captured, largest first.
        cut: Whether GPFS has cut it.
        found_in: The file that says how much GPFS keeps, if it was not asked for that reason.
    """

    def __init__(
        self,
        function: str,
        size: int,
        limit: int,
        largest: Iterable[tuple[str, int]],
        *,
        cut: bool = False,
        found_in: str = "",
    ) -> None:
        self.size = size
        self.limit = limit
        self.largest = tuple(largest)
        self.cut = cut
        self.what = "token"
        self.type_name = ""
        self.variable = None
        self.remedy = "read large values inside the function, from a file that every node has"
        shown = ", ".join(f"{name} ({count:,})" for name, count in self.largest[:5])
        largest_names = f"; the largest captured values are {shown}" if shown else ""
        too_long = f"its token has {size:,} characters and may have {limit:,}"
        if cut:
            too_long = (
                f"GPFS kept only {limit:,} of the {size:,} characters of its token and the words behind it, "
                "and would not run it"
            )
        elif found_in:
            too_long = (
                f"its token and the words behind it have {size:,} characters, and GPFS keeps {limit:,} here, "
                f"as {found_in} says"
            )
        BadCallable.__init__(self, function, f"{too_long}{largest_names}; {self.remedy}")


class WrongCluster(GPFSError):
    """This node belongs to a cluster other than the one named.

    Raised at the first question to GPFS through ``Cluster(name)``, what it lists, and its callbacks.

    Args:
        asked: The name or id given to ``Cluster``.
        actual: The name of the cluster that the node belongs to.
    """

    exit_status = 8

    def __init__(self, asked: str, actual: str) -> None:
        self.asked = asked
        self.actual = actual
        super().__init__(
            f"this node belongs to cluster {actual!r}, not to {asked!r}; run it on a node of that cluster"
        )
