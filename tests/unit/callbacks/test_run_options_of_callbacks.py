from __future__ import annotations

import dataclasses
import os
import warnings

import pytest

from arcapix.fs.gpfs import (
    Callback,
    CallbackWarning,
    Cluster,
    Filesystem,
    GPFSError,
    GPFSExecuteException,
    Run,
)
from arcapix.fs.gpfs.driver import event_key
from arcapix.fs.gpfs.driver import token as tokens
from arcapix.fs.gpfs.registration import registry, sealing

RUN = Run(
    timeout="500ms",
    umask=0o022,
    nice=10,
    memory="512M",
    cpu_seconds="1m",
    output="1M",
    env={"Z": "1", "A": "x=y.z"},
)
WRITTEN = [
    ("timeout", "0.5"),
    ("nice", "10"),
    ("memory", "536870912"),
    ("cpu_seconds", "60"),
    ("output", "1048576"),
    ("env:A", "x=y.z"),
    ("env:Z", "1"),
]


def handler():
    return None


def other():
    return 1


def fields_of(identifier):
    return tokens.fields(tokens.check(registry.get(identifier).parms[0])[0])


def body_of(identifier):
    return tokens.split(registry.get(identifier).parms[0])[1]


def sent_by_a_newer_release(gpfs, identifier, pairs):
    """Register a callable again with run options that this release does not know."""
    record = registry.get(identifier)
    header, body = tokens.split(record.parms[0])
    token = sealing.seal(f"{header}/ru={sealing.write_pairs(pairs)}", body)
    gpfs.callbacks.alter(identifier, parms=" ".join([token, *record.parms[1:]]))


def test_the_header_holds_what_differs_from_the_defaults_in_the_order_of_the_fields(gpfs):
    Cluster().onShutdown.new("x", handler, run=RUN)
    assert sealing.pairs(fields_of("x")["ru"]) == WRITTEN


def test_the_driver_finds_names_and_texts_between_dots_and_the_first_equals_sign(gpfs):
    Cluster().onShutdown.new("x", handler, run=RUN)
    items = [item.partition("=")[::2] for item in fields_of("x")["ru"].split(".")]
    assert [(tokens.text(name), tokens.text(text)) for name, text in items] == WRITTEN


@pytest.mark.parametrize("run", [None, Run(), {}, {"umask": 0o022, "nice": 0}])
def test_a_callback_without_options_is_as_it_was(gpfs, run):
    callback = Cluster().onShutdown.new("x", handler, run=run)
    assert "ru" not in fields_of("x")
    assert callback.run is None
    assert Cluster().callbacks["x"].run is None


def test_the_options_are_read_from_a_listing(gpfs):
    callback = Filesystem("mmfs1").onMount.new("x", handler, run=RUN)
    assert callback.run == RUN
    assert Cluster().callbacks["x"].run == RUN


def test_a_mapping_is_taken_for_the_options(gpfs):
    Cluster().onShutdown.new("x", handler, run={"timeout": 30})
    assert Cluster().callbacks["x"].run == Run(timeout=30)
    with pytest.raises(TypeError, match="did you mean 'timeout'"):
        Cluster().onShutdown.new(handler, run={"timeot": 30})
    with pytest.raises(TypeError, match="mapping of its fields, not int"):
        Cluster().onShutdown.new(handler, run=30)
    assert list(gpfs.callbacks) == ["x"]


def test_a_definition_has_its_options_before_it_is_installed(gpfs):
    callback = Callback("x", handler, "shutdown", run=RUN)
    assert callback.run == RUN
    callback.change(run=Run())
    assert callback.run is None
    callback.change(run={"nice": 5})
    callback.create()
    assert Cluster().callbacks["x"].run == Run(nice=5)


def test_a_batch_keeps_the_options_of_each(gpfs):
    with Cluster().callbacks.batch() as batch:
        batch.new("a", handler, "shutdown", run=RUN)
        batch.new("b", handler, "shutdown")
    assert [callback.run for callback in Cluster().callbacks] == [RUN, None]


