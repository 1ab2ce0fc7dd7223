"""What the commands for the cluster, nodes, licences, configuration and callbacks print, to the column."""

from __future__ import annotations

import re
from collections.abc import Iterator
from graphlib import TopologicalSorter
from typing import Any

from arcapix.fs.gpfs.emulator.attributes import ATTRIBUTES
from arcapix.fs.gpfs.emulator.model import Disk, Fileset, Filesystem, Nodeclass, Pool, State

from .golden import (
    BLANKS,
    DATE,
    FIRST_LINE,
    Case,
    Defect,
    add_node,
    as_it_is,
    nothing,
    only,
    rows,
    seconds,
)

# -- from a text to the cluster that prints it


def renewed(state: State, *names: str, **facts: Any) -> None:
    """Nodes of these names instead of those that there are; the first one is the shell's."""
    state.nodes = {}
    for name in names:
        add_node(state, name, **facts)
    state.shell_node = next(iter(state.nodes), "")


def cluster(state: State, text: str) -> None:
    facts = dict(re.findall(r"(?m)^  (\S[^:]*): +(\S+)$", text))
    state.name, state.id = facts["GPFS cluster name"], facts["GPFS cluster id"]
    state.remote_shell, state.remote_copy = facts["Remote shell command"], facts["Remote file copy command"]
    renewed(state)
    pattern = r"(?m)^ *(\d+)   (\S+) +([\d.]+) +(\S+) +(\S*)$"
    for number, name, address, admin, designation in re.findall(pattern, text):
        words = designation.split("-")
        node = add_node(state, name, int(number), ip=address, admin_name=admin)
        node.quorum, node.manager = "quorum" in words, "manager" in words
        node.perfmon = "perfmon" in words
        node.license = "" if "Warning" in text else "server"
    state.shell_node = next(iter(state.nodes))


def cluster_rows(state: State, text: str) -> None:
    summary, *nodes = rows(text)
    state.name, state.id = summary["clusterName"], summary["clusterId"]
    state.remote_shell, state.remote_copy = summary["rshPath"], summary["rcpPath"]
    renewed(state)
    for row in nodes:
        node = add_node(state, row["daemonNodeName"], int(row["nodeNumber"]), ip=row["ipAddress"])
        node.admin_name, designation = row["adminNodeName"], row["designation"].lower()
        node.quorum, node.manager = "quorum" in designation, "manager" in designation
        node.perfmon = row["otherNodeRolesAlias"] == "perfmon"
    state.shell_node = next(iter(state.nodes))


def states(state: State, text: str) -> None:
    renewed(state)
    pattern = r"(?m)^ +(\d+) +(\S+) +(?:\d+ +\d+ +\d+ +)?(active|arbitrating|down|unknown)( +quorum node)? *$"
    for number, name, found, remarks in re.findall(pattern, text):
        add_node(state, name, int(number), state=found, quorum=bool(remarks) or "Quorum" not in text)
    state.shell_node = next(iter(state.nodes))


def states_unreached(state: State, text: str) -> None:
    """The nodes of the table, and on the other side of a partition those that could not be reached."""
    states(state, text)
    for name in text.partition("reached:\n")[2].split():
        add_node(state, name, side=1)


def states_rows(state: State, text: str) -> None:
    """The nodes of the rows, and as many more as these count."""
    renewed(state)
    found = rows(text)
    for row in found:
        quorum = row["remarks"] == "quorum node"
        add_node(state, row["nodeName"], int(row["nodeNumber"]), state=row["state"], quorum=quorum)
    state.shell_node = found[0]["nodeName"]
    up, total = int(found[0]["nodesUp"]), int(found[0]["totalNodes"])
    quorum_nodes = max(up, 2 * int(found[0]["quorum"]) - 2)
    for number in range(total - len(found)):
        add_node(state, f"other{number}", 10_000 + number, quorum=len(state.quorum_nodes()) < quorum_nodes)


def attributes(state: State, text: str) -> None:
    """The table of mmlsfs, whole or in part."""
    device = re.search(r"/dev/(\S+):", text)
    filesystem = only(state, device[1] if device else "fs1")
    fields = {attribute.flag: attribute.field for attribute in ATTRIBUTES}
    found: dict[str, str] = {}
    for flag, value in re.findall(rf"(?m)^ (-\S+) +({DATE}|\S+(?: \([\d.]+\))?)", text):
        found[fields[flag]] = found.get(fields[flag], "") + value
    attribute(filesystem, found)


