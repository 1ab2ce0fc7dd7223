"""Attempts at events that this node has accepted: the first, and those after a failure, a kill, or a crash.

One process of the node at a time, the *deliverer*, starts what is due, and sleeps until the next is: a storm
of failures leaves no crowd of sleeping processes. Whoever begins or ends an attempt and finds that something
waits starts one; so does `recover`.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # `signal` would load `enum`
import posix
import sys
import time

from . import journal, leftovers, pause, pending_reader, process
from .claims import DELIVERER, Claims
from .decision import Firing
from .delivery import Delivery
from .pending import WAITING, Event, PendingEvents
from .records import DRILL, SYNTHETIC, Records

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

_MOST_AT_A_TIME = 16
"""How many further attempts a node makes at the same time."""
_MOST_OF_A_CALLBACK = 4
"""How many of them one callback may have, so that one whose functions hang keeps none from the others."""

_TICK = 1.0
"""Seconds between two looks at whether something has come, or whoever worked at an event is gone."""

_INTERRUPTED = 130
"""The exit status of a command that was ended by Ctrl-C."""

_NEVER = (0, 0, 0)
"""When a file was seen that is to be looked at."""

_FULL = 75
"""The exit status of a process that has found as many runs of a callback as it may have at the same time."""

_AFTER_A_FALSE_START = 60.0
"""Seconds after which an event is tried again whose process ended before it began an attempt."""


def begin(delivery: Delivery) -> NoReturn:
    """Make the first attempt at an event, in this process, and end it."""

    def attempt() -> None:
        claims = _claims(delivery)
        if claims is None:
            delivery.attempt()
        elif claims.take(delivery.event.id):  # otherwise a deliverer is faster
            known = pending_reader.read_waiting(delivery.events, delivery.firing.node)
            if _is_as_known(delivery.event, known):  # otherwise it has been, and has finished
                if _free(claims, known, delivery.event.id):
                    start_deliverer(delivery.firing, claims)
                _attempt(delivery, claims)

    _alone(delivery.firing, attempt)


def recover(firing: Firing, words: list[str]) -> NoReturn:
    """Deliver what waits on this node, and end the process; with ``--wait``, once nothing waits any more."""
    status = 1
    try:
        process.reset_signals()
        claims = Claims(PendingEvents(firing.place("state")).folder)
        if words == ["--wait"]:
            Deliverer(firing, claims, stays=True).run()
        elif words:
            raise ValueError(f"{words[0][:100]!r} is no option of recover; there is --wait")
        else:
            start_deliverer(firing, claims)
        status = 0
    except KeyboardInterrupt:
        status = _INTERRUPTED
        claims.release(DELIVERER + firing.node)
        start_deliverer(firing, claims)  # nobody has asked for an end of the attempts
    except FileNotFoundError:
        status = 0  # no event has ever been accepted here
    except BaseException as error:
        _complain(firing, error)
    finally:
        posix._exit(status)


def start_deliverer(firing: Firing, claims: Claims) -> None:
    """Start a process that delivers what waits, unless there is one; nobody's child, lest somebody end it."""
    if not claims.is_free(DELIVERER + firing.node):
        return
    child = posix.fork()
    if child:
        posix.waitpid(child, 0)
        return
    try:
        if posix.fork() == 0:
            _alone(firing, lambda: Deliverer(firing, Claims(claims.folder)).run())
    finally:
        posix._exit(0)


class Deliverer:
    """Delivers what waits on this node.

    Args:
        firing: Any start of the driver.
        claims: The claims of this process.
        stays: Whether it waits for what other processes work at, too, in case they are killed.
    """

    def __init__(self, firing: Firing, claims: Claims, *, stays: bool = False) -> None:
        self.firing = firing
        self.claims = claims
        self.stays = stays
        self.claim = DELIVERER + firing.node
        self.events = PendingEvents(firing.place("state"))
        self.driver = _installed()
        self.pauses: list[pause.Pause] = []
        self.seen = _NEVER
        self.known: list[Event] = []
        self.children: dict[int, Event] = {}
        self.not_before: dict[str, float] = {}
        """When a process may be started again for an event, on the clock that nobody sets."""
        self.full_until: dict[str, float] = {}
        """The same for a callback: nobody waits for the end of its runs in one of the few places here."""

    def run(self) -> None:
        """Deliver until nothing waits, unless another process does that already."""
        _signal.pthread_sigmask(_signal.SIG_BLOCK, (_signal.SIGCHLD,))
        while True:
            is_mine = self.claims.take(self.claim)
            if is_mine:
                self.deliver()
                _tidy(self.events)
                self.claims.release(self.claim)
            known = self.waiting()
            if not known or not (self.stays or (is_mine and _free(self.claims, known))):
                return  # otherwise something came at the last moment, and its process found this one at work
            if not is_mine:
                time.sleep(_TICK)

    def waiting(self) -> list[Event]:
        """Return the events that wait, after a look at the file if that has changed."""
        status = posix.stat(self.events.file)
        state = status.st_ino, status.st_size, status.st_mtime_ns
        if state != self.seen:
            self.seen = state
            self.known = pending_reader.read_waiting(self.events, self.firing.node)
        return self.known

    def deliver(self) -> None:
        """Start attempts that are due until nothing waits."""
        while True:
            if self.driver != _installed():
                self.hand_over()
            self.reap()
            known = self.waiting()
            self.pauses = pause.read_if_possible(self.firing.place("state"))
            at_work = {event.id for event in self.children.values()}
            free = [event for event in _free(self.claims, known) if event.id not in at_work]
            if not free and not self.children and not (self.stays and known):
                return
            _signal.sigtimedwait((_signal.SIGCHLD,), min([_TICK, *map(self.start_if_due, free)]))

    def hand_over(self) -> None:
        """Become the driver that has been installed since; the one loaded here may not last."""
        self.driver = _installed()
        try:
            posix.execv(sys.argv[0], [sys.argv[0], "recover", *(["--wait"] if self.stays else [])])
        except OSError:
            return  # it has been removed

    def start_if_due(self, event: Event) -> float:
        """Start a process for an event that is due; return in how many seconds to look at it again."""
        now = time.time()
        wait = max(
            pending_reader.seconds_until_due(event, now),
            self.not_before.get(event.id, 0.0) - time.monotonic(),
            self.full_until.get(event.callback, 0.0) - time.monotonic(),
        )
        if wait > 0 or self.is_busy(event.callback):
            return wait or _TICK
        if pause.find(self.pauses, event.callback, now):
            return _TICK
        self.not_before[event.id] = time.monotonic() + _AFTER_A_FALSE_START
        try:
            child = posix.fork()
        except OSError:
            return _TICK
        if child == 0:
            _alone(self.firing, lambda: redeliver(self.firing.configuration, event))
        self.children[child] = event
        return _TICK

    def is_busy(self, callback: str) -> bool:
        """Tell whether so many attempts are being made that one of a callback has to wait."""
        callbacks = [event.callback for event in self.children.values()]
        return len(callbacks) >= _MOST_AT_A_TIME or callbacks.count(callback) >= _MOST_OF_A_CALLBACK

    def reap(self) -> None:
        """Take note of processes that have ended."""
        while self.children:
            child, status = posix.waitpid(-1, posix.WNOHANG)
            if not child:
                return
            event = self.children.pop(child, None)
            self.seen = (
                _NEVER  # the mark of the event may have changed in the same instant as the file before
            )
            if event is None:
                continue
            is_full = posix.waitstatus_to_exitcode(status) == _FULL
            if is_full:
                self.full_until[event.callback] = time.monotonic() + _TICK
            if is_full or not _is_as_known(event, self.waiting()):
                del self.not_before[event.id]


