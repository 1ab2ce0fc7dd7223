"""The public Python API as tables: classes, their members, a line each, from the docstrings."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any, get_overloads

import arcapix.fs.gpfs as package
from arcapix.fs.gpfs import exceptions
from arcapix.fs.gpfs.callbacks.on_events import OnEvent

from .markdown import code, codes, first_sentence, prose, table

_OBJECTS = (
    "Cluster",
    "Node",
    "Nodeclass",
    "Filesystem",
    "Fileset",
    "IndependentFileset",
    "DependentFileset",
    "CacheFileset",
    "Pool",
    "Snapshot",
    "quota.FilesetQuota",
    "quota.UserQuota",
    "quota.GroupQuota",
)
_COLLECTIONS = (
    "node.Nodes",
    "nodeclass.Nodeclasses",
    "filesystem.Filesystems",
    "fileset.Filesets",
    "pool.Pools",
    "snapshot.Snapshots",
    "quota.Quotas",
    "quota.QuotasOfFileset",
)
_CALLBACKS = ("Callback", "Callbacks", "EventCallbacks", "callbacks.batch.Batch", "callbackable.callbackable")
_VALUES = ("Literal", "Variable", "Run", "Once", "RetryLater", "GiveUp", "Secret", "Event")
_TESTING = ("testing.EmulatedCluster", "testing.ClusterNode", "testing.RunRecord")

_MODULES = (
    "callbackable",
    "cluster",
    "node",
    "nodeclass",
    "filesystem",
    "fileset",
    "pool",
    "quota",
    "snapshot",
    "exceptions",
)
"""The modules whose names are part of the API; each says in ``__all__`` what it offers."""


def imports() -> str:
    """Which names can be imported from where."""
    rows = [(code("arcapix.fs.gpfs"), codes(package.__all__))]
    for name in _MODULES:
        module = import_module(f"{package.__name__}.{name}")
        rows.append(
            (
                code(module.__name__),
                codes(public for public in module.__all__ if public[0].isupper() or public == name),
            )
        )
    return table(("module", "names"), rows)


def objects() -> str:
    """The objects of a cluster."""
    return _sections(_OBJECTS)


def collections() -> str:
    """The collections of such objects."""
    return _sections(_COLLECTIONS)


def callbacks() -> str:
    """Callbacks and their collections."""
    return _sections(_CALLBACKS)


def values() -> str:
    """What is given to parms and run, and what a handler gets."""
    return _sections(_VALUES)


def testing() -> str:
    """What the fixture offers."""
    return _sections(_TESTING)


def any_command() -> str:
    """The function that runs any mm command, and what it returns."""
    function = package.run_command
    heading = f"### {function.__name__}\n\n{prose(first_sentence(function.__doc__ or ''))}\n\n"
    rows = [
        (code(f"{function.__name__}({_parameters(function)})"), "run it; returns a [Completed](#completed)")
    ]
    return f"{heading}{table(('', ''), rows)}\n{_sections(('Completed',))}"


def errors() -> str:
    """The errors: parents, details, meaning."""
    listed = [name for name in package.__all__ if _is_error(getattr(package, name))]
    rows = []
    for name in sorted(listed, key=lambda name: len(getattr(package, name).__mro__)):
        error = getattr(package, name)
        begun = inspect.getsource(error)
        facts = [fact for fact in _described(error, "Args") if f"self.{fact} =" in begun]
        rows.append(
            (
                code(name),
                codes(parent.__name__ for parent in error.__bases__),
                codes(f".{fact}" for fact in facts),
                prose(first_sentence(error.__doc__ or "")),
            )
        )
    return table(("error", "is also", "details", "what it means"), rows)


def _is_error(thing: object) -> bool:
    return inspect.isclass(thing) and issubclass(thing, (exceptions.GPFSError, Warning))


# -- classes


def _sections(names: tuple[str, ...]) -> str:
    return "\n".join(_section(name) for name in names)


def _section(dotted: str) -> str:
    module, _, name = dotted.rpartition(".")
    found = getattr(import_module(f"{package.__name__}.{module}") if module else package, name)
    rows = [(code(f"{name}({_parameters(found)})"), "make one")] if _is_made(found) else []
    like = next((base for base in found.__mro__[1:] if base.__name__ in (*_OBJECTS, *_CALLBACKS)), object)
    if like is not object:
        rows.append(("", f"all that [{like.__name__}](#{like.__name__.lower()}) has"))
    events = 0
    for member, value in _members(found):
        if like is not object and getattr(like, member, None) is value:
            continue
        if isinstance(value, OnEvent):
            events += 1
            continue
        rows.append((code(_called(found, member, value)), prose(_line(found, member, value))))
    if events:
        link = "[events](events.md)"
        rows.append((code("on<Event>"), f"its callbacks for one event, an `EventCallbacks`; {events} {link}"))
    if like is object:
        rows += [(code(operation), text) for operation, text in _operations(found)]
    where = f"`{found.__module__}`\n\n" if module else ""
    return f"### {name}\n\n{where}{prose(first_sentence(found.__doc__ or ''))}\n\n" + table(("", ""), rows)


def _is_made(found: type) -> bool:
    """Whether users call the class; the others come from attributes and methods."""
    return found.__name__ in package.__all__ and found.__name__ not in (
        "Callbacks",
        "EventCallbacks",
        "Completed",
        "Event",
        "Secret",
    )


def _members(found: type) -> Iterator[tuple[str, Any]]:
    """The public members: the class's own first, in the order in which they are written.

    ``kind``, ``scope`` and ``captured_text`` are what the package's own parts use.
    """
    for name in _described(found, "Attributes"):
        yield name, None
    seen = {"kind", "scope", "captured_text", *_described(found, "Attributes")}
    for base in found.__mro__:
        if base.__module__ == "builtins" or not base.__module__.startswith(package.__name__):
            continue
        for name, value in vars(base).items():
            if not name.startswith("_") and name not in seen:
                seen.add(name)
                yield name, value


def _operations(found: type) -> Iterator[tuple[str, str]]:
    """What the language's own operations do with a collection."""
    if not hasattr(found, "__getitem__"):
        return
    iterates = "Callback objects" if "Callbacks" in found.__name__ else "names"
    yield "...[name]", "the one of that name, or `NotFound`, which is a KeyError"
    yield "name in ...", "whether there is one"
    yield "for ... in", f"{iterates}, in GPFS's order"
    yield "len(...)", "how many there are"


