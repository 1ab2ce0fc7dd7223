"""``Run(max_running=)``: how many runs of a callback a node has at the same time; the rest wait or not."""

from __future__ import annotations

import posix

from . import process
from .decision import FAILED, SUCCEEDED, Firing
from .places import RUNNING, Pauses, Places, is_told, pause_of
from .records import Records

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from .pause import Pause


def run(firing: Firing) -> NoReturn:
    """Run the function as soon as that is one of few enough runs, or skip the event, and end the process."""
    from .supervisor import Supervisor

    status = FAILED
    try:
        process.give_up_what_was_inherited()
        records, gate = Records(firing), Gate(firing)
        if gate.skips and not gate.is_open(records):
            gate.skip(records)
            status = SUCCEEDED
        else:
            status = Supervisor(firing, records, gate=gate).supervise()
    finally:
        posix._exit(status)


class Gate:
    """What the run of a callback with that option passes before the function is called.

    A place among the runs that go on belongs to the process, and is free once that has ended. Where places
    cannot be told, the function runs.

    Args:
        firing: What GPFS said; `suppressed` grows by the events that were skipped since the last run.

    Attributes:
        skips: Whether an event is skipped for which there is no place.
        pause: The pause in which a run had its turn that has waited; it has no place, and does not begin.
    """

    def __init__(self, firing: Firing) -> None:
        options = dict(firing.options)
        self.firing = firing
        self.most = int(options["max_running"])
        self.skips = options.get("overflow") == "skip"
        self.places: Places | None = None
        self.pause: Pause | None = None
        self.is_passed = False

    def is_open(self, records: Records) -> bool:
        """Tell whether there is a place, and take it."""
        try:
            self.places = Places(self.firing.place("state"), self.firing.callback, self.firing.node)
            if not self.places.take(RUNNING, self.most):
                return False
            self.firing.suppressed += self.places.take_count(self.firing.drill)
        except OSError as error:
            self._complain(records, error)
        self.is_passed = True
        return True

    def skip(self, records: Records) -> None:
        """Count an event for which there was no place, and record that now and then."""
        assert self.places is not None
        try:
            number = 0 if self.firing.drill else self.places.skip()
            self.leave()
            if is_told(number):
                from .refusal import skip

                since = f"skipped since the last run began: {number}"
                skip(records, f"max_running {self.most}: as many run on this node; {since}")
        except OSError as error:
            records.complain(f"an event is skipped that could not be counted: {error}")

    def wait(self, records: Records) -> None:
        """Wait for a place, in the order in which runs come here."""
        if self.is_passed:
            return
        pauses, self.pause = Pauses(), None
        try:
            self.places = Places(self.firing.place("state"), self.firing.callback, self.firing.node)
            self.places.queue()
            while not self.places.take(RUNNING, self.most):
                pauses.sleep()
            self.pause = pause_of(self.firing)
            if self.pause is not None:
                self.leave()
                return
            self.firing.suppressed += self.places.take_count(self.firing.drill)
            self.places.leave_queue()
        except OSError as error:
            self._complain(records, error)
        self.is_passed = True
        pauses.remark(self.firing)

    def leave(self) -> None:
        """Give up the place."""
        if self.places is not None:
            self.places.close()
            self.places = None
        self.is_passed = False

    def _complain(self, records: Records, error: OSError) -> None:
        self.leave()  # it may be in the way of others
        records.complain(f"this run may be one too many, since max_running={self.most} fails: {error}")