def attributes_rows(state: State, text: str) -> None:
    state.filesystems = {}
    for row in rows(text):
        made = Filesystem(row["deviceName"], 1 << 30, "/nowhere", 0.0)
        filesystem = state.filesystems.setdefault(row["deviceName"], made)
        attribute(filesystem, {row["fieldName"]: row["data"]})


def attribute(filesystem: Filesystem, found: dict[str, str]) -> None:
    for field, value in found.items():
        if field == "blockSize":
            filesystem.block_size = int(value)
        elif field == "numNodes":
            filesystem.max_nodes = int(value)
        elif field == "quotasAccountingEnabled":
            filesystem.quotas_enforced = [] if value == "none" else value.split(";")
        elif field == "perfilesetQuotas":
            filesystem.perfileset_quota = value.lower() == "yes"
        elif field == "create-time":
            filesystem.created = seconds(value)
        elif field == "maxNumberOfInodes":
            root = Fileset("root", 0, 3, "", 0.0, independent=True, max_inodes=int(value))
            filesystem.filesets = {"root": root}
        elif field == "UID":
            filesystem.uid = value
        elif field == "storagePools":
            filesystem.pools = {name: Pool(name, 0, 1 << 30) for name in value.split(";")}
        elif field == "disks":
            filesystem.disks = {name: Disk(name, "system", 1 << 30) for name in value.split(";")}
        elif field == "automaticMountOption":
            filesystem.automount = value == "yes"
        elif field == "defaultMountPoint":
            filesystem.mount_point = value


def mounts(state: State, text: str) -> None:
    """A name as long as the column is takes more characters than it shows."""
    filesystem = only(state, re.search(r"File system (\S+) is", text)[1])  # type: ignore[index]
    renewed(state)
    for address, name in re.findall(r"(?m)^  ([\d.]+) +(\S+)", text):
        long = name + ("ant.test" if len(name) == 33 else "")
        add_node(state, long, ip=address, mounts=[filesystem.name])
    state.shell_node = next(iter(state.nodes))


def mounts_rows(state: State, text: str) -> None:
    """One row is enough, as each counts the others."""
    renewed(state)
    for line in text.splitlines():
        fields = line.split(":")[6:]
        if fields[0] != "localDevName":
            filesystem, _, state.name, total, address, name, *_ = fields
            only(state, filesystem)
            add_node(state, name, ip=address, mounts=[filesystem])
    for number in range(int(total) - len(state.nodes)):
        add_node(state, f"uncounted{number}", mounts=[filesystem])
    state.shell_node = next(iter(state.nodes))


def managers(state: State, text: str) -> None:
    renewed(state)
    found = re.findall(r"(?m)(\S+) +([\d.]+) \((\S+)\)$", text)
    state.filesystems = {}
    for what, address, name in found:
        if name not in state.nodes:
            add_node(state, name, ip=address)
        if what != "node:":
            state.filesystems[what] = Filesystem(what, 1 << 30, f"/nowhere/{what}", 0.0, manager=name)
        else:
            state.cluster_manager = state.shell_node = name


def managers_rows(state: State, text: str) -> None:
    renewed(state)
    state.filesystems = {}
    for row in rows(text):
        name = row["manager"]
        if name not in state.nodes:
            add_node(state, name, ip=row.get("managerIP", "198.18.7.7"))
        if row[""] == "clusterManager":
            state.cluster_manager = state.shell_node = name
        else:
            device = row["filesystem"]
            state.filesystems[device] = Filesystem(device, 1 << 30, "/nowhere", 0.0, manager=name)


def speakers(state: State, text: str) -> None:
    """The nodes that begin a line, of a cluster that is up."""
    names = list(dict.fromkeys(re.findall(r"(?m)^([\w-]+):  ", text)))
    renewed(state, *names, quorum=True, manager=True)
    state.cluster_manager = names[0]


def known_nodes(state: State, text: str) -> None:
    """The nodes that could not be added, because they are there already."""
    for name in re.findall(r"(?m)^\t\t(\S+)$", text):
        add_node(state, name)


def licensed_nodes(state: State, text: str) -> None:
    renewed(state, *re.findall(r"(?m)^(?:\t| {8})(\S+)$", text), quorum=True)


