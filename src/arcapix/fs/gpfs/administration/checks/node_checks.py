"""Looks at what this node needs to run callbacks: its driver, the key, folders and room for records.

Each check says in one line what it has found, and what to do about it where that is not as it should be. A
folder may be on a file system that answers no more: another process looks first, and is given up if it hangs.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from ... import commands
from ...commands import process
from ...deployment import bundling, cluster_key, installation, stub, whole_file
from ...driver import journal, own_files
from ...exceptions import GPFSError, GPFSExecuteException
from ...registration import programs, signatures, site
from .finding import Finding, FindingState, Outcome, checked, told_by
from .hanging import hanging, of_hanging

__all__ = [
    "of_answering",
    "of_driver",
    "of_key",
    "of_places",
    "of_site",
]

_PATIENCE = 10.0
"""Seconds that an interpreter has to start."""

_LEAST_ROOM = 1 << 20
"""Bytes below which a file system counts as full."""

_AS_ROOT = "run this as root"


def of_driver(driver: Path) -> list[Finding]:
    """Return whether GPFS can start a driver on this node, and whether nobody else can change what it runs.

    Where the first finding, about ``driver``, is not well, there is nothing to look at any further.

    Args:
        driver: Its path; need not exist.
    """
    found = checked("driver", _driver, driver)
    if found[0].state == "ok":
        found += checked("executable", _executable, driver)
        found += checked("bundle", _bundle, driver)
        found += checked("release", _release, driver)
        found += checked("python", _python, driver)
        found += checked("rights", _rights, driver)
        found += checked("leftovers", _leftovers, driver)
    return found


def of_key(driver: Path) -> list[Finding]:
    """Return whether the cluster key that a driver uses is there and usable."""
    return checked("key", _key, driver)


def of_answering(driver: Path) -> list[Finding]:
    """Return whether the file systems answer that a driver needs; what looks there otherwise could hang."""
    return checked("answering", _answering, driver)


def of_places(driver: Path) -> list[Finding]:
    """Return whether a driver finds its folders, closed to others and with room for what it records."""
    return [*checked("folders", _folders, driver), *checked("room", _room, driver)]


def of_site() -> list[Finding]:
    """Return whether what the probe has found out about GPFS is of the release that this node runs."""
    return checked("site", _site)


def _driver(driver: Path) -> Outcome:
    renewal = f"run there: {installation.renewal(driver)}"
    if hanging([str(driver.parent)]):
        yield "problem", *of_hanging(str(driver.parent))
        return
    if not driver.is_file():
        what = "is not a file" if os.path.lexists(driver) else "does not exist"
        yield "problem", f"the driver {driver} {what}: GPFS can start no callback", renewal
        return
    try:
        installation.configuration_of(driver)
    except GPFSError as error:
        yield "problem", *told_by(error)
    else:
        yield "ok", f"the driver is {driver}", ""


def _executable(driver: Path) -> Outcome:
    if not driver.stat().st_mode & 0o111 or not os.access(driver, os.X_OK):
        yield "problem", f"the driver {driver} is not executable", f"run: chmod 755 {driver}"
    elif os.statvfs(driver).f_flag & os.ST_NOEXEC:
        told_where = f"the driver {driver} is on a file system that is mounted with noexec"
        yield "problem", told_where, "mount it without that, or install the driver with another --prefix"
    else:
        yield "ok", "the driver is executable", ""


def _bundle(driver: Path) -> Outcome:
    """See that there is what the driver executes: a bundle for its Python, or else the other text."""
    renewal = f"run: {installation.renewal(driver)}"
    name, other = stub.bundle_name(driver), driver.with_suffix(".unbundled")
    if _is_of_this_python(driver):
        bundle = Path(name % sys.hexversion)
        is_bundled, shown = bundle.is_file(), bundle.name
    else:
        is_bundled, shown = any(driver.parent.glob(f"{driver.stem}.*.bundle")), f"{driver.stem}.*.bundle"
    if not (is_bundled or other.is_file()):
        text = f"the driver has neither a bundle {shown} nor {other.name}: every event fails"
        yield "problem", text, renewal
    elif not is_bundled:
        yield "warning", f"the driver has no bundle {shown}: each event takes longer", renewal
    elif not other.is_file():
        text = f"the driver has no {other.name}: every event fails once the bundle does not fit its Python"
        yield "warning", text, renewal
    else:
        yield "ok", "what the driver executes is there", ""


def _leftovers(driver: Path) -> Outcome:
    """See whether an installation was killed; what it has left is in nobody's way."""
    left = whole_file.abandoned(driver.parent, f"{driver.stem}.")
    if left:
        text = f"an installation that was killed has left {', '.join(left)} in {driver.parent}"
        yield "warning", text, f"run: {installation.renewal(driver)}"