# every


def variables_of(identifier):
    return tokens.items(fields_of(identifier).get("vs"))


def test_every_has_the_variables_passed_by_which_it_tells_events_apart(gpfs):
    Cluster().callbacks.new("x", handler, "snapshotCreated, diskFailure", run=Run(every="1h"))
    assert variables_of("x") == ["fsName", "diskName", "eventNode", "filesetName", "snapshotName"]
    words = registry.get("x").parms[1:]
    assert words == tuple(f"{name}=%{name}" for name in ["eventName", *variables_of("x")])


def test_of_an_event_that_the_catalogue_lacks_every_has_all_of_them_passed(gpfs):
    with (
        pytest.warns(CallbackWarning, match="the catalogue has no event"),
        pytest.raises(GPFSExecuteException, match="Incorrect event") as refused,
    ):
        Cluster().callbacks.new("x", handler, "somethingNew", run=Run(every="1h"))
    words = {f"{name}=%{name}" for name in event_key.VARIABLES}
    assert words <= set(str(refused.value).replace("'", " ").split())


def test_a_change_has_them_passed_as_well(gpfs):
    callback = Cluster().onMount.new("x", handler)
    assert variables_of("x") == []
    callback.change(run=Run(every="1h"))
    assert variables_of("x") == ["fsName", "eventNode"]
    callback.add(event="diskFailure")
    assert variables_of("x") == ["fsName", "eventNode", "diskName"]
    words = tuple(f"{name}=%{name}" for name in ["eventName", *variables_of("x")])
    assert registry.get("x").parms[1:] == words
    callback.change(run=None)
    assert registry.get("x").parms[1:] == words
    assert Cluster().callbacks["x"].run is None


# change


def test_change_sets_them_without_the_function(gpfs):
    Cluster().onShutdown.new("x", handler)
    body = body_of("x")
    callback = Cluster().callbacks["x"]
    callback.change(run=RUN)
    assert callback.run == Cluster().callbacks["x"].run == RUN
    callback.change(run=dataclasses.replace(RUN, timeout=5))
    assert Cluster().callbacks["x"].run == dataclasses.replace(RUN, timeout=5)
    callback.change(run=None)
    assert callback.run is None
    assert "ru" not in fields_of("x")
    assert body_of("x") == body


def test_a_change_of_anything_else_keeps_them(gpfs):
    callback = Cluster().onShutdown.new("x", handler, run=RUN)
    callback.add(event="startup", node=None)
    callback.change(node="mynode", priority=3)
    callback.change(command=other)
    callback.remove(event="shutdown")
    assert Cluster().callbacks["x"].run == RUN


def test_what_was_changed_is_created_again(gpfs):
    callback = Cluster().onShutdown.new("x", handler, run=RUN)
    callback.change(run=Run(nice=5))
    callback.delete()
    assert callback.run == Run(nice=5)
    callback.create()
    assert Cluster().callbacks["x"].run == Run(nice=5)


def test_a_change_to_what_they_are_costs_no_changing_command(gpfs):
    callback = Cluster().onShutdown.new("x", handler, run=RUN)
    gpfs.calls.clear()
    callback.change(run=dataclasses.replace(RUN, timeout=0.5))
    assert gpfs.changing == 0


def test_replace_does_nothing_if_they_are_the_same_and_replaces_if_not(gpfs):
    Cluster().onShutdown.new("x", handler, run=RUN)
    before = dict(gpfs.callbacks["x"])
    Cluster().onShutdown.new("x", handler, run=dataclasses.replace(RUN), replace=True)
    assert gpfs.callbacks["x"] == before
    Cluster().onShutdown.new("x", handler, run={"nice": 10}, replace=True)
    assert Cluster().callbacks["x"].run == Run(nice=10)
    Cluster().onShutdown.new("x", handler, replace=True)
    assert Cluster().callbacks["x"].run is None


