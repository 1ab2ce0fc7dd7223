"""A cluster in text: what mm commands print, put together by each test, and a record of what was run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import PurePath

import pytest

from arcapix.fs.gpfs.commands import process
from arcapix.fs.gpfs.commands.process import Completed

CLUSTER = """\
mmlscluster:clusterSummary:HEADER:version:reserved:reserved:clusterName:clusterId:uidDomain:rshPath:rshSudoWrapper:rcpPath:rcpSudoWrapper:repositoryType:primaryServer:secondaryServer:
mmlscluster:clusterNode:HEADER:version:reserved:reserved:nodeNumber:daemonNodeName:ipAddress:adminNodeName:designation:otherNodeRoles:adminLoginName:otherNodeRolesAlias:
mmlscluster:clusterSummary:0:1:::democluster.localnet:2936932203756487754:democluster.localnet:/usr/bin/ssh:no:/usr/bin/scp:no:CCR:::
mmlscluster:clusterNode:0:1:::1:mynode.localnet:10.0.0.1:mynode.localnet:quorumManager::::
mmlscluster:clusterNode:0:1:::2:n2.localnet:10.0.0.2:n2-adm.localnet:quorum::::
mmlscluster:clusterNode:0:1:::7:n3.localnet:10.0.0.3:n3.localnet:::::
mmlscluster:clusterNode:0:1:::8:twin.localnet:10.0.0.4:twin.localnet:::::
mmlscluster:clusterNode:0:1:::9:twin.othernet:10.0.1.4:twin.othernet:::::
"""
STATES = """\
mmgetstate::HEADER:version:reserved:reserved:nodeName:nodeNumber:state:quorum:nodesUp:totalNodes:remarks:cnfsState:
mmgetstate::0:1:::mynode:1:active:2:2:5:quorum node:(undefined):
mmgetstate::0:1:::n2:2:active:2:2:5:quorum node:(undefined):
mmgetstate::0:1:::n3:7:down:2:2:5::(undefined):
"""
MANAGERS = """\
mmlsmgr:filesystemManager:HEADER:version:reserved:reserved:filesystem:manager:managerIP:
mmlsmgr:clusterManager:HEADER:version:reserved:reserved:manager:
mmlsmgr:filesystemManager:0:1:::mmfs1:n2:10.0.0.2:
mmlsmgr:clusterManager:0:1:::mynode:
"""
NODECLASSES = """\
Node Class Name       Members
--------------------- -----------------------------------------------------------
gateways              n2-adm.localnet,n3.localnet
everything            mynode.localnet,gateways
"""
FILE_SYSTEMS = """\
mmlsfs::HEADER:version:reserved:reserved:deviceName:fieldName:data:remarks:
mmlsfs::0:1:::mmfs1:defaultMountPoint:%2Fmmfs1::
mmlsfs::0:1:::mmfs1:blockSize:4194304::
mmlsfs::0:1:::mmfs2:defaultMountPoint:%2Fmmfs2::
"""
MOUNTS = """\
mmlsmount::HEADER:version:reserved:reserved:localDevName:realDevName:owningCluster:totalNodes:nodeIP:nodeName:clusterName:access:
mmlsmount::0:1:::mmfs1:mmfs1:democluster.localnet:2:10.0.0.1:mynode:democluster.localnet:RW:
mmlsmount::0:1:::mmfs1:mmfs1:democluster.localnet:2:10.0.0.2:n2:democluster.localnet:RW:
"""
FILESETS_HEADER = (
    "mmlsfileset::HEADER:version:reserved:reserved:filesystemName:filesetName:id:rootInode:status:path:parentId:"
    "created:inodes:dataInKB:comment:filesetMode:afmTarget:inodeSpace:isInodeSpaceOwner:maxInodes:allocInodes:\n"
)
FILESETS = {
    "root": "root:0:3:Linked:%2Fmmfs1:--:Wed Dec 14 14%3A17%3A55 2022:-:-:root fileset:off:-:0:1:65792:65792:",
    "projects": "projects:1:131075:Linked:%2Fmmfs1%2Fprojects:0:Thu Dec 15 09%3A00%3A01 2022:-:-:for all:off:-:1:1:200000:65920:",
    "notes": "notes:2:131076:Unlinked:%2D%2D:--:Thu Dec 15 09%3A05%3A01 2022:-:-::off:-:1:0:0:0:",
    "cache": "cache:3:131077:Linked:%2Fmmfs1%2Fcache:0:Thu Dec 15 09%3A06%3A01 2022:-:-::off:nfs%3A//gw1/export:3:1:1024:1024:",
}
POOLS = """\
Storage pools in file system at '/mmfs1':
Name                    Id   BlkSize Data Meta Total Data in (KB)   Free Data in (KB)   Total Meta in (KB)    Free Meta in (KB)
system                   0      4 MB  yes  yes        5242880        1114112 ( 21%)        5242880        1167360 ( 22%)
sata1                65537      8 MB  yes   no  3064453922816   529111449600 ( 17%)              0              0 (  0%)
"""
SNAPSHOTS = """\
mmlssnapshot::HEADER:version:reserved:reserved:filesystemName:directory:snapID:status:created:quotas:data:metadata:fileset:snapType:
mmlssnapshot::0:1:::mmfs1:nightly:12:Valid:Sun Nov 15 02%3A47%3A48 2020:::::
mmlssnapshot::0:1:::mmfs1:weekly:14:Valid:Mon Nov 16 02%3A47%3A48 2020:::::
mmlssnapshot::0:1:::mmfs1:nightly:13:Valid:Sun Nov 15 02%3A50%3A00 2020::::projects::
mmlssnapshot::0:1:::mmfs1:@GMT-2026.01.31-23.59.59:15:Valid:Sat Jan 31 23%3A59%3A59 2026::::root::
"""
QUOTA_HEADER = (
    "{command}::HEADER:version:reserved:reserved:filesystemName:quotaType:id:name:blockUsage:blockQuota:blockLimit:"
    "blockInDoubt:blockGrace:filesUsage:filesQuota:filesLimit:filesInDoubt:filesGrace:remarks:quota:defQuota:fid:filesetname:\n"
)
FILESET_QUOTAS = {
    "root": "mmfs1:FILESET:0:root:337419744:0:0:163840:none:1395:0:0:400:none:i:on:off:::",
    "projects": "mmfs1:FILESET:1:projects:1024:2048:4096:16:6 days:30:40:50:1:none:e:on:off:::",
}
USER_QUOTAS = """\
mmrepquota::0:1:::mmfs1:USR:0:root:337419744:0:0:163840:none:1395:0:0:400:none:i:on:off::root:
mmrepquota::0:1:::mmfs1:USR:1001:ann:512:1024:2048:0:none:3:0:0:0:none:e:on:off::root:
mmrepquota::0:1:::mmfs1:USR:1001:ann:256:0:0:0:none:1:10:20:0:none:e:on:off::projects:
"""

Answer = str | tuple[int, str]
"""What a command prints, or its exit status and what it prints to standard error."""


def fileset_rows(*names: str) -> str:
    return FILESETS_HEADER + "".join(f"mmlsfileset::0:1:::mmfs1:{FILESETS[name]}\n" for name in names)


def quota_rows(command: str, *names: str) -> str:
    rows = (f"{command}::0:1:::{FILESET_QUOTAS[name]}\n" for name in names)
    return QUOTA_HEADER.format(command=command) + "".join(rows)


class TextCluster:
    """Answers mm commands with text: the answer of the longest beginning of the command line that is known."""

    def __init__(self) -> None:
        self.ran: list[str] = []
        self._answers: dict[str, Answer | Callable[[str], Answer]] = {
            "mmlscluster": CLUSTER,
            "mmlsnode -N localhost": "mynode.localnet\n",
            "mmgetstate": STATES,
            "mmlsmgr": MANAGERS,
            "mmlsnodeclass -Y": (
                1,
                "mmlsnodeclass: Invalid option: -Y\nUsage:\n  mmlsnodeclass [ClassName]\n",
            ),
            "mmlsnodeclass": NODECLASSES,
            "mmlsfs": FILE_SYSTEMS,
            "mmlsmount": MOUNTS,
            "mmsnapdir": 'Fileset snapshot directory for "mmfs1" is ".snapshots" (root directory only)\n',
            "mmlsfileset": fileset_rows(*FILESETS),
            **{f"mmlsfileset mmfs1 {name}": fileset_rows(name) for name in FILESETS},
            "mmlspool": POOLS,
            "mmlssnapshot": SNAPSHOTS,
            "mmrepquota -Y -j": quota_rows("mmrepquota", *FILESET_QUOTAS),
            "mmrepquota -Y -u": QUOTA_HEADER.format(command="mmrepquota") + USER_QUOTAS,
            "mmlsquota": quota_rows("mmlsquota"),
            **{f"mmlsquota -j {name} -Y": quota_rows("mmlsquota", name) for name in FILESET_QUOTAS},
        }

    def answer(self, beginning: str, answer: Answer | Callable[[str], Answer]) -> None:
        """Answer command lines that begin so with this text, failure or function."""
        self._answers[beginning] = answer

    def __call__(self, argv: tuple[str, ...], timeout: float) -> Completed:
        line = " ".join([PurePath(argv[0]).name, *argv[1:]])
        self.ran.append(line)
        known = [beginning for beginning in self._answers if f"{line} ".startswith(f"{beginning} ")]
        answer = self._answers[max(known, key=len)] if known else ""
        if callable(answer):
            answer = answer(line)
        status, text = (0, answer) if isinstance(answer, str) else answer
        return Completed(argv, status, text if status == 0 else "", "" if status == 0 else text)

    def taken(self) -> list[str]:
        """The command lines since the last call."""
        ran, self.ran = self.ran, []
        return ran


@pytest.fixture
def texts() -> Iterator[TextCluster]:
    text_cluster = TextCluster()
    with process.using(text_cluster):
        yield text_cluster
