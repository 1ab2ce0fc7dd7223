"""Notices when a function gives up rights that the driver was started with, and when it starts a process.

Afterwards it may run as nobody, who can write neither journal nor log, so they are opened before that. And
what another process prints is collected by a third.
"""

from __future__ import annotations

import posix

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
    "system",
)  # fmt: skip
"""Or preparing to: ``subprocess`` makes a pipe first, and what is kept of a descriptor may be printed to."""


def calls(records: Records) -> None:
    """Have the records of a run prepared before the first call of either kind.

    The function finds these calls in ``os``, which picks up our replacements when it is imported; the first
    call puts the originals back.
    """
    _before(_GIVING_UP_RIGHTS, records.hold, records.pid)
    _before(_STARTING_PROCESSES, records.collect, records.pid)


def _before(names: tuple[str, ...], prepare: Callable[[], None], pid: int) -> None:
    originals = {name: getattr(posix, name) for name in names if hasattr(posix, name)}

    def prepared(original: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object, **options: object) -> object:
            if originals:
                for name in list(originals):
                    setattr(posix, name, originals.pop(name))
                if posix.getpid() == pid:  # a child has nothing to record
                    prepare()
            return original(*arguments, **options)

        return call

    for name, original in originals.items():
        setattr(posix, name, prepared(original))
