"""mmaddcallback, mmdelcallback, mmlscallback, and the switches that they ask."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

PROPAGATING = "{}: Propagating the cluster configuration data to all\n  affected nodes.  This is an asynchronous process.\n"


def add(cluster, identifier="cb", *options, event="mount", command="/bin/true"):
    return ["mmaddcallback", identifier, "--command", command, "--event", event, *options]


def identifiers(cluster, *words):
    return [
        line for line in cluster.ok("mmlscallback", *words).splitlines() if line and not line.startswith(" ")
    ]


def test_adding_prints_the_propagation_message(cluster):
    assert cluster.ok(*add(cluster)) == PROPAGATING.format("mmaddcallback")


def test_without_arguments_the_synopsis_is_printed(cluster):
    lines = cluster.fails("mmaddcallback").splitlines()
    assert lines[:3] == [
        "mmaddcallback: Missing arguments.",
        "Usage:",
        "  mmaddcallback CallbackIdentifier --command CommandPathname",
    ]


def test_an_unknown_option_is_answered_with_the_synopsis(cluster):
    error = cluster.fails(*add(cluster, "cb", "--frequency", "2"))
    assert error.startswith("mmaddcallback: Incorrect option: --frequency\nUsage:\n")


def test_an_option_of_gpfs_that_is_missing_here_says_so(cluster):
    assert (
        cluster.fails("mmlscluster", "--cloud-gateway", status=124)
        == "mmlscluster: option --cloud-gateway is not emulated\n"
    )


def test_the_listing_shows_only_what_is_set_in_the_recorded_order(cluster):
    cluster.ok(*add(cluster, "one", "--parms", "%upNodes", "-N", "n2"))
    cluster.ok(
        *add(cluster, "two", "--sync", "--timeout", "30", "--onerror", "continue", "--priority", "1.5")
    )
    assert cluster.ok("mmlscallback") == (
        "one\n"
        "        command         = /bin/true\n"
        "        event           = mount\n"
        "        node            = n2.gpfs.test\n"
        "        parms           = %upNodes\n"
        "\n"
        "two\n"
        "        command         = /bin/true\n"
        "        event           = mount\n"
        "        priority        = 1.5\n"
        "        sync            = true\n"
        "        timeout         = 30\n"
        "        onerror         = continue\n"
    )


def test_the_listing_in_colons(cluster):
    cluster.ok(*add(cluster, "one", "--parms", "%a b:c", "-N", "n2,n1", event="mount,preUnmount"))
    assert cluster.ok("mmlscallback", "-Y").splitlines() == [
        "mmlscallback::HEADER:version:reserved:reserved:callbackId:command:event:node:parms:priority:sync:timeout:onerror:",
        "mmlscallback::0:1:::one:/bin/true:mount,preUnmount:n2.gpfs.test,n1.gpfs.test:%25a b%3Ac::no:::",
    ]


def test_deleting_takes_a_list_and_prints_the_propagation_message(cluster):
    for identifier in "abc":
        cluster.ok(*add(cluster, identifier))
    assert cluster.ok("mmdelcallback", "a,c") == PROPAGATING.format("mmdelcallback")
    assert identifiers(cluster) == ["b"]


@pytest.mark.parametrize(
    "identifier", ["mmfoo", "gpfsfoo", "a:b", "a b", "a;b", "a,b", "a\tb", "x" * 256, ""]
)
def test_identifiers_that_gpfs_documents_as_wrong_are_refused(cluster, identifier):
    cluster.fails(*add(cluster, identifier))
    assert identifiers(cluster) == []


@pytest.mark.parametrize("identifier", ["SOFTQUOTA-MIGRATION", "increase_max_inodes-fs", "x" * 255, "user"])
def test_identifiers_in_real_use_are_taken(cluster, identifier):
    cluster.ok(*add(cluster, identifier))
    assert identifiers(cluster) == [identifier]


def test_internal_callbacks_cannot_be_deleted(cluster):
    assert "reserved" in cluster.fails("mmdelcallback", "mmsysmonjsonChange")


def test_a_command_without_a_full_path_is_refused(cluster):
    cluster.fails(*add(cluster, command="true"))


def test_async_and_sync_exclude_each_other(cluster):
    cluster.fails(*add(cluster, "cb", "--async", "--sync"))


@pytest.mark.parametrize("option", [("--timeout", "3"), ("--onerror", "continue")])
def test_timeout_and_onerror_belong_to_sync(cluster, option):
    cluster.fails(*add(cluster, "cb", *option))


@pytest.mark.parametrize("options", [("--timeout", "soon"), ("--timeout", "0"), ("--priority", "high")])
def test_values_that_are_no_numbers_are_refused(cluster, options):
    cluster.fails(*add(cluster, "cb", "--sync", *options))


def test_a_value_may_begin_with_a_minus_sign(cluster):
    cluster.ok(*add(cluster, "cb", "--parms", "-e %eventName"))
    assert "parms           = -e %eventName\n" in cluster.ok("mmlscallback")


def test_a_failed_command_changes_nothing_on_disk(cluster):
    saved = cluster.emulator.place.state.read_bytes()
    cluster.fails(*add(cluster, "cb", "-N", "nope"))
    assert cluster.emulator.place.state.read_bytes() == saved


def test_node_lists_are_stored_by_long_name_and_classes_by_name(make_cluster):
    cluster = make_cluster(list_node_form="class")
    cluster.ok(*add(cluster, "cb", "-N", "2,n1.gpfs.test,managernodes,198.18.0.3"))
    assert "node            = n2.gpfs.test,n1.gpfs.test,managernodes,n3.gpfs.test\n" in cluster.ok(
        "mmlscallback"
    )


def test_internal_callbacks_are_listed_only_when_asked_for(cluster):
    cluster.ok(*add(cluster, "ours"))
    system = identifiers(cluster, "system")
    assert "mmsysmonjsonChange" in system and "ours" not in system
    assert identifiers(cluster, "all") == [*system, "ours"]
    assert identifiers(cluster, "user") == identifiers(cluster) == ["ours"]
    assert "/usr/lpp/mmfs/bin/mmsysmonc" in cluster.ok("mmlscallback", "mmsysmonjsonChange")
    cluster.emulator.fire("startup")
    assert cluster.events() == []


def spec(cluster, text):
    (cluster.folder / "spec").write_text(text)
    return str(cluster.folder / "spec")


def test_a_spec_file_holds_one_definition_in_each_line(cluster):
    path = spec(
        cluster,
        "# comment\n\none --command /bin/true --event mount --parms %eventName --parms %fsName\n"
        "two --command /bin/false --event startup --sync --timeout 5\n",
    )
    assert cluster.ok("mmaddcallback", "-S", path) == PROPAGATING.format("mmaddcallback")
    assert identifiers(cluster) == ["one", "two"]
    assert "parms           = %eventName %fsName\n" in cluster.ok("mmlscallback", "one")


def test_a_spec_file_that_is_not_there(cluster):
    assert "nope" in cluster.fails("mmaddcallback", "--spec-file", "nope")


@pytest.mark.parametrize(("partial", "expected"), [("nothing", []), ("stop", ["one"])])
def test_switch_spec_file_partial(make_cluster, partial, expected):
    cluster = make_cluster(spec_file_partial=partial)
    line = "{} --command /bin/true --event {}\n"
    path = spec(
        cluster, line.format("one", "mount") + line.format("two", "nope") + line.format("three", "mount")
    )
    cluster.fails("mmaddcallback", "-S", path)
    assert identifiers(cluster) == expected


def test_switch_spec_file_off_is_a_usage_error(make_cluster):
    cluster = make_cluster(spec_file="off")
    assert "Usage:" in cluster.fails("mmaddcallback", "-S", spec(cluster, ""))


def test_switch_duplicate_id(make_cluster):
    cluster = make_cluster()
    cluster.ok(*add(cluster))
    assert "cb" in cluster.fails(*add(cluster, event="unmount"))
    assert "event           = mount\n" in cluster.ok("mmlscallback")
    cluster = make_cluster(duplicate_id="replace")
    cluster.ok(*add(cluster))
    cluster.ok(*add(cluster, event="unmount"))
    assert "event           = unmount\n" in cluster.ok("mmlscallback")


@pytest.mark.parametrize(("answer", "left"), [("nothing", ["a"]), ("known", [])])
def test_switch_delete_partial(make_cluster, answer, left):
    cluster = make_cluster(delete_partial=answer)
    cluster.ok(*add(cluster, "a"))
    assert "nope" in cluster.fails("mmdelcallback", "a,nope")
    assert identifiers(cluster) == left


def test_switch_delete_unknown(make_cluster):
    make_cluster(delete_unknown="error").fails("mmdelcallback", "nope")
    make_cluster(delete_unknown="ignore").ok("mmdelcallback", "nope")


def test_switch_list_empty(make_cluster):
    assert make_cluster().ok("mmlscallback") == ""
    assert len(make_cluster(list_empty="sentence").ok("mmlscallback").splitlines()) == 1
    make_cluster(list_empty="error").fails("mmlscallback")


def test_switch_list_unknown_id(make_cluster):
    assert "nope" in make_cluster().fails("mmlscallback", "nope")
    assert make_cluster(list_unknown_id="nothing").ok("mmlscallback", "nope") == ""


def test_switch_list_key_width(make_cluster):
    cluster = make_cluster(list_key_width="14")
    cluster.ok(*add(cluster))
    assert (
        cluster.ok("mmlscallback") == "cb\n        command       = /bin/true\n        event         = mount\n"
    )


def test_switch_list_identifier_line(make_cluster):
    cluster = make_cluster(list_identifier_line="no")
    cluster.ok(*add(cluster))
    assert identifiers(cluster, "cb") == []
    assert identifiers(cluster) == ["cb"]


def test_switch_list_long_value(make_cluster):
    long = "x" * 203
    for answer, expected in (
        ("same-line", f"parms           = {long}\n"),
        ("next-line", f"parms           = \n{long}\n"),
    ):
        cluster = make_cluster(list_long_value=answer)
        cluster.ok(*add(cluster, "cb", "--parms", long))
        assert expected in cluster.ok("mmlscallback")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("comma", ["preUnmount,mount"]),
        ("comma-blank", ["preUnmount, mount"]),
        ("lines", ["preUnmount", "mount"]),
        ("sorted", ["mount,preUnmount"]),
    ],
)
def test_switch_list_event_form(make_cluster, answer, expected):
    cluster = make_cluster(list_event_form=answer)
    cluster.ok(*add(cluster, event="preUnmount,mount"))
    lines = [line for line in cluster.ok("mmlscallback").splitlines() if "event" in line]
    assert [line.partition("= ")[2] for line in lines] == expected


@pytest.mark.parametrize(("answer", "expected"), [("blank", ["a b c"]), ("lines", ["a b", "c"])])
def test_switch_list_parms_join(make_cluster, answer, expected):
    cluster = make_cluster(list_parms_join=answer)
    cluster.ok(*add(cluster, "cb", "--parms", "a b", "--parms", "c"))
    lines = [line for line in cluster.ok("mmlscallback").splitlines() if "parms" in line]
    assert [line.partition("= ")[2] for line in lines] == expected


@pytest.mark.parametrize(
    ("answer", "keys"),
    [
        ("keys", ["command", "event", "priority", "sync", "timeout", "onerror"]),
        ("absent", ["command", "event"]),
        ("other", ["command", "event", "prio", "mode", "waitTime", "errorAction"]),
    ],
)
def test_switch_list_option_keys(make_cluster, answer, keys):
    cluster = make_cluster(list_option_keys=answer)
    cluster.ok(*add(cluster, "cb", "--sync", "--timeout", "3", "--onerror", "shutdown", "--priority", "2"))
    assert [line.split()[0] for line in cluster.ok("mmlscallback").splitlines()[1:]] == keys


@pytest.mark.parametrize(("answer", "expected"), [("registration", ["b", "a"]), ("alphabetical", ["a", "b"])])
def test_switch_list_order(make_cluster, answer, expected):
    cluster = make_cluster(list_order=answer)
    cluster.ok(*add(cluster, "b"))
    cluster.ok(*add(cluster, "a"))
    assert identifiers(cluster) == expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("long", "n3.gpfs.test,n1.gpfs.test,n2.gpfs.test"),
        ("typed", "3,quorumnodes"),
        ("class", "n3.gpfs.test,quorumnodes"),
    ],
)
def test_switch_list_node_form(make_cluster, answer, expected):
    cluster = make_cluster(list_node_form=answer)
    cluster.ok(*add(cluster, "cb", "-N", "3,quorumnodes"))
    assert f"node            = {expected}\n" in cluster.ok("mmlscallback")


def test_switch_list_y_off_is_a_usage_error(make_cluster):
    assert "Usage:" in make_cluster(list_Y="off").fails("mmlscallback", "-Y")


def test_switch_unknown_variable_error_refuses_the_registration(make_cluster):
    cluster = make_cluster(unknown_variable="error")
    assert "%nope" in cluster.fails(*add(cluster, "cb", "--parms", "%eventName %nope"))
    cluster.ok(*add(cluster, "cb", "--parms", "%eventName %nodeNames 100%"))


def test_switch_parms_max_refuse(make_cluster):
    cluster = make_cluster(parms_max="refuse:255")
    cluster.fails(*add(cluster, "cb", "--parms", "x" * 200, "--parms", "y" * 60))
    cluster.ok(*add(cluster, "cb", "--parms", "x" * 255))


def test_switch_parms_max_cut_keeps_and_lists_what_there_is_room_for(make_cluster):
    cluster = make_cluster(parms_max="cut:255")
    cluster.ok(*add(cluster, "cb", "--parms", "x" * 200, "--parms", "y" * 60))
    assert f"= {'x' * 200} {'y' * 54}\n" in cluster.ok("mmlscallback", "cb")
    cluster.emulator.fire("mount")
    assert cluster.fired()[0][2] == ("x" * 200, "y" * 54)


def test_switch_onerror_values(make_cluster):
    cluster = make_cluster()
    for action in ("continue", "quorumLoss", "quorumloss", "shutdown"):
        cluster.ok(*add(cluster, f"cb-{action}", "--sync", "--onerror", action))
    assert "panic" in cluster.fails(*add(cluster, "cb", "--sync", "--onerror", "panic"))
    cluster = make_cluster(onerror_values="any")
    cluster.ok(*add(cluster, "cb", "--sync", "--onerror", "panic"))


def test_switch_event_case(make_cluster):
    cluster = make_cluster()
    cluster.ok(*add(cluster, event="LowDiskSpace,CLUSTERMANAGERTAKEOVER"))
    assert "event           = lowDiskSpace,clusterManagerTakeover\n" in cluster.ok("mmlscallback")
    cluster = make_cluster(event_case="exact")
    cluster.fails(*add(cluster, event="LowDiskSpace"))
    cluster.ok(*add(cluster, event="lowDiskSpace"))


def test_switch_event_unknown(make_cluster):
    cluster = make_cluster()
    assert "snapshotDeleted" in cluster.fails(*add(cluster, event="mount,snapshotDeleted"))
    cluster = make_cluster(event_unknown="accept")
    cluster.ok(*add(cluster, event="mount,snapshotDeleted"))


def test_switch_reserved_prefix_case(make_cluster):
    cluster = make_cluster()
    cluster.ok(*add(cluster, "MMalert"))
    cluster = make_cluster(reserved_prefix_case="any")
    cluster.fails(*add(cluster, "MMalert"))


def test_switch_reserved_words(make_cluster):
    cluster = make_cluster(reserved_words="refuse")
    for word in ("user", "system", "all"):
        cluster.fails(*add(cluster, word))


def test_switch_command_check(make_cluster):
    cluster = make_cluster()
    cluster.ok(*add(cluster, command="/nowhere/script"))
    cluster = make_cluster(command_check="exists")
    cluster.fails(*add(cluster, command="/nowhere/script"))
    cluster.ok(*add(cluster, command="/bin/true"))


def test_switch_tiebreaker_guard(make_cluster):
    cluster = make_cluster()
    call = add(cluster, event="tiebreakerCheck")
    assert "stopped on all nodes" in cluster.fails(*call)
    cluster.ok("mmshutdown", "-a")
    cluster.ok(*call)
    cluster.ok("mmstartup", "-a")
    cluster.fails("mmdelcallback", "cb")
    cluster = make_cluster(tiebreaker_guard="accept")
    cluster.ok(*call)


def test_switch_n_mount_class(make_cluster):
    cluster = make_cluster()
    cluster.fails(*add(cluster, "cb", "-N", "mount"))
    cluster = make_cluster(N_mount_class="accept")
    cluster.ok(*add(cluster, "cb", "-N", "mount"))


@pytest.mark.parametrize(
    ("answer", "expected"), [("class", ("quorumnodes",)), ("expanded", ("a.gpfs.test",))]
)
def test_switch_n_class_storage(make_cluster, answer, expected):
    cluster = make_cluster(nodes=["a:quorum", "b:client"], N_class_storage=answer)
    cluster.ok(*add(cluster, "cb", "-N", "quorumnodes"))
    assert cluster.emulator.state.callbacks["cb"].nodes == expected


def test_switch_message_stream(make_cluster):
    cluster = make_cluster(message_stream="stderr")
    done = cluster.run(*add(cluster))
    assert (done.stdout, done.stderr) == ("", PROPAGATING.format("mmaddcallback"))


def test_switch_propagation_delay(make_cluster):
    cluster = make_cluster(propagation_delay="n2=600")
    cluster.install("mount")
    assert identifiers(cluster) == ["cb"]
    assert cluster.ok("mmlscallback", node="n2") == ""
    assert cluster.ok("mmlscallback", node="n3") != ""
    cluster.ok("mmumount", "mmfs1", "-a")
    cluster.ok("mmmount", "mmfs1", "-a")
    assert sorted(node for _, node in cluster.events()) == ["n1", "n3"]


def test_switch_lock_busy(make_cluster):
    cluster = make_cluster(lock_busy="retry")
    done = cluster.run(*add(cluster))
    assert done.returncode == 0
    assert done.stderr == "mmaddcallback: Unable to obtain the GPFS configuration file lock. Retrying ...\n"
    cluster = make_cluster(lock_busy="timeout")
    assert "Timed out waiting for lock. Try again later." in cluster.fails(*add(cluster))
    cluster = make_cluster(lock_busy="timeout:2")
    cluster.fails(*add(cluster))
    cluster.fails(*add(cluster))
    cluster.ok(*add(cluster))
    cluster.ok("mmdelcallback", "cb")


def test_switch_command_delay(make_cluster):
    cluster = make_cluster(command_delay="0.05,3600,0.2")
    started = time.monotonic()
    cluster.ok("mmlscallback")
    assert time.monotonic() - started >= 0.05
    first = threading.Thread(target=lambda: cluster.ok(*add(cluster, "first")))
    first.start()
    while not cluster.emulator.is_locked():
        time.sleep(0.005)
    error = cluster.fails(*add(cluster, "second"))
    assert error.splitlines()[:2] == [
        "mmaddcallback: Unable to obtain the GPFS configuration file lock. Retrying ...",
        "mmaddcallback: Timed out waiting for lock. Try again later.",
    ]
    cluster.emulator.set_switches({"command_delay": "0"})
    first.join()
    assert identifiers(cluster) == ["first"]


def test_a_command_whose_giver_has_ended_gives_up_while_it_waits_for_the_lock(make_cluster, wait):
    cluster = make_cluster(command_delay="0,3600,3600")
    has_ended = threading.Event()

    def give(identifier):
        return cluster.emulator.run(add(cluster, identifier), is_abandoned=has_ended.is_set)

    with ThreadPoolExecutor() as pool:
        holding = pool.submit(give, "holding")
        wait(cluster.emulator.is_locked, "a command has the lock")
        waiting = pool.submit(give, "waiting")
        has_ended.set()
        done = waiting.result(50)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("mmaddcallback: whoever gave the command has ended\n")
        cluster.emulator.set_switches({"command_delay": "0"})
        assert holding.result(50).returncode == 0
    assert identifiers(cluster) == ["holding"]
