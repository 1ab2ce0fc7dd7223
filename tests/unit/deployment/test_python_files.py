"""Who else could change a file that a Python loads: an environment of the test, by its own Python."""

from __future__ import annotations

import os
import subprocess
import venv
from collections.abc import Callable
from pathlib import Path

import pytest

from arcapix.fs.gpfs.deployment import python_files
from arcapix.fs.gpfs.driver import main

from ...access_lists import let_write
from ...checkout import needs_safe_checkout
from ...other_users import needs_giving_away

pytestmark = needs_safe_checkout

_PACKAGE = Path(main.__file__).parent

PROGRAM = """
from pathlib import Path
from arcapix.fs.gpfs.deployment import python_files
print(python_files.danger(Path({package!r})))
"""


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    folder = tmp_path / "environment"
    venv.create(folder, symlinks=True)
    (site,) = folder.glob("lib/python3.*/site-packages")
    package = site / "package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (folder / "bin" / "arcapix-gpfs").write_text("#!/bin/sh\n")
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755)
    return folder


@pytest.fixture
def look(environment: Path) -> Callable[[], str]:
    """What the environment's own Python says of itself."""
    paths = f"{_PACKAGE.parents[3]}:{Path(pytest.__file__).parents[1]}"

    def look() -> str:
        words = [str(environment / "bin" / "python"), "-c", PROGRAM.format(package=str(_PACKAGE))]
        done = subprocess.run(words, env={"PYTHONPATH": paths}, capture_output=True, text=True)
        assert done.stderr == ""
        return done.stdout.rstrip("\n")

    return look


def test_an_environment_that_is_its_owners_alone_is_safe(look):
    assert look() == ""


@pytest.mark.parametrize("name", ["bin/arcapix-gpfs", "lib/python3.*/site-packages/package/__init__.py"])
def test_one_file_that_others_can_write_is_named(environment, look, name):
    (path,) = environment.glob(name)
    path.chmod(0o666)
    told = "can be written by everybody, who could change what the driver runs; run: chmod go-w"
    assert look() == f"{path} {told} {path}"


def test_many_are_told_in_one_line_with_one_command_that_closes_them(environment, look):
    open_ones = [path for path in (environment, *environment.rglob("*")) if not path.is_symlink()]
    for path in open_ones:
        path.chmod(0o777)
    said = look()
    assert f" files and folders of {environment} could be changed by others, such as this: " in said
    command = said.partition("run: ")[2]
    assert command == f"chmod -R go-w {environment}"
    subprocess.run(command.split(), check=True)
    assert look() == ""


@needs_giving_away
def test_a_file_of_another_user_is_not_to_be_made_roots(environment, look):
    path = environment / "bin" / "arcapix-gpfs"
    os.chown(path, 12345, 0)
    assert look().endswith("what is in it may be theirs: move it away, and install it anew")
    os.chown(environment / "bin", 12345, 0)
    assert look().endswith(f"; move {environment / 'bin'} away, and install it anew")


def test_a_library_of_python_that_others_can_write_is_named(tmp_path, monkeypatch):
    library = tmp_path / "libpython3.so"
    library.touch()
    library.chmod(0o666)
    monkeypatch.setattr(python_files, "_libraries", lambda: {str(library)})
    assert python_files.danger(_PACKAGE).startswith(f"{library} can be written by everybody")


def test_what_a_group_can_write_is_told_though_another_file_with_its_rights_is_safe(environment, look):
    safe, by_list = environment / "bin" / "python-safe", environment / "bin" / "python-with-a-list"
    for path in (safe, by_list):
        path.touch()
        os.chown(path, -1, 0 if os.geteuid() == 0 else os.getegid())
        path.chmod(0o775)
    let_write(by_list, 12345)
    assert "access list (ACL)" in look()


def test_a_python_may_lack_folders_of_packages_and_programs(tmp_path, monkeypatch):
    monkeypatch.setattr(python_files.sysconfig, "get_path", lambda name: str(tmp_path / name))
    assert python_files.danger(_PACKAGE) == ""
