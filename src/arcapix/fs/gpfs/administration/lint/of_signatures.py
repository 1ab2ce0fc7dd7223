"""Rules about events and parameters: what installing a callback would refuse or doubt, found before."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator
from inspect import Parameter
from typing import Any

from ... import events
from ...binding import bind
from ...cluster import Cluster
from ...driver.event import Event
from ...exceptions import GPFSError, UnsupportedEvent, nearest
from ...fileset import CacheFileset, DependentFileset, Fileset, IndependentFileset
from ...filesystem import Filesystem
from ...node import Node
from ...nodeclass import Nodeclass
from ...pool import Pool
from ...registration.owner import Owner
from .installs import Install
from .rules import Found, rule
from .source import Function, Source

_OBJECTS: dict[str, Owner] = {
    "Cluster": Cluster(),
    "Node": Node("x"),
    "Nodeclass": Nodeclass("x"),
    "Filesystem": Filesystem("x"),
    "Pool": Pool("x", "y"),
    "Fileset": Fileset("x", "y"),
    "IndependentFileset": IndependentFileset("x", "y"),
    "DependentFileset": DependentFileset("x", "y"),
    "CacheFileset": CacheFileset("x", "y", "z:/z"),
}
"""An object of each class that callbacks can be installed on; making it asks GPFS nothing."""

_ANNOTATIONS: dict[str, Any] = {"str": str, "int": int, "float": float, "list[str]": list[str]}


@rule(
    "GP101",
    "an event that GPFS does not have",
    "name an event of `arcapix-gpfs events`",
    bad="""
from arcapix.fs.gpfs import Filesystem

def note(fsName):
    print(fsName)

Filesystem("mmfs1").onMout.new("note", note)
""",
    good="""
from arcapix.fs.gpfs import Filesystem

def note(fsName):
    print(fsName)

Filesystem("mmfs1").onMount.new("note", note)
""",
)
def unknown_events(source: Source) -> Iterator[Found]:
    """Find misspelt events."""
    for install in source.installs:
        attribute = install.attribute
        if attribute is not None and events.event_of(attribute.attr) is None:
            yield Found(attribute, *_parts(_refusal(install.owner or "Cluster", attribute.attr)))
        for name, node in install.events:
            if events.canonical(name) is None:
                near = nearest(name, events.EVENTS)
                yield Found(node, f"no event {name!r} is known", f"did you mean {near!r}?" if near else "")


@rule(
    "GP102",
    "an event that is not about such an object",
    "install it on an object that the event is about",
    bad="""
from arcapix.fs.gpfs import Pool

def note(fsName):
    print(fsName)

Pool("mmfs1", "system").onMount.new("note", note)
""",
    good="""
from arcapix.fs.gpfs import Filesystem

def note(fsName):
    print(fsName)

Filesystem("mmfs1").onMount.new("note", note)
""",
)
def events_of_other_objects(source: Source) -> Iterator[Found]:
    """Find events that the object of a callback does not offer."""
    for install in source.installs:
        if not install.owner:
            continue
        attribute = install.attribute
        if attribute is not None and events.event_of(attribute.attr) is not None:
            refused = _refusal(install.owner, attribute.attr)
            if refused:
                yield Found(attribute, *_parts(refused))
        kind = _OBJECTS[install.owner].kind
        for name, node in install.events:
            known = events.canonical(name)
            if known is not None and not events.supports(kind, known):
                refused = str(UnsupportedEvent.by_name(install.owner, known, events.about(known)))
                yield Found(node, *_parts(refused))


@rule(
    "GP103",
    "a parameter that gets no value, or a value that no parameter takes",
    "name parameters as GPFS names its variables, or give parms",
    bad="""
from arcapix.fs.gpfs import Filesystem

def alert(fsname, storagePool):
    print(fsname, storagePool)

Filesystem("mmfs1").onLowDiskSpace.new("alert", alert)
""",
    good="""
from arcapix.fs.gpfs import Filesystem

def alert(fsName, storagePool):
    print(fsName, storagePool)

Filesystem("mmfs1").onLowDiskSpace.new("alert", alert)
""",
)
def parameters_without_values(source: Source) -> Iterator[Found]:
    """Find functions whose parameters and parms do not fit."""
    for install in source.installs:
        problem, _ = _bound(install, source)
        if problem and not _runs_nothing(install.function):
            yield Found(install.function or install.call, *_parts(problem))


@rule(
    "GP104",
    "a variable that the event does not supply",
    "ask for variables of the event, or give the parameter a default",
    bad="""
from arcapix.fs.gpfs import Filesystem

def note(fsName, storagePool):
    print(fsName, storagePool)

Filesystem("mmfs1").onMount.new("note", note)
""",
    good="""
from arcapix.fs.gpfs import Filesystem

