"""``arcapix-gpfs version``: which releases the nodes have."""

from __future__ import annotations

from typing import Any

import click

from ...administration.releases import Releases
from ...commands import NodeRecord
from ..nodes import Nodes, first_line, read_answer
from ..places import HERE, asked_by_nodes, places
from ..table import Table
from ..terminal import print_error, print_json


@click.command()
@places
@click.option("--json", "as_json", is_flag=True, help="A JSON array, for programs.")
@asked_by_nodes
@click.pass_context
def version(
    context: click.Context, nodes: tuple[str, ...], everywhere: bool, as_json: bool, is_asked: bool
) -> None:
    """Show which releases the nodes have.

    That is the release of the package, the version of Python, the path of the driver, and whether the driver
    is of the same release. A driver of another release, or of another Python, is shown with a question mark:
    `doctor` says what to do.

    Without --node and --nodes it is this node, and GPFS is not asked. The exit status is 1 if a node does
    not answer.

    \b
    Examples:
      arcapix-gpfs version
      arcapix-gpfs version --nodes all
      arcapix-gpfs version --nodes all --json | jq -r '.[] | [.node, .package, .driver_release] | @tsv'
    """
    if is_asked:
        print_json(_here())
        return
    if nodes or everywhere:
        answers: list[tuple[str | None, Releases | Exception]] = [
            (node.daemon_name, _read(answer)) for node, answer in _gathered(nodes)
        ]
    else:
        answers = [(None, Releases.of_this_node())]
    found = [(node, answer) for node, answer in answers if isinstance(answer, Releases)]
    if as_json:
        print_json([{"node": node, **answer.fields()} for node, answer in found], indent=2)
    elif found:
        rows = [_row(node, answer) for node, answer in found]
        table = Table(("NODE", "PACKAGE", "PYTHON", "DRIVER", "RELEASE", "DRIVER'S PYTHON"), rows)
        table.show_heading()
        table.show(rows)
    silent = [(node, answer) for node, answer in answers if isinstance(answer, Exception)]
    for node, error in silent:
        print_error(f"{node} does not answer: {first_line(str(error))}")
    if silent:
        context.exit(1)


def _here() -> dict[str, Any]:
    return Releases.of_this_node().fields()


def _gathered(nodes: tuple[str, ...]) -> list[tuple[NodeRecord, Any]]:
    return Nodes(nodes).gather(["version", HERE], _here)


def _read(answer: Any) -> Releases | Exception:
    return read_answer(answer, Releases.from_fields, "its answer is of another release")


def _row(node: str | None, found: Releases) -> list[str]:
    return [
        node or "-",
        found.package,
        found.python,
        found.driver or "-",
        found.driver_release or ("?" if found.driver else "-"),
        found.driver_python or "-",
    ]
