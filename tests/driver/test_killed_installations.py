"""Installing the driver and making a key, killed at each system call: what was there works, or what is new."""

from __future__ import annotations

import os
import re
import stat
import sys
from pathlib import Path

import pytest

from arcapix.fs.gpfs import GPFSError
from arcapix.fs.gpfs.deployment import cluster_key, installation

from .. import killing

ARCAPIX = Path(sys.executable).with_name("arcapix-gpfs")
EVERY = (pytest.mark.slow, pytest.mark.timeout(600))
WITHOUT_UMASK = ("/bin/sh", "-c", 'umask 0; exec "$@"', "sh")
KEY = re.compile(r"[0-9a-f]{64}\n")


def tell_the_path() -> None:
    import os

    print(os.environ["PATH"])


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.mark.parametrize("step", [pytest.param(61, id="some calls"), pytest.param(1, id="all", marks=EVERY)])
def test_an_installation_that_is_killed_leaves_a_driver_that_works(driver, step):
    installation.install(driver.folder, {"path": "/older"})
    older = files(driver.folder)
    token = driver.token(tell_the_path)
    command = [ARCAPIX, "driver", "install", "--prefix", driver.folder, "--path", "/newer"]
    left = 0
    for end in killing.ends(command, since=driver.folder / "callbackdriver.unbundled.", step=step):
        left += len(list(driver.folder.glob("*.new")))
        assert driver.start(token, "eventName=mount").returncode == 0, end
        installation.install(driver.folder)
        assert sorted(files(driver.folder)) == sorted(older), end
        for name, content in older.items():
            (driver.folder / name).write_bytes(content)
    assert end.status == 0, end.stderr
    assert {"/older", "/newer"} <= set(driver.log.splitlines())
    assert step > 1 or left > 0


@pytest.mark.parametrize("step", [pytest.param(31, id="some calls"), pytest.param(1, id="all", marks=EVERY)])
def test_a_key_that_is_being_made_is_there_as_a_whole_or_not_at_all_and_nobody_else_ever_reads_it(
    tmp_path, monkeypatch, step
):
    folder = tmp_path / "etc"
    key = folder / "gpfs.key"
    monkeypatch.setenv("ARCAPIX_GPFS_KEY", str(key))
    left, made = 0, []
    for end in killing.ends([*WITHOUT_UMASK, ARCAPIX, "key", "create", "--yes"], since=folder, step=step):
        found = files(folder) if folder.exists() else {}
        modes = {stat.S_IMODE((folder / name).stat().st_mode) for name in found}
        assert modes <= {0o600}, end
        made.append(key.name in found)
        if made[-1]:
            assert KEY.fullmatch(found[key.name].decode()), end
        left += len(found) - made[-1]
        try:
            cluster_key.create()
        except GPFSError:
            assert made[-1], end
        assert os.listdir(folder) == [key.name], end
        key.unlink()
        folder.rmdir()
    assert end.status == 0, end.stderr
    assert made == sorted(made) and not made[0] and made[-1]
    assert step > 1 or left > 0
