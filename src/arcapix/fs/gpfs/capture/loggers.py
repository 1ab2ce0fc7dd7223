"""Takes apart loggers: by name, with level and filters, and with the handlers that write to standard output.

Whatever else a handler writes to belongs to the installing program: it stays behind, with a warning.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from types import FunctionType
from typing import TYPE_CHECKING, Any

from ..driver import operations
from .nodes import Entry, Fill, Node

if TYPE_CHECKING:
    from logging import Handler, Logger

    from .uses import Uses
    from .walk import Walk

_OF_ROOT = frozenset(
    {"critical", "debug", "error", "exception", "fatal", "getLogger", "info", "log", "warn", "warning"}
)
"""Functions of the module that use the root logger, or may."""
_CONFIGURING = frozenset({"basicConfig", "dictConfig", "fileConfig"})


def expand(walk: Walk, node: Node) -> bool:
    """Take apart a logger, or a handler that can travel; tell whether the object was one."""
    logging: Any = sys.modules.get("logging")
    value: Any = node.value
    if logging is None:
        return False
    if issubclass(type(value), logging.Logger) and _is_registered(value):
        _expand_logger(walk, node, value)
    elif _travels(value):
        stream = (walk.entry(value.stream, node.path),) if type(value) is logging.StreamHandler else ()
        node.operation = operations.CALL
        node.arguments = (walk.entry(type(value), node.path), stream)
        if value.level:
            _invoke(node, "setLevel", value.level)
        if value.formatter is not None:
            _invoke(node, "setFormatter", walk.entry(value.formatter, node.path.then("formatter")))
        _add_filters(walk, node, value)
    else:
        return False
    return True


def accompany(walk: Walk, node: Node, uses: Uses, values: Mapping[str, object]) -> None:
    """Capture those configured loggers that a function asks the module `logging` for.

    Args:
        walk: The walk.
        node: The function.
        uses: What it uses.
        values: What the names outside it stand for.
    """
    logging: Any = sys.modules.get("logging")
    if logging is None:
        return
    # Not isinstance: a proxy claims to be a function.
    outside = [value for value in values.values() if type(value) is FunctionType]
    asked = {function.__name__ for function in outside if function.__globals__ is vars(logging)}
    if ("logging", 0) in uses.imports or any(value is logging for value in values.values()):
        asked |= uses.names
    loggers = [logging.root] if asked & _OF_ROOT else []
    if "getLogger" in asked:
        names = {*uses.texts, values.get("__name__")} & logging.root.manager.loggerDict.keys()
        loggers += [logging.root.manager.loggerDict[name] for name in sorted(names)]
    for logger in loggers:
        if issubclass(type(logger), logging.Logger) and any(_configured(walk, logger)):
            node.accompany(walk.entry(logger, node.path.then("logger", logger.name)))


def _is_registered(logger: Logger) -> bool:
    return logger is logger.root or logger.root.manager.loggerDict.get(logger.name) is logger


def _configured(walk: Walk, logger: Logger | None) -> Iterator[Logger]:
    """Iterate over a logger and those above it, as far as they are not as `logging` makes them."""
    while logger is not None:
        # The level WARNING is what the root logger begins with.
        usual = 30 if logger is logger.root else 0
        # What configures the root logger at the event does nothing if it has handlers by then.
        left_alone = logger is logger.root and walk.names() & _CONFIGURING
        if not left_alone and (logger.level != usual or _handlers(logger) or logger.filters):
            yield logger
        logger = logger.parent


def _handlers(logger: Logger) -> list[Handler]:
    """Return the handlers of a logger, without those by which pytest watches every program."""
    return [handler for handler in logger.handlers if type(handler).__module__ != "_pytest.logging"]


def _travels(handler: Any) -> bool:
    logging: Any = sys.modules["logging"]
    streams = (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__)
    return type(handler) is logging.NullHandler or (
        type(handler) is logging.StreamHandler and any(handler.stream is stream for stream in streams)
    )


def _expand_logger(walk: Walk, node: Node, logger: Logger) -> None:
    logging: Any = sys.modules["logging"]
    if logger is logger.root:
        walk.by_name(node, "logging", "root")
    else:
        node.operation = operations.CALL
        node.arguments = (walk.entry(logging.getLogger, node.path), (logger.name,))
    shown = f"the logger {logger.name!r} of {walk.name!r}"
    if type(logger) not in (logging.Logger, logging.RootLogger):
        walk.warn(
            f"{shown} is a plain Logger on a node, and no {type(logger).__qualname__}; use a function instead"
        )
    configured = list(_configured(walk, logger))
    if configured and configured[0] is logger:
        del configured[0]
        _configure(walk, node, logger, shown)
    if configured and (logger.propagate or not logger.level):
        node.accompany(walk.entry(configured[0], node.path.then("logger above", configured[0].name)))


def _configure(walk: Walk, node: Node, logger: Logger, shown: str) -> None:
    """Have a logger configured as it is, as far as that is possible on a node, and warn of the rest."""
    if logger.level:
        _invoke(node, "setLevel", logger.level)
    switches: dict[str, Entry] = {"propagate": False} if not logger.propagate else {}
    switches |= {"disabled": True} if logger.disabled else {}
    if switches:
        node.fills.append(Fill(operations.SET_ATTRIBUTES, (switches,)))
    _add_filters(walk, node, logger)
    left_behind = []
    for handler in _handlers(logger):
        if _travels(handler):
            path = node.path.then("handler", type(handler).__name__)
            _invoke(node, "addHandler", walk.entry(handler, path))
        else:
            left_behind.append(_shown(handler))
    if left_behind:
        walk.warn(f"{shown} has no {', '.join(left_behind)} on a node; add its handlers inside the function")
    elif _handlers(logger):
        walk.warn(f"what {shown} writes is in the output of a run, which 'arcapix-gpfs output' shows")


def _invoke(node: Node, method: str, argument: Entry) -> None:
    node.fills.append(Fill(operations.INVOKE, (method, argument)))


def _add_filters(walk: Walk, node: Node, filterer: Logger | Handler) -> None:
    for number, item in enumerate(filterer.filters):
        _invoke(node, "addFilter", walk.entry(item, node.path.then("filter", number)))


def _shown(handler: Handler) -> str:
    place = vars(handler).get("baseFilename") or vars(handler).get("address") or vars(handler).get("mailhost")
    return " ".join([type(handler).__name__, *([str(place)] if isinstance(place, str) else [])])
