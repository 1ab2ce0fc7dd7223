from __future__ import annotations

import pickle

import pytest

from arcapix.fs.gpfs import Cluster, NotFound, WrongCluster


def test_a_cluster_tells_what_mmlscluster_prints(texts):
    mine = Cluster()

    assert mine.id == mine.clusterId == "2936932203756487754"
    assert mine.name == "democluster.localnet"
    assert mine.UIDdomain == "democluster.localnet"
    assert (mine.RemoteShellCmd, mine.RemoteFileCopyCmd) == ("/usr/bin/ssh", "/usr/bin/scp")
    assert mine.PrimaryConfigServer is None
    assert mine.SecondaryConfigServer is None
    assert mine.RepositoryType == "CCR"
    assert len(texts.taken()) == 1


def test_configuration_is_read_again_only_after_refresh(texts):
    mine = Cluster()
    assert mine.name == "democluster.localnet"
    assert mine.name and len(texts.taken()) == 1

    mine.refresh()

    assert mine.name and len(texts.taken()) == 1


def test_the_cluster_manager_is_asked_anew_and_has_its_full_name(texts):
    mine = Cluster()
    assert mine.manager == "mynode.localnet"
    texts.taken()
    texts.answer(
        "mmlsmgr",
        "mmlsmgr:clusterManager:HEADER:version:reserved:reserved:manager:\nmmlsmgr:clusterManager:0:1:::n2:\n",
    )

    assert mine.manager == "n2.localnet"
    assert len(texts.taken()) == 1


@pytest.mark.parametrize("name", ["democluster", "democluster.localnet", "2936932203756487754"])
def test_a_cluster_s_id_name_and_first_label_are_its_names(texts, name):
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
def test_nothing_is_asked_of_or_done_to_a_cluster_of_another_name(texts, ask):
    other = Cluster("other")

    with pytest.raises(
        WrongCluster, match=r"^this node belongs to cluster 'democluster.localnet', not to 'other'"
    ):
        ask(other)

    assert texts.ran == ["mmlscluster -Y"]


def test_a_named_cluster_is_checked_once_for_all_its_questions(texts):
    mine = Cluster("democluster")

    assert "mmfs1" in mine.filesystems
    assert "mmfs2" in mine.filesystems

    assert texts.ran == ["mmlscluster -Y", "mmlsfs all -Y", "mmlsfs all -Y"]


def test_starting_and_stopping_concern_all_nodes(texts):
    Cluster().startup()
    Cluster().shutdown()
    Cluster().shutdown(unmountTimeout=30)

    assert texts.ran == ["mmstartup -a", "mmshutdown -a", "mmshutdown -t 30 -a"]


def test_all_file_systems_are_one_command(texts):
    for filesystem in Cluster().filesystems.values():
        assert filesystem.mountPoint == f"/{filesystem.name}"

    assert texts.ran == ["mmlsfs all -Y"]


def test_an_unknown_file_system_is_named_with_its_nearest(texts):
    with pytest.raises(NotFound, match=r"^no file system 'mmfs11'; did you mean 'mmfs1'"):
        Cluster().filesystems["mmfs11"]


def test_clusters_are_equal_and_pickle_by_the_name_given(texts):
    assert Cluster() == Cluster()
    assert Cluster("a") == Cluster("a") != Cluster()
    assert hash(Cluster("a")) == hash(Cluster("a"))
    assert pickle.loads(pickle.dumps(Cluster("a"))) == Cluster("a")
    assert pickle.loads(pickle.dumps(Cluster().filesystems)) == Cluster().filesystems
    assert (repr(Cluster()), repr(Cluster("a"))) == ("<Cluster>", "<Cluster a>")
    assert texts.ran == []


def test_a_cluster_s_name_is_text():
    with pytest.raises(TypeError, match="the name of a cluster is a str, not int"):
        Cluster(5)  # type: ignore[arg-type]
