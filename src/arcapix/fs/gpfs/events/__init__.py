"""The catalogue: the events and variables of GPFS's callbacks, and which objects offer which event.

Facts are data, written once (in the tables beside this module), each with the evidence for it, and nothing
here refuses a user on a fact that nobody verified. The lists are open: GPFS may know more.

- Event names are accepted without regard to case and shown in GPFS's spelling: IBM's own topics and logs mix
  cases [doc]. Names of variables are case-sensitive [field].
- Every value arrives as text [inferred]; a variable that has no value in the context of an event becomes the
  word ``UNDEFINED`` [unverified].
- Node-valued variables take a qualifier: ``%eventNode.ip``, ``.shortName`` or ``.name``, which is the default
  [unverified].
- GPFS itself filters callbacks by node only; file system, fileset and pool are compared by our driver
  [inferred].
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from . import table, variables
from .facts import EventFacts, VariableFacts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .facts import Evidence as Evidence
    from .facts import OwnerKind as OwnerKind
    from .facts import Scope as Scope

__all__ = [
    "COMMON",
    "EVENTS",
    "NODE_VALUED",
    "NOT_EVENTS",
    "OWNER_KINDS",
    "QUALIFIERS",
    "SOURCES",
    "TAKEN_BY_NAME",
    "VARIABLES",
    "EventFacts",
    "VariableFacts",
    "about",
    "attribute",
    "attributes_of",
    "canonical",
    "chosen_by_users",
    "event_of",
    "supports",
    "variables_of",
]

#: Every event by GPFS's spelling: the 35 of the ArcaPix reference first.
EVENTS: Mapping[str, EventFacts] = MappingProxyType({facts.name: facts for facts in table.ROWS})

#: Every variable by its exact name.
VARIABLES: Mapping[str, VariableFacts] = MappingProxyType({facts.name: facts for facts in variables.ROWS})

#: The kinds of object that offer events; the first three offer all.
OWNER_KINDS: tuple[OwnerKind, ...] = ("cluster", "node", "nodeclass", "filesystem", "fileset", "pool")

#: What a parameter gets by its name alone.
TAKEN_BY_NAME: frozenset[str] = frozenset(facts.name for facts in VARIABLES.values() if facts.in_arcapix)

#: The variables that any event is said to have.
COMMON: frozenset[str] = frozenset(facts.name for facts in VARIABLES.values() if facts.common)

#: The variables that take a qualifier.
NODE_VALUED: frozenset[str] = frozenset(facts.name for facts in VARIABLES.values() if facts.node_valued)

#: The qualifiers of node-valued variables [unverified].
QUALIFIERS: tuple[str, ...] = ("name", "shortName", "ip")

#: What people expect and GPFS does not have, or what is only a slip, all [inferred].
NOT_EVENTS: Mapping[str, str] = MappingProxyType(
    {
        "snapshotDeleted": "no trace in any source; only the creation of a snapshot is an event",
        "healthCollapse": "no trace in any source",
        "unmountedRetry": "no trace in any source",
        "quorumNodeLoss": "only in a commented-out list of c4-system-manager, next to quorumNodeJoin and "
        "quorumNodeLeave; probably a slip",
        "fileSetLimitExceeded": "casing slip for filesetLimitExceeded; accepted as that",
        "file creation, change, rename or deletion": "no callback event exists for single files; several "
        "public designs assume one",
    }
)

#: Where the facts come from: the words in ``EventFacts.sources``, spelt out.
SOURCES: Mapping[str, str] = MappingProxyType(
    {
        "arcapix": "ArcaPix GPFS Python API documentation: callback reference (GPFS 3.5-4.2)",
        "bind-mount-note": "public operations note on bind mounts after a GPFS mount",
        "c4": "Brewgarten/c4-system-manager@0f8d05e (Dec 2015): c4/system/manager.py, c4/system/messages.py",
        "cloud-script": "public cloud deployment script for Spectrum Scale (sets enableLowspaceEvents=yes)",
        "gpfsug-list": "gpfsug-discuss mailing list, Feb 2014",
        "gpfsug-tools": "gpfsug/gpfsug-tools@a5499a9: scripts/customeviction",
        "guide": "ArcaPix GPFS Python API documentation: callback guide",
        "ibm-6027-2742": "IBM message topic 6027-2742 (5.2.3)",
        "ibm-afm": "IBM topic 'Monitoring callback events for AFM and AFM DR' (5.0.2)",
        "ibm-deadlock": "IBM topics on deadlock detection and breakup (4.2.1, 5.2.0)",
        "ibm-delcallback": "IBM topic 'mmdelcallback command' (5.0.4)",
        "ibm-diskfailure": "IBM topic 'diskFailure Event' (5.2.0, 6.0.1)",
        "ibm-fpo": "IBM topics on failure and recovery in FPO clusters (5.2.0)",
        "ibm-gnr": "IBM topic on recovery group events (6.0.1), event gnr_da_rebuild_failed",
        "ibm-lscallback": "IBM topic 'mmlscallback command' (4.2.0)",
        "ibm-nodejoin": "IBM topic 'nodeJoin Event' (6.0.1)",
        "ibm-quota-migration": "IBM/spectrum-scale-policy-scripts@b0ce565: quota-migration",
        "ibm-raid": "IBM topic 'IBM Spectrum Scale RAID callbacks' (RAID 4.2; ECE 5.2.0)",
        "ibm-startpolicy": "IBM topic 'mmstartpolicy command' (5.2.3, 6.0.1)",
        "ibm-thresholds": "IBM topic 'Using thresholds to migrate data between pools' (5.2.0)",
        "log-4.2.3": "GPFS 4.2.3.4 mmfs log, Nov 2017 (public lab notes)",
        "ncsa-deadlock": "ckerner/ncsa-deadlock-detection@ca5c5a6",
        "nfsv4-callout": "ckerner/GPFS-NFSv4-callout@529e621",
        "raid-header": "IBM GPFS Native RAID event API header api_event.h (2011)",
        "rcc-puppet": "public puppet module rcc_gpfs (comments)",
        "recalled": "recollection of IBM's mmaddcallback page",
        "threshold-note": "public design note on threshold migration (Chinese)",
        "vai-quota": "VanAndelInstitute/Admin-Tools: callbackQuota.pl, callbackQuota2.pl",
    }
)


def attribute(name: str) -> str:
    """Return the attribute of owner objects for an event: ``onSoftQuotaExceeded``.

    Args:
        name: An event of the catalogue, in GPFS's spelling.
    """
    return f"on{name[0].upper()}{name[1:]}"


_BY_FOLDED_NAME = {facts.name.lower(): facts.name for facts in EVENTS.values()} | {
    alias.lower(): facts.name for facts in EVENTS.values() for alias in facts.aliases
}
_BY_ATTRIBUTE = {attribute(name): name for name in EVENTS}

# What the events of a category are about where their data name no object.
_SUBJECTS = {
    "cluster": "the cluster",
    "config": "the cluster",
    "daemon": "a node",
    "deadlock": "a node",
    "internal": "GPFS itself",
    "node": "a node",
    "quorum": "the cluster",
    "raid": "a recovery group",
}


def canonical(name: str) -> str | None:
    """Return GPFS's spelling of an event given in any case or under another known name; None if unknown."""
    return _BY_FOLDED_NAME.get(name.lower())


