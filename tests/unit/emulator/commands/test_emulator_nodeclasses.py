"""Node classes."""

from __future__ import annotations

import pytest


def members(cluster, name):
    (row,) = [row for row in cluster.rows("mmlsnodeclass -Y") if row["nodeClassName"] == name]
    return row["memberNodes"]


def test_a_class_is_made_changed_and_deleted(cluster):
    assert "Propagating the cluster configuration data" in cluster.ok(
        "mmcrnodeclass storage -N n1,198.18.0.2"
    )
    assert members(cluster, "storage") == "n1.gpfs.test,n2.gpfs.test"
    cluster.ok("mmchnodeclass storage add -N 3")
    cluster.ok("mmchnodeclass storage delete -N n1")
    assert members(cluster, "storage") == "n2.gpfs.test,n3.gpfs.test"
    cluster.ok("mmchnodeclass storage replace -N n1")
    assert members(cluster, "storage") == "n1.gpfs.test"
    cluster.ok("mmdelnodeclass storage")
    assert cluster.rows("mmlsnodeclass -Y") == []


def test_a_class_in_a_class_is_kept_by_name_one_level_deep(cluster):
    cluster.ok("mmcrnodeclass inner -N n1")
    cluster.ok("mmcrnodeclass outer -N inner,n3")
    assert cluster.ok("mmlsnodeclass outer").splitlines()[-1] == f"{'outer':<21} inner,n3.gpfs.test"
    cluster.ok("mmchnodeclass inner add -N n2")
    assert cluster.ok("mmlsnode -N outer").split() == ["n1.gpfs.test", "n2.gpfs.test", "n3.gpfs.test"]
    assert "cannot be a member itself" in cluster.fails("mmcrnodeclass third -N outer")
    assert "cannot be a member itself" in cluster.fails("mmchnodeclass inner add -N outer")
    assert "is a member of node class outer" in cluster.fails("mmdelnodeclass inner")


@pytest.mark.parametrize(
    "name", ["n1", "n1.gpfs.test", "all", "mount", "mynodes", "myNodes", "localhost", "a,b", "1-2"]
)
def test_names_that_are_taken_or_reserved(cluster, name):
    assert "Incorrect node class name" in cluster.fails(f"mmcrnodeclass {name} -N n1")


def test_what_does_not_exist_or_exists_already(cluster):
    cluster.ok("mmcrnodeclass one -N n1")
    assert "already exists" in cluster.fails("mmcrnodeclass one -N n1")
    assert "Node class two does not exist" in cluster.fails("mmchnodeclass two add -N n1")
    assert "Node class two does not exist" in cluster.fails("mmdelnodeclass one,two")
    assert list(cluster.state.nodeclasses) == ["one"]
    assert "Node class two does not exist" in cluster.fails("mmlsnodeclass two")
    assert "n9" in cluster.fails("mmchnodeclass one add -N n9")
    assert "Usage:" in cluster.fails("mmchnodeclass one rename -N n1")
    assert "Usage:" in cluster.fails("mmcrnodeclass three")


def test_a_class_that_a_parameter_refers_to_is_not_deleted(cluster):
    cluster.ok("mmcrnodeclass login -N n3")
    cluster.ok("mmchconfig pagepool=1G -N login")
    assert "is used by the configuration parameter pagepool" in cluster.fails("mmdelnodeclass login")
    cluster.ok("mmchconfig pagepool=DEFAULT -N login")
    cluster.ok("mmdelnodeclass login")


def test_system_classes_are_shown_on_request_only(cluster):
    cluster.ok("mmcrnodeclass one -N n1")
    shown = {
        option: {row["nodeClassName"] for row in cluster.rows(f"mmlsnodeclass {option} -Y")}
        for option in ("", "--user", "--system", "--all")
    }
    assert shown[""] == shown["--user"] == {"one"}
    assert {"managernodes", "quorumnodes"} < shown["--system"]
    assert shown["--all"] == shown["--system"] | {"one"}


def test_without_any_class_the_plain_form_is_a_sentence_and_the_other_one_a_header(cluster):
    assert cluster.ok("mmlsnodeclass") == "mmlsnodeclass: No node classes were found.\n"
    assert cluster.ok("mmlsnodeclass -Y").startswith("mmlsnodeclass::HEADER:")
