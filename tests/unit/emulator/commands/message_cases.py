"""What commands say that change something, to the column."""

from __future__ import annotations

import re
from collections.abc import Iterator

from arcapix.fs.gpfs.emulator.model import State

from .core_cases import LARGEST_DISK, free_disks
from .golden import Case, Defect, add_node, nothing, only


def quoted(state: State, text: str) -> None:
    """The file system that stands in quotes, with the folders of snapshots that follow it."""
    filesystem = only(state, re.search('for "(.*?)"', text)[1])  # type: ignore[index]
    names = re.findall('is "(.*?)"', text)
    filesystem.fileset_snapshot_directory, filesystem.snapshot_directory = names[0], names[-1]
    filesystem.snapshots_in_all_directories = "(all directories)" in text
    filesystem.global_snapshots_in = "allfilesets" if "in all filesets" in text else "rootfileset"


def processed(state: State, text: str) -> None:
    for name in re.findall(r"Processing node (\S+)", text):
        add_node(state, name)


def deletable(state: State, _: str) -> None:
    """A cluster that is down and has no file systems."""
    state.filesystems = {}
    for node in state.nodes.values():
        node.state = "down"


def named(state: State, text: str) -> None:
    """The cluster of this name and id, if the text has them."""
    facts = dict(re.findall(r"(?m)^  GPFS cluster (name|id): +(\S+)$", text))
    state.name, state.id = facts.get("name", state.name), facts.get("id", state.id)


def earlier_snapshots(text: str) -> Iterator[str]:
    """The commands that make the snapshots with the ids before the one that is reported."""
    created = re.search(r"created with id (\d+)", text)
    for number in range(1, int(created[1]) if created else 1):
        yield f"mmcrsnapshot FS earlier{number}"


PAGE: Defect = (r"(?m)^ +| +(?= )| +$", "")
"""The page has lost blanks."""

CASES = (
    Case("mmcrfs-5.1.7.txt", "mmcrfs--*-5.0.3.txt", "5.1.7", "mmcrfs DEVICE DISKS", free_disks,
         defects=(LARGEST_DISK,)),
    Case("mmcrsnapshot-5.1.7.txt", "mmcrsnapshot--*.txt", "5.1.7", "mmcrsnapshot FS SNAPSHOT", nothing,
         before=earlier_snapshots),
    Case("mmdelsnapshot-5.1.7.txt", "", "5.1.7", "mmdelsnapshot FS SNAPSHOT", nothing,
         before=lambda _: ["mmcrsnapshot FS SNAPSHOT"]),
    Case("mmchnode-4.2.3.txt", "mmchnode--*-manager.txt", "4.2.3", "mmchnode --manager -N NODES", processed,
         defects=(PAGE, (r"\A.*?(?=: mmchnode)", "DATE"))),
    Case("mmchnode-4.2.3.txt", "mmchnode--*-perfmon.txt", "4.2.3", "mmchnode --perfmon -N NODES", processed,
         # two lines about a lock of another command
         defects=((r"\A(mmchnode: .*\n)+", ""),)),
    Case("mmlscluster-ces-4.2.3.txt", "errors--*-mmlscluster-ces.txt", "4.2.3", "mmlscluster --ces", named,
         defects=((r"\A\n(.*\n)+\n", ""),)),  # the recording is the last line alone
    Case("mmlscluster-cnfs-4.2.3.txt", "", "4.2.3", "mmlscluster --cnfs", named),
    Case("mmdelnode-a-4.2.3.txt", "", "4.2.3", "mmdelnode -a", deletable),
    Case("mmlscluster-no-cluster-4.2.3.txt", "errors--*-no-cluster.txt", "4.2.3", "mmlscluster", deletable,
         "stderr", before=lambda _: ["mmdelnode -a"]),
    Case("mmsnapdir-5.1.7.txt", "mmsnapdir--*-one.txt", "5.1.7", "mmsnapdir FS -q", quoted),
    Case("mmsnapdir-two-5.1.7.txt", "mmsnapdir--*-two.txt", "5.1.7", "mmsnapdir FS -q", quoted),
)  # fmt: skip
