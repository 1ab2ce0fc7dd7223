from __future__ import annotations

from pathlib import Path

import pytest

from arcapix.fs.gpfs import (
    AlreadyExists,
    Callback,
    CallbackWarning,
    Cluster,
    Fileset,
    Filesystem,
    GPFSError,
    Literal,
    Node,
    Pool,
    ReplaceFailed,
    ScopeError,
    Variable,
)


def test_the_parms_of_a_script_go_to_gpfs_as_they_are(gpfs, script):
    parms = [
        "eventName",
        "%fsName",
        "-e %eventName -f %fsName",
        Literal("reason"),
        5,
        Variable("newOne"),
        "--x",
    ]
    callback = Cluster().callbacks.new("x", script, "mount", parms=parms)
    words = "%eventName %fsName -e %eventName -f %fsName reason 5 %newOne --x"
    assert gpfs.callbacks["x"]["parms"] == words
    assert callback.parms == words.split()
    assert Callback("y", script, "mount", parms=parms).parms == words.split()
    assert callback.binding == []
    assert (callback.form, callback.function, callback.captured_text()) == (None, None, None)


def test_a_path_object_is_as_good_as_its_text(gpfs, script):
    Cluster().callbacks.new("x", Path(script), "mount")
    assert gpfs.callbacks["x"]["command"] == script


def test_a_mapping_cannot_be_the_parms_of_a_script(gpfs, script):
    with pytest.raises(TypeError, match="by position"):
        Cluster().callbacks.new(script, "mount", parms={"x": "y"})
    assert gpfs.calls == []


@pytest.mark.parametrize("parms", [[""], ["a\nb"], [None], [b"x"]])
def test_what_nothing_native_can_carry_is_refused(gpfs, script, parms):
    with pytest.raises((TypeError, ValueError)):
        Cluster().callbacks.new(script, "mount", parms=parms)
    assert gpfs.calls == []


def test_a_script_that_is_not_here_only_warns_at_its_installation(gpfs):
    callback = Callback("x", "/nowhere/alert.sh", "mount")
    with pytest.warns(CallbackWarning, match="does not exist on this node"):
        callback.create()
    assert gpfs.callbacks["x"]["command"] == "/nowhere/alert.sh"


def test_a_secret_among_the_parms_is_warned_of_whenever_they_are_given(gpfs, script, recwarn):
    warned = r"^'password' in the parms of 'x' can be read by every local user while the callback runs, "
    with pytest.warns(CallbackWarning, match=warned):
        callback = Cluster().callbacks.new("x", script, "mount", parms=["--password", "hunter2"])
    with pytest.warns(CallbackWarning, match=warned):
        callback.change(parms=["-v", "password=hunter2"])
    callback.change(priority=5)
    callback.change(parms=["--password-file", "/etc/site/password", "--token", "%fsName"])
    assert not recwarn.list


@pytest.mark.filterwarnings("error")
def test_a_warning_made_an_error_stops_the_installation(gpfs):
    with pytest.raises(CallbackWarning):
        Cluster().callbacks.new("/nowhere/alert.sh", "mount")
    assert gpfs.changing == 0


@pytest.mark.parametrize(
    ("owner", "text"),
    [
        (
            Filesystem("mmfs1"),
            "'/opt/alert.sh' cannot be limited to file system 'mmfs1': GPFS filters scripts by node only; "
            "install it on Cluster() with parms=['fsName'], or wrap it in a function",
        ),
        (
            Fileset("mmfs1", "projects"),
            "'/opt/alert.sh' cannot be limited to fileset 'projects' of file system 'mmfs1': GPFS filters scripts "
            "by node only; install it on Cluster() with parms=['fsName', 'filesetName'], or wrap it in a function",
        ),
        (
            Pool("system", "mmfs1"),
            "'/opt/alert.sh' cannot be limited to pool 'system' of file system 'mmfs1': GPFS filters scripts by "
            "node only; install it on Cluster() with parms=['fsName', 'storagePool'], or wrap it in a function",
        ),
    ],
)
def test_a_script_cannot_belong_to_what_gpfs_cannot_filter_by(gpfs, owner, text):
    with pytest.raises(ScopeError) as caught:
        owner.onNoDiskSpace.new("/opt/alert.sh")
    assert str(caught.value) == text
    assert gpfs.calls == []


