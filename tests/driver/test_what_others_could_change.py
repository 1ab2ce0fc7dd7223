"""Nothing runs that others than root, or the driver's user, could change; and what the driver makes is closed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from arcapix.fs.gpfs.deployment import installation

from ..checkout import needs_safe_checkout
from ..other_users import needs_giving_away

record = ""


def work() -> None:
    with open(record, "a") as file:
        file.write("x")


@pytest.fixture
def bundle(driver) -> Path:
    return Path(driver.folder / f"callbackdriver.{sys.hexversion:x}.bundle")


def install(driver, **settings: object) -> None:
    installation.install(driver.folder, {"key": str(driver.folder / "gpfs.key"), **settings})


@needs_safe_checkout
@pytest.mark.parametrize("name", [".", "callbackdriver.py", "callbackdriver.unbundled", "state"])
def test_a_first_event_is_refused_with_the_way_out_where_others_could_change_what_runs(driver, seen, name):
    place = driver.folder / name
    place.chmod(0o777)
    token = driver.token(work)
    for _ in range(2):  # what is refused is not kept
        done = driver.start(token, "eventName=mount")
        assert done.returncode == 3
    renewal = f"arcapix-gpfs driver install --prefix {driver.folder}"
    way_out = {
        ".": f"run: chmod go-w {place}",
        "state": f"what is in it may be theirs: move it away, and run: {renewal}",
    }.get(name, f"run: {renewal}")
    told = f"{place} can be written by everybody, who could change what the driver runs; {way_out}"
    assert done.stderr == f"callbackdriver: refused: {told}, or install the driver with --insecure\n"
    assert told in driver.log
    assert (driver.runs[0]["state"], driver.runs[0]["status"]) == ("refused", 3)
    assert told in str(driver.runs[0]["reason"])
    assert not seen.exists()
    place.chmod(0o755)
    assert driver.fire(work, "eventName=mount") == 0
    assert seen.read_text() == "x"


@needs_safe_checkout
@pytest.mark.parametrize("name", ["__init__.py", "driver/main.py"])
def test_a_first_event_is_refused_where_others_could_change_a_module_of_the_package(
    driver, bundle, seen, tmp_path, monkeypatch, name
):
    package = shutil.copytree(installation._PACKAGE.parent, tmp_path / "gpfs")
    monkeypatch.setattr(installation, "_PACKAGE", package / "driver")
    install(driver)
    (package / name).chmod(0o666)
    done = driver.start(driver.token(work), "eventName=mount")
    told = f"{package / name} can be written by everybody"
    assert (done.returncode, told in done.stderr, seen.exists()) == (3, True, False)


@needs_safe_checkout
def test_a_later_event_does_not_look_again(driver, seen):
    assert driver.fire(work, "eventName=mount") == 0
    driver.folder.chmod(0o777)
    assert driver.fire(work, "eventName=mount") == 0
    assert seen.read_text() == "xx"


@pytest.mark.parametrize("setting", ["insecure", "emulated"])
def test_a_driver_that_was_installed_so_runs_whoever_could_change_it(driver, bundle, seen, setting):
    install(driver, **{setting: True})
    for path in (driver.folder, bundle, driver.folder / "callbackdriver.unbundled"):
        path.chmod(0o777)
    assert driver.fire(work, "eventName=mount") == 0
    bundle.unlink()
    assert driver.fire(work, "eventName=mount") == 0
    assert seen.read_text() == "xx"


@needs_safe_checkout
def test_a_bundle_that_others_can_write_is_moved_aside_unexecuted_and_the_package_serves(
    driver, bundle, seen
):
    bundle.chmod(0o666)
    token = driver.token(work)
    first, later = [driver.start(token, "eventName=mount") for _ in range(2)]
    assert (first.returncode, later.returncode, seen.read_text()) == (0, 0, "xx")
    assert first.stderr.startswith(
        f"callbackdriver: the bundle {bundle} is not as it was installed, its mode is 0o100666, its owner "
    )
    assert later.stderr == ""


@needs_giving_away
@needs_safe_checkout
def test_a_bundle_of_another_user_is_not_executed(driver, bundle, seen):
    os.chown(bundle, 12345, 0)
    done = driver.start(driver.token(work), "eventName=mount")
    assert (done.returncode, "its owner 12345; it is now" in done.stderr) == (0, True)


@needs_safe_checkout
def test_a_link_in_the_place_of_the_bundle_is_not_followed(driver, bundle, tmp_path):
    bundle.rename(tmp_path / "elsewhere")
    bundle.symlink_to(tmp_path / "elsewhere")
    done = driver.start(driver.token(work), "eventName=mount")
    assert "is damaged" in done.stderr
    assert not bundle.is_symlink()


@needs_safe_checkout
def test_without_a_bundle_nothing_runs_that_others_can_write(driver, bundle, seen):
    bundle.unlink()
    (driver.folder / "callbackdriver.unbundled").chmod(0o666)
    done = driver.start(driver.token(work), "eventName=mount")
    assert (done.returncode, done.stderr) == (
        3,
        "callbackdriver: others may write its files; "
        f"run: arcapix-gpfs driver install --prefix {driver.folder}\n",
    )
    assert not seen.exists()


@needs_safe_checkout
@pytest.mark.parametrize("name", [".", "main.py", "__pycache__", "__pycache__/main.pyc"])
def test_without_a_bundle_no_module_is_loaded_that_others_can_write(
    driver, bundle, tmp_path, monkeypatch, name
):
    package = shutil.copytree(installation._PACKAGE, tmp_path / "package")
    (package / "__pycache__").mkdir(exist_ok=True)
    (package / "__pycache__" / "main.pyc").touch()
    monkeypatch.setattr(installation, "_PACKAGE", package)
    install(driver)
    bundle.unlink()
    assert driver.start().returncode == 2
    path = package / name
    path.chmod(0o777)
    done = driver.start()
    shown = str(package) if name == "." else str(path)
    assert (
        done.returncode,
        f"others could change {shown}; install the package anew, and " in done.stderr,
    ) == (3, True)


@needs_safe_checkout
def test_that_nothing_runs_without_a_bundle_is_told_to_syslog(driver, bundle, tmp_path, monkeypatch):
    package = shutil.copytree(installation._PACKAGE, tmp_path / "package")
    monkeypatch.setattr(installation, "_PACKAGE", package)
    path = package / "main.py"
    with (
        tempfile.TemporaryDirectory() as folder,  # with a short path, as sockets want it
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as syslog,
    ):
        syslog.bind(f"{folder}/log")
        install(driver, syslog=f"{folder}/log")
        bundle.unlink()
        path.chmod(0o666)
        done = driver.start()
        syslog.settimeout(10)
        told = syslog.recv(4096).decode()
    assert (done.returncode, told) == (3, f"<27>{done.stderr.rstrip()}")
    assert f"others could change {path}; " in told


@pytest.fixture
def with_umask() -> Iterator[object]:
    before = os.umask(0o022)
    yield os.umask
    os.umask(before)


def made_below(folder: Path) -> dict[str, int]:
    found = [folder, *folder.rglob("*")]
    return {str(path.relative_to(folder)): path.lstat().st_mode & 0o7777 for path in found}


@pytest.mark.parametrize("is_bundled", [True, False])
def test_the_rights_of_what_is_made_do_not_depend_on_the_umask(
    tmp_path, driver, seen, with_umask, is_bundled, monkeypatch
):
    package = shutil.copytree(
        installation._PACKAGE, tmp_path / "package", ignore=shutil.ignore_patterns("__pycache__")
    )
    monkeypatch.setattr(installation, "_PACKAGE", package)
    token = driver.token(work)
    modes = []
    for umask in (0o022, 0o000, 0o077):
        with_umask(umask)
        folder = tmp_path / f"{umask:o}" / "gpfs"
        stub = installation.install(folder, {"key": str(folder / "gpfs.key")})
        if not is_bundled:
            (folder / f"callbackdriver.{sys.hexversion:x}.bundle").unlink()
        for words in ([], [token, "eventName=mount"]):
            subprocess.run([stub, *words], env={}, check=False)
        modes.append({name: mode for name, mode in made_below(folder.parent).items() if "cache/" not in name})
    assert modes[0] == modes[1] == modes[2]
    assert seen.read_text() == "xxx"
    assert modes[0]["gpfs"] == modes[0]["gpfs/systemd"] == modes[0]["gpfs/callbackdriver.py"] == 0o755
    assert modes[0]["gpfs/state"] == modes[0]["gpfs/log"] == 0o750
    assert [name for name, mode in modes[1].items() if mode & 0o022] == []
    assert not (package / "__pycache__").exists()
