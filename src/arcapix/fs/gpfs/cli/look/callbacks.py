"""``arcapix-gpfs list`` and ``show``: what is installed. Looking never runs anything."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import click

from ... import capture
from ...commands.node_names import NodeNames
from ...deployment import installation
from ...exceptions import GPFSError
from ...registration import header, lost, registry
from ...registration.listed import Listed, captured_text
from ...registration.paused import PausesHere
from ...registration.presence import Objects
from ...registration.signatures import Remark, Signatures
from .. import completion
from ..table import Table
from ..terminal import print_json, print_line, print_text, print_warning

_DESCRIBED = ("source", "captured", "statements", "steps")
_LONGEST_STEP = 2_000
"""Characters of a step that are shown; the rest is said to be there."""


@click.command("list")
@click.option(
    "--json", "as_json", is_flag=True, help="A JSON array with everything that is known, for programs."
)
def list_callbacks(as_json: bool) -> None:
    """List the user callbacks of the cluster, whoever made them.

    Remarks tell of objects and nodes that do not exist, of tokens that no key of this node vouches for, of
    such as were registered for other events or nodes than signed for, and of functions that are paused on
    this node; `show` has whole sentences.

    \b
    Examples:
      arcapix-gpfs list
      arcapix-gpfs list --json | jq -r '.[] | select(.remarks != []) | .id'
    """
    found = [Listed(record) for record in registry.listed()]
    _warn_of_driver()
    _warn_of_damage(found)
    signatures, objects, names = _signatures(), Objects(), NodeNames()
    pauses = PausesHere()
    remarks = [[*one.remarks(signatures, objects, names), *pauses.remarks(one.record)] for one in found]
    _warn(objects.unknown)
    _warn_of_lost(found)
    if as_json:
        print_json([_fields(*one, signatures) for one in zip(found, remarks)], indent=2)
        return
    rows = [_row(*one) for one in zip(found, remarks)]
    if not rows:
        print_line("no callbacks", err=True)
        return
    options = "OPTIONS" if any(one.run for one in found) else ""
    remarked = "REMARKS" if any(remarks) else ""
    table = Table(("ID", "EVENTS", "NODES", "ABOUT", "RUNS", options, remarked), rows)
    table.show_heading()
    table.show(rows)


@click.command()
@click.argument("identifier", shell_complete=completion.callbacks)
@click.option("--json", "as_json", is_flag=True, help="A JSON object, for programs.")
def show(identifier: str, as_json: bool) -> None:
    """Show one callback, its source, and what was captured.

    That is all that a node executes: the statements and steps that make the function, and its text.

    If its text was altered on its way, only the first is shown, and the status is 1.

    \b
    Examples:
      arcapix-gpfs show low-space-alert
      arcapix-gpfs show low-space-alert --json | jq -r '.source[].text'
    """
    callback = Listed(registry.find(identifier))
    _warn_of_driver()
    _warn_of_damage([callback])
    signatures, objects = _signatures(), Objects()
    remarks = [
        *callback.remarks(signatures, objects, NodeNames()),
        *PausesHere().remarks(callback.record),
    ]
    fields = _fields(callback, remarks, signatures)
    _warn(objects.unknown)
    described = altered = None
    try:
        text = captured_text(callback.record)
        described = capture.view(*text) if text else None
    except GPFSError as error:
        altered = error
    if described is not None:
        fields["source"] = [{"file": u.file, "line": u.line, "text": u.text} for u in described.units]
        fields["captured"] = dict(described.values)
        fields["statements"] = described.statements
        fields["steps"] = described.steps
    if as_json:
        print_json(fields, indent=2)
    else:
        texts = fields.pop("remarks")
        _show({**fields, "run": str(callback.run or "")}, texts, described)
    if altered is not None:
        raise altered


def _warn_of_driver() -> None:
    """Say on standard error that the driver was installed with ``--insecure``, if it was."""
    with suppress(GPFSError, OSError):  # there is none here, or it is not ours
        for doubt in installation.insecurity(installation.driver_path()):
            print_warning(doubt)


def _warn_of_damage(found: Iterable[Listed]) -> None:
    """Say on standard error which callbacks cannot run as GPFS has kept them."""
    for one in found:
        problem = header.problem_of(one.record)
        if problem:
            print_warning(f"callback {one.record.identifier!r} cannot run: {problem}")


def _warn_of_lost(found: Iterable[Listed]) -> None:
    """Say on standard error which callbacks a killed change has left out, as far as this node knows."""
    for each in lost.lost({one.record.identifier for one in found}):
        print_warning(f"{each.text}; {lost.WAY_OUT}")


def _show(fields: dict[str, Any], remarks: list[str], described: capture.Description | None) -> None:
    for name, value in fields.items():
        if name not in _DESCRIBED and value not in (None, "", [], False):
            print_line(f"{name.replace('_', ' ') + ':':14}{_plain(value)}")
    for remark in remarks:
        print_line(f"{'remark:':14}{remark}")
    if described is not None:
        for name, value in described.values:
            print_line(f"{'captured:':14}{name} = {value}")
        for unit in described.units:
            print_line("")
            print_line(f"# {unit.file}, line {unit.line}")
            print_text(f"{unit.text}\n")
        print_line("")
        print_line("# what a node executes to make and call it")
        for line in (*described.statements, *described.steps):
            print_line(_cut(line))


def _signatures() -> Signatures:
    """Return what tells signed tokens from others; those who may not read the key see the rest."""
    try:
        return Signatures.of_this_node()
    except GPFSError as error:
        print_warning(f"which tokens are signed is not shown: {error}")
        return Signatures(None)


def _cut(text: str) -> str:
    if len(text) <= _LONGEST_STEP:
        return text
    return f"{text[:_LONGEST_STEP]} ({len(text) - _LONGEST_STEP} more characters: see --json)"


def _warn(unknown: Iterable[str]) -> None:
    for one in sorted(unknown):
        print_warning(one)


def _fields(callback: Listed, remarks: Iterable[Remark], signatures: Signatures) -> dict[str, Any]:
    return {**callback.fields(signatures), "remarks": [remark.text for remark in remarks]}


def _row(callback: Listed, remarks: Iterable[Remark]) -> tuple[str | None, ...]:
    record = callback.record
    return (
        record.identifier,
        ",".join(record.events),
        ",".join(record.nodes) or "all",
        callback.about,
        callback.runs,
        str(callback.run or ""),
        ", ".join(remark.mark for remark in remarks),
    )


def _plain(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(f"{item[0]} <- {item[1]}" if isinstance(item, list) else str(item) for item in value)
    return "yes" if value is True else str(value)
