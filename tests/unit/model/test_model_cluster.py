from __future__ import annotations

import pickle

import pytest

from arcapix.fs.gpfs import Cluster, NotFound, WrongCluster

CCR_WITHOUT_SERVERS = """\
mmlscluster:clusterSummary:HEADER:version:reserved:reserved:clusterName:clusterId:uidDomain:rshPath:rshSudoWrapper:rcpPath:rcpSudoWrapper:repositoryType:primaryServer:secondaryServer:
mmlscluster:clusterSummary:0:1:::democluster.localnet:2936932203756487754:democluster.localnet:/usr/bin/ssh:no:/usr/bin/scp:no:CCR:::
"""


def test_a_cluster_tells_what_mmlscluster_prints(gpfs):
    mine = Cluster()

    assert mine.id == mine.clusterId == "2936932203756487754"
    assert mine.name == "democluster.localnet"
    assert mine.UIDdomain == "democluster.localnet"
    assert (mine.RemoteShellCmd, mine.RemoteFileCopyCmd) == ("/usr/bin/ssh", "/usr/bin/scp")
    assert mine.PrimaryConfigServer == "mynode.localnet"
    assert mine.SecondaryConfigServer is None
    assert mine.RepositoryType == "CCR"
    assert len(gpfs.taken()) == 1


def test_a_cluster_without_configuration_servers_has_none(gpfs):
    gpfs.answer("mmlscluster", CCR_WITHOUT_SERVERS)
    mine = Cluster()

    assert (mine.PrimaryConfigServer, mine.SecondaryConfigServer, mine.RepositoryType) == (None, None, "CCR")


def test_configuration_is_read_again_only_after_refresh(gpfs):
    mine = Cluster()
    assert mine.name == "democluster.localnet"
    assert mine.name and len(gpfs.taken()) == 1

    mine.refresh()

    assert mine.name and len(gpfs.taken()) == 1


def test_the_cluster_manager_is_asked_anew_and_has_its_full_name(gpfs):
    mine = Cluster()
    assert mine.manager == "mynode.localnet"
    gpfs.taken()
    gpfs.run("mmchmgr -c n2")

    assert mine.manager == "n2.localnet"
    assert len(gpfs.taken()) == 1


@pytest.mark.parametrize("name", ["democluster", "democluster.localnet", "2936932203756487754"])
def test_a_cluster_s_id_name_and_first_label_are_its_names(gpfs, name):
    assert Cluster(name).name == "democluster.localnet"


@pytest.mark.parametrize(
    "ask",
    [
        lambda other: other.id,
        lambda other: other.manager,
        lambda other: list(other.nodes),
        lambda other: list(other.nodeclasses),
        lambda other: other.nodes.localNode,
        lambda other: other.startup(),
        lambda other: other.shutdown(),
        lambda other: other.nodes.new("n9"),
        lambda other: other.nodes.destroy("n3"),
        lambda other: list(other.callbacks),
        lambda other: other.onShutdown.new("/bin/true"),
    ],
)
def test_nothing_is_asked_of_or_done_to_a_cluster_of_another_name(gpfs, ask):
    other = Cluster("other")

    with pytest.raises(
        WrongCluster, match=r"^this node belongs to cluster 'democluster.localnet', not to 'other'"
    ):
        ask(other)

    assert gpfs.ran == ["mmlscluster -Y"]


def test_a_named_cluster_is_checked_once_for_all_its_questions(gpfs):
    mine = Cluster("democluster")

    assert "mmfs1" in mine.filesystems
    assert "mmfs2" in mine.filesystems

    assert gpfs.ran == ["mmlscluster -Y", "mmlsfs all -Y", "mmlsfs all -Y"]


def test_starting_and_stopping_concern_all_nodes(gpfs):
    Cluster().startup()
    Cluster().shutdown()
    Cluster().shutdown(unmountTimeout=30)

    assert gpfs.ran == ["mmstartup -a", "mmshutdown -a", "mmshutdown -t 30 -a"]


def test_all_file_systems_are_one_command(gpfs):
    for filesystem in Cluster().filesystems.values():
        assert filesystem.mountPoint == gpfs.mount_point(filesystem.name)

    assert gpfs.ran == ["mmlsfs all -Y"]


def test_an_unknown_file_system_is_named_with_its_nearest(gpfs):
    with pytest.raises(NotFound, match=r"^no file system 'mmfs11'; did you mean 'mmfs1'"):
        Cluster().filesystems["mmfs11"]


def test_clusters_are_equal_and_pickle_by_the_name_given(gpfs):
    assert Cluster() == Cluster()
    assert Cluster("a") == Cluster("a") != Cluster()
    assert hash(Cluster("a")) == hash(Cluster("a"))
    assert pickle.loads(pickle.dumps(Cluster("a"))) == Cluster("a")
    assert pickle.loads(pickle.dumps(Cluster().filesystems)) == Cluster().filesystems
    assert (repr(Cluster()), repr(Cluster("a"))) == ("<Cluster>", "<Cluster a>")
    assert gpfs.ran == []


def test_a_cluster_s_name_is_text():
    with pytest.raises(TypeError, match="the name of a cluster is a str, not int"):
        Cluster(5)  # type: ignore[arg-type]
