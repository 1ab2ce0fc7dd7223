"""Pauses of the whole cluster: nodes are asked what they know, and told what they have missed."""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Callable, Sequence
from typing import TypeAlias

from ...commands import NodeRecord
from ...deployment import installation
from ...exceptions import GPFSError, NotFound
from ...runs import pause_orders
from ...runs.pause_orders import Order
from ...runs.pauses import ALL, Answer, CurrentPause, Pauses
from ..nodes import Nodes, first_line
from ..terminal import print_json, print_line, print_warning

Answers: TypeAlias = dict[NodeRecord, Answer]
Failures: TypeAlias = list[tuple[str, str]]
"""Names of nodes that do not answer, and why."""

_ASKED = 16
"""How many others a node asks that was away; a whole cluster may start at the same time."""

_ALL_ENDED = "arcapix-gpfs resume --all --nodes all"

_LATER = "it is told by the next pause, resume or paused with --nodes all that reaches it"


def pause_everywhere(
    callbacks: Sequence[str], until: float | None, by: str, reason: str, *, as_json: bool
) -> list[str]:
    """Pause callbacks on all nodes that can be reached; return what has failed."""
    nodes = Nodes([])
    told, failures = _told(nodes, nodes.nodes, _orders(nodes, callbacks, True, until, by, reason))
    if as_json:
        print_done([node.daemon_name for node in told], callbacks)
    else:
        for name in callbacks:
            print_line(f"paused {shown(name)} on {_where(len(told), len(nodes.nodes))}")
    return _untold(failures)


def resume_everywhere(callbacks: Sequence[str], by: str, *, as_json: bool) -> list[str]:
    """End pauses on all nodes that can be reached; return what has failed.

    Raises:
        NotFound: One is paused nowhere.
        GPFSError: One is paused together with all others.
    """
    nodes = Nodes([])
    answers, _ = _told(nodes, nodes.nodes, [])
    paused = {each.callback for answer in answers.values() for each in answer.pauses}
    for name in callbacks:
        if name not in paused | {ALL}:
            if ALL in paused:
                raise GPFSError(f"{name!r} is paused together with all others; run: {_ALL_ENDED}")
            raise NotFound("paused callback", name, paused)
    orders = _orders(nodes, callbacks, False, None, by, "")
    told, failures = _told(nodes, nodes.nodes, orders, callbacks)
    if as_json:
        print_done([node.daemon_name for node in told], callbacks)
        return _untold(failures)
    where = _where(len(told), len(nodes.nodes))
    held = [node for node, answer in told.items() if ALL in {each.callback for each in answer.pauses}]
    for name in callbacks:
        if held:
            still = _where(len(held), len(nodes.nodes))
            print_line(
                f"the pause of {name} has ended on {where}; "
                f"still paused together with all others on {still}, run: {_ALL_ENDED}"
            )
        else:
            print_line(f"resumed {shown(name)} on {where}")
    return _untold(failures)


def paused_everywhere(complain: Callable[[str], object]) -> list[tuple[str, CurrentPause]]:
    """Return the pauses of all nodes, once each knows what was asked of all.

    Args:
        complain: Gets one line about each node that cannot be reached.
    """
    nodes = Nodes([])
    before, failures = _told(nodes, nodes.nodes, [])
    known = pause_orders.merged(*(answer.orders for answer in before.values()))
    behind = [node for node, answer in before.items() if answer.orders != known]
    after, more = _told(nodes, behind, known)
    for node, answer in after.items():
        print_line(f"{node.daemon_name} {_missed(answer)}", err=True)
    for failure in _untold(failures + more):
        complain(failure)
    answers = {**before, **after}
    return [(node.daemon_name, each) for node, answer in answers.items() for each in answer.pauses]


def catch_up() -> None:
    """Heed what was asked of all nodes while this one was away, as far as some others know of it.

    Raises:
        GPFSError: None of those that were asked has answered.
    """
    nodes = Nodes([])
    others = [node for node in nodes.nodes if not nodes.is_local(node)]
    answers, failures = _told(nodes, random.sample(others, min(_ASKED, len(others))), [])
    if failures and not answers:
        why = "; ".join(f"{node}: {reason}" for node, reason in failures)
        raise GPFSError(f"no other node says whether this one has missed a pause; {_LATER}\n  {why}")
    known = pause_orders.merged(*(answer.orders for answer in answers.values()))
    here = pauses_here().learn(known)
    if here.learned:
        print_line(f"this node {_missed(here)}", err=True)


def _missed(answer: Answer) -> str:
    what = "a pause or resume" if answer.learned == 1 else f"{answer.learned} pauses or resumes"
    return f"had missed {what}, and knows of it now"


def pauses_here() -> Pauses:
    """Return the pauses on this node, once it is told which lines of their file are damaged."""
    pauses = Pauses.of(installation.driver_path())
    for line in pauses.damage():
        print_warning(line)
    return pauses


def print_done(nodes: Sequence[str], callbacks: Sequence[str]) -> None:
    """Print nodes and the callbacks that were paused or resumed there as JSON, in the words of `paused`."""
    print_json([{"node": node, "callback": name} for node in nodes for name in callbacks], indent=2)


def _where(told: int, nodes: int) -> str:
    return "all nodes" if told == nodes else f"{told} of {nodes} nodes"


def shown(callback: str) -> str:
    """Return how a callback, or `ALL`, is called where somebody reads it."""
    return "all callbacks" if callback == ALL else callback


def _orders(
    nodes: Nodes, callbacks: Sequence[str], pauses: bool, until: float | None, by: str, reason: str
) -> list[Order]:
    """Return new orders behind all those that any node knows of, in front of these."""
    answers, _ = _told(nodes, nodes.nodes, [])
    known = pause_orders.merged(*(answer.orders for answer in answers.values()))
    number = max((each.number for each in known), default=0) + 1
    maker = os.urandom(4).hex()
    now = time.time()
    new = [
        Order(place, maker, each, pauses, now, until, by, reason)
        for place, each in enumerate(callbacks, number)
    ]
    return [*known, *new]


def _told(
    nodes: Nodes, which: Sequence[NodeRecord], orders: Sequence[Order], resumed: Sequence[str] = ()
) -> tuple[Answers, Failures]:
    """Tell nodes of orders; return what they answer, and which do not."""

    def tell(node: NodeRecord) -> Answer:
        if nodes.is_local(node):
            return pauses_here().learn(orders, resumed)
        options = [word for name in resumed for word in ("--resumed", name)]
        words = ["learn-pauses", *options, "--", pause_orders.text(orders)]
        said = nodes.answer(node, words, relays=True)
        try:
            return Answer.from_fields(json.loads(said))
        except (KeyError, TypeError, ValueError) as error:
            raise GPFSError(f"its answer is not about pauses: {first_line(said)[:80]!r}") from error

    answers: Answers = {}
    failures: Failures = []
    for node, answer in nodes.each(tell, which):
        if isinstance(answer, Answer):
            answers[node] = answer
        else:
            failures.append((node.daemon_name, first_line(str(answer))))
    return answers, failures


def _untold(failures: Failures) -> list[str]:
    return [f"{node} has not been told: {reason}; {_LATER}" for node, reason in failures]
