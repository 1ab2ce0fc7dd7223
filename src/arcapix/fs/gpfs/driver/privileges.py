"""Notices when a function gives up rights that the driver was started with, as the guide advises.

Afterwards it may run as nobody, who can write neither journal nor log, so they are opened before that.
"""

from __future__ import annotations

import posix

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .records import Records

_FUNCTIONS = (
    "chroot", "initgroups", "setegid", "seteuid", "setgid", "setgroups", "setregid", "setresgid", "setresuid",
    "setreuid", "setuid",
)  # fmt: skip


def watch(records: Records) -> None:
    """Have the records of a run opened before the first call that gives up rights.

    The function finds these calls in ``os``, which picks up our replacements when it is imported; the first
    call puts the originals back.
    """
    originals = {name: getattr(posix, name) for name in _FUNCTIONS if hasattr(posix, name)}

    def prepared(original: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object) -> object:
            if originals:
                for name in list(originals):
                    setattr(posix, name, originals.pop(name))
                if posix.getpid() == records.pid:  # a child has nothing to record
                    records.hold()
            return original(*arguments)

        return call

    for name, original in originals.items():
        setattr(posix, name, prepared(original))
