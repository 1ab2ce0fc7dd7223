"""What ``inspect.signature`` and ``help`` show of what installs callbacks."""

from __future__ import annotations

import doctest
import inspect
import pydoc
from unittest import mock

import pytest

from arcapix.fs.gpfs import Callback, Cluster, Fileset, Filesystem, Node, Nodeclass, Pool, callbacks, events
from arcapix.fs.gpfs.registration.arguments import KEYWORDS

OWNERS = [
    Cluster(),
    Node("n1"),
    Nodeclass("managers"),
    Filesystem("mmfs1"),
    Fileset("mmfs1", "projects"),
    Pool("system", "mmfs1"),
]


@pytest.mark.parametrize("method", [Cluster().onMount.new, Cluster().onMount.define])
def test_the_signature_of_an_event_shows_what_it_takes(method):
    shown = str(inspect.signature(method)).replace("replace=False, ", "")
    assert shown == (
        "(callbackId=None, command=None, *, parms=None, node=None, parm=None, priority=None, sync=False, "
        "timeout=None, onerror=None, run=None)"
    )


@pytest.mark.parametrize(
    "method", [Cluster().callbacks.new, Cluster().callbacks.define, Callback, Cluster().callbacks.batch().new]
)
def test_a_signature_has_every_argument_and_no_other(method):
    parameters = inspect.signature(method).parameters
    assert set(parameters) - {"replace"} == set(KEYWORDS)
    by_position = [each.name for each in parameters.values() if each.kind is each.POSITIONAL_OR_KEYWORD]
    assert by_position == ["callbackId", "command", "event", "node", "parms"]


@pytest.mark.parametrize(
    "method",
    [
        Cluster().callbacks.new,
        Cluster().callbacks.define,
        Cluster().callbacks.batch().new,
        Cluster().onMount.new,
        Cluster().onMount.define,
        Callback,
        Callback.create,
    ],
)
def test_the_help_of_a_method_describes_each_parameter_that_it_shows(method):
    lines = str(inspect.getdoc(method)).partition("\nArgs:\n")[2].partition("\n\n")[0].splitlines()
    described = [line.split(":")[0].strip() for line in lines if not line.startswith(" " * 8)]
    shown = list(inspect.signature(method).parameters)
    assert sorted(described) == sorted(set(shown) - {"self"})


def test_the_help_of_an_attribute_ends_with_one_full_stop():
    text = str(Filesystem.onMount.__doc__)
    assert text.endswith(".") and not text.endswith("..")


def test_every_default_that_is_shown_may_be_given():
    shown = inspect.signature(Callback).parameters
    given = {name: each.default for name, each in shown.items() if name != "command"}
    assert Callback(command=print, **given).events == Callback(print).events


def test_a_mock_of_a_method_takes_what_the_method_takes():
    new = mock.create_autospec(Cluster().onMount.new)
    new(print, node="n1")
    with pytest.raises(TypeError):
        new(print, nodes="n1")


def test_the_help_of_an_event_tells_when_it_fires_where_and_with_what():
    text = pydoc.plain(pydoc.render_doc(Filesystem("mmfs1").onLowDiskSpace))
    for line in [
        "The callbacks of Filesystem('mmfs1') for the event lowDiskSpace: a collection; new() installs one.",
        "When: Occupancy of a storage pool reached",
        "Where: file system manager [field]; the callback runs on the node that is",
        "Variables: eventName [doc], fsName [doc], storagePool [field]; as any event,",
        "Beware: No policy with a THRESHOLD rule, no event. [doc]",
        ">>> def report(fsName, storagePool):",
        ">>> callback = Filesystem('mmfs1').onLowDiskSpace.new(report)",
    ]:
        assert line in text
    assert max(map(len, text.splitlines())) <= 110


def test_the_class_keeps_its_own_documentation():
    assert str(callbacks.EventCallbacks.__doc__).startswith("The callbacks of an object that list one event")


def typed(text: str) -> Callback:
    """Type an example into an interpreter that complains about nothing; return the callback."""
    report: list[str] = []
    example = doctest.DocTestParser().get_doctest(text, {"__name__": "__main__"}, "help", "help", 0)
    doctest.DocTestRunner(verbose=False).run(example, out=report.append, clear_globs=False)
    assert report == []
    return example.globs["callback"]  # type: ignore[no-any-return]


@pytest.mark.parametrize("owner", OWNERS, ids=lambda owner: owner.kind)
def test_the_help_of_every_event_has_an_example_that_is_accepted(owner):
    for attribute in events.attributes_of(owner.kind):
        text = str(getattr(owner, attribute).__doc__)
        callback = typed(text.replace(".new(report)", ".define(report)"))
        assert callback.owner == owner


@pytest.mark.parametrize("attribute", ["onLowDiskSpace", "onNodeJoin", "onCcrVarChange"])
def test_the_example_of_an_event_installs_a_callback(gpfs, attribute):
    assert typed(str(getattr(Cluster(), attribute).__doc__)) in Cluster().callbacks
