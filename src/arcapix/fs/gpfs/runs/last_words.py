"""Reads what a run that a signal ended has written at last: where it was, most recent call first.

`driver.process.trace_death` has the library ``faulthandler`` write it, which names the signals of crashes.
For termination it writes the calls alone, and the driver asks for these at no other signal.
"""

from __future__ import annotations

import re

_CRASHES = {
    b"Segmentation fault": "SIGSEGV",
    b"Floating-point exception": "SIGFPE",
    b"Floating point exception": "SIGFPE",
    b"Aborted": "SIGABRT",
    b"Bus error": "SIGBUS",
    b"Illegal instruction": "SIGILL",
}

_LAST_WORDS = re.compile(
    rb"""(?:Fatal\ Python\ error:\ (?P<crash>[^\n]+)\n\n(?:Current\ thread[^\n]*|Stack[^\n]*)\n
    |(?P<termination>Stack\ \(most\ recent\ call\ first\):)\n)
    (?P<calls>\ \ File\ "[^\n]*",\ line\ \d+\ in\ [^\n]*\n(?:\ \ [^\n]*\n)*)
    (?P<rest>(?:\n[^\n]+)*\n*)\Z""",
    re.VERBOSE,
)
_CALL = re.compile(rb'  File "(?P<file>[^\n]*)", line (?P<line>\d+) in (?P<name>[^\n]*)\n')
_OURS = b"/arcapix/fs/gpfs/driver/"
"""In the names of the driver's own modules, which do not tell a user where the function was."""


def signal_in(output: bytes) -> str | None:
    """Return which signal ended a run, and where; None if its output does not end with such words.

    Args:
        output: What it has printed, or the end of that.
    """
    found = _LAST_WORDS.search(output)
    if found is None:
        return None
    crash = found["crash"]
    signal = "SIGTERM" if crash is None else _CRASHES.get(crash, crash.decode(errors="replace"))
    calls = [call.groups() for call in _CALL.finditer(found["calls"])]
    call = next((call for call in calls if _OURS not in call[0]), calls[0])
    file, line, name = (part.decode(errors="replace") for part in call)
    return f"killed by {signal} in {name}, {file} line {line}"