def free_disks(state: State, text: str) -> None:
    """The disks, and the one manager node, which is not that of the shell."""
    state.filesystems = {}
    renewed(state, "shell", re.search(r"on node (\S+):", text)[1])  # type: ignore[index]
    for node in state.nodes.values():
        node.quorum = True
        node.manager = node.name != "shell"
    for name, size in re.findall(r"(?m)^    (\S+): size (\d+) MB$", text):
        state.free_disks[name] = Disk(name, "system", int(size) << 20)


def junction(state: State, text: str) -> None:
    """The file system is named like its mount point, which `printed` shortens."""
    name = re.search(r"linked at /([^/\s]+)/", text)[1]  # type: ignore[index]
    filesystem = next(iter(state.filesystems.values()))
    filesystem.name, state.filesystems = name, {name: filesystem}


def down(state: State, _: str) -> None:
    for node in state.nodes.values():
        node.state = "down"


def callback_nodes(state: State, text: str) -> None:
    for name in re.findall(r"(?m)^ +node += (\S+)$", text):
        add_node(state, name)


def earlier_filesets(text: str) -> Iterator[str]:
    """The commands that make the filesets with the ids before the one that is reported."""
    created = re.search(r"created with id (\d+)", text)
    for number in range(1, int(created[1]) if created else 1):
        yield f"mmcrfileset FS earlier{number} --inode-space new"


def registrations(text: str) -> Iterator[str]:
    """The commands that register what a listing shows; a listing of one may lack its identifier."""
    identifier, options = "IDENTIFIER", ""
    for line in [*text.splitlines(), "end"]:
        key, equals, value = (part.strip() for part in line.partition("="))
        if line.startswith((" ", "command", "event", "node", "parms")) and equals:
            option = "-N" if key == "node" else f"--{key}"
            options += f" {option} {value}"
        elif options.endswith("--parms "):
            options += line
        elif line:
            if options:
                yield f"mmaddcallback {identifier}{options}"
            identifier, options = line, ""


def nodeclasses(state: State, text: str) -> None:
    """Members stand in the order of their numbers, in each class."""
    table = re.sub(r"\n {22}", ",", text[text.index("-----") :]).splitlines()[1:]
    follows: dict[str, set[str]] = {}
    for name, members in (line.split() for line in table):
        nodes = members.split(",")
        state.nodeclasses[name] = Nodeclass(name, nodes)
        for before, node in zip(["", *nodes], nodes, strict=False):
            follows.setdefault(node, set()).update({before} - {""})
    renewed(state, *TopologicalSorter(follows).static_order())


def licenses(state: State, text: str) -> None:
    state.nodes, state.filesystems = {}, {}
    for name, required, designated in re.findall(r"(?m)^(\S+) +(server|client) +(server|client)$", text):
        add_node(state, name, quorum=required == "server", license=designated)
    counted = dict(re.findall(r"(?m)^Number of nodes with (\w+) license designation: +(\d+)$", text))
    for kind, count in counted.items():
        for number in range(int(count) - sum(node.license == kind.lower() for node in state.nodes.values())):
            add_node(state, f"{kind}{number}", license=kind.lower())
    state.shell_node = next(iter(state.nodes))


def licenses_rows(state: State, text: str) -> None:
    """The nodes of the rows, and as many more as these count."""
    state.nodes, state.filesystems = {}, {}
    found = rows(text)
    for row in found:
        license, quorum = row["designatedLicense"], row["requiredLicense"] == "server"
        add_node(state, row["nodeName"], license="" if license == "none" else license, quorum=quorum)
    counts = {key: int(count) for key, count in found[0].items() if count.isdigit()}
    for number in range(counts["totalNodes"] - len(found)):
        lacks = number < counts["unlicensedClients"]
        add_node(state, f"uncounted{number}", license="" if lacks else "client")
    state.shell_node = next(iter(state.nodes))


