"""What a node needs to run callbacks, each thing looked at on its own."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from arcapix.fs.gpfs import Cluster
from arcapix.fs.gpfs.administration.checks import node_checks
from arcapix.fs.gpfs.administration.checks.finding import Finding
from arcapix.fs.gpfs.commands import process
from arcapix.fs.gpfs.deployment import cluster_key, installation
from arcapix.fs.gpfs.driver.verification import from_another_node
from arcapix.fs.gpfs.exceptions import GPFSExecuteException
from arcapix.fs.gpfs.registration import programs, site

Install = Callable[..., Path]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Installs a driver whose key and once folder are this test's."""
    key = tmp_path / "gpfs.key"
    monkeypatch.setenv("ARCAPIX_GPFS_KEY", str(key))

    def installed(**settings: object) -> Path:
        return installation.install(
            tmp_path / "driver", {"key": str(key), "emulated": True, "syslog": "", **settings}
        )

    return installed


def states(found: list[Finding]) -> dict[str, str]:
    return {one.check: one.state for one in found}


def wrong(found: list[Finding]) -> tuple[str, str, str, str]:
    """The only finding that is not well."""
    (one,) = (one for one in found if one.state != "ok")
    return one.check, one.state, one.text, one.advice


def test_a_driver_that_was_just_installed_is_well(install) -> None:
    driver = install()
    assert states(node_checks.of_driver(driver)) == dict.fromkeys(
        ("driver", "executable", "bundle", "release", "python", "rights"), "ok"
    )
    assert states(node_checks.of_places(driver)) == {"folders": "ok", "room": "ok"}


def test_what_a_killed_installation_has_left_is_told_until_the_next_one(install) -> None:
    driver = install()
    left = driver.with_name("callbackdriver.unbundled.0a1b2c3d.new")
    left.touch()
    assert wrong(node_checks.of_driver(driver)) == (
        "leftovers",
        "warning",
        f"an installation that was killed has left {left.name} in {driver.parent}",
        f"run: {installation.renewal(driver)}",
    )
    install()
    assert "leftovers" not in states(node_checks.of_driver(driver))


def test_a_driver_that_is_not_there_is_all_that_is_said_of_it(tmp_path) -> None:
    driver = tmp_path / "callbackdriver.py"
    assert wrong(node_checks.of_driver(driver)) == (
        "driver",
        "problem",
        f"the driver {driver} does not exist: GPFS can start no callback",
        f"run there: arcapix-gpfs driver install --prefix {tmp_path}",
    )


def test_a_driver_that_is_not_executable_is_told(install) -> None:
    driver = install()
    driver.chmod(0o644)
    assert wrong(node_checks.of_driver(driver)) == (
        "executable",
        "problem",
        f"the driver {driver} is not executable",
        f"run: chmod 755 {driver}",
    )


def test_a_file_that_is_no_driver_of_ours_is_told(install) -> None:
    driver = install()
    driver.write_text("#!/bin/sh\n")
    found = node_checks.of_driver(driver)
    assert found[0].state == "problem"
    assert found[0].text == f"{driver} is no driver of ours"


def test_a_driver_of_another_release_is_told(install) -> None:
    driver = install()
    (bundle,) = driver.parent.glob("*.bundle")
    bundle.write_bytes(bundle.read_bytes()[:-1] + b"?")
    check, state, text, _ = wrong(node_checks.of_driver(driver))
    assert (check, state) == ("release", "problem")
    assert text == "the driver is of another release than the package beside it"


def test_a_driver_without_its_bundle_is_a_warning(install) -> None:
    driver = install()
    (bundle,) = driver.parent.glob("*.bundle")
    bundle.unlink()
    assert wrong(node_checks.of_driver(driver))[:3] == (
        "bundle",
        "warning",
        f"the driver has no bundle {bundle.name}: each event takes longer",
    )


def test_a_driver_without_the_text_for_other_pythons_is_a_warning(install) -> None:
    driver = install()
    driver.with_suffix(".unbundled").unlink()
    check, state, text, _ = wrong(node_checks.of_driver(driver))
    assert (check, state) == ("bundle", "warning")
    assert text.startswith("the driver has no callbackdriver.unbundled: every event fails once ")


def test_a_driver_with_nothing_to_execute_is_a_problem(install) -> None:
    driver = install()
    (bundle,) = driver.parent.glob("*.bundle")
    bundle.unlink()
    driver.with_suffix(".unbundled").unlink()
    check, state, text, advice = wrong(node_checks.of_driver(driver))
    assert (check, state) == ("bundle", "problem")
    assert text == (
        f"the driver has neither a bundle {bundle.name} nor callbackdriver.unbundled: every event fails"
    )
    assert advice.startswith("run: arcapix-gpfs driver install")


