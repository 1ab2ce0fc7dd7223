from __future__ import annotations

import pytest

from arcapix.fs.gpfs import AlreadyExists, Cluster, GPFSError, GPFSExecuteException, Node, Nodeclass, NotFound
from arcapix.fs.gpfs.node import Nodes


@pytest.mark.parametrize("form", ["n2", "n2.localnet", "n2-adm", "n2-adm.localnet", "10.0.0.2", "2"])
def test_a_node_is_found_by_every_form_of_its_name(gpfs, form):
    node = Node(form)

    assert (node.id, node.ipAddress, node.adminNodeName) == (2, "10.0.0.2", "n2-adm.localnet")
    assert (node.quorumCandidate, node.managerCandidate) == (True, False)
    assert gpfs.ran == ["mmlscluster -Y"]
    assert node.name == form


def test_a_short_name_of_two_nodes_is_refused_with_both(gpfs):
    with pytest.raises(
        GPFSError, match=r"'twin' is the short name of several nodes; use twin.localnet or twin.othernet"
    ):
        _ = Node("twin").id


def test_an_unknown_node_is_noticed_at_the_first_question(gpfs):
    node = Node("mynod.localnet")
    assert gpfs.ran == []

    with pytest.raises(NotFound, match=r"no node 'mynod.localnet'; did you mean 'mynode.localnet'"):
        _ = node.ipAddress


def test_localhost_is_the_node_that_the_program_runs_on(gpfs):
    assert Node().name == Node("localhost").name == "mynode.localnet"
    assert Node().id == 1
    assert Node().scope == ("node", "localhost")


def test_the_state_of_a_node_is_asked_anew(gpfs):
    node = Node("n3")
    assert node.state == "down"
    gpfs.run("mmstartup -N n3")
    assert node.state == "active"
    assert gpfs.ran == ["mmgetstate -N n3 -Y", "mmgetstate -N n3 -Y"]


def test_starting_and_stopping_concern_one_node(gpfs):
    Node("n3").startup()
    Node("n3").shutdown()

    assert gpfs.ran == ["mmstartup -N n3", "mmshutdown -N n3"]


@pytest.mark.parametrize(
    ("arguments", "descriptor"),
    [
        ({}, "n9"),
        ({"quorumCandidate": True}, "n9:quorum"),
        ({"quorumCandidate": True, "managerCandidate": True}, "n9:quorum-manager"),
        ({"managerCandidate": True, "adminNodeName": "n9-adm"}, "n9:manager:n9-adm"),
        ({"adminNodeName": "n9-adm"}, "n9::n9-adm"),
    ],
)
def test_a_node_is_added_with_one_descriptor(gpfs, arguments, descriptor):
    Node("n9", **arguments).create()

    assert gpfs.ran == [f"mmaddnode -N {descriptor}"]


def test_a_license_is_designated_after_the_node_was_added(gpfs):
    node = Cluster().nodes.new("n9", quorum_candidate=True, license="server")

    assert node == Node("n9")
    assert gpfs.ran == ["mmaddnode -N n9:quorum", "mmchlicense server --accept -N n9"]


def test_a_license_that_fails_tells_that_the_node_was_added(gpfs):
    gpfs.answer("mmchlicense", (1, "mmchlicense: no.\n"))

    with pytest.raises(GPFSExecuteException, match="done before it, and kept: the node was added"):
        Node("n9", license="server").create()


def test_adding_a_node_that_is_there_is_already_exists(gpfs):
    gpfs.answer("mmaddnode", (1, "mmaddnode: whatever it says.\n"))

    with pytest.raises(AlreadyExists, match="node 'n2' exists") as told:
        Node("n2").create()
    assert (told.value.argv[1:], told.value.returncode) == (("-N", "n2"), 1)
    assert told.value.stderr == "mmaddnode: whatever it says.\n"
    with pytest.raises(GPFSExecuteException, match="whatever it says") as caught:
        Node("n9").create()
    assert not isinstance(caught.value, AlreadyExists)


def test_a_change_is_one_command_and_the_license_another(gpfs):
    Node("n3").change(quorumCandidate=True, managerCandidate=False, adminNodeName="n3-adm", license="client")

    assert gpfs.ran == [
        "mmchnode --quorum --client --admin-interface=n3-adm -N n3",
        "mmchlicense client --accept -N n3",
    ]


@pytest.mark.parametrize("license", ["", "-x"])
def test_a_license_that_can_be_none_is_refused_before_anything_changes(gpfs, license):
    with pytest.raises(ValueError, match=f"'{license}' cannot be a name"):
        Node("n3").change(quorumCandidate=True, license=license)
    with pytest.raises(ValueError, match=f"'{license}' cannot be a name"):
        Node("n9", license=license).create()
    assert gpfs.ran == []


