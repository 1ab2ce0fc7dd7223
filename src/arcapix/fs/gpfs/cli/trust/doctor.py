"""``arcapix-gpfs doctor``: whether what callbacks need is in order, on every node."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click

from ...administration.doctor import Answer, Facts, judge, of_cluster
from ...commands import NodeRecord
from ...deployment import installation
from ..nodes import Nodes, read_answer
from ..places import HERE, asked_by_nodes, places_of_all
from ..terminal import print_json, print_line
from . import findings, locks


@click.command()
@places_of_all
@click.option(
    "--folder",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="A shared folder for Run(once=...): do its locks exclude one node from what another one holds?",
)
@click.option("--verbose", "-a", "everything", is_flag=True, help="Show what is well, too.")
@click.option("--json", "as_json", is_flag=True, help="A JSON array of all findings, for programs.")
@asked_by_nodes
@click.option("--try", "name", hidden=True, help="The name of a file there: say whether its lock is held.")
@click.pass_context
def doctor(
    context: click.Context,
    nodes: tuple[str, ...],
    folder: Path | None,
    everything: bool,
    as_json: bool,
    is_asked: bool,
    name: str | None,
) -> None:
    """Tell whether what callbacks need is in order, on every node.

    Each node looks at its driver, the interpreter, who could change them, the cluster key, folders and room
    for log and journal, names of nodes, how long GPFS's commands take, what callbacks start and import,
    pauses without an end, events that nobody delivers, and whether GPFS has the release that was probed. Then
    nodes are compared: release, key, clock.
    GPFS is asked where it is active, and whether what callbacks are about is there. Their tokens are checked.

    With --folder it also proves that the locks in a folder exclude nodes from each other. Emulated nodes are
    processes of one machine: they show exclusion, and nothing about a node that dies while it holds a lock.

    The exit status is 1 where there is a problem, and 0 where there are only warnings. Other nodes are asked
    through the cluster's remote shell, by arcapix-gpfs of the Python that runs the callbacks' driver.

    \b
    Examples:
      arcapix-gpfs doctor
      arcapix-gpfs doctor --node n2 -a
      arcapix-gpfs doctor --folder /mmfs1/.arcapix/once
      arcapix-gpfs doctor --json | jq '.[] | select(.state == "problem")'
    """
    if folder is not None and name is not None:
        print_line(locks.state(folder, name))
        return
    if is_asked:
        print_json(Facts.of_this_node(installation.driver_place()).fields())
        return
    cluster = Nodes(nodes)
    found = locks.prove(cluster, folder) if folder is not None else []
    found += [*judge(_answers(cluster)), *of_cluster(cluster.cluster, cluster.nodes)]
    if as_json:
        print_json([told.fields() for told in found], indent=2)
    else:
        findings.show(found, everything, [node.daemon_name for node in cluster.nodes])
    if any(told.finding.state == "problem" for told in found):
        context.exit(1)


def _answers(cluster: Nodes) -> list[Answer]:
    """Ask all nodes, and take down when each was asked and has answered."""
    driver = cluster.driver()

    def asked(node: NodeRecord) -> tuple[float, Any, float]:
        before = time.time()
        fields = cluster.value(node, ["doctor", HERE], lambda: Facts.of_this_node(driver).fields())
        return before, fields, time.time()

    found = []
    for node, answer in cluster.each(asked, cluster.nodes):
        if isinstance(answer, Exception):
            found.append(Answer(node.daemon_name, 0.0, 0.0, answer))
            continue
        before, fields, after = answer
        found.append(
            Answer(
                node.daemon_name,
                before,
                after,
                read_answer(fields, Facts.from_fields, *findings.OF_ANOTHER_RELEASE),
            )
        )
    return found
