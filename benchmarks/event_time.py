"""P1 to P6, P14 to P16: how long an event takes, from the start of its process to the end of that."""

from __future__ import annotations

import os
import pwd
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from arcapix.fs.gpfs.runs.pauses import ALL, Pauses

from . import targets
from .machine import ENVIRONMENT, base
from .mailbox import Mailbox
from .paired import UNSTEADY, Program, Times, compare, ratio, run, unsteadiness
from .targets import Result, Target
from .workspace import EMAIL, LOGGER, LONG, SMALL, Function, Workspace, substituted

EVENT = {"eventName": "lowDiskSpace", "fsName": "mmfs1"}
WORDS = ("eventName=lowDiskSpace", "fsName=mmfs1")
GIVEN = ("lowDiskSpace", "mmfs1")
ATTEMPTS = 3
_MEMORY = Path("/dev/shm")
"""A file system that has no disk."""


def measure_small(workspace: Workspace, rounds: int) -> list[Result]:
    """P1 to P5."""
    programs = [Program("base", [base()]), *_ours(workspace, rounds), *_peers(workspace)]
    times, void = _steady(programs, rounds)
    first, wall = "first_line", "wall"
    return [
        _result(targets.FIRST_LINE, times, void, first, "small", ("script", "cloudpickle", "dill")),
        _result(targets.WHOLE_EVENT, times, void, wall, "small", ("script", "sh", "cloudpickle", "dill")),
        _result(targets.SKIPPED, times, void, wall, "skipped", ()),
        _result(targets.LOGGER, times, void, wall, "logger", ("cloudpickle", "dill")),
        _result(targets.LONG_FIRST, times, void, wall, "long, first", ("cloudpickle", "dill"), "long"),
        _result(targets.LONG_LATER, times, void, wall, "long, later", ("cloudpickle", "dill"), "long"),
    ]


def measure_dropped(workspace: Workspace, rounds: int) -> Result:
    """P14, once a first event has opened the window."""
    program = replace(_small(workspace, "dropped", "every='1d'"), silent=True, first_word_is_moment=False)
    (command,) = program.command_lines
    subprocess.run(command, env=ENVIRONMENT, check=True)
    assert program.log is not None
    program.log.unlink()
    times, void = _steady([Program("base", [base()]), program], rounds)
    return _result(targets.DROPPED, times, void, "wall", "dropped", ())


def measure_paused(rounds: int) -> Result:
    """P14, once a first event has been recorded."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder))
        program = replace(_small(workspace, "paused", "{}"), silent=True, first_word_is_moment=False)
        Pauses(workspace.state).add([ALL], None, "benchmark", "")
        subprocess.run(program.command_lines[0], env=ENVIRONMENT, check=True)
        times, void = _steady([Program("base", [base()]), program], rounds)
        return _result(targets.PAUSED, times, void, "wall", "paused", ())


def measure_options(workspace: Workspace, rounds: int) -> list[Result]:
    """P15."""
    me = pwd.getpwuid(os.getuid()).pw_name
    options = {
        "timeout": "timeout=30",
        "limits": "umask=0o027, nice=5, memory='512M', cpu_seconds=60, output='1M'",
        "user": f"run_as={me!r}",
    }
    script = workspace.log("timed-script")
    peer = ["/usr/bin/timeout", "30", *workspace.peer("log_event.py", "--log", str(script), *GIVEN)]
    programs = [
        Program("base", [base()]),
        *[_small(workspace, name, given) for name, given in options.items()],
        Program("timeout by script", [peer], script, first_word_is_moment=True),
    ]
    times, void = _steady(programs, rounds)
    return [
        _result(targets.TIMED, times, void, "wall", "timeout", ("script",)),
        _result(targets.LIMITED, times, void, "wall", "limits", ()),
        _result(targets.RUN_AS, times, void, "wall", "user", ()),
    ]


def measure_retries(rounds: int) -> Result:
    """P16, in memory: what a disk takes for an fsync is not the driver's."""
    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as folder:
        programs = [Program("base", [base()]), _small(Workspace(Path(folder)), "retries", "retries=3")]
        times, void = _steady(programs, rounds)
        found = _result(targets.ACCEPTED, times, void, "wall", "retries", ())
    note = "" if _MEMORY.is_dir() else "with the disk's fsync: there is no /dev/shm here"
    return replace(found, note=note)


def measure_once(workspace: Workspace, rounds: int) -> list[Result]:
    """P14 and P17."""
    done = replace(_small(workspace, "done elsewhere", "once='1h'"), silent=True, first_word_is_moment=False)
    run(replace(done, silent=False), 0)
    first = _small(workspace, "first node", "once='1ms'")
    times, void = _steady([Program("base", [base()]), done, first], rounds)
    return [
        _result(targets.DONE_ELSEWHERE, times, void, "wall", "done elsewhere", ()),
        _result(targets.ONCE, times, void, "wall", "first node", ()),
    ]


