"""``arcapix-gpfs key rotate``: another cluster key in the place of the present one, while events arrive."""

from __future__ import annotations

import time
from collections.abc import Sequence

from ...commands import node_table
from ...deployment import cluster_key, key_change
from ...deployment.cluster_key import Key
from ...exceptions import GPFSError
from ...registration import durations, journal, moments, recovery, resigning
from ..nodes import Nodes, first_line
from ..terminal import print_error, print_line

_WEEK = 7 * 86_400.0


def rotate(keep: float | None, without: Sequence[str], ask: bool) -> bool:
    """Do the next step of a rotation; tell whether nothing is left to be done about it.

    Args:
        keep: Seconds for which tokens of the old key run once all is signed; None is a week, and leaves the
            end of one alone whose place was taken before.
        without: Nodes that may lack the new key.
        ask: Whether the nodes are asked if they have it.

    Raises:
        GPFSError: There is no key, a node lacks the new one, or GPFS refuses a change.
    """
    with journal.alone(needed=True):
        keys = cluster_key.existing()
        if len(keys) == 1:
            key_change.prepare()
            print_line(
                f"{cluster_key.path()} has a new key beside the present one, which still signs; {_again()}"
            )
            return True
        new = key_change.coming(keys)
        lacking = _lacking(new or keys[0], without, first=new is None) if ask else []
        if new is not None and lacking:
            raise GPFSError(
                f"nothing was signed, since these nodes have not the new key: {'; '.join(lacking)}; "
                f"copy the key to them: {cluster_key.copying()}, or give --without NODE"
            )
        is_complete = _sign(new or keys[0], keys)
        if new is not None:
            until = key_change.finish(new, _WEEK if keep is None else keep)
            print_line(f"{cluster_key.path()} has the new key, which signs from now on; {_again()}")
            _tell_end(until)
        else:
            for node in lacking:
                print_error(f"this node still signs with the old key: {node}")
            until = max(key.until for key in keys[1:])
            if keep is not None:
                until = _end(keep, until)
            _tell_end(until)
        return is_complete and not (new is None and lacking)


def _sign(new: Key, keys: Sequence[Key]) -> bool:
    """Sign all that can be signed, after what a killed program has left half done."""
    done = recovery.recover(
        durations.seconds("max_age", recovery.MAX_AGE), announce=lambda one: print_line(one.text)
    )
    if done.failed:
        raise done.failed[0]
    left = resigning.sign_anew(new, keys, lambda identifier: print_line(f"signed {identifier}"))
    for line in left:
        print_error(line)
    return not left


def _lacking(new: Key, without: Sequence[str], *, first: bool) -> list[str]:
    """Return the nodes that lack a key, or do not answer.

    Args:
        new: The key.
        without: Nodes that may lack it.
        first: Whether it has to be the one that they sign with.
    """
    nodes = Nodes([])
    excused = [node_table.node_record(nodes.cluster, name) for name in without]
    others = [node for node in nodes.nodes if not nodes.is_local(node) and node not in excused]
    wanted = cluster_key.fingerprint_of(new)
    lacking = []
    for node, answer in nodes.each(lambda node: nodes.answer(node, ["key", "show"]), others):
        if not isinstance(answer, str):
            lacking.append(f"{node.daemon_name} ({first_line(str(answer))})")
        elif wanted not in (first_line(answer) if first else answer).split():
            lacking.append(node.daemon_name)
    return lacking


def _end(keep: float, before: float) -> float:
    """Have the old key end at another time than before, and return that."""
    until = key_change.end(keep)
    print_line(
        f"the old key was to end on {moments.shown(before)}, which has changed; "
        f"copy {cluster_key.path()} to every node, as root: {cluster_key.copying()}"
    )
    return until


def _tell_end(until: float) -> None:
    """Say when the old key ends, and how to have that otherwise: the next rotation begins only then."""
    if until > time.time():
        ways = "at once: arcapix-gpfs key rotate --keep 0s; or at another time: --keep 1h"
        print_line(f"the old key ends on {moments.shown(until)}; to end it {ways}")
    else:
        print_line("the old key has ended; the next run of key rotate begins another rotation")


def _again() -> str:
    what_then = "then run once more: arcapix-gpfs key rotate"
    return f"copy it to every node, as root: {cluster_key.copying()}; {what_then}"