def test_a_change_makes_the_configuration_be_read_again(gpfs):
    node = Node("n3")
    assert node.quorumCandidate is False
    gpfs.taken()

    node.change(quorumCandidate=True)

    _ = node.quorumCandidate
    assert gpfs.taken() == ["mmchnode --quorum -N n3", "mmlscluster -Y"]


def test_deleting_a_node_that_is_not_there_is_not_found(gpfs):
    gpfs.answer("mmdelnode", (1, "mmdelnode: whatever it says.\n"))

    with pytest.raises(NotFound):
        Cluster().nodes.destroy("n9")
    with pytest.raises(GPFSExecuteException, match="whatever it says"):
        Cluster().nodes.destroy("n3")


@pytest.mark.parametrize(
    ("keyword", "nearest"), [("quorumCandidates", "quorumCandidate"), ("adminNodename", "adminNodeName")]
)
def test_an_unknown_keyword_names_the_nearest(keyword, nearest):
    with pytest.raises(TypeError, match=f"^Node takes no keyword '{keyword}'; did you mean '{nearest}'"):
        Node("n1", **{keyword: True})
    with pytest.raises(
        TypeError, match=f"^Node.change takes no keyword '{keyword}'; did you mean '{nearest}'"
    ):
        Node("n1").change(**{keyword: True})


def test_nodes_are_keyed_by_daemon_name_and_found_in_any_form(gpfs):
    nodes = Cluster().nodes

    assert list(nodes)[:3] == ["mynode.localnet", "n2.localnet", "n3.localnet"]
    assert nodes["n2-adm"].name == "n2.localnet"
    assert "10.0.0.3" in nodes
    assert Node("7") in nodes
    assert Node("n9") not in nodes
    assert 7 not in nodes
    assert len(nodes) == 5


def test_the_nodes_of_a_listing_need_no_further_command(gpfs):
    for node in Nodes().values():
        assert node.ipAddress.startswith("10.")

    assert gpfs.ran == ["mmlscluster -Y"]


def test_local_node_and_the_nodes_that_are_up(gpfs):
    nodes = Cluster().nodes

    assert nodes.localNode == Node("mynode.localnet")
    gpfs.taken()
    assert [node.name for node in nodes.nodesUp] == ["mynode.localnet", "n2.localnet"]
    assert gpfs.taken() == ["mmlscluster -Y", "mmgetstate -a -Y"]


def test_a_node_class_tells_nodes_from_classes(gpfs):
    everything = Nodeclass("everything")

    assert everything.id == everything.name == "everything"
    assert everything.memberNodes == ["mynode.localnet"]
    assert everything.memberClasses == ["gateways"]
    assert Cluster().nodeclasses["gateways"].memberNodes == ["n2-adm.localnet", "n3.localnet"]


def test_a_node_class_is_made_changed_and_deleted(gpfs):
    workers = Nodeclass("workers", [Node("n2"), "n3"], [Nodeclass("gateways")])
    workers.create()
    workers.add("mynode")
    workers.remove(Node("n2"))
    workers.replace(["n3", "n2"])
    workers.delete()

    assert gpfs.ran == [
        "mmcrnodeclass workers -N n2,n3,gateways",
        "mmchnodeclass workers add -N mynode",
        "mmchnodeclass workers delete -N n2",
        "mmchnodeclass workers replace -N n3,n2",
        "mmdelnodeclass workers",
    ]


def test_a_node_class_without_members_is_refused_before_any_command(gpfs):
    with pytest.raises(ValueError, match="'workers' needs a member"):
        Nodeclass("workers").create()
    with pytest.raises(ValueError, match="'workers' needs a member"):
        Nodeclass("workers").replace([])
    assert gpfs.ran == []


def test_node_classes_are_a_mapping_without_new_and_destroy(gpfs):
    nodeclasses = Cluster().nodeclasses

    assert list(nodeclasses) == ["gateways", "everything"]
    assert Nodeclass("gateways") in nodeclasses
    assert not hasattr(nodeclasses, "new")
    assert not hasattr(nodeclasses, "destroy")
    with pytest.raises(NotFound, match=r"no node class 'gateway'; did you mean 'gateways'"):
        nodeclasses["gateway"]


def test_a_missing_node_class_is_told_from_another_failure(gpfs):
    failure = (1, "whatever it says.\n")
    gpfs.answer("mmdelnodeclass", failure)
    gpfs.answer("mmcrnodeclass", failure)

    with pytest.raises(NotFound):
        Nodeclass("gateway").delete()
    with pytest.raises(GPFSExecuteException, match="whatever"):
        Nodeclass("gateways").delete()
    with pytest.raises(AlreadyExists):
        Nodeclass("gateways", ["n2"]).create()
