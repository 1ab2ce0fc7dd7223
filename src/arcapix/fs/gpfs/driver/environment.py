"""What a handler finds around it: environment and interpreter."""

from __future__ import annotations

import builtins
import gc
import posix
import sys
import time

_NEVER_INSTALLED = ("org", "java", "_winreg", "msvcrt", "nt", "vms_lib")
"""Modules that the standard library tries to import for other platforms: no reason to read site-packages."""


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
        if name not in wanted and name:  # an entry like ``=x`` has no name, and cannot be removed
            posix.unsetenv(name)
    for name, value in wanted.items():
        posix.putenv(name, value)
    if wanted.get(b"TZ") != environment.get(b"TZ"):
        time.tzset()
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