def test_of_a_driver_of_another_python_any_bundle_counts(install, monkeypatch) -> None:
    driver = install()
    monkeypatch.setattr(sys, "executable", "/elsewhere/python")
    monkeypatch.setattr(node_checks, "hanging", lambda paths: "")
    (bundle,) = driver.parent.glob("*.bundle")
    bundle.rename(bundle.with_name("callbackdriver.30b00f0.bundle"))
    assert states(node_checks.of_driver(driver))["bundle"] == "ok"
    bundle.with_name("callbackdriver.30b00f0.bundle").unlink()
    assert states(node_checks.of_driver(driver))["bundle"] == "warning"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "does not exist"),
        ("#!/bin/sh\necho no libpython >&2; exit 9\n", "does not start: no libpython"),
        ("#!/bin/sh\nkill -9 $$\n", "does not start: status -9"),
    ],
)
def test_an_interpreter_that_does_not_start_is_told(install, tmp_path, monkeypatch, text, said) -> None:
    interpreter = tmp_path / "python"
    if text is not None:
        interpreter.write_text(text)
        interpreter.chmod(0o755)
    with monkeypatch.context() as installing:
        installing.setattr(sys, "executable", str(interpreter))
        driver = install()
    found = {one.check: one for one in node_checks.of_driver(driver)}
    assert found["python"].state == "problem"
    assert found["python"].text == f"the driver's interpreter {interpreter} {said}"


def test_an_interpreter_that_this_user_may_not_start_is_unknown(install, monkeypatch) -> None:
    driver = install()
    monkeypatch.setattr(programs, "is_hidden", lambda path: True)
    monkeypatch.setattr(installation, "interpreter_of", lambda driver: "/root/bin/python")
    found = {one.check: one for one in node_checks.of_driver(driver)}["python"]
    assert (found.state, found.text, found.advice) == (
        "unknown",
        "the driver's interpreter /root/bin/python is not this user's to start",
        "run this as root",
    )


def test_an_interpreter_that_hangs_is_told(install, monkeypatch) -> None:
    def hang(argv: tuple[str, ...], timeout: float) -> process.Completed:
        if "pass" in argv:
            raise GPFSExecuteException(argv, None, "", "")
        return process.Completed(argv, 0, "", "")

    driver = install()
    with process.using(hang):
        found = {one.check: one for one in node_checks.of_driver(driver)}
    assert found["python"].text.endswith("does not start within 10 s")


def test_a_driver_that_others_could_change_is_told(install) -> None:
    driver = install(emulated=False, insecure=True)
    assert wrong(node_checks.of_driver(driver))[:2] == ("rights", "warning")
    text = driver.read_text().replace("    insecure=True,\n", "")
    driver.write_text(text)
    driver.chmod(0o757)
    rights = {one.check: one for one in node_checks.of_driver(driver)}["rights"]
    assert rights.state == "problem"
    assert "who could change what the driver runs" in rights.text


def test_a_missing_key_is_a_warning_unless_the_driver_requires_one(install) -> None:
    assert wrong(node_checks.of_key(install()))[:2] == ("key", "warning")
    check, state, text, advice = wrong(node_checks.of_key(install(key_required=True)))
    assert (check, state) == ("key", "problem")
    assert text.endswith("gpfs.key, and the driver runs nothing without it")
    assert advice.startswith("copy it from another node, never in place: scp -p NODE:")
    assert advice.endswith("; or, where no callback is signed, run: arcapix-gpfs key forget")


def test_a_node_without_a_key_gets_that_of_signed_callbacks_and_no_other(install, gpfs) -> None:
    driver = install()
    Cluster().onShutdown.new("unsigned", print)
    assert wrong(node_checks.of_key(driver))[3] == "run on one node: arcapix-gpfs key create"
    cluster_key.create()
    Cluster().onShutdown.new("signed", print)
    cluster_key.path().unlink()
    _, state, _, advice = wrong(node_checks.of_key(driver))
    assert (state, advice) == ("warning", from_another_node(str(cluster_key.path())))


def test_where_gpfs_does_not_tell_whether_callbacks_are_signed_no_new_key_is_advised_alone(install) -> None:
    def down(argv: tuple[str, ...], timeout: float) -> process.Completed:
        return process.Completed(argv, 1, "", "GPFS is down\n")

    driver = install()
    with process.using(down):
        advice = wrong(node_checks.of_key(driver))[3]
    assert advice.startswith("copy it from another node")
    assert advice.endswith("; or, where no callback is signed, run on one node: arcapix-gpfs key create")


def test_a_key_is_told_by_its_fingerprint(install) -> None:
    driver = install()
    cluster_key.create()
    (found,) = node_checks.of_key(driver)
    assert (found.state, found.text) == (
        "ok",
        f"the cluster key is usable; its fingerprint is {cluster_key.fingerprint()}",
    )


def test_a_key_that_is_open_to_others_is_told_with_the_way_out(install) -> None:
    driver = install()
    cluster_key.create().chmod(0o644)
    check, state, text, advice = wrong(node_checks.of_key(driver))
    assert (check, state) == ("key", "problem")
    assert text.endswith("is open to others than its owner")
    assert advice.startswith("run: chmod 600 ")


