"""A run with options: a process of its own for the function, and this one, which watches over it.

The function has a process group, limits and perhaps a user of its own. This process passes on what is
printed, ends what takes too long, and records the end of the run, whatever becomes of the other one.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # `signal` would load `enum`
import posix
import select
import time

from . import descendants, output, process
from .attempt import Attempt
from .decision import FAILED, REFUSED, SUCCEEDED, TIMED_OUT, Firing
from .records import Records
from .time_limit import TimeLimit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from .bounded_file import BoundedFile
    from .identity import Identity
    from .max_running import Gate
    from .pause import Pause

    Judge = Callable[[str, int, str], tuple[str, str]]

_TERMINATING = (_signal.SIGTERM, _signal.SIGINT, _signal.SIGHUP)
_TICK = 0.05
"""Seconds between two looks at whether the processes of a run have ended that were asked to."""

_LONGEST_LOOK = 86_400.0
"""Seconds after which it looks again anyway; ``poll`` takes no more than 24 days."""

_CHUNK_BYTES = 1 << 16
_MOST_CHUNKS = 17
"""More than a pipe can hold."""

_MOST_RESULT = 16 << 20


class Supervisor:
    """The run of one function for one event, under the options in its token.

    Args:
        firing: What GPFS said.
        records: The records of the run; by default, those of a run that is the only one for its event.
        judge: Gets state, status and reason of how the run ended; returns state and reason to be recorded.
        gate: What the run waits at before the function is called.
    """

    def __init__(
        self,
        firing: Firing,
        records: Records | None = None,
        judge: Judge | None = None,
        gate: Gate | None = None,
    ) -> None:
        self.firing = firing
        self.options = dict(firing.options)
        self.records = records or Records(firing)
        self.judge = judge
        self.gate = gate
        self.identity: Identity | None = None
        self.output: int | None = None
        self.file: BoundedFile | None = None
        """What takes the output, from the first word on."""
        self.reading = self.telling = self.waking = -1
        self.child = 0
        self.wait_status: int | None = None
        self.is_drained = False
        self.result = b""
        self.told_to_end = 0
        """The signal by which somebody has told this process to end."""
        self.limit = TimeLimit(self.options)
        self.is_timed_out = False
        self.is_killed = False
        self.is_recorded = False
        self.status = FAILED

    def run(self) -> NoReturn:
        """Run the function from its record's first line to its last, and end the process."""
        status = FAILED
        try:
            process.give_up_what_was_inherited()
            status = self.supervise()
        finally:
            posix._exit(status)

    def supervise(self) -> int:
        """Run the function from its record's first line to its last, and return the exit status."""
        try:
            refusal = self.find_user() if "run_as" in self.options else ""
            if refusal:
                self.refuse(REFUSED, refusal)
                return REFUSED
            self.records.begin()
            if self.gate is not None:
                self.gate.wait(self.records)
                if self.gate.pause is not None:
                    return self.let_go(self.gate.pause)
            self.start()
            if "once" in self.options:
                self.wait_for_turn()
            if not self.is_recorded:
                self.watch()
                self.end()
            return self.status
        except BaseException as error:
            self.give_up(error)
            return FAILED

    def refuse(self, status: int, reason: str) -> None:
        """Record that the function is not called."""
        from .refusal import refuse

        self.is_recorded = True
        state, reason = self.judged("refused", status, reason)
        refuse(self.records, status, reason, state)

    def let_go(self, pause: Pause) -> int:
        """Record that the function is not called, since a pause began meanwhile; return the exit status."""
        from .pause import let_go_at_its_turn

        self.is_recorded = True
        let_go_at_its_turn(self.firing, pause, self.records)
        return SUCCEEDED

    def give_up(self, error: BaseException) -> None:
        """Record that the run could not be supervised; its process, if there is one, ends with this one."""
        from .outcome import reason_of

        reason = f"this run could not be supervised: {reason_of(error)}"
        self.records.complain(reason)
        if not self.is_recorded:
            state, reason = self.judged("", FAILED, reason)
            self.records.end(FAILED, reason, time.time(), state)

    def judged(self, state: str, status: int, reason: str) -> tuple[str, str]:
        """Return the state and the reason to record."""
        return self.judge(state, status, reason) if self.judge else (state, reason)

    def find_user(self) -> str:
        """Find the user that the function runs as; return why it cannot be had on this node, or nothing."""
        from .identity import Identity, Unavailable

        try:
            self.identity = Identity.of(self.options["run_as"])
        except Unavailable as error:
            return str(error)
        return ""

    def start(self) -> None:
        """Start the process of the function.

        Raises:
            OSError: It cannot be started.
        """
        if self.output is None:  # otherwise it is started again
            self.output = self.records.open_output()
        self.reading, printing = posix.pipe2(posix.O_CLOEXEC)
        self.telling, result = posix.pipe2(posix.O_CLOEXEC)
        self.waking, waking = posix.pipe2(posix.O_CLOEXEC)
        for descriptor in (self.reading, self.telling, self.waking, waking):
            posix.set_blocking(descriptor, False)
        descendants.adopt()
        attempt = Attempt(self.firing, self.records, self.identity, printing, result)
        attempt.load()
        self.child = posix.fork()
        if self.child == 0:
            process.close_all_but({0, 1, 2, printing, result})
            attempt.run()
        posix.close(printing)
        posix.close(result)
        _signal.set_wakeup_fd(waking, warn_on_full_buffer=False)
        for number in (*_TERMINATING, _signal.SIGCHLD):
            _signal.signal(number, self.hear)

    def wait_for_turn(self) -> None:
        """Wait until the function is called, or known not to be; see to a folder that does not answer."""
        from .once import BEAT, GO, Once

        once = Once(self.firing, self.options["once"])
        poll = select.poll()
        for descriptor in (self.telling, self.waking):
            poll.register(descriptor, select.POLLIN)
        while poll.poll(1000 * once.lost_after):
            self.take(self.waking)
            said = self.take(self.telling)
            if self.told_to_end or said == b"":
                return
            if self.result.strip(BEAT):
                self.result = self.result.lstrip(BEAT).removeprefix(GO)
                return
            self.result = b""
        self.signal(_signal.SIGKILL)
        if once.on_lost == "skip":
            self.is_recorded, self.status = True, SUCCEEDED
            state, reason = self.judged("skipped", SUCCEEDED, once.lost())
            self.records.end(SUCCEEDED, reason, time.time(), state)
        else:
            self.firing.notes.append(once.lost())
            self.firing.options = tuple(pair for pair in self.firing.options if pair[0] != "once")
            self.start()

    def stop_listening(self) -> None:
        """Let signals do again what they do in any program."""
        _signal.set_wakeup_fd(-1)
        for number in (*_TERMINATING, _signal.SIGCHLD):
            _signal.signal(number, _signal.SIG_DFL)

    def hear(self, number: int, _: object) -> None:
        """Remember who has told this process to end; that a child ended is seen anyway."""
        if number in _TERMINATING:
            self.told_to_end = number

    def watch(self) -> None:
        """Pass on what is printed until the function has ended; end it when its time is over."""
        poll = select.poll()
        for descriptor in (self.reading, self.telling, self.waking):
            poll.register(descriptor, select.POLLIN)
        deadline = self.limit.deadline()
        is_over = False
        while not self.has_ended(all_of_them=is_over):
            now = time.monotonic()
            if not is_over and (self.told_to_end or (deadline is not None and now >= deadline)):
                self.is_timed_out = not self.told_to_end
                self.signal(_signal.SIGTERM)
                is_over, deadline = True, now + self.limit.grace()
            elif is_over and deadline is not None and now >= deadline:
                if self.is_killed:  # one of them waits for a disk or a file system that hangs
                    self.firing.notes.append("some of its processes do not end though they were killed")
                    break
                self.signal(_signal.SIGKILL)
                descendants.end_all(posix.getpid())
                self.is_killed, deadline = True, now + self.limit.grace()
            for descriptor, _ in poll.poll(_milliseconds(deadline, now, _TICK if is_over else None)):
                if self.take(descriptor) == b"":
                    poll.unregister(descriptor)
        for descriptor in (self.reading, self.telling):
            for _ in range(_MOST_CHUNKS):  # somebody else may go on printing without end
                if not self.take(descriptor):
                    break

    def has_ended(self, *, all_of_them: bool) -> bool:
        """Tell whether the function's process has ended; or that, and all that it has started."""
        if self.wait_status is None:
            child, status = posix.waitpid(self.child, posix.WNOHANG)
            if child == 0:
                return False
            self.wait_status = status
        if not all_of_them:
            return True
        descendants.reap()
        return not (self.signal(0) or descendants.of(posix.getpid()))

    def signal(self, number: int) -> bool:
        """Send a signal to the process group of the function; tell whether there still is one."""
        try:
            posix.killpg(self.child, number)
        except ProcessLookupError:
            if self.wait_status is None:  # it has no group of its own yet
                posix.kill(self.child, number)
            return False
        return True

    def take(self, descriptor: int) -> bytes | None:
        """Take what can be read: nothing at the end of what there is, None if there may be more later."""
        try:
            data = posix.read(descriptor, _CHUNK_BYTES)
        except BlockingIOError:
            return None
        if descriptor == self.telling and len(self.result) < _MOST_RESULT:
            self.result += data
        elif descriptor == self.reading:
            self.is_drained = not data
            if data:
                self.keep(data)
        return data

    def keep(self, data: bytes) -> None:
        """Keep what the function has printed, if there is a file for it."""
        if self.file is None:
            if self.output is None:
                return
            from .bounded_file import BoundedFile

            self.file = BoundedFile(self.output, int(self.options.get("output", output.MOST_BYTES)))
        self.file.add(data)

    def end(self) -> None:
        """Record how the run ended."""
        outcome, self.status, reason, learned = self.outcome()
        state, reason = self.judged(outcome, self.status, reason)
        if self.firing.notes:
            from .once import with_loss

            reason = with_loss(reason, self.firing.notes)
        self.is_recorded = True
        self.records.end(self.status, reason, time.time(), state)
        if outcome != "refused" and (learned or not self.firing.known):
            self.firing.keep(learned)
        if not self.is_drained:  # somebody may still print
            from .collector import keep_later

            keep_later(self.reading, self.records.output)

    def outcome(self) -> tuple[str, int, str, bytes]:
        """Return state, status, reason, and what this node should remember of the function."""
        learned, rest = _first_message(self.result)
        report, _ = _first_message(rest)
        texts = report.decode("utf-8", "replace").split("\0")
        state, status, reason, *notes = texts if len(texts) > 2 else ("", "", "")
        self.firing.notes += notes
        if self.firing.known:
            learned = b""  # there is nothing to learn, whoever says so
        if self.is_timed_out:
            return "timed-out", TIMED_OUT, self.limit.reason, learned
        if self.told_to_end:
            reason = f"the driver was told to end by {_name_of(self.told_to_end)}"
            return "interrupted", FAILED, reason, learned
        if status.isdigit():
            return state, int(status), reason, learned
        return *self.outcome_without_a_word(), learned

    def outcome_without_a_word(self) -> tuple[str, int, str]:
        """Return state, status and reason where the process has left without a report, or been killed."""
        code = posix.waitstatus_to_exitcode(self.wait_status or 0)
        if code >= 0:
            return "", min(code, 1), f"its process left with status {code}, without a word" if code else ""
        if -code == _signal.SIGXCPU:
            used = f"it has used its {self.options.get('cpu_seconds')} s of processor time"
            return "", FAILED, f"killed by SIGXCPU: {used}"
        return "interrupted", FAILED, f"killed by {_name_of(-code)}"


def _first_message(data: bytes) -> tuple[bytes, bytes]:
    """Return the first of messages that stand behind their lengths, and what follows it."""
    length, _, rest = data.partition(b"\n")
    if not (length.isdigit() and len(length) < 10 and int(length) <= len(rest)):
        return b"", b""
    return rest[: int(length)], rest[int(length) :]


def _milliseconds(deadline: float | None, now: float, most: float | None) -> float | None:
    """Return how long to wait for something to read, for ``poll``."""
    left = [seconds for seconds in (deadline and max(0.0, deadline - now), most) if seconds is not None]
    return min(*left, _LONGEST_LOOK) * 1000 + 1 if left else None


def _name_of(number: int) -> str:
    for name, value in vars(_signal).items():
        if value == number and name.startswith("SIG") and name[3] != "_":
            return str(name)
    return f"signal {number}"
