"""Rules about what a handler finds around it on a node: no terminal, no arguments, another folder."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from ...capture import process_state
from ...capture.mentions import Mentions
from .rules import Found, rule
from .source import Source

_INPUT = ("builtins.input", "getpass.getpass", "sys.stdin")


@rule(
    "GP301",
    "`sys.argv`, which holds nothing but the driver at an event",
    "keep what it needs in a global: that travels",
    bad="""
import sys
from arcapix.fs.gpfs import Filesystem

def note(fsName):
    print(sys.argv[1], fsName)

Filesystem("mmfs1").onMount.new("note", note)
""",
    good="""
import sys
from arcapix.fs.gpfs import Filesystem

title = sys.argv[1]

def note(fsName):
    print(title, fsName)

Filesystem("mmfs1").onMount.new("note", note)
""",
)
def arguments(source: Source) -> Iterator[Found]:
    """Find questions for the arguments of the program."""
    for node in _named(source, ("sys.argv",)):
        yield Found(node, "reads sys.argv, which holds nothing but the driver at an event")


@rule(
    "GP302",
    "an environment variable that an event may not have",
    "keep its value in a global, or name it in Run(env=...)",
    bad="""
import os
from arcapix.fs.gpfs import Filesystem

def note(fsName):
    print(os.environ["SITE"], fsName)

Filesystem("mmfs1").onMount.new("note", note)
""",
    good="""
import os
from arcapix.fs.gpfs import Filesystem

site = os.environ["SITE"]

def note(fsName):
    print(site, fsName)

Filesystem("mmfs1").onMount.new("note", note)
""",
)
def environment(source: Source) -> Iterator[Found]:
    """Find variables that are read at an event."""
    mentions = source.mentions
    known = {*process_state.variables_set(mentions), *_given(source)}
    for call in mentions.calls:
        yield from _doubts(call.place, process_state.of_variables(Mentions(calls=[call]), known))
    for look_up in mentions.look_ups:
        yield from _doubts(look_up.place, process_state.of_variables(Mentions(look_ups=[look_up]), known))


@rule(
    "GP303",
    "a relative path, or the working folder: that is `/` at an event",
    "give the whole path",
    bad="""
from arcapix.fs.gpfs import Filesystem

def note(fsName):
    with open("mounts.log", "a") as log:
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
def relative_paths(source: Source) -> Iterator[Found]:
    """Find paths that mean another file on a node."""
    calls = source.mentions.calls
    if any(call.name in process_state.CHANGES_FOLDER for call in calls):
        return  # that is what paths are relative to
    for call in calls:
        yield from _doubts(call.place, process_state.of_the_folder(Mentions(calls=[call])))
        folder = call.keywords.get("cwd")
        if call.name.startswith("subprocess.") and isinstance(folder, str) and not folder.startswith("/"):
            assert call.place is not None
            yield Found(call.place, f"starts a program in the relative folder {folder!r}")


@rule(
    "GP304",
    "a question to somebody: standard input is empty at an event",
    "give the function parameters",
    bad="""
from arcapix.fs.gpfs import Filesystem

def note(fsName):
    print(input("who? "), fsName)

Filesystem("mmfs1").onMount.new("note", note)
""",
    good="""
from arcapix.fs.gpfs import Filesystem

def note(who, fsName):
    print(who, fsName)

Filesystem("mmfs1").onMount.new("note", note, parms=["alice"])
""",
)
def questions(source: Source) -> Iterator[Found]:
    """Find what waits for somebody to type."""
    for node in _named(source, _INPUT):
        name = source.name(node).removeprefix("builtins.")
        yield Found(node, f"reads from {name}, and standard input is empty at an event")


@rule(
    "GP305",
    "`__file__`, a file that other nodes may lack",
    "install what it needs under a whole path on every node",
    bad="""
from pathlib import Path
from arcapix.fs.gpfs import Filesystem

def note(fsName):
    print(Path(__file__).with_name("text").read_text(), fsName)

Filesystem("mmfs1").onMount.new("note", note)
""",
    good="""
from pathlib import Path
from arcapix.fs.gpfs import Filesystem

text = Path(__file__).with_name("text").read_text()

def note(fsName):
    print(text, fsName)

Filesystem("mmfs1").onMount.new("note", note)
""",
)
def own_file(source: Source) -> Iterator[Found]:
    """Find questions for the file of the program."""
    for node in source.nodes():
        if isinstance(node, ast.Name) and node.id == "__file__":
            yield Found(node, "uses __file__, a file of this node that others may lack")


@rule(
    "GP306",
    "a change of the working folder: it can keep a file system busy that GPFS wants to unmount",
    "give whole paths, and programs their cwd=",
    bad="""
import os
from arcapix.fs.gpfs import Filesystem

def note(fsName):
    os.chdir(f"/gpfs/{fsName}")
    print(os.listdir("."))

Filesystem("mmfs1").onMount.new("note", note)
""",
    good="""
import os
from arcapix.fs.gpfs import Filesystem

def note(fsName):
    print(os.listdir(f"/gpfs/{fsName}"))

Filesystem("mmfs1").onMount.new("note", note)
""",
)
def folders_that_are_entered(source: Source) -> Iterator[Found]:
    """Find changes of the folder."""
    for node in _named(source, process_state.CHANGES_FOLDER):
        yield Found(node, f"calls {source.name(node)}(), which can keep a file system busy")


def _named(source: Source, names: Collection[str]) -> Iterator[ast.Name | ast.Attribute]:
    """Yield the places in the code where one of these public names is used."""
    for node in source.nodes():
        if (
            isinstance(node, ast.Name | ast.Attribute)
            and isinstance(node.ctx, ast.Load)
            and source.name(node) in names
        ):
            yield node


def _given(source: Source) -> Iterator[str]:
    """Yield the variables that run options of the file name."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and source.local_name(node.func) == "Run":
            for word in node.keywords:
                if word.arg == "env" and isinstance(word.value, ast.Dict):
                    keys = [key.value for key in word.value.keys if isinstance(key, ast.Constant)]
                    yield from (key for key in keys if isinstance(key, str))


def _doubts(place: ast.expr | None, texts: Iterator[str]) -> Iterator[Found]:
    for text in texts:
        assert place is not None
        message, _, hint = text.rpartition("; ")
        yield Found(place, message, hint)
