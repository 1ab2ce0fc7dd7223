"""What never travels, and how it is said."""

from __future__ import annotations

import gc
import pickle
import types
from collections.abc import Callable, Iterator

import pytest

from arcapix.fs.gpfs import capture
from arcapix.fs.gpfs.exceptions import BadCallable, CaptureError

Own = Callable[..., types.ModuleType]

# The files and sockets that the modules under test leave open.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(autouse=True)
def _close_what_was_opened() -> Iterator[None]:
    """Let go of files and sockets here, where nobody minds, and not in the middle of another test."""
    yield
    gc.collect()


def refused(own: Own, text: str) -> CaptureError:
    handlers = own(text)
    with pytest.raises(CaptureError) as caught:
        capture.capture(handlers.report)
    return caught.value


def test_the_message_names_function_variable_type_and_way_out(own: Own) -> None:
    error = refused(
        own, "import sqlite3\nconn = sqlite3.connect(':memory:'); conn.close()\ndef report(): return conn"
    )
    assert str(error) == (
        "cannot install 'report': its global 'conn' (sqlite3.Connection) cannot be captured; open it inside the function"
    )
    assert (error.variable, error.type_name) == ("conn", "sqlite3.Connection")
    assert isinstance(error, BadCallable) and isinstance(error, TypeError)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_the_message_gives_the_path_to_what_sits_deeper(own: Own) -> None:
    error = refused(
        own,
        "import threading\nclass Cfg:\n    pass\ncfg = Cfg(); cfg.lock = threading.Lock()\ndef report(): return cfg",
    )
    assert "its global 'cfg', attribute 'lock' (_thread.lock)" in str(error)
    error = refused(
        own,
        "cfg = {'files': [1, open('/dev/null')]}\ndef helper(): return cfg\ndef report(): return helper()",
    )
    assert "its global 'helper', global 'cfg', item 'files', item 1 (_io.TextIOWrapper)" in str(error)


def test_closure_variables_and_defaults_are_named_as_such(own: Own) -> None:
    error = refused(
        own,
        "def make():\n    f = open('/dev/null')\n    def report(): return f\n    return report\nreport = make()",
    )
    assert "its closure variable 'f'" in str(error)
    error = refused(own, "def report(a, f=open('/dev/null')): return f")
    assert "its default of parameter 'f'" in str(error)
    error = refused(own, "def report(a, *, f=open('/dev/null')): return f")
    assert "its default of parameter 'f'" in str(error)


def test_a_bound_method_names_its_instance(own: Own) -> None:
    error = refused(
        own,
        "class C:\n    def __init__(self): self.f = open('/dev/null')\n    def go(self): pass\nreport = C().go",
    )
    assert "its instance, attribute 'f'" in str(error)


