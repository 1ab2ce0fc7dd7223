"""What travels by name."""

from __future__ import annotations

import dataclasses
import fnmatch
import importlib.metadata
import json.encoder
import logging
import math
import os
import pathlib
import random
import secrets
import socket
import sys
import types
from collections.abc import Callable
from typing import Any

import pytest

from arcapix.fs.gpfs import capture
from arcapix.fs.gpfs.capture.references import Places, References
from arcapix.fs.gpfs.driver.rebuild import rebuild

Own = Callable[..., types.ModuleType]
Again = Callable[..., Any]


@pytest.fixture
def references() -> References:
    return References(Places.of_this_interpreter())


def test_the_library_site_packages_and_arcapix_travel_by_name(references: References) -> None:
    import cloudpickle  # type: ignore[import-untyped]

    for module in (sys, os, os.path, json.encoder, pytest, cloudpickle, capture, importlib.metadata):
        assert references.shares(module), module


def test_ones_own_modules_do_not(references: References, own: Own) -> None:
    assert not references.shares(own("x = 1"))
    assert not references.shares(sys.modules["__main__"])
    assert not references.shares(types.ModuleType("json"))
    assert not references.shares(None)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (print, ("builtins", "print")),
        (os.path.join, ("os.path", "join")),
        (type(lambda: 0), ("types", "FunctionType")),
        (type(pathlib.Path("/")), ("pathlib", "PosixPath")),
        (json.encoder.c_make_encoder, ("json.encoder", "c_make_encoder")),
        (random.randint, ("random", "randint")),
        (random.random, ("random", "random")),
        (dataclasses.dataclass, ("dataclasses", "dataclass")),
        (logging.Logger.info, ("logging", "Logger.info")),
        (os.path.exists, ("os.path", "exists")),
        (secrets.choice, ("secrets", "choice")),
        (dict.update, ("builtins", "dict.update")),
    ],
)
def test_an_object_is_named_where_the_public_finds_it(
    value: object, name: tuple[str, str], references: References
) -> None:
    found = references.find(value)
    if value is json.encoder.c_make_encoder:
        assert found in (("_json", "make_encoder"), name)
    else:
        assert found == name


def test_a_wrapper_that_bears_the_name_of_what_it_wraps_is_not_taken_for_it(
    own: Own, monkeypatch: pytest.MonkeyPatch
) -> None:
    handlers = own("""
        import functools, json
        original = json.dumps
        @functools.wraps(json.dumps)
        def dumps(x): return "own " + original(x)
        def f(): return dumps(1)
    """)
    monkeypatch.setattr(json, "dumps", handlers.dumps)
    captured = capture.capture(handlers.f)
    monkeypatch.undo()
    assert rebuild(captured.body, captured.form)[0]() == "own 1"


def test_an_object_of_the_library_that_is_one_of_a_kind_stays_that(own: Own, again: Again) -> None:
    handlers = own(
        "from dataclasses import MISSING, KW_ONLY\nfrom random import choice\ndef f(): return MISSING, KW_ONLY, choice"
    )
    missing, kw_only, choice = again(handlers.f)()
    assert missing is dataclasses.MISSING and kw_only is dataclasses.KW_ONLY
    assert choice.__self__ is random._inst  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (math.nan, ("math", "nan")),
        (socket._GLOBAL_DEFAULT_TIMEOUT, ("socket", "_GLOBAL_DEFAULT_TIMEOUT")),  # type: ignore[attr-defined]
        (fnmatch._compile_pattern, ("fnmatch", "_compile_pattern")),  # type: ignore[attr-defined]
        (float("nan"), None),
        (object(), None),
    ],
)
def test_what_is_known_by_its_identity_is_looked_for_in_every_module(
    value: object, name: tuple[str, str] | None, references: References
) -> None:
    assert references.find_instance(value) == name


def test_an_installed_function_in_a_wrapper_of_another_library_travels_by_its_name(
    own: Own, tmp_path: pathlib.Path
) -> None:
    own(
        """
        import functools
        class Wrapper:
            def __init__(self, function, further=None):
                functools.update_wrapper(self, function)
                self.further = further
    """,
        name="wrapping",
    )
    tools = own(
        """
        from wrapping import Wrapper
        @Wrapper
        def go(): return 1
        def patched(): return 1
    """,
        name="tools",
    )
    references = References(Places((str(tmp_path),)))
    assert references.find_instance(tools.go) == ("tools", "go")
    # The program puts a wrapper with a function of its own into the place.
    tools.patched = tools.Wrapper(tools.patched)
    tools.patched.__wrapped__ = test_loggers_streams_and_objects_that_name_themselves_travel_by_name
    assert references.find_instance(tools.patched) is None


def test_loggers_streams_and_objects_that_name_themselves_travel_by_name(own: Own, again: Again) -> None:
    handlers = own("""
        import logging, sys
        log = logging.getLogger("own.log"); log.addHandler(logging.NullHandler()); root = logging.getLogger()
        out, err = sys.stdout, sys.stderr
        def f(): return log, root, out, err
    """)
    log, root, out, err = again(handlers.f)()
    assert log is logging.getLogger("own.log") and root is logging.getLogger()
    assert out is sys.stdout and err is sys.stderr


def test_a_closure_of_a_shared_module_keeps_that_modules_globals(own: Own, again: Again) -> None:
    # Such a function is found under no name, and its globals are its module's, which every node has.
    handlers = own(
        "import contextlib\nstack = contextlib.ExitStack._create_cb_wrapper\ndef f(): return stack"
    )
    assert again(handlers.f)() is handlers.stack
    handlers = own(
        "import reprlib\n@reprlib.recursive_repr()\ndef shown(self): return 'x'\ndef f(): return shown(1), shown"
    )
    text, shown = again(handlers.f)()
    assert text == "x"
    import reprlib

    assert shown.__globals__ is vars(reprlib)


def test_a_function_of_site_packages_is_not_copied(own: Own) -> None:
    handlers = own("from cloudpickle import dumps\ndef f(): return dumps(1)")
    body = capture.capture(handlers.f).body
    assert b"from cloudpickle import dumps" in body
    assert len(body) < 250
    assert rebuild(body, "source")[0]() == handlers.f()
