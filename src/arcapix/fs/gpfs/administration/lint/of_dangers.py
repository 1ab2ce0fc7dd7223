"""Rules about what goes wrong in the middle of an incident: shells, waiting without end, failures unseen."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ... import events
from .rules import Found, rule
from .source import Source

_SHELLS = ("os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput")
_PROGRAMS = tuple(f"subprocess.{name}" for name in ("run", "call", "check_call", "check_output", "Popen"))

_VERBS = ("get", "post", "put", "patch", "delete", "head", "options", "request")
_WAIT = {
    **{f"requests.{verb}": -1 for verb in _VERBS},
    **{f"requests.Session().{verb}": -1 for verb in _VERBS},
    **{f"requests.session().{verb}": -1 for verb in _VERBS},
    "urllib.request.urlopen": 2,
    "socket.create_connection": 1,
    "ftplib.FTP": 4,
    "smtplib.SMTP": 3,
    "smtplib.SMTP_SSL": 5,
    "smtplib.LMTP": -1,
    "http.client.HTTPConnection": 2,
    "http.client.HTTPSConnection": -1,
    "imaplib.IMAP4": 2,
    "imaplib.IMAP4_SSL": -1,
    "poplib.POP3": 2,
    "poplib.POP3_SSL": -1,
}
"""What waits for the network -> at which place it takes its time limit; -1: by name alone."""
_LONG = 30
"""Seconds."""
_WITHOUT_DAEMON = ("shutdown", "quorumLoss")
_OBJECTS = ("Cluster", "Node", "Filesystem", "IndependentFileset", "DependentFileset", "CacheFileset", "Pool")


@rule(
    "GP401",
    "a shell that is given values: users choose the names of filesets, and root runs the command",
    "give the words of the command as a list, without a shell",
    bad="""
import subprocess
from arcapix.fs.gpfs import Filesystem

def note(filesetName):
    subprocess.run(f"logger {filesetName}", shell=True)

Filesystem("mmfs1").onSoftQuotaExceeded.new("note", note)
""",
    good="""
import subprocess
from arcapix.fs.gpfs import Filesystem

def note(filesetName):
    subprocess.run(["logger", filesetName])

Filesystem("mmfs1").onSoftQuotaExceeded.new("note", note)
""",
)
def shells(source: Source) -> Iterator[Found]:
    """Find commands for a shell that are put together."""
    for node, name in _calls(source):
        command = (
            node.args[0]
            if node.args
            else _keyword(node, "args") or _keyword(node, "command") or _keyword(node, "cmd")
        )
        shell = _keyword(node, "shell")
        by_shell = name in _SHELLS or (
            name in _PROGRAMS and isinstance(shell, ast.Constant) and shell.value is True
        )
        if by_shell and command is not None and not _is_fixed(command, source):
            chosen = sorted(_variables_in(command))
            given = f"given {', '.join(chosen)}, which users choose" if chosen else "given values"
            yield Found(node, f"{name} starts a shell that is {given}")


@rule(
    "GP402",
    "a network call without a time limit: each event leaves a process that hangs",
    "give timeout=",
    bad="""
import urllib.request
from arcapix.fs.gpfs import Filesystem

def note(fsName):
    urllib.request.urlopen(f"https://status.example.com/{fsName}")

Filesystem("mmfs1").onMount.new("note", note)
""",
    good="""
import urllib.request
from arcapix.fs.gpfs import Filesystem

def note(fsName):
    urllib.request.urlopen(f"https://status.example.com/{fsName}", timeout=30)

Filesystem("mmfs1").onMount.new("note", note)
""",
)
def waiting_without_end(source: Source) -> Iterator[Found]:
    """Find network calls that wait for ever."""
    for node, name in _calls(source):
        place = _WAIT.get(name)
        if place is None or any(word.arg in ("timeout", None) for word in node.keywords):
            continue
        if place < 0 or (
            len(node.args) <= place and not any(isinstance(one, ast.Starred) for one in node.args)
        ):
            yield Found(node, f"{name} waits without a time limit")


@rule(
    "GP403",
    "a long wait: events pile up meanwhile, and GPFS waits for a synchronous callback",
    "let the next event do it, or raise RetryLater with Run(retries=...)",
    bad="""
import time
from arcapix.fs.gpfs import Filesystem

def note(fsName):
    time.sleep(600)
    print(fsName)

Filesystem("mmfs1").onMount.new("note", note)
""",
    good="""
import time
from arcapix.fs.gpfs import Filesystem

def note(fsName):
    time.sleep(1)
    print(fsName)

Filesystem("mmfs1").onMount.new("note", note)
""",
)
def long_waits(source: Source) -> Iterator[Found]:
    """Find long sleeps."""
    for call in source.mentions.calls:
        seconds = call.argument(0, "secs")
        if call.name == "time.sleep" and isinstance(seconds, int | float) and seconds > _LONG:
            assert call.place is not None
            yield Found(call.place, f"sleeps for {seconds:g} s")


@rule(
    "GP404",
    "failures that nobody sees: the run counts as a success",
    "catch what is expected, and let the rest fail the run: its traceback is in the log",
    bad="""
from arcapix.fs.gpfs import Filesystem

def note(fsName):
    try:
        print(fsName)
    except:
        pass

