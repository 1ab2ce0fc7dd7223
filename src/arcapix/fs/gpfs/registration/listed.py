"""A listed callback as it is shown: what its record and the header of its token tell, and no more."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ..deployment import cluster_key, installation
from ..driver.token import TokenError
from ..driver.verification import checked
from ..exceptions import GPFSError
from . import header, moments, notation, sealing
from .signatures import Remark

if TYPE_CHECKING:
    from ..commands import CallbackRecord
    from ..commands.node_names import NodeNames
    from .header import Header
    from .presence import Objects
    from .run_options import Run
    from .signatures import Signatures

__all__ = ["CALLABLE", "FOREIGN", "SCRIPT", "Listed", "captured_text", "kind_of"]

CALLABLE, SCRIPT, FOREIGN = "callable", "script", "foreign"


class Listed:
    """One callback of a listing, for those who show it.

    Args:
        record: What GPFS lists.
    """

    def __init__(self, record: CallbackRecord) -> None:
        self.record = record
        self._header = header.read(record)

    @property
    def kind(self) -> str:
        """See `kind_of`."""
        return kind_of(self.record, self._header)

    @property
    def about(self) -> str:
        """The object that the driver compares, such as ``filesystem:mmfs1``; empty if it compares none."""
        return notation.shown(self._header.owner) if self._header and self._header.owner else ""

    @property
    def runs(self) -> str:
        """The function, if the program that GPFS starts is known to run it, else that program."""
        function = self._header.function if self._header else ""
        return self.record.command if self.kind == SCRIPT else function or self.record.command

    @property
    def run(self) -> Run | None:
        """The run options; None if there are none."""
        return self._header.run if self._header else None

    def remarks(self, signatures: Signatures, objects: Objects, names: NodeNames) -> list[Remark]:
        """Return what an administrator has to know of its token, its object and its nodes."""
        said = [*signatures.remarks(self.record), *objects.remarks(self.record, names)]
        problem = header.problem_of(self.record)
        return [Remark("cut", f"it cannot run: {problem}"), *said] if problem else said

    def fields(self, signatures: Signatures) -> dict[str, Any]:
        """Return everything that is known, by name, as JSON has it."""
        record, found = self.record, self._header
        options = found or record
        return {
            "id": record.identifier,
            "kind": self.kind,
            "events": list(record.events),
            "nodes": list(record.nodes),
            "about": self.about or None,
            "function": found.function if found else None,
            "command": record.command,
            "form": ("bytecode" if found.bytecode else "source") if found else None,
            "python": found.python if found else None,
            "installed_by": (found.installed_by or None) if found else None,
            "installed_at": moments.shown_stamp(found.installed_at or None) if found else None,
            "parms": list(options.parms),
            "binding": [list(pair) for pair in found.binding] if found else [],
            "priority": header.number(options.priority),
            "sync": options.sync,
            "timeout": options.timeout,
            "onerror": options.onerror,
            "run": _given(self.run) if self.run else None,
            "signed": signatures.is_signed(record),
        }


def _given(run: Run) -> dict[str, Any]:
    from .run_options import given  # as where the header is read

    return given(run) | ({"once": asdict(run.once)} if run.once else {})


def kind_of(record: CallbackRecord, found: Header | None) -> str:
    """Return ``"callable"``, ``"script"``, or ``"foreign"``: our driver with a token that cannot be read.

    A file that is called like our driver, and is none of this node, is a script.
    """
    if not header.is_driver(record.command) or not installation.is_ours(record.command):
        return SCRIPT
    return FOREIGN if found is None else CALLABLE


def captured_text(record: CallbackRecord) -> tuple[str, str] | None:
    """Return the body of the token and its form, for code that shows it; None for a script.

    Raises:
        GPFSError: The token was altered, or this node cannot tell; no part of it is decoded.
    """
    found = header.read(record)
    if found is None:
        return None
    token = record.parms[0]
    try:
        _, body, _ = checked(token, cluster_key.keys() if sealing.is_signed(token) else [])
    except TokenError as error:
        raise GPFSError(
            f"what callback {record.identifier!r} has captured is not shown: {error}; "
            "compare keys with arcapix-gpfs key show, or install it again"
        ) from None
    return body, "bytecode" if found.bytecode else "source"
