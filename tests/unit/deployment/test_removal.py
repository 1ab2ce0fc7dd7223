"""Removing a driver takes away what its installation brought, and nothing else."""

from __future__ import annotations

import os

import pytest

from arcapix.fs.gpfs import GPFSError
from arcapix.fs.gpfs.deployment import installation, removal

from ...checkout import needs_safe_checkout


@needs_safe_checkout
def test_nothing_of_an_installation_is_left_but_state_and_log(tmp_path):
    prefix = tmp_path / "driver"
    installation.install(prefix)
    (prefix / "state" / "journal").write_text("what ran")
    removed = removal.remove(prefix)
    assert prefix / installation.STUB == removed[0]
    assert sorted(path.name for path in prefix.iterdir()) == ["log", "state"]
    assert (prefix / "state" / "journal").read_text() == "what ran"


@needs_safe_checkout
def test_what_another_python_or_a_killed_removal_left_goes_as_well(tmp_path):
    installation.install(tmp_path)
    other = tmp_path / "callbackdriver.30c00f0.bundle"
    other.write_bytes(b"")
    (tmp_path / installation.STUB).unlink()
    assert other in removal.remove(tmp_path)
    assert not list(tmp_path.glob("callbackdriver*"))


@needs_safe_checkout
def test_files_of_others_stay_in_their_folders(tmp_path):
    installation.install(tmp_path)
    (tmp_path / "systemd" / "own.service").touch()
    removal.remove(tmp_path)
    assert os.listdir(tmp_path / "systemd") == ["own.service"]


def test_where_nothing_was_installed_nothing_is_removed(tmp_path):
    assert removal.remove(tmp_path / "nothing") == []


def test_a_program_of_somebody_else_in_the_drivers_place_is_not_removed(tmp_path):
    (tmp_path / installation.STUB).write_text("#!/bin/sh\nexit 0\n")
    (tmp_path / "callbackdriver.unbundled").touch()
    with pytest.raises(GPFSError, match="no driver of ours"):
        removal.remove(tmp_path)
    assert (tmp_path / "callbackdriver.unbundled").exists()
