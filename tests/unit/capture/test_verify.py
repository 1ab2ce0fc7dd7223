"""The check in a new process, before anything is installed."""

from __future__ import annotations

import sys
import textwrap
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from arcapix.fs.gpfs import capture
from arcapix.fs.gpfs.commands import process
from arcapix.fs.gpfs.commands.process import Completed
from arcapix.fs.gpfs.driver.rebuild import rebuild
from arcapix.fs.gpfs.exceptions import CaptureError

Own = Callable[..., types.ModuleType]


@dataclass
class Executor:
    """Runs real processes, and counts them."""

    run: process.Runner
    commands: list[tuple[str, ...]]

    def __call__(self, argv: tuple[str, ...], timeout: float) -> Completed:
        self.commands.append(argv)
        return self.run(argv, timeout)


@pytest.fixture
def execute() -> Iterator[Executor]:
    """What starts processes in this test."""
    executor = Executor(process.runner(), [])
    with process.using(executor):
        yield executor


def test_what_can_be_rebuilt_passes_as_it_is(own: Own, execute: Executor) -> None:
    handlers = own("""
        import json
        from dataclasses import dataclass
        @dataclass
        class P:
            x: int = 1
        shared = [P(), {1, "a"}]
        def f(): return shared, json
        def g(): return 2
    """)
    captured = [capture.capture(handlers.f), capture.capture(handlers.g)]
    checked = capture.verify(*captured)
    assert all(one is other for one, other in zip(checked, captured, strict=True))
    assert len(execute.commands) == 1
    assert execute.commands[0][0] == sys.executable and "-ISXutf8" in execute.commands[0]


def test_nothing_to_check_starts_no_process(execute: Executor) -> None:
    assert capture.verify() == []
    assert execute.commands == []


def test_the_function_is_not_called(own: Own, execute: Executor, tmp_path: Any) -> None:
    handlers = own(f"""
        def f(): open({str(tmp_path / "called")!r}, "w").close()
        class C:
            made = []
            def __init__(self): open({str(tmp_path / "made")!r}, "w").close()
            def go(self): pass
    """)
    capture.verify(capture.capture(handlers.f), capture.capture(handlers.C.go))
    assert not (tmp_path / "called").exists() and not (tmp_path / "made").exists()


def _source(captured: capture.Captured, of: capture.Captured) -> capture.Captured:
    """Return a captured callable whose body is that of another one: a capture that went wrong."""
    return replace(captured, body=of.body)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("x = [1]\ndef f(): return x", "x = [True]\ndef f(): return x"),
        ("x = []; y = x\ndef f(): return x is y", "x = []; y = []\ndef f(): return x is y"),
        ("x = (1, [2])\ndef f(): return x", "x = [1, [2]]\ndef f(): return x"),
        ("x = {'a': 1, 'b': 2}\ndef f(): return x", "x = {'b': 2, 'a': 1}\ndef f(): return x"),
        ("class C: a = 1\ndef f(): return C", "class C: a = 2\ndef f(): return C"),
        ("class C: a = 1; b = 2\ndef f(): return C", "class C: b = 2; a = 1\ndef f(): return C"),
        ("def f(x=1): return x", "def f(x=2): return x"),
        ("def f(): return 1\nf.n = 1", "def f(): return 1\nf.n = 2"),
        (
            "def mk(n):\n def f(): return n\n return f\nf = mk(1)",
            "def mk(n):\n def f(): return n\n return f\nf = mk(2)",
        ),
        (
            "def mk(n):\n def a(): return n\n def b(): return n\n return a, b\na, b = mk(1)\ndef f(): return a, b",
            "def mk(n):\n def a(): return n\n def b(): return n\n return a, b\na, _ = mk(1); _, b = mk(1)\ndef f(): return a, b",
        ),
    ],
)
def test_whatever_comes_back_different_is_found_and_refused(
    right: str, wrong: str, own: Own, execute: Executor
) -> None:
    mistaken = capture.capture(own(wrong).f)
    captured = _source(capture.capture(own(right).f), of=mistaken)
    with pytest.raises(CaptureError, match="which a new process makes otherwise than it is here"):
        capture.verify(captured)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("def f(): return 1", "def f(): return 1.0"),
        (
            "class C:\n def m(self): return 1\ndef f(): return C",
            "class C:\n def m(self): return 2\ndef f(): return C",
        ),
    ],
)
def test_a_text_that_does_not_give_the_code_in_memory_is_replaced_by_that_code(
    right: str, wrong: str, own: Own, execute: Executor
) -> None:
    mistaken = capture.capture(own(wrong).f)
    captured = _source(capture.capture(own(right).f), of=mistaken)
    (checked,) = capture.verify(captured)
    assert checked.form == "bytecode"
    assert any("its text does not give back the" in warning for warning in checked.warnings)
    assert len(execute.commands) == 2