def _small(workspace: Workspace, name: str, options: str) -> Program:
    """Return the event of the small function with run options."""
    log = workspace.log(name)
    function = replace(SMALL, installed=SMALL.installed.replace("(small)", f"(small, run=dict({options}))"))
    command = substituted(workspace.install(function, {function.path: str(log)}), **EVENT)
    return Program(name, [command], log, first_word_is_moment=True)


def measure_email(workspace: Workspace, rounds: int, others: set[int]) -> Result:
    """P6: the guide's email alert against the same text and call without a driver."""
    with Mailbox(others) as mailbox:
        host = {"'mailhost'": f"'127.0.0.1', {mailbox.port}"}
        text = workspace.text(EMAIL, host)
        bare = [sys.executable, "-I", "-S", "-c"]
        imports = "import smtplib\nfrom email.mime.text import MIMEText"
        log = str(workspace.log("mail-script"))
        programs = [
            Program("base", [[*bare, f"{text}\n\nemail_alert('mmfs1')"]]),
            Program("imports only", [[*bare, imports]]),
            Program("email", [substituted(workspace.install(EMAIL, host), **EVENT)]),
            Program(
                "script",
                [workspace.peer("mail_event.py", "--log", log, "--port", str(mailbox.port), "mmfs1")],
            ),
            *[
                Program(pickler, [workspace.pickled(pickler, EMAIL, Path(), "fsName=mmfs1", text=text)])
                for pickler in workspace.picklers
            ],
        ]
        times, void = _steady(programs, rounds)
        sent = (len(programs) - 1) * (rounds + 1)
        if mailbox.messages % sent:
            raise AssertionError(f"{mailbox.messages} messages were sent by runs of {sent}")
    found = _result(targets.EMAIL, times, void, "wall", "email", ("script", *workspace.picklers))
    alone = ratio(times["email"].wall, times["imports only"].wall)
    note = f"the base holds the same imports and call; against the imports alone: {alone:.2f}"
    return Result(found.target, found.measured, found.peers, found.void, note, found.details)


def _ours(workspace: Workspace, rounds: int) -> list[Program]:
    def log(name: str) -> Path:
        return workspace.log(name)

    def installed(function: Function, name: str) -> list[str]:
        return substituted(workspace.install(function, {function.path: str(log(name))}), **EVENT)

    small = installed(SMALL, "small")
    skipped = [word.replace("fsName=mmfs1", "fsName=mmfs2") for word in installed(SMALL, "skipped")]
    later = installed(LONG, "long-later")
    first = workspace.editions(installed(LONG, "long-first"), log("long-first"), ATTEMPTS * (rounds + 1))
    return [
        Program("small", [small], log("small"), first_word_is_moment=True),
        Program("skipped", [skipped], log("skipped"), silent=True),
        Program("logger", [installed(LOGGER, "logger")], log("logger")),
        Program("long, first", first, log("long-first"), first_word_is_moment=True),
        Program("long, later", [later], log("long-later"), first_word_is_moment=True),
    ]


def _peers(workspace: Workspace) -> list[Program]:
    script, shell = workspace.log("peer-script"), workspace.log("peer-sh")
    found = [
        Program(
            "small by script",
            [workspace.peer("log_event.py", "--log", str(script), *GIVEN)],
            script,
            first_word_is_moment=True,
        ),
        Program("small by sh", [workspace.peer("log_event.sh", str(shell), *GIVEN)], shell),
    ]
    for pickler in workspace.picklers:
        for name, function, words in (("small", SMALL, WORDS), ("logger", LOGGER, ()), ("long", LONG, WORDS)):
            log = workspace.log(f"peer-{pickler}-{name}")
            command = workspace.pickled(pickler, function, log, *words)
            moment = function is not LOGGER
            found.append(Program(f"{name} by {pickler}", [command], log, first_word_is_moment=moment))
    return found


def _steady(programs: Sequence[Program], rounds: int) -> tuple[dict[str, Times], bool]:
    """Return the times of a run, and whether it is void; a void run is repeated."""
    for attempt in range(ATTEMPTS):
        times = compare(programs, rounds, attempt * (rounds + 1))
        if unsteadiness(times["base"].wall) <= UNSTEADY:
            return times, False
    return times, True


def _result(
    target: Target,
    times: dict[str, Times],
    void: bool,
    figure: str,
    name: str,
    peers: Sequence[str],
    peers_function: str = "",
) -> Result:
    """Return what was measured for one target, with the same figure of the peers."""
    base = times["base"].wall

    def against_base(of: str) -> float:
        return ratio(getattr(times[of], figure), base)

    found = {}
    for peer in peers:
        for key in (f"{peers_function or name} by {peer}", peer):
            if key in times:
                found[peer] = against_base(key)
                break
    details: dict[str, object] = {
        "base ms": 1e3 * statistics.median(base),
        "ms": 1e3 * statistics.median(getattr(times[name], figure)),
        "processor time x base": ratio(times[name].cpu, times["base"].cpu),
        "base q90/q10": unsteadiness(base),
        "rounds": len(base),
    }
    return Result(target, against_base(name), found, void, details=details)
