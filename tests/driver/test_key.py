"""The cluster key: whose it is and who may read it is looked at before it is used, and it may not go missing."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from arcapix.fs.gpfs.deployment import installation

from ..other_users import CAN_GIVE_AWAY

record = ""


def work() -> None:
    with open(record, "a") as file:
        file.write("x")


@pytest.fixture
def path(driver) -> Path:
    """The key's file; its driver requires it."""
    path = Path(driver.folder / "gpfs.key")
    path.write_text("secret")
    path.chmod(0o600)
    driver.key = b"secret"
    installation.install(driver.folder, {"key": str(path)})
    return path


def dangle(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere")


def link(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


def give_away(path: Path) -> None:
    if not CAN_GIVE_AWAY:
        pytest.skip("only root can give files away")
    os.chown(path, 12345, 0)


COPY = "copy it from another node, never in place: scp -p NODE:{} {}.new && mv {}.new {}"
AWAY = f"move it away, and {COPY}"
NEW = "or, where no callback is signed, remove it and run: arcapix-gpfs key create"

FAULTS = [
    (Path.unlink, f"there is no cluster key in {{}}, and nothing runs here without it; {COPY}; or, where no callback is "
     "signed, run: arcapix-gpfs key forget"),
    (dangle, "the cluster key {} is a link; put the file itself there"),
    (link, "the cluster key {} is a link; put the file itself there"),
    (lambda path: path.chmod(0o640), "the cluster key {} is open to others than its owner; run: chmod 600 {}; as they "
     "may have read it, change it then: arcapix-gpfs key rotate"),
    (lambda path: path.chmod(0o602), f"the cluster key {{}} can be written by others than its owner; {AWAY}"),
    (give_away, f"the cluster key {{}} belongs to another user, who knows it; {AWAY}"),
    (lambda path: path.write_text(""), f"the cluster key {{}} is empty; {COPY}; {NEW}"),
    (lambda path: path.write_text("0123456789abcdef" * 3), f"the cluster key {{}} was cut; {COPY}; {NEW}"),
]  # fmt: skip


@pytest.mark.parametrize("again", [False, True], ids=["first event", "later event"])
@pytest.mark.parametrize(("spoil", "reason"), FAULTS)
@pytest.mark.parametrize("is_signed", [True, False], ids=["signed", "not signed"])
def test_where_the_key_cannot_be_used_nothing_runs_and_the_reason_is_told(
    driver, path, seen, spoil, reason, again, is_signed
):
    if not is_signed:
        driver.key = None
    token = driver.token(work)
    if again and is_signed:
        assert driver.start(token, "eventName=mount").returncode == 0
        seen.unlink()
    spoil(path)
    done = driver.start(token, "eventName=mount")
    assert (done.returncode, seen.exists()) == (3, False)
    assert driver.runs[-1]["reason"] == reason.replace("{}", str(path))


def test_what_ran_without_a_key_does_not_run_once_there_was_one_even_if_that_is_gone(driver, seen):
    token = driver.token(work)
    for _ in range(2):
        assert driver.start(token, "eventName=mount").returncode == 0
    installation.require_key(driver.stub, True)
    assert driver.start(token, "eventName=mount").returncode == 3
    assert seen.read_text() == "xx"
    installation.require_key(driver.stub, False)
    assert driver.start(token, "eventName=mount").returncode == 0


def test_a_key_that_comes_back_lets_its_tokens_run_again(driver, path, seen):
    token = driver.token(work)
    shutil.copy2(path, path.with_name("kept"))
    path.unlink()
    assert driver.start(token, "eventName=mount").returncode == 3
    path.with_name("kept").rename(path)
    assert driver.start(token, "eventName=mount").returncode == 0
    assert seen.read_text() == "x"
