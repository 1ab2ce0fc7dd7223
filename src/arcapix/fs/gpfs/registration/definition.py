"""A callback's definition: the checked arguments of ``Callback`` and ``new``, nothing captured or sent."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from .. import events as catalogue
from ..driver.decision import SCOPES
from ..exceptions import GPFSError, ScopeError, UnsupportedEvent, nearest
from . import identifier as identifiers
from . import run_options
from .arguments import FORMAL, arrange, parms_of
from .doubts import about, warn
from .owner import CLASS_OF, Owner
from .run_options import Run

__all__ = [
    "CLUSTER",
    "Definition",
    "command_of",
    "define",
    "doubts_about_options",
    "event_names",
    "node_names",
    "options",
    "refuse_scope",
    "same_action",
]

CLUSTER = ("cluster",)
"""The scope of callbacks that belong to no other object."""

_EVENT = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)
_NOT_IN_A_NODE = re.compile(r"[\s\x00-\x1f\x7f\"'\\;:%]")
_WORD = re.compile(r"[!-~]+")
_ERROR_ACTIONS = {"continue": "continue", "quorumloss": "quorumLoss", "shutdown": "shutdown"}


def _any_cluster() -> None:
    """Accept whichever cluster this node belongs to."""


@dataclass(frozen=True)
class Definition:
    """Everything that makes a callback.

    Attributes:
        identifier: Its name in GPFS.
        command: The callable, or the path of the program that GPFS starts.
        events: GPFS's names of events; may be empty until it is created.
        nodes: What follows ``-N``; empty for every node.
        parms: As given; for a script the entries, or the words as GPFS lists them.
        priority: A number, or the listed text if that is not a number.
        sync: Whether GPFS waits.
        timeout: Seconds that GPFS waits.
        onerror: What GPFS does when it fails.
        run: What happens around the call of a callable; None if nothing was asked for.
        scope: The object it is about.
        generated: Whether the identifier was generated, so that it cannot be in use already.
        registered: Whether it came from GPFS, so that ``parms`` are native words and not to be read again.
        token: For a registered callable, the token; ``parms`` are the words after it.
        unsigned: Events that GPFS lists and the token was not signed for: a change does not sign them.
        confirm: Makes sure that this node's cluster is the one meant; to be called before GPFS is asked.
    """

    identifier: str
    command: Callable[..., object] | str
    events: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()
    parms: tuple[object, ...] | Mapping[str, object] = ()
    priority: float | str | None = None
    sync: bool = False
    timeout: int | None = None
    onerror: str | None = None
    run: Run | None = None
    scope: tuple[str, ...] = CLUSTER
    generated: bool = False
    registered: bool = False
    token: str = ""
    unsigned: tuple[str, ...] = ()
    confirm: Callable[[], None] = field(default=_any_cluster, compare=False, repr=False)

    @property
    def is_callable(self) -> bool:
        """Whether the driver runs a function, as opposed to GPFS running a script."""
        return bool(self.token) or not isinstance(self.command, str)


def define(
    method: str,
    positional: tuple[object, ...],
    keywords: Mapping[str, object],
    *,
    scope: tuple[str, ...] = CLUSTER,
    event: str | None = None,
    formal: tuple[str, ...] = FORMAL,
    further: tuple[str, ...] = (),
    confirm: Callable[[], None] = _any_cluster,
) -> Definition:
    """Return the definition that the arguments of a call describe; GPFS is not asked.

    Args:
        method: How messages name the call.
        positional: Its positional arguments.
        keywords: Its keywords.
        scope: The owner object.
        event: The event of an ``on<Event>`` attribute.
        formal: The formal order of the positional arguments.
        further: Keywords that the call takes besides, for messages.
        confirm: See `Definition`.

    Raises:
        TypeError, ValueError: An argument is invalid; includes their subclasses in `exceptions`.
    """
    given = arrange(method, positional, keywords, formal, further)
    command = command_of(given["command"])
    if isinstance(command, str):
        refuse_scope(command, scope)
    identifier = given.get("callbackId")
    doubts = identifiers.check(identifier) if identifier is not None else ()  # type: ignore[arg-type]
    nodes = node_names(given["node"]) if given.get("node") is not None else ()
    definition = Definition(
        identifier=str(identifier) if identifier is not None else identifiers.generate(command),
        command=command,
        events=(event,)
        if event
        else event_names(given["event"], scope)
        if given.get("event") is not None
        else (),
        nodes=nodes or (scope[1:] if scope[0] in ("node", "nodeclass") else ()),
        parms=parms_of(method, given),
        scope=scope,
        generated=identifier is None,
        confirm=confirm,
    )
    definition = options(definition, given)
    warn([*doubts, *doubts_about_options(definition)])
    return definition


def command_of(command: object) -> Callable[..., object] | str:
    """Return the callable, or the path of a script as text.

    Raises:
        TypeError: It is neither.
        ValueError: The path is not absolute, or holds characters that GPFS does not take in a command.
    """
    if isinstance(command, (str, os.PathLike)) and not callable(command):
        path = os.fspath(command)
        if not isinstance(path, str):
            raise TypeError("the path of a command is text, not bytes")
        if not path.startswith("/"):
            raise ValueError(
                f"command {path!r} is not an absolute path, and GPFS takes no other; "
                "give the path from '/', or the function itself"
            )
        if any(character.isspace() or not character.isprintable() for character in path):
            raise ValueError(
                f"command {path!r} holds white space, which GPFS does not take in a command; "
                "rename it, or give a link to it"
            )
        return path
    if not callable(command):
        kind = type(command).__name__
        raise TypeError(f"a command is a callable, or the absolute path of a script, not {kind}")
    return command


def refuse_scope(script: str, scope: tuple[str, ...]) -> None:
    """Refuse a script on an object that GPFS cannot filter by.

    Raises:
        ScopeError: The object is a file system, fileset or pool.
    """
    if scope[0] not in SCOPES:
        return
    about = f"file system {scope[1]!r}"
    if scope[0] != "filesystem":
        about = f"{scope[0]} {scope[2]!r} of {about}"
    variables = ", ".join(map(repr, SCOPES[scope[0]]))
    raise ScopeError(
        f"{script!r} cannot be limited to {about}: GPFS filters scripts by node only; "
        f"install it on Cluster() with parms=[{variables}], or wrap it in a function"
    )


def event_names(value: object, scope: tuple[str, ...]) -> tuple[str, ...]:
    """Return events in the catalogue's spelling, in their order, each once.

    Args:
        value: A text, in which commas separate names, or an iterable of texts.
        scope: The owner object, which has to support all of them.

    Raises:
        UnsupportedEvent: The object does not support an event; or, where GPFS cannot filter, an event is
            unknown.
        TypeError: It is neither text nor an iterable of text.
        ValueError: A name is empty or cannot be one.
    """
    names = dict.fromkeys(_event_name(name, scope) for name in _split("event", value))
    if not names:
        raise ValueError("event is empty; give at least one")
    return tuple(names)


def _event_name(name: object, scope: tuple[str, ...]) -> str:
    if not isinstance(name, str):
        raise TypeError(f"an event is named by a str, not {type(name).__name__}")
    if name == "*":
        raise ValueError("event '*' is not a name: list the events; GPFS has no word for all of them")
    if not _EVENT.fullmatch(name):
        near = nearest(name, catalogue.EVENTS)
        mend = f"did you mean {near!r}?" if near else "name it as GPFS does, such as 'mount'"
        raise ValueError(f"event {name!r} cannot be the name of an event; {mend}")
    known = catalogue.canonical(name)
    kind: catalogue.OwnerKind = scope[0]  # type: ignore[assignment]
    if known is None:
        near = nearest(name, catalogue.EVENTS)
        if kind in SCOPES:
            raise UnsupportedEvent.by_name(CLASS_OF[kind], name, nearest=near)
        mend = f"; did you mean {near!r}?" if near else ";"
        warn([f"the catalogue has no event {name!r}{mend} GPFS is asked all the same"])
        return name
    if not catalogue.supports(kind, known):
        raise UnsupportedEvent.by_name(CLASS_OF[kind], known, catalogue.about(known))
    return known


def node_names(value: object) -> tuple[str, ...]:
    """Return what follows ``-N``, in its order, each once.

    Args:
        value: A text, in which commas separate names, a Node, a Nodeclass, or an iterable of these.

    Raises:
        TypeError: It is none of these.
        ValueError: A name is empty or cannot be one; or it is a path, which would be a file of nodes.
    """
    names = dict.fromkeys(_node_name(name) for name in _split("node", value))
    if not names:
        raise ValueError("node is empty; None means every node")
    return tuple(names)


def _node_name(name: object) -> str:
    if isinstance(name, Owner):
        if name.kind not in ("node", "nodeclass"):
            raise TypeError(f"node= takes a Node, a Nodeclass or a name, not a {CLASS_OF[name.kind]}")
        return name.scope[1]
    if not isinstance(name, str):
        raise TypeError(f"node= takes a Node, a Nodeclass or a name, not {type(name).__name__}")
    if "/" in name:
        raise ValueError(
            f"node {name!r} looks like a file of nodes, which is not accepted; name the nodes, or a class"
        )
    if not name or name.startswith("-") or (_NOT_IN_A_NODE.search(name) and not _is_ipv6(name)):
        raise ValueError(
            f"node {name!r} cannot be the name of a node or a node class; "
            "give a list of names, or commas between them"
        )
    return name


def _is_ipv6(name: str) -> bool:
    return ":" in name and all(character in "0123456789abcdefABCDEF:." for character in name)


def _split(what: str, value: object) -> list[object]:
    """Return single names: commas inside a text separate, and blanks around them do not count."""
    values = [value] if isinstance(value, (str, Owner)) else value
    if not isinstance(values, Iterable) or isinstance(values, (bytes, bytearray)):
        raise TypeError(f"{what}= takes a name or a list of names, not {type(value).__name__}")
    single: list[object] = []
    for one in values:
        single += [name.strip() for name in one.split(",")] if isinstance(one, str) else [one]
    return single


def options(definition: Definition, given: Mapping[str, object]) -> Definition:
    """Return a definition with priority, ``sync``, what goes with it, and ``run`` set, checked together.

    Args:
        definition: What to start from.
        given: Any of priority, sync, timeout, onerror, run; an explicit None unsets.

    Raises:
        TypeError, ValueError: A value is invalid, or values contradict each other.
    """
    values = {name: given[name] for name in ("priority", "sync", "timeout", "onerror") if name in given}
    sync = values.get("sync", definition.sync)
    if sync is not None and not isinstance(sync, bool):
        raise TypeError(f"sync is True or False, not {sync!r}")
    result = replace(
        definition,
        priority=_priority(values["priority"]) if "priority" in values else definition.priority,
        sync=bool(sync),
        timeout=_timeout(values["timeout"]) if "timeout" in values else definition.timeout,
        onerror=_onerror(values["onerror"]) if "onerror" in values else definition.onerror,
        run=_run(definition, given["run"]) if "run" in given else definition.run,
    )
    if same_action(result.onerror, definition.onerror):
        result = replace(result, onerror=definition.onerror)
    if result.sync and result.timeout is None and ("sync" in values or "timeout" in values):
        raise ValueError("sync=True needs timeout=, in seconds: nobody knows how long GPFS waits without one")
    if not result.sync and result.timeout is not None:
        raise ValueError("timeout= goes only with sync=True: GPFS does not wait for an asynchronous callback")
    if not result.sync and result.onerror is not None:
        raise ValueError("onerror= goes only with sync=True: GPFS ignores how an asynchronous callback ends")
    if result.sync and result.run is not None and result.run.retries:
        raise ValueError(
            "retries goes only with an asynchronous callback: with sync=True GPFS waits for the outcome and "
            "acts on it; leave one of them out"
        )
    if result.sync and result.run is not None and result.run.once:
        raise ValueError(
            "once goes only with an asynchronous callback: with sync=True GPFS would wait on another node's "
            "lock; leave one of them out"
        )
    if result.sync and result.run is not None and result.run.max_running and result.run.overflow == "wait":
        raise ValueError(
            "max_running goes with sync=True only if it skips: GPFS would wait for other runs; "
            "add overflow='skip', or leave one of them out"
        )
    if result.run is not None and not result.is_callable:
        raise ValueError(
            f"run= is for functions, and GPFS starts {result.command} itself: use timeout(1), runuser(1), "
            "nice(1), ulimit and umask in the script, or wrap it in a function"
        )
    return result


def _run(definition: Definition, value: object) -> Run | None:
    if definition.run is not None and definition.run.newer:
        raise GPFSError(
            f"the run options of callback {definition.identifier!r} cannot be changed: a newer release set "
            f"{run_options.names_of_newer(definition.run)}; change them with that release, or install it anew"
        )
    return run_options.run_of(value)


def same_action(one: str | None, other: str | None) -> bool:
    """Tell whether two error actions are the same: GPFS was seen to print ``quorumloss``."""
    return (one or "").lower() == (other or "").lower()


def doubts_about_options(definition: Definition) -> list[str]:
    """Return doubts about options that are taken all the same."""
    found = _doubts_about_onerror(definition)
    if definition.run is not None:
        found += run_options.doubts(definition.run, definition.events, definition.timeout)
    return [*about(definition, found)]


def _doubts_about_onerror(definition: Definition) -> list[str]:
    if definition.onerror is None:
        return []
    action = _onerror(definition.onerror)
    if action not in _ERROR_ACTIONS.values():
        return [
            f"onerror={action!r} is not one of the known continue, quorumLoss, shutdown; it is sent as typed"
        ]
    others = [event for event in definition.events if event.lower() != "tiebreakercheck"]
    if action == "quorumLoss" and others:
        return [f"onerror='quorumLoss' is known for tiebreakerCheck only, not for {others[0]}; sent as typed"]
    return []


def _priority(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"priority is a number, not {value!r}")
    if not math.isfinite(value):
        raise ValueError(f"priority is a finite number, not {value!r}")
    return value


def _timeout(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"timeout is a whole number of seconds, not {value!r}")
    if value <= 0:
        raise ValueError(f"timeout is a number of seconds above 0, not {value}")
    return value


def _onerror(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise TypeError(f"onerror is one of continue, quorumLoss, shutdown, not {value!r}")
    if not _WORD.fullmatch(value):
        raise ValueError(f"onerror={value!r} is not one word; use continue, quorumLoss or shutdown")
    return _ERROR_ACTIONS.get(value.lower(), value)
