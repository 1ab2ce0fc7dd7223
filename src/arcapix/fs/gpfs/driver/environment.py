"""What a handler finds around it: its output, environment and interpreter."""

from __future__ import annotations

import builtins
import gc
import posix
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_HALF_OUTPUT_BYTES = 8 << 20
"""How many bytes from the beginning and from the end of a longer output are copied to the log."""

_LEAST_ROOM = 1 << 20
"""How many bytes must be free where what a function prints is written to a file."""

_NEVER_INSTALLED = ("org", "java", "_winreg", "msvcrt", "nt", "vms_lib")
"""Modules that the standard library tries to import for other platforms: no reason to read site-packages."""


def open_output(path: str) -> int:
    """Return a descriptor of the file that takes what a function prints.

    Raises:
        OSError: It cannot be made, or there is no room for it: then whatever prints would fail.
    """
    descriptor = open_in_folder(posix.open, path, posix.O_RDWR | posix.O_CREAT | posix.O_APPEND, 0o600)
    room = posix.fstatvfs(descriptor)
    left = room.f_bavail if posix.geteuid() else room.f_bfree
    if room.f_blocks and left * room.f_frsize < _LEAST_ROOM:
        posix.close(descriptor)
        discard(path)
        raise OSError(28, "No space left on device", path)
    return descriptor


def redirect(output: int | None) -> None:
    """Read from /dev/null, and write what the function prints to a descriptor, or nowhere."""
    null = posix.open("/dev/null", posix.O_RDWR)
    posix.dup2(null, 0)
    for descriptor in (1, 2):
        posix.dup2(null if output is None else output, descriptor)
    posix.close(null)
    if output is not None:
        posix.close(output)
    _text_streams()


def open_in_folder(open_file: Callable[..., int], path: str, *options: int) -> int:
    """Open a path with a function, after making its folder if need be.

    Raises:
        OSError: It cannot be opened.
    """
    try:
        return open_file(path, *options)
    except FileNotFoundError:
        _make_folder(path.rpartition("/")[0])
        return open_file(path, *options)


def _text_streams() -> None:
    """Make standard output and error UTF-8 and line-buffered, so that their lines keep their order.

    A stream whose descriptor GPFS had closed is made.
    """
    if sys.stdin is None:
        sys.stdin = sys.__stdin__ = open(0, encoding="utf-8", closefd=False)  # type: ignore[misc]  # noqa: SIM115
    for name, descriptor in (("stdout", 1), ("stderr", 2)):
        stream = getattr(sys, name)
        if stream is None:
            stream = open(descriptor, "w", 1, "utf-8", "backslashreplace", closefd=False)  # noqa: SIM115
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)
        else:
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)


def clean_environment(keep: set[str], variables: dict[str, str]) -> None:
    """Leave only the variables that handlers are promised, for Python and for the C library."""
    environment = posix.environ
    user, home = _user()
    wanted = {b"USER": user, b"LOGNAME": user, b"HOME": home, b"LC_ALL": b"C.UTF-8"}
    for kept in map(str.encode, keep):
        if kept in environment:
            wanted[kept] = environment[kept]
    for variable, text in variables.items():
        wanted[variable.encode()] = text.encode("utf-8", "surrogateescape")
    for name in environment:
        if name not in wanted:
            posix.unsetenv(name)
    for name, value in wanted.items():
        posix.putenv(name, value)
    environment.clear()
    environment.update(wanted)


def _user() -> tuple[bytes, bytes]:
    user = posix.getuid()
    if user == 0:
        return b"root", b"/root"  # asking could reach a directory service, which may be what is down
    import pwd

    try:
        entry = pwd.getpwuid(user)
    except KeyError:
        return str(user).encode(), b"/"
    return entry.pw_name.encode("utf-8", "surrogateescape"), entry.pw_dir.encode("utf-8", "surrogateescape")


def complete_interpreter() -> None:
    """Add what ``-S`` left out: site-packages, read when an import misses, and ``exit`` and ``quit``."""
    sys.argv[1:] = []
    sys.meta_path.append(sys.modules[__name__])
    builtins.exit = builtins.quit = sys.exit  # type: ignore[assignment]
    gc.freeze()
    gc.enable()


def find_spec(name: str, path: object = None, target: object = None) -> object:  # noqa: ARG001
    """Read site-packages, with its ``.pth`` files, the first time that an import fails without it.

    With this function the module itself is a finder of the import system; an instance would need a class, and
    making one costs an event more than everything else here.
    """
    if path is not None or name in _NEVER_INSTALLED:
        return None
    sys.meta_path.remove(sys.modules[__name__])
    import site

    site.main()
    for finder in sys.meta_path:
        found = finder.find_spec(name, None, None)
        if found is not None:
            return found
    return None


def read_output(path: str, descriptor: int = -1) -> bytes:
    """Return what a run printed: all of it, or its first and last 8 MiB and how much is missing in between.

    Args:
        path: The output file.
        descriptor: One that has it open already.
    """
    if descriptor < 0:
        try:
            descriptor = posix.open(path, posix.O_RDONLY | posix.O_CLOEXEC)
        except FileNotFoundError:
            return b""
    try:
        size = posix.fstat(descriptor).st_size
        if size <= 2 * _HALF_OUTPUT_BYTES:
            return _read_at(descriptor, 0, size)
        first = _read_at(descriptor, 0, _HALF_OUTPUT_BYTES)
        last = _read_at(descriptor, size - _HALF_OUTPUT_BYTES, _HALF_OUTPUT_BYTES)
        return first + f"\n... {size - 2 * _HALF_OUTPUT_BYTES} bytes are left out ...\n".encode() + last
    finally:
        posix.close(descriptor)


def _read_at(descriptor: int, offset: int, count: int) -> bytes:
    pieces = []
    while count > 0:
        piece = posix.pread(descriptor, count, offset)
        if not piece:
            break
        pieces.append(piece)
        offset += len(piece)
        count -= len(piece)
    return b"".join(pieces)


def discard(path: str) -> None:
    """Remove the output file of a run, now that the log has its content."""
    try:
        posix.unlink(path)
    except FileNotFoundError:
        return


def _make_folder(path: str) -> None:
    """Make one of our folders, and its parents.

    Raises:
        OSError: It cannot be made, as below a link to nowhere.
    """
    try:
        _make_last_folder(path)
    except FileNotFoundError:
        parent = path.rpartition("/")[0]
        if not parent:
            raise
        _make_folder(parent)
        _make_last_folder(path)


def _make_last_folder(path: str) -> None:
    """Make a folder, closed to others, whose parent exists.

    That something of its name exists already is no error here: it need not be a folder, as whoever opens a
    file in it will see.
    """
    try:
        posix.mkdir(path, 0o750)
    except FileExistsError:
        return


def print_error(text: str) -> bool:
    """Write to standard error; tell whether that was possible."""
    data = text.encode(errors="replace")
    try:
        return posix.write(2, data) == len(data)
    except OSError:
        return False
