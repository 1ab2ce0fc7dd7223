"""Runs one mm command: finds it, reads its arguments, turns its failure into what GPFS prints."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from arcapix.fs.gpfs.emulator import messages, names, switches
from arcapix.fs.gpfs.emulator.command import COMMANDS, Arguments, Command, CommandFailed, Context, UsageFailed
from arcapix.fs.gpfs.emulator.environment import NODE

if TYPE_CHECKING:
    from arcapix.fs.gpfs.emulator.emulator import Emulator

INTERNAL_ERROR = 125
"""Exit status of a command that failed because of the emulator, not of GPFS."""


@dataclass(frozen=True)
class Completed:
    """What a command left behind."""

    argv: tuple[str, ...]
    returncode: int
    stdout: str
    stderr: str


def execute(
    emulator: Emulator,
    argv: Sequence[str],
    node: str | None,
    cwd: Path,
    pid: int,
    uid: int,
    is_abandoned: Callable[[], bool],
) -> Completed:
    """Run an mm command on a node, by default the shell's; the path of the command does not matter."""
    name = Path(argv[0]).name
    declared = COMMANDS.get(name)
    if declared is None:
        text = messages.NOT_EMULATED_COMMAND.format(command=name)
        return Completed(tuple(argv), messages.NOT_EMULATED_STATUS, "", text + "\n")
    if not emulator.state.nodes:
        return Completed(tuple(argv), 1, "", f"{_no_cluster(emulator, name)}\n")
    here = names.find(emulator.state, node) if node else emulator.state.nodes[emulator.state.shell_node]
    if here is None:
        text = f"{name}: no node '{node}' in the emulated cluster; see {NODE}"
        return Completed(tuple(argv), INTERNAL_ERROR, "", text + "\n")
    context = Context(emulator, name, here.name, cwd, pid, uid, is_abandoned)
    status = _run(declared, context, argv[1:])
    return Completed(tuple(argv), status, "".join(context.output), "".join(context.errors))


def _run(declared: Command, context: Context, words: Sequence[str]) -> int:
    try:
        arguments = Arguments.parse(declared, words)
        if declared.needs_daemon and context.node.state != "active":
            raise CommandFailed(
                messages.DAEMON_UNREACHABLE, messages.DAEMON_DOWN.format(command=declared.name)
            )
        if not declared.changing:
            time.sleep(switches.delays(context.state.switches)[0])
        declared.run(context, arguments)
    except CommandFailed as failure:
        _explain(declared, context, failure)
        return failure.status
    except Exception:
        context.err(f"{declared.name}: error of the emulator, not of GPFS:\n{traceback.format_exc()}")
        return INTERNAL_ERROR
    return 0


def _no_cluster(emulator: Emulator, name: str) -> str:
    return f"{messages.NO_CLUSTER}\n{_summary(emulator)}".format(command=name)


def _summary(emulator: Emulator) -> str:
    return messages.COMMAND_FAILED if emulator.release >= (5,) else messages.COMMAND_FAILED_OLD


def _explain(declared: Command, context: Context, failure: CommandFailed) -> None:
    for line in failure.lines:
        context.err(line)
    if isinstance(failure, UsageFailed):
        context.err(messages.USAGE)
        context.err("\n".join("  " + line for line in declared.usage.splitlines()))
    elif failure.summary:
        context.err(_summary(context.emulator).format(command=declared.name))
