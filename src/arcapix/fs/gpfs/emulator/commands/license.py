"""mmchlicense and mmlslicense.

The synopses are from knowledge of GPFS, not recorded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from arcapix.fs.gpfs.emulator import layout, messages
from arcapix.fs.gpfs.emulator.command import Arguments, Context, command
from arcapix.fs.gpfs.emulator.messages import cluster as texts
from arcapix.fs.gpfs.emulator.model import Node, State
from arcapix.fs.gpfs.emulator.releases import Layout

_COUNTS = (
    "totalNodes licensedServers licensedClients unlicensedServers unlicensedClients licensedFpo"  # recorded
)
_RANK = {"": 0, "client": 1, "fpo": 2, "server": 3}
"""A licence includes those of lower rank."""


def required_license(state: State, node: Node) -> str:
    """The licence that a node needs: server for quorum nodes, managers and NSD servers."""
    disks = [disk for filesystem in state.filesystems.values() for disk in filesystem.disks.values()]
    serves = any(node.name in disk.servers for disk in disks)
    return "server" if node.role or serves else "client"


def _lacks(state: State, node: Node) -> bool:
    return _RANK[node.license] < _RANK[required_license(state, node)]


def warn_of_licenses(context: Context) -> None:
    """Print the warning of mmaddnode and others while a node lacks the licence that it needs."""
    if any(_lacks(context.state, node) for node in context.state.nodes.values()):
        context.say(texts.LICENSE_WARNING)


@command(
    "mmchlicense",
    usage="mmchlicense {client | fpo | server} [--accept] -N {Node[,Node...] | NodeFile | NodeClass}",
    flags=("--accept",),
    values=("-N",),
    required=("-N",),
    words=(1, 1),
    changing=True,
)
def mmchlicense(context: Context, arguments: Arguments) -> None:
    """Designate licences."""
    license = arguments.words[0]
    if license not in ("client", "fpo", "server"):
        raise context.usage(messages.EXTRA_ARGUMENT, word=license)
    chosen = context.nodes(arguments.value("-N"))
    context.progress(texts.LICENSE_NODES.format(license=license))
    for node in chosen:
        context.progress(f"\t{node.name}")
    if not arguments.flag("--accept"):
        raise context.failure(texts.LICENSE_NOT_ACCEPTED)
    with context.change() as state:
        for one in chosen:
            # the three words above are what the record takes
            state.nodes[one.name].license = license  # type: ignore[assignment]
    context.say(messages.COMPLETED)
    context.propagating()


@command(
    "mmlslicense",
    usage="mmlslicense [-Y] [-L] [--capacity] [--licensed-usage]",
    flags=("-Y", "-L"),
    words=(0, 0),
    layouts=(
        Layout("-L", "one site, 3.5"),
        Layout("plain, FPO and the edition", "one site, 5.1", (5,)),
        Layout("plain, another edition", "one site, 5.2", (5, 2)),
        Layout("-Y", "one site, of an unknown release"),
    ),
)
def mmlslicense(context: Context, arguments: Arguments) -> None:
    """Show licences, of each node with -L."""
    state = context.state
    nodes = state.by_number()
    designated = {kind: sum(node.license == kind for node in nodes) for kind in _RANK}
    lacking = [required_license(state, node) for node in nodes if _lacks(state, node)]
    if arguments.flag("-Y"):
        columns = ("nodeName", "requiredLicense", "designatedLicense", *_COUNTS.split())
        context.out(layout.y_header("mmlslicense", "", columns))
        counts = [len(nodes), designated["server"], designated["client"]]
        counts += [lacking.count("server"), lacking.count("client"), designated["fpo"]]
        for node in nodes:
            values = (node.name, required_license(state, node), node.license or "none", *counts)
            context.out(layout.y_row("mmlslicense", "", values))
        return
    if arguments.flag("-L"):
        context.out(f" {'Node name':<31}Required license   Designated license")
        context.out("-" * 69)
        for node in nodes:
            context.out(f"{node.name:<35}{required_license(state, node):<20}{node.license or 'none'}")
        context.out()
    _summarize(context, designated, lacking)


def _summarize(context: Context, designated: Mapping[str, int], lacking: Sequence[str]) -> None:
    """What is designated in the cluster, what its nodes lack, and since 5.0 the edition.

    A blank behind the title is recorded of 5.1, and that there is none of 5.2.
    """
    newer = context.release >= (5,)
    context.out(" Summary information " if (5,) <= context.release < (5, 2) else " Summary information")
    context.out("---------------------")
    counts = [("Number of nodes defined in the cluster:", len(context.state.nodes))]
    for kind in ("server", "fpo", "client") if newer else ("server", "client"):
        shown = kind.upper() if kind == "fpo" else kind
        counts.append((f"Number of nodes with {shown} license designation:", designated[kind]))
    for kind in ("server", "client"):
        title = f"Number of nodes still requiring {kind} license designation:"
        counts.append((title, lacking.count(kind)))
    for title, count in counts:
        context.out(f"{title:<62}{count:>4}")
    if newer:
        context.out(texts.EDITION_5_2 if context.release >= (5, 2) else texts.EDITION)
