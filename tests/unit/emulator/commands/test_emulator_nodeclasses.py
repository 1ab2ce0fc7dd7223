"""Node classes."""

from __future__ import annotations

import pytest


def members(gpfs, name):
    (row,) = [row for row in gpfs.rows("mmlsnodeclass -Y") if row["nodeClassName"] == name]
    return row["memberNodes"]


def test_a_class_is_made_changed_and_deleted(gpfs):
    assert "Propagating the cluster configuration data" in gpfs.ok("mmcrnodeclass storage -N n1,198.18.0.2")
    assert members(gpfs, "storage") == "n1.gpfs.test,n2.gpfs.test"
    gpfs.ok("mmchnodeclass storage add -N 3")
    gpfs.ok("mmchnodeclass storage delete -N n1")
    assert members(gpfs, "storage") == "n2.gpfs.test,n3.gpfs.test"
    gpfs.ok("mmchnodeclass storage replace -N n1")
    assert members(gpfs, "storage") == "n1.gpfs.test"
    gpfs.ok("mmdelnodeclass storage")
    assert gpfs.rows("mmlsnodeclass -Y") == []


def test_a_class_in_a_class_is_kept_by_name_one_level_deep(gpfs):
    gpfs.ok("mmcrnodeclass inner -N n1")
    gpfs.ok("mmcrnodeclass outer -N inner,n3")
    assert gpfs.ok("mmlsnodeclass outer").splitlines()[-1] == f"{'outer':<21} inner,n3.gpfs.test"
    gpfs.ok("mmchnodeclass inner add -N n2")
    assert gpfs.ok("mmlsnode -N outer").split() == ["n1.gpfs.test", "n2.gpfs.test", "n3.gpfs.test"]
    assert "cannot be a member itself" in gpfs.fails("mmcrnodeclass third -N outer")
    assert "cannot be a member itself" in gpfs.fails("mmchnodeclass inner add -N outer")
    assert "is a member of node class outer" in gpfs.fails("mmdelnodeclass inner")


@pytest.mark.parametrize(
    "name", ["n1", "n1.gpfs.test", "all", "mount", "mynodes", "myNodes", "localhost", "a,b", "1-2"]
)
def test_names_that_are_taken_or_reserved(gpfs, name):
    assert "Incorrect node class name" in gpfs.fails(f"mmcrnodeclass {name} -N n1")


def test_what_does_not_exist_or_exists_already(gpfs):
    gpfs.ok("mmcrnodeclass one -N n1")
    assert "already exists" in gpfs.fails("mmcrnodeclass one -N n1")
    assert "Node class two does not exist" in gpfs.fails("mmchnodeclass two add -N n1")
    assert "Node class two does not exist" in gpfs.fails("mmdelnodeclass one,two")
    assert list(gpfs.state.nodeclasses) == ["one"]
    assert "Node class two does not exist" in gpfs.fails("mmlsnodeclass two")
    assert "n9" in gpfs.fails("mmchnodeclass one add -N n9")
    assert "Usage:" in gpfs.fails("mmchnodeclass one rename -N n1")
    assert "Usage:" in gpfs.fails("mmcrnodeclass three")


def test_a_class_that_a_parameter_refers_to_is_not_deleted(gpfs):
    gpfs.ok("mmcrnodeclass login -N n3")
    gpfs.ok("mmchconfig pagepool=1G -N login")
    assert "is used by the configuration parameter pagepool" in gpfs.fails("mmdelnodeclass login")
    gpfs.ok("mmchconfig pagepool=DEFAULT -N login")
    gpfs.ok("mmdelnodeclass login")


def test_system_classes_are_shown_on_request_only(gpfs):
    gpfs.ok("mmcrnodeclass one -N n1")
    shown = {
        option: {row["nodeClassName"] for row in gpfs.rows(f"mmlsnodeclass {option} -Y")}
        for option in ("", "--user", "--system", "--all")
    }
    assert shown[""] == shown["--user"] == {"one"}
    assert {"managernodes", "quorumnodes"} < shown["--system"]
    assert shown["--all"] == shown["--system"] | {"one"}


def test_without_any_class_the_plain_form_is_a_sentence_and_the_other_one_a_header(gpfs):
    assert gpfs.ok("mmlsnodeclass") == "mmlsnodeclass: No node classes were found.\n"
    assert gpfs.ok("mmlsnodeclass -Y").startswith("mmlsnodeclass::HEADER:")
