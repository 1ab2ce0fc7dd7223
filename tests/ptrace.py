"""The system calls of other processes, seen and altered by ``ptrace``: what those share who follow processes."""

from __future__ import annotations

import ctypes
import os
import signal
import struct

CONTINUE, SYSCALL, SEIZE, GET_EVENT_MESSAGE = 7, 24, 0x4206, 0x4201
_POKEUSER, _GET_SYSCALL_INFO = 6, 0x420E
TRACESYSGOOD, TRACEFORK, TRACEVFORK, TRACECLONE, TRACEEXEC, EXITKILL = 1, 2, 4, 8, 16, 1 << 20
FORK, VFORK, CLONE, EXEC = 1, 2, 3, 4
"""What a process may be stopped for, beside system calls and signals."""

SYSCALL_STOP = signal.SIGTRAP | 0x80
WALL = 0x40000000

NUMBERS = {
    "read": 0, "write": 1, "lseek": 8, "mmap": 9, "pread64": 17, "pwrite64": 18, "dup": 32, "dup2": 33,
    "clone": 56, "fork": 57, "vfork": 58, "fcntl": 72, "flock": 73, "fsync": 74, "chdir": 80, "rename": 82,
    "mkdir": 83, "unlink": 87, "setsid": 112, "getdents64": 217, "openat": 257, "pipe2": 293,
    "memfd_create": 319, "clone3": 435,
}  # fmt: skip
"""The numbers of system calls of x86_64."""

_ENTRY = 1
_INFORMATION = struct.Struct("=B3xIQQQ6Q")
"""What the kernel says of a system call: entry or exit, architecture, two pointers, number, arguments."""

_RAX, _ORIG_RAX = 80, 120
"""Where the registers of x86_64 are that hold the result of a call, and its number."""

_LONGEST_PATH = 4096
_SET_CHILD_SUBREAPER = 36


def trace(request: int, thread: int, address: int, data: int) -> None:
    """Make a request about a thread.

    Raises:
        ProcessLookupError: It has ended, or been killed.
        OSError: It may not be followed.
    """
    if _ptrace(request, thread, ctypes.c_void_p(address), ctypes.c_void_p(data)) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def event_message(thread: int) -> int:
    """Return what belongs to the event that a thread has stopped for: of a fork, the child."""
    message = ctypes.c_ulong()
    trace(GET_EVENT_MESSAGE, thread, 0, ctypes.addressof(message))
    return message.value


def call_entered(thread: int) -> tuple[int, list[int]] | None:
    """Return number and arguments of the system call that a thread has stopped before; None if behind it."""
    information = bytearray(_INFORMATION.size)
    buffer = (ctypes.c_char * len(information)).from_buffer(information)
    trace(_GET_SYSCALL_INFO, thread, len(information), ctypes.addressof(buffer))
    kind, _, _, _, number, *arguments = _INFORMATION.unpack(information)
    return (number, arguments) if kind == _ENTRY else None


def leave_out(thread: int) -> None:
    """Have the kernel make no call in the place of the one that a thread has stopped before."""
    trace(_POKEUSER, thread, _ORIG_RAX, -1)


def return_error(thread: int, error: int) -> None:
    """Have a call that was left out fail."""
    trace(_POKEUSER, thread, _RAX, -error)


def memory(process: int, address: int, count: int) -> bytes:
    """Read what an argument points to; nothing if it is no pointer."""
    try:
        with open(f"/proc/{process}/mem", "rb", buffering=0) as file:
            return os.pread(file.fileno(), count, address)
    except (OSError, OverflowError):
        return b""


def paths(process: int, arguments: list[int]) -> list[str]:
    """Return the absolute paths among the arguments of a call."""
    texts = [memory(process, address, _LONGEST_PATH).partition(b"\0")[0] for address in arguments[:4]]
    return [ascii(os.fsdecode(text)) for text in texts if text.startswith(b"/")]


def is_pipe(process: int, descriptor: int) -> bool:
    """Tell whether a descriptor of a process leads to a pipe."""
    try:
        return os.readlink(f"/proc/{process}/fd/{descriptor}").startswith("pipe:")
    except OSError:
        return False


def adopt() -> None:
    """Have processes become children of this one when their parents end, so that their ends are waited for."""
    _library.prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


_library = ctypes.CDLL(None, use_errno=True)
_ptrace = _library.ptrace
_ptrace.restype = ctypes.c_long
