"""mmaddcallback, mmdelcallback, mmlscallback."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Sequence

from arcapix.fs.gpfs import events
from arcapix.fs.gpfs.emulator import layout, messages, names, substitution
from arcapix.fs.gpfs.emulator.command import COMMANDS, Arguments, CommandFailed, Context, command
from arcapix.fs.gpfs.emulator.model import Callback, State

_ONERROR = ("continue", "quorumloss", "shutdown")
_Y_COLUMNS = ("callbackId", "command", "event", "node", "parms", "priority", "sync", "timeout", "onerror")


@command(
    "mmaddcallback",
    usage="""\
mmaddcallback CallbackIdentifier --command CommandPathname
              --event Event[,Event...] [--priority Value]
              [--async | --sync [--timeout Seconds] [--onerror Action]]
              [-N {Node[,Node...] | NodeFile | NodeClass}]
              [--parms ParameterString ...]
mmaddcallback {-S Filename | --spec-file Filename}""",
    flags=("--async", "--sync"),
    values=(
        "--command",
        "--event",
        "--priority",
        "--timeout",
        "--onerror",
        "-N",
        "--parms",
        "-S",
        "--spec-file",
    ),
    words=(0, 1),
    changing=True,
)
def mmaddcallback(context: Context, arguments: Arguments) -> None:
    """Register callbacks."""
    path = arguments.value("-S", arguments.value("--spec-file"))
    if path is not None:
        _add_spec_file(context, arguments, path)
    else:
        with context.change() as state:
            _register(context, state, _definition(context, state, arguments))
    context.propagating()


def _add_spec_file(context: Context, arguments: Arguments, path: str) -> None:
    """Register what a file holds, a definition per line; the switch spec_file_partial decides on bad ones."""
    if context.switch("spec_file") == "off" or arguments.words or len(arguments.options) > 1:
        raise context.usage(messages.INCORRECT_OPTION, option=arguments.options[0][0])
    try:
        lines = (context.cwd / path).read_text(errors="surrogateescape").splitlines()
    except OSError:
        raise context.failure(messages.SPEC_FILE_UNREADABLE, path=path) from None
    failure: CommandFailed | None = None
    with context.change() as state:
        for line in lines:
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            try:
                words = shlex.split(line) if context.switch("parms_quoting") == "shell" else line.split()
                parsed = Arguments.parse(COMMANDS["mmaddcallback"], words)
                _register(context, state, _definition(context, state, parsed))
            except (CommandFailed, ValueError) as error:
                failure = error if isinstance(error, CommandFailed) else CommandFailed(str(error))
                if context.switch("spec_file_partial") == "nothing":
                    raise failure from None
                break
    if failure is not None:
        raise failure


def _register(context: Context, state: State, callback: Callback) -> None:
    if callback.identifier in state.callbacks and context.switch("duplicate_id") == "error":
        raise context.failure(messages.CALLBACK_EXISTS, identifier=callback.identifier)
    state.callbacks[callback.identifier] = callback


def _definition(context: Context, state: State, arguments: Arguments) -> Callback:
    """Check one definition against GPFS's rules."""
    path, event_list = arguments.value("--command"), arguments.value("--event")
    if not arguments.words or path is None or event_list is None:
        raise context.usage(messages.MISSING_ARGUMENTS)
    if arguments.flag("--async") and arguments.flag("--sync"):
        raise context.usage(messages.OPTIONS_EXCLUDE, one="--async", other="--sync")
    identifier = arguments.words[0]
    _check_identifier(context, identifier)
    if not path.startswith("/"):
        raise context.failure(messages.COMMAND_NOT_ABSOLUTE, path=path)
    if context.switch("command_check") == "exists" and not os.access(path, os.X_OK):
        raise context.failure(messages.COMMAND_NOT_FOUND, path=path)
    event_names = tuple(_event(context, word) for word in event_list.split(","))
    _guard_tiebreaker(context, state, event_names)
    parms = _parms(context, arguments.values("--parms"))
    _check_options(context, arguments)
    typed = arguments.value("-N")
    return Callback(
        identifier=identifier,
        command=path,
        events=event_names,
        nodes=() if typed is None else _nodes(context, state, typed),
        nodes_typed=typed or "",
        parms=parms,
        priority=arguments.value("--priority") or "",
        sync=arguments.flag("--sync"),
        timeout=arguments.value("--timeout") or "",
        onerror=arguments.value("--onerror") or "",
    )


def _check_identifier(context: Context, identifier: str) -> None:
    shown = identifier.lower() if context.switch("reserved_prefix_case") == "any" else identifier
    if shown.startswith(("mm", "gpfs")):
        raise context.failure(messages.CALLBACK_RESERVED, identifier=identifier)
    if identifier in ("user", "system", "all") and context.switch("reserved_words") == "refuse":
        raise context.failure(messages.CALLBACK_RESERVED, identifier=identifier)
    if not re.fullmatch(r"[A-Za-z0-9_.+@=-]{1,255}", identifier):
        raise context.failure(messages.CALLBACK_BAD_IDENTIFIER, identifier=identifier)


