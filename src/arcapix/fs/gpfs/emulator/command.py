'''How an mm command is declared, how its arguments are read, and what it works with.

A command is a function in a module of the package `commands`; all modules there are found automatically. The
usage text is GPFS's synopsis: an option that is in it but not declared is answered with "is not
emulated" (status 124), any other undeclared option with GPFS's usage error.

A listing command reads `Context.state`, which nobody alters::

    @command(
        "mmlsthing",
        usage="mmlsthing {Device | all} [-L] [-Y]",
        flags=("-L", "-Y"),
        words=(1, 1),
    )
    def mmlsthing(context: Context, arguments: Arguments) -> None:
        """List the things of a file system."""
        filesystem = context.filesystem(arguments.words[0])     # unknown: GPFS's message, status 1
        if arguments.flag("-Y"):
            context.out(layout.y_header("mmlsthing", "", ("filesystemName", "path")))
            context.out(layout.y_row("mmlsthing", "", (filesystem.name, "/a"), paths=(1,)))
        else:
            context.out(f"Things in file system '{filesystem.name}':")

A changing one makes its change on a copy, inside `Context.change`, which holds the configuration lock, saves
and publishes. It looks things up in the copy that it is given, raises `CommandFailed` (nothing is changed
then), and never waits inside for anything; events are raised after it::

    @command(
        "mmcrthing", usage="mmcrthing Device Name [-t Comment]", values=("-t",), words=(2, 2), changing=True
    )
    def mmcrthing(context: Context, arguments: Arguments) -> None:
        """Create a thing."""
        with context.change() as state:
            filesystem = context.filesystem(arguments.words[0], state)
            if arguments.words[1] in filesystem.things:
                raise CommandFailed(f"Thing {arguments.words[1]} exists.", status=17)
            filesystem.things[arguments.words[1]] = Thing(arguments.words[1], arguments.value("-t", ""))
        context.progress(f"Thing {arguments.words[1]} created.")
        context.propagating()
        context.raise_event("thingCreated", filesystem.manager, fsName=filesystem.name)
'''

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from arcapix.fs.gpfs.emulator import layout, messages, names
from arcapix.fs.gpfs.emulator.model import Filesystem, Node, State
from arcapix.fs.gpfs.emulator.releases import Layout, Release

if TYPE_CHECKING:
    from arcapix.fs.gpfs.emulator.emulator import Emulator

Body: TypeAlias = "Callable[[Context, Arguments], None]"

COMMANDS: dict[str, Command] = {}
"""Every command by name; filled by the decorator `command`."""

_HELP = ("-h", "-?", "--help")
"""First words that ask for the usage text, with the status of a usage error [unverified]."""


class CommandFailed(Exception):
    """An mm command failed: its lines go to standard error, then "Command failed" unless told otherwise."""

    def __init__(self, *lines: str, status: int = 1, summary: bool = True) -> None:
        super().__init__(*lines)
        self.lines = lines
        self.status = status
        self.summary = summary


class UsageFailed(CommandFailed):
    """An mm command was called wrongly, or asked for its usage: a line that says so, then the usage text."""

    def __init__(self, *lines: str) -> None:
        super().__init__(*lines, summary=False)


@dataclass(frozen=True)
class Command:
    """The declaration of one mm command."""

    name: str
    usage: str
    run: Body
    flags: tuple[str, ...] = ()
    """Options without a value."""
    values: tuple[str, ...] = ()
    """Options that take a value."""
    required: tuple[str, ...] = ()
    words: tuple[int, int | None] = (0, None)
    """How many words besides options it takes: at least, at most (None: any number)."""
    changing: bool = False
    """It changes the configuration: it costs the time of a changing command."""
    needs_daemon: bool = False
    """It asks the daemon of the node it runs on, and fails where that is down."""
    bare: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Options that take no value where another one, the key, is given."""
    layouts: tuple[Layout, ...] = ()
    """What is known of its output, the oldest of each form first."""

    def beside(self, argv: Sequence[str]) -> Command:
        """The declaration that holds for these words."""
        bare = [one for option, others in self.bare.items() for one in others if _is_given(option, argv)]
        if not bare:
            return self
        values = tuple(option for option in self.values if option not in bare)
        return replace(self, flags=(*self.flags, *bare), values=values)

    def knows(self, option: str) -> bool:
        """Tell whether GPFS's synopsis names this option."""
        return re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", self.usage) is not None


