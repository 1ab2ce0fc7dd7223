"""An event with run options arrives: is it for this node and this moment, and who sees to its run?"""

from __future__ import annotations

import posix

from .decision import SUCCEEDED, Firing, variable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


def arrive(firing: Firing, words: list[str]) -> NoReturn:
    """Have an event run, or not, and end the process with the status for GPFS.

    Args:
        firing: The event.
        words: What GPFS started the driver with.
    """
    options = dict(firing.options)
    if "reconcile" in options:
        from .journal import MISSED
        from .records import SYNTHETIC

        if variable(SYNTHETIC) == "1":
            firing.mark = MISSED
    reason = _reason_to_skip(firing)
    if reason:
        from .records import Records
        from .refusal import skip

        skip(Records(firing), reason)
        posix._exit(SUCCEEDED)
    if "every" in options and not firing.drill:
        from .every import drops

        if drops(firing, float(options["every"])):
            posix._exit(SUCCEEDED)
    if "retries" in options:
        from .delivery import accept

        accept(firing, int(options["retries"]), words)
    if "max_running" in options:
        from . import max_running

        max_running.run(firing)
    from .supervisor import Supervisor

    Supervisor(firing).run()


def _reason_to_skip(firing: Firing) -> str:
    """Return why another node sees to the event, as far as that can be told at once; nothing if none does."""
    options = dict(firing.options)
    if "only_on" in options:
        from . import managers

        reason = managers.reason_to_skip(firing, options["only_on"])
        if reason:
            return reason
    if "once" not in options:
        return ""
    from .once import Once, look

    once = Once(firing, options["once"])
    try:
        return look(once)
    except TimeoutError as error:
        if once.on_lost == "skip":
            return str(error)
        firing.notes.append(str(error))
        firing.options = tuple(pair for pair in firing.options if pair[0] != "once")
    return ""
