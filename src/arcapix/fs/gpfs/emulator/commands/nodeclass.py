"""mmlsnodeclass, mmcrnodeclass, mmchnodeclass and mmdelnodeclass.

The synopses are from knowledge of GPFS, not recorded.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from arcapix.fs.gpfs.emulator import layout, messages, names
from arcapix.fs.gpfs.emulator.command import Arguments, Context, command
from arcapix.fs.gpfs.emulator.messages import cluster as texts
from arcapix.fs.gpfs.emulator.model import Nodeclass, State
from arcapix.fs.gpfs.emulator.releases import Layout

_COLUMNS = ("nodeClassName", "nodeClassType", "memberClasses", "memberNodes")
"""Name at index 6, members at index 9 as `memberNodes` [field]; the two between are ours [inferred]."""

_MEMBERS_WIDTH = 59


@command(
    "mmlsnodeclass",
    usage="mmlsnodeclass [ClassName[,ClassName...] | --user | --system | --all] [-Y]",
    flags=("--user", "--system", "--all", "-Y"),
    words=(0, 1),
    layouts=(
        Layout("plain", "one site, 5.2"),
        Layout("plain, after an empty line", "one site, 5.1", (5,)),
        Layout("plain, members on several lines", "one site, 5.1"),
    ),
)
def mmlsnodeclass(context: Context, arguments: Arguments) -> None:
    """List node classes, those of users unless asked otherwise."""
    state = context.state
    kinds = [option for option in ("--user", "--system", "--all") if arguments.flag(option)]
    if len(kinds) + len(arguments.words) > 1:
        raise context.usage(messages.EXTRA_ARGUMENT, word=(*kinds, *arguments.words)[1])
    if arguments.words:
        chosen = arguments.words[0].split(",")
        for name in chosen:
            if name not in state.nodeclasses and name not in names.SYSTEM_CLASSES:
                raise context.failure(texts.CLASS_UNKNOWN, name=name)
    else:
        chosen = [] if kinds == ["--system"] else list(state.nodeclasses)
        chosen += [] if kinds in ([], ["--user"]) else sorted(names.SYSTEM_CLASSES)
    if arguments.flag("-Y"):
        context.out(layout.y_header("mmlsnodeclass", "", _COLUMNS))
        for name in chosen:
            classes, nodes = _members(state, name)
            kind = "user" if name in state.nodeclasses else "system"
            context.out(layout.y_row("mmlsnodeclass", "", (name, kind, ",".join(classes), ",".join(nodes))))
        return
    if not chosen:
        context.out(texts.NO_CLASSES.format(command=context.command))
        return
    if context.release >= (5,):
        context.out()
    context.out("Node Class Name       Members")
    context.out(f"{'-' * 21} {'-' * _MEMBERS_WIDTH}")
    for name in chosen:
        classes, nodes = _members(state, name)
        first, *further = _wrapped([*classes, *nodes])
        context.out(f"{name:<21} {first}")
        for line in further:
            context.out(f"{'':<21} {line}")


def _wrapped(members: Sequence[str]) -> list[str]:
    """Members with commas between those of a line; a line has room for one more comma [recorded]."""
    lines = [""]
    for member in members:
        if lines[-1] and len(lines[-1]) + len(member) + 2 > _MEMBERS_WIDTH:
            lines.append(member)
        else:
            lines[-1] += f",{member}" if lines[-1] else member
    return lines


def _members(state: State, name: str) -> tuple[list[str], list[str]]:
    """The classes and the admin names of the nodes of a class."""
    nodeclass = state.nodeclasses.get(name)
    if nodeclass is None:
        return [], [node.admin_name for node in names.members(state, name) or ()]
    inside = [node for node in state.by_number() if node.name in nodeclass.nodes]
    return list(nodeclass.classes), [node.admin_name for node in inside]


def _read_members(context: Context, state: State, text: str) -> tuple[list[str], list[str]]:
    """The classes and daemon node names that a value of -N names; user classes are kept by name."""
    classes, nodes = [], []
    for entry in _entries(context, text):
        inner = state.nodeclasses.get(entry)
        if inner is None or names.find(state, entry) is not None:
            nodes += [node.name for node in context.nodes(entry)]
        elif inner.classes:
            raise context.failure(texts.CLASS_NESTED, name=entry)
        else:
            classes.append(entry)
    return list(dict.fromkeys(classes)), list(dict.fromkeys(nodes))


def _entries(context: Context, text: str) -> Sequence[str]:
    try:
        return names.entries(text, cwd=context.cwd)
    except names.UnknownNode as error:
        raise context.failure(messages.UNKNOWN_NODE, node=error.entry) from None


@command(
    "mmcrnodeclass",
    usage="mmcrnodeclass ClassName -N {Node[,Node...] | NodeFile | NodeClass}",
    values=("-N",),
    required=("-N",),
    words=(1, 1),
    changing=True,
)
def mmcrnodeclass(context: Context, arguments: Arguments) -> None:
    """Create a node class."""
    name = arguments.words[0]
    with context.change() as state:
        reserved = name in names.SYSTEM_CLASSES or name == "localhost" or name.lower().endswith("nodes")
        if reserved or not re.fullmatch(r"[A-Za-z_][\w.-]*", name) or names.find(state, name) is not None:
            raise context.failure(texts.CLASS_BAD_NAME, name=name)
        if name in state.nodeclasses:
            raise context.failure(texts.CLASS_EXISTS, name=name)
        classes, nodes = _read_members(context, state, arguments.value("-N") or "")
        state.nodeclasses[name] = Nodeclass(name=name, nodes=nodes, classes=classes)
    context.propagating()


@command(
    "mmchnodeclass",
    usage="mmchnodeclass ClassName {add | delete | replace} -N {Node[,Node...] | NodeFile | NodeClass}",
    values=("-N",),
    required=("-N",),
    words=(2, 2),
    changing=True,
)
def mmchnodeclass(context: Context, arguments: Arguments) -> None:
    """Change the members of a node class."""
    name, action = arguments.words
    if action not in ("add", "delete", "replace"):
        raise context.usage(messages.EXTRA_ARGUMENT, word=action)
    with context.change() as state:
        nodeclass = _user_class(context, state, name)
        classes, nodes = _read_members(context, state, arguments.value("-N") or "")
        outer = [one.name for one in state.nodeclasses.values() if name in one.classes]
        if action != "delete" and classes and (outer or name in classes):
            raise context.failure(texts.CLASS_NESTED, name=name)
        if action == "replace":
            nodeclass.nodes, nodeclass.classes = nodes, classes
        elif action == "add":
            nodeclass.nodes = list(dict.fromkeys([*nodeclass.nodes, *nodes]))
            nodeclass.classes = list(dict.fromkeys([*nodeclass.classes, *classes]))
        else:
            nodeclass.nodes = [node for node in nodeclass.nodes if node not in nodes]
            nodeclass.classes = [one for one in nodeclass.classes if one not in classes]
    context.propagating()


def _user_class(context: Context, state: State, name: str) -> Nodeclass:
    found = state.nodeclasses.get(name)
    if found is None:
        raise context.failure(texts.CLASS_UNKNOWN, name=name)
    return found


@command(
    "mmdelnodeclass",
    usage="mmdelnodeclass ClassName[,ClassName...]",
    words=(1, 1),
    changing=True,
)
def mmdelnodeclass(context: Context, arguments: Arguments) -> None:
    """Delete node classes that no configuration parameter and no other class refers to."""
    with context.change() as state:
        for name in arguments.words[0].split(","):
            _user_class(context, state, name)
            for parameter, values in state.settings.items():
                if name in values:
                    raise context.failure(texts.CLASS_IN_USE, name=name, parameter=parameter)
            for other in state.nodeclasses.values():
                if name in other.classes:
                    raise context.failure(texts.CLASS_INSIDE, name=name, outer=other.name)
            del state.nodeclasses[name]
    context.propagating()
