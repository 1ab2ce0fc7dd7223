"""What captured code expects around it and would not find on a node: told at the installation."""

from __future__ import annotations

import json
import shutil
import types
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any
from unittest import mock

import pytest

from arcapix.fs.gpfs import capture
from arcapix.fs.gpfs.driver.rebuild import rebuild
from arcapix.fs.gpfs.exceptions import CaptureError

Own = Callable[..., types.ModuleType]


@pytest.fixture
def on_a_node(monkeypatch: pytest.MonkeyPatch) -> Callable[[capture.Captured], Any]:
    """Rebuilds what was captured where the libraries are as they were before the program came."""

    def rebuilt(captured: capture.Captured) -> Any:
        monkeypatch.undo()
        monkeypatch.setattr(json, "dumps", json.dumps)
        monkeypatch.setattr(shutil, "disk_usage", shutil.disk_usage)
        monkeypatch.setattr(EmailMessage, "as_string", EmailMessage.as_string)
        return rebuild(captured.body, captured.form)[0]

    return rebuilt


REPLACING = """
    import json
    from json import dumps as plain

    def dumps(value, **options):
        return plain(value, sort_keys=True, **options)

    def by_attribute():
        return json.dumps({"b": 1, "a": 2})

    def by_import():
        from json import dumps as write
        return write({"b": 1, "a": 2})

    def by_module():
        import json as library
        return library.dumps({"b": 1, "a": 2})

    def passed_on():
        return (lambda library: library.dumps({"b": 1, "a": 2}))(json)
"""


