"""What the probe has found out, registering callbacks goes by."""

from __future__ import annotations

import random
import string

import pytest

from arcapix.fs.gpfs import Cluster, Filesystem, GPFSError, PayloadTooLarge
from arcapix.fs.gpfs.registration import header, registry


def handler(text: str) -> str:
    return text


@pytest.mark.parametrize("answer", ["cut:3000", "refuse:3000"])
def test_a_function_that_gpfs_would_not_keep_is_refused_before_it_is_sent(gpfs, probed, answer: str) -> None:
    path = probed(parms_max=answer)
    noise = "".join(random.Random(1).choices(string.ascii_letters, k=4000))
    with pytest.raises(PayloadTooLarge) as caught:
        Cluster().callbacks.new(handler, "mount", parms=[noise])
    assert f"and GPFS keeps 3,000 here, as {path} says" in str(caught.value)
    assert caught.value.limit == 3000 < caught.value.size
    assert gpfs.changing == 0


def test_so_is_a_script_and_a_change_leaves_it_as_it_was(gpfs, probed, script) -> None:
    path = probed(parms_max="refuse:20")
    with pytest.raises(
        GPFSError, match=f"its parms have 21 characters, and GPFS keeps 20 here, as {path} says"
    ):
        Cluster().onShutdown.new("x", script, parms=["y" * 21])
    callback = Cluster().onShutdown.new("x", script, parms=["y" * 20])
    with pytest.raises(GPFSError, match="GPFS keeps 20 here"):
        callback.add(parms="z")
    assert registry.get("x").parms == ("y" * 20,)


def test_a_gpfs_that_replaces_only_whole_words_gets_two_unless_the_variable_says_no(
    gpfs, probed, monkeypatch
) -> None:
    probed(substitution_inside_word="off")
    Filesystem("mmfs1").onMount.new("x", handler, parms=["fsName"])
    assert registry.get("x").parms[1:] == ("eventName=", "%eventName", "fsName=", "%fsName")
    monkeypatch.setattr(header, "words_apart", False)
    Filesystem("mmfs1").onMount.new("y", handler, parms=["fsName"])
    assert registry.get("y").parms[1:] == ("eventName=%eventName", "fsName=%fsName")


def test_without_spec_files_a_batch_sends_one_command_each(gpfs, probed, script) -> None:
    probed(spec_file="off")
    gpfs.switch(spec_file="off")
    with Cluster().callbacks.batch() as batch:
        batch.new("a", script, event="mount")
        batch.new("b", script, event="mount")
    assert sorted(gpfs.callbacks) == ["a", "b"]
    assert gpfs.count("mmaddcallback") == 2


def test_where_all_options_are_listed_no_row_is_asked_for(gpfs, probed) -> None:
    for name in ("x", "y"):
        gpfs.run(f"mmaddcallback {name} --command /bin/true --event mount")
    Cluster().callbacks["x"].change(event="unmount")
    assert "mmlscallback -Y x" in gpfs.ran
    probed(list_option_keys="keys")
    Cluster().callbacks["y"].change(event="unmount")
    assert "mmlscallback -Y y" not in gpfs.ran


@pytest.mark.parametrize("answers", [{"list_node_form": "class"}, {"N_class_storage": "expanded"}])
def test_where_listed_nodes_are_what_was_given_a_change_goes_by_them(gpfs, probed, answers) -> None:
    gpfs.switch(list_node_form="long")
    gpfs.run("mmaddcallback x --command /bin/true --event mount -N n1,n2")
    Cluster().callbacks["x"].add(event="unmount")
    assert gpfs.emulator.state.callbacks["x"].nodes_typed == "gateways"
    gpfs.run("mmdelcallback x")
    gpfs.run("mmaddcallback x --command /bin/true --event mount -N n1,n2")
    probed(**answers)
    Cluster().callbacks["x"].add(event="unmount")
    assert gpfs.emulator.state.callbacks["x"].nodes_typed == "n1.localnet,n2.localnet"
