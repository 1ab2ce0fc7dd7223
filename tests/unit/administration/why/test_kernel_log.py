from __future__ import annotations

import time
from pathlib import Path

from arcapix.fs.gpfs.administration.why.kernel_log import killed_for_memory


def log(folder: Path, seconds: float) -> Path:
    """A kernel's log, whose line of a killed process was written so many seconds after the node was started."""
    path = folder / "kmsg"
    path.write_text(
        "6,100,5000,-;eth0: link becomes ready\n"
        f"3,339,{seconds * 1e6:.0f},-;Out of memory: Killed process 815 (python3) total-vm:9kB, anon-rss:1kB\n"
        " SUBSYSTEM=memory\n"
    )
    return path


def test_a_process_that_the_kernel_killed_for_memory_is_found(tmp_path: Path) -> None:
    since_boot = time.clock_gettime(time.CLOCK_MONOTONIC)
    started = time.time() - 60
    assert killed_for_memory({815: started, 816: started}, log(tmp_path, since_boot - 30)) == {815}


def test_an_earlier_process_with_the_same_number_is_another_one(tmp_path: Path) -> None:
    since_boot = time.clock_gettime(time.CLOCK_MONOTONIC)
    assert killed_for_memory({815: time.time() - 60}, log(tmp_path, since_boot - 90)) == set()


def test_a_log_that_cannot_be_read_tells_nothing(tmp_path: Path) -> None:
    assert killed_for_memory({815: 0.0}, tmp_path / "none") == set()
