"""Events that are delivered at least once: accepted first, and attempted until they are finished or failed.

An event is on this node's disk before GPFS is told that all is well. A process of its
own makes the first attempt, the `deliverer` starts the others.
"""

from __future__ import annotations

import posix
import time

from .decision import SUCCEEDED, Firing, variable
from .pending import BEGUN, ENDED, FAILED, FINISHED, SUPPRESSED, WAITING, Event, PendingEvents
from .records import DRILL, DRIVER_LOG, SYNTHETIC, Records

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from .max_running import Gate

_LONGEST_PAUSE = 300.0
_LONGEST_ASKED = 365 * 86_400.0


class AttemptRecords(Records):
    """The records of one attempt at an event."""

    def __init__(self, firing: Firing, event: Event, attempt: int) -> None:
        super().__init__(firing)
        self.accepted = event
        self.attempt = attempt
        self.id = f"{event.id}.{attempt}-{self.pid}"
        self.output = f"{firing.place('state')}/output/{self.id}@{firing.node}"


def accept(firing: Firing, retries: int, words: list[str]) -> NoReturn:
    """Accept an event, have it attempted, and end this process, which GPFS waits for.

    Args:
        firing: The event.
        retries: How many attempts there may be after the first.
        words: What GPFS started the driver with.
    """
    event = Event(Records(firing).id, firing.started, firing.callback, retries, _environment(firing), words)
    event.suppressed, event.node = firing.suppressed, firing.node
    events = PendingEvents(firing.place("state"))
    try:
        events.accept(event)
        child = posix.fork()
    except OSError as error:
        Records(firing).complain(f"no other process can take care of this event, so GPFS waits: {error}")
        _deliver_here(Delivery(firing, event, events))
    if child == 0:
        from .deliverer import begin

        begin(Delivery(firing, event, events))
    posix._exit(0)


def _deliver_here(delivery: Delivery) -> NoReturn:
    """Make all attempts in this process, which GPFS waits for."""
    from . import pause, process
    from .claims import Claims

    status = 1
    kept = {0, 1, 2}
    notes = delivery.firing.notes
    try:
        process.give_up_what_was_inherited()
        try:
            claims = Claims(delivery.events.folder)
            claims.take(delivery.event.id)  # it may have been accepted, and others may want to recover it
            kept.add(claims.descriptor)
        except OSError:
            delivery.complain("nobody else can be told of this process")
        while delivery.event.mark == WAITING and not delivery.is_told_to_end:
            delivery.firing.notes = list(notes)
            process.close_all_but(kept)
            time.sleep(min(_LONGEST_PAUSE, max(0.0, delivery.event.due - time.time())))
            pause.wait_for_end(delivery.firing.place("state"), delivery.event.callback)
            status = delivery.attempt()
    finally:
        posix._exit(status)


def _environment(firing: Firing) -> dict[str, str]:
    """Return the variables that a later attempt needs as they are now."""
    configuration = firing.configuration
    names = {"TZ", DRIVER_LOG, SYNTHETIC, configuration["node_variable"], *configuration["keep_environment"]}
    found = {name: variable(name) for name in names if name.encode() in posix.environ}
    return {**found, DRILL: firing.drill} if firing.drill else found


