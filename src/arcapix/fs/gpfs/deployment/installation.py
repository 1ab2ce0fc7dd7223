"""Installs the driver: writes the stub that GPFS starts, and says where an installed one is.

Only the stub holds the driver's configuration: reading a file on every event would cost what the driver saves
elsewhere, and a file that can be missing is one more thing to fail at three in the morning.
"""

from __future__ import annotations

import ast
import functools
import os
import stat
import sys
import sysconfig
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from .. import driver
from ..driver import trust, upkeep
from ..driver.main import CONFIGURATION
from ..exceptions import GPFSError
from . import bundling, python_files, stub, units, whole_file
from .environment import DRIVER

STUB = "callbackdriver.py"
UNITS = "systemd"
"""The folder beside it that the units for systemd are in."""

OPTIONS = "-ISXutf8"
"""Of the interpreter that runs the driver: without ``site``, and with UTF-8 whatever locale GPFS is in."""

_PACKAGE = Path(driver.__file__).parent
"""The folder of the driver's modules."""

_SHEBANG_CHARACTERS = 127
"""Older kernels cut a longer first line."""


def default_prefix() -> Path:
    """Return the folder that this Python installation's driver is in, unless another is given.

    A virtual environment carries its own. Otherwise it is ``/opt/arcapix/gpfs`` for root, as every node can
    have that path, and a folder of their own for other users.
    """
    if sys.prefix != sys.base_prefix:
        return Path(sys.prefix) / "lib" / "arcapix-gpfs"
    if os.geteuid() == 0:
        return Path(trust.ROOTS_FOLDER)
    return Path("~/.local/lib/arcapix-gpfs").expanduser()


def driver_place() -> Path:
    """Return where the driver is that new callbacks are registered with; it need not be there."""
    return Path(os.environ.get(DRIVER) or default_prefix() / STUB)


def driver_path() -> Path:
    """Return the path of the driver that new callbacks are registered with.

    Raises:
        GPFSError: None is installed; the text names the command that installs one.
    """
    path = driver_place()
    if not path.is_file():
        is_named = os.environ.get(DRIVER)
        where = (
            f"{DRIVER} names {path}, which is not a file" if is_named else f"no driver is installed at {path}"
        )
        raise GPFSError(f"{where}; run: {renewal(path)}")
    return path


def renewal(driver: Path) -> str:
    """Return the command that writes a driver anew."""
    return "arcapix-gpfs driver install" if driver.parent == default_prefix() else trust.renewal(str(driver))


def is_ours(command: str) -> bool:
    """Tell whether a command is this installation's driver, or one that root or this user has installed.

    Anybody can give a file the name and the text of a driver. So of one with another path it counts who could
    change it; and what is not on this node counts only if no driver is installed here to tell it from.
    """
    try:
        if command == str(driver_path()):
            return True
    except GPFSError:
        return True
    try:
        interpreter_of(Path(command))
        return not trust.danger([command])
    except (GPFSError, OSError):
        return False


def interpreter_of(driver: Path) -> str:
    """Return the interpreter in the first line of an installed driver.

    Raises:
        GPFSError: The file is not one of our drivers.
    """
    text, _ = whole_file.read(driver)
    first = os.fsdecode(text.partition(b"\n")[0])
    interpreter, _, options = first[2:].rpartition(" ")
    if not first.startswith("#!/") or not OPTIONS.startswith(options) or not options.startswith("-IS"):
        raise GPFSError(f"{driver} is no driver of ours; run: {renewal(driver)}")
    return interpreter


@functools.cache
def bundle() -> bytes:
    """Return the bundle of this package's driver modules.

    To make one takes several times as long as to start Python; the installed driver has one, which is taken
    if it was made from the same modules.
    """
    try:
        installed, _ = whole_file.read(_bundle_of(driver_path()))
    except (GPFSError, OSError):
        installed = b""
    return installed if bundling.is_current(installed, _PACKAGE) else bundling.bundle(_PACKAGE)


def is_current(driver: Path) -> bool:
    """Tell whether an installed driver has a bundle for this Python, made from this package's modules."""
    try:
        bundled, _ = whole_file.read(_bundle_of(driver))
    except (GPFSError, OSError):
        return False
    return bundling.is_current(bundled, _PACKAGE)


def _bundle_of(driver: Path) -> Path:
    return Path(stub.bundle_name(driver) % sys.hexversion)


def configuration_of(driver: Path) -> dict[str, Any]:
    """Return the configuration of an installed driver; its text is read, never executed.

    ``state`` and ``log`` are those of this node: ``{node}`` in them is replaced as the driver does it.

    Raises:
        GPFSError: The file is not one of our drivers.
    """
    found = {**CONFIGURATION, **_settings_of(driver)}
    node = node_of(found)
    for setting in ("state", "log"):
        found[setting] = found[setting].replace("{node}", node)
    return found


