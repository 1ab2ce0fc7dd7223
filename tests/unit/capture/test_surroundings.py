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
    with pytest.raises(CaptureError, match=r"its replacement of 'shutil\.disk_usage' .*give the thing itself"):
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
