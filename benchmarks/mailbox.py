"""A mail server that takes every message and counts them: it stands in for the guide's mail host."""

from __future__ import annotations

import os
import socket
import threading


class Mailbox:
    """The server, in a thread of its own; a context manager.

    Args:
        processors: Where its thread runs, so that it takes no time from what is measured.
    """

    def __init__(self, processors: set[int]) -> None:
        self.messages = 0
        self._processors = processors
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Mailbox:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()

    def _serve(self) -> None:
        os.sched_setaffinity(0, self._processors)
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        connection.sendall(b"220 mailbox\r\n")
        lines = connection.makefile("rb")
        for line in lines:
            if line[:4].upper() == b"DATA":
                connection.sendall(b"354 go on\r\n")
                while next(lines) != b".\r\n":
                    pass
                self.messages += 1
                connection.sendall(b"250 taken\r\n")
            elif line[:4].upper() == b"QUIT":
                connection.sendall(b"221 bye\r\n")
                return
            else:
                connection.sendall(b"250 mailbox\r\n")