@pytest.mark.parametrize("name", ["by_attribute", "by_import", "by_module", "passed_on"])
def test_a_function_of_a_library_that_the_program_has_replaced_travels_and_is_told(
    name: str, own: Own, on_a_node: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    handlers = own(REPLACING)
    monkeypatch.setattr(json, "dumps", handlers.dumps)
    captured = capture.capture(getattr(handlers, name))
    (warning,) = captured.warnings
    assert warning.startswith(f"'{name}' uses json.dumps, which this program has replaced")
    assert len(captured.body) < 1_000, "the library's own function travels by name"
    function = on_a_node(captured)
    assert function() == '{"a": 2, "b": 1}'
    assert json.dumps is not handlers.dumps
    shown = dict(capture.describe(captured.body, "source").values)
    assert shown["json.dumps"].startswith("<function at line 5")


def test_a_replaced_function_of_a_compiled_library_is_found_under_its_name(
    own: Own, monkeypatch: pytest.MonkeyPatch
) -> None:
    import time

    handlers = own("""
        import time
        plain = time.sleep
        def sleep(seconds): plain(seconds / 1000)
        def f(): time.sleep(1)
    """)
    monkeypatch.setattr(time, "sleep", handlers.sleep)
    captured = capture.capture(handlers.f)
    assert dict(capture.describe(captured.body, "source").values)["plain"] == "time.sleep"


@pytest.mark.parametrize(
    "replacement",
    [
        "functools.partial(own, 7)",
        "functools.cache(own)",
        "Own().method",
        "Own()",
        "functools.wraps(plain)(own)",
    ],
)
def test_whatever_the_program_puts_in_the_place_is_its_own(
    replacement: str, own: Own, on_a_node: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    handlers = own(f"""
        import functools, shutil
        plain = shutil.disk_usage
        class Own:
            def method(self, path): return "own"
            def __call__(self, path): return "own"
        def own(*path): return "own"
        replacement = {replacement}
        def f(): return shutil.disk_usage("/")
    """)
    monkeypatch.setattr(shutil, "disk_usage", handlers.replacement)
    captured = capture.capture(handlers.f)
    assert "'f' uses shutil.disk_usage, which this program has replaced" in captured.warnings[0]
    assert on_a_node(captured)() == "own"


def test_a_replaced_method_of_a_librarys_class_travels_and_is_told(
    own: Own, on_a_node: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    handlers = own("""
        import email.message
        def as_string(self, *options): return "own"
        def f(): return email.message.EmailMessage().as_string()
    """)
    monkeypatch.setattr(EmailMessage, "as_string", handlers.as_string)
    captured = capture.capture(handlers.f)
    assert "'f' uses email.message.EmailMessage.as_string, which this program" in captured.warnings[0]
    assert on_a_node(captured)() == "own"


def test_a_mock_in_a_library_is_refused_by_the_name_of_what_it_replaces(
    own: Own, monkeypatch: pytest.MonkeyPatch
) -> None:
    handlers = own("import shutil\ndef f(): return shutil.disk_usage('/')")
    monkeypatch.setattr(shutil, "disk_usage", mock.Mock())
    with pytest.raises(
        CaptureError, match=r"its replacement of 'shutil\.disk_usage' .*give the thing itself"
    ):
        capture.capture(handlers.f)


@pytest.mark.parametrize("replacing", ["shutil.which = print", "sys.stdout = Stream()", "shutil.extra = 5"])
def test_what_is_not_a_replacement_is_not_told(
    replacing: str, own: Own, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setattr(shutil, "which", shutil.which)
    monkeypatch.setattr(shutil, "extra", None, raising=False)
    monkeypatch.setattr(sys, "stdout", sys.stdout)
    handlers = own(f"""
        import shutil, sys
        class Stream:
            def write(self, text): pass
        {replacing}
        def f(): shutil.which("ls"); sys.stdout.write("x"); return shutil.extra
    """)
    assert capture.capture(handlers.f).warnings == ()


@pytest.mark.parametrize(
    ("statement", "doubt"),
    [
        ("import sys; return sys.argv[1]", "reads sys.argv"),
        ("from sys import argv; return argv", "reads sys.argv"),
        ("return os.environ['SITE_MAIL']", "reads the environment variable 'SITE_MAIL'"),
        ("return os.environ.get('SITE_MAIL')", "reads the environment variable 'SITE_MAIL'"),
        ("return os.getenv(VARIABLE, 'root')", "reads the environment variable 'SITE_MAIL'"),
        ("return 'SITE_MAIL' in os.environ", "reads the environment variable 'SITE_MAIL'"),
        ("from os import environ as e; return e['SITE_MAIL']", "reads the environment variable 'SITE_MAIL'"),
        ("return given('SITE_MAIL')", "reads the environment variable 'SITE_MAIL'"),
        ("return [os.getenv('SITE_MAIL') for _ in 'ab']", "reads the environment variable 'SITE_MAIL'"),
        ("return open('quota.log')", "uses the relative path 'quota.log'"),
        ("return open(LOG, 'a')", "uses the relative path 'quota.log'"),
        ("return open(f'{FOLDER}/{x}')", "uses the relative path 'logs/'"),
        ("return open('logs/' + x)", "uses the relative path 'logs/'"),
        ("return open('logs/%s' % x)", "uses the relative path 'logs/'"),
        ("return open('logs/{}'.format(x))", "uses the relative path 'logs/'"),
        ("return Path('logs') / x", "uses the relative path 'logs'"),
        ("import pathlib as p; return p.Path('logs').exists()", "uses the relative path 'logs'"),
        ("return PLACE.read_text()", "uses the relative path 'logs'"),
        ("return os.path.exists('logs')", "uses the relative path 'logs'"),
        ("return exists('logs')", "uses the relative path 'logs'"),
        ("return os.listdir('.')", "uses the relative path '.'"),
        ("import shutil; shutil.move('/srv/x', 'logs/')", "uses the relative path 'logs/'"),
        ("import subprocess; subprocess.run(['./notify', x])", "uses the relative path './notify'"),
        ("return os.getcwd()", "asks os.getcwd() for the working folder"),
        ("return Path.cwd()", "asks pathlib.Path.cwd() for the working folder"),
        ("return input('? ')", "reads from input()"),
        ("return os.path.dirname(__file__)", "uses __file__, which is '"),
        ("import multiprocessing as m; m.get_context('spawn')", "starts processes by 'spawn'"),
        (
            "import multiprocessing; multiprocessing.set_start_method('forkserver')",
            "starts processes by 'forkserver'",
        ),
        ("return context('spawn').Pool()", "starts processes by 'spawn'"),
        ("return CONTEXT.Pool()", "starts processes by 'forkserver'"),
        ("return Pool(max_tasks_per_child=1)", "starts processes by 'spawn'"),
        ("import importlib; importlib.import_module(x)", "imports a module whose name it works out"),
        ("__import__('quota_' + x)", "imports a module whose name begins with 'quota_'"),
    ],
)
def test_what_is_of_this_process_is_told_by_name(statement: str, doubt: str, own: Own) -> None:
    (warning,) = doubts_about(statement, own)
    assert warning.startswith(f"'f' {doubt}")


@pytest.mark.parametrize(
    "statement",
    [
        "return os.environ['HOME'], os.getenv('ARCAPIX_EVENT'), os.environ.get(x)",
        "os.environ['SITE_MAIL'] = 'root'; return os.environ['SITE_MAIL']",
        "return open('/srv/x'), open(x), open(f'{x}/y'), open('%s/y' % x), open(x + '/y'), open(0)",
        "return x / Path('logs'), Path('/srv') / 'logs', Path('a.log').suffix, os.path.join('a', 'b')",
        "os.chdir('/srv'); return open('quota.log'), os.getcwd()",
        "import os as o; fd = o.open('/srv', 0); return o.stat('x', dir_fd=fd)",
        "import sqlite3, subprocess; sqlite3.connect(':memory:'); subprocess.run(['mmlsfs', x]); subprocess.run('a|b/c')",
        "import subprocess; subprocess.run(['./x'], cwd='/srv')",
        "import sys; return sys.path, sys.stdin.isatty(), sys.stdin.read(), 'json' in sys.modules, sys.modules['json']",
        "import importlib; return importlib.import_module('json'), __import__('os'), importlib.import_module(f'json.{x}')",
        "import multiprocessing as m; return m.get_context('fork'), m.get_context(), Pool(2)",
        "def open(name): return name\n    return open('quota.log')",
        "return argv[0]",
        "return (lambda name=open('/dev/null'): name)()",
    ],
)
def test_ordinary_code_is_not_doubted(statement: str, own: Own) -> None:
    assert doubts_about(statement, own) == ()


def test_defaults_do_not_run_again(own: Own) -> None:
    handlers = own("""
        import os
        def f(x=os.getcwd(), y=os.getenv("SITE_MAIL"), z=lambda: 1): return x
        g = lambda x=os.getcwd(): x
    """)
    assert capture.capture(handlers.f).warnings == capture.capture(handlers.g).warnings == ()


def doubts_about(statement: str, own: Own) -> tuple[str, ...]:
    """Return the warnings about a function with one line."""
    handlers = own(
        f"""
        import os
        from concurrent.futures import ProcessPoolExecutor as Pool
        from multiprocessing import get_context as context
        from os import getenv as given
        from os.path import exists
        from pathlib import Path
        from sys import argv
        VARIABLE, LOG, FOLDER, PLACE = "SITE_MAIL", "quota.log", "logs", Path("logs")
        CONTEXT = context("forkserver")
        def f(x):
            {statement}
    """.replace("\n    return", f"\n{' ' * 12}return")
    )
    return capture.capture(handlers.f).warnings


@pytest.mark.parametrize(
    "statement",
    [
        "import importlib; importlib.import_module('tools_of_own')",
        "from importlib import import_module; import_module(NAME)",
        "import_module('tools_of_own')",
        "__import__('tools_of_own')",
        "import importlib; importlib.import_module('.below', 'tools_of_own')",
        "__import__(f'tools_of_own.{NAME}')",
    ],
)
def test_a_module_of_ones_own_may_not_be_imported_by_its_name_either(statement: str, own: Own) -> None:
    own("LIMIT = 3", "tools_of_own")
    handlers = own(f"""
        from importlib import import_module
        NAME = 'tools_of_own'
        def report(): {statement}
    """)
    with pytest.raises(CaptureError, match="import of own module 'tools_of_own") as caught:
        capture.capture(handlers.report)
    assert "import it at the top of the file" in str(caught.value)


@pytest.mark.parametrize(
    "expression",
    [
        "getattr(sys.modules[__name__], 'on_' + 'low')",
        "getattr(sys.modules['handlers'], 'on_low')",
        "getattr(sys.modules.get(__name__), NAMES[x])",
        "globals()['on_low']",
        "globals().get(NAMES[x])",
    ],
)
def test_what_is_looked_up_by_name_in_ones_own_module_is_captured_and_told(expression: str, own: Own) -> None:
    handlers = own(f"""
        import sys
        def on_low(): return "low"
        def other(): return "not named"
        def f(x):
            NAMES = {{"low": "on_low"}}
            return {expression}()
    """)
    captured = capture.capture(handlers.f)
    assert any("'f' looks into sys.modules['handlers']" in warning for warning in captured.warnings) or any(
        "'f' uses globals()" in warning for warning in captured.warnings
    )
    shown = {unit.text.partition("(")[0] for unit in capture.describe(captured.body, "source").units}
    assert shown == {"def f", "def on_low"}
    if "globals" in expression:
        assert rebuild(captured.body, captured.form)[0]("low") == "low"


def test_what_is_looked_up_in_the_names_of_ones_own_module_is_captured_and_told(own: Own) -> None:
    handlers = own("""
        names = globals()
        limit = 3
        def grow(): global limit; limit += 1
        def f(): grow(); return names["limit"]
    """)
    captured = capture.capture(handlers.f)
    assert rebuild(captured.body, captured.form)[0]() == 4
    (warning,) = captured.warnings
    assert "'f' holds the names of the module 'handlers' as a dict" in warning


def test_variables_in_a_text_to_be_expanded_are_warned_of(own: Own) -> None:
    handlers = own("""
        import os
        def f(): return os.path.expandvars("$HOME/${SITE}/x")
    """)
    (warning,) = capture.capture(handlers.f).warnings
    assert "reads the environment variable 'SITE'" in warning


def test_a_changed_context_of_decimal_is_warned_of_where_decimals_are_used(own: Own) -> None:
    import decimal

    handlers = own("""
        from decimal import Decimal
        PRICE = Decimal(1)
        def f(): return PRICE / 3
        def g(): return 1
    """)
    with decimal.localcontext() as context:
        context.prec = 5
        (warning,) = capture.capture(handlers.f).warnings
        assert "whose context this program has changed (prec=5)" in warning
        assert capture.capture(handlers.g).warnings == ()
    assert capture.capture(handlers.f).warnings == ()


def test_a_replaced_method_that_only_the_library_calls_travels_with_a_warning(
    own: Own, monkeypatch: pytest.MonkeyPatch
) -> None:
    handlers = own("""
        import json
        def default(self, value): return type(value).__name__
        def f(): return json.dumps({1: object()})
    """)
    monkeypatch.setattr(json.JSONEncoder, "default", handlers.default)
    captured = capture.capture(handlers.f)
    assert any(
        "json.encoder.JSONEncoder.default, which this program has replaced" in one
        for one in captured.warnings
    )
    assert capture.verify(captured) == [captured]


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("socket.setdefaulttimeout(None)", "calls socket.setdefaulttimeout()"),
        ("if True: sys.setrecursionlimit(sys.getrecursionlimit())", "calls sys.setrecursionlimit()"),
        ("seed(3)", "calls random.seed()"),
        ("warnings.filterwarnings(action='default', module='x')", "calls warnings.filterwarnings()"),
        ("old = os.umask(os.umask(0))", "calls os.umask()"),
        ("sys.excepthook = sys.excepthook", "sets sys.excepthook"),
        ("locale.setlocale(locale.LC_CTYPE)", "calls locale.setlocale()"),
        ("os.environ['SITE_MAIL'] = 'root'", "sets the environment variable 'SITE_MAIL'"),
        ("os.environ.setdefault('SITE_MAIL', 'root')", "sets the environment variable 'SITE_MAIL'"),
    ],
)
@pytest.mark.filterwarnings("default")
def test_what_a_file_sets_up_for_its_process_is_told_by_name(
    statement: str, told: str, own: Own, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SITE_MAIL", "")
    handlers = own(f"""
        import locale, os, random, socket, sys, warnings
        from random import seed
        {statement}
        def helper(): return random.random()
        def f(): return helper()
    """)
    (warning,) = capture.capture(handlers.f).warnings
    assert f"'f' uses handlers.py, which {told} when it is imported" in warning


@pytest.mark.parametrize(
    "statement",
    [
        "if __name__ == '__main__': socket.setdefaulttimeout(3)",
        "with warnings.catch_warnings(): warnings.simplefilter('ignore')",
        "def main(): socket.setdefaulttimeout(3)",
        "random.seed(3)",
        "old = sys.excepthook, socket.setdefaulttimeout",
        "os.umask(os.umask(0))",
        "os.environ['SITE_MAIL'] = 'root'",
        "home = os.environ.get('HOME')",
        "class Socket:\n            def setdefaulttimeout(self): pass\n        own = Socket(); own.setdefaulttimeout()",
    ],
)
def test_what_does_not_matter_to_the_function_is_not_told(
    statement: str, own: Own, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SITE_MAIL", "")
    handlers = own(f"""
        import os, random, socket, sys, warnings
        {statement}
        def f(): os.umask(0o22); os.environ["SITE_MAIL"] = "root"
    """)
    assert capture.capture(handlers.f).warnings == ()