def _is_of_this_python(driver: Path) -> bool:
    return Path(installation.interpreter_of(driver)).parent == Path(sys.executable).parent


def _release(driver: Path) -> Outcome:
    """See that the driver is of the same release as the package here, as far as its Python is this one."""
    renewal = f"run: {installation.renewal(driver)}"
    bundle = Path(stub.bundle_name(driver) % sys.hexversion)
    if not _is_of_this_python(driver):
        text = f"the driver has {installation.interpreter_of(driver)}, and this program {sys.executable}"
        yield (
            "unknown",
            f"{text}: their releases were not compared",
            "run arcapix-gpfs of the driver's Python",
        )
    elif bundle.is_file() and not bundling.is_current(
        whole_file.read(bundle)[0], Path(journal.__file__).parent
    ):
        yield "problem", "the driver is of another release than the package beside it", renewal
    else:
        yield "ok", "the driver is of this release", ""


def _python(driver: Path) -> Outcome:
    interpreter = installation.interpreter_of(driver)
    renewal = f"install Python there, and run: {installation.renewal(driver)}"
    try:
        done = process.execute((interpreter, "-IS", "-c", "pass"), timeout=_PATIENCE)
    except GPFSError as error:
        if isinstance(error, GPFSExecuteException) and error.returncode is None:
            why = f"does not start within {_PATIENCE:.0f} s"
        elif programs.is_hidden(Path(interpreter)):
            yield "unknown", f"the driver's interpreter {interpreter} is not this user's to start", _AS_ROOT
            return
        else:
            why = "cannot be started" if Path(interpreter).exists() else "does not exist"
        yield "problem", f"the driver's interpreter {interpreter} {why}", renewal
        return
    if done.returncode:
        said = done.stderr.strip().rpartition("\n")[2] or f"status {done.returncode}"
        yield "problem", f"the driver's interpreter {interpreter} does not start: {said}", renewal
    else:
        yield "ok", f"the driver's interpreter {interpreter} starts", ""


def _rights(driver: Path) -> Outcome:
    try:
        installation.make_sure(driver)
    except GPFSError as error:
        yield "problem", *told_by(error)
        return
    for doubt in installation.insecurity(driver):
        yield "warning", doubt, f"run: {installation.renewal(driver)}, without --insecure"
        return
    yield "ok", "nobody else can change what the driver runs", ""


def _key(driver: Path) -> Outcome:
    configuration = installation.configuration_of(driver)
    file = Path(configuration["key"])
    if not os.path.lexists(file):
        state: FindingState = "problem" if configuration["key_required"] else "warning"
        what = ", and the driver runs nothing without it" if configuration["key_required"] else ""
        advice = signatures.on_missing_key(file, is_required=configuration["key_required"])
        yield state, f"there is no cluster key in {file}{what}", advice
        return
    if not os.access(file, os.R_OK) and os.geteuid():
        yield "unknown", f"the cluster key {file} is not this user's to read", _AS_ROOT
        return
    try:
        key, *_ = cluster_key.existing(file)
    except GPFSError as error:
        yield "problem", *told_by(error)
    else:
        yield "ok", f"the cluster key is usable; its fingerprint is {cluster_key.fingerprint_of(key)}", ""


def _places(driver: Path) -> tuple[Path, Path]:
    """Return the folder of a driver's state, and its log."""
    configuration = installation.configuration_of(driver)
    return Path(configuration["state"]), Path(configuration["log"])


