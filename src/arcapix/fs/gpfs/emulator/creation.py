"""How clusters, nodes and file systems come into being."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence

from arcapix.fs.gpfs.emulator import membership, names
from arcapix.fs.gpfs.emulator.errors import EmulatorError
from arcapix.fs.gpfs.emulator.model import Disk, Fileset, Filesystem, Node, Pool, State
from arcapix.fs.gpfs.emulator.place import Place, check_filesystem_name, check_node_name
from arcapix.fs.gpfs.emulator.switches import check

DOMAIN = "gpfs.test"
CLUSTER_NAME = "emulated.gpfs.test"
SIZE = 64 << 20
"""Bytes of a file system whose size was not given."""
QUORUM_NODES = 3
"""How many nodes become quorum and manager nodes unless descriptors say otherwise."""
ROOT_INODES = 65_792
INODES_AT_ONCE = 32
"""Allocated inodes are rounded up to a multiple of this."""


def new_cluster(
    place: Place,
    nodes: Sequence[str],
    filesystems: Mapping[str, int],
    switches: Mapping[str, str],
    *,
    name: str = CLUSTER_NAME,
    domain: str = DOMAIN,
    shell_node: str | None = None,
) -> State:
    """A cluster whose nodes are active and have mounted everything; names, sizes, switches are checked first.

    Raises:
        EmulatorError: A name, size or switch is invalid.
    """
    for switch, answer in switches.items():
        check(switch, answer)
    if not nodes:
        raise EmulatorError("a cluster needs at least one node")
    state = State(name=name, id=str(random.randrange(10**18, 10**19)), domain=domain, switches=dict(switches))
    state.remote_shell = str(place.libexec / "ssh")
    state.remote_copy = str(place.libexec / "scp")
    for descriptor in nodes:
        add_node(state, descriptor, quorum_manager=len(state.nodes) < QUORUM_NODES)
    if not state.quorum_nodes():
        raise EmulatorError("a cluster needs at least one quorum node")
    for device, size in filesystems.items():
        add_filesystem(state, device, size, str(place.mounts / device))
    state.shell_node = state.by_number()[0].name
    if shell_node is not None:
        state.shell_node = find_node(state, shell_node).name
    membership.elect(state)
    for node in state.nodes.values():
        node.mounts = sorted(state.filesystems)
    return state


def find_node(state: State, name: str) -> Node:
    """The node of this name, for the emulator's own verbs.

    Raises:
        EmulatorError: There is none.
    """
    node = names.find(state, name)
    if node is None:
        known = [one.short for one in state.by_number()]
        shown = ", ".join(known[:10]) + (", ..." if len(known) > 10 else "")
        raise EmulatorError(f"no node '{name}' in the emulated cluster; there are {shown}")
    return node


def add_node(state: State, descriptor: str, *, quorum_manager: bool = False) -> Node:
    """Add an active node: ``NAME[:DESIGNATIONS[:ADMIN_NAME]]``, as mmcrcluster takes it.

    Args:
        state: The cluster, altered.
        descriptor: The node.
        quorum_manager: Make it a quorum and manager node if the descriptor does not say.

    Raises:
        EmulatorError: The descriptor is invalid, or the node is there already.
    """
    name, _, rest = descriptor.partition(":")
    designations, _, admin = rest.partition(":")
    check_node_name(name)
    words = set(designations.split("-")) - {""}
    if not words <= {"quorum", "manager", "client", "nonquorum"}:
        raise EmulatorError(f"'{designations}' is not a designation; it is made of quorum and manager")
    long = name if "." in name else f"{name}.{state.domain}"
    if long in state.nodes:
        raise EmulatorError(f"node '{name}' is named twice")
    number = state.next_node
    label = long.partition(".")[0]
    if any(node.label == label for node in state.nodes.values()):
        label = long
    admin = admin or long
    state.next_node += 1
    state.nodes[long] = Node(
        name=long,
        number=number,
        ip=f"198.18.{number >> 8 & 255}.{number & 255}",
        admin_name=admin if "." in admin else f"{admin}.{state.domain}",
        quorum="quorum" in words if words else quorum_manager,
        manager="manager" in words if words else quorum_manager,
        label=label,
        started=time.time(),
    )
    return state.nodes[long]


def add_filesystem(state: State, name: str, size: int, mount_point: str) -> Filesystem:
    """Add a file system with one pool, one disk and the root fileset; it is mounted nowhere.

    Raises:
        EmulatorError: The name or size is invalid, or the file system is there already.
    """
    check_filesystem_name(name)
    if name in state.filesystems:
        raise EmulatorError(f"file system '{name}' is named twice")
    if size <= 0:
        raise EmulatorError(f"file system '{name}' needs a size above zero")
    now = time.time()
    filesystem = Filesystem(
        name=name,
        size=size,
        mount_point=mount_point,
        created=now,
        uid=f"{random.getrandbits(32):08X}:{int(now):08X}",
    )
    filesystem.pools["system"] = Pool(name="system", id=0, size=size)
    servers = tuple(node.name for node in state.quorum_nodes()[:2])
    filesystem.disks[f"{name}_nsd1"] = Disk(name=f"{name}_nsd1", pool="system", size=size, servers=servers)
    filesystem.filesets["root"] = Fileset(
        name="root",
        id=0,
        root_inode=3,
        path=mount_point,
        created=now,
        comment="root fileset",
        independent=True,
        max_inodes=ROOT_INODES,
        alloc_inodes=ROOT_INODES,
    )
    state.filesystems[name] = filesystem
    return filesystem
