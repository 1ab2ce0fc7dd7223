"""The moment when a function gives up rights that the driver was started with, as the guide advises.

Afterwards it may be nobody, who can write neither journal nor log: so they are opened before.
"""

from __future__ import annotations

import posix

from . import environment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .run import Run

_FUNCTIONS = (
    "chroot", "initgroups", "setegid", "seteuid", "setgid", "setgroups", "setregid", "setresgid", "setresuid",
    "setreuid", "setuid",
)  # fmt: skip


def watch(run: Run) -> None:
    """Open the records of a run before the first call that gives up rights.

    The function finds these calls in ``os``, which takes them from here when it is imported; the first one
    puts them back.
    """
    originals = {name: getattr(posix, name) for name in _FUNCTIONS if hasattr(posix, name)}

    def prepared(original: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object) -> object:
            if originals:
                for name in list(originals):
                    setattr(posix, name, originals.pop(name))
                if posix.getpid() == run.pid:  # a child has nothing to record
                    _open_records(run)
            return original(*arguments)

        return call

    for name, original in originals.items():
        setattr(posix, name, prepared(original))


def _open_records(run: Run) -> None:
    for path, mode, maximum in (run.log_file, run.journal_file):
        try:
            run.kept_open[path] = run.opened(path, mode, maximum)
        except OSError as error:
            run.complain(str(error))
    try:
        run.kept_open[run.output] = posix.open(run.output, posix.O_RDONLY | posix.O_CLOEXEC)
    except OSError:
        return  # there is none; that was complained about
    environment.discard(run.output)