class Delivery:
    """The attempts at one event, of which this process makes one.

    Attributes:
        firing: What GPFS said.
        event: The event, as it is known now.
        events: The file that it is in.
        is_told_to_end: Whether somebody has told this process to end.
    """

    def __init__(self, firing: Firing, event: Event, events: PendingEvents) -> None:
        self.firing = firing
        self.event = event
        self.events = events
        self.is_told_to_end = False
        self.gate: Gate | None = None

    def attempt(self) -> int:
        """Make an attempt, write down what becomes of the event, and return the attempt's exit status."""
        from .supervisor import Supervisor

        if not self.is_let_in():
            return SUCCEEDED
        supervisor = Supervisor(self.firing, self._begin(), self.judge)
        status = supervisor.supervise()
        supervisor.stop_listening()
        self.is_told_to_end = supervisor.told_to_end != 0
        self._end()
        if self.gate is not None:
            self.gate.leave()
        return status

    def is_let_in(self, *, waits: bool = True) -> bool:
        """Tell whether as few runs go on as the callback asks for.

        An event of which there was no attempt yet may be finished by that: one that is skipped.

        Args:
            waits: Whether to wait until they are few enough, unless the event is skipped.
        """
        if "max_running" not in dict(self.firing.options):
            return True
        from .max_running import Gate

        self.gate = gate = self.gate or Gate(self.firing)
        if gate.is_passed:
            return True
        event = self.event
        records = AttemptRecords(self.firing, event, event.attempts + 1)
        is_skipped = gate.skips and not event.attempts
        self.firing.suppressed = 0
        if waits and not is_skipped:
            gate.wait(records)
            if gate.pause is not None:
                return False  # it waits for the end of the pause, without a process of its own
        elif not gate.is_open(records):
            if is_skipped:
                gate.skip(records)
                self.settle(FINISHED)
                event.mark = FINISHED
            return False
        if self.firing.suppressed:
            event.suppressed += self.firing.suppressed
            self._write(SUPPRESSED, str(event.suppressed))
        return True

    def refuse(self, status: int, reason: str) -> None:
        """Write down that the driver refuses the event today, which counts as an attempt."""
        from .refusal import refuse

        records = self._begin()
        state, reason = self.judge("refused", status, reason)
        refuse(records, status, reason, state)
        self._end()

    def _begin(self) -> AttemptRecords:
        event = self.event
        self.firing.started = time.time()
        event.attempts += 1
        records = AttemptRecords(self.firing, event, event.attempts)
        self._write(BEGUN, str(event.attempts), records.id, str(records.pid))
        return records

    def _end(self) -> None:
        event = self.event
        if event.mark == WAITING:
            self._write(ENDED, str(event.attempts), f"{time.time():.6f}", f"{event.due:.3f}")
            return
        self.settle(event.mark)

    def settle(self, mark: str) -> None:
        """Write down that the event is finished, or has failed."""
        try:
            self.events.settle(self.event, mark)
        except OSError as error:
            self.complain(f"this event may run again, since its end could not be written down: {error}")

    def _write(self, mark: str, *fields: str) -> None:
        try:
            self.events.note(mark, self.event, *fields)
        except OSError as error:
            self.complain(f"the file of pending events could not be written: {error}")

    def complain(self, text: str) -> None:
        """Tell what could not be written."""
        Records(self.firing).complain(text)

    def judge(self, state: str, status: int, reason: str) -> tuple[str, str]:
        """Decide what is to become of the event after an attempt.

        Args:
            state: How it ended, or what the function has asked for; see `outcome.verdict_of`.
            status: Its exit status.
            reason: Why it was no success.

        Returns:
            State and reason, to be recorded.
        """
        event = self.event
        verdict, _, delay = state.partition(" ")
        count, most = event.attempts - event.spent, event.retries + 1
        if verdict in ("again", "never"):
            state = ""
        if not status:
            event.mark = FINISHED
        elif verdict == "never" or count >= most:
            event.mark = FAILED
            reason = f"{reason}; attempt {count} of {most}, the last"
        else:
            pause = _asked(delay) if verdict == "again" else _pause(count)
            event.due = time.time() + pause
            reason = f"{reason}; attempt {count} of {most}, the next in {pause:.1f} s"
            state = "retrying"
        return state, reason


def _asked(delay: str) -> float:
    """Return how long a function wants to wait; a class of its own may ask for anything."""
    return min(_LONGEST_ASKED, max(0.0, float(delay)))  # 0 where that is no number


def _pause(count: int) -> float:
    """Return how long to wait after so many attempts: the double each time, give or take a half."""
    chance = int.from_bytes(posix.urandom(2), "little") / 0xFFFF
    return min(_LONGEST_PAUSE, 2.0 ** min(count - 1, 16) * (0.5 + chance))