def test_a_script_on_a_node_is_limited_to_it(gpfs, script):
    callback = Node("n1").callbacks.new(script, "shutdown")
    assert gpfs.callbacks[callback.id]["node"] == "n1.localnet"


def test_a_node_that_contradicts_the_owner_is_refused(gpfs, script):
    with pytest.raises(ScopeError, match="node='n2' contradicts node 'n1'"):
        Node("n1").callbacks.new(script, "shutdown", node="n2")
    assert gpfs.changing == 0


def test_another_name_of_the_owner_is_no_contradiction(gpfs, script):
    callback = Node("n1").callbacks.new(script, "shutdown", node="10.0.0.1")
    assert gpfs.callbacks[callback.id]["node"] == "n1.localnet"


def test_the_words_of_a_listed_script_are_not_read_again(gpfs, script):
    gpfs.callbacks["x"] = {"command": script, "event": "mount", "parms": "eventName %unknownThing reason"}
    callback = Cluster().callbacks["x"]
    callback.add(event="unmount")
    assert gpfs.callbacks["x"]["parms"] == "eventName %unknownThing reason"
    callback.delete()
    callback.create()
    assert gpfs.callbacks["x"]["parms"] == "eventName %unknownThing reason"


def test_words_can_be_added_removed_and_set(gpfs, script):
    callback = Cluster().callbacks.new("x", script, "mount", parms=["%fsName"])
    callback.add(parms=["eventName", "-v"])
    assert callback.parms == ["%fsName", "%eventName", "-v"]
    callback.remove(parms="-v")
    assert gpfs.callbacks["x"]["parms"] == "%fsName %eventName"
    callback.change(parms=["reason"])
    assert gpfs.callbacks["x"]["parms"] == "%reason"
    callback.change(parms=None)
    assert "parms" not in gpfs.callbacks["x"]


def test_a_script_may_become_a_function_and_back(gpfs, script):
    callback = Cluster().callbacks.new("x", script, "mount", parms=["%fsName"])
    with pytest.raises(TypeError, match="needs parms="):
        callback.change(command=lambda fsName: fsName)
    callback.change(command=lambda fsName: fsName, parms=[])
    assert callback.kind == "callable"
    callback.change(command=script)
    assert (callback.kind, gpfs.callbacks["x"]) == ("script", {"command": script, "event": "mount"})


def test_a_function_about_an_object_cannot_become_a_script(gpfs, script):
    callback = Filesystem("mmfs1").onMount.new(lambda: None)
    with pytest.raises(ScopeError):
        callback.change(command=script)
    assert gpfs.changing == 1


def test_parms_with_a_line_break_are_not_cut_by_a_change(gpfs, script):
    gpfs.emulator.run(
        ["mmaddcallback", "x", "--command", script, "--event", "mount", "--parms", "%fsName\n-v x = y"]
    )
    before = gpfs.run("mmlscallback")
    callback = Cluster().callbacks["x"]
    with pytest.raises(GPFSError, match="GPFS lists a line below parms for it, which we could not put back"):
        callback.add(event="unmount")
    assert gpfs.run("mmlscallback") == before
    callback.delete()


GIVEN = {"event": "mount,unmount", "node": "gateways", "parms": ["fsName", "-v"], "priority": 3}


@pytest.mark.parametrize("form", ["class", "long"])
def test_the_same_script_installed_again_changes_nothing(gpfs, script, form):
    gpfs.switch(list_node_form=form)
    for _ in range(2):
        callback = Cluster().callbacks.new("x", script, **GIVEN, replace=True)
    assert gpfs.changing == 1
    callback.add(event="startup")
    assert gpfs.emulator.state.callbacks["x"].nodes_typed == "gateways"


@pytest.mark.parametrize(
    "changed",
    [
        {"event": "mount"},
        {"node": "n1"},
        {"node": None},
        {"parms": ["-v", "fsName"]},
        {"priority": 2},
        {"priority": None},
        {"sync": True, "timeout": 5},
        {"command": "/bin/true"},
    ],
)
def test_another_script_replaces_it(gpfs, script, changed):
    given = {"command": script, **GIVEN}
    Cluster().callbacks.new(callbackId="x", **given)
    with pytest.raises(AlreadyExists, match="use replace=True"):
        Cluster().callbacks.new(callbackId="x", **{**given, **changed})
    assert gpfs.changing == 1
    Cluster().callbacks.new(callbackId="x", **{**given, **changed}, replace=True)
    assert gpfs.changing == 3
    fresh = Cluster().callbacks["x"]
    wanted = Callback("x", **{**given, **changed})
    assert (fresh.command, fresh.events, fresh.parms) == (wanted.command, wanted.events, wanted.parms)
    assert (fresh.priority, fresh.sync, fresh.timeout) == (wanted.priority, wanted.sync, wanted.timeout)
    assert len(fresh.nodes) == len(wanted.nodes)


