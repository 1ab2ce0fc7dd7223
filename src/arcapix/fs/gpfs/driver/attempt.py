"""The process of a function whose run has options: limits and rights first, then the call, and a report."""

from __future__ import annotations

import posix

from . import descendants
from .decision import ENVIRONMENT, REFUSED, SUCCEEDED, Firing
from .records import DRILL, Records, file_behind
from .run import Run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from .identity import Identity
    from .once import Turn

_SECONDS_TO_LEAVE = 5
"""Of processor time, between the signal that tells a process that it has used its share and the last one."""


class Attempt(Run):
    """The run of one function, as far as it takes place in the function's own process.

    Args:
        firing: What GPFS said.
        records: The records of the run, which the supervisor writes.
        identity: The user that it runs as; None: the driver's.
        printing: A descriptor for what is printed.
        result: A descriptor for the report.
    """

    def __init__(
        self,
        firing: Firing,
        records: Records,
        identity: Identity | None,
        printing: int,
        result: int,
    ) -> None:
        super().__init__(firing, records)
        self.options = dict(firing.options)
        self.identity = identity
        self.printing = printing
        self.result = result
        self.result_pipe = file_behind(result)
        self.supervisor = self.pid
        self.has_told = False
        self.verdict = ""
        self.turn: Turn | None = None
        self.watched = {"linecache"}
        self.variables = {
            name.removeprefix(ENVIRONMENT): value
            for name, value in self.options.items()
            if name.startswith(ENVIRONMENT)
        }
        if firing.drill:
            self.variables[DRILL] = firing.drill

    def load(self) -> None:
        """Load what the function's process needs, in this one: that one would copy each page it writes to.

        The user of the run may not be allowed to read the modules that decode the function, either.
        """
        import faulthandler  # noqa: F401

        if self.is_limited():
            import resource  # noqa: F401
        if not self.firing.known:
            self.unpack()

    def is_limited(self) -> bool:
        """Tell whether the options set a limit that the system watches over."""
        return "memory" in self.options or "cpu_seconds" in self.options

    def run(self) -> NoReturn:
        """Take limits and rights, run the function, report how it ended, and end the process.

        To be called in a process of its own.
        """
        self.pid = posix.getpid()
        self.firing.notes = []  # the supervisor has those that there are
        posix.setpgid(0, 0)
        if "once" in self.options:
            descendants.end_with(self.supervisor)
            self.wait_for_turn()
        try:
            self.take_limits()
            if self.identity is not None:
                self.identity.take()
            descendants.end_with(self.supervisor)
        except (OSError, ValueError) as error:
            self.report("refused", REFUSED, f"its user or limits cannot be had on this node: {error}")
            posix._exit(REFUSED)
        self.prepare()
        self.carry_out()

    def wait_for_turn(self) -> None:
        """Wait until no other node runs the function for such an event; end if one has."""
        from .once import BEAT, GO, Once, Turn

        once = Once(self.firing, self.options["once"])
        reason = ""
        try:
            self.turn = Turn(once, once.record())
            reason = self.turn.wait(lambda: self.send(BEAT))
        except OSError as error:
            self.turn = None
            reason = once.unusable(error)
            if once.on_lost == "run":
                self.firing.notes.append(reason)
                reason = ""
        if reason:
            self.report("skipped", SUCCEEDED, reason)
            posix._exit(SUCCEEDED)
        self.send(GO)

    def take_limits(self) -> None:
        """Take the limits that the options set.

        Raises:
            OSError, ValueError: One of them cannot be had.
        """
        posix.umask(int(self.options.get("umask", "022"), 8))
        if "nice" in self.options:
            posix.setpriority(posix.PRIO_PROCESS, 0, int(self.options["nice"]))
        if self.is_limited():
            import resource

            if "cpu_seconds" in self.options:
                seconds = -int(-float(self.options["cpu_seconds"]) // 1)
                hard = _at_most(resource.getrlimit(resource.RLIMIT_CPU)[1], seconds + _SECONDS_TO_LEAVE)
                resource.setrlimit(resource.RLIMIT_CPU, (min(seconds, hard), hard))
            if "memory" in self.options:
                hard = _at_most(resource.getrlimit(resource.RLIMIT_DATA)[1], int(self.options["memory"]))
                resource.setrlimit(resource.RLIMIT_DATA, (hard, hard))

    def record_end(self, status: int, reason: str) -> None:
        """Tell the other nodes, if need be, and the supervisor how the function ended."""
        if self.turn is not None and status == SUCCEEDED:
            try:
                self.turn.succeeded()
            except OSError as error:
                note = f"another node may run this again, since it cannot be told of the success: {error}"
                self.firing.notes.append(note)
        self.report(self.verdict, status, reason)

    def show(self, error: BaseException) -> str:
        """Print a traceback; return what the exception says in one line, and remember what it asks for."""
        if "retries" in self.options:
            from .outcome import verdict_of

            self.verdict = verdict_of(error)
        return super().show(error)

    def rebuild(self) -> tuple[Any, Any]:
        """Return the function and its plan, after a word to the supervisor on what the node should remember.

        That comes before the function has seen anything of the event: whatever this makes of it, and whoever
        has taken other rights, cannot alter it. A supervisor who knows the function is not woken for nothing.
        """
        rebuilt = super().rebuild()
        if self.learned:
            self.send(self.message_of_learned())
        return rebuilt

    def message_of_learned(self) -> bytes:
        """Return what tells the supervisor, once, what the node should remember."""
        if self.has_told:
            return b""
        self.has_told = True
        return _message(self.learned)

    def report(self, state: str, status: int, reason: str) -> None:
        """Tell the supervisor how the run ended, in texts.

        If the function has closed the descriptor for that, the exit status has to do.
        """
        texts = [text.replace("\0", "\\0") for text in (state, str(status), reason, *self.firing.notes)]
        said = "\0".join(texts).encode("utf-8", "backslashreplace")
        self.send(self.message_of_learned() + _message(said))

    def send(self, data: bytes) -> None:
        """Send something to the supervisor, unless the function has closed the descriptor for that."""
        if file_behind(self.result) != self.result_pipe:
            return
        try:
            while data:
                data = data[posix.write(self.result, data) :]
        except OSError:
            return


def _message(data: bytes) -> bytes:
    """Return what the supervisor is sent, behind its length."""
    return f"{len(data)}\n".encode() + data


def _at_most(hard: int, wanted: int) -> int:
    return wanted if hard < 0 else min(hard, wanted)