def command(
    name: str,
    *,
    usage: str,
    flags: Sequence[str] = (),
    values: Sequence[str] = (),
    required: Sequence[str] = (),
    words: tuple[int, int | None] = (0, None),
    changing: bool = False,
    needs_daemon: bool = False,
    aliases: Sequence[str] = (),
    bare: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
    layouts: Sequence[Layout] = (),
) -> Callable[[Body], Body]:
    """Register a function as an mm command, also under the names in `aliases`."""

    def register(body: Body) -> Body:
        for one in (name, *aliases):
            COMMANDS[one] = Command(
                one,
                usage,
                body,
                tuple(flags),
                tuple(values),
                tuple(required),
                words,
                changing,
                needs_daemon,
                bare,
                tuple(layouts),
            )
        return body

    return register


@dataclass
class Arguments:
    """The words and options of one call."""

    words: tuple[str, ...] = ()
    options: list[tuple[str, str | None]] = field(default_factory=list)
    """Options as given, in order, with their values."""

    def flag(self, *options: str) -> bool:
        """Tell whether one of these options was given."""
        return any(option in options for option, _ in self.options)

    def value(self, option: str, default: str | None = None) -> str | None:
        """The value of an option, the last one if it was repeated."""
        found = self.values(option)
        return found[-1] if found else default

    def values(self, option: str) -> tuple[str, ...]:
        """All values of a repeatable option."""
        return tuple(value for given, value in self.options if given == option and value is not None)

    @classmethod
    def parse(cls, declared: Command, argv: Sequence[str]) -> Arguments:
        """Read the words after the command's name.

        Raises:
            CommandFailed: An unknown option, a missing value or too few or many words (usage error), a
                request for the usage, or an option that GPFS has and the emulator lacks.
        """
        declared = declared.beside(argv)
        words: list[str] = []
        options: list[tuple[str, str | None]] = []
        rest = list(argv)
        if rest and rest[0] in _HELP and rest[0] not in declared.flags and rest[0] not in declared.values:
            raise UsageFailed
        while rest:
            word = rest.pop(0)
            if not word.startswith("-") or word == "-":
                words.append(word)
            elif word in declared.values:
                if not rest:
                    raise UsageFailed(messages.MISSING_ARGUMENTS.format(command=declared.name))
                options.append((word, rest.pop(0)))
            elif word in declared.flags:
                options.append((word, None))
            elif word.startswith("--") and word.partition("=")[0] in declared.values:
                options.append((word.partition("=")[0], word.partition("=")[2]))
            else:
                expanded = _split_short(declared, word)
                if expanded is None:
                    raise _unknown_option(declared, word)
                rest = expanded + rest
        given = {option for option, _ in options}
        least, most = declared.words
        if len(words) < least or not given.issuperset(declared.required):
            raise UsageFailed(messages.MISSING_ARGUMENTS.format(command=declared.name))
        if most is not None and len(words) > most:
            raise UsageFailed(messages.EXTRA_ARGUMENT.format(command=declared.name, word=words[most]))
        return cls(tuple(words), options)


def _is_given(option: str, argv: Sequence[str]) -> bool:
    """Tell whether a short option is among the words, perhaps before others as in ``-dY``."""
    return any(word[:2] == option for word in argv)


def _split_short(declared: Command, word: str) -> list[str] | None:
    """Split ``-aL`` into flags and ``-Nn1`` into option and value; None if it cannot be that."""
    if word.startswith("--") or len(word) < 3:
        return None
    first, rest = word[:2], word[2:]
    if first in declared.values:
        return [first, rest]
    if first in declared.flags and (f"-{rest[0]}" in declared.flags or f"-{rest[0]}" in declared.values):
        return [first, f"-{rest}"]
    return None


def _unknown_option(declared: Command, option: str) -> CommandFailed:
    if declared.knows(option):
        text = messages.NOT_EMULATED_OPTION.format(command=declared.name, option=option)
        return CommandFailed(text, status=messages.NOT_EMULATED_STATUS, summary=False)
    return UsageFailed(messages.INCORRECT_OPTION.format(command=declared.name, option=option))


