"""The program that callbacks of the probe run: it records how GPFS has started it."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from ...commands import NodeRecord, process, remote
from ...exceptions import GPFSError, printable
from .evidence import Run
from .session import Session

__all__ = ["SHELL", "copy_to", "gather", "parms", "until_listed"]

SHELL = "/bin/sh"
"""The command of the callbacks. It is given the program to read, since nothing may be executable in /tmp."""

_NAME = "observer"
_SETTLE = 0.5
"""Seconds in which what comes twice, or after the others, is still seen."""
_HEX = "hex() { od -An -v -tx1 | tr -d ' \\n'; }\n"

_PROGRAM = (
    """\
# NAME SECONDS STATUS NODE WORDS...: record how this was started, sleep, and end with the status.
mask=$(umask)
PATH=/usr/bin:/bin
started=$(date +%s.%N)
record=${0%/*}/$1.$$
"""
    + _HEX
    + """\
(
    echo "name $1"
    echo "process $$"
    echo "started $started"
    echo "mask $mask"
    echo "user $(id -u)"
    echo "arguments $(printf '%s\\0' "$@" | hex)"
    echo "environment $(hex </proc/$$/environ)"
    echo "folder $(readlink /proc/$$/cwd | hex)"
    for number in 0 1 2; do
        echo "descriptor $number $(readlink /proc/$$/fd/$number | hex)"
    done
    sed -n 's/^Sig\\(Blk\\|Ign\\):[^0-9a-f]*/signals \\1 /p' /proc/$$/status
    process=$$
    while [ "${process:-0}" -gt 0 ]; do
        echo "ancestor $(hex </proc/$process/comm)"
        process=$(sed -n 's/^PPid:[^0-9]*//p' /proc/$process/status)
    done
) >"$record.part" 2>/dev/null
mv "$record.part" "$record.run"
[ "$2" = 0 ] || sleep "$2"
date +%s.%N >"$record.end"
exit "$3"
"""
)

# FOLDER TEXT: another node may have made the folder already, where nodes share their files.
_COPY = """\
umask 077
mkdir -m 700 "$1" 2>/dev/null || { [ -d "$1" ] && [ ! -L "$1" ] && [ -O "$1" ]; } || exit 1
printf %s "$2" >"$1/{name}"
""".replace("{name}", _NAME)

# FOLDER HOW-MANY SECONDS SETTLE: wait for as many records, print the time, and all of them.
_GATHER = """\
left=$(($3 * 5))
while [ "$(ls "$1"/*.run 2>/dev/null | wc -l)" -lt "$2" ] && [ "$left" -gt 0 ]; do
    sleep 0.2
    left=$((left - 1))
done
sleep "$4"
date +%s.%N
for record in "$1"/*.run; do
    [ -e "$record" ] || continue
    cat "$record"
    end=${record%.run}.end
    [ ! -e "$end" ] || echo "ended $(cat "$end")"
    echo
done
"""

# COMMAND IDENTIFIER FOLDER SECONDS: wait until a listing shows a callback, which names the folder.
_UNTIL_LISTED = """\
left=$(($4 * 5))
until "$1" "$2" 2>/dev/null | grep -qF "$3"; do
    [ "$left" -gt 0 ] || exit 1
    sleep 0.2
    left=$((left - 1))
done
"""


def parms(session: Session, name: str, words: str = "", seconds: int = 0, status: int = 0) -> str:
    """Return the ``--parms`` of a callback whose command is the shell.

    Args:
        session: The run.
        name: What its records are called.
        words: What it is to record besides.
        seconds: How long it sleeps when it has recorded.
        status: The exit status that it ends with.
    """
    program = session.folder() / _NAME
    return f"{program} {name} {seconds} {status} %myNode {words}".rstrip()


def _run(session: Session, node: NodeRecord, script: str, *words: str, timeout: float) -> process.Completed:
    """Run a shell script on a node.

    Raises:
        GPFSError: The node could not be reached.
    """
    command = (SHELL, "-c", script, "sh", *words)
    if node == session.here:
        return process.execute(command, timeout=timeout)
    return remote.run_on(session.cluster, node, command, timeout=timeout)


def copy_to(session: Session, node: NodeRecord) -> None:
    """Copy the program to a node, into a folder of the same name as this node's.

    Raises:
        GPFSError: That is not possible.
    """
    done = _run(session, node, _COPY, str(session.folder()), _PROGRAM, timeout=process.LIST_LIMIT)
    if done.returncode:
        said = printable(done.stderr.strip()) or f"status {done.returncode}"
        raise GPFSError(f"the program of the probe could not be copied to {node.admin_name}: {said}")


def until_listed(session: Session, node: NodeRecord, identifier: str, seconds: int) -> bool:
    """Wait until a node lists a callback; tell whether it does."""
    words = (f"{process.directory()}/mmlscallback", identifier, str(session.folder()), str(seconds))
    done = _run(session, node, _UNTIL_LISTED, *words, timeout=seconds + process.LIST_LIMIT)
    return done.returncode == 0


def gather(
    session: Session, node: NodeRecord, expected: int, seconds: int, settle: float = _SETTLE
) -> list[Run]:
    """Wait for what the program has recorded on a node, and return all of it.

    Args:
        session: The run.
        node: The node.
        expected: How many records there should be.
        seconds: How long it waits for them.
        settle: How many seconds it waits then.
    """
    before = time.time()
    words = (str(session.folder()), str(expected), str(seconds), str(settle))
    done = _run(session, node, _GATHER, *words, timeout=seconds + settle + process.LIST_LIMIT)
    after = time.time()
    now, _, records = done.stdout.partition("\n")
    # Between both its clock was read: what it shows there is at most so far from the clock here.
    ahead = max(0.0, float(now) - after) if node != session.here else 0.0
    behind = max(0.0, before - float(now)) if node != session.here else 0.0
    runs = [_read(session, node, block, behind - ahead) for block in records.split("\n\n") if block.strip()]
    return sorted(runs, key=lambda run: run.process)


def _read(session: Session, node: NodeRecord, block: str, shift: float) -> Run:
    found: dict[str, list[str]] = {}
    for line in block.splitlines():
        key, _, value = line.partition(" ")
        found.setdefault(key, []).append(value)
    arguments = _strings(found["arguments"][0])
    environment = dict(pair.partition("=")[::2] for pair in _strings(found["environment"][0]))
    said = arguments[3] if len(arguments) > 3 else ""
    by_name = next((one for one in session.cluster.nodes if said in one.names()), node)
    return Run(
        name=found["name"][0],
        node=by_name,
        arguments=tuple(arguments),
        environment=environment,
        user=int(found["user"][0]),
        folder=_text(found["folder"][0]),
        mask=found["mask"][0],
        descriptors=tuple(_text(one.partition(" ")[2]) for one in found["descriptor"]),
        signals=tuple(found["signals"]),
        ancestors=tuple(map(_text, found["ancestor"])),
        process=int(found["process"][0]),
        started=float(found["started"][0]) + shift,
        ended=float(found["ended"][0]) + shift if "ended" in found else None,
    )


def _text(digits: str) -> str:
    return os.fsdecode(bytes.fromhex(digits)).rstrip("\n")


def _strings(digits: str) -> Sequence[str]:
    return os.fsdecode(bytes.fromhex(digits)).split("\0")[:-1]