def _settings_of(driver: Path) -> dict[str, Any]:
    """Return what was set when a driver was installed."""
    interpreter_of(driver)
    try:
        (call,) = (
            node
            for node in ast.walk(ast.parse(whole_file.read(driver)[0]))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "main"
        )
        return {str(keyword.arg): ast.literal_eval(keyword.value) for keyword in call.keywords}
    except (SyntaxError, ValueError) as error:
        raise GPFSError(f"the configuration of {driver} cannot be read; run: {renewal(driver)}") from error


def node_of(configuration: Mapping[str, Any]) -> str:
    """Return what a driver with a configuration calls this node."""
    return os.environ.get(configuration["node_variable"]) or os.uname().nodename


def node_here() -> str:
    """Return what the driver of this node calls it; the host's name where there is no driver to ask."""
    try:
        return node_of(configuration_of(driver_path()))
    except (GPFSError, OSError):
        return os.uname().nodename


def kept(prefix: Path | None, given: Mapping[str, object]) -> dict[str, object]:
    """Return the settings of the driver that an installation would replace, without those that are given.

    Whether the cluster key is required is none of them: `install` settles that.

    Raises:
        GPFSError: They cannot be read, or others could have written them, which `insecure` accepts.
    """
    folder = (prefix or default_prefix()).absolute()
    driver = folder / STUB
    if not os.path.lexists(driver):
        return {}
    try:
        settings = {**CONFIGURATION, **_settings_of(driver)}
        found = "" if given.get("insecure") else trust.danger([str(driver)])
    except (GPFSError, OSError):
        raise GPFSError(f"no setting was kept, since those of {driver} cannot be read") from None
    if found:
        raise GPFSError(f"no setting of the driver before was kept, since {found.partition(', who ')[0]}")
    otherwise = {**CONFIGURATION, **_places(folder)}
    names = otherwise.keys() - given.keys() - {"key_required"}
    return {name: settings[name] for name in sorted(names) if settings[name] != otherwise[name]}


def _places(folder: Path) -> dict[str, object]:
    """Return where a driver in a folder has its state and its log, unless the site says where."""
    if folder == default_prefix() and os.geteuid() == 0:
        return {}
    return {"state": str(folder / "state"), "log": str(folder / "log" / "callbackdriver.log")}


def install(prefix: Path | None = None, configuration: Mapping[str, object] | None = None) -> Path:
    """Write the stub below a folder, with state and log beside it, and return its path. Needs no GPFS.

    Beside it are the units for systemd, which nothing enables, in the folder ``systemd``.

    Args:
        prefix: The folder; by default `default_prefix`, with root's state and log where `CONFIGURATION` says.
        configuration: Keys of `CONFIGURATION` that the site sets.

    Raises:
        GPFSError: The first line would be too long or hold a blank, a key is unknown, or others could change
            what the driver runs.
        OSError: The folder cannot be written.
    """
    settings = dict(configuration or {})
    unknown = sorted(set(settings) - set(CONFIGURATION))
    if unknown:
        known = ", ".join(CONFIGURATION)
        raise GPFSError(f"the driver has no setting {unknown[0]!r}; it has {known}")
    folder = (prefix or default_prefix()).absolute()
    settings = {**_places(folder), **settings}
    path = folder / STUB
    _check(path)
    _settle_key(path, settings)
    _refuse_what_others_could_change(path, sys.executable, {**CONFIGURATION, **settings}, is_replaced=True)
    upkeep.make_folder(str(folder), 0o755)
    for setting in ("state", "log"):
        place = Path(str(settings.get(setting, CONFIGURATION[setting])))
        if "{node}" not in str(place):
            upkeep.make_folder(str(place if setting == "state" else place.parent))
    bundled = bundling.bundle(_PACKAGE)
    unbundled = stub.unbundled(path, _PACKAGE, settings, renewal(path))
    with whole_file.tidied(folder, f"{path.stem}."):
        _replace(path.with_suffix(".unbundled"), unbundled.encode(), stub.MODE)
        _replace(_bundle_of(path), bundled, stub.MODE)
        with suppress(OSError):  # there is none, or it is a folder, of whoever made it
            Path(f"{_bundle_of(path)}{stub.DAMAGED}").unlink()
        _write_units(path, Path(str(settings.get("state", CONFIGURATION["state"]))))
        _replace(path, stub.stub(path, sys.executable, OPTIONS, settings, renewal(path)).encode(), 0o755)
    return path


