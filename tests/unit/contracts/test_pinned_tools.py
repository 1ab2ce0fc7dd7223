"""Every tool of the development environment has one version, and it is written in one place."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[3]
OURS = "arcapix-fs-gpfs"
AT_A_BUILD = ["hatchling", "editables"]


@pytest.fixture(scope="module")
def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.fixture(scope="module")
def pins() -> dict[str, str]:
    """Name -> version."""
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    found = [re.fullmatch(r"([\w.-]+)==([\w.]+)", line) for line in lines]
    assert all(found), "a pin is a name and an exact version"
    return {canonicalize_name(pin[1]): pin[2] for pin in found if pin}


def needed(texts: Iterable[str]) -> set[str]:
    """The distributions that these requirements lead to, as far as they are installed."""
    found: set[str] = set()
    waiting = [(Requirement(text), "") for text in texts]
    while waiting:
        requirement, extra = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name in found or name == OURS:
            continue
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        found.add(name)
        try:
            further = metadata.requires(name) or ()
        except metadata.PackageNotFoundError:  # basedpyright, where only the tests are installed
            continue
        waiting += [(Requirement(text), extra) for extra in ("", *requirement.extras) for text in further]
    return found


def test_everything_that_the_environment_needs_is_pinned(project, pins):
    parts = project["project"]
    extras = parts["optional-dependencies"]
    wanted = needed([*parts["dependencies"], *extras["test"], *extras["dev"], *extras["lint"], *AT_A_BUILD])
    assert len(wanted) > 20
    assert wanted - set(pins) == set()


def test_tools_have_no_version_in_the_project_file(project):
    extras = project["project"]["optional-dependencies"]
    assert [text for text in (*extras["dev"], *extras["lint"]) if Requirement(text).specifier] == []


def test_a_pin_is_one_of_the_versions_that_users_may_have(project, pins):
    parts = project["project"]
    bounds = [
        *parts["dependencies"],
        *parts["optional-dependencies"]["test"],
        *project["build-system"]["requires"],
    ]
    for requirement in map(Requirement, bounds):
        assert pins[canonicalize_name(requirement.name)] in requirement.specifier, requirement.name


def test_make_installs_with_the_pins():
    lines = (ROOT / "Makefile").read_text().splitlines()
    installing = [line.strip() for line in lines if "$(INSTALL)" in line or "pip install" in line]
    unpinned = [line for line in installing if "PIP_CONSTRAINT" not in line and "$(PINNED)" not in line]
    assert len(installing) >= 5
    assert [line for line in unpinned if not line.startswith(("INSTALL :=", "@build/pins/"))] == []
