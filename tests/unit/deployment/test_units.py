"""The units for systemd that an installation writes beside the driver."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from arcapix.fs.gpfs.deployment import installation


def test_an_installation_has_units_that_recover_its_own_events(tmp_path: Path) -> None:
    driver = installation.install(tmp_path)
    service, path = (
        (tmp_path / "systemd" / f"arcapix-gpfs-recover.{kind}").read_text() for kind in ("service", "path")
    )
    assert f"\nExecStart={driver} recover --wait\n" in service
    assert f"\nPathModified={tmp_path}/state/pending\n" in path
    assert "\nWantedBy=multi-user.target\n" in service and "\nWantedBy=multi-user.target\n" in path


def test_before_that_a_node_asks_others_what_it_has_missed(tmp_path: Path) -> None:
    driver = installation.install(tmp_path)
    service = (tmp_path / "systemd" / "arcapix-gpfs-pauses.service").read_text()
    program = Path(sys.executable).with_name("arcapix-gpfs")
    assert f"\nExecStart={program} paused --catch-up\n" in service
    assert f'\nEnvironment="ARCAPIX_GPFS_DRIVER={driver}"\n' in service
    assert "\nBefore=arcapix-gpfs-recover.service\n" in service
    assert "\nWantedBy=multi-user.target\n" in service


def test_an_installation_has_a_unit_that_tells_its_node_of_what_was_missed(tmp_path: Path) -> None:
    driver = installation.install(tmp_path)
    service = (tmp_path / "systemd" / "arcapix-gpfs-reconcile.service").read_text()
    assert f'\nEnvironment="ARCAPIX_GPFS_DRIVER={driver}"\n' in service
    assert "\nAfter=local-fs.target gpfs.service arcapix-gpfs-pauses.service\n" in service
    assert "\nWantedBy=multi-user.target gpfs.service\n" in service


def test_the_command_of_that_unit_is_the_command_line_program(tmp_path: Path) -> None:
    installation.install(tmp_path)
    service = (tmp_path / "systemd" / "arcapix-gpfs-reconcile.service").read_text()
    (command,) = (line for line in service.splitlines() if line.startswith("ExecStart="))
    words = [*shlex.split(command.removeprefix("ExecStart=")), "--help"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and "--dry-run" in done.stdout


def test_a_percent_sign_is_no_specifier(tmp_path: Path) -> None:
    installation.install(tmp_path / "50%n")
    for path in (tmp_path / "50%n" / "systemd").iterdir():
        assert f"{tmp_path}/50%%n/" in path.read_text()


def test_a_driver_for_several_nodes_has_none(tmp_path: Path) -> None:
    installation.install(tmp_path, {"state": f"{tmp_path}/{{node}}"})
    assert not (tmp_path / "systemd").exists()


def test_systemd_can_read_them(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("there is no systemd-analyze here")
    installation.install(tmp_path)
    units = sorted(map(str, (tmp_path / "systemd").iterdir()))
    done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
