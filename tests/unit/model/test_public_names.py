"""The import surface: every public name, where it lives, and what importing the package costs."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys

import pytest

import arcapix.fs.gpfs as gpfs

MODULES = {
    "callbackable": ["callbackable"],
    "cluster": ["Cluster"],
    "node": ["Node", "Nodes"],
    "nodeclass": ["Nodeclass", "Nodeclasses"],
    "filesystem": [
        *("CacheFileset", "DependentFileset", "Fileset", "Filesystem", "Filesystems", "IndependentFileset"),
    ],
    "fileset": ["CacheFileset", "DependentFileset", "Fileset", "Filesets", "IndependentFileset"],
    "snapshot": ["Snapshot", "Snapshots"],
    "pool": ["Pool", "Pools"],
    "quota": ["FilesetQuota", "GroupQuota", "Quotas", "UserQuota"],
    "exceptions": ["NotFound"],
    "events": ["EVENTS"],
}


@pytest.mark.parametrize("name", gpfs.__all__)
def test_every_public_name_can_be_imported(name):
    assert getattr(gpfs, name).__name__ == name
    assert name in dir(gpfs)


@pytest.mark.parametrize(("module", "name"), [(m, n) for m, names in MODULES.items() for n in names])
def test_every_public_module_has_its_names(module, name):
    assert hasattr(importlib.import_module(f"arcapix.fs.gpfs.{module}"), name)


@pytest.mark.parametrize("module", [module for module in MODULES if module not in ("exceptions", "events")])
def test_a_public_module_offers_its_names_and_no_other(module):
    assert sorted(importlib.import_module(f"arcapix.fs.gpfs.{module}").__all__) == sorted(MODULES[module])


def test_what_is_not_public_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'Disk'"):
        _ = gpfs.Disk


@pytest.mark.parametrize("name", ["Cluster", "Node", "Nodeclass", "Filesystem", "Fileset", "Pool"])
def test_every_owner_class_can_have_callbacks(name):
    from arcapix.fs.gpfs.callbackable import callbackable

    assert issubclass(getattr(gpfs, name), callbackable)


def _in_a_new_process(code: str) -> object:
    ran = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    return json.loads(ran.stdout)


def test_importing_the_package_loads_no_third_party_module_and_nothing_of_its_own():
    loaded = _in_a_new_process(
        "import sys; before = set(sys.modules); import arcapix.fs.gpfs, json;"
        "print(json.dumps(sorted(set(sys.modules) - before)))"
    )
    assert isinstance(loaded, list)
    ours = [name for name in loaded if name.startswith("arcapix")]
    foreign = {name.partition(".")[0] for name in loaded} - set(sys.stdlib_module_names) - {"arcapix"}
    assert ours == ["arcapix", "arcapix.fs", "arcapix.fs.gpfs"]
    assert not foreign


def test_making_and_pickling_every_object_starts_no_process():
    assert (
        _in_a_new_process(
            "import json, pickle, subprocess\n"
            "def refuse(*args, **kw): raise AssertionError('a process')\n"
            "subprocess.Popen.__init__ = refuse\n"
            "from arcapix.fs.gpfs import *\n"
            "made = [Cluster(), Cluster('c'), Node(), Node('n'), Nodeclass('c'), Filesystem('f'), Pool('p', 'f'),\n"
            "        Fileset('f', 's'), CacheFileset('f', 's', '/t'), Snapshot('f', 's')]\n"
            "made += [made[0].nodes, made[0].filesystems, made[0].nodeclasses, made[5].filesets, made[5].quotas,\n"
            "         made[5].pools, made[5].snapshots]\n"
            "print(json.dumps([pickle.loads(pickle.dumps(one)) == one for one in made]))"
        )
        == [True] * 17
    )
