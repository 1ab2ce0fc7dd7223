"""The bound on plain runs of a callback at the same time; loaded only where many runs go on.

A run that goes on has an output file, whose name ends in the number of its process and its node. Each makes
its own before it looks at how many there are. So of those that find no more files than may run, there are
never too many; whoever finds more comes here, and counts those of its callback that live. Those that wait
keep their files, which they may not write to by their modes: nobody who comes later finds few, and overtakes
them.
"""

from __future__ import annotations

import posix

from . import output
from .decision import SUCCEEDED, Firing
from .places import Pauses, Places, is_told, pause_of
from .records import Records

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from .pause import Pause

_RUNNING, _WAITING = 0o600, 0o400
"""The modes of output files."""

_ARGUMENTS_BYTES = 1 << 12
"""How much of a command line is read; a token begins with what says whose it is."""


class Crowd:
    """The runs of one callback on this node, when there may be too many.

    Args:
        firing: What GPFS said.
        records: The records of a run that has its output file, and has not begun.

    Attributes:
        most: How many may go on at the same time. As many more may wait.
    """

    def __init__(self, firing: Firing, records: Records) -> None:
        self.firing = firing
        self.records = records
        self.most: int = firing.configuration["max_running"]
        self.folder = records.output.rpartition("/")[0]
        header = firing.token.split("@")[1].split("/")
        self.mark = f"@{header[0]}/".encode()
        """What only command lines of this callback hold."""
        self.is_synchronous = any(field.startswith("sy=") for field in header)

    def begin(self) -> None:
        """Record the start of the run, and wait for its turn; or skip the event, and end the process."""
        places = None if self.is_synchronous else self.enter()
        self.records.begin()
        if places is not None:
            try:
                self.wait(places)
            except OSError as error:
                self.complain(error)
            finally:
                places.close()

    def enter(self) -> Places | None:
        """Return the callback's places, to wait there; None if that cannot be told. Or skip the event."""
        places = None
        try:
            places = Places(self.firing.place("state"), self.firing.callback, self.firing.node)
            if self.count(2 * self.most + 1, {_RUNNING, _WAITING}) > 2 * self.most:
                self.skip(places)
        except OSError as error:
            self.complain(error)
            if places is not None:
                places.close()
            return None
        return places

    def wait(self, places: Places) -> None:
        """Wait until few enough run, in the order in which runs come here; in a pause, end the process.

        Raises:
            OSError: That cannot be told.
        """
        pauses = Pauses()
        posix.chmod(self.records.output, _WAITING)
        try:
            places.queue()
            while self.count(self.most, {_RUNNING}) >= self.most:
                pauses.sleep()
        finally:
            posix.chmod(self.records.output, _RUNNING)
        pause = pause_of(self.firing)
        if pause is not None:
            self.let_go(pause)
        self.firing.suppressed += places.take_count(self.firing.drill)
        places.leave_queue()
        pauses.remark(self.firing)

    def let_go(self, pause: Pause) -> NoReturn:
        """Record that the function is not called, since a pause began meanwhile, and end the process."""
        from .pause import let_go_at_its_turn

        try:
            let_go_at_its_turn(self.firing, pause, self.records)
        finally:
            posix._exit(SUCCEEDED)

    def skip(self, places: Places) -> None:
        """Count the event, record that now and then, and end the process.

        Raises:
            OSError: It cannot be counted.
        """
        number = 0 if self.firing.drill else places.skip()
        output.discard(self.records.output)
        try:
            if is_told(number):
                from .refusal import skip

                others = f"{self.most} runs of this callback go on at this node, and {self.most} wait"
                skip(self.records, f"{others}; skipped since the last run began: {number}")
        finally:
            posix._exit(SUCCEEDED)

    def count(self, enough: int, modes: set[int]) -> int:
        """Return how many runs of the callback live whose output files have one of these modes, or `enough`.

        Raises:
            OSError: The folder cannot be read.
        """
        found = 0
        for name in posix.listdir(self.folder):
            if found < enough and self.is_mine(name):
                try:
                    found += posix.stat(f"{self.folder}/{name}").st_mode & 0o777 in modes
                except FileNotFoundError:
                    continue
        return found

    def is_mine(self, name: str) -> bool:
        """Tell whether an output file is of a living run of this callback on this node."""
        run, _, node = name.partition("@")
        if node != self.firing.node:
            return False
        try:
            descriptor = posix.open(
                f"/proc/{run.rpartition('-')[2]}/cmdline", posix.O_RDONLY | posix.O_CLOEXEC
            )
        except OSError:
            return False
        try:
            return self.mark in posix.read(descriptor, _ARGUMENTS_BYTES)
        except OSError:
            return False
        finally:
            posix.close(descriptor)

    def complain(self, error: OSError) -> None:
        """Tell why the run goes on without having looked."""
        self.records.complain(f"this run may be one too many, since the others cannot be counted: {error}")
