"""The text of the stub that GPFS starts, and of what it executes where it has no bundle.

The stub is compiled at every event, so each of its words costs. Before the bundle or the other text is
executed, the open file is looked at: only root, or the user who has installed it, may be able to write it.
"""

from __future__ import annotations

import ast
import functools
import os
import stat
from collections.abc import Mapping
from pathlib import Path

from ..driver import trust
from ..driver.main import CONFIGURATION
from . import bundling

__all__ = ["DAMAGED", "MODE", "bundle_name", "changed", "is_checked", "stub", "unbundled"]

MODE = 0o644
"""Of the bundle and of the other text."""

DAMAGED = ".damaged"

_REFUSED = "callbackdriver: refused, status 3: there is no bundle to run, and others could change"

_RULES = (trust.is_foreign, trust.is_open, trust.has_list, trust.is_private, trust.entries)

_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_BYTES = 9_999_999
_STUB_TEXT = """\
#!{interpreter} {options}
# Written by `arcapix-gpfs driver install`
import marshal, posix, sys
try:
    file = posix.open({bundle!r} % sys.hexversion, {flags})
    bundle = {is_sound}posix.read(file, {bytes})
    exec(marshal.loads(bundle))
except Exception:
    exec({otherwise})
main(
{configuration})
"""
"""Either ``exec`` makes `driver.main.main` available. The processes that ``multiprocessing`` spawns for a
handler execute it under another name, and get a ``main`` that does nothing."""

_OTHERWISE_TEXT = """\
text = posix.open({unbundled!r}, {flags})
if not posix.fstat(text)[:5:4] {comparison}:
    print("callbackdriver: others may write its files; run:", {renewal!r}, file=sys.stderr)
    posix._exit(3)
exec(posix.read(text, {bytes}))
"""

_UNCHECKED_TEXT = "exec(open({unbundled!r}).read())"

_UNBUNDLED_TEXT = """\
# Written by `arcapix-gpfs driver install`, and executed where there is no bundle of this version of Python,
# or a damaged one. That is moved aside, so that one event tells of it, and not each of a storm. What is only
# not there, or cannot be opened now (no memory, no free descriptor), is not damaged.
import posix, sys

{rules}

def refuse(text):
    posix.write(2, text.encode(errors="replace") + b"\\n")
    try:
        import _socket
        connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_DGRAM | _socket.SOCK_NONBLOCK)
        connection.connect({syslog!r})
        connection.send(b"<27>" + text.encode(errors="replace"))
    except (ImportError, OSError):
        pass
    posix._exit(3)

def check(folder):
    paths = [folder]
    for path in paths:
        status = posix.stat(path)
        mode, owner, group = status.st_mode, status.st_uid, status.st_gid
        if is_foreign(owner) or is_open(path, mode, owner, group):
            refuse({refusal!r} + ascii(path)[1:-1] + "; install the package anew, and run: " + {renewal!r})
        if mode & 0o170000 == 0o040000:
            paths += [path + "/" + name for name in posix.listdir(path)]

main = dict
if __name__ == "__main__":
    error = sys.exception()
    name = {bundle!r} % sys.hexversion
    is_damaged = getattr(error, "errno", None) not in (2, 12, 23, 24) and not isinstance(error, MemoryError)
    damage = "is damaged, " + repr(error)
    if globals().get("bundle") is False:  # it was not executed
        mode, owner = posix.fstat(file)[:5:4]
        is_damaged = mode != {mode} or is_foreign(owner)
        damage = "is not as it was installed, its mode is " + oct(mode) + ", its owner " + str(owner)
    {check}
    sys.dont_write_bytecode = True
    package = sys.modules[{package!r}] = type(sys)({package!r})
    package.__path__ = [{folder!r}]
    from {package}.main import CONFIGURATION, main
    if is_damaged:
        from {package}.decision import Firing
        from {package}.records import Records
        def main(main=main, **configuration):
            try:
                posix.rename(name, name + {damaged!r})
                moved = "it is now " + name + {damaged!r}
            except FileNotFoundError:  # another event has moved it
                main(**configuration)
            except OSError as error:
                moved = "it cannot be moved aside, " + str(error)
            firing = Firing({{**CONFIGURATION, **configuration}})
            told = "the bundle " + name + " " + damage + "; " + moved
            Records(firing).complain(told + "; to make a new one run: " + {renewal!r})
            main(**configuration)
"""