def settings(state: State, text: str) -> None:
    """What is not a new cluster's, or stands among what was set; entries with a digit at their end are nodes."""
    state.name = re.search(r"clusterName[ :](\S+?)(?=::|\n)", text)[1]  # type: ignore[index]
    state.id = re.search(r"clusterId[ :](\d+)", text)[1]  # type: ignore[index]
    state.filesystems = {
        name: Filesystem(name, 1 << 30, f"/nowhere/{name}", 0.0)
        for name in re.findall(r"(?m)^/dev/(\S+)$", text)
    }
    made = "clusterName clusterId autoload dmapiFileHandleSize minReleaseLevel tscCmdAllowRemoteConnections"
    made += " ccrEnabled cipherList sdrNotifyAuthEnabled adminMode"
    section, sections = "", False
    renewed(state, "shell")
    for line in text.splitlines():
        row = re.match(r"mmlsconfig::0:1:::(\w+):(.*):(.*):$", line)
        plain = re.match(r"(\w+) (\S.*)$", line)
        if line.startswith("["):
            section, sections = line.strip("[]").replace("common", ""), True
            continue
        if row:
            parameter, value, section = row.groups()
        elif plain and plain[1] not in ("Configuration", "File"):
            parameter, value = plain[1], plain[2]
        else:
            continue
        if parameter not in made.split() or (parameter == "minReleaseLevel" and sections):
            for entry in section.split(","):
                state.settings.setdefault(parameter, {})[entry] = value
                if entry and entry[-1].isdigit() and entry not in state.nodes:
                    add_node(state, entry)
                elif entry and entry not in state.nodes:
                    state.nodeclasses[entry] = Nodeclass(entry)


# -- the cases

NUMBERS: Defect = (r"6027-\d+ ", "")
"""Message catalogues of 4.1 have the numbers in the texts."""
REPLICAS: Defect = (r"(?m)^( -[mMrR] {17})\d ", r"\1# ")
"""Numbers of replicas are always those of a new file system here."""
LARGEST_DISK: Defect = (r"Disks up to size [\d.]+ [GT]B", "Disks up to size # GB")
"""How GPFS comes to this figure is not known."""

