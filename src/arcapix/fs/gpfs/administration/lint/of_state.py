"""Rules about what travels with a handler: values that cannot, secrets, and what does not come back."""

from __future__ import annotations

import ast
import contextvars
import io
import threading
import weakref
from collections.abc import Iterator

from ...capture.refused import REMEDIES_BY_NAME, remedy_for_type
from ...capture.secret_names import is_given, looks_secret
from .rules import Found, rule
from .source import Source

_OF_TYPE: dict[str, type] = {
    **dict.fromkeys(("builtins.open", "io.open", "os.fdopen"), io.TextIOWrapper),
    "threading.Lock": type(threading.Lock()),
    "threading.RLock": type(threading.RLock()),
    "contextvars.ContextVar": contextvars.ContextVar,
    "weakref.ref": weakref.ref,
}
"""What makes objects of a class that cannot travel."""
ALIKE = {
    "asyncio.new_event_loop": "asyncio.AbstractEventLoop",
    "concurrent.futures.ProcessPoolExecutor": "concurrent.futures.Executor",
    "concurrent.futures.ThreadPoolExecutor": "concurrent.futures.Executor",
    "multiprocessing.Process": "multiprocessing.process.BaseProcess",
    "queue.LifoQueue": "queue.Queue",
    "queue.PriorityQueue": "queue.Queue",
    "socket.create_connection": "socket.socket",
    "sqlite3.connect": "sqlite3.Connection",
    "ssl.create_default_context": "ssl.SSLContext",
    "tempfile.NamedTemporaryFile": "tempfile._TemporaryFileWrapper",
    "tempfile.TemporaryFile": "tempfile._TemporaryFileWrapper",
    "threading.Timer": "threading.Thread",
}
"""The same for the classes that the capture knows by name: other names -> that one."""
_REMEDIES = {f"{module}.{name}": remedy for module, names, remedy in REMEDIES_BY_NAME for name in names}
_CONNECTS = (".connect", ".Connection")
"""How the names end of what other libraries connect to a database with."""
_CHANGING = frozenset(
    {"add", "append", "appendleft", "clear", "discard", "extend", "insert", "pop", "popitem", "remove"}
) | {"setdefault", "update"}
_CONTAINERS = (
    *("dict", "list", "set", "collections.defaultdict"),
    *("collections.Counter", "collections.OrderedDict", "collections.deque"),
)
_TO_ROOT = ("logging.config.dictConfig", "logging.config.fileConfig")


@rule(
    "GP201",
    "a value that cannot travel: an open file, a socket, a lock, a connection, a generator",
    "open or make it inside the function",
    bad="""
from arcapix.fs.gpfs import Filesystem

log = open("/var/log/mounts.log", "a")

def note(fsName):
    log.write(fsName)

Filesystem("mmfs1").onMount.new("note", note)
""",
    good="""
from arcapix.fs.gpfs import Filesystem

def note(fsName):
    with open("/var/log/mounts.log", "a") as log:
        log.write(fsName)

Filesystem("mmfs1").onMount.new("note", note)
""",
)
def values_that_cannot_travel(source: Source) -> Iterator[Found]:
    """Find what the function reads and no token can hold."""
    for name, place in source.outside.items():
        value = source.assigned.get(name)
        remedy = None if value is None else _remedy(value, source)
        if remedy:
            assert value is not None
            yield Found(place, f"reads {name}, which is {_shown(value)} and cannot travel", remedy)


@rule(
    "GP202",
    "a secret in the text: whoever lists callbacks can read it",
    "use Secret.file('/etc/...') or Secret.env('NAME')",
    bad="""
from arcapix.fs.gpfs import Filesystem

password = "correct horse"

def note(fsName):
    print(fsName, len(password))

Filesystem("mmfs1").onMount.new("note", note)
""",
    good="""
from arcapix.fs.gpfs import Filesystem, Secret

password = Secret.file("/etc/mailer.password")

def note(fsName):
    print(fsName, len(password.value))

Filesystem("mmfs1").onMount.new("note", note)
""",
)
def secrets(source: Source) -> Iterator[Found]:
    """Find texts beside names that look like those of secrets."""
    for name in source.outside:
        value = source.assigned.get(name)
        if isinstance(value, ast.Constant) and is_given(value.value) and looks_secret(name):
            yield Found(value, f"{name} looks like a secret, and travels as it stands here")
    for node in source.nodes():
        for name, value in _named_values(node):
            if isinstance(value, ast.Constant) and is_given(value.value) and looks_secret(name):
                yield Found(value, f"{name} looks like a secret, and travels as it stands here")


