"""The process of a function whose run has options: limits and rights first, then the call, then a report."""

from __future__ import annotations

import posix

from . import descendants, output
from .decision import ENVIRONMENT, REFUSED, Firing
from .records import Records
from .run import Run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

_SECONDS_TO_LEAVE = 5
"""Of processor time, between the signal that tells a process that it has used its share and the last one."""


class Unavailable(Exception):
    """The user of a run, or its limits, cannot be had on this node."""


class Identity:
    """The user that a function runs as.

    Args:
        name: Its name.
        user: Its number.
        group: That of its group.
    """

    def __init__(self, name: str, user: int, group: int) -> None:
        self.name = name
        self.user = user
        self.group = group

    @classmethod
    def of(cls, name: str) -> Identity:
        """Return the user with a name.

        Raises:
            Unavailable: There is none on this node, or this process may not become it.
        """
        import pwd

        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            raise Unavailable(f"there is no user {name!r} on this node") from None
        if posix.geteuid() not in (0, entry.pw_uid):
            raise Unavailable(
                f"only root may run a function as {name!r}; the driver runs as {posix.geteuid()}"
            )
        return cls(name, entry.pw_uid, entry.pw_gid)

    def take(self) -> None:
        """Become this user, with all its groups, for good.

        Raises:
            OSError: That is not possible.
        """
        if posix.geteuid() == 0:
            posix.initgroups(self.name, self.group)
            posix.setresgid(self.group, self.group, self.group)
            posix.setresuid(self.user, self.user, self.user)


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
        there = posix.fstat(result)
        self.result_mark = there.st_dev, there.st_ino
        self.supervisor = self.pid
        self.watched = {"linecache"}
        self.umask = int(self.options.get("umask", "022"), 8)
        self.variables = {
            name.removeprefix(ENVIRONMENT): value
            for name, value in self.options.items()
            if name.startswith(ENVIRONMENT)
        }

    def run(self) -> NoReturn:
        """Take limits and rights, run the function, report how it ended, and end the process.

        To be called in a process of its own.
        """
        self.pid = posix.getpid()
        try:
            posix.setpgid(0, 0)
            self.take_limits()
            if self.identity is not None:
                self.identity.take()
            descendants.end_with(self.supervisor)
        except (OSError, ValueError) as error:
            self.report("refused", REFUSED, f"its user or limits cannot be had on this node: {error}")
            posix._exit(REFUSED)
        self.prepare()
        self.carry_out()

    def take_limits(self) -> None:
        """Take the limits that the options set.

        Raises:
            OSError, ValueError: One of them cannot be had.
        """
        if "nice" in self.options:
            posix.setpriority(posix.PRIO_PROCESS, 0, int(self.options["nice"]))
        if "memory" in self.options or "cpu_seconds" in self.options:
            import resource

            if "cpu_seconds" in self.options:
                seconds = -int(-float(self.options["cpu_seconds"]) // 1)
                hard = _at_most(resource.getrlimit(resource.RLIMIT_CPU)[1], seconds + _SECONDS_TO_LEAVE)
                resource.setrlimit(resource.RLIMIT_CPU, (min(seconds, hard), hard))
            if "memory" in self.options:
                hard = _at_most(resource.getrlimit(resource.RLIMIT_DATA)[1], int(self.options["memory"]))
                resource.setrlimit(resource.RLIMIT_DATA, (hard, hard))

    def redirect(self) -> None:
        """Put the pipe to the supervisor in the place of standard output and error."""
        try:
            output.redirect(self.printing)
        finally:
            output.make_streams()

    def record_end(self, status: int, reason: str) -> None:
        """Tell the supervisor how the function ended."""
        self.report("", status, reason)

    def report(self, state: str, status: int, reason: str) -> None:
        """Tell the supervisor how the run ended: texts that follow their length, then what was learned.

        If the function has closed the descriptor for that, the exit status has to do.
        """
        texts = [text.replace("\0", "\\0") for text in (state, str(status), reason, *self.firing.notes)]
        said = "\0".join(texts).encode("utf-8", "backslashreplace")
        # Whoever has taken other rights is not believed what the node should remember.
        data = f"{len(said)}\n".encode() + said + (b"" if self.identity else self.learned)
        try:
            there = posix.fstat(self.result)
            if (there.st_dev, there.st_ino) != self.result_mark:
                return
            while data:
                data = data[posix.write(self.result, data) :]
        except OSError:
            return


def _at_most(hard: int, wanted: int) -> int:
    return wanted if hard < 0 else min(hard, wanted)
