from __future__ import annotations

import pytest

from arcapix.fs.gpfs import Cluster, GPFSError, Node, Nodeclass
from arcapix.fs.gpfs.registration import journal


@pytest.fixture
def members_listed(gpfs):
    """A GPFS that lists the members of a node class in place of its name."""
    gpfs.switch(list_node_form="long")
    return gpfs


def given_nodes(gpfs, identifier):
    """What -N was given, which the cluster keeps whatever it lists."""
    return gpfs.emulator.state.callbacks[identifier].nodes_typed


def register(gpfs, words):
    assert gpfs.emulator.run(["mmaddcallback", *words.split()]).returncode == 0


def handler():
    return None


CHANGES = [
    lambda callback: callback.add(event="unmount"),
    lambda callback: callback.remove(event="startup"),
    lambda callback: callback.add(parms="-v"),
    lambda callback: callback.change(command="/bin/false"),
    lambda callback: callback.change(priority=3),
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_script_stays_on_the_class_whose_members_are_listed(members_listed, change):
    register(members_listed, "x --command /bin/true --event mount,startup -N gateways")
    change(Cluster().callbacks["x"])
    assert members_listed.changing == 2
    assert given_nodes(members_listed, "x") == "gateways"


@pytest.mark.parametrize("change", CHANGES)
def test_a_script_whose_nodes_may_be_one_of_two_classes_is_not_changed(members_listed, change):
    members_listed.run("mmcrnodeclass twins -N n1,n2")
    register(members_listed, "x --command /bin/true --event mount,startup -N gateways")
    before = dict(members_listed.callbacks)
    with pytest.raises(
        GPFSError, match=r"'x' was not changed: .* as the class gateways or twins, whose later"
    ):
        change(Cluster().callbacks["x"])
    assert members_listed.changing == 0
    assert members_listed.callbacks == before


@pytest.mark.parametrize(
    "change", [lambda callback: callback.add(node="mynode"), lambda callback: callback.remove(node="n1")]
)
def test_the_refusal_says_how_to_restate_the_nodes(members_listed, change):
    register(members_listed, "x --command /bin/true --event mount -N gateways")
    with pytest.raises(GPFSError) as caught:
        change(Cluster().callbacks["x"])
    assert str(caught.value) == (
        "callback 'x' was not changed: GPFS lists n1.localnet,n2.localnet for it, and does not tell whether its "
        "nodes were given as the class gateways, whose later members count too; restate them: "
        "change(..., node='gateways'), or node='n1.localnet,n2.localnet' for these only"
    )


def test_a_class_with_one_member_may_as_well_be_that_node(members_listed):
    members_listed.run("mmcrnodeclass first -N n1")
    register(members_listed, "x --command /bin/true --event mount -N first")
    with pytest.raises(GPFSError, match="node='first'"):
        Cluster().callbacks["x"].add(event="unmount")


@pytest.mark.parametrize("node", ["gateways", "n1.localnet,n2.localnet", None])
def test_a_script_whose_nodes_are_restated_is_changed(members_listed, node):
    register(members_listed, "x --command /bin/true --event mount -N gateways")
    callback = Cluster().callbacks["x"]
    callback.change(event="mount,unmount", node=node)
    assert given_nodes(members_listed, "x") == (node or "")
    callback.add(event="startup")
    assert callback.events == ["mount", "unmount", "startup"]
    assert given_nodes(members_listed, "x") == (node or "")


def test_nodes_are_restated_even_if_the_listing_shows_no_difference(members_listed):
    register(members_listed, "x --command /bin/true --event mount -N gateways")
    Cluster().callbacks["x"].change(node="n1.localnet,n2.localnet")
    assert given_nodes(members_listed, "x") == "n1.localnet,n2.localnet"


def test_a_script_on_all_nodes_stays_there(members_listed):
    register(members_listed, "x --command /bin/true --event mount -N all")
    Cluster().callbacks["x"].add(event="unmount")
    assert given_nodes(members_listed, "x") == "all"


def test_a_class_of_users_may_hold_every_node_too(members_listed):
    members_listed.run("mmcrnodeclass everyone -N all")
    register(members_listed, "x --command /bin/true --event mount -N all")
    with pytest.raises(GPFSError, match="node='all' or node='everyone'"):
        Cluster().callbacks["x"].add(event="unmount")


def test_a_class_among_other_nodes_is_named(members_listed):
    members_listed.run("mmcrnodeclass first -N n1")
    register(members_listed, "x --command /bin/true --event mount -N mynode,first")
    with pytest.raises(GPFSError, match=r"as the class first, .* change\(..., the class in node=...\)"):
        Cluster().callbacks["x"].add(event="unmount")


def test_a_class_of_classes_is_told_too(members_listed):
    members_listed.run("mmcrnodeclass servers -N gateways,mynode")
    register(members_listed, "x --command /bin/true --event mount -N servers")
    with pytest.raises(GPFSError, match="node='all' or node='servers'"):
        Cluster().callbacks["x"].add(event="unmount")
    assert Nodeclass("servers").callbacks.keys() == ["x"]


@pytest.mark.parametrize("nodes", ["mynode", "n1", "n1,mynode"])
def test_nodes_that_hold_no_whole_class_are_kept_without_a_question(members_listed, nodes):
    register(members_listed, f"x --command /bin/true --event mount -N {nodes}")
    Cluster().callbacks["x"].add(event="unmount")
    long = ",".join(f"{name}.localnet" for name in nodes.split(","))
    assert given_nodes(members_listed, "x") == long


@pytest.mark.parametrize("nodes", ["gateways", "n1.localnet,n2.localnet"])
def test_a_listing_that_names_classes_leaves_nothing_open(gpfs, nodes):
    register(gpfs, "other --command /bin/true --event mount -N quorumnodes")
    register(gpfs, f"x --command /bin/true --event mount -N {nodes}")
    Cluster().callbacks["x"].add(event="unmount")
    assert given_nodes(gpfs, "x") == nodes


@pytest.mark.parametrize("command", ["/bin/true", handler])
@pytest.mark.parametrize("nodes", ["gateways", "n1,n2"])
def test_the_process_that_installed_a_callback_knows_its_nodes(members_listed, command, nodes):
    callback = Cluster().callbacks.new("x", command, "mount", node=nodes)
    callback.add(event="unmount")
    callback.change(priority=None)
    callback.remove(event="mount")
    assert given_nodes(members_listed, "x") == nodes


def test_what_was_sent_does_not_count_once_others_have_moved_it(members_listed):
    callback = Cluster().callbacks.new("x", "/bin/true", "mount", node="gateways")
    members_listed.emulator.run(["mmdelcallback", "x"])
    register(members_listed, "x --command /bin/true --event mount -N mynode")
    callback.add(event="unmount")
    assert given_nodes(members_listed, "x") == "mynode.localnet"


@pytest.mark.parametrize("nodes", ["gateways", "all", "n1,n2"])
def test_the_header_of_a_function_keeps_its_nodes(members_listed, nodes):
    Cluster().callbacks.new("x", handler, "mount", node=nodes)
    Cluster().callbacks["x"].add(event="unmount")
    assert given_nodes(members_listed, "x") == nodes


def test_a_function_that_was_limited_by_others_is_treated_like_a_script(members_listed):
    Cluster().callbacks.new("x", handler, "mount")
    entry = members_listed.callbacks["x"]
    del members_listed.callbacks["x"]
    members_listed.callbacks["x"] = {**entry, "node": "gateways"}
    Cluster().callbacks["x"].add(event="unmount")
    assert given_nodes(members_listed, "x") == "gateways"


def test_a_script_on_an_empty_class_does_not_come_to_run_everywhere(members_listed):
    register(members_listed, "x --command /bin/true --event mount -N nonquorumnodes")
    callback = Cluster().callbacks["x"]
    with pytest.raises(GPFSError, match="a node class without members"):
        callback.add(event="unmount")
    callback.change(event="unmount", node="nonquorumnodes")
    assert given_nodes(members_listed, "x") == "nonquorumnodes"


def test_a_function_on_an_empty_class_keeps_it(members_listed):
    Cluster().callbacks.new("x", handler, "mount", node="nonquorumnodes")
    Cluster().callbacks["x"].add(event="unmount")
    assert given_nodes(members_listed, "x") == "nonquorumnodes"


def test_a_change_that_changes_nothing_asks_for_nothing(members_listed):
    register(members_listed, "x --command /bin/true --event mount -N gateways")
    callback = Cluster().callbacks["x"]
    callback.add(event="MOUNT")
    callback.change(event="mount")
    assert members_listed.changing == 0


# Options

SYNC = "--sync --timeout 30 --onerror continue --priority 3"


@pytest.fixture
def options_hidden(gpfs):
    gpfs.switch(list_option_keys="absent")
    return gpfs


def options(gpfs, identifier):
    kept = gpfs.emulator.state.callbacks[identifier]
    return kept.priority, kept.sync, kept.timeout, kept.onerror


def test_options_that_only_the_row_shows_have_to_be_restated(options_hidden):
    register(options_hidden, f"x --command /bin/true --event preUnmount {SYNC}")
    callback = Cluster().callbacks["x"]
    with pytest.raises(GPFSError) as caught:
        callback.add(event="mount")
    assert str(caught.value) == (
        "callback 'x' was installed with options that GPFS does not list; restate them in "
        "change(priority=3, sync=True, timeout=30, onerror='continue') together with what is to change"
    )
    assert options_hidden.changing == 0
    callback.change(event="mount", priority=3, sync=True, timeout=30, onerror="continue")
    assert options(options_hidden, "x") == ("3", True, "30", "continue")


def test_what_is_asynchronous_from_now_on_needs_no_time_limit_restated(options_hidden):
    register(options_hidden, f"x --command /bin/true --event preUnmount {SYNC}")
    with pytest.raises(GPFSError, match=r"change\(priority=3\)"):
        Cluster().callbacks["x"].change(sync=False)
    Cluster().callbacks["x"].change(sync=False, priority=None)
    assert options(options_hidden, "x") == ("", False, "", "")


def test_a_script_without_options_is_changed_where_the_row_says_so(options_hidden):
    register(options_hidden, "x --command /bin/true --event mount")
    Cluster().callbacks["x"].add(event="unmount")
    assert options_hidden.callbacks["x"]["event"] == "mount,unmount"


def test_where_nothing_tells_the_options_they_have_to_be_restated(options_hidden):
    options_hidden.switch(list_Y="off")
    register(options_hidden, "x --command /bin/true --event mount")
    callback = Cluster().callbacks["x"]
    with pytest.raises(
        GPFSError, match=r"may have .* change\(priority=..., sync=..., timeout=..., onerror=...\)"
    ):
        callback.add(event="unmount")
    callback.change(event="unmount", priority=None, sync=False)
    assert options_hidden.callbacks["x"]["event"] == "unmount"
    callback.add(event="startup")


def test_an_option_of_one_callback_shows_that_the_listing_has_a_key_for_it(gpfs):
    gpfs.switch(list_Y="off")
    register(gpfs, "other --command /bin/true --event mount --sync --timeout 30")
    register(gpfs, "x --command /bin/true --event mount")
    Cluster().callbacks["x"].add(event="unmount")
    assert options(gpfs, "x") == ("", False, "", "")
    Cluster().callbacks["other"].add(event="unmount")
    assert options(gpfs, "other") == ("", True, "30", "")


def test_the_process_that_installed_a_script_knows_whether_it_has_options(options_hidden):
    options_hidden.switch(list_Y="off")
    callback = Cluster().callbacks.new("x", "/bin/true", "mount")
    callback.add(event="unmount")
    callback = Cluster().callbacks.new("y", "/bin/true", "mount", sync=True, timeout=9)
    with pytest.raises(GPFSError, match=r"change\(sync=True, timeout=9\)"):
        callback.add(event="unmount")
    assert Node("n1").callbacks.keys() == []


def test_what_comes_back_after_a_refused_change_is_what_was_restated(members_listed):
    register(members_listed, "x --command /bin/true --event mount -N gateways")
    members_listed.fails["mmaddcallback"] = ["no such event"]
    with pytest.raises(GPFSError, match="was put back"):
        Cluster().callbacks["x"].change(event="unmount", node="gateways")
    assert given_nodes(members_listed, "x") == "gateways"
    assert list(journal.folder().glob("*.json")) == []


def test_the_class_comes_back_after_a_refused_change_to_other_nodes(members_listed):
    register(members_listed, "x --command /bin/true --event mount -N gateways")
    members_listed.fails["mmaddcallback"] = ["no such node"]
    with pytest.raises(GPFSError, match="was put back"):
        Cluster().callbacks["x"].change(node="mynode")
    assert given_nodes(members_listed, "x") == "gateways"


def test_what_comes_back_after_a_refused_change_has_the_options_that_were_hidden(options_hidden):
    register(options_hidden, f"x --command /bin/true --event preUnmount {SYNC}")
    options_hidden.fails["mmaddcallback"] = ["no such event"]
    with pytest.raises(GPFSError, match="was put back"):
        Cluster().callbacks["x"].change(event="mount", priority=None, sync=False)
    assert options(options_hidden, "x") == ("3", True, "30", "continue")