@dataclass
class Context:
    """One call of an mm command: where it runs, what it reads and changes, what it prints."""

    emulator: Emulator
    command: str
    node_name: str
    """Daemon node name of the node it runs on."""
    cwd: Path = Path("/")
    pid: int = 0
    uid: int = 0
    """The user who gave the command."""
    is_abandoned: Callable[[], bool] = lambda: False
    """Tells whether whoever gave the command has ended meanwhile, by Ctrl-C for example."""
    output: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def state(self) -> State:
        """The cluster as it is now; never alter it."""
        return self.emulator.state

    @property
    def node(self) -> Node:
        """The node that the command runs on."""
        return self.state.nodes[self.node_name]

    @property
    def release(self) -> Release:
        """The release that is played, for example (5, 1, 7)."""
        return self.emulator.release

    def switch(self, name: str) -> str:
        """The answer in force for a question of `switches`."""
        return self.emulator.switch(name)

    def out(self, text: str = "") -> None:
        """Print lines on standard output."""
        self.output.append(text + "\n")

    def err(self, text: str) -> None:
        """Print lines on standard error."""
        self.errors.append(text + "\n")

    def progress(self, text: str) -> None:
        """Print a progress or success message, on the stream that the switch message_stream names."""
        (self.err if self.switch("message_stream") == "stderr" else self.out)(text)

    def say(self, message: str, **values: object) -> None:
        """Print a progress message of `messages`, filled in."""
        self.progress(message.format(command=self.command, **values))

    def dated(self, text: str) -> None:
        """Print a progress line with date and command in front."""
        self.progress(f"{layout.date(time.time(), zone=True)}: {self.command}: {text}")

    def propagating(self) -> None:
        """Print the two lines that end a successful change of the configuration."""
        self.say(messages.PROPAGATING)

    def failure(self, message: str, status: int = 1, summary: bool = True, **values: object) -> CommandFailed:
        """A failure with a text of `messages`, filled in; to be raised."""
        return CommandFailed(message.format(command=self.command, **values), status=status, summary=summary)

    def usage(self, message: str, **values: object) -> UsageFailed:
        """A usage error with a text of `messages`, filled in; to be raised."""
        return UsageFailed(message.format(command=self.command, **values))

    @contextmanager
    def change(self) -> Iterator[State]:
        """Change the configuration: lock it, hand out a copy, save and publish the copy unless it raises.

        Raises:
            CommandFailed: Another command held the lock for too long, the node's side has no quorum, or
                whoever gave this command has ended.
        """
        with self.emulator.configuration_lock(self), self.emulator.change(self.node_name) as state:
            yield state

    def filesystem(self, device: str, state: State | None = None) -> Filesystem:
        """The file system of this name, with or without /dev/.

        Raises:
            CommandFailed: There is none.
        """
        found = (state or self.state).filesystems.get(device.removeprefix("/dev/"))
        if found is None:
            raise self.failure(messages.UNKNOWN_FILESYSTEM, device=device.removeprefix("/dev/"))
        return found

    def filesystems(self, devices: str) -> list[Filesystem]:
        """The file systems of a comma list or of the word all, in the order of their names."""
        if devices in ("all", "all_local"):
            return [self.state.filesystems[name] for name in sorted(self.state.filesystems)]
        return [self.filesystem(device) for device in devices.split(",")]

    def nodes(self, entries: str | None, *, refuse: Sequence[str] = ()) -> list[Node]:
        """The nodes that a value of -N names, by number; this node if it is None.

        Args:
            entries: Names, addresses, numbers, ranges, classes, or the path of a file of such.
            refuse: System classes that this command does not take.

        Raises:
            CommandFailed: An entry names nothing.
        """
        if entries is None:
            return [self.node]
        try:
            return names.resolve(self.state, entries, here=self.node_name, cwd=self.cwd, refuse=refuse)
        except names.UnknownNode as error:
            raise self.failure(messages.UNKNOWN_NODE, node=error.entry) from None

    def raise_event(self, event: str, node: str | None = None, **variables: str) -> None:
        """Raise an event, about and (if it is local) on a node; return when synchronous callbacks have ended.

        Never inside `change`.
        """
        self.emulator.raise_event(event, node, variables)
