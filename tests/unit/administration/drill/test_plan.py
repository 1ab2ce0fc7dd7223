from __future__ import annotations

import pytest

from arcapix.fs.gpfs import GPFSError, NotFound
from arcapix.fs.gpfs.administration.drill.plan import Drill, callbacks_of, doubts, missing, named, place_of
from arcapix.fs.gpfs.commands import CallbackRecord

RECORDS = [
    CallbackRecord(
        "logger", "/opt/callbackdriver.py", ("mount", "unmount"), parms=("A1.x", "fsName=%fsName")
    ),
    CallbackRecord("log-all", "/opt/log.sh", ("Mount",), parms=("%eventName", "%siteName")),
    CallbackRecord("alert", "/opt/alert.sh", ("siteEvent",)),
]


def chosen(event: str, *callbacks: str, **options: bool) -> list[str]:
    drill = named(Drill(event, {}, callbacks, **options))
    return [record.identifier for record in callbacks_of(drill, RECORDS)]


def test_the_callbacks_of_an_event_are_played_in_whatever_case_it_is_written():
    assert chosen("MOUNT") == chosen("mount") == ["logger", "log-all"]
    assert chosen("unmount") == ["logger"]
    assert named(Drill("MOUNT", {})).event == "mount"


def test_some_callbacks_can_be_chosen_and_scripts_left_out():
    assert chosen("mount", "log-*") == ["log-all"]
    assert chosen("mount", "logger", "log-all") == ["logger", "log-all"]
    assert chosen("mount", only_python=True) == ["logger"]


def test_an_event_that_only_callbacks_know_is_played():
    assert chosen("siteEvent") == ["alert"]


@pytest.mark.parametrize(
    ("event", "callbacks", "said"),
    [
        ("mout", (), "no event 'mout'; did you mean 'mount'?"),
        ("mount", ("loger",), "no callback 'loger'; did you mean 'logger'?"),
        ("mount", ("logger", "alert"), "callback 'alert' is registered for siteEvent, not for mount"),
        (
            "startup",
            (),
            "no callback is registered for startup; there are callbacks for mount, siteEvent, unmount",
        ),
    ],
)
def test_what_cannot_be_played_is_said_by_name(event, callbacks, said):
    with pytest.raises(GPFSError) as caught:
        chosen(event, *callbacks)
    assert str(caught.value) == said


def test_where_only_scripts_are_registered_and_left_out_it_is_said_that_no_function_is():
    with pytest.raises(GPFSError, match="no Python callback is registered for siteEvent; "):
        chosen("siteEvent", only_python=True)


def told(values: dict[str, str], records: list[CallbackRecord] = RECORDS[:2]) -> list[str]:
    return doubts(named(Drill("mount", values)), records)


def test_values_that_callbacks_are_given_raise_no_doubt():
    assert told({"fsName": "mmfs1"}) == []


def test_a_variable_that_only_a_callback_knows_is_taken():
    assert told({"siteName": "x"}) == ["mount is not known to come with siteName"]


def test_a_variable_that_the_event_does_not_bring_or_no_callback_gets_is_doubted():
    assert told({"storagePool": "data"}) == [
        "mount is not known to come with storagePool",
        "none of the callbacks is given storagePool",
    ]


def test_a_variable_that_nobody_knows_is_refused_with_the_nearest():
    with pytest.raises(NotFound, match="no variable 'fsname'; did you mean 'fsName'"):
        told({"fsname": "mmfs1"})


def test_what_a_node_knows_of_itself_cannot_be_given():
    with pytest.raises(GPFSError, match="myNode cannot be given: it is the node"):
        told({"myNode": "n1"})


def test_two_drills_have_different_names_and_one_keeps_its_own():
    first, second = named(Drill("mount", {})), named(Drill("mount", {}))
    assert first.id != second.id
    assert named(first).id == first.id


def test_a_global_event_is_played_on_active_nodes_and_one_of_a_node_here(gpfs):
    assert place_of(Drill("mount", {})).nodes == ["n1.localnet"]
    assert len(place_of(Drill("nodeLeave", {})).nodes) == 3
    gpfs.run("mmshutdown -N n2")
    assert place_of(Drill("nodeLeave", {})).nodes == ["n1.localnet", "mynode.localnet"]


def test_where_gpfs_is_down_everywhere_it_is_said_how_to_name_nodes(gpfs):
    gpfs.run("mmshutdown -a")
    with pytest.raises(GPFSError, match="GPFS is active on no node; name nodes by --node"):
        place_of(Drill("nodeLeave", {}))


def test_a_local_event_is_not_played_here_where_gpfs_is_down(gpfs):
    gpfs.run("mmshutdown -N n1")
    with pytest.raises(GPFSError, match="GPFS is down on n1"):
        place_of(Drill("mount", {}))


def test_what_a_manager_raises_is_played_on_that_one(gpfs):
    gpfs.run("mmchmgr mmfs1 n2")
    assert place_of(Drill("lowDiskSpace", {"fsName": "mmfs1"})) == (
        ["n2.localnet"],
        "lowDiskSpace is raised on: file system manager; played on n2.localnet, the manager of mmfs1",
    )
    gpfs.run("mmchmgr -c mynode")
    assert place_of(Drill("tiebreakerCheck", {})) == (
        ["mynode.localnet"],
        "tiebreakerCheck is raised on: cluster manager; played on mynode.localnet, the cluster manager",
    )


@pytest.mark.parametrize(
    ("event", "values", "said"),
    [
        ("mount", {}, "mount is raised on: node of the event; played on this node, n1.localnet"),
        ("siteEvent", {}, "nobody says where siteEvent is raised; played on this node, n1.localnet"),
        (
            "lowDiskSpace",
            {},
            "lowDiskSpace is raised on: file system manager; played on this node, n1.localnet, "
            "since no file system is given, such as fsName=mmfs1",
        ),
        (
            "lowDiskSpace",
            {"fsName": "nosuch"},
            "lowDiskSpace is raised on: file system manager; played on this node, n1.localnet, "
            "since no node manages nosuch",
        ),
    ],
)
def test_where_no_manager_is_known_it_is_played_here_and_said_why(gpfs, event, values, said):
    assert place_of(Drill(event, values)) == (["n1.localnet"], said)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"fsName": "mmfs1", "storagePool": "system"}, []),
        ({"fsName": "mmfs11"}, ["there is no file system 'mmfs11'; did you mean 'mmfs1'?"]),
        ({"fsName": "mmfs1", "storagePool": "sytem"}, ["there is no pool 'sytem'; did you mean 'system'?"]),
        ({"storagePool": "sytem"}, []),
    ],
)
def test_an_object_that_is_not_there_is_told(gpfs, values, said):
    assert missing(Drill("lowDiskSpace", values)) == said