# max_running


def test_alone_is_kept_as_the_bound_that_it_is_short_for(gpfs):
    callback = Cluster().onMount.new("x", handler, run=Run(alone=True))
    assert sealing.pairs(fields_of("x")["ru"]) == [("max_running", "1")]
    assert Cluster().callbacks["x"].run == Run(alone=True)
    callback.change(run=dataclasses.replace(callback.run, max_running=4, overflow="skip"))
    assert sealing.pairs(fields_of("x")["ru"]) == [("max_running", "4"), ("overflow", "skip")]
    assert str(Cluster().callbacks["x"].run) == "max_running 4, overflow skip"


def test_a_synchronous_callback_does_not_wait_for_other_runs(gpfs):
    with pytest.raises(ValueError, match=r"goes with sync=True only if it skips.*add overflow='skip'"):
        Cluster().onMount.new("x", handler, sync=True, timeout=30, run=Run(max_running=4))
    callback = Cluster().onMount.new("x", handler, run=Run(max_running=4))
    with pytest.raises(ValueError, match="goes with sync=True only if it skips"):
        callback.change(sync=True, timeout=30)
    callback.change(sync=True, timeout=30, run=Run(max_running=4, overflow="skip"))
    assert Cluster().callbacks["x"].sync


# refused, and doubted


def test_a_script_has_none_and_is_told_the_way_out(gpfs, script):
    with pytest.raises(ValueError, match=r"run= is for functions, .*timeout\(1\)"):
        Cluster().callbacks.new(script, "shutdown", run=RUN)
    Cluster().callbacks.new("x", script, "shutdown", run=None)
    with pytest.raises(ValueError, match="run= is for functions"):
        Cluster().callbacks["x"].change(run=RUN)
    assert Cluster().callbacks["x"].run is None


def test_a_function_with_options_becomes_a_script_only_without_them(gpfs, script):
    callback = Cluster().onShutdown.new("x", handler, run=RUN)
    with pytest.raises(ValueError, match="run= is for functions"):
        callback.change(command=script)
    callback.change(command=script, run=None)
    assert callback.kind == "script"


def test_a_timeout_that_gpfs_does_not_wait_for_is_doubted(gpfs):
    with pytest.warns(CallbackWarning, match="timeout of 60 s, and GPFS waits 30 s.* the shorter one counts"):
        callback = Cluster().onShutdown.new(handler, sync=True, timeout=30, run=Run(timeout=60))
    with pytest.warns(CallbackWarning, match="timeout of 60 s, and GPFS waits 20 s"):
        callback.change(timeout=20)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Cluster().onShutdown.new(handler, sync=True, timeout=30, run=Run(timeout=30))


@pytest.mark.parametrize(
    ("decimal", "is_octal", "meant"),
    [(77, "0o115", "077"), (66, "0o102", "066"), (177, "0o261", "177")],
)
def test_a_umask_that_was_written_without_0o_is_doubted_where_others_could_write(
    gpfs, decimal, is_octal, meant
):
    told = f"umask={decimal} is {is_octal}: others than its owner can write what a run makes; "
    with pytest.warns(CallbackWarning, match=f"{told}write umask=0o{meant}, or '{meant}' as text"):
        Cluster().onShutdown.new(handler, run=Run(umask=decimal))


@pytest.mark.parametrize("umask", [0, 0o002, 0o007, 0o022, 0o027, 0o077, 22, 27, 0o777, 88])
def test_a_umask_as_it_is_meant_is_not_doubted(gpfs, umask):
    Cluster().onShutdown.new(handler, run=Run(umask=umask))


def test_memory_in_which_imports_fail_is_doubted(gpfs):
    with pytest.warns(CallbackWarning, match=r"allows 512 bytes of memory: .*memory='512M'"):
        Cluster().onShutdown.new(handler, run=Run(memory=512))