def test_a_list_of_nodes_is_replaced_by_the_class_where_gpfs_tells_them_apart(gpfs, script):
    Cluster().callbacks.new("other", script, "mount", node="gateways")
    Cluster().callbacks.new("x", script, "mount", node="n1,n2")
    Cluster().callbacks.new("x", script, "mount", node="gateways", replace=True)
    assert gpfs.callbacks["x"]["node"] == "gateways"


def test_a_script_on_an_empty_class_is_not_the_same_everywhere(gpfs, script):
    gpfs.switch(list_node_form="long")
    Cluster().callbacks.new("x", script, "mount", node="nonquorumnodes")
    Cluster().callbacks.new("x", script, "mount", node="nonquorumnodes", replace=True)
    assert gpfs.changing == 1
    Cluster().callbacks.new("x", script, "mount", replace=True)
    assert "node" not in gpfs.callbacks["x"]


def test_a_script_with_options_that_are_not_listed_is_replaced_each_time(gpfs, script):
    gpfs.switch(list_option_keys="absent", list_Y="off")
    for _ in range(2):
        Cluster().callbacks.new("x", script, "mount", replace=True)
    assert gpfs.changing == 3


def test_a_script_that_cannot_be_replaced_is_put_back_as_it_was(gpfs, script):
    gpfs.switch(list_node_form="long")
    Cluster().callbacks.new("x", script, **GIVEN)
    gpfs.fails["mmaddcallback"] = ["no such option"]
    with pytest.raises(ReplaceFailed, match="was put back"):
        Cluster().callbacks.new("x", script, **{**GIVEN, "priority": 5}, replace=True)
    kept = gpfs.emulator.state.callbacks["x"]
    assert (kept.nodes_typed, kept.priority) == ("gateways", "3")


def test_a_script_does_not_replace_a_function_that_cannot_be_read(gpfs, script):
    Cluster().callbacks.new("x", print, "mount", parms=[])
    gpfs.callbacks.alter("x", parms="A1.broken")
    with pytest.raises(AlreadyExists, match="delete it first"):
        Cluster().callbacks.new("x", script, "mount", replace=True)


@pytest.mark.parametrize("word", ["%fsNam", "-f=%fsNam,", "-e %eventName -f %fsNam"])
def test_a_misspelt_variable_among_the_parms_of_a_script_is_doubted(gpfs, script, word):
    told = r"^callback 'x': the catalogue has no variable '%fsNam'; did you mean '%fsName'\?$"
    with pytest.warns(CallbackWarning, match=told):
        Cluster().callbacks.new("x", script, "mount", parms=[word])
    assert "%fsNam" in gpfs.callbacks["x"]["parms"]


def test_formats_and_variables_that_the_catalogue_lacks_are_not_doubted(gpfs, script):
    Cluster().callbacks.new("x", script, "mount", parms=["+%Y-%m-%dT%H:%M:%S", "%s%ms", "%unknownThing"])


def test_a_program_that_gpfs_could_not_start_is_doubted(gpfs, script, tmp_path):
    folder, plain = tmp_path / "folder", tmp_path / "plain"
    folder.mkdir()
    plain.write_text("")
    with pytest.warns(
        CallbackWarning, match=f"^{folder} of callback 'x' is no file on this node; it has to be "
    ):
        Cluster().callbacks.new("x", str(folder), "mount")
    with pytest.warns(
        CallbackWarning, match=f"^{plain} of callback 'y' is not executable; run on every node "
    ):
        Cluster().callbacks.new("y", str(plain), "mount")
    plain.write_text("#!/no/such/sh")
    plain.chmod(0o755)
    with pytest.warns(
        CallbackWarning, match=f"^{plain} of callback 'z' has /no/such/sh in its first line, which does not "
    ):
        Cluster().callbacks.new("z", str(plain), "mount")
    assert list(gpfs.callbacks) == ["x", "y", "z"]