def bundle_name(path: Path) -> str:
    """Return the path of the bundle of a stub, with a place for the version of Python."""
    return str(path.with_suffix("")).replace("%", "%%") + ".%x.bundle"


def stub(path: Path, interpreter: str, options: str, settings: Mapping[str, object], renewal: str) -> str:
    """Return the text of a stub.

    Args:
        path: Where it will be.
        interpreter: What executes it.
        options: Of the interpreter.
        settings: What the site sets; whether anything is checked, too.
        renewal: The command that writes it anew.
    """
    known = (stat.S_IFREG | MODE, 0), (stat.S_IFREG | MODE, os.geteuid())
    comparison = f"== {known[0]}" if known[0] == known[1] else f"in {known}"
    is_sound, otherwise = f"posix.fstat(file)[:5:4] {comparison} and ", _OTHERWISE_TEXT
    if not is_checked(settings):
        is_sound, otherwise = "", _UNCHECKED_TEXT
    return _STUB_TEXT.format(
        interpreter=interpreter,
        options=options,
        bundle=bundle_name(path),
        flags=_FLAGS,
        bytes=_BYTES,
        is_sound=is_sound,
        otherwise=_literal(
            otherwise.format(
                unbundled=f"{path.with_suffix('')}.unbundled",
                flags=_FLAGS,
                bytes=_BYTES,
                comparison=comparison,
                renewal=renewal,
            )
        ),
        configuration="".join(map(_line, sorted(settings.items()))),
    )


def unbundled(path: Path, package: Path, settings: Mapping[str, object], renewal: str) -> str:
    """Return what a stub executes where it has no bundle.

    Args:
        path: The stub.
        package: The folder of the driver's modules.
        settings: What the site sets.
        renewal: The command that writes it anew.
    """
    return _UNBUNDLED_TEXT.format(
        rules=_rules(),
        refusal=f"{_REFUSED} ",
        check=f"check({str(package)!r})" if is_checked(settings) else "pass  # others may change the modules",
        bundle=bundle_name(path),
        mode=stat.S_IFREG | MODE,
        package=bundling.PACKAGE,
        folder=str(package),
        damaged=DAMAGED,
        syslog=settings.get("syslog", CONFIGURATION["syslog"]),
        renewal=renewal,
    )


def is_checked(settings: Mapping[str, object]) -> bool:
    """Tell whether a driver with these settings makes sure that nobody else can change what it runs."""
    return not settings.get("insecure") and not settings.get("emulated")


def changed(text: str, name: str, value: object) -> str:
    """Return the text of a stub with one setting changed, and everything else as it was.

    Raises:
        ValueError: It is not a stub of this release.
    """
    before, call, settings = text.partition("\nmain(\n")
    *lines, end = settings.splitlines(keepends=True) if call else [""]
    if end != ")\n":
        raise ValueError("not a stub of this release")
    kept = [line for line in lines if not line.startswith(f"    {name}=")]
    return "".join([before, call, *sorted([*kept, _line((name, value))]), end])


def _literal(text: str) -> str:
    """Return a text as it stands in a program; without a backslash, which would cost an event."""
    return repr(text) if "\\" in text or "'''" in text else f"'''{text}'''"


def _line(setting: tuple[str, object]) -> str:
    name, value = setting
    return f"    {name}={value!r},\n"


@functools.cache
def _rules() -> str:
    """Return the text of the functions that tell whether others may change a file."""
    wanted = {rule.__name__ for rule in _RULES}
    tree = ast.parse(Path(trust.__file__).read_text(encoding="utf-8"))
    rules = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name in wanted]
    for rule in rules:
        del rule.body[0]  # its docstring
    return "\n\n".join(map(ast.unparse, rules))