def test_a_secret_in_the_environment_is_doubted(gpfs):
    with pytest.warns(
        CallbackWarning,
        match=r"env 'API_TOKEN' looks like a secret, and can be read by every local user .*Secret\.file",
    ):
        Cluster().onShutdown.new(handler, run=Run(env={"API_TOKEN": "x"}))


def test_a_variable_that_they_set_is_not_doubted_where_a_function_reads_it(gpfs, recwarn):
    def reads():
        return os.environ["SITE"], os.getenv("SITE")

    Cluster().onMount.new("x", reads, run=Run(env={"SITE": "north"}))
    assert not recwarn.list
    with pytest.warns(CallbackWarning, match=r"'SITE', which an event has only if Run\(env=\.\.\.\) or"):
        Cluster().onMount.new("y", reads, run=Run(env={"SIDE": "north"}))


# reconcile


def test_reconcile_has_the_variables_passed_that_name_what_may_be_missed(gpfs):
    Cluster().callbacks.new("x", handler, "mount, nodeLeave, softQuotaExceeded", run=Run(reconcile=True))
    names = {"eventNode", "quotaType", "quotaID", "quotaEventType", "fsName", "filesetName"}
    assert set(variables_of("x")) == names


def test_a_callback_of_which_nothing_can_be_found_out_afterwards_is_doubted(gpfs, recwarn):
    Cluster().callbacks.new("x", handler, "Mount, diskFailure", run=Run(reconcile=True))
    assert not recwarn.list
    told = (
        "asks for missed events, and GPFS can be asked for none of this callback's; it can for mount, unmount"
    )
    with pytest.warns(CallbackWarning, match=told):
        Cluster().callbacks.new("y", handler, "diskFailure, snapshotCreated", run=Run(reconcile=True))


# from a newer release

NEWER = [("stagger", "5"), ("timeout", "30"), ("retires", "3"), ("nice", "very")]
UNKNOWN = (("stagger", "5"), ("retires", "3"), ("nice", "very"))


def test_an_option_of_a_newer_release_does_not_break_a_listing(gpfs):
    Cluster().onShutdown.new("x", handler)
    sent_by_a_newer_release(gpfs, "x", NEWER)
    run = Cluster().callbacks["x"].run
    assert run.timeout == 30
    assert run.newer == UNKNOWN
    assert "stagger=5 (of a newer release)" in str(run)


def test_an_option_of_a_newer_release_is_carried_over_as_it_was(gpfs):
    Cluster().onShutdown.new("x", handler)
    sent_by_a_newer_release(gpfs, "x", NEWER)
    callback = Cluster().callbacks["x"]
    callback.add(event="startup")
    assert sealing.pairs(fields_of("x")["ru"]) == NEWER
    callback.change(command=other)
    assert Cluster().callbacks["x"].run.newer == UNKNOWN
    assert Cluster().callbacks["x"].run.timeout == 30


def test_options_of_which_a_newer_release_set_some_are_not_changed(gpfs):
    Cluster().onShutdown.new("x", handler)
    sent_by_a_newer_release(gpfs, "x", NEWER)
    callback = Cluster().callbacks["x"]
    for run in (None, {"timeout": 5}):
        with pytest.raises(GPFSError, match="a newer release set stagger, retires, nice"):
            callback.change(run=run)
    with pytest.raises(ValueError, match="only a newer release can install: stagger"):
        Cluster().onShutdown.new(handler, run=callback.run)
    assert sealing.pairs(fields_of("x")["ru"]) == NEWER


def test_what_becomes_of_an_overflow_is_kept_where_the_bound_cannot_be_read(gpfs):
    Cluster().onShutdown.new("x", handler)
    sent_by_a_newer_release(gpfs, "x", [("max_running", "auto"), ("overflow", "skip")])
    assert Cluster().callbacks["x"].run.newer == (("max_running", "auto"), ("overflow", "skip"))
