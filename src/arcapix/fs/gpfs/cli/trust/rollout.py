"""Does the same on several nodes: on one of them first, and on the rest only if that went well."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import click
from click.core import ParameterSource

from ...commands import NodeRecord
from ...exceptions import GPFSError
from ..nodes import Nodes, first_line
from ..terminal import print_error, print_line

_PLACES = ("nodes", "listed")


def tell(answers: Iterable[tuple[NodeRecord, str | GPFSError | OSError]]) -> bool:
    """Print what nodes have answered, behind their names; tell whether all of them have."""
    is_well = True
    for node, answer in answers:
        if isinstance(answer, str):
            for line in answer.splitlines():
                print_line(f"{node.daemon_name}: {line}")
        else:
            is_well = False
            print_error(f"{node.daemon_name}: {first_line(str(answer))}")
    return is_well


def roll_out(context: click.Context, nodes: Nodes, here: Callable[[], str], *answers: str) -> None:
    """Do what a command does on each node, and print what each says. If that fails, this program ends.

    Args:
        context: The command's; other nodes are given the same options.
        nodes: The nodes. This one comes first, if it is one of them.
        here: Does it on this node, and returns what is to be printed.
        *answers: Options for other nodes that answer what was asked here already.
    """
    given = _given(context)
    words = [*given, *(answer for answer in answers if answer not in given)]

    def act(node: NodeRecord) -> str:
        return here() if nodes.is_local(node) else nodes.answer(node, words, relays=True)

    first, *rest = sorted(nodes.nodes, key=lambda node: not nodes.is_local(node))
    if not tell(nodes.each(act, [first])):
        if rest:
            count = "1 other node" if len(rest) == 1 else f"{len(rest)} other nodes"
            print_error(f"nothing was done on {count}: what fails on one is not tried on the rest")
        context.exit(1)
    if not tell(nodes.each(act, rest)):
        context.exit(1)


def _given(context: click.Context) -> list[str]:
    """Return the words that another node is started with: those of here, without where."""
    words = context.command_path.split()[1:]
    for option in context.command.params:
        name = option.name or ""
        if name in _PLACES or context.get_parameter_source(name) is not ParameterSource.COMMANDLINE:
            continue
        value = context.params[name]
        if value is True:
            words.append(option.opts[-1])
        else:
            values = value if option.multiple else (value,)
            words += [word for each in values for word in (option.opts[-1], str(each))]
    return words
