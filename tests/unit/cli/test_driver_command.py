"""``arcapix-gpfs driver install``: what it is given becomes the configuration of the driver."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from arcapix.fs.gpfs.cli import main
from arcapix.fs.gpfs.deployment import installation
from arcapix.fs.gpfs.driver.main import CONFIGURATION


def install(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["driver", "install", "--prefix", str(folder), *options])


def test_the_bounds_of_journal_and_log_are_set_in_bytes_or_with_a_unit(tmp_path):
    done = install(tmp_path, "--journal-bytes", "256M", "--log-bytes", "70000")
    found = installation.configuration_of(Path(done.stdout.strip()))
    assert (found["journal_bytes"], found["log_bytes"]) == (256 << 20, 70_000)


def test_what_is_not_given_is_the_default(tmp_path):
    found = installation.configuration_of(Path(install(tmp_path).stdout.strip()))
    assert {**found, "state": "", "log": ""} == {**CONFIGURATION, "state": "", "log": ""}


@pytest.mark.parametrize("option", ["--journal-bytes", "--log-bytes"])
@pytest.mark.parametrize(
    ("size", "said"),
    [("much", "'much' is not a size"), ("-1", "'-1' is not a size"), ("63K", "is less than 64K")],
)
def test_a_bound_that_is_none_is_refused_before_anything_is_written(tmp_path, option, size, said):
    done = install(tmp_path / "driver", option, size)
    assert (done.exit_code, said in done.stderr, "such as 64M" in done.stderr) == (2, True, True)
    assert not (tmp_path / "driver").exists()