def _settle_key(path: Path, settings: dict[str, object]) -> None:
    """Have the driver require a cluster key if there is one, or the driver before it has required one."""
    is_required = os.path.lexists(str(settings.get("key", CONFIGURATION["key"])))
    if not is_required and path.exists():
        with suppress(GPFSError, OSError):  # whatever it is, it is replaced
            is_required = requires_key(path)
    if is_required:
        settings.setdefault("key_required", True)


def make_sure_of_python(prefix: Path | None, settings: Mapping[str, object]) -> None:
    """Make sure that nobody else can change a file of this Python, unless a driver is to be installed so.

    Raises:
        GPFSError: Somebody could.
        OSError: Nobody can tell.
    """
    found = python_files.danger(_PACKAGE) if stub.is_checked(settings) else ""
    if found:
        command = renewal((prefix or default_prefix()).absolute() / STUB)
        raise GPFSError(f"{found}, or accept that with: {command} --insecure")


def make_sure(driver: Path) -> None:
    """Make sure that nobody else can change what an installed driver runs, unless it was installed so.

    Raises:
        GPFSError: Somebody could, or it is no driver of ours.
    """
    settings = configuration_of(driver)
    _refuse_what_others_could_change(driver, interpreter_of(driver), settings, is_replaced=False)


def make_sure_of_start(driver: Path) -> None:
    """Make sure that an installed driver can be started.

    Raises:
        GPFSError: It cannot.
    """
    if not driver.stat().st_mode & 0o111:
        raise GPFSError(
            f"the driver {driver} is not executable: GPFS could not start the callback; "
            f"run: chmod 755 {driver}"
        )


def insecurity(driver: Path) -> list[str]:
    """Return what has to be said of a driver wherever it is named; nothing if it is as it should be.

    Raises:
        GPFSError: It is no driver of ours.
    """
    if not configuration_of(driver)["insecure"]:
        return []
    return [f"the driver {driver} was installed with --insecure: others may be able to change what it runs"]


def requires_key(driver: Path) -> bool:
    """Tell whether an installed driver runs nothing without the cluster key.

    Raises:
        GPFSError: It is no driver of ours.
    """
    return bool(configuration_of(driver)["key_required"])


def require_key(driver: Path, is_required: bool) -> None:
    """Have an installed driver run nothing without the cluster key, or no longer.

    Raises:
        GPFSError: It is no driver of ours, or of another release.
        OSError: It cannot be written.
    """
    interpreter_of(driver)
    content, status = whole_file.read(driver)
    try:
        text = stub.changed(os.fsdecode(content), "key_required", is_required)
    except ValueError:
        raise GPFSError(f"the driver {driver} is of another release; run: {renewal(driver)}") from None
    _replace(driver, os.fsencode(text), stat.S_IMODE(status.st_mode))


def _refuse_what_others_could_change(
    path: Path, interpreter: str, settings: Mapping[str, Any], *, is_replaced: bool
) -> None:
    """Refuse that; of a stub that is replaced it does not count who could change its own files."""
    if not stub.is_checked(settings):
        return
    state = str(settings["state"]).partition("{node}")[0]
    parts = trust.parts(str(path), str(_PACKAGE), state, interpreter)
    if is_replaced:
        parts = [part for part in parts if not part.startswith(f"{path.with_suffix('')}.")]
    found = trust.danger(parts, str(path), state, (str(_PACKAGE), str(_PACKAGE.parent)))
    if found:
        raise GPFSError(f"{found}, or accept that with: {renewal(path)} --insecure")


def _write_units(driver: Path, state: Path) -> None:
    """Write the units for systemd, unless this driver serves several nodes, as emulated ones."""
    if "{node}" in str(state):
        return
    folder = driver.parent / UNITS
    upkeep.make_folder(str(folder), 0o755)
    program = Path(sysconfig.get_path("scripts"), "arcapix-gpfs")
    for name, text in units.units(driver, state, program).items():
        _replace(folder / name, text.encode(), 0o644)


def _check(path: Path) -> None:
    """Refuse what a kernel or GPFS could not start, before anything is written."""
    line = f"#!{sys.executable} {OPTIONS}"
    if any(character.isspace() for character in str(path)):
        raise GPFSError(
            f"{str(path)!r} holds white space, which GPFS's commands cannot handle; choose another --prefix"
        )
    if any(character.isspace() for character in sys.executable):
        raise GPFSError(f"the path of this interpreter, {sys.executable!r}, holds white space")
    if len(line) > _SHEBANG_CHARACTERS:
        raise GPFSError(f"the path of this interpreter is too long for a first line: {sys.executable}")


def _replace(path: Path, data: bytes, mode: int) -> None:
    """Put a file in place atomically, so that an event at this moment finds the old one or the new one."""
    with whole_file.written(path, data, mode) as new:
        new.replace(path)
