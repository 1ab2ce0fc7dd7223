"""What is looked at before GPFS is given a callback."""

from __future__ import annotations

import pytest

from arcapix.fs.gpfs import Cluster, GPFSError
from arcapix.fs.gpfs.deployment import cluster_key
from arcapix.fs.gpfs.driver.verification import from_another_node


def handler():
    return None


def in_batch():
    with Cluster().callbacks.batch() as batch:
        batch.new(handler, "shutdown")


@pytest.mark.parametrize("install", [lambda: Cluster().onShutdown.new(handler), in_batch])
def test_no_function_is_installed_where_the_key_is_gone_that_the_driver_requires(gpfs, tmp_path, install):
    driver = tmp_path / "callbackdriver.py"
    driver.write_text(driver.read_text().replace("main(\n", "main(\n    key_required=True,\n"))
    with pytest.raises(GPFSError) as refused:
        install()
    copying = from_another_node(str(cluster_key.path()))
    assert str(refused.value) == (
        f"there is no cluster key in {cluster_key.path()}, and nothing runs here without it; {copying}; "
        "or, where no callback is signed, run: arcapix-gpfs key forget"
    )
    assert gpfs.callbacks == {}
    cluster_key.create()
    install()


@pytest.mark.parametrize("install", [lambda: Cluster().onShutdown.new(handler), in_batch])
def test_no_function_is_installed_for_a_driver_that_cannot_be_started(gpfs, tmp_path, install):
    driver = tmp_path / "callbackdriver.py"
    driver.chmod(0o644)
    with pytest.raises(GPFSError) as refused:
        install()
    assert str(refused.value) == (
        f"the driver {driver} is not executable: GPFS could not start the callback; run: chmod 755 {driver}"
    )
    assert gpfs.callbacks == {}
    driver.chmod(0o755)
    install()


def test_a_script_needs_no_key(gpfs, tmp_path, script):
    driver = tmp_path / "callbackdriver.py"
    driver.write_text(driver.read_text().replace("main(\n", "main(\n    key_required=True,\n"))
    Cluster().onShutdown.new("s", script)
    assert list(gpfs.callbacks) == ["s"]
