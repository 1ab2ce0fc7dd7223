"""The driver's modules come from one file of bytecode; where it is missing, from the package."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from arcapix.fs.gpfs.deployment import bundling, installation
from arcapix.fs.gpfs.driver import main

names: list[str] = ["a"]


def succeed(fsName: str) -> None:
    print(f"{fsName} of {names} from {sys.modules['arcapix_driver'].__path__[0]}")


def fail() -> None:
    raise RuntimeError("as it should")


GUARD_BYTES = 700
"""At the beginning of a bundle: what compares all the rest."""

PLAN = ((("variable", "fsName", ""),), {})


@pytest.fixture
def bundle(driver) -> Path:
    return Path(driver.folder / f"callbackdriver.{sys.hexversion:x}.bundle")


def everything(driver) -> str:
    """The log of a first and a later event, of one that fails, and of one that is refused."""
    token = driver.token(succeed, PLAN, vs=["fsName"])
    for words in ((token, "eventName=mount", "fsName=mmfs1"),) * 2:
        assert driver.start(*words).returncode == 0
    assert driver.start(driver.token(fail), "eventName=mount").returncode == 1
    assert driver.start(token[:-1], "eventName=mount").returncode == 3
    assert [run["state"] for run in driver.runs] == ["succeeded", "succeeded", "failed", "refused"]
    assert "RuntimeError: as it should" in driver.log
    return str(driver.log)


def test_every_module_comes_from_the_bundle(driver, bundle):
    assert bundle.is_file()
    assert everything(driver).count("mmfs1 of ['a'] from arcapix driver bundle") == 2


def test_without_the_bundle_every_module_comes_from_the_package(driver, bundle):
    bundle.unlink()
    folder = Path(main.__file__).parent
    assert everything(driver).count(f"mmfs1 of ['a'] from {folder}") == 2


def test_a_bundle_of_another_python_is_not_used(driver, bundle):
    bundle.rename(bundle.with_name("callbackdriver.30b00f0.bundle"))
    assert f"from {Path(main.__file__).parent}" in everything(driver)


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 3)


def alter_one_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 1
    path.write_bytes(content)


def replace_by_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def replace_by_a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


DAMAGES = [
    pytest.param(lambda path: path.write_bytes(b""), id="empty"),
    pytest.param(cut, id="cut"),
    pytest.param(alter_one_bit, id="altered"),
    pytest.param(lambda path: path.write_bytes(bytes(path.stat().st_size)), id="zeros"),
    pytest.param(lambda path: path.write_text("#!/bin/sh\nexit 0\n"), id="garbage"),
    pytest.param(replace_by_a_folder, id="a folder"),
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_in_place_of_a_damaged_bundle_the_package_serves_and_one_event_tells_so(driver, bundle, damage):
    damage(bundle)
    token = driver.token(succeed, PLAN, vs=["fsName"])
    first, *later = [driver.start(token, "eventName=mount", "fsName=mmfs1") for _ in range(3)]
    assert [run.returncode for run in (first, *later)] == [0, 0, 0]
    assert driver.log.count(f"mmfs1 of ['a'] from {Path(main.__file__).parent}") == 3
    assert first.stderr.startswith(f"callbackdriver: the bundle {bundle} is ")
    assert first.stderr.endswith(
        f"; it is now {bundle}.damaged; to make a new one run: arcapix-gpfs driver install --prefix {driver.folder}\n"
    )
    assert first.stderr.count("\n") == 1
    assert [run.stderr for run in later] == ["", ""]
    assert not bundle.exists()


def test_of_a_storm_that_finds_a_damaged_bundle_one_event_tells_so(driver, bundle):
    alter_one_bit(bundle)
    command = [driver.stub, driver.token(fail), "eventName=mount"]
    storm = [subprocess.Popen(command, env={}, stderr=subprocess.PIPE, text=True) for _ in range(12)]
    told = [process.communicate(timeout=60)[1] for process in storm]
    assert [process.returncode for process in storm] == [1] * 12
    assert len(list(filter(None, told))) == 1


def test_a_damaged_bundle_that_cannot_be_moved_aside_serves_nobody_either(driver, bundle):
    alter_one_bit(bundle)
    bundle.with_name(f"{bundle.name}.damaged").mkdir()
    for _ in range(2):
        done = driver.start(driver.token(fail), "eventName=mount")
        assert done.returncode == 1
        assert "; it cannot be moved aside, [Errno " in done.stderr


def test_the_next_installation_puts_a_whole_bundle_in_place_of_a_damaged_one(driver, bundle):
    before = sorted(driver.folder.iterdir())
    alter_one_bit(bundle)
    token = driver.token(succeed, PLAN, vs=["fsName"])
    driver.start(token, "eventName=mount")
    installation.install(driver.folder, {"key": str(driver.folder / "gpfs.key")})
    left = [path for path in sorted(driver.folder.iterdir()) if path.name not in ("state", "log")]
    assert left == [path for path in before if path.name not in ("state", "log")]
    assert driver.start(token, "eventName=mount", "fsName=mmfs1").stderr == ""
    assert "mmfs1 of ['a'] from arcapix driver bundle" in driver.log


@pytest.mark.parametrize(
    "count", [30, pytest.param(3_000, marks=(pytest.mark.slow, pytest.mark.timeout(600)))]
)
def test_no_damage_of_a_bundle_harms_an_event(driver, bundle, count):
    chance = random.Random(14)
    whole = bundle.read_bytes()
    token = driver.token(succeed, PLAN, vs=["fsName"])
    for _ in range(count):
        content = bytearray(whole)
        at = chance.randrange(GUARD_BYTES, len(whole))
        kind = chance.randrange(4)
        if kind == 0:
            content[at] ^= 1 << chance.randrange(8)
        elif kind == 1:
            content[at : at + 512] = bytes(min(512, len(whole) - at))
        elif kind == 2:
            content[at : at + 4] = chance.randbytes(4)
        else:
            del content[at:]
        bundle.write_bytes(content)
        done = driver.start(token, "eventName=mount", "fsName=mmfs1")
        assert (done.returncode, content) == (0, content), (kind, at, done.stderr)
    assert driver.log.count("mmfs1 of ['a']") == count


@pytest.mark.parametrize("name", ["100%x", "{a}", "it's", 'a"b', "back\\slash"])
def test_a_folder_may_have_any_name_without_white_space(tmp_path, name):
    stub = installation.install(tmp_path / name)
    assert Path(installation.configuration_of(stub)["state"]) == tmp_path / name / "state"
    calls = []
    for is_bundled in (True, False):
        if not is_bundled:
            (tmp_path / name / f"callbackdriver.{sys.hexversion:x}.bundle").unlink()
        calls.append(subprocess.run([stub], env={}, check=False, capture_output=True))
    assert [call.returncode for call in calls] == [2, 2]  # called without a token
    assert [call.stderr for call in calls] == [b"", b""]


def test_what_is_bundled_is_the_folder_of_the_driver():
    modules = {path.stem for path in Path(main.__file__).parent.glob("*.py")} - {"__init__"}
    bundled = [*bundling.DECIDING, *[name for names in bundling.LATER for name in names]]
    assert sorted(bundled) == sorted(modules)


@pytest.fixture
def none_is_made(driver, monkeypatch):
    """The installed driver is the only one that has a bundle."""

    def refuse(folder: Path) -> bytes:
        raise AssertionError("a bundle is made")

    monkeypatch.setattr(bundling, "bundle", refuse)
    monkeypatch.setenv("ARCAPIX_GPFS_DRIVER", str(driver.stub))
    installation.bundle.cache_clear()
    yield
    installation.bundle.cache_clear()


def test_the_bundle_of_the_installed_driver_serves_whoever_needs_one(bundle, none_is_made):
    assert installation.bundle() == bundle.read_bytes()


@pytest.mark.parametrize(
    "damage",
    [Path.unlink, alter_one_bit, replace_by_a_pipe, lambda path: path.write_bytes(path.read_bytes()[:-1])],
)
def test_a_missing_or_damaged_bundle_serves_nobody_who_needs_one(bundle, none_is_made, damage):
    damage(bundle)
    with pytest.raises(AssertionError, match="a bundle is made"):
        installation.bundle()


def test_a_bundle_serves_as_long_as_the_modules_are_those_that_it_was_made_from(tmp_path):
    folder = shutil.copytree(Path(main.__file__).parent, tmp_path / "driver")
    bundled = bundling.bundle(folder)
    assert bundling.is_current(bundled, folder)
    with (folder / "run.py").open("a") as file:
        file.write("# one line more\n")
    assert not bundling.is_current(bundled, folder)


def look_for_the_api() -> None:
    try:
        import arcapix_driver.cluster  # type: ignore[import-not-found] # noqa: F401
    except ModuleNotFoundError as error:
        print(error)


@pytest.mark.parametrize("is_bundled", [True, False])
def test_the_driver_sees_nothing_but_its_folder(driver, bundle, is_bundled):
    if not is_bundled:
        bundle.unlink()
    assert driver.start(driver.token(look_for_the_api), "eventName=mount").returncode == 0
    assert "No module named 'arcapix_driver.cluster'" in driver.log
