"""mmdiag: what the daemon of a node knows of itself."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator

from arcapix.fs.gpfs.emulator import figures, layout, messages, names
from arcapix.fs.gpfs.emulator.command import Arguments, CommandFailed, Context, command
from arcapix.fs.gpfs.emulator.releases import Layout
from arcapix.fs.gpfs.emulator.runs import CallbackProcess

_WAITERS = (
    "threadId threadAddr threadName waitStartTime waitTime isMonitored condVarAddr condVarName condVarReason "
    "mutexAddr mutexName auxReason delayTime delayReason"
)
_PARAMETERS = {
    "maxFilesToCache": "4000",
    "maxMBpS": "2048",
    "maxStatCache": "1000",
    "maxblocksize": "4194304",
    "pagepool": "1073741824",
    "prefetchThreads": "72",
    "tscTcpPort": "1191",
    "worker1Threads": "48",
}
"""Some of what a daemon runs with, and the documented defaults."""
_UNITS = {"K": 10, "M": 20, "G": 30, "T": 40}
_WAITING_THREAD = "EventsCallbackThread"
"""The thread that waits for a synchronous callback; its name is ours."""
_CONNECTION = "    {:<36}{:<9}{:>3} {:<16}{:<11}{:<5}{:<6}{:<10}{:<11}{}"


@command(
    "mmdiag",
    usage="mmdiag [--all] [--version] [--waiters] [--config] [--network] [--stats] [-Y]",
    flags=("--version", "--waiters", "--config", "--network", "-Y"),
    words=(0, 0),
    layouts=(
        Layout("--version", "two sites, 5.0 and 5.2"),
        Layout("--waiters", "one site, 5.0"),
        Layout("--waiters -Y", "one site, 5.1"),
        Layout("--config", "field"),
        Layout("--config -Y", "one site, 5.0"),
        Layout("--network", "one site, 5.1.5; without the details of connections"),
    ),
)
def mmdiag(context: Context, arguments: Arguments) -> None:
    """Show the release that is played, and what the daemon waits for, runs with and is connected to."""
    asked = [option for option in _SECTIONS if arguments.flag(option)]
    if not asked:
        raise context.usage(messages.MISSING_ARGUMENTS)
    as_rows = arguments.flag("-Y")
    if as_rows and not {"--version", "--network"}.isdisjoint(asked):
        text = messages.NOT_EMULATED_OPTION.format(command=context.command, option="-Y")
        raise CommandFailed(text, status=messages.NOT_EMULATED_STATUS, summary=False)
    if asked != ["--version"] and not context.node.running:
        raise CommandFailed(messages.DAEMON_UNREACHABLE, messages.DAEMON_DOWN.format(command=context.command))
    for option in asked:
        if not as_rows:
            context.out(f"\n=== mmdiag: {option.removeprefix('--')} ===")
        _SECTIONS[option](context, as_rows)


def _version(context: Context, _: bool) -> None:
    release = ".".join(str(part) for part in context.release)
    context.out(f'Current GPFS build: "{release}.0 ".')
    context.out("Built on Jan  1 2024 at 00:00:00")
    if context.node.running:
        elapsed = figures.duration(time.time() - context.node.started)
        context.out(messages.RUNNING.format(elapsed=elapsed, pid=os.getpid()))


def _waiters(context: Context, as_rows: bool) -> None:
    """The synchronous callbacks that GPFS waits for on the node."""
    if as_rows:
        context.out(layout.y_header("mmdiag", "waiters", _WAITERS.split()))
    for run in _awaited(context):
        waited = f"{time.time() - run.started:.4f}"
        began = time.localtime(run.started)
        reason = f"for user exit script {run.callback}"
        if as_rows:
            stamp = time.strftime("%Y-%m-%d_%H:%M:%S%z", began)
            values = (run.pid, f"{run.pid:016X}", _WAITING_THREAD, stamp, waited, "monitored")
            context.out(layout.y_row("mmdiag", "waiters", (*values, "", "", "", "", "", reason, "", "")))
        else:
            since = time.strftime("%H:%M:%S", began)
            thread = f"thread {run.pid} {_WAITING_THREAD}"
            context.out(f"Waiting {waited} sec since {since}, monitored, {thread}: {reason}")


def _awaited(context: Context) -> list[CallbackProcess]:
    running = [run for run in context.emulator.records() if run.sync and run.status is None]
    return [run for run in running if run.node == context.node.label]


def _config(context: Context, as_rows: bool) -> None:
    """Parameters as the daemon has them: numbers in full, 1 and 0 for yes and no, what was set marked."""
    changed = dict(_set(context))
    if as_rows:
        context.out(layout.y_header("mmdiag", "config", ("name", "value", "changed")))
    for name in sorted({**_PARAMETERS, **changed}, key=str.lower):
        value = _number(changed.get(name, _PARAMETERS.get(name, "")))
        if as_rows:
            values = (name, value, "static" if name in changed else "")
            context.out(layout.y_row("mmdiag", "config", values))
        else:
            context.out(f" {'!' if name in changed else ' '} {name} {value}")


def _set(context: Context) -> Iterator[tuple[str, str]]:
    """What mmchconfig has set on the node: for itself, for a class that it is in, or for all."""
    for parameter, values in context.state.settings.items():
        classes = [place for place in values if place and place not in context.state.nodes]
        of_node = [one for one in classes if context.node in (names.members(context.state, one) or ())]
        for place in (context.node.name, *of_node, ""):
            if place in values:
                yield parameter, values[place]
                break


def _number(value: str) -> str:
    match = re.fullmatch(r"(\d+)([KMGT])", value.upper())
    if match:
        return str(int(match[1]) << _UNITS[match[2]])
    return {"yes": "1", "no": "0"}.get(value.lower(), value)


def _network(context: Context, _: bool) -> None:
    """The connections to the nodes that run and can be reached; an address has one interface here."""
    nodes, here = context.state.by_number(), context.node
    index = {node.name: f"<c0n{number}>" for number, node in enumerate(nodes)}
    context.out("\nPending messages:\n  (none)\nInter-node communication configuration:")
    address = f"{here.ip}/24 (eth0)"
    for key, value in (
        ("tscTcpPort", _PARAMETERS["tscTcpPort"]),
        ("my address", f"{address} {index[here.name]}"),
        ("my addr list", f"{address}/{context.state.name}"),
        ("my node number", str(here.number)),
    ):
        context.out(f"  {key:<16}{value}")
    context.out("TCP Connections between nodes:")
    titles = ("hostname", "node", "idx", "destination", "status", "err", "sock", "sent(MB)", "recvd(MB)")
    context.out(_CONNECTION.format(*titles, "ostype"))
    for node in nodes:
        if node is not here and node.running and node.side == here.side:
            link = (node.short, index[node.name], 0, node.ip, "connected", 0, 100 + node.number, 0, 0)
            context.out(_CONNECTION.format(*link, "Linux/L"))


_SECTIONS = {"--version": _version, "--waiters": _waiters, "--config": _config, "--network": _network}
"""The options of mmdiag, in the order in which they are answered."""
