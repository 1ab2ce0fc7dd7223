"""Where the things of a cluster lie below its folder, and which folders and names can be used."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

from arcapix.fs.gpfs.emulator.errors import EmulatorError

FIRST_LINE = 127
"""Longest first line of a script on old kernels, without the line end."""
SOCKET_PATH = 107
"""Longest path of a unix socket."""


@dataclass(frozen=True)
class Place:
    """The folder of a cluster."""

    directory: Path

    @property
    def state(self) -> Path:
        """The saved cluster; its presence makes a folder one of ours."""
        return self.directory / "cluster.json"

    @property
    def bin(self) -> Path:
        """The mm commands."""
        return self.directory / "bin"

    @property
    def libexec(self) -> Path:
        """The program behind the mm commands, and the emulated remote shell and copy."""
        return self.directory / "libexec"

    @property
    def mounts(self) -> Path:
        """The mount points."""
        return self.directory / "mnt"

    @property
    def outputs(self) -> Path:
        """What callbacks wrote, a file for each run."""
        return self.directory / "runs"

    @property
    def socket(self) -> Path:
        """The socket that the daemon answers on."""
        return self.directory / "run" / "socket"

    @property
    def lock(self) -> Path:
        """Held by the process that serves the cluster, as long as it lives."""
        return self.directory / "run" / "lock"

    @property
    def start_lock(self) -> Path:
        """Held by whoever is starting the daemon."""
        return self.directory / "run" / "start"

    @property
    def stopped(self) -> Path:
        """While this file exists nobody starts the daemon; it says why."""
        return self.directory / "run" / "stopped"

    @property
    def daemon_log(self) -> Path:
        """What the daemon itself has to say, errors of the emulator above all."""
        return self.directory / "run" / "daemon.log"

    @property
    def nodes(self) -> Path:
        """The folders of the nodes."""
        return self.directory / "nodes"

    def node(self, short: str) -> Path:
        """The folder of a node."""
        return self.nodes / short

    def log(self, short: str) -> Path:
        """The mmfs-like log of a node."""
        return self.node(short) / "mmfs.log"

    def check(self) -> None:
        """Refuse a folder that scripts, sockets or GPFS's word splitting could not live with.

        Raises:
            EmulatorError: The path is not absolute, has a bad character, or is too long.
        """
        text = str(self.directory)
        if not self.directory.is_absolute():
            raise EmulatorError(f"'{text}' is not an absolute path")
        bad = re.search(r"[^A-Za-z0-9_./+@~=,-]", text)
        if bad:
            raise EmulatorError(
                f"the folder '{text}' cannot hold a cluster because of the character {bad[0]!r} in its path; "
                "choose a path of letters, digits and any of _./+@~=,-"
            )
        longest = SOCKET_PATH - len("/run/socket")
        if len(text.encode()) > longest:
            raise EmulatorError(
                f"the folder '{text}' is too long for a cluster ({len(text)} characters, at most {longest})"
            )
        first_line = f"#!{sys.executable} -ISXutf8"
        if len(first_line) > FIRST_LINE or re.search(r"\s", sys.executable):
            raise EmulatorError(
                f"the interpreter '{sys.executable}' cannot stand in the first line of a script; "
                "use one whose path is shorter and has no blanks"
            )


def check_filesystem_name(name: str) -> None:
    """Refuse what is not a device name.

    Raises:
        EmulatorError: It has other characters than letters, digits, ``_``, ``-`` and ``.``, or is reserved.
    """
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}", name) or name in (
        "all",
        "all_local",
        "all_remote",
    ):
        raise EmulatorError(f"'{name}' cannot be the name of a file system")


def check_node_name(name: str) -> None:
    """Refuse what is not a host name, or would be read as a number, a range or a system class.

    Raises:
        EmulatorError: It is not a name for a node.
    """
    label = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
    if not re.fullmatch(rf"{label}(\.{label})*", name) or re.fullmatch(r"[\d.-]+", name):
        raise EmulatorError(f"'{name}' cannot be the name of a node")
    if name == "localhost" or name in ("all", "mount") or name.endswith("nodes"):
        raise EmulatorError(f"'{name}' cannot be the name of a node, as GPFS has a node class of that name")
