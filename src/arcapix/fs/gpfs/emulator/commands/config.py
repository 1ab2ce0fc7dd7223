"""mmlsconfig and mmchconfig. Parameters are kept and listed; hardly any has an effect.

The synopses are from knowledge of GPFS, not recorded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from arcapix.fs.gpfs.emulator import layout, messages, names
from arcapix.fs.gpfs.emulator.command import Arguments, Context, command
from arcapix.fs.gpfs.emulator.messages import cluster as texts
from arcapix.fs.gpfs.emulator.model import State
from arcapix.fs.gpfs.emulator.releases import Layout

_FIXED = ("clusterName", "clusterId", "ccrEnabled", "minReleaseLevel")
_PROFILE = "profile"
"""Chosen when the cluster is made, and listed behind autoload [recorded]."""
_LAST = "adminMode"
_AFTER_EMPTY_LINE = Layout("plain", "one site, 5.1.9: an empty line comes first", (5, 1, 8))


@dataclass(frozen=True)
class _Setting:
    """A parameter with its value on all nodes, or on some: node names and classes."""

    parameter: str
    value: str
    nodes: tuple[str, ...] = ()


def _made(context: Context) -> dict[str, str]:
    """What a new cluster has, in the order of the recordings."""
    newer = context.release >= (5, 1)
    return {
        "clusterName": context.state.name,
        "clusterId": context.state.id,
        "autoload": "yes",
        "dmapiFileHandleSize": "32",
        "minReleaseLevel": f"{context.switch('release')}.0",
        **({"tscCmdAllowRemoteConnections": "no"} if newer else {}),
        "ccrEnabled": "yes",
        "cipherList": "AUTHONLY",
        **({"sdrNotifyAuthEnabled": "yes"} if newer else {}),
        _LAST: "central",
    }


def _listing(context: Context) -> Iterator[_Setting]:
    """All parameters: those of a new cluster, what was set since, and the admin mode last [recorded]."""
    made = _made(context)
    changed = context.state.settings
    for parameter, value in made.items():
        if parameter not in changed and parameter != _LAST:
            yield _Setting(parameter, value)
        if parameter == "autoload" and _PROFILE in changed:
            yield from _of(context.state, _PROFILE)
    for parameter in changed:
        if parameter not in (_LAST, _PROFILE):
            yield from _of(context.state, parameter)
    if _LAST in changed:
        yield from _of(context.state, _LAST)
    else:
        yield _Setting(_LAST, made[_LAST])


def _of(state: State, parameter: str) -> Iterator[_Setting]:
    """A parameter that was set: one entry for each value."""
    by_value: dict[str, list[str]] = {}
    for where, value in state.settings[parameter].items():
        if where:
            by_value.setdefault(value, []).append(where)
        else:
            yield _Setting(parameter, value)
    for value, places in by_value.items():
        nodes = [node.short for node in state.by_number() if node.name in places]
        classes = sorted(place for place in places if place not in state.nodes)
        yield _Setting(parameter, value, (*nodes, *classes))


@command(
    "mmlsconfig",
    usage="mmlsconfig [Attribute[,Attribute...]] [-Y]",
    flags=("-Y",),
    words=(0, 1),
    layouts=(
        Layout("plain", "two sites, 4.2.3 and 5.1.6"),
        _AFTER_EMPTY_LINE,
        Layout("-Y", "one site, 5.2.1"),
    ),
)
def mmlsconfig(context: Context, arguments: Arguments) -> None:
    """List configuration parameters, all or some."""
    found = list(_listing(context))
    if arguments.words:
        chosen = []
        for name in arguments.words[0].split(","):
            of_name = [one for one in found if one.parameter.lower() == name.lower()]
            chosen += of_name or [_Setting(name, texts.CONFIG_UNDEFINED)]
        found = chosen
    if arguments.flag("-Y"):
        context.out(layout.y_header("mmlsconfig", "", ("configParameter", "value", "nodeList")))
        for one in found:
            values = (one.parameter, one.value, ",".join(one.nodes))
            context.out(layout.y_row("mmlsconfig", "", values))
        return
    if arguments.words:
        for one in found:
            place = f" [{','.join(one.nodes)}]" if one.nodes else ""
            context.out(f"{one.parameter} {one.value}{place}")
        return
    _print_all(context, found)


def _print_all(context: Context, found: list[_Setting]) -> None:
    """Sections of nodes and classes; what follows them and is for all is in a section common."""
    title = texts.CONFIG_TITLE.format(cluster=context.state.name)
    if _AFTER_EMPTY_LINE.holds(context.release):
        context.out()
    context.out(f"{title}\n{'-' * len(title)}")
    section: tuple[str, ...] = ()
    for one in found:
        if one.nodes != section:
            section = one.nodes
            context.out(f"[{','.join(section or ('common',))}]")
        context.out(f"{one.parameter} {one.value}")
    title = texts.CONFIG_FILESYSTEMS.format(cluster=context.state.name)
    context.out(f"\n{title}\n{'-' * len(title)}")
    for name in sorted(context.state.filesystems):
        context.out(f"/dev/{name}")
    if not context.state.filesystems:
        context.out(texts.CONFIG_NONE)


@command(
    "mmchconfig",
    usage="""mmchconfig Attribute=value[,Attribute=value...] [-i | -I]
   [-N {Node[,Node...] | NodeFile | NodeClass}]""",
    flags=("-i",),
    values=("-N",),
    words=(1, 1),
    changing=True,
)
def mmchconfig(context: Context, arguments: Arguments) -> None:
    """Set configuration parameters, for all nodes or some; DEFAULT or an empty value resets one."""
    wanted = list(_assignments(context, arguments.words[0]))
    entries = arguments.value("-N")
    with context.change() as state:
        places = [""] if entries is None else _places(context, state, entries)
        for parameter, value in wanted:
            values = state.settings.pop(parameter, {})
            if places == [""]:
                values = {}
            for place in places:
                values.pop(place, None)
                if value not in ("", "DEFAULT"):
                    values[place] = value
            if values:
                state.settings[parameter] = values
    context.say(messages.COMPLETED)
    context.propagating()


def _assignments(context: Context, text: str) -> Iterator[tuple[str, str]]:
    """Read ``Attribute=value[,Attribute=value...]``; a value may hold commas."""
    for part in re.split(r",(?=\s*[A-Za-z]\w*=)", text):
        match = re.fullmatch(r"\s*([A-Za-z]\w*)=(.*?)\s*", part, re.DOTALL)
        if match is None:
            raise context.failure(texts.CONFIG_BAD, text=part)
        parameter, value = match[1], match[2]
        if parameter == "release" and value == "LATEST":
            parameter, value = "minReleaseLevel", f"{context.switch('release')}.0"
        elif parameter in _FIXED:
            raise context.failure(texts.CONFIG_FIXED, name=parameter)
        yield parameter, value


def _places(context: Context, state: State, text: str) -> list[str]:
    """What a value of -N names; classes are kept by name [recorded], nodes by their daemon name."""
    places: list[str] = []
    try:
        entries = names.entries(text, cwd=context.cwd)
    except names.UnknownNode as error:
        raise context.failure(messages.UNKNOWN_NODE, node=error.entry) from None
    for entry in entries:
        if entry == "all":
            return [""]
        if names.is_class(state, entry) and entry != "localhost":
            places.append(entry)
        else:
            places += [node.name for node in context.nodes(entry)]
    return list(dict.fromkeys(places))
