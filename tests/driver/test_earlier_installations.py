"""What an earlier state of the product left on a cluster still runs: its tokens in GPFS, its stub on nodes.

The fixtures were made before the package was divided into folders. A stub stays where the site put it, and a
token stays in GPFS's configuration, while the package below them is renewed.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from arcapix.fs.gpfs.commands import CallbackRecord
from arcapix.fs.gpfs.deployment import installation
from arcapix.fs.gpfs.registration import header

from ..checkout import needs_safe_checkout

FIXTURES = Path(__file__).parents[1] / "golden" / "driver"


@dataclass(frozen=True)
class Kept:
    """A token as it stood in GPFS, with the words of an event behind it, and what the function printed."""

    id: str
    words: list[str]
    status: int
    printed: list[str]


TOKENS = [Kept(**entry) for entry in json.loads((FIXTURES / "tokens-0.1.0.json").read_text())]


@pytest.fixture(params=["bundle", "no bundle"])
def stub(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The earlier stub, in a folder where today's installation has put what the stub loads."""
    path = installation.install(tmp_path, {"key": str(tmp_path / "gpfs.key")})
    text = (FIXTURES / "stub-0.1.0.txt").read_text()
    path.write_text(text.replace("INTERPRETER", sys.executable).replace("FOLDER", str(tmp_path)))
    if request.param == "no bundle":
        (tmp_path / f"callbackdriver.{sys.hexversion:x}.bundle").unlink()
    return path


@needs_safe_checkout
@pytest.mark.parametrize("kept", TOKENS, ids=lambda kept: kept.id)
def test_a_kept_token_runs_under_a_kept_stub(stub: Path, kept: Kept):
    if "/fm=b" in kept.words[0] and sys.version_info[:2] != (3, 11):
        pytest.skip("this token is bytecode of Python 3.11")
    for _ in range(2):  # the second event takes what the node kept of the first
        done = subprocess.run([stub, *kept.words], env={}, capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stderr) == (kept.status, "")
        log = stub.parent / "log" / "callbackdriver.log"
        assert log.read_text().splitlines()[1:-1] == kept.printed
        log.unlink()


@pytest.mark.parametrize("kept", TOKENS, ids=lambda kept: kept.id)
def test_a_kept_token_is_read_without_running_it(kept: Kept):
    record = CallbackRecord(kept.id, "/opt/callbackdriver.py", ("mount",), (), tuple(kept.words[:1]))
    found = header.read(record)
    assert found is not None
    assert (found.identifier, found.installed_at[:8], found.python) == (kept.id, "20261128", "3.11")


def test_the_configuration_of_a_kept_stub_is_read(stub: Path):
    configuration = installation.configuration_of(stub)
    assert configuration["state"] == str(stub.parent / "state")
    assert configuration["log_bytes"] == 16 << 20
