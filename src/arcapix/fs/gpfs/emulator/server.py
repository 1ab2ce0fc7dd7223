"""The socket that commands and control reach a cluster by."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import struct
import threading
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from arcapix.fs.gpfs.emulator import creation
from arcapix.fs.gpfs.emulator.client import LENGTH, TAKEN
from arcapix.fs.gpfs.emulator.errors import EmulatorError

if TYPE_CHECKING:
    from arcapix.fs.gpfs.emulator.emulator import Emulator

BACKLOG = 1024
REFUSED = 1
_CREDENTIALS = struct.Struct("3i")
"""What the kernel says about who connected: process, user, group."""


class Server:
    """Answers on the cluster's socket, a thread for each request."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self._path = emulator.place.socket
        self._path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.bind(str(self._path))
        self._path.chmod(0o600)
        self._socket.listen(BACKLOG)
        self._ended = threading.Event()
        self.stopping = False
        """Set by a request to stop, which is answered before the end."""

    def serve(self) -> None:
        """Answer until `end` is called."""
        while not self._ended.is_set():
            try:
                connection, _ = self._socket.accept()
            except OSError:
                break
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def start(self) -> None:
        """Answer in a thread."""
        threading.Thread(target=self.serve, name="server", daemon=True).start()

    def end(self) -> None:
        """Stop answering."""
        self._ended.set()
        self._path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _answer(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(BrokenPipeError, ConnectionResetError):
            request = _receive(connection)
            if request is None:
                return
            connection.sendall(TAKEN)
            status, output, errors = self._do(request.split(b"\0"), connection)
            head = b"".join(
                number.to_bytes(LENGTH, "big") for number in (status & 0xFF, len(output), len(errors))
            )
            connection.sendall(head + output + errors)
        if self.stopping:
            self.end()

    def _do(self, fields: list[bytes], connection: socket.socket) -> tuple[int, bytes, bytes]:
        uid = _user_of(connection)
        kind, node, folder, pid, *words = [os.fsdecode(field) for field in fields]
        try:
            if uid != os.geteuid():
                raise EmulatorError(
                    f"this emulated cluster belongs to the user with number {os.geteuid()}, not to number "
                    f"{uid}; use it as its owner, or start another one"
                )
            if kind == "run":
                done = self.emulator.run(
                    words,
                    node or None,
                    cwd=Path(folder),
                    pid=int(pid),
                    uid=uid,
                    is_abandoned=lambda: _has_left(connection),
                )
                return done.returncode, os.fsencode(done.stdout), os.fsencode(done.stderr)
            if kind == "reach":
                return 0, self._reach(node, words[0]).encode(), b""
            question = {**json.loads(words[0]), "from": int(pid)}
            answer = CONTROLS[question.pop("do")](self, question)
            return 0, json.dumps(answer).encode(), b""
        except EmulatorError as error:
            return REFUSED, b"", os.fsencode(str(error))
        except Exception:
            traceback.print_exc()
            return REFUSED, b"", traceback.format_exc().encode()

    def _reach(self, from_name: str, name: str) -> str:
        """The label of a node that can be reached from another one."""
        state = self.emulator.state
        here = creation.find_node(state, from_name or state.shell_node)
        there = creation.find_node(state, name)
        if there.side != here.side or there.state == "unknown":
            raise EmulatorError(f"node '{name}' cannot be reached")
        return there.label


def _user_of(connection: socket.socket) -> int:
    """The number of the user who connected."""
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    return int(_CREDENTIALS.unpack(credentials)[1])


def _has_left(connection: socket.socket) -> bool:
    """Tell whether the other side has ended; it sends nothing behind its request."""
    try:
        return not connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return False
    except OSError:
        return True


def _receive(connection: socket.socket) -> bytes | None:
    """Read a whole request; None if the other side left before its end."""
    data = b""
    while len(data) < LENGTH or len(data) < LENGTH + int.from_bytes(data[:LENGTH], "big"):
        block = connection.recv(1 << 16)
        if not block:
            return None
        data += block
    return data[LENGTH:]


def _fire(server: Server, question: Mapping[str, Any]) -> int:
    return server.emulator.fire(question["event"], question["node"], question["variables"])


def _crash(server: Server, question: Mapping[str, Any]) -> None:
    server.emulator.crash(question["node"], spare=question["from"])


def _partition(server: Server, question: Mapping[str, Any]) -> None:
    server.emulator.partition(question["nodes"])


def _heal(server: Server, _: Mapping[str, Any]) -> None:
    server.emulator.heal()


def _fail_disk(server: Server, question: Mapping[str, Any]) -> None:
    server.emulator.fail_disk(question["disk"])


def _processes(server: Server, question: Mapping[str, Any]) -> list[int]:
    node = question["node"]
    label = None if node is None else creation.find_node(server.emulator.state, node).label
    return server.emulator.runs.processes(label)


def _set_switches(server: Server, question: Mapping[str, Any]) -> None:
    server.emulator.set_switches(question["switches"])


def _set_shell_node(server: Server, question: Mapping[str, Any]) -> None:
    with server.emulator.change() as state:
        state.shell_node = creation.find_node(state, question["node"]).name


def _wait_idle(server: Server, question: Mapping[str, Any]) -> bool:
    return server.emulator.wait_idle(question["timeout"])


def _advance(server: Server, question: Mapping[str, Any]) -> None:
    server.emulator.advance(question["seconds"])


def _runs(server: Server, question: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [run.record() for run in server.emulator.records() if run.number > question["after"]]


def _is_locked(server: Server, _: Mapping[str, Any]) -> bool:
    return server.emulator.is_locked()


def _pid(_: Server, __: Mapping[str, Any]) -> int:
    return os.getpid()


def _stop(server: Server, question: Mapping[str, Any]) -> None:
    server.emulator.close(spare=question["from"])
    server.stopping = True


CONTROLS: Mapping[str, Callable[[Server, Mapping[str, Any]], Any]] = {
    "advance": _advance,
    "crash": _crash,
    "fail_disk": _fail_disk,
    "fire": _fire,
    "heal": _heal,
    "is_locked": _is_locked,
    "partition": _partition,
    "pid": _pid,
    "processes": _processes,
    "runs": _runs,
    "set_shell_node": _set_shell_node,
    "set_switches": _set_switches,
    "stop": _stop,
    "wait_idle": _wait_idle,
}
"""What `control` can ask for, by name."""
