"""``arcapix-gpfs probe``: this cluster's GPFS is asked what nobody knows but itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from ...administration.probe import leftovers, saving
from ...administration.probe import report as reports
from ...administration.probe.questions import Reply, judge
from ...administration.probe.session import Announcement, Level, Session
from ...administration.probe.table import LEVELS, QUESTIONS
from ..agreement import agree
from ..table import Table
from ..terminal import can_ask, print_error, print_json, print_line, print_warning

_HIGHEST = LEVELS[-1].number


@click.command()
@click.option(
    "--level",
    type=click.IntRange(0, _HIGHEST),
    default=0,
    show_default=True,
    help="How far it goes; higher levels see more, and do more.",
)
@click.option("--filesystem", metavar="FS", help="The file system that levels 2 and 3 may use.")
@click.option("--node", metavar="NODE", help="The node on which level 3 unmounts and mounts it.")
@click.option("--json", "as_json", is_flag=True, help="A JSON array of all questions, for programs.")
@click.option("--save", is_flag=True, help="Keep the answers in the site file, which new callbacks go by.")
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write answers and evidence without names, addresses and paths of this site, to send upstream.",
)
@click.option("--yes", is_flag=True, help="Do not ask before a level that changes something.")
@click.pass_context
def probe(
    context: click.Context,
    level: int,
    filesystem: str | None,
    node: str | None,
    as_json: bool,
    save: bool,
    report: Path | None,
    yes: bool,
) -> None:
    """Ask this cluster's GPFS what its documents leave open.

    GPFS is asked by its own commands, and each answer is compared with what this package assumes. Level 0
    only reads. Level 1 registers callbacks for an event that does not come by itself, lists and deletes them.
    Level 2 makes and deletes a snapshot of a file system, for which callbacks of its own run. Level 3
    unmounts and mounts it on one node, with synchronous callbacks. Each level says before what it will do and
    how long that takes; whatever it makes has a name that begins with arcapix_probe_, and is taken back. What
    a killed run leaves behind, the next one finds and removes.

    With --save the answers are kept in /etc/arcapix/gpfs-site.json: new callbacks on this node go by them, so
    copy the file to every node that installs some. `doctor` says when GPFS has another release than that.

    The exit status is 1 if an answer differs from what is assumed and nothing handles that, or if something
    could not be asked or taken back.

    \b
    Examples:
      arcapix-gpfs probe
      arcapix-gpfs probe --level 1 --save
      arcapix-gpfs probe --level 2 --filesystem mmfs1
      arcapix-gpfs probe --level 3 --filesystem mmfs1 --node n2
      arcapix-gpfs probe --json | jq '.[] | select(.verdict == "unhandled")'
    """
    if level > 1 and filesystem is None:
        raise click.UsageError("level 2 makes a snapshot: say of which file system by --filesystem")
    if level > 2 and node is None:
        raise click.UsageError(f"level 3 unmounts {filesystem} on one node: say on which by --node")
    session = Session(filesystem, node)
    _perform(session, LEVELS[0], yes)
    _clean_up(session, level, yes)
    for one in LEVELS[1 : level + 1]:
        if session.problems:
            session.problems.append(f"{one.name} was not begun")
            break
        _perform(session, one, yes)
    replies = judge(QUESTIONS, session.seen, level)
    if as_json:
        print_json([reply.fields() for reply in replies], indent=2)
    else:
        _show(replies)
    if report:
        report.write_text(reports.text(session, replies), encoding="utf-8")
        print_line(f"the report is in {report}; read it before you send it", err=True)
    if save:
        print_line(f"the answers are in {saving.save(session, replies)}", err=True)
    for problem in session.problems:
        print_error(problem)
    if session.problems or any(reply.verdict == "unhandled" for reply in replies):
        context.exit(1)


def _clean_up(session: Session, level: int, yes: bool) -> None:
    """Remove what earlier runs have left; who only reads, and cannot be asked, is told of it."""
    left = leftovers.found(session)
    if left and level == 0 and not yes and not can_ask():
        print_warning(f"an earlier run of the probe has left {', '.join(left)}; --yes removes that")
    elif left:
        _perform(session, leftovers.CLEAN_UP, yes)


def _perform(session: Session, level: Level, yes: bool) -> None:
    """Say what a level will do, ask if it changes something, and do it."""
    announced = session.announce(level)
    print_line(f"{level.name}: {level.harm}", err=True)
    for line in (*announced.does, *level.remarks(session)):
        print_line(f"  {line}", err=True)
    if announced.changes:
        agree(_summary(announced), yes=yes)
    else:
        print_line(_summary(announced), err=True)
    total = len(announced.does)
    numbers = iter(range(1, total + 1))
    session.perform(
        level,
        lambda step: print_line(f"{level.name}: {next(numbers)} of {total}, {step.key} ...", err=True),
    )


def _summary(announced: Announcement) -> str:
    count = sum(announced.commands.values())
    each = ", ".join(f"{count} {name}" for name, count in announced.commands.items())
    took = "some seconds" if announced.seconds is None else f"about {announced.seconds:.0f} s"
    name, changes = announced.level.name, announced.changes
    what = f"{changes} of which change something" if changes else "none of which changes anything"
    return f"{name} runs at most {count} commands, {what} ({each}), which takes {took}"


def _show(replies: Sequence[Reply]) -> None:
    rows = [
        [
            reply.question.text,
            reply.answer,
            reply.question.assumed,
            reply.evidence[-1].shown() if reply.evidence else None,
            reply.follows,
        ]
        for reply in replies
    ]
    table = Table(("QUESTION", "ANSWER", "ASSUMED", "EVIDENCE", "WHAT FOLLOWS"), rows)
    table.show_heading()
    table.show(rows)