def note(fsName, storagePool):
    print(fsName, storagePool)

Filesystem("mmfs1").onLowDiskSpace.new("note", note)
""",
)
def variables_of_other_events(source: Source) -> Iterator[Found]:
    """Find variables that will have no value."""
    for install in source.installs:
        for doubt in _bound(install, source)[1]:
            yield Found(install.function or install.call, doubt)


@rule(
    "GP105",
    "a function whose call runs nothing",
    "use a plain function",
    bad="""
from arcapix.fs.gpfs import Filesystem

async def note(fsName):
    print(fsName)

Filesystem("mmfs1").onMount.new("note", note)
""",
    good="""
import asyncio
from arcapix.fs.gpfs import Filesystem

async def write(text):
    print(text)

def note(fsName):
    asyncio.run(write(fsName))

Filesystem("mmfs1").onMount.new("note", note)
""",
)
def functions_that_run_nothing(source: Source) -> Iterator[Found]:
    """Find async functions and generators."""
    for function in source.handlers:
        if _runs_nothing(function):
            assert not isinstance(function, ast.Lambda)
            try:
                bind(_stand_in(function, source), [], name=function.name)
            except GPFSError as error:
                yield Found(function, *_parts(str(error)))


def _refusal(owner: str, attribute: str) -> str:
    """Return why an object has no such attribute, in the words of the object itself; empty if it has."""
    try:
        getattr(_OBJECTS[owner], attribute)
    except AttributeError as error:
        return str(error)
    return ""


def _parts(text: str) -> tuple[str, str]:
    """Return a text without its last part, and that, which says what to do; the text alone if it has none."""
    message, _, hint = text.rpartition("; ")
    return (message, hint) if message else (text, "")


def _bound(install: Install, source: Source) -> tuple[str, list[str]]:
    """Return why a function cannot be bound to its parms, or nothing; and what is doubtful about it."""
    if install.function is None or not install.signature_known:
        return "", []
    try:
        parms = None if install.parms is None else ast.literal_eval(install.parms)
    except (ValueError, TypeError):
        return "", []  # it is not known before the program runs
    attribute = install.attribute and events.event_of(install.attribute.attr)
    names = [attribute] if attribute else [name for name, _ in install.events]
    name = getattr(install.function, "name", "<lambda>")
    try:
        bound = bind(_stand_in(install.function, source), parms, events=names, name=name)
    except (GPFSError, TypeError, ValueError) as error:
        return str(error), []
    return "", list(bound.warnings)


def _runs_nothing(function: Function | None) -> bool:
    return isinstance(function, ast.AsyncFunctionDef) or (
        isinstance(function, ast.FunctionDef) and _yields(function)
    )


def _yields(function: ast.AST) -> bool:
    for child in ast.iter_child_nodes(function):
        if isinstance(child, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(child, Function | ast.ClassDef) and _yields(child):
            return True
    return False


def _stand_in(function: Function, source: Source) -> Callable[..., object]:
    """Return a function with the parameters of another one, which is never made: nothing of a file runs."""

    def plain() -> None: ...

    async def asynchronous() -> None: ...

    def generator() -> Iterator[None]:
        yield

    if isinstance(function, ast.AsyncFunctionDef):
        made: Any = asynchronous
    else:
        made = generator if _yields(function) and not isinstance(function, ast.Lambda) else plain
    made.__signature__ = inspect.Signature(list(_parameters(function.args, source)))
    return made  # type: ignore[no-any-return]


def _parameters(given: ast.arguments, source: Source) -> Iterator[Parameter]:
    positional = [*given.posonlyargs, *given.args]
    without = len(positional) - len(given.defaults)
    for index, one in enumerate(positional):
        kind = Parameter.POSITIONAL_ONLY if one in given.posonlyargs else Parameter.POSITIONAL_OR_KEYWORD
        yield _parameter(one, kind, index >= without, source)
    if given.vararg:
        yield _parameter(given.vararg, Parameter.VAR_POSITIONAL, False, source)
    for one, default in zip(given.kwonlyargs, given.kw_defaults):
        yield _parameter(one, Parameter.KEYWORD_ONLY, default is not None, source)
    if given.kwarg:
        yield _parameter(given.kwarg, Parameter.VAR_KEYWORD, False, source)


def _parameter(one: ast.arg, kind: Any, has_default: bool, source: Source) -> Parameter:
    """Return a parameter; of annotations only those are kept that mean something to the binding."""
    annotation: object = Parameter.empty
    if one.annotation is not None:
        text = ast.unparse(one.annotation).strip("'\"")
        is_event = source.local_name(one.annotation) == "Event" or text == "Event"
        annotation = Event if is_event else _ANNOTATIONS.get(text, Parameter.empty)
    default = None if has_default else Parameter.empty
    return Parameter(one.arg, kind, default=default, annotation=annotation)
