"""Does the same on several nodes: on one of them first, and on the rest only if that went well."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import click
from click.core import ParameterSource

from ...commands import NodeRecord
from ...exceptions import GPFSError
from ..nodes import Nodes, first_line
from ..terminal import print_error, print_json, print_line

_OURS = ("nodes", "listed", "as_json")
"""Options that are for the node where somebody has started the command."""


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


def roll_out(
    context: click.Context, nodes: Nodes, here: Callable[[], str], *answers: str, as_json: bool
) -> None:
    """Do what a command does on each node, and print what each says. If that fails, this program ends.

    Args:
        context: The command's; other nodes are given the same options.
        nodes: The nodes. This one comes first, if it is one of them.
        here: Does it on this node, and returns what is to be printed.
        *answers: Options for other nodes that answer what was asked here already.
        as_json: Whether what nodes say is printed for programs, once all have answered.
    """
    given = _given(context)
    words = [*given, *(answer for answer in answers if answer not in given)]

    def act(node: NodeRecord) -> str:
        return here() if nodes.is_local(node) else nodes.answer(node, words, relays=True)

    said: dict[str, str] = {}

    def is_done(chosen: list[NodeRecord]) -> bool:
        answers = nodes.each(act, chosen)
        if as_json:
            said.update((node.daemon_name, each) for node, each in answers if isinstance(each, str))
            answers = [(node, each) for node, each in answers if not isinstance(each, str)]
        return tell(answers)

    first, *rest = sorted(nodes.nodes, key=lambda node: not nodes.is_local(node))
    is_well = is_done([first])
    if not is_well and rest:
        count = "1 other node" if len(rest) == 1 else f"{len(rest)} other nodes"
        print_error(f"nothing was done on {count}: what fails on one is not tried on the rest")
    is_well = is_well and is_done(rest)
    if as_json:
        print_said(said)
    if not is_well:
        context.exit(1)


def print_said(said: Mapping[str, str]) -> None:
    """Print what nodes say, by their names, as JSON."""
    print_json([{"node": node, "said": text.splitlines()} for node, text in said.items()], indent=2)


def _given(context: click.Context) -> list[str]:
    """Return the words that another node is started with: those of here, without where."""
    words = context.command_path.split()[1:]
    for option in context.command.params:
        name = option.name or ""
        if name in _OURS or context.get_parameter_source(name) is not ParameterSource.COMMANDLINE:
            continue
        value = context.params[name]
        if value is True:
            words.append(option.opts[-1])
        else:
            values = value if option.multiple else (value,)
            words += [word for each in values for word in (option.opts[-1], str(each))]
    return words
