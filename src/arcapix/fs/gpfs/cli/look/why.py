"""``arcapix-gpfs why``: why a callback did not run, or how it ran."""

from __future__ import annotations

from collections.abc import Sequence

import click

from ...administration.why import chain, facts
from ...administration.why.findings import Finding, grouped
from ...administration.why.question import Question, without_gpfs
from ...deployment import installation
from ...exceptions import GPFSExecuteException, NotFound
from ...registration import lost, registry
from .. import completion
from ..nodes import Nodes, first_line, read_answer
from ..places import places_of_all
from ..terminal import print_error, print_json, print_line, print_warning


@click.command()
@click.argument("identifier", metavar="CALLBACK", shell_complete=completion.callbacks)
@click.option(
    "--event", metavar="NAME", shell_complete=completion.event_names, help="Why it did not run at this event."
)
@places_of_all
@click.option("--json", "as_json", is_flag=True, help="A JSON array, for programs.")
@click.option("--facts", "command", hidden=True, help="Print what this node knows; the driver to look at.")
@click.pass_context
def why(
    context: click.Context,
    identifier: str,
    event: str | None,
    nodes: tuple[str, ...],
    as_json: bool,
    command: str | None,
) -> None:
    """Say why a callback did not run, or how it ran.

    One chain of facts, from its registration to its last run on each node: is it registered, is its token
    whole and signed, does its object exist, is it for that node, can its driver be started, is it paused, and
    what became of its runs. Nodes that say the same are on one line. The last line says what to do. All nodes
    are asked, unless some are named. The status is 1 if a problem was found, or if something that matters
    could not be told, as where a node does not answer; and 0 if nothing is wrong.

    \b
    Examples:
      arcapix-gpfs why nearly-full
      arcapix-gpfs why nearly-full --event lowDiskSpace --node n1
      arcapix-gpfs why nearly-full --json
    """
    if command is not None:
        print_json(facts.collect(identifier, command).fields())
        return
    try:
        found = _findings(identifier, event, nodes)
    except NotFound as error:
        if error.kind != "callback":
            raise
        known = list(lost.lost({record.identifier for record in registry.listed()}))
        for text in (one.text for one in known if identifier not in one.identifiers):
            print_warning(f"{text}; {lost.WAY_OUT}")
        mine = [one.text for one in known if identifier in one.identifiers]
        if not mine:
            raise
        found = [Finding(None, "registration", "problem", text, lost.WAY_OUT) for text in mine]
    unreached = [finding for finding in found if finding.subject == chain.UNREACHED]
    if as_json:
        print_json([finding.fields() for finding in found], indent=2)
    else:
        for group in grouped(finding for finding in found if finding not in unreached):
            print_line(f"{group.state:8} {group.text}")
    for finding in unreached:
        print_error(f"{finding.node}: {finding.text}")
    if not as_json:
        print_line(chain.what_to_do(identifier, grouped(found)))
    if chain.is_wrong(found) or chain.is_untold(found):
        context.exit(1)


def _findings(identifier: str, event: str | None, names: Sequence[str]) -> list[Finding]:
    try:
        record = registry.find(identifier)
    except GPFSExecuteException as error:
        driver = installation.driver_path()
        here = installation.node_of(installation.configuration_of(driver))
        own = facts.collect(identifier, str(driver))
        return [*chain.of_rights({here: own}), *without_gpfs(identifier, event, error, here, own)]
    cluster = Nodes(names)
    question = Question(record, event, cluster.cluster.nodes)
    others = [node for node in cluster.nodes if not question.is_for(node)]
    found = [
        *question.of_cluster(cluster.nodes if names else ()),
        *question.of_others(others, named=bool(names)),
    ]
    cluster.nodes = [node for node in cluster.nodes if node not in others]
    answers: dict[str, facts.NodeFacts] = {}
    unreached = []
    words = ["why", "--facts", record.command, "--", identifier]
    for node, answer in cluster.gather(words, lambda: facts.collect(identifier, record.command).fields()):
        said = read_answer(answer, facts.NodeFacts.from_fields, "its answer cannot be read")
        if isinstance(said, Exception):
            text = f"it cannot be asked: {first_line(str(said))}"
            unreached.append(Finding(question.name_of(node), chain.UNREACHED, "unknown", text))
        else:
            answers[question.name_of(node)] = said
    found = [*chain.of_rights(answers), *found]
    return [*found, *question.of_nodes(answers, cluster.nodes), *unreached]
