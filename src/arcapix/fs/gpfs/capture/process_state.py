"""Finds where captured code uses what belongs to a process: on a node, that is the driver's process."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Collection, Iterator, Mapping
from pathlib import PurePath
from typing import Any

from ..driver.records import DRILL
from .mentions import Call, Mentions

_OF_DECIMALS = ("prec", "rounding", "Emin", "Emax", "capitals", "clamp", "traps")
"""What a context of `decimal` determines."""

_GIVEN = frozenset(
    {"PATH", "HOME", "USER", "LOGNAME", "LC_ALL", "TZ", "ARCAPIX_CALLBACK_ID", "ARCAPIX_EVENT"} | {DRILL}
)
"""The environment variables that the driver gives to functions, the last one in drills."""

_VARIABLE = re.compile(r"\$\{?(\w+)")
"""A variable in a text that `os.path.expandvars` is given."""

_OF_PATHS = (
    *("access", "chmod", "chown", "listdir", "lstat", "makedirs", "mkdir", "open", "readlink", "remove"),
    *("removedirs", "rmdir", "scandir", "stat", "statvfs", "truncate", "unlink", "utime", "walk"),
    *("path.abspath", "path.exists", "path.getmtime", "path.getsize", "path.isdir", "path.isfile"),
    *("path.islink", "path.lexists", "path.realpath"),
)
_PATHS = {
    **dict.fromkeys((f"os.{name}" for name in _OF_PATHS), 1),
    **dict.fromkeys(
        ("builtins.open", "io.open", "codecs.open", "pathlib.Path", "glob.glob", "glob.iglob"), 1
    ),
    **dict.fromkeys(("gzip.open", "bz2.open", "lzma.open", "tarfile.open", "zipfile.ZipFile"), 1),
    **dict.fromkeys(
        ("sqlite3.connect", "shelve.open", "dbm.open", "logging.FileHandler", "runpy.run_path"), 1
    ),
    **dict.fromkeys(("shutil.rmtree", "shutil.disk_usage"), 1),
    **dict.fromkeys((f"shutil.{name}" for name in ("copy", "copy2", "copyfile", "copytree", "move")), 2),
    **dict.fromkeys((f"os.{name}" for name in ("rename", "replace", "link")), 2),
}
"""What takes paths, and how many of its first arguments are paths."""
_RELATIVE_TO = frozenset({"cwd", "dir_fd", "opener", "root_dir", "src_dir_fd", "dst_dir_fd"})
"""Keywords that say what a relative path is relative to."""

_FOLDER = ("os.getcwd", "os.getcwdb", "pathlib.Path.cwd")
CHANGES_FOLDER = frozenset({"os.chdir", "os.fchdir", "contextlib.chdir"})
_COMMANDS = tuple(f"subprocess.{name}" for name in ("run", "call", "check_call", "check_output", "Popen"))
_INPUT = {"builtins.input": "input()", "getpass.getpass": "getpass.getpass()"}
"""What fails where standard input is empty; reading an empty one is no mistake."""
_SETS_START_METHOD = ("multiprocessing.get_context", "multiprocessing.set_start_method")
_POOL = "concurrent.futures.ProcessPoolExecutor"
_CONTEXTS = {"SpawnContext": "spawn", "ForkServerContext": "forkserver"}

_SET_UP = (
    *("codecs.register", "codecs.register_error", "locale.setlocale", "os.umask", "resource.setrlimit"),
    *("socket.setdefaulttimeout", "sys.set_int_max_str_digits", "sys.setrecursionlimit"),
    *("warnings.filterwarnings", "warnings.simplefilter"),
)
"""What sets something up that all code of a process may depend on."""
_SET_UP_FOR_MODULE = (
    *("asyncio.set_event_loop_policy", "csv.field_size_limit", "csv.register_dialect", "mimetypes.add_type"),
    *("numpy.random.seed", "numpy.seterr", "random.seed", "signal.signal", "sqlite3.register_adapter"),
    *("sqlite3.register_converter", "urllib.request.install_opener"),
    "xml.etree.ElementTree.register_namespace",
)
"""What sets something up that only code depends on that uses the same module."""
_HOOKS = ("sys.excepthook", "threading.excepthook", "sys.unraisablehook")
_WORDS = tuple(
    name.rpartition(".")[2] for name in (*_SET_UP, *_SET_UP_FOR_MODULE, *_HOOKS, "os.environ", "os.putenv")
)

WANTED = (
    *(
        "os.getenv",
        "os.path.expandvars",
        "decimal.Decimal",
        "decimal.getcontext",
        "getpass.getpass",
        "builtins.input",
        *_FOLDER[:2],
    ),
    *(*CHANGES_FOLDER, *_COMMANDS, *_SETS_START_METHOD, _POOL),
    *(name for name in _PATHS if name != "io.open"),
    *(*_SET_UP, *_SET_UP_FOR_MODULE),
)
"""The public names that this module knows."""


def doubts(mentions: Mentions, values: Mapping[str, object], variables: Collection[str]) -> Iterator[str]:
    """Yield what may be said against a function, without its name: ``"reads sys.argv, which ..."``.

    Args:
        mentions: What its text mentions.
        values: What the names outside it stand for.
        variables: The environment variables that it gets besides the usual ones.
    """
    if "sys.argv" in mentions.names:
        yield "reads sys.argv, which holds nothing but the driver at an event; keep what it needs in a global"
    if type(values.get("__file__")) is str:
        yield (
            f"uses __file__, which is {values['__file__']!r}, a file that other nodes may lack; "
            "install what it needs under an absolute path on every node"
        )
    for name in sorted(mentions.names & _INPUT.keys()):
        yield f"reads from {_INPUT[name]}, but its standard input is empty at an event; give it parameters"
    yield from of_variables(mentions, variables)
    if not any(call.name in CHANGES_FOLDER for call in mentions.calls):
        yield from of_the_folder(mentions)
    yield from of_children(mentions, values)


def may_set_up(text: str) -> bool:
    """Tell whether it is worth while to look at what a file does when it is imported."""
    return any(word in text for word in _WORDS)


def set_up(beginning: Mentions, modules: Collection[str], mentioned: Collection[str]) -> Iterator[str]:
    """Yield what a file sets up for the process that imports it: ``"calls random.seed()"``.

    Args:
        beginning: What it mentions outside its functions.
        modules: The modules that the captured functions use.
        mentioned: The names that they mention; what they set up themselves is left out.
    """
    for name in dict.fromkeys(call.name for call in beginning.calls):
        matters = name in _SET_UP or (name in _SET_UP_FOR_MODULE and name.partition(".")[0] in modules)
        if matters and name not in mentioned:
            yield f"calls {name}()"
    for name in _HOOKS:
        if name in beginning.set - {*mentioned}:
            yield f"sets {name}"
    for name in dict.fromkeys(variables_set(beginning)):
        if name not in mentioned and not name.startswith("ARCAPIX_"):
            yield f"sets the environment variable {name!r}"


def variables_set(mentions: Mentions) -> Iterator[str]:
    """Yield the environment variables that a text sets."""
    keys = [look_up.key for look_up in mentions.look_ups if look_up.name == "os.environ" and look_up.stores]
    for call in mentions.calls:
        if call.name in ("os.environ.setdefault", "os.putenv"):
            keys.append(call.argument(0))
    yield from (key for key in keys if type(key) is str)


def of_variables(mentions: Mentions, variables: Collection[str]) -> Iterator[str]:
    """Yield the doubts about environment variables that are read; see `doubts`."""
    read = [
        look_up.key for look_up in mentions.look_ups if look_up.name == "os.environ" and not look_up.stores
    ]
    known = {*_GIVEN, *variables, *variables_set(mentions)}
    for call in mentions.calls:
        if call.name in ("os.getenv", "os.environ.get"):
            read.append(call.argument(0, "key"))
        elif call.name == "os.path.expandvars" and isinstance(text := call.argument(0, "path"), str):
            read += _VARIABLE.findall(text)
    for name in dict.fromkeys(read):
        if type(name) is str and name not in known:
            yield (
                f"reads the environment variable {name!r}, which an event has only if Run(env=...) or the "
                "site's settings (keep_environment, set_environment) name it; keep its value in a global"
            )


def changed_context() -> str:
    """Return what this program has changed in the context of `decimal`; an empty text if nothing."""
    decimal: Any = sys.modules.get("decimal")
    if decimal is None:
        return ""
    here, usual = decimal.getcontext(), decimal.DefaultContext
    return ", ".join(
        f"{name}={getattr(here, name)}"
        for name in _OF_DECIMALS
        if getattr(here, name) != getattr(usual, name)
    )


def of_the_folder(mentions: Mentions) -> Iterator[str]:
    """Yield the doubts about relative paths, and about questions for the working folder."""
    for call in mentions.calls:
        if call.name in _FOLDER:
            yield f"asks {call.name}() for the working folder, which is / at an event; keep it in a global"
        for path in _relative_paths(call):
            yield f"uses the relative path {path!r}, but is in the folder / at an event; give the whole path"


def _relative_paths(call: Call) -> Iterator[str]:
    given: tuple[object, ...] = ()
    if call.name in _COMMANDS:
        command = call.argument(0, "args")
        program = command[0] if isinstance(command, tuple) and command else command
        # A program without a folder is looked for in PATH.
        if isinstance(program, str) and program.startswith(("./", "../")):
            given = (program.partition(" ")[0],)
    # Of a path that is put behind another, or only asked for its parts, nothing is opened.
    elif not (call.used == "/" or (call.used != "joinpath" and hasattr(PurePath, call.used))):
        given = call.arguments[: _PATHS.get(call.name, 0)]
    for path in () if _RELATIVE_TO & call.keywords.keys() else given:
        text = os.fspath(path) if isinstance(path, str | PurePath) else ""
        if text and not text.startswith(("/", ":")):
            yield str(text)


def of_children(mentions: Mentions, values: Mapping[str, object]) -> Iterator[str]:
    """Yield the doubts about how processes are started; see `doubts`."""
    methods = [
        _CONTEXTS[type(value).__name__]
        for value in values.values()
        if type(value).__module__ == "multiprocessing.context" and type(value).__name__ in _CONTEXTS
    ]
    for call in mentions.calls:
        if call.name in _SETS_START_METHOD:
            methods.append(str(call.argument(0, "method")))
        elif (
            call.name == _POOL
            and "max_tasks_per_child" in call.keywords
            and "mp_context" not in call.keywords
        ):
            methods.append("spawn")
    for method in dict.fromkeys(methods):
        if method in _CONTEXTS.values():
            yield (
                f"starts processes by {method!r}, which do not find this program's functions on a node; "
                "start them by 'fork'"
            )
