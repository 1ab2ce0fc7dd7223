from __future__ import annotations

import re

from arcapix.fs.gpfs.administration.drill.parms import Values, variables_in
from arcapix.fs.gpfs.administration.reconciliation.asked import Asked
from arcapix.fs.gpfs.commands import CallbackRecord


def words(parms: str, event: str = "nodeLeave", **given: str) -> str:
    return " ".join(Values(event, given, Asked()).words(parms.split()))


def test_variables_that_were_given_replace_their_names(gpfs):
    assert words("-f %fsName x=%storagePool", fsName="mmfs1", storagePool="data") == "-f mmfs1 x=data"


def test_the_longest_name_is_the_one_that_is_meant(gpfs):
    assert words("%nodeNames %nodeName", nodeNames="a,b", nodeName="c") == "a,b c"


def test_what_has_no_value_is_undefined_and_what_is_no_variable_stays(gpfs):
    assert words("%fsName %noVariable 100% %") == "UNDEFINED %noVariable 100% %"


def test_the_event_and_the_node_are_known_without_being_given(gpfs):
    assert words("%eventName %myNode %myNode.shortName %myNode.ip") == "nodeLeave n1.localnet n1 10.0.0.1"


def test_what_the_cluster_knows_of_any_event_is_asked_for(gpfs):
    gpfs.run("mmshutdown -N n2")
    assert words("%clusterName %downNodes %upNodes.shortName") == "democluster.localnet n2.localnet n1,mynode"


def test_nodes_that_were_given_are_written_in_the_form_that_is_asked_for(gpfs):
    assert words("%eventNode %eventNode.ip", eventNode="n2,mynode") == (
        "n2.localnet,mynode.localnet 10.0.0.2,10.0.0.3"
    )


def test_a_node_that_the_cluster_does_not_know_stays_as_it_was_given(gpfs):
    assert words("%eventNode.ip", eventNode="gone") == "gone"


def test_a_qualifier_of_what_is_no_node_stays(gpfs):
    assert words("%fsName.name", fsName="mmfs1") == "mmfs1.name"


def test_a_local_event_is_about_this_node_and_a_global_one_about_none_that_is_known(gpfs):
    assert words("%eventNode", event="nodeJoin") == "UNDEFINED"


def test_the_time_is_that_of_the_drill(gpfs):
    assert re.fullmatch(r"\d{4}-\d\d-\d\d_\d\d:\d\d:\d\d", words("%eventTime"))


def test_a_value_with_a_blank_stays_in_its_word(gpfs):
    assert Values("mount", {"reason": "a b"}, Asked()).words(["reason=%reason"]) == ["reason=a b"]


def test_the_variables_that_callbacks_ask_for_are_found_within_words():
    record = CallbackRecord("a", "/x", ("mount",), parms=("A1.t", "fsName=%fsName", "%eventNode.ip"))
    assert variables_in([record]) == {"fsName", "eventNode"}
