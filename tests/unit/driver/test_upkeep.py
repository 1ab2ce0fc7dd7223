"""Folders of ours have the rights that they are made with, whatever the umask."""

from __future__ import annotations

import os

import pytest

from arcapix.fs.gpfs.driver import upkeep


@pytest.mark.parametrize("mode", [0o700, 0o750, 0o755])
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_a_folder_and_its_parents_have_the_rights_that_were_asked_for(tmp_path, umask, mode):
    before = os.umask(umask)
    try:
        upkeep.make_folder(str(tmp_path / "one" / "two"), mode)
    finally:
        os.umask(before)
    for path in (tmp_path / "one", tmp_path / "one" / "two"):
        assert path.stat().st_mode & 0o7777 == mode


def test_a_folder_that_exists_stays_as_it_is(tmp_path):
    tmp_path.chmod(0o711)
    upkeep.make_folder(str(tmp_path), 0o755)
    assert tmp_path.stat().st_mode & 0o7777 == 0o711