def _site() -> Outcome:
    path = site.path()
    again = "run: arcapix-gpfs probe --level 1 --save"
    try:
        found = site.read(path)
    except FileNotFoundError:
        yield "ok", f"there is no {path}: nobody has saved what GPFS answers here", ""
        return
    except (GPFSError, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        yield "warning", f"{path} is ignored: {reason}", again
        return
    release = commands.mmdiag_version()
    if release == found.release:
        yield "ok", f"GPFS {release} was probed on {found.date}", ""
    else:
        yield "warning", f"GPFS was probed as {found.release}, on {found.date}, and is {release} now", again


def _answering(driver: Path) -> Outcome:
    configuration = installation.configuration_of(driver)
    state, log = _places(driver)
    once = [configuration["once_folder"]] if configuration["once_folder"] else []
    found = hanging([str(state), str(log.parent), str(Path(configuration["key"]).parent), *once])
    if found:
        yield "problem", *of_hanging(found)
    else:
        yield "ok", "the file systems that the driver needs answer", ""


def _folders(driver: Path) -> Outcome:
    state, log = _places(driver)
    problems = list(_wrong_places((state, log.parent), (state / "journal", log)))
    once = installation.configuration_of(driver)["once_folder"]
    if once and not Path(once).is_dir():
        text = f"the folder of once, {once}, is not there"
        problems.append(("problem", text, "mount the file system that it is in, or make it on that"))
    yield from problems
    if not problems:
        yield "ok", f"the state is in {state}, the log is {log}", ""


def _wrong_places(folders: Iterable[Path], files: Iterable[Path]) -> Outcome:
    for folder in folders:
        try:
            own_files.check_folder(str(folder))
        except OSError as error:
            yield "problem", *_of_place(folder, error)
            continue
        nearest = next(each for each in (folder, *folder.parents) if each.exists())
        if not os.access(nearest, os.W_OK | os.X_OK):
            if os.geteuid() and nearest.stat().st_uid != os.geteuid():
                yield "unknown", f"whether the driver can write to {nearest} cannot be told", _AS_ROOT
                continue
            yield (
                "problem",
                f"the driver cannot write to {nearest}",
                f"run this as root, or see: ls -ld {nearest}",
            )
    for file in files:
        try:
            os.close(own_files.open_file(str(file), os.O_WRONLY))
        except FileNotFoundError:
            continue
        except OSError as error:
            is_told = error.errno != errno.EACCES
            yield "problem" if is_told else "unknown", *_of_place(file, error)


def _of_place(place: Path, error: OSError) -> tuple[str, str]:
    text, _, advice = (error.strerror or str(error)).partition("; ")
    return f"{place} cannot be used: {text}", advice or _AS_ROOT


def _room(driver: Path) -> Outcome:
    configuration = installation.configuration_of(driver)
    state, log = _places(driver)
    is_enough = True
    for file, bound in ((state / "journal", "journal_bytes"), (log, "log_bytes")):
        nearest = next(each for each in file.parents if each.exists())
        status = os.statvfs(nearest)
        free = status.f_bavail * status.f_frsize
        wanted = configuration[bound] * (journal.GENERATIONS + 1) - _taken(file)
        out_of_files = status.f_files and not status.f_favail
        if free >= wanted and not out_of_files:
            continue
        is_enough = False
        left = "no further file" if out_of_files else f"{_size(free)} left"
        is_full = out_of_files or free < _LEAST_ROOM
        text = f"the file system of {file} has {left}, and {file.name} may grow by {_size(max(wanted, 0))}"
        option = f"--{bound.replace('_', '-')}"
        yield (
            "problem" if is_full else "warning",
            text,
            f"make room there, or bound it: driver install {option}",
        )
    if is_enough:
        yield "ok", "there is room for log and journal", ""


def _taken(file: Path) -> int:
    """Return the bytes that a file and its former generations take."""
    every = (file, *(Path(f"{file}.{number + 1}") for number in range(journal.GENERATIONS)))
    return sum(each.stat().st_size for each in every if each.is_file())


def _size(number: int) -> str:
    """Return a number of bytes as people read it."""
    shown = float(number)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if shown < 1024:
            return f"{shown:.0f} {unit}"
        shown /= 1024
    return f"{shown:.0f} TiB"