def test_a_body_that_cannot_be_read_is_refused(own: Own, execute: Executor) -> None:
    captured = capture.capture(own("def f(): return 5").f)
    with pytest.raises(CaptureError, match="which a new process cannot make again"):
        capture.verify(replace(captured, body=captured.body[:-5]))


def test_what_no_form_can_rebuild_is_refused(own: Own, execute: Executor) -> None:
    handlers = own("""
        class C:
            def __getstate__(self): return 1
            def __setstate__(self, state): raise ValueError("not in a new process")
        c = C()
        def report(): return c
    """)
    told = r"its global 'c', which a new process cannot make again \(ValueError: not in a new process\)"
    with pytest.raises(CaptureError, match=told):
        capture.verify(capture.capture(handlers.report))


def test_a_tuple_that_nothing_makes_again_is_named(own: Own, execute: Executor) -> None:
    handlers = own("""
        class Span(tuple):
            def __new__(cls, first, last): return super().__new__(cls, (first, last))
        span = Span(2, 9)
        def report(): return span[1] - span[0]
    """)
    told = (
        r"its global 'span', which a new process cannot make again \(TypeError: Span.__new__\(\) missing 1 "
    )
    with pytest.raises(CaptureError, match=told):
        capture.verify(capture.capture(handlers.report))


def test_a_constant_of_the_library_that_the_program_has_changed_is_refused_by_name(
    own: Own, monkeypatch: pytest.MonkeyPatch
) -> None:
    handlers = own("import string\ndef f(): return string.digits\ndef g(): return string.punctuation")
    monkeypatch.setattr("string.digits", "012")
    with pytest.raises(
        CaptureError, match=r"its global 'string\.digits', which a new process makes otherwise"
    ):
        capture.verify(capture.capture(handlers.f))
    capture.verify(capture.capture(handlers.g))


def test_one_bad_callable_does_not_spoil_the_others(own: Own, execute: Executor) -> None:
    handlers = own("def f(): return 1\ndef g(): return 2")
    good = capture.capture(handlers.f)
    bad = _source(capture.capture(handlers.g), of=good)
    first, second = capture.verify(good, bad)
    assert first is good
    assert second.form == "bytecode" and rebuild(second.body, second.form)[0]() == 2


def test_modules_that_print_while_they_are_imported_do_no_harm(own: Own, execute: Executor) -> None:
    handlers = own("import this\ndef f(): return this")
    captured = capture.capture(handlers.f)
    assert capture.verify(captured)[0] is captured


def test_an_import_inside_the_function_that_is_missing_is_a_warning(own: Own, execute: Executor) -> None:
    handlers = own("def f():\n    import module_of_the_nodes\n    import json.decoder\n    return json")
    (checked,) = capture.verify(capture.capture(handlers.f))
    (warning,) = checked.warnings
    assert warning == f"'f' imports 'module_of_the_nodes', which {sys.executable} does not have"


def test_a_check_that_cannot_run_is_an_error_that_says_why(own: Own) -> None:
    def failing(argv: tuple[str, ...], timeout: float) -> Completed:
        return Completed(argv, 1, "", "Traceback\nMemoryError: none left\n")

    with pytest.raises(CaptureError, match="MemoryError: none left"), process.using(failing):
        capture.verify(capture.capture(own("def f(): pass").f))


