"""What the listing of GPFS leaves open about a callback, so that no change loses it unnoticed.

A node class may be listed as its present members, and no release is known to list every option. The header of
a function keeps both as they were given; of a script, only the process that installed it knows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from .. import commands
from ..commands.node_names import NodeNames
from ..exceptions import GPFSError, GPFSExecuteException
from . import header, registry, site
from .definition import same_action

if TYPE_CHECKING:
    from ..commands import CallbackRecord
    from .definition import Definition

__all__ = ["Listed"]

_OPTIONS = ("priority", "sync", "timeout", "onerror")
_NEVER_GIVEN = frozenset({"mount", "localhost"})
"""Classes whose members differ from one moment, or one node, to the next: no callback is limited to them."""


@dataclass
class Listed:
    """A callback in the listing that a change starts from.

    Attributes:
        definition: What its entry says, and its header if it is a callable.
        record: Its entry.
        every: All entries of that listing.
        sent: What this process sent, if the callback is known from there.
    """

    definition: Definition
    record: CallbackRecord
    every: Sequence[CallbackRecord]
    sent: CallbackRecord | None = None
    _names: NodeNames = field(default_factory=NodeNames)
    _has_asked: bool = False

    @property
    def is_old(self) -> bool:
        """Whether GPFS was asked for more since, so that another node had the time to change the callback."""
        return self._has_asked or self._names.has_asked

    def leaves_open(self, restated: Mapping[str, object]) -> bool:
        """Tell whether what a change restates may be new, although the listing shows no difference."""
        if "node" in restated and self._doubt_about_nodes():
            return True
        return not restated.keys().isdisjoint(_OPTIONS) and bool(self._hidden_options())

    def completed(self, restated: Mapping[str, object], edited: Definition) -> Definition:
        """Return the definition with its nodes as they were given.

        Args:
            restated: What the change says itself, by keyword.
            edited: What the change makes of the listed definition.

        Raises:
            GPFSError: The listing leaves open what the change does not restate.
        """
        hidden = self._hidden_options()
        without_sync = "sync" in restated and not restated["sync"]
        needed = ("priority",) if without_sync else _OPTIONS
        missing = [name for name in needed if name in hidden and name not in restated]
        if missing:
            options = ", ".join(f"{name}={_shown(hidden[name])}" for name in missing)
            has = "may have" if "..." in options else "was installed with"
            raise GPFSError(
                f"callback {self.record.identifier!r} {has} options that GPFS does not list; "
                f"restate them in change({options}) together with what is to change"
            )
        doubt = "" if "node" in restated else self._doubt_about_nodes()
        nodes = self._sent_nodes()
        if doubt and edited.nodes == self.definition.nodes:
            nodes = self._one_class()
        if doubt and not nodes:
            raise GPFSError(f"callback {self.record.identifier!r} was not changed: {doubt}")
        return replace(self.definition, nodes=nodes or self.definition.nodes)

    def as_it_was(self, wanted: Definition) -> Definition:
        """Return the definition to go back to: what is not listed is as it is known, or else as wanted.

        Nodes are taken for a class as `completed` takes them, if other ones are wanted.
        """
        hidden = self._hidden_options()
        options = {name: getattr(wanted, name) if value is ... else value for name, value in hidden.items()}
        nodes = self._sent_nodes()
        if self._doubt_about_nodes():
            is_same = self._names.same_nodes(wanted.nodes, self.record.nodes)
            nodes = wanted.nodes if is_same else self._one_class()
        return replace(self.definition, nodes=nodes or self.definition.nodes, **options)

    def is_script(self, wanted: CallbackRecord) -> bool:
        """Tell whether it is the script that is wanted, and the listing tells all of it.

        Where the listing shows the members of a class in place of its name, they are taken for the class.
        """
        there = self.record
        return (
            not self.definition.token
            and (there.command, there.parms) == (wanted.command, wanted.parms)
            and {event.lower() for event in there.events} == {event.lower() for event in wanted.events}
            and (header.number(there.priority), there.sync, there.timeout)
            == (header.number(wanted.priority), wanted.sync, wanted.timeout)
            and same_action(there.onerror, wanted.onerror)
            and not there.unknown
            and not self._hidden_options()
            and self._is_limited_to(wanted.nodes)
        )

    def _is_limited_to(self, nodes: tuple[str, ...]) -> bool:
        there = self.record.nodes
        if bool(nodes) != bool(there or self.record.nowhere):
            return False
        if not self._names.same_nodes(nodes, there):
            return False
        return not self._names_classes() or self._classes_in(nodes) == self._classes_in(there)

    def _classes_in(self, nodes: tuple[str, ...]) -> set[str]:
        return {name for name in nodes if self._names.is_class(name)}

    def _names_classes(self) -> bool:
        """Whether a class is listed by its name here, as an entry of the listing or the probe shows."""
        if any(self._classes_in(record.nodes) for record in self.every):
            return True
        return site.answer("list_node_form") in ("class", "typed")

    def _hidden_options(self) -> dict[str, Any]:
        """Return the options that the listing does not tell, with ``...`` for one that nothing tells."""
        shown = {name for record in self.every for name in record.shown}
        names = [name for name in _OPTIONS if name not in shown]
        if self.definition.token or not names or self.record.unknown:  # with these, nothing can be changed
            return {}
        if site.answer("list_option_keys") == "keys":
            return {}
        known = self.sent
        if known is None:
            self._has_asked = True
            known = self._told_by_its_row()
        hidden: dict[str, Any] = {}
        for name in names:
            if known is None or (known is not self.sent and name not in known.shown):
                if shown.isdisjoint(_OPTIONS):  # a listing that shows one of them has keys for all
                    hidden[name] = ...
            elif (value := getattr(known, name)) != getattr(self.record, name):
                hidden[name] = header.number(value) if name == "priority" else value
        if not self.record.sync and "sync" not in hidden:
            return {name: value for name, value in hidden.items() if name == "priority"}
        return hidden

    def _told_by_its_row(self) -> CallbackRecord | None:
        identifier = self.record.identifier
        try:
            return commands.mmlscallback_options(identifier)
        except GPFSExecuteException:
            registry.find(identifier)  # it may be gone since it was listed
            raise

    def _sent_nodes(self) -> tuple[str, ...]:
        """Return the nodes that this process sent, if they still mean what is listed."""
        sent = self.sent.nodes if self.sent is not None and not self.definition.token else ()
        return sent if sent and self._names.same_nodes(sent, self.record.nodes) else ()

    def _one_class(self) -> tuple[str, ...]:
        """Return the class whose members are listed: several nodes were hardly given one by one.

        Nothing is returned if it may be one of several classes. Where every node is listed, ``all`` is meant
        rather than another class of GPFS's own, which they all happen to be in.
        """
        nodes = self.record.nodes
        fitting = self._fitting(self._names.classes_within(nodes)) if len(nodes) > 1 else []
        if "all" in fitting:
            fitting = [name for name in fitting if not name.lower().endswith("nodes")]
        return tuple(fitting) if len(fitting) == 1 else ()

    def _fitting(self, classes: Sequence[str]) -> list[str]:
        exact = [name for name in classes if self._names.same_as_class(self.record.nodes, name)]
        return [name for name in exact if name not in _NEVER_GIVEN]

    def _doubt_about_nodes(self) -> str:
        """Return why the listed nodes may not be what was given; empty if there is no doubt."""
        nodes, found = self.record.nodes, header.read(self.record)
        if (found and found.nodes) or not (nodes or self.record.nowhere) or self._sent_nodes():
            return ""
        if not nodes:
            return (
                "it is limited to a node class without members, which GPFS does not name; "
                "restate it: change(..., node=...)"
            )
        if self._names_classes() or site.answer("N_class_storage") == "expanded":
            return ""
        classes = [name for name in self._names.classes_within(nodes) if name not in _NEVER_GIVEN]
        if not classes:
            return ""
        given = ",".join(nodes)
        fitting = self._fitting(classes)
        meant = " or ".join(f"node={name!r}" for name in fitting) or "the class in node=..."
        return (
            f"GPFS lists {given} for it, and does not tell whether its nodes were given as the class "
            f"{' or '.join(fitting or classes)}, whose later members count too; "
            f"restate them: change(..., {meant}), or node={given!r} for these only"
        )


def _shown(value: object) -> str:
    return "..." if value is ... else repr(value)