@rule(
    "GP203",
    "a global that is to be kept from one event to the next",
    "keep it in a file, or use Run(every=...) or Run(once=...) to run less often",
    bad="""
from arcapix.fs.gpfs import Filesystem

count = 0

def note(fsName):
    global count
    count += 1
    print(fsName, count)

Filesystem("mmfs1").onMount.new("note", note)
""",
    good="""
from pathlib import Path
from arcapix.fs.gpfs import Filesystem

COUNT = Path("/var/lib/site/mounts")

def note(fsName):
    count = int(COUNT.read_text() or 0) + 1
    COUNT.write_text(str(count))
    print(fsName, count)

Filesystem("mmfs1").onMount.new("note", note)
""",
)
def globals_that_are_changed(source: Source) -> Iterator[Found]:
    """Find what a function assigns to or changes outside itself: each event starts with what was captured."""
    outside = source.outside
    containers = {name for name in outside if _is_container(source.assigned.get(name), source)}
    why = "what an event changes there is gone at the next one"
    for node in source.nodes():
        if isinstance(node, ast.Global):
            yield Found(node, f"assigns to the global {', '.join(node.names)}: {why}")
        name = _changed(node)
        if name in containers:
            assert isinstance(node, ast.expr)
            yield Found(node, f"changes the global {name}: {why}")


@rule(
    "GP204",
    "a logger whose handler stays behind",
    "print, which goes to the driver's log, or add the handler inside the function",
    bad="""
import logging
from arcapix.fs.gpfs import Filesystem

logging.basicConfig(filename="/var/log/mounts.log")

def note(fsName):
    logging.info(fsName)

Filesystem("mmfs1").onMount.new("note", note)
""",
    good="""
import logging
from arcapix.fs.gpfs import Filesystem

logging.basicConfig(level="INFO")

def note(fsName):
    logging.info(fsName)

Filesystem("mmfs1").onMount.new("note", note)
""",
)
def loggers(source: Source) -> Iterator[Found]:
    """Find handlers of loggers that write to what only the installing program has."""
    if not _uses_logging(source):
        return
    inside = {id(node) for node in source.nodes()}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and id(node) not in inside:
            name = source.name(node.func)
            given = {word.arg for word in node.keywords}
            if name in _TO_ROOT or (name == "logging.basicConfig" and given & {"filename", "handlers"}):
                yield Found(node, f"{name} gives loggers handlers that stay behind")
            elif _adds_handler(node, source):
                yield Found(node, f"{ast.unparse(node.func)} gives a logger a handler that stays behind")


def _remedy(value: ast.expr, source: Source) -> str | None:
    """Return what to do instead of capturing what an expression makes; None where it may well travel."""
    if isinstance(value, ast.GeneratorExp):
        return "make it inside the function"
    if not isinstance(value, ast.Call):
        return None
    name = source.name(value.func)
    if name in _OF_TYPE:
        return remedy_for_type(_OF_TYPE[name])
    if name.endswith(_CONNECTS):
        return "open it inside the function"
    return _REMEDIES.get(ALIKE.get(name, name))


def _shown(value: ast.expr) -> str:
    return "a generator" if isinstance(value, ast.GeneratorExp) else f"made by {ast.unparse(value.func)}()"  # type: ignore[attr-defined]


def _named_values(node: ast.AST) -> Iterator[tuple[str, ast.expr | None]]:
    """Yield names and what is written beside them."""
    if isinstance(node, ast.Assign):
        yield from ((_name_of(target), node.value) for target in node.targets)
    elif isinstance(node, ast.AnnAssign):
        yield _name_of(node.target), node.value
    elif isinstance(node, ast.keyword):
        yield node.arg or "", node.value
    elif isinstance(node, ast.Dict):
        yield from ((_name_of(key), value) for key, value in zip(node.keys, node.values))


def _name_of(node: ast.expr | None) -> str:
    if isinstance(node, ast.Subscript):
        node = node.slice
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _is_container(value: ast.expr | None, source: Source) -> bool:
    if isinstance(value, ast.Call):
        return (source.name(value.func) or ast.unparse(value.func)) in _CONTAINERS
    return isinstance(value, ast.List | ast.Dict | ast.Set)


def _changed(node: ast.AST) -> str:
    """Return the name of what a call or an assignment to an item changes, or nothing."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _CHANGING:
        holder = node.func.value
    elif isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
        holder = node.value
    else:
        return ""
    return holder.id if isinstance(holder, ast.Name) else ""


def _uses_logging(source: Source) -> bool:
    names = {source.name(node) for node in source.nodes() if isinstance(node, ast.Name | ast.Attribute)}
    loggers = {
        name
        for name, value in source.assigned.items()
        if isinstance(value, ast.Call) and source.name(value.func) == "logging.getLogger"
    }
    return any(name.startswith("logging.") for name in names) or bool(loggers & source.outside.keys())


def _adds_handler(node: ast.Call, source: Source) -> bool:
    """Tell whether a call adds a handler that does not write to standard output or error."""
    if not isinstance(node.func, ast.Attribute) or node.func.attr != "addHandler" or not node.args:
        return False
    (handler, *_) = node.args
    if isinstance(handler, ast.Name):
        handler = source.assigned.get(handler.id, handler)
    return isinstance(handler, ast.Call) and source.name(handler.func) != "logging.StreamHandler"
