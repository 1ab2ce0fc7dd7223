"""Any call of the driver's may fail, for want of room, descriptors, memory or rights: the function runs."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sys
from pathlib import Path

import pytest

from arcapix.fs.gpfs.driver import decision

from .. import killing

ERRORS = {
    "openat": [errno.EMFILE, errno.ENOSPC, errno.EIO, errno.EACCES, errno.ENOENT],
    "write": [errno.ENOSPC, errno.EIO],
    "mkdir": [errno.ENOSPC, errno.EACCES],
    "chdir": [errno.EACCES],
    "rename": [errno.ENOSPC],
    "unlink": [errno.EIO],
    "fcntl": [errno.ENOLCK],
    "dup": [errno.EMFILE],
    "pipe2": [errno.EMFILE],
    "clone": [errno.EAGAIN],
    "memfd_create": [errno.EMFILE],
}

NEEDED = (sys.prefix, sys.base_prefix, str(Path(decision.__file__).parent), ".unbundled")
"""Without these there is no event: the interpreter, its library, and the driver where it has no bundle."""

record = ""


def work() -> None:
    print("said")
    os.system("echo said by a process")
    for _ in ("a call of its own fails", "only one call fails"):
        with contextlib.suppress(OSError), open(record, "w") as file:
            file.write("worked\n")


def forget_everything(folder: Path) -> None:
    shutil.rmtree(folder / "state", ignore_errors=True)
    shutil.rmtree(folder / "log", ignore_errors=True)


def change_nothing(_: Path) -> None:
    return


EVERY = pytest.param(1, id="each", marks=(pytest.mark.slow, pytest.mark.timeout(600)))


@pytest.mark.parametrize("step", [pytest.param(7, id="some"), EVERY])
@pytest.mark.parametrize("forget", [forget_everything, change_nothing], ids=["first event", "later event"])
def test_a_function_runs_whichever_call_of_the_drivers_fails(driver, seen, step, forget):
    token = driver.token(work)
    assert driver.start(token, "eventName=mount").returncode == 0

    def before() -> None:
        forget(driver.folder)
        seen.unlink(missing_ok=True)
        for damaged in driver.folder.glob("*.damaged"):
            damaged.rename(damaged.with_suffix(""))

    command = [driver.stub, token, "eventName=mount"]
    tried = 0
    for end, what in killing.failures(command, ERRORS, before, since=driver.stub, step=step, env={}):
        if any(place in what for place in (*NEEDED, str(driver.stub), "gpfs.key")):
            continue
        tried += 1
        assert (end.status, seen.exists() and seen.read_text()) == (0, "worked\n"), what
        states = [run["state"] for run in driver.runs]
        assert "callbackdriver: " in end.stderr or states[-1] in ("succeeded", "interrupted"), what
    assert tried > 3
