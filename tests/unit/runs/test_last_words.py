"""What ``faulthandler`` writes, in the words of each version, and what only looks like it."""

from __future__ import annotations

import pytest

from arcapix.fs.gpfs.runs.last_words import signal_in

STACK = """\
  File "/usr/lib/python3.11/socket.py", line 961 in getaddrinfo
  File "alerts.py", line 12 in alert
  File "/opt/arcapix/gpfs/callbackdriver.py", line 8 in <module>
"""
PLACE = "in getaddrinfo, /usr/lib/python3.11/socket.py line 961"


@pytest.mark.parametrize(
    ("words", "signal"),
    [
        (f"Stack (most recent call first):\n{STACK}", "SIGTERM"),
        (f"Fatal Python error: Segmentation fault\n\nStack (most recent call first):\n{STACK}", "SIGSEGV"),
        (
            "Fatal Python error: Bus error\n\nCurrent thread 0x00007f11a2b3c740 (most recent call first):\n"
            f"{STACK}\nExtension modules: numpy.core._multiarray_umath (total: 1)\n",
            "SIGBUS",
        ),
        (
            f"Fatal Python error: Aborted\n\nStack (most recent call first):\n{STACK}\n"
            'Current thread\'s C stack trace (most recent call first):\n  Binary file "python3.14", at raise+0x10\n',
            "SIGABRT",
        ),
    ],
)
@pytest.mark.parametrize("before", ["", "printed\n", "Stack (most recent call first):\nno frames\n"])
def test_the_signal_and_the_place_are_read(before: str, words: str, signal: str) -> None:
    assert signal_in((before + words).encode()) == f"killed by {signal} {PLACE}"


def test_the_place_is_the_first_that_is_not_the_drivers() -> None:
    ours = '  File "/opt/lib/arcapix/fs/gpfs/driver/output.py", line 56 in write\n'
    words = "Stack (most recent call first):\n"
    assert signal_in((words + ours + STACK).encode()) == f"killed by SIGTERM {PLACE}"
    assert signal_in((words + ours).encode()) == (
        "killed by SIGTERM in write, /opt/lib/arcapix/fs/gpfs/driver/output.py line 56"
    )


@pytest.mark.parametrize(
    "output",
    [
        "",
        "Stack (most recent call first):\n",
        f"Stack (most recent call first):\n{STACK}and then it went on\n",
        f"Fatal Python error: Aborted\n\nStack (most recent call first):\n{STACK}went on\n",
        STACK,
    ],
)
def test_an_output_that_does_not_end_with_such_words_tells_nothing(output: str) -> None:
    assert signal_in(output.encode()) is None


def test_a_large_output_without_such_words_is_looked_through_quickly() -> None:
    assert signal_in(b"Stack (most recent call first):\n  File\n" * 1500) is None
