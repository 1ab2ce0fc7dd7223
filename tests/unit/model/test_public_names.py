"""The import surface: every public name, where it lives, and what importing the package costs."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path

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


SELDOM_NEEDED = {
    *(
        "argparse",
        "ast",
        "base64",
        "bz2",
        "dataclasses",
        "datetime",
        "difflib",
        "dis",
        "fcntl",
        "hashlib",
        "hmac",
    ),
    *(
        "inspect",
        "ipaddress",
        "json",
        "linecache",
        "locale",
        "logging",
        "lzma",
        "pathlib",
        "pwd",
        "random",
        "secrets",
    ),
    *("selectors", "shlex", "shutil", "signal", "socket", "subprocess", "symtable", "tempfile", "textwrap"),
    *("threading", "tokenize", "traceback", "urllib.parse", "zlib"),
}
"""Of the standard library, what costs much to import: it is imported by what first needs it."""


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


@pytest.mark.parametrize(
    "name",
    ["Cluster", "Fileset", "Filesystem", "GPFSError", "Node", "Nodeclass", "Pool", "Secret", "Snapshot"],
)
def test_importing_a_public_name_loads_nothing_that_costs_much_and_is_seldom_needed(name):
    loaded = _loaded_without_site(f"from arcapix.fs.gpfs import {name}")
    assert f"arcapix.fs.gpfs.{gpfs._HOME.get(name, 'exceptions')}" in loaded
    often_needed = _loaded_without_site("import typing, warnings; typing.TypeVar('Kind', bound='str')")
    assert loaded & (SELDOM_NEEDED - often_needed) == set()


def test_importing_an_object_loads_nothing_that_installs_callbacks_or_runs_commands():
    loaded = _loaded_without_site("from arcapix.fs.gpfs import Filesystem")
    parts = {name.removeprefix("arcapix.fs.gpfs.") for name in loaded if name.startswith("arcapix.fs.gpfs.")}
    assert {part for part in parts if part.startswith("registration")} == {
        "registration",
        "registration.owner",
    }
    assert parts.isdisjoint({"binding", "callbacks.collection", "capture", "commands.process", "deployment"})


def test_these_gates_see_an_import_too_many():
    loaded = _loaded_without_site("from arcapix.fs.gpfs import Filesystem; Filesystem('mmfs1').onMount")
    assert loaded >= {
        "dataclasses",
        "pathlib",
        "arcapix.fs.gpfs.binding",
        "arcapix.fs.gpfs.callbacks.collection",
    }


def _loaded_without_site(code: str) -> set[str]:
    """What a program has loaded at its end, where nothing of ``site`` could have loaded it before."""
    folder = str(Path(gpfs.__file__).parents[3])
    program = f"import sys; sys.path.append({folder!r}); {code}; print(*sys.modules)"
    argv = [sys.executable, "-I", "-S", "-c", program]
    return set(subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split())


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
