"""Notices when a function gives up rights that the driver was started with, and when it starts a process.

Afterwards it may run as nobody, who can write neither journal nor log, so they are opened before that. And
what another process prints is collected by a third.
"""

from __future__ import annotations

import _thread
import posix

from . import keeping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .records import Records

_GIVING_UP_RIGHTS = (
    "chroot", "initgroups", "setegid", "seteuid", "setgid", "setgroups", "setregid", "setresgid", "setresuid",
    "setreuid", "setuid",
)  # fmt: skip

_STARTING_PROCESSES = (
    "dup", "dup2", "execv", "execve", "fork", "forkpty", "pipe", "pipe2", "posix_spawn", "posix_spawnp",
    "setns", "system", "unshare",
)  # fmt: skip
"""Or preparing to: ``subprocess`` makes a pipe first, what is kept of a descriptor may be printed to, and
whatever is started in other namespaces is started there first."""


def calls(records: Records) -> None:
    """Have the records of a run prepared before the first call of either kind.

    The function finds these calls in ``os``, which picks up our replacements when it is imported; the first
    call puts the originals back.
    """
    _before(_GIVING_UP_RIGHTS, lambda: keeping.hold(records), records.pid)
    _before(_STARTING_PROCESSES, lambda: keeping.collect(records), records.pid)


class _Watched:
    """A call in ``os`` before which something is to be done.

    Like what it stands for, it can be pickled by its name, and makes no method of a class that has it.
    """

    def __init__(self, name: str, original: Callable[..., object], begin: Callable[[], None]) -> None:
        self.__name__ = self.__qualname__ = name
        self.__module__ = "os"
        self.__doc__ = original.__doc__
        self._original = original
        self._begin = begin

    def __call__(self, *arguments: object, **options: object) -> object:
        self._begin()
        return self._original(*arguments, **options)

    def __reduce__(self) -> str:
        return self.__name__


def _before(names: tuple[str, ...], prepare: Callable[[], None], pid: int) -> None:
    originals = {name: getattr(posix, name) for name in names if hasattr(posix, name)}
    preparing = _thread.RLock()

    def begin() -> None:
        if posix.getpid() != pid:
            return  # a child has nothing to record
        with preparing:  # what another thread starts at the same time waits for it, too
            if originals:
                while originals:
                    setattr(posix, *originals.popitem())
                prepare()

    for name, original in list(originals.items()):
        setattr(posix, name, _Watched(name, original, begin))