def test_what_is_called_like_an_optimised_program_is_checked_by_one(
    own: Own, execute: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    captured = capture.capture(own("def f(): return 1").f)
    flags = {name: getattr(sys.flags, name) for name in dir(sys.flags) if name[0] != "_"}
    monkeypatch.setattr(sys, "flags", types.SimpleNamespace(**{**flags, "optimize": 2}))
    capture.verify(captured)
    assert "-OO" in execute.commands[0]


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_the_interpreter_of_the_driver_rebuilds_too(
    version: str, own: Own, execute: Executor, laboratory: Any
) -> None:
    if version == f"{sys.version_info[0]}.{sys.version_info[1]}":
        pytest.skip("this is the interpreter of the installer")
    interpreter = laboratory.interpreter(version)
    captured = capture.capture(own("import pathlib\nhere = pathlib.Path('/')\ndef f(): return here").f)
    assert capture.verify(captured, interpreter=interpreter) == [captured]
    assert [command[0] for command in execute.commands] == [sys.executable, interpreter]


def test_an_import_that_the_driver_lacks_is_a_warning(own: Own, execute: Executor, laboratory: Any) -> None:
    interpreter = laboratory.interpreter("3.13" if sys.version_info[:2] != (3, 13) else "3.12")
    captured = capture.capture(own("import cloudpickle\ndef f(): return cloudpickle").f)
    (checked,) = capture.verify(captured, interpreter=interpreter)
    assert checked.form == "source"
    (warning,) = checked.warnings
    assert "'f' needs ModuleNotFoundError: No module named 'cloudpickle'" in warning
    assert interpreter in warning


def test_bytecode_for_a_driver_of_another_version_is_refused(
    own: Own, execute: Executor, laboratory: Any
) -> None:
    interpreter = laboratory.interpreter("3.13" if sys.version_info[:2] != (3, 13) else "3.12")
    captured = capture.capture(own("exec('def f(): return 1')").f)
    assert captured.form == "bytecode"
    with pytest.raises(CaptureError, match="run this program with the driver's Python"):
        capture.verify(captured, interpreter=interpreter)


COMES_BACK = {
    "a generator that can be awaited": """
        import types
        @types.coroutine
        def x(): yield
    """,
    "a list within a type": """
        import typing
        class x:
            pool: typing.Callable[[int], str] = str
    """,
    "annotations that a cache shares with its function": """
        import functools
        @functools.cache
        def x(a, *, k) -> tuple[()]: ...
    """,
    "annotations that a context manager shares with its function": """
        import contextlib, functools, string
        @functools.cache
        @contextlib.asynccontextmanager
        def x(b: string): yield
    """,
    "a descriptor that was never initialised": """
        import functools
        class P(functools.cached_property):
            def __init__(self): pass
            def __set_name__(self, owner, name): pass
        class x:
            p = P()
    """,
    "a function that a function makes": """
        def g():
            def inner(): return 1
            return inner
        def x(): return g().__qualname__
    """,
    "an empty tuple in a set": "x = {(), None, (1,)}",
    "what travels by name in a set": """
        class C: pass
        x = {C, len, C(), int}
    """,
    "what a module of the library makes when it is asked for": """
        import unittest
        def x(): return unittest.IsolatedAsyncioTestCase
    """,
    "a class method of a compiled class, above one that overrides it": """
        class A(dict):
            @classmethod
            def fromkeys(cls, *a): return 5
        class B(A): pass
        x = super(A, B).fromkeys
    """,
    "a dataclass without a text": """
        import dataclasses
        @dataclasses.dataclass
        class x:
            y: int
        x.__doc__ = None
    """,
    "a dataclass without a text, with a default that cannot be shown before it is complete": """
        import dataclasses
        class Default:
            __hash__ = object.__hash__
            def __init__(self): self.limit = 1
            def __repr__(self): return f"at most {self.limit}"
        @dataclasses.dataclass
        class x:
            y: object = Default()
        x.__doc__ = None
    """,
    "a dataclass with slots whose methods know their class": """
        from dataclasses import dataclass
        @dataclass(slots=True, frozen=True)
        class Base:
            y: list = ()
            def show(self): return super().__repr__()
        @dataclass(slots=True)
        class x:
            y: int = 1
            def __post_init__(self): self.kind = __class__
    """,
    "the fields of a dataclass": """
        import dataclasses
        @dataclasses.dataclass
        class C:
            y: int = 1
        held = C.__dataclass_fields__
        class D(C): pass
        x = held, dataclasses.fields(C), C, dataclasses.fields(D)
    """,
    "attributes of an object that its library class pickles without them": """
        import decimal, random
        class Price(decimal.Decimal): pass
        class Dice(random.Random): __slots__ = ("sides",)
        x = Price("1.10"), Dice(3)
        x[0].currency = [x]
        x[1].sides = 6
    """,
    "views of a dict, and iterators over one that were used": """
        import collections
        class Own(dict):
            def __iter__(self): return iter([7])
        held = {"a": 1, "b": 2}
        second, of_own, of_set = iter(held.values()), dict.__iter__(Own(a=1)), iter({"a"})
        next(second)
        x = held, held.items(), second, of_own, of_set, collections.OrderedDict(a=1).values()
        in_itself = {}
        in_itself["keys"] = in_itself.keys()
        x += (in_itself,)
    """,
    "what the library makes and no pickle carries": """
        import json, random
        def hook(found): return found
        x = json.JSONDecoder(object_hook=hook), random.SystemRandom().choice
    """,
    "an abstract method with a default that is made late": """
        import abc, pathlib
        class x(abc.ABC):
            @abc.abstractmethod
            def go(self, place=pathlib.Path("/a"), error=ValueError()): pass
            @property
            @abc.abstractmethod
            def size(self, unit=pathlib.Path("/b")): pass
    """,
    "a method that the library has made, met before its class": """
        import collections, enum
        class Point(collections.namedtuple("Base", "a b")): pass
        class Kind(Point, enum.Enum):
            HERE = 1, 2
        x = Point, Point.__repr__, Kind
    """,
    "generic classes with the same parameter": """
        import typing
        T = typing.TypeVar("T")
        class One(typing.Generic[T]): pass
        class Other(typing.NamedTuple, typing.Generic[T]): pass
        x = One, Other
    """,
    "a function with more defaults than parameters": """
        def x(a): return a
        x.__defaults__ = ([1], 2, 3)
    """,
    "values of an enum that are equal, but not the same": """
        import enum
        class x(enum.Enum):
            A = {"a": [1]}
            B = {"a": [1]}
    """,
    "fields whose types are made of own classes": """
        import typing
        from dataclasses import dataclass
        class C: pass
        New = typing.NewType("New", C)
        T = typing.TypeVar("T", bound=C)
        @dataclass
        class x(typing.Generic[T]):
            a: New
            b: typing.Annotated[T, New]
    """,
    "what a proxy shows": """
        import collections, dataclasses, enum, types
        class Kind(enum.Enum):
            A = 1
        held, ordered, notes = {"a": 1}, collections.OrderedDict(a=1), {}
        @dataclasses.dataclass
        class C:
            y: int = dataclasses.field(default=1, metadata=notes)
        shown = Kind.__members__
        proxies = types.MappingProxyType(held), types.MappingProxyType(ordered)
        def x(): return held, proxies, shown, Kind, C, notes
    """,
    "a number of ctypes, which is made from its attributes": """
        import ctypes
        x = ctypes.c_int(3)
    """,
    "a text in memory, whose module calls itself otherwise": """
        import shlex
        x = shlex.shlex("a b")
    """,
    "the names of a module as a dict": """
        limit = 3
        names = globals()
        def x():
            global limit
            limit = 4
            return names["limit"]
    """,
    "a dataclass that has come to belong to another module": """
        import dataclasses
        @dataclasses.dataclass(order=True)
        class x:
            y: int = 1
        x.__module__ = "public"
    """,
    "a dataclass with its own arguments to match": """
        import dataclasses
        @dataclasses.dataclass
        class x:
            y: int = 1
            __match_args__ = ("z",)
    """,
    "the attributes of a function": """
        def x(): return held
        x.calls = 0
        held = vars(x)
    """,
    "properties of a class that has a text": """
        class Own(property):
            "A class."
        def get(self): "A getter."
        x = Own(), Own(get), Own(get, None, None, "Its own."), property(get), Own(lambda self: 1)
    """,
    "sets of derived classes, with texts and objects in them": """
        class Own(set): pass
        class Fixed(frozenset): pass
        x = Own({"a", "b", (1,), (2,)}), Fixed({"a", "b", (1,), (2,)})
    """,
    "attributes that objects share": """
        class Shared:
            held = {}
            def __init__(self): self.__dict__ = self.held
        one, other = Shared(), Shared()
        one.limit = 3
        def x():
            one.limit = 4
            return other.limit, Shared.held
    """,
    "a dict that is its own attributes": """
        class Settings(dict):
            def __init__(self, **named):
                super().__init__(**named)
                self.__dict__ = self
        x = Settings(limit=3)
    """,
    "the attributes of an object, held elsewhere too": """
        class C: pass
        c = C()
        held = vars(c)
        class D: pass
        d = D()
        d.held = vars(d)
        def x(): return held, c, d
    """,
    "an object of a class that says it is of no module": """
        class C: pass
        C.__module__ = None
        x = C()
    """,
}


@pytest.mark.parametrize("program", COMES_BACK.values(), ids=list(COMES_BACK))
def test_it_comes_back_as_it_was(program: str, own: Own) -> None:
    handlers = own(f"{textwrap.dedent(program)}\ndef f(): return x")
    captured = capture.capture(handlers.f)
    assert capture.verify(captured) == [captured]
    assert captured.form == "source"


@pytest.mark.skipif(sys.version_info < (3, 12), reason="this Python has no type aliases")
@pytest.mark.parametrize(
    "program",
    [
        "type x = dict[str, x] | list[x] | int",
        "type Other = x | int\ntype x = list[Other]",
        "import dataclasses\ntype T = list[T]\n@dataclasses.dataclass\nclass x:\n    y: T",
        "import dataclasses\ntype T[S] = list[T[S]]\n@dataclasses.dataclass\nclass x:\n    y: T[int]",
    ],
)
def test_a_type_alias_may_be_a_part_of_its_own_value(program: str, own: Own) -> None:
    handlers = own(f"{program}\ndef f(): return x")
    capture.verify(capture.capture(handlers.f))
    if type(handlers.x) is not type:
        captured = capture.capture(handlers.f)
        function, _ = rebuild(captured.body, captured.form)
        assert repr(function().__value__) == repr(handlers.x.__value__)
        assert function().__module__ == "handlers"
