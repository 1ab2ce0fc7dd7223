"""What the figures were taken on, and the surroundings that every program is started in."""

from __future__ import annotations

import os
import platform
import sys
import sysconfig
import time
from collections.abc import Iterator
from contextlib import contextmanager

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}
"""All that a program finds in its environment; a callback uses nothing else that GPFS might give it."""


@contextmanager
def pinned() -> Iterator[set[int]]:
    """Keep this thread, and what it starts, on one processor; yield the others, or all if there are none."""
    allowed = os.sched_getaffinity(0)
    chosen = max(allowed)
    os.sched_setaffinity(0, {chosen})
    try:
        yield allowed - {chosen} or allowed
    finally:
        os.sched_setaffinity(0, allowed)


def describe() -> dict[str, str]:
    """Return what a results page states: interpreter, kernel, processors, date, load."""
    return {
        "interpreter": f"CPython {platform.python_version()}, {platform.python_compiler()}, {_build()}",
        "kernel": f"{platform.system()} {platform.release()}",
        "processors": f"{len(os.sched_getaffinity(0))} of {_processor()}",
        "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "load before": f"{os.getloadavg()[0]:.2f}",
    }


def _build() -> str:
    given = str(sysconfig.get_config_var("CONFIG_ARGS") or "")
    found = [name for name in ("--enable-optimizations", "--with-lto", "--enable-shared") if name in given]
    return ("built with " + " ".join(found)) if found else "built without optimizations"


def _processor() -> str:
    try:
        with open("/proc/cpuinfo") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        return platform.machine()
    return platform.machine()


def base() -> list[str]:
    """Return the command line of the base: the interpreter that starts and ends, and does nothing."""
    return [sys.executable, "-I", "-S", "-c", "pass"]
