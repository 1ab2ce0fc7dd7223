"""A drill: ``arcapix-gpfs drill`` plays an event, and the function runs for it as it would for one of GPFS's.

What GPFS starts has the token as its first word. A drill has two words more in front: so no event pays for a
look, and a driver of an earlier release refuses a drill instead of taking it for an event.
"""

from __future__ import annotations

import posix

from . import journal
from .decision import SUCCEEDED, Firing
from .records import DRILL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn


def begin(configuration: dict[str, Any], words: list[str]) -> NoReturn:
    """Decide about a drill as about an event, run it, and end the process.

    Args:
        configuration: The driver's.
        words: What the drill is called, and what GPFS would have started the driver with.
    """
    firing = Firing(configuration)
    firing.drill, firing.mark = "".join(words[:1]) or "-", journal.DRILL
    refusal = firing.decide(words[1:])
    if refusal is None:
        _let_go_if_paused(firing)
        if firing.options:
            from .arrival import arrive

            arrive(firing, words[1:])
        from .run import Run

        run = Run(firing)
        run.variables = {DRILL: firing.drill}
        run.run()
    status, reason = refusal
    if reason:
        from .records import Records
        from .refusal import refuse

        refuse(Records(firing), status, reason)
    posix._exit(status)


def _let_go_if_paused(firing: Firing) -> None:
    """End the process if the callback is paused; the pause counts real events alone."""
    if not posix.access(firing.place("state") + "/paused", posix.F_OK):
        return
    from . import pause

    found = pause.find(pause.read_if_possible(firing.place("state")), firing.callback, firing.started)
    if found is not None:
        from .records import Records
        from .refusal import skip

        skip(Records(firing), found.explanation())
        posix._exit(SUCCEEDED)
