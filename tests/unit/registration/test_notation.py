"""Objects as text: written in one way, read back, and refused with what is nearest."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arcapix.fs.gpfs import Cluster, Filesystem
from arcapix.fs.gpfs.registration import notation
from arcapix.fs.gpfs.registration.owner import CLASS_OF

WRITTEN = {
    "cluster": ("cluster",),
    "node:n1": ("node", "n1"),
    "nodeclass:c": ("nodeclass", "c"),
    "filesystem:mmfs1": ("filesystem", "mmfs1"),
    "fileset:mmfs1/projects": ("fileset", "mmfs1", "projects"),
    "pool:mmfs1/system": ("pool", "mmfs1", "system"),
}
NAMES = st.text(st.characters(exclude_characters="/", exclude_categories=[]), min_size=1)


@pytest.mark.parametrize(("text", "scope"), WRITTEN.items())
def test_each_kind_of_object_is_written_and_read(text, scope):
    assert notation.shown(scope) == text
    assert notation.parse(text) == scope


def test_every_kind_of_owner_has_a_form():
    assert set(notation.FORMS) == set(CLASS_OF) == {scope[0] for scope in WRITTEN.values()}


def test_the_objects_of_the_package_are_written_by_their_scopes():
    objects = [Cluster(), Filesystem("mmfs1")]
    assert [notation.shown(each.scope) for each in objects] == ["cluster", "filesystem:mmfs1"]


@given(NAMES, NAMES)
def test_names_hold_whatever_they_hold(filesystem, fileset):
    for scope in (("fileset", filesystem, fileset), ("filesystem", filesystem), ("node", fileset)):
        assert notation.parse(notation.shown(scope)) == scope


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("filesystm:mmfs1", "did you mean 'filesystem'? It is written filesystem:FILESYSTEM"),
        ("Fileset:mmfs1/projects", "did you mean 'fileset'? It is written fileset:FILESYSTEM/FILESET"),
        ("filesystem.mmfs1", "did you mean 'filesystem'? It is written filesystem:FILESYSTEM"),
        ("clutser", "did you mean 'cluster'? It is written cluster"),
        ("quota:ann", "give one of cluster, node:NODE, nodeclass:NODECLASS, filesystem:FILESYSTEM, fileset:"),
        ("mmfs1", "does not say which kind of object it is; give one such as filesystem:mmfs1, fileset:"),
        ("", "'' does not say which kind of object it is"),
        ("cluster:c1", "'cluster:c1' is not how a cluster is written; give cluster"),
        ("node", "'node' is not how a node is written; give node:NODE"),
        ("nodeclass:", "give nodeclass:NODECLASS"),
        ("filesystem:/dev/mmfs1", "give filesystem:FILESYSTEM"),
        (
            "fileset:projects",
            "'fileset:projects' is not how a fileset is written; give fileset:FILESYSTEM/FI",
        ),
        ("fileset:mmfs1/a/b", "'fileset:mmfs1/a/b' is not how a fileset is written"),
        ("pool:mmfs1/", "give pool:FILESYSTEM/POOL"),
        ("pool:/system", "give pool:FILESYSTEM/POOL"),
    ],
)
def test_what_is_no_object_is_refused_with_how_one_is_written(text, told):
    with pytest.raises(ValueError, match=re.escape(told)) as caught:
        notation.parse(text)
    assert "\n" not in str(caught.value)