def _installed() -> tuple[int, int]:
    """Return what tells the driver that is installed now from one installed later."""
    try:
        status = posix.stat(sys.argv[0])
    except OSError:
        return 0, 0
    return status.st_ino, status.st_mtime_ns


def redeliver(configuration: dict[str, Any], event: Event) -> None:
    """Make the next attempt at an event, unless somebody else has."""
    _take_environment(event.environment)
    firing = Firing(configuration)
    delivery = Delivery(firing, event, PendingEvents(firing.place("state")))
    claims = Claims(delivery.events.folder)
    if claims.take(event.id) and _is_as_known(
        event, pending_reader.read_waiting(delivery.events, firing.node)
    ):
        firing.callback, firing.accepted = event.callback, True
        firing.drill = event.environment.get(DRILL, "")
        if firing.drill:
            firing.mark = journal.DRILL
        elif event.environment.get(SYNTHETIC) == "1":
            firing.mark = journal.MISSED
        refusal = firing.decide(event.words)
        if not refusal and not delivery.is_let_in(waits=False):
            posix._exit(_FULL)
        if leftovers.settle(delivery):
            if refusal:
                delivery.refuse(*refusal)
            else:
                _attempt(delivery, claims)


def _take_environment(variables: dict[str, str]) -> None:
    """Have the environment that the event's first attempt had, and its time zone."""
    posix.environ.clear()
    for name, text in variables.items():
        posix.environ[name.encode()] = text.encode("utf-8", "surrogateescape")
    if b"TZ" in posix.environ:
        posix.putenv(b"TZ", posix.environ[b"TZ"])
    else:
        posix.unsetenv(b"TZ")
    time.tzset()


def _alone(firing: Firing, task: Callable[[], None]) -> NoReturn:
    """Do something in a process that nobody waits for, and that holds nothing of GPFS's open."""
    try:
        posix.setsid()
        null = posix.open("/dev/null", posix.O_RDWR)
        for descriptor in (0, 1, 2):
            posix.dup2(null, descriptor)
        process.give_up_what_was_inherited()
        task()
    except BaseException as error:
        _complain(firing, error)
    finally:
        posix._exit(0)


def _complain(firing: Firing, error: BaseException) -> None:
    from .outcome import reason_of

    way_out = "events may wait until somebody runs `arcapix-gpfs recover`"
    Records(firing).complain(f"{way_out}: {reason_of(error)}")


def _claims(delivery: Delivery) -> Claims | None:
    try:
        return Claims(delivery.events.folder)
    except OSError as error:
        delivery.complain(f"this event may run twice, since nobody can be told of this process: {error}")
        return None


def _attempt(delivery: Delivery, claims: Claims) -> None:
    """Make an attempt; afterwards see to what waits."""
    delivery.attempt()
    claims.release(delivery.event.id)
    if delivery.event.mark == WAITING and not delivery.is_told_to_end:
        start_deliverer(delivery.firing, claims)
    _tidy(delivery.events)


def _tidy(events: PendingEvents) -> None:
    try:
        pending_reader.tidy(events)
    except OSError:
        return  # there is time for that later


def _free(claims: Claims, known: list[Event], mine: str = "") -> list[Event]:
    """Return those events that wait and that no process works at."""
    waiting = [event for event in known if event.mark == WAITING and event.id != mine]
    return [event for event in waiting if claims.is_free(event.id)]


def _is_as_known(event: Event, known: list[Event]) -> bool:
    """Tell whether nobody has done anything about an event since it was read."""
    return any((each.id, each.mark, each.attempts) == (event.id, WAITING, event.attempts) for each in known)