@pytest.mark.parametrize(
    ("setup", "type_name"),
    [
        ("thing = open('/dev/null')", "_io.TextIOWrapper"),
        ("thing = open('/dev/null', 'rb')", "_io.BufferedReader"),
        ("thing = open('/dev/null', 'w')", "_io.TextIOWrapper"),
        ("import tempfile; thing = tempfile.NamedTemporaryFile()", "tempfile._TemporaryFileWrapper"),
        ("import socket; thing = socket.socket(); thing.close()", "socket.socket"),
        ("import threading; thing = threading.Lock()", "_thread.lock"),
        ("import threading; thing = threading.RLock()", "_thread.RLock"),
        ("import threading; thing = threading.Event()", "threading.Event"),
        ("import threading; thing = threading.Thread()", "threading.Thread"),
        ("import threading; thing = threading.local()", "_thread._local"),
        ("import concurrent.futures; thing = concurrent.futures.Future()", "concurrent.futures._base.Future"),
        ("thing = (i for i in [])", "generator"),
        ("thing = iter(open('/dev/null'))", "_io.TextIOWrapper"),
        ("thing = map(str, open('/dev/null'))", "_io.TextIOWrapper"),
        (
            "import sqlite3; base = sqlite3.connect(':memory:'); thing = base.cursor(); base.close()",
            "sqlite3.Cursor",
        ),
        ("import weakref\nclass C: pass\nc = C(); thing = weakref.ref(c)", "weakref.ReferenceType"),
        (
            "import weakref\nclass C: pass\nc = C(); thing = weakref.WeakKeyDictionary({c: 1})",
            "weakref.WeakKeyDictionary",
        ),
        ("import contextvars; thing = contextvars.ContextVar('thing')", "_contextvars.ContextVar"),
        ("import contextvars; thing = contextvars.copy_context()", "_contextvars.Context"),
        ("from os import environ as thing", "os._Environ"),
        ("from os import environb as thing", "os._Environ"),
        ("import sys; thing = sys._getframe()", "frame"),
        ("thing = memoryview(b'')", "memoryview"),
        ("import re; thing = re.match('', '')", "re.Match"),
        ("import csv; thing = csv.reader([])", "_csv.reader"),
        ("import sys; thing = sys.stdin", "_io.TextIOWrapper"),
        ("import ctypes; thing = ctypes.CDLL(None)", "ctypes.CDLL"),
    ],
)
@pytest.mark.parametrize("text", ["source", "no source"])
def test_nothing_that_is_bound_to_this_process_travels_in_any_form(
    setup: str, type_name: str, text: str, own: Own, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", open("/dev/null"))
    function = "def report(): return thing" if text == "source" else "exec('def report(): return thing')"
    error = refused(own, f"{setup}\n{function}\n")
    if setup.startswith("thing = map"):
        assert "its global 'thing'" in str(error)
    else:
        assert f"its global 'thing' ({type_name}) cannot be captured" in str(error)


def test_import_os_is_fine_where_environ_is_not(own: Own) -> None:
    handlers = own("import os\ndef f(): return os.environ.get('HOME')")
    assert capture.capture(handlers.f).form == "source"


def test_a_module_of_ones_own_may_be_used_through_its_attributes_only(own: Own) -> None:
    own("LIMIT = 3", "tools_of_own")
    handlers = own("import tools_of_own\ndef f(): return tools_of_own.LIMIT")
    assert capture.capture(handlers.f).form == "source"
    error = refused(own, "import tools_of_own\ndef report(): return vars(tools_of_own)")
    assert "its global 'tools_of_own' (module)" in str(error)
    assert "use its attributes by name (tools_of_own.something)" in str(error)


@pytest.mark.parametrize("statement", ["import tools_of_own", "from tools_of_own import LIMIT"])
def test_a_module_of_ones_own_may_not_be_imported_inside(statement: str, own: Own) -> None:
    own("LIMIT = 3", "tools_of_own")
    error = refused(own, f"def report():\n    {statement}")
    assert "import of own module 'tools_of_own'" in str(error)
    assert "import it at the top of the file" in str(error)


def test_a_refusal_in_the_plan_is_refused_too() -> None:
    with pytest.raises(CaptureError, match="its parms, item 0, item 0, item 1"):
        capture.capture(print, ((("literal", open("/dev/null")),), {}))


@pytest.mark.parametrize(("key", "shown"), [("1 << 20_000", "<int>"), ("Key()", "'<Key>'")])
def test_a_key_that_cannot_be_written_does_not_hide_what_is_refused(key: str, shown: str, own: Own) -> None:
    error = refused(
        own,
        f"""
        class Key:
            def __repr__(self): raise RuntimeError
        cfg = {{{key}: open('/dev/null')}}
        def report(): return cfg
        """,
    )
    assert f"its global 'cfg', item {shown} (_io.TextIOWrapper)" in str(error)


@pytest.mark.parametrize(
    "program",
    [
        "class C: pass\nx = C(); setattr(x, S('z'), 1)\ndef f(): return x",
        "def g(): return 1\ng.__name__ = S('h')\ndef f(): return g",
        "def g(*, a=1): return a\ng.__kwdefaults__ = {S('a'): 2}\ndef f(): return g()",
        "import functools\ng = functools.partial(dict, **{S('a'): 1})\ndef f(): return g()",
        "C = type('C', (), {S('attr'): 1})\ndef f(): return C",
        "import enum\nE = enum.Enum('E', [(S('A'), 1)])\ndef f(): return E",
    ],
)
def test_a_name_of_a_class_of_ones_own_is_refused_or_becomes_plain(program: str, own: Own) -> None:
    handlers = own("class S(str): pass\n" + program)
    try:
        captured = capture.capture(handlers.f)
    except CaptureError as refusal:
        assert "plain str" in str(refusal)
    else:
        capture.verify(captured)


def test_whatever_goes_wrong_while_an_object_is_looked_at_names_the_object(own: Own) -> None:
    handlers = own("""
        class Meta(type):
            def __getattribute__(cls, name):
                if name == "__qualname__": raise LookupError("nobody asks me that")
                return super().__getattribute__(name)
        class Odd(metaclass=Meta): pass
        def f(): return Odd
    """)
    with pytest.raises(CaptureError, match=r"its global 'Odd'.*LookupError: nobody asks me that"):
        capture.capture(handlers.f)
