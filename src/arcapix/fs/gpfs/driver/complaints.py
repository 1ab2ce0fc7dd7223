"""Tells standard error and syslog what went wrong, and waits for neither: whoever listens may hang, too."""

from __future__ import annotations

import posix
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    import select

    from .records import Records

_AT_ONCE = 4_096
"""Bytes that a pipe takes without waiting, once it is ready for any."""

_PATIENCE_MILLISECONDS = 1_000

_PRIORITY = 3 << 3 | 3
"""An error of a daemon."""

_MOST_CHARACTERS = 2_000


def tell(records: Records, text: str) -> None:
    """Tell both what went wrong about a run."""
    print_error(f"callbackdriver: {one_line(text)}\n")
    firing = records.firing
    tell_syslog(firing.configuration["syslog"], f"run {records.id} of {firing.callback}: {text}")


def print_error(text: str) -> bool:
    """Write to standard error; tell whether all of it was taken."""
    try:
        import select
    except ImportError:  # the function has given up the right to read the library
        return _write(text.encode(errors="replace"), None)
    poll = select.poll()
    poll.register(2, select.POLLOUT)
    return _write(text.encode(errors="replace"), poll)


def _write(data: bytes, poll: select.poll | None) -> bool:
    position = 0
    try:
        while position < len(data):
            if poll is not None and not poll.poll(_PATIENCE_MILLISECONDS):
                return False
            position += posix.write(2, data[position : position + _AT_ONCE])
    except OSError:
        return False
    return True


def one_line(text: str) -> str:
    """Return a text as one line that whoever reads it on a terminal only sees."""
    return "".join([each if each.isprintable() else ascii(each)[1:-1] for each in text])


def tell_syslog(address: str, text: str) -> bool:
    """Send a line to the socket that syslog listens at; tell whether it was taken."""
    try:
        import _socket  # `socket` would load `enum` and `selectors`
    except ImportError:
        return False
    stamp = time.strftime("%b %e %H:%M:%S")
    said = one_line(" ".join(text[:_MOST_CHARACTERS].split()))
    line = f"<{_PRIORITY}>{stamp} callbackdriver[{posix.getpid()}]: {said}".encode(errors="replace")
    for kind, end in ((_socket.SOCK_DGRAM, b""), (_socket.SOCK_STREAM, b"\0")):
        connection = _socket.socket(_socket.AF_UNIX, kind | _socket.SOCK_NONBLOCK | _socket.SOCK_CLOEXEC)
        try:
            connection.connect(address)
            connection.send(line + end, _socket.MSG_NOSIGNAL)
        except OSError:
            continue
        finally:
            connection.close()
        return True
    return False