def _called(found: type, name: str, value: Any) -> str:
    if isinstance(value, classmethod):
        return f"{found.__name__}.{name}({_parameters(value.__func__)})"
    return f"{name}({_parameters(value)})" if inspect.isfunction(value) else name


def _parameters(called: Any) -> str:
    """The parameters of a function or class: names and short defaults; the last overload counts."""
    function = called.__init__ if inspect.isclass(called) else called
    overloads = get_overloads(function)
    shown = []
    keyword_only = False
    for parameter in inspect.signature(overloads[-1] if overloads else function).parameters.values():
        if parameter.name == "self" or parameter.name == "cls":
            continue
        text = parameter.name
        if parameter.kind is parameter.VAR_POSITIONAL:
            text, keyword_only = f"*{text}", True
        elif parameter.kind is parameter.VAR_KEYWORD:
            text = f"**{text}"
        elif parameter.kind is parameter.KEYWORD_ONLY and not keyword_only:
            shown.append("*")
            keyword_only = True
        if parameter.default is not parameter.empty and not overloads:
            text += f"={_default(parameter.default)}"
        shown.append(text)
    return ", ".join(shown)


def _default(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 20 and not shown.startswith("<") else "..."


def _line(found: type, name: str, value: Any) -> str:
    """The line about a member.

    Raises:
        ValueError: There is none.
    """
    if isinstance(value, classmethod):
        value = value.__func__
    if inspect.isfunction(value) or isinstance(value, property):
        text = first_sentence(inspect.getdoc(value) or "")
    else:
        text = {"value": "As given.", **_described(found, "Args"), **_described(found, "Attributes")}.get(
            name, ""
        )
    if not text:
        raise ValueError(f"{found.__name__}.{name} has no docstring")
    return text


def _described(found: type, section: str) -> dict[str, str]:
    """What a section of a Google docstring says: name -> text."""
    doc = inspect.getdoc(found) or ""
    match = re.search(rf"^{section}:\n((?:    .*\n?|\n)+)", doc, re.MULTILINE)
    facts: dict[str, str] = {}
    name = ""
    for line in match[1].splitlines() if match else ():
        begin = re.match(r"    (\w+): (.*)", line)
        if begin:
            name = begin[1]
            facts[name] = begin[2]
        elif name and line.strip():
            facts[name] += " " + line.strip()
    return facts
