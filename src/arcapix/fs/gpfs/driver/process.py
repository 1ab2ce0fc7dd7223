"""The process that a function runs in: descriptors, signals and priorities, whatever GPFS hands over.

A daemon with many threads blocks and ignores signals, is protected when memory runs out, and may run ahead of
all others. What it starts inherits that; a handler finds what any program finds that a shell has started.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # `signal` would load `enum`
import posix
import sys

_AS_PYTHON_IGNORES = (_signal.SIGPIPE, _signal.SIGXFSZ)

_MANY = 1 << 16
"""Descriptors up to here are closed where the system does not tell which are open."""


def give_up_what_was_inherited() -> None:
    """Give up descriptors, signal state and priorities of GPFS's daemon, as far as rights allow."""
    own_descriptors()
    reset_signals()
    reset_priorities()


def own_descriptors() -> None:
    """Close every descriptor but 0, 1 and 2, and make sure that these exist."""
    if None in (sys.stdin, sys.stdout, sys.stderr):  # Python found one of them closed
        _fill_standard_descriptors()
    close_all_but({0, 1, 2})


def _fill_standard_descriptors() -> None:
    try:
        while posix.open("/dev/null", posix.O_RDWR) < 3:
            continue
    except OSError:
        return  # there is no /dev; the output file may get a number of theirs, which is as well


def close_all_but(kept: set[int]) -> None:
    """Close every other descriptor."""
    try:
        numbers = set(map(int, posix.listdir("/proc/self/fd")))
    except OSError:
        lowest = 0
        for number in (*sorted(kept), _MANY):
            if lowest < number:  # an empty range would be taken for all
                posix.closerange(lowest, number)
            lowest = number + 1
        return
    for number in numbers - kept:
        posix.closerange(number, number + 1)  # without an error where that is the one that listed the folder


def reset_signals() -> None:
    """Block no signal, and have each do what it does in a Python program that was just started."""
    numbers, ignored = range(1, _signal.NSIG), _signal.SIG_IGN
    for number, handler in zip(numbers, map(_signal.getsignal, numbers)):
        if handler == ignored and number not in _AS_PYTHON_IGNORES:
            _signal.signal(number, _signal.SIG_DFL)
    _signal.signal(_signal.SIGINT, _signal.default_int_handler)
    _signal.pthread_sigmask(_signal.SIG_SETMASK, ())


def reset_priorities() -> None:
    """Run as any other process does, and be ended as any other is when memory runs out."""
    for reset in (_reset_scheduling, _reset_nice, _reset_choice_when_memory_runs_out):
        try:
            reset()
        except OSError:
            continue  # only root may raise a priority, and there may be no /proc


def _reset_scheduling() -> None:
    if posix.sched_getscheduler(0) != posix.SCHED_OTHER:
        posix.sched_setscheduler(0, posix.SCHED_OTHER, posix.sched_param(0))


def _reset_nice() -> None:
    if posix.getpriority(posix.PRIO_PROCESS, 0) != 0:
        posix.setpriority(posix.PRIO_PROCESS, 0, 0)


def _reset_choice_when_memory_runs_out() -> None:
    descriptor = posix.open("/proc/self/oom_score_adj", posix.O_RDWR | posix.O_CLOEXEC)
    try:
        if posix.read(descriptor, 16) != b"0\n":
            posix.write(descriptor, b"0")
    finally:
        posix.close(descriptor)


def reap(child: int) -> None:
    """Wait for the end of a process that this one has started."""
    try:
        posix.waitpid(child, 0)
    except ChildProcessError:
        return  # GPFS ignores that children end, so there is none to wait for


def trace_death() -> None:
    """Have a run that a signal ends leave in its output where it was, since it can record no end.

    That is done without Python's help, so it works wherever the function hangs; Python sees the usual state
    of the signals. A child that is terminated, as by a pool of processes, is no news. What the function has
    set itself for termination stays, in its children too.
    """
    import faulthandler

    def trace_termination() -> None:
        if _signal.getsignal(_signal.SIGTERM) == _signal.SIG_DFL:
            faulthandler.register(_signal.SIGTERM, 2, all_threads=False, chain=True)

    def leave_termination_alone() -> None:
        if _signal.getsignal(_signal.SIGTERM) == _signal.SIG_DFL:
            faulthandler.unregister(_signal.SIGTERM)

    faulthandler.enable(2, all_threads=False)
    trace_termination()
    posix.register_at_fork(before=leave_termination_alone, after_in_parent=trace_termination)
