"""How things are with a node at one moment: what it has mounted, which nodes are up, and so on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from ... import commands, events
from ...events.states import STATES
from ...exceptions import GPFSExecuteException
from .asked import DOWN, UP

if TYPE_CHECKING:
    from typing import Literal

    from ...commands import NodeRecord, QuotaRecord
    from ...events.states import Kind
    from .asked import Asked

__all__ = ["Sighting", "look"]

_WITHOUT_GPFS = ("daemon",)
"""The kinds of things that can be seen while GPFS is down on this node."""
_MANAGER = "file system manager"
_DAEMON_STATES = {UP: "up", DOWN: "down"}
_QUOTAS: Mapping[Literal["u", "g", "j"], str] = {"u": "user", "g": "group", "j": "fileset"}


class Sighting(NamedTuple):
    """How a thing is.

    Attributes:
        kind: What kind of thing it is.
        values: The variables that tell it from others of its kind, in the order of `events.states.SUBJECTS`.
        state: How it is.
        about: What it is called for people.
        others: Further variables of an event about it.
        nodes: The nodes that ``eventNode`` names.
        moment: When that was so; seconds since 1970.
    """

    kind: Kind
    values: tuple[str, ...]
    state: str
    about: str
    others: Mapping[str, str]
    nodes: tuple[NodeRecord, ...]
    moment: float


def look(asked: Asked, kinds: Iterable[Kind], complain: Callable[[str], object]) -> list[Sighting]:
    """Return how things of some kinds are, as far as this node is told of them.

    Args:
        asked: What is asked.
        kinds: The kinds.
        complain: Gets why some of it cannot be told.
    """
    found: list[Sighting] = []
    for kind in dict.fromkeys(kinds):
        if asked.daemon != UP and kind not in _WITHOUT_GPFS:
            continue
        if kind not in _OF_A_FILESYSTEM:
            found += _OTHERS[kind](asked)
            continue
        for name in _filesystems(asked, kind):
            try:
                found += _OF_A_FILESYSTEM[kind](asked, name)
            except GPFSExecuteException as error:
                complain(f"what was missed about {name} cannot all be told: {error}")
    return found


def _filesystems(asked: Asked, kind: Kind) -> list[str]:
    """Return the file systems about which events of a kind fire on this node."""
    fires_on = {events.EVENTS[name].fires_on for name, told in STATES.items() if told.kind == kind}
    return asked.managed() if _MANAGER in fires_on else list(asked.filesystems)


def _mount(asked: Asked, filesystem: str) -> Iterator[Sighting]:
    state = "mounted" if asked.has_mounted(filesystem) else "unmounted"
    yield Sighting("mount", (filesystem,), state, filesystem, {}, (asked.here,), asked.moment)


def _daemon(asked: Asked) -> Iterator[Sighting]:
    if asked.daemon in _DAEMON_STATES:
        state, name = _DAEMON_STATES[asked.daemon], asked.here.daemon_name
        yield Sighting("daemon", (), state, name, {}, (asked.here,), asked.moment)


def _node(asked: Asked) -> Iterator[Sighting]:
    for node, state in asked.daemons:
        if state in _DAEMON_STATES:
            name = node.daemon_name
            yield Sighting("node", (name,), _DAEMON_STATES[state], name, {}, (node,), asked.moment)


def _low(asked: Asked, filesystem: str) -> Iterator[Sighting]:
    """Look at the pools for which the policy has a threshold, as without one there is no event [doc]."""
    thresholds = commands.mmlspolicy_thresholds(filesystem)
    for pool in commands.mmlspool_space(filesystem):
        if pool.name in thresholds and pool.size:
            used, most = 100 * (1 - pool.free / pool.size), thresholds[pool.name]
            about = f"{pool.name} of {filesystem} ({used:.1f} % used, the policy's threshold is {most:g} %)"
            state = "low" if used >= most else "enough"
            yield Sighting("low", (filesystem, pool.name), state, about, {}, (), asked.moment)


def _full(asked: Asked, filesystem: str) -> Iterator[Sighting]:
    for pool in commands.mmlspool_space(filesystem):
        about = f"{pool.name} of {filesystem}"
        state = "enough" if pool.free or not pool.size else "full"
        yield Sighting("full", (filesystem, pool.name), state, about, {}, (), asked.moment)


def _quota(asked: Asked, filesystem: str) -> Iterator[Sighting]:
    enforced = asked.filesystems.get(filesystem, {}).get("quotasEnforced", "user;group;fileset")
    for letter, word in _QUOTAS.items():
        for quota in commands.mmrepquota(filesystem, letter) if word in enforced else ():
            yield from _limits(asked, quota)


def _limits(asked: Asked, quota: QuotaRecord) -> Iterator[Sighting]:
    fileset = quota.name if quota.kind == "FILESET" else quota.fileset or "root"
    for what, event_type, usage, soft in (
        ("blocks", "blockQuotaExceeded", quota.block_usage, quota.block_soft),
        ("files", "inodeQuotaExceeded", quota.files_usage, quota.files_soft),
    ):
        if soft:
            values = (quota.filesystem, quota.kind, str(quota.id), fileset, event_type)
            about = f"{quota.kind} {quota.name} in {quota.filesystem} ({what})"
            state = "over" if usage > soft else "under"
            yield Sighting("quota", values, state, about, _variables(quota), (), asked.moment)


def _variables(quota: QuotaRecord) -> dict[str, str]:
    """Return the variables of an event about a quota, with sizes in KiB."""
    return {
        "quotaOwnerName": quota.name,
        "blockUsage": str(quota.block_usage >> 10),
        "blockQuota": str(quota.block_soft >> 10),
        "blockLimit": str(quota.block_hard >> 10),
        "filesetSize": str(quota.block_usage >> 10),
        "filesUsage": str(quota.files_usage),
        "filesQuota": str(quota.files_soft),
        "filesLimit": str(quota.files_hard),
    }


_OTHERS: Mapping[str, Callable[[Asked], Iterator[Sighting]]] = {"daemon": _daemon, "node": _node}
_OF_A_FILESYSTEM: Mapping[str, Callable[[Asked, str], Iterator[Sighting]]] = {
    "mount": _mount,
    "low": _low,
    "full": _full,
    "quota": _quota,
}