def _event(context: Context, word: str) -> str:
    """The list spelling of an event name."""
    known = events.canonical(word)
    if known is not None and (context.switch("event_case") == "any" or word == known):
        return known
    if context.switch("event_unknown") == "error" or not word:
        raise context.failure(messages.EVENT_UNKNOWN, event=word)
    return word


def _guard_tiebreaker(context: Context, state: State, event_names: Sequence[str]) -> None:
    if "tiebreakerCheck" not in event_names or context.switch("tiebreaker_guard") == "accept":
        return
    if any(node.running for node in state.nodes.values()):
        raise context.failure(messages.TIEBREAKER_GUARD)


def _parms(context: Context, parms: tuple[str, ...]) -> tuple[str, ...]:
    """What is kept of --parms: all of it, or what GPFS has room for."""
    unknown = substitution.unknown_variables(parms)
    if unknown and context.switch("unknown_variable") == "error":
        raise context.failure(messages.VARIABLE_UNKNOWN, variable=unknown[0])
    kind, _, limit = context.switch("parms_max").partition(":")
    text = " ".join(parms)
    if kind == "none" or len(text) <= int(limit):
        return parms
    if kind == "refuse":
        raise context.failure(messages.PARMS_TOO_LONG, limit=limit)
    return (text[: int(limit)],)


def _check_options(context: Context, arguments: Arguments) -> None:
    """Values of --priority, --timeout, --onerror; the last two belong to --sync."""
    for option, pattern in (("--priority", r"-?\d+(\.\d*)?|-?\.\d+"), ("--timeout", r"[1-9]\d*")):
        value = arguments.value(option)
        if value is not None and not re.fullmatch(pattern, value):
            raise context.failure(messages.INVALID_PARAMETER, option=option, value=value)
    action = arguments.value("--onerror")
    if action is not None and context.switch("onerror_values") == "known" and action.lower() not in _ONERROR:
        raise context.failure(messages.INVALID_PARAMETER, option="--onerror", value=action)
    for option in ("--timeout", "--onerror"):
        if arguments.flag(option) and not arguments.flag("--sync"):
            raise context.usage(messages.INCORRECT_OPTION, option=option)


def _nodes(context: Context, state: State, typed: str) -> tuple[str, ...]:
    """What is kept of -N: long names, and the names of classes unless they are expanded at registration."""
    refuse = ("mount",) if context.switch("N_mount_class") == "error" else ()
    context.nodes(typed, refuse=refuse)
    kept: list[str] = []
    for entry in names.entries(typed, cwd=context.cwd, state=state):
        is_class = names.is_class(state, entry) and entry != "localhost"
        if is_class and context.switch("N_class_storage") == "class":
            kept.append(entry)
        else:
            kept.extend(node.name for node in names.entry(state, entry, here=context.node_name))
    return tuple(dict.fromkeys(kept))


@command(
    "mmdelcallback",
    usage="mmdelcallback CallbackIdentifier[,CallbackIdentifier...]",
    words=(1, 1),
    changing=True,
)
def mmdelcallback(context: Context, arguments: Arguments) -> None:
    """Delete user-defined callbacks."""
    identifiers = [word for word in arguments.words[0].split(",") if word]
    unknown: list[str] = []
    with context.change() as state:
        for identifier in identifiers:
            callback = state.callbacks.get(identifier)
            if identifier.startswith(("mm", "gpfs")):
                raise context.failure(messages.CALLBACK_RESERVED, identifier=identifier)
            if callback is None:
                unknown.append(identifier)
                continue
            _guard_tiebreaker(context, state, callback.events)
            del state.callbacks[identifier]
        ignored = context.switch("delete_unknown") == "ignore"
        if unknown and not ignored and context.switch("delete_partial") == "nothing":
            raise _unknown(context, unknown)
    if unknown and not ignored:
        raise _unknown(context, unknown)
    context.propagating()


def _unknown(context: Context, identifiers: Sequence[str]) -> CommandFailed:
    lines = [
        messages.CALLBACK_UNKNOWN.format(command=context.command, identifier=identifier)
        for identifier in identifiers
    ]
    return CommandFailed(*lines)