CASES = (
    Case("mmlscluster-4.2.3.txt", "mmlscluster--*-server-based.txt", "4.2.3", "mmlscluster", cluster,
         defects=((r"(?m)^ $", ""),  # the author's editor put a blank into empty lines
                  # there is no repository but CCR here
                  (r"(Repository type:           ).*", r"\1#"),
                  (r"\nGPFS cluster configuration servers:\n-+\n  Primary.*\n  Secondary.*\n", ""))),
    Case("mmlscluster-5.1.7.txt", "mmlscluster--*s.txt", "5.1.7", "mmlscluster", cluster),
    Case("mmlscluster-6.0.0.txt", "mmlscluster--*-6.0.0.txt", "6.0.0", "mmlscluster", cluster),
    Case("mmlscluster-licenses-4.2.3.txt", "mmlscluster--*-license-warning.txt", "4.2.3", "mmlscluster", cluster,
         defects=((r"(?m)^={60,}$", "==="),)),  # its author cut the rulers
    Case("mmlscluster-Y-4.2.3.txt", "mmlscluster--*-Y.txt", "4.2.3", "mmlscluster -Y", cluster_rows),
    Case("mmgetstate-a-4.2.3.txt", "mmgetstate--*-4.2.2-3-a.txt", "4.2.3", "mmgetstate -a", states,
         defects=(FIRST_LINE, (r"GPFS state *", "GPFS state"))),  # its heading has lost a blank
    Case("mmgetstate-down-4.2.3.txt", "mmgetstate--*-a-down.txt", "4.2.3", "mmgetstate -a", states),
    Case("mmgetstate-arbitrating-4.2.3.txt", "", "4.2.3", "mmgetstate -a", states),
    Case("mmgetstate-a-4.2.3.txt", "mmgetstate--*-3.5-*.txt", "4.2.3", "mmgetstate -a", states),
    Case("mmgetstate-a-5.0.3.txt", "mmgetstate--*-a-a[cr]*.txt", "5.0.3", "mmgetstate -a", states,
         defects=(FIRST_LINE,)),
    Case("mmgetstate-a-5.1.7.txt", "mmgetstate--*-av.txt", "5.1.7", "mmgetstate -av", states),
    Case("mmgetstate-L-4.2.3.txt", "mmgetstate--*-aL.txt", "4.2.3", "mmgetstate -aL", states,
         defects=((r" +\Z", "\n"), (r" *\n\Z", "\n"))),  # the last line has lost blanks
    Case("mmgetstate-Ls-4.2.3.txt", "mmgetstate--*-aLs.txt", "4.2.3", "mmgetstate -aLs", states),
    Case("mmgetstate-Y-4.2.3.txt", "mmgetstate--*r-Y.txt", "4.2.3", "mmgetstate -Y", states_rows),
    Case("mmgetstate-L-5.1.8.txt", "mmgetstate--*-aL-arbitrating.txt", "5.1.8", "mmgetstate -aL", states,
         defects=(BLANKS,)),
    Case("mmgetstate-L-right-5.2.1.txt", "", "5.2.1", "mmgetstate -aL", states, switches={"state_figures": "right"}),
    Case("mmgetstate-av-5.1.7.txt", "mmgetstate--*-av-unreachable.txt", "5.1.7", "mmgetstate -av", states_unreached),
    Case("mmgetstate-Y-5.1.7.txt", "mmgetstate--*-Y-short-name.txt", "5.1.7", "mmgetstate -Y", states_rows),
    Case("mmgetstate-Y-6.0.0.txt", "mmgetstate--*-a-Y-5.2.1.txt", "6.0.0", "mmgetstate -a -Y", states_rows),
    Case("mmlsfs-4.2.3.txt", "mmlsfs--*-4.2.3.0-all.txt", "4.2.3", "mmlsfs all", attributes),
    Case("mmlsfs-5.1.7.txt", "mmlsfs--*-all-5.1.7.txt", "5.1.7", "mmlsfs all", attributes, defects=(REPLICAS,)),
    Case("mmlsfs-m-5.1.7.txt", "mmlsfs--*-all-m.txt", "5.1.7", "mmlsfs all -m", attributes,
         defects=(FIRST_LINE, REPLICAS)),
    Case("mmlsfs-B-5.1.7.txt", "mmlsfs--*-B.txt", "5.1.7", "mmlsfs FS -B", attributes, defects=(FIRST_LINE,)),
    Case("mmlsfs-Q-5.1.7.txt", "mmlsfs--*-Q.txt", "5.1.7", "mmlsfs FS -Q", attributes, defects=(FIRST_LINE,)),
    Case("mmlsfs-perfileset-quota-5.1.7.txt", "mmlsfs--*-perfileset-quota.txt", "5.1.7",
         "mmlsfs FS --perfileset-quota", attributes),
    Case("mmlsfs-T-Y-5.1.7.txt", "mmlsfs--*-T-Y.txt", "5.1.7", "mmlsfs all -Y -T", attributes_rows, unordered=True,
         defects=((r"(?m)^fs::HEADER", "mmlsfs::HEADER"),)),  # cut off by its author
    Case("mmlsfs-Y-5.1.7.txt", "mmlsfs--*-Y-5.0.4.0.txt", "5.1.7", "mmlsfs all -Y", attributes_rows,
         # rows and words of 5.0, which is not played; replicas and ACLs are always those of a new file system here
         defects=((r":(Yes|No)::", lambda word: word[0].lower()),
                  (r":[\d.]+ \([\d.]+\)::", ":# (#)::"),
                  (r"(Replicas|ACLSemantics):\w+", r"\1:#"),
                  (r".*:(flush-on-close|auto-inode-limit):.*\n", ""),
                  # the recording may have been cut before it
                  (r".*:mountPriority:.*\n\Z", ""))),
    Case("mmlsmount-L-4.2.3.txt", "mmlsmount--*-4.2.3-all-L.txt", "4.2.3", "mmlsmount all -L", mounts,
         defects=((r" +\n?\Z", "\n"),)),  # the last line has lost blanks
    Case("mmlsmount-L-5.1.7.txt", "mmlsmount--*s-all-L.txt", "5.1.7", "mmlsmount all -L", mounts,
         defects=(FIRST_LINE,
                  # remote clusters are not emulated, and there is no column for them without
                  (r"(?m)^(  \S+ +\S{33}) \S+ *$", r"\1"))),
    # the header's names are not recorded
    Case("mmlsmount-Y-4.2.3.txt", "mmlsmount--*-Y-row.txt", "4.2.3", "mmlsmount FS -Y", mounts_rows,
         defects=((r".*:HEADER:.*\n", ""), (r".*:uncounted\d+:.*\n", ""))),
    Case("mmlsmgr-4.2.3.txt", "mmlsmgr--*-4.2.3.txt", "4.2.3", "mmlsmgr", managers),
    Case("mmlsmgr-Y-5.1.7.txt", "mmlsmgr--*-Y.txt", "5.1.7", "mmlsmgr -Y", managers_rows),
    Case("mmlsnodeclass-4.2.3.txt", "mmlsnodeclass--*-nsdserver.txt", "4.2.3", "mmlsnodeclass", nodeclasses),
    Case("mmlsnodeclass-wrapped-5.1.7.txt", "mmlsnodeclass--*-draft.txt", "5.1.7", "mmlsnodeclass", nodeclasses,
         defects=(FIRST_LINE,)),
    Case("mmlsnodeclass-5.1.7.txt", "mmlsnodeclass--*g.txt", "5.1.7", "mmlsnodeclass", nodeclasses),
    Case("mmlslicense-Y-5.1.7.txt", "mmlslicense--*-Y.txt", "5.1.7", "mmlslicense -Y", licenses_rows,
         defects=((r"(?m)^.*:uncounted\d+:.*\n", ""),)),
    Case("mmlslicense-5.1.7.txt", "", "5.1.7", "mmlslicense", licenses),
    Case("mmlslicense-5.2.1.txt", "", "5.2.1", "mmlslicense", licenses),
    Case("mmlslicense-L-4.2.3.txt", "mmlslicense--*-L.txt", "4.2.3", "mmlslicense -L", licenses),
    Case("mmlsconfig-5.1.8.txt", "mmlsconfig--*s.txt", "5.1.8", "mmlsconfig", settings,
         # the rulers of the recording do not fit its edited names
         defects=(("-----+", "-----"), (r"minReleaseLevel [\d.]+", "minReleaseLevel 5.1.8.0"))),
    Case("mmlsconfig-sections-4.2.3.txt", "mmlsconfig--*g.txt", "4.2.3", "mmlsconfig", settings,
         defects=((r"(?m)^#.*\n| *#.*$", ""),  # comments of its author
                  (r"\nFile systems in cluster \S+\n-+\n\(none\)\n\Z", ""))),  # its end is lost
    Case("mmlsconfig-Y-5.1.7.txt", "mmlsconfig--*-Y-5.2.1.txt", "5.1.7", "mmlsconfig -Y", settings,
         defects=((r"minReleaseLevel:[\d.]+", "minReleaseLevel:5.1.7.0"),)),
    Case("mmstartup-4.2.3.txt", "mmstartup--*-a.txt", "4.2.3", "mmstartup -a", down,
         # said where the daemon is started for the first time, which is past here
         defects=((r"(?m)^\S+:  /tmp/mmfs has been created successfully\.\n", ""),)),
    Case("mmstartup-active-4.2.3.txt", "mmstartup--*-already-active.txt", "4.2.3", "mmstartup -N NODES", speakers),
    Case("mmshutdown-4.2.3.txt", "mmshutdown--*-a.txt", "4.2.3", "mmshutdown -a", speakers),
    Case("mmshutdown-restart-6.0.0.txt", "mmshutdown--*-restart-run?.txt", "6.0.0",
         "mmchconfig verbsPorts=mlx5_0/1 ; mmshutdown -a ; mmstartup -a ; mmmount mmfs1 -a", as_it_is,
         defects=((r"(?m)^(-- .* --|\.)\n", ""),)),  # said by the author's script
    Case("mmmount-4.2.3.txt", "mmmount--*-4.2.3.txt", "4.2.3", "mmmount all -a", nothing),
    Case("mmmount-4.2.3.txt", "mmmount--*-aix-*.txt", "4.2.3", "mmmount /nowhere/fs1 -a", nothing, defects=(NUMBERS,)),
    Case("mmumount-4.2.3.txt", "mmumount--*-3.5.*.txt", "4.2.3", "mmumount /nowhere/fs1 -a", nothing),
    Case("mmcrfs-4.2.3.txt", "mmcrfs--*-4.2.3.txt", "4.2.3", "mmcrfs DEVICE DISKS -B 512k", free_disks,
         defects=(LARGEST_DISK,)),
    Case("mmcrfs-4.2.3.txt", "mmcrfs--*-aix-*.txt", "4.2.3", "mmcrfs DEVICE DISKS", free_disks,
         defects=((r"(?m)^GPFS: (?=6027)", ""), NUMBERS, LARGEST_DISK)),
    Case("mmcrfileset-4.2.3.txt", "mmcrfileset--*.txt", "4.2.3",
         "mmcrfileset FS FILESET --inode-space new --inode-limit 200000", as_it_is, before=earlier_filesets),
    Case("mmlinkfileset-4.2.3.txt", "mmlinkfileset--*.txt", "4.2.3", "mmlinkfileset FS FILESET -J JUNCTION", junction,
         # written by hand: prompts, and a second command
         defects=((r"(?m)^# .*\n", ""), (r"\A(.*\n).*\n\Z", r"\1")),
         before=lambda _: ["mmcrfileset FS FILESET"]),
    Case("mmunlinkfileset-5.1.7.txt", "mmunlinkfileset--*.txt", "5.1.7", "mmunlinkfileset FS FILESET", as_it_is,
         before=lambda _: ["mmcrfileset FS FILESET", "mmlinkfileset FS FILESET"]),
    Case("mmchlicense-4.2.3.txt", "mmchlicense--*-4.2.*.txt", "4.2.3", "mmchlicense server --accept -N NODES",
         licensed_nodes),
    Case("mmchlicense-4.2.3.txt", "mmchlicense--*-3.5.*.txt", "4.2.3", "mmchlicense server --accept -N NODES",
         licensed_nodes,
         # the wording is that of 3.5; its author's terminal has no tabs
         defects=(("possessing GPFS server", "possessing server"), (r"(?m)^(\t| {8})", "\t"))),
    Case("mmchconfig-4.2.3.txt", "mmchconfig--*.txt", "4.2.3", "mmchconfig maxMBpS=2000,pagepool=1G", nothing),
    Case("mmaddnode-refused-4.2.3.txt", "mmaddnode--*-partial.txt", "4.2.3", "mmaddnode -N NODES", known_nodes,
         # nodes that cannot be reached are not emulated; that a node is known already is on standard error
         defects=((r"(?m)^mmaddnode: \S+ cannot be reached\.\n", ""),)),
    Case("mmdiag-version-5.1.7.txt", "mmdiag--*-version-*.txt", "5.1.7", "mmdiag --version", nothing,
         defects=((r"\A\[.*\]# .*\n", ""),  # a prompt
                  (r"Running .*\n", ""),  # its last line has been cut off
                  (r'build: "\d+\.\d+\.\d+\.\d+ "', 'build: "# "'),
                  (r"Built on \w{3} [ \d]\d \d{4} at \d\d:\d\d:\d\d", "Built on #"))),
    Case("usage-mmaddnode-4.2.3.txt", "usage--*.txt", "4.2.3", "mmaddnode", nothing, "stderr",
         # recorded of mmcrcluster, which is not emulated: the synopsis is another, its indentation is the same
         defects=(("mmcrcluster|mmaddnode", "mm#"), (r"(?m)^(  mm# -N \{|     \[).*$", r"\1"),
                  (r"(     \[\n)+", r"\1"))),
    Case("mmlsquota-daemon-down-5.1.7.txt", "errors--*-daemon-down.txt", "5.1.7", "mmlsquota -Y", down, "stderr"),
    Case("mmlscallback-4.2.3.txt", "../callbacks/mmlscallback-*-4.2.0.txt", "4.2.3", "mmlscallback", callback_nodes,
         before=registrations,
         # the page has lost blanks and empty lines
         defects=(("(?m)^ +", ""), (" +=", " ="), (r"\n\n", r"\n"))),
    Case("mmlscallback-one-4.2.3.txt", "../callbacks/mmlscallback-*-2016.txt", "4.2.3", "mmlscallback IDENTIFIER",
         callback_nodes, before=registrations, defects=(("= \n", "=\n"),),  # a blank before a line's end
         switches={"list_identifier_line": "no", "list_long_value": "next-line"}),
    Case("mmdelcallback-5.1.7.txt", "../callbacks/mmdelcallback-*.txt", "5.1.7", "mmdelcallback one", nothing,
         before=lambda _: ["mmaddcallback one --command /bin/true --event startup"],
         defects=(("(?m)^ +", ""), ("  +", " "))),  # the page has lost blanks
    Case("mmaddcallback-lock-busy-4.2.3.txt", "../callbacks/messages-lock-busy.txt", "4.2.3",
         "mmaddcallback one --command /bin/true --event startup", nothing, "stderr", unordered=True,
         switches={"lock_busy": "timeout"},
         # a list of messages, with those about other locks
         defects=((r"(?m)^6027-(1950|2144) .*\n", ""), (r"(?m)^(6027-\d+|mm\w+:) ", ""), (r"Command failed\. .*\n", ""))),
)  # fmt: skip