Filesystem("mmfs1").onMount.new("note", note)
""",
    good="""
from arcapix.fs.gpfs import Filesystem

def note(fsName):
    try:
        print(fsName)
    except OSError as error:
        print("cannot be printed:", error)
        raise

Filesystem("mmfs1").onMount.new("note", note)
""",
)
def hidden_failures(source: Source) -> Iterator[Found]:
    """Find what catches everything and says nothing."""
    for node in source.nodes():
        if not isinstance(node, ast.ExceptHandler):
            continue
        if node.type is None:
            if not any(isinstance(part, ast.Raise) for part in ast.walk(node)):
                yield Found(node, "catches everything, sys.exit() too")
        elif ast.unparse(node.type) in ("Exception", "BaseException") and all(map(_says_nothing, node.body)):
            yield Found(node, f"catches {ast.unparse(node.type)} and says nothing")


@rule(
    "GP405",
    "a thread or process that is left behind: it is cut off at the end, or outlives the run",
    "wait for it, or leave daemon= out: other threads are waited for",
    bad="""
import threading
from arcapix.fs.gpfs import Filesystem

def note(fsName):
    threading.Thread(target=print, args=(fsName,), daemon=True).start()

Filesystem("mmfs1").onMount.new("note", note)
""",
    good="""
import threading
from arcapix.fs.gpfs import Filesystem

def note(fsName):
    thread = threading.Thread(target=print, args=(fsName,))
    thread.start()
    thread.join()

Filesystem("mmfs1").onMount.new("note", note)
""",
)
def left_behind(source: Source) -> Iterator[Found]:
    """Find what goes on after the function."""
    dropped = {id(node.value) for node in source.nodes() if isinstance(node, ast.Expr)}
    for node, name in _calls(source):
        daemon = _keyword(node, "daemon")
        if name in ("threading.Thread", "multiprocessing.Process"):
            if isinstance(daemon, ast.Constant) and daemon.value is True:
                yield Found(node, f"{name} with daemon=True is cut off at the end of the function")
        elif name == "subprocess.Popen" and id(node) in dropped:
            yield Found(node, "subprocess.Popen starts a program that nobody waits for")
        elif name in ("os.fork", "os.forkpty"):
            yield Found(node, f"{name} copies the driver's process, which goes on with the function")


@rule(
    "GP406",
    "a question to GPFS at an event that says that it is down",
    "expect that mm commands fail and file systems are not there, and give them a time limit",
    bad="""
import subprocess
from arcapix.fs.gpfs import Cluster

def note(myNode):
    subprocess.run(["/usr/lpp/mmfs/bin/mmlsfs", "all"], timeout=60)

Cluster().onShutdown.new("note", note)
""",
    good="""
import subprocess
from arcapix.fs.gpfs import Cluster

def note(myNode):
    subprocess.run(["logger", f"GPFS is down on {myNode}"], timeout=60)

Cluster().onShutdown.new("note", note)
""",
)
def questions_to_what_is_down(source: Source) -> Iterator[Found]:
    """Find mm commands and objects of the cluster in handlers for the end of GPFS."""
    for install in source.installs:
        attribute = install.attribute and events.event_of(install.attribute.attr)
        names = [attribute] if attribute else [events.canonical(name) for name, _ in install.events]
        down = [name for name in names if name in _WITHOUT_DAEMON]
        if not down or install.function is None:
            continue
        for node in ast.walk(install.function):
            if isinstance(node, ast.Call) and (asked := _asks_gpfs(node, source)):
                yield Found(node, f"asks GPFS by {asked}, which {down[0]} says is down")


def _calls(source: Source) -> Iterator[tuple[ast.Call, str]]:
    """Yield the calls in the code, and the public names of what is called."""
    for node in source.nodes():
        if isinstance(node, ast.Call) and (name := source.name(node.func)):
            yield node, name


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((word.value for word in call.keywords if word.arg == name), None)


def _is_fixed(node: ast.expr, source: Source) -> bool:
    """Tell whether an expression is the same at every event: constants, and names at the top of the file."""
    outside = source.outside
    names = [part for part in ast.walk(node) if isinstance(part, ast.Name)]
    return all(one.id in outside and isinstance(source.assigned.get(one.id), ast.Constant) for one in names)


def _variables_in(node: ast.expr) -> Iterator[str]:
    """Yield the variables of GPFS in an expression whose texts users choose."""
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and part.id in events.VARIABLES and events.chosen_by_users(part.id):
            yield part.id


def _says_nothing(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Return):
        return statement.value is None or isinstance(statement.value, ast.Constant)
    is_constant = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return is_constant or isinstance(statement, ast.Pass | ast.Continue | ast.Break)


def _asks_gpfs(call: ast.Call, source: Source) -> str:
    """Return how a call asks GPFS, or nothing: by an mm command, or an object of this package."""
    if source.name(call.func) in (*_PROGRAMS, *_SHELLS) and call.args:
        command = call.args[0]
        first = command.elts[0] if isinstance(command, ast.List | ast.Tuple) and command.elts else command
        text = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""
        name = text.partition(" ")[0].rpartition("/")[2]
        return name if name.startswith("mm") else ""
    made = source.local_name(call.func)
    return f"{made}()" if made in _OBJECTS else ""