@command(
    "mmlscallback",
    usage="mmlscallback [-Y] [CallbackIdentifier[,CallbackIdentifier...] | user | system | all]",
    flags=("-Y",),
    words=(0, 1),
)
def mmlscallback(context: Context, arguments: Arguments) -> None:
    """List callbacks."""
    if arguments.flag("-Y") and context.switch("list_Y") == "off":
        raise context.usage(messages.INCORRECT_OPTION, option="-Y")
    asked = arguments.words[0] if arguments.words else "user"
    chosen = _selected(context, asked)
    if context.switch("list_order") == "alphabetical":
        chosen.sort(key=lambda callback: callback.identifier)
    if arguments.flag("-Y"):
        context.out(layout.y_header("mmlscallback", "", _Y_COLUMNS))
        for callback in chosen:
            context.out(layout.y_row("mmlscallback", "", _y_values(context, callback)))
        return
    if not chosen and asked in ("user", "system", "all"):
        _list_empty(context)
    single = asked not in ("user", "system", "all") and len(chosen) == 1
    for position, callback in enumerate(chosen):
        if position:
            context.out()
        if not (single and context.switch("list_identifier_line") == "no"):
            context.out(callback.identifier)
        for key, value in _listed(context, callback):
            _print_key(context, key, value)


_INTERNAL = tuple(
    Callback(identifier, f"/usr/lpp/mmfs/bin/{program}", (event,), system=True)
    for identifier, program, event in (
        ("mmClusterManagerRoleChange", "mmsysmonc", "clusterManagerTakeover"),
        ("mmSysMonGpfsStartup", "mmsysmoncontrol", "startup"),
        ("mmSinceShutdownRoleChange", "mmsysmonc", "startup"),
        ("mmsysmonjsonChange", "mmsysmonc", "ccrFileChange"),
    )
)
"""GPFS's own callbacks [recorded, 4.2.3]; they are listed, and never run here."""


def _selected(context: Context, asked: str) -> list[Callback]:
    known = context.emulator.callbacks_known_to(context.node)
    if asked in ("user", "system", "all"):
        return [*(_INTERNAL if asked != "user" else ()), *(known.values() if asked != "system" else ())]
    known = {**{one.identifier: one for one in _INTERNAL}, **known}
    identifiers = [word for word in asked.split(",") if word]
    unknown = [identifier for identifier in identifiers if identifier not in known]
    if unknown and context.switch("list_unknown_id") == "error":
        raise _unknown(context, unknown)
    return [known[identifier] for identifier in identifiers if identifier in known]


def _list_empty(context: Context) -> None:
    answer = context.switch("list_empty")
    if answer == "error":
        raise context.failure(messages.CALLBACK_NONE)
    if answer == "sentence":
        context.say(messages.CALLBACK_NONE)


def _listed_nodes(context: Context, callback: Callback) -> str:
    form = context.switch("list_node_form")
    if form == "typed":
        return callback.nodes_typed
    shown: list[str] = []
    for entry in callback.nodes:
        inside = names.members(context.state, entry) if names.is_class(context.state, entry) else None
        shown += [entry] if form == "class" or inside is None else [node.name for node in inside]
    return ",".join(dict.fromkeys(shown))


def _listed(context: Context, callback: Callback) -> list[tuple[str, str]]:
    """The keys and values of the plain listing: command, event, node, parms come in the recorded order."""
    form = context.switch("list_event_form")
    shown = sorted(callback.events) if form == "sorted" else list(callback.events)
    separator = ", " if form == "comma-blank" else ","
    pairs = [("command", callback.command)]
    pairs += [("event", one) for one in shown] if form == "lines" else [("event", separator.join(shown))]
    option_keys = context.switch("list_option_keys")
    if option_keys != "absent":
        keys = ("priority", "sync", "timeout", "onerror")
        if option_keys == "other":
            keys = ("prio", "mode", "waitTime", "errorAction")
        sync = "sync" if option_keys == "other" else "true"
        options = (callback.priority, sync if callback.sync else "", callback.timeout, callback.onerror)
        pairs += [(key, value) for key, value in zip(keys, options, strict=True) if value]
    if callback.nodes:
        pairs.append(("node", _listed_nodes(context, callback)))
    if callback.parms:
        lines = context.switch("list_parms_join") == "lines"
        pairs += (
            [("parms", one) for one in callback.parms] if lines else [("parms", " ".join(callback.parms))]
        )
    return pairs


_LONG_VALUE = 100
"""Characters from which the switch list_long_value matters."""


def _print_key(context: Context, key: str, value: str) -> None:
    width = int(context.switch("list_key_width"))
    if len(value) >= _LONG_VALUE and context.switch("list_long_value") == "next-line":
        context.out(f"        {key:<{width}}= \n{value}")
    else:
        context.out(f"        {key:<{width}}= {value}")


def _y_values(context: Context, callback: Callback) -> tuple[str, ...]:
    return (
        callback.identifier,
        callback.command,
        ",".join(callback.events),
        _listed_nodes(context, callback) if callback.nodes else "",
        " ".join(callback.parms),
        callback.priority,
        "yes" if callback.sync else "no",
        callback.timeout,
        callback.onerror,
    )