def event_of(attribute: str) -> str | None:
    """Return the event behind an attribute such as ``onMount``; None if there is none of that exact name."""
    return _BY_ATTRIBUTE.get(attribute)


def supports(kind: OwnerKind, name: str) -> bool:
    """Whether objects of that kind offer the event.

    Cluster, node and nodeclass offer every event, even those that the catalogue lacks: GPFS may know them.
    The others offer an event whose data name that kind of object, since the driver has to compare it.
    """
    known = canonical(name)
    if known is None:
        return kind in ("cluster", "node", "nodeclass")
    return kind in EVENTS[known].objects


def about(name: str) -> str:
    """Say what an event is about, for a sentence: ``"a file system"``, ``"a fileset or a file system"``.

    Args:
        name: An event of the catalogue, in any spelling; for any other the text is empty.
    """
    known = canonical(name)
    if known is None:
        return ""
    facts = EVENTS[known]
    objects = [
        words
        for kind, words in (
            ("pool", "a storage pool"),
            ("fileset", "a fileset"),
            ("filesystem", "a file system"),
        )
        if kind in facts.objects
    ]
    if not objects:
        return _SUBJECTS[facts.category]
    *others, last = objects
    return f"{', '.join(others)} or {last}" if others else last


def variables_of(name: str) -> frozenset[str]:
    """Return the variables that an event supplies: its own, and those of any event.

    Args:
        name: An event in any spelling; for one that the catalogue lacks, only the common ones are known.
    """
    known = canonical(name)
    return COMMON if known is None else COMMON.union(EVENTS[known].variables)


def chosen_by_users(variable: str) -> bool:
    """Whether somebody other than GPFS chooses the text of a variable, which may have a qualifier.

    For a variable that the catalogue lacks nobody knows, so it counts as chosen.
    """
    facts = VARIABLES.get(variable.partition(".")[0])
    return facts is None or facts.user_controlled


def attributes_of(kind: OwnerKind) -> tuple[str, ...]:
    """Return the ``on<Event>`` attributes of a kind of object, in the order of the catalogue."""
    return tuple(attribute for attribute, name in _BY_ATTRIBUTE.items() if kind in EVENTS[name].objects)