@pytest.mark.parametrize("name", ["state", "log"])
def test_a_folder_that_others_may_write_to_is_told(install, name) -> None:
    driver = install()
    folder = driver.parent / name
    folder.chmod(0o777)
    check, state, text, advice = wrong(node_checks.of_places(driver))
    assert (check, state) == ("folders", "problem")
    assert text.startswith(f"{folder} cannot be used: others may write to it")
    assert advice == "move it away"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_told(install) -> None:
    driver = install()
    folder = driver.parent / "state"
    folder.chmod(0o500)
    assert wrong(node_checks.of_places(driver))[2] == f"the driver cannot write to {folder}"


def test_a_log_that_is_a_link_is_told(install) -> None:
    driver = install()
    log = driver.parent / "log" / "callbackdriver.log"
    log.symlink_to("elsewhere")
    assert wrong(node_checks.of_places(driver))[2:] == (
        f"{log} cannot be used: it is a link, where a file of the driver's should be",
        "move it away",
    )


def test_of_a_driver_whose_folder_hangs_nothing_is_looked_at(install) -> None:
    driver = install()

    def hang(argv: tuple[str, ...], timeout: float) -> process.Completed:
        raise GPFSExecuteException(argv, None, "", "")

    with process.using(hang):
        (found,) = node_checks.of_driver(driver)
    assert (found.check, found.state) == ("driver", "problem")
    assert found.text.startswith(f"{driver.parent} does not answer within 10 s")


def test_a_folder_of_once_that_is_not_mounted_is_told(install, tmp_path) -> None:
    driver = install(once_folder=str(tmp_path / "none"))
    assert wrong(node_checks.of_places(driver))[2] == f"the folder of once, {tmp_path}/none, is not there"


def test_folders_that_the_driver_has_not_made_yet_are_well(install) -> None:
    driver = install()
    for name in ("state", "log"):
        (driver.parent / name).rmdir()
    assert states(node_checks.of_places(driver)) == {"folders": "ok", "room": "ok"}


def test_a_folder_that_hangs_is_named(install) -> None:
    driver = install()

    def hang(argv: tuple[str, ...], timeout: float) -> process.Completed:
        raise GPFSExecuteException(argv, None, f"{driver.parent}/state\n", "")

    with process.using(hang):
        (found,) = node_checks.of_answering(driver)
    assert (found.check, found.state) == ("answering", "problem")
    assert found.text.startswith(f"{driver.parent}/log does not answer within 10 s")


def test_a_file_system_with_less_room_than_the_log_may_take_is_a_warning(install) -> None:
    check, state, text, advice = wrong(node_checks.of_places(install(log_bytes=1 << 60)))
    assert (check, state) == ("room", "warning")
    assert text.endswith("and callbackdriver.log may grow by 3145728 TiB")
    assert advice == "make room there, or bound it: driver install --log-bytes"


def test_a_full_file_system_is_a_problem(install, monkeypatch) -> None:
    driver = install()
    true = os.statvfs(driver)
    full = os.statvfs_result([*true[:4], 0, *true[5:]])
    monkeypatch.setattr(os, "statvfs", lambda _: full)
    found = [one for one in node_checks.of_places(driver) if one.check == "room"]
    assert {one.state for one in found} == {"problem"}
    assert "has 0 B left" in found[0].text


def test_a_finding_comes_back_from_its_fields() -> None:
    found = Finding("key", "warning", "there is none", "make one")
    assert Finding.from_fields(found.fields()) == found
    with pytest.raises(ValueError):
        Finding.from_fields({**found.fields(), "state": "fine"})


def test_a_site_file_is_well_as_long_as_gpfs_has_the_release_that_was_probed(
    gpfs, tmp_path, monkeypatch
) -> None:
    path = tmp_path / "gpfs-site.json"
    monkeypatch.setenv("ARCAPIX_GPFS_SITE", str(path))
    (none,) = node_checks.of_site()
    assert (none.state, gpfs.calls) == ("ok", [])
    site.write(path, site.Site("5.1.7", "c", "n1", "2026-11-22T14:42:00Z", {}))
    assert states(node_checks.of_site()) == {"site": "ok"}
    gpfs.switch(release="6.0.0")
    assert wrong(node_checks.of_site()) == (
        "site",
        "warning",
        "GPFS was probed as 5.1.7, on 2026-11-22T14:42:00Z, and is 6.0.0 now",
        "run: arcapix-gpfs probe --level 1 --save",
    )
    path.chmod(0o666)
    assert wrong(node_checks.of_site())[1:3] == ("warning", f"{path} is ignored: others may write to it")
    path.chmod(0o644)
    path.write_text("{}")
    assert wrong(node_checks.of_site())[2] == f"{path} is ignored: {path} is not what the probe writes"
