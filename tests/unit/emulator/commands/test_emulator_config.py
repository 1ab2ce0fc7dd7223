"""Configuration parameters."""

from __future__ import annotations


def test_a_parameter_is_set_for_all_nodes(cluster):
    assert cluster.ok("mmchconfig pagepool=4G,maxMBpS=2000 -i") == (
        "mmchconfig: Command successfully completed\n"
        "mmchconfig: Propagating the cluster configuration data to all\n"
        "  affected nodes.  This is an asynchronous process.\n"
    )
    assert cluster.ok("mmlsconfig pagepool,maxmbps") == "pagepool 4G\nmaxMBpS 2000\n"


def test_nodes_and_classes_have_their_own_values_and_classes_keep_their_names(cluster):
    cluster.ok("mmcrnodeclass login -N n3")
    cluster.ok("mmchconfig pagepool=4G")
    cluster.ok("mmchconfig pagepool=1G -N login,n2")
    cluster.ok("mmchconfig pagepool=2G -N n1")
    assert cluster.ok("mmlsconfig pagepool") == "pagepool 4G\npagepool 1G [n2,login]\npagepool 2G [n1]\n"
    assert [(row["value"], row["nodeList"]) for row in cluster.rows("mmlsconfig pagepool -Y")] == [
        ("4G", ""),
        ("1G", "n2,login"),
        ("2G", "n1"),
    ]
    cluster.ok("mmchconfig pagepool=8G -N all")
    assert cluster.ok("mmlsconfig pagepool") == "pagepool 8G\n"


def test_a_parameter_can_be_taken_back(cluster):
    cluster.ok("mmchconfig pagepool=4G")
    cluster.ok("mmchconfig pagepool=DEFAULT")
    assert cluster.ok("mmlsconfig pagepool") == "pagepool (undefined)\n"


def test_a_value_may_hold_commas_and_equals_signs(cluster):
    cluster.ok("mmchconfig tiebreakerDisks=a;b,verbsPorts=x/1,y/1,mmapRangeLock=no")
    assert cluster.ok("mmlsconfig verbsPorts,mmapRangeLock") == "verbsPorts x/1,y/1\nmmapRangeLock no\n"


def test_a_parameter_that_was_changed_is_listed_behind_the_others(cluster):
    cluster.ok("mmchconfig pagepool=4G")
    cluster.ok("mmchconfig autoload=no,adminMode=allToAll")
    names = [row["configParameter"] for row in cluster.rows("mmlsconfig -Y")]
    assert names[-3:] == ["pagepool", "autoload", "adminMode"]
    assert names.count("autoload") == 1
    assert cluster.ok("mmlsconfig adminMode") == "adminMode allToAll\n"


def test_what_cannot_be_changed_here_is_refused(cluster):
    assert "Parameter clusterName cannot be changed" in cluster.fails("mmchconfig clusterName=x")
    assert "Incorrect parameter: pagepool" in cluster.fails("mmchconfig pagepool")
    assert "n9" in cluster.fails("mmchconfig pagepool=1G -N n9")
    assert cluster.fails("mmchconfig pagepool=1G -I", status=124) == "mmchconfig: option -I is not emulated\n"


def test_the_listing_ends_with_the_file_systems(make_cluster):
    assert make_cluster(filesystems=["b", "a"]).ok("mmlsconfig").endswith("-\n/dev/a\n/dev/b\n")
    assert make_cluster(filesystems=[]).ok("mmlsconfig").endswith("(none)\n")
