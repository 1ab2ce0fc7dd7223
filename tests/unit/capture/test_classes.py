"""Classes come back as they were, and nothing that made them runs again."""

from __future__ import annotations

import string
import subprocess
import sys
import textwrap
import types
import unittest
from collections.abc import Callable
from typing import Any

import pytest

from arcapix.fs.gpfs import capture
from arcapix.fs.gpfs.exceptions import CaptureError

Own = Callable[..., types.ModuleType]
Again = Callable[..., Any]


def test_a_protocol_and_what_implements_it_come_back(own: Own, again: Again) -> None:
    handlers = own("""
        import typing

        T = typing.TypeVar("T")

        @typing.runtime_checkable
        class Closes(typing.Protocol):
            def close(self) -> None: ...

        class Holds(typing.Protocol[T]):
            def held(self) -> T: ...

        class Door(Closes, Holds[int]):
            def close(self): return "closed"
            def held(self): return 3

        def run():
            shown = isinstance(Door(), Closes), isinstance(3, Closes), Door().close(), Holds.__parameters__ == (T,)
            return shown, [{name for name in vars(cls) if "annot" not in name} for cls in (Closes, Holds, Door)]
    """)
    shown, names = again(handlers.run)()
    wanted, wanted_names = handlers.run()
    assert shown == wanted == (True, False, "closed", True)
    for found, held in zip(names, wanted_names):
        assert found == held - {"__firstlineno__", "__static_attributes__"}


def test_a_subclass_of_a_template_keeps_its_pattern(own: Own, again: Again) -> None:
    handlers = own("""
        import string

        class Percent(string.Template):
            delimiter = "%"

        def run():
            return Percent("%who is %what").substitute(who="A", what="B"), Percent.pattern.flags
    """)
    assert again(handlers.run)() == handlers.run()
    assert string.Template("$a").substitute(a=1) == "1"


def test_a_test_case_can_be_run_on_a_node(own: Own, again: Again) -> None:
    handlers = own("""
        import unittest

        class Check(unittest.TestCase):
            def runTest(self): self.assertEqual(1, 1)

        def run():
            result = unittest.TestResult()
            Check().run(result)
            return result.testsRun, result.wasSuccessful()
    """)
    before = vars(unittest.TestCase)["__init_subclass__"]
    assert again(handlers.run)() == (1, True)
    assert vars(unittest.TestCase)["__init_subclass__"] is before


LIBRARY = """
    class Plugin:
        known = []

        def __init_subclass__(cls, *, label, **more):
            super().__init_subclass__(**more)
            cls.label = label
            Plugin.known.append(cls.__name__)
"""

PROGRAM = """
    from arcapix.plugin_library import Plugin

    class Mail(Plugin, label="m"):
        def shown(self): return self.label, Plugin.known

    def run(): return Mail().shown()

    from arcapix.fs.gpfs import capture
    from arcapix.fs.gpfs.driver.rebuild import rebuild
    captured = capture.capture(run)
    assert captured.form == "source", captured.warnings
    print(rebuild(captured.body, captured.form)[0]())
"""


def test_an_installed_base_is_not_told_of_a_class_again(tmp_path: Any) -> None:
    (tmp_path / "arcapix").mkdir()
    (tmp_path / "arcapix" / "plugin_library.py").write_text(textwrap.dedent(LIBRARY))
    program = tmp_path / "program.py"
    program.write_text(textwrap.dedent(PROGRAM))
    done = subprocess.run([sys.executable, str(program)], capture_output=True, text=True)
    assert done.stdout == "('m', ['Mail'])\n", done.stderr


def test_a_generic_named_tuple_comes_back(own: Own, again: Again) -> None:
    handlers = own("""
        import typing

        T = typing.TypeVar("T")

        class Entry(typing.NamedTuple, typing.Generic[T]):
            key: str
            held: T
            note: "str" = ""
            def shown(self): return f"{self.key}={self.held}"

        kept = Entry("a", 1)

        def run():
            made = Entry[int]("b", 2, note="n")
            return made.shown(), kept, isinstance(kept, Entry), Entry.__parameters__ == (T,), Entry.__bases__
    """)
    assert again(handlers.run)() == handlers.run()


def test_a_named_tuple_keeps_what_was_changed(own: Own, again: Again) -> None:
    handlers = own("""
        import collections, sys, typing

        Pair = collections.namedtuple("Pair", "left class right", rename=True)
        made = Pair.__new__

        def checked(cls, left, *rest):
            if left is None: raise ValueError("left")
            return made(cls, left, *rest)

        Pair.__new__ = checked
        Pair.left.__doc__ = "the left one"
        Old = collections.namedtuple("Old", "a b")
        Old.__new__.__defaults__ = (1, None)

        class Typed(typing.NamedTuple):
            a: int
            b: "str" = "b"
            def __str__(self): return "typed"

        def run():
            try:
                Pair(None, 1, 2)
            except ValueError as error:
                shown = str(error)
            return (
                shown, Pair(1, 2, 3), Pair._fields, Pair.left.__doc__, Old(), Old._field_defaults, Old.__new__.__defaults__,
                str(Typed(1)), Typed.__annotations__, Typed.__new__.__annotations__ == Typed.__annotations__,
                sys.version_info >= (3, 14) or Typed.__new__.__annotations__ is Typed.__annotations__,
                Typed.__orig_bases__, [list(vars(cls)) for cls in (Pair, Old)],
            )
    """)
    assert repr(again(handlers.run)()) == repr(handlers.run())


def test_classes_that_were_made_by_a_call_come_back(own: Own, again: Again) -> None:
    handlers = own("""
        import operator, types

        Made = types.new_class("Made", (), {}, lambda body: body.update(limit=3, __slots__=("a",)))
        Held = type("a b.c", (tuple,), {"__module__": "types", "first": property(operator.itemgetter(0))})
        held = Held([4, 5])

        def run():
            return Made.limit, Made.__slots__, Made.__module__, held.first, Held.__qualname__, Held.__bases__
    """)
    assert again(handlers.run)() == handlers.run()


def test_a_compiled_class_is_refused_for_that_reason(own: Own) -> None:
    handlers = own("""
        compiled = type(iter([]))

        def run():
            return compiled
    """)
    with pytest.raises(CaptureError, match="its code is compiled"):
        capture.capture(handlers.run)


def test_classes_of_attrs_come_back(own: Own, again: Again) -> None:
    pytest.importorskip("attrs")
    handlers = own("""
        import attr, attrs

        @attrs.define
        class Size:
            width: int = attrs.field(validator=attrs.validators.instance_of(int))
            names: list = attrs.field(factory=list)
            label: str = attrs.field(default="-", converter=str)

        @attrs.frozen
        class Point(Size):
            depth: float = 1.5

        @attr.s
        class Old:
            x = attr.ib(default=1)
            def twice(self): return self.x * 2

        kept = Size(3, ["a"], 5)

        def run():
            try:
                Size("x")
            except TypeError:
                refused = True
            return (
                repr(kept), Size(4) == Size(4), attrs.asdict(kept), repr(attrs.evolve(kept, width=9)), refused,
                repr(Point(1)), Old(4).twice(), [field.type for field in attrs.fields(Size)],
            )
    """)
    assert again(handlers.run)() == handlers.run()


def test_models_of_pydantic_come_back(own: Own, again: Again) -> None:
    pytest.importorskip("pydantic")
    handlers = own("""
        import pydantic

        class Quota(pydantic.BaseModel):
            hard: int
            names: list[str] = []

            @pydantic.field_validator("hard")
            @classmethod
            def doubled(cls, value): return value * 2

        class All(pydantic.BaseModel):
            quotas: dict[str, Quota]

        kept = All(quotas={"a": {"hard": "40"}})

        def run():
            return kept.quotas["a"].hard, Quota(hard="7"), kept.model_dump_json(), list(All.model_fields)
    """)
    assert repr(again(handlers.run)()) == repr(handlers.run())


def test_dataclasses_of_pydantic_come_back(own: Own, again: Again) -> None:
    pytest.importorskip("pydantic")
    handlers = own("""
        import pydantic
        from pydantic.dataclasses import dataclass

        @dataclass(config=pydantic.ConfigDict(frozen=True))
        class Quota:
            hard: int
            names: list[str] = pydantic.Field(default_factory=list, max_length=2)

            @pydantic.field_validator("hard")
            @classmethod
            def doubled(cls, value): return value * 2

        kept = Quota(hard="40")

        def run():
            return kept, Quota(hard="7", names=["a"])
    """)
    capture.verify(capture.capture(handlers.run))
    assert repr(again(handlers.run)()) == repr(handlers.run())


def test_a_parser_of_arguments_knows_the_constants_of_its_library(own: Own, again: Again) -> None:
    handlers = own("""
        import argparse, optparse
        parser = argparse.ArgumentParser("prog")
        parser.add_argument("--size", type=int, default=argparse.SUPPRESS, help=argparse.SUPPRESS)
        older = optparse.OptionParser("usage", prog="prog")
        older.add_option("-a", type="int", help=optparse.SUPPRESS_HELP)
        def run():
            given = vars(parser.parse_args([])), vars(older.parse_args([])[0])
            return given, parser.format_help(), older.format_help()
    """)
    assert repr(again(handlers.run)()) == repr(handlers.run())


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="for this Python its function is None")
def test_a_class_method_that_was_never_given_a_function_is_refused(own: Own) -> None:
    handlers = own("""
        class Method(classmethod):
            def __init__(self): pass
        empty = Method()
        def run(): return repr(empty)
    """)
    with pytest.raises(CaptureError, match="its global 'empty'"):
        capture.capture(handlers.run)


def test_a_constant_that_its_library_asks_for_is_the_librarys_own(own: Own, again: Again) -> None:
    handlers = own("""
        from argparse import SUPPRESS, ArgumentParser
        from string import digits
        def run():
            parser = ArgumentParser("prog")
            parser.add_argument("--size", default=SUPPRESS)
            return vars(parser.parse_args([])), digits
    """)
    assert again(handlers.run)() == handlers.run() == ({}, "0123456789")
    assert b"digits" in capture.capture(handlers.run).body
    assert b"0123456789" in capture.capture(handlers.run).body


def test_attributes_of_static_and_class_methods_come_back(own: Own, again: Again) -> None:
    handlers = own("""
        class Tool:
            def __new__(cls, *given): return super().__new__(cls)
            def __init_subclass__(cls, **named): pass

            @staticmethod
            def fixed(count: int = 1):
                "Fixed."
            fixed.note = "a"

            @classmethod
            def made(cls, held=[1]):
                "Made."
            made.notes = ["b"]

        def run():
            names = "__new__", "__init_subclass__", "fixed", "made"
            return [vars(Tool.__dict__[name]) for name in names], [vars(getattr(Tool, name)) for name in names]
    """)
    assert again(handlers.run)() == handlers.run()


def test_a_static_method_knows_the_annotations_of_its_function(own: Own, again: Again) -> None:
    handlers = own("""
        class Held:
            pass

        held = Held()

        class Tool:
            @staticmethod
            def fixed(count: "int" = held):
                "Fixed."

        def run():
            fixed = Tool.__dict__["fixed"]
            return fixed.__annotations__, fixed.__doc__, fixed.__func__.__defaults__ == (held,)
    """)
    assert again(handlers.run)() == ({"count": "int"}, "Fixed.", True)


def test_a_type_variable_keeps_its_module_and_its_default(own: Own, again: Again) -> None:
    handlers = own("""
        import typing

        T = typing.TypeVar("T", bound=int)
        P = typing.ParamSpec("P")
        Name = typing.NewType("Name", str)
        D = typing.TypeVar("D", default=list) if hasattr(T, "has_default") else T

        def run():
            return [kind.__module__ for kind in (T, P, Name, D)], getattr(D, "__default__", None), T.__bound__
    """)
    assert again(handlers.run)() == handlers.run()


def test_type_variables_and_new_types_can_be_pickled_on_a_node(own: Own, again: Again) -> None:
    handlers = own("""
        import pickle, typing
        T = typing.TypeVar("T")
        Size = typing.NewType("Size", int)
        held = [T, Size]
        def run():
            return [one is other for one, other in zip(pickle.loads(pickle.dumps(held)), held)]
    """)
    assert again(handlers.run)() == [True, True]


def test_a_module_whose_class_has_properties_keeps_them(own: Own, again: Again) -> None:
    own(
        """
        import sys, types

        _limit = 3
        scale = 10

        class Settings(types.ModuleType):
            @property
            def limit(self): return self._limit * self.scale

            @limit.setter
            def limit(self, value): self._limit = value

            def __getattr__(self, name):
                if name.startswith("__"): raise AttributeError(name)
                return f"no {name}"

        sys.modules[__name__].__class__ = Settings
    """,
        name="site_settings",
    )
    handlers = own("""
        import site_settings

        def run():
            found = [site_settings.limit, site_settings.scale, site_settings.other]
            site_settings.limit = 4
            return [*found, site_settings.limit]
    """)
    assert again(handlers.run)() == [30, 10, "no other", 40]


def test_the_subclasses_that_code_finds_through_a_class_travel(own: Own, again: Again) -> None:
    handlers = own("""
        class Check:
            pass
        class Fast(Check):
            pass
        class Slow(Check):
            pass
        class Slower(Slow):
            pass
        def run(): return [found.__name__ for one in Check.__subclasses__() for found in (one, *one.__subclasses__())]
    """)
    assert again(handlers.run)() == handlers.run() == ["Fast", "Slow", "Slower"]


def test_a_class_registered_with_an_abstract_class_of_the_library_stays_so(own: Own, again: Again) -> None:
    handlers = own("""
        import collections.abc, numbers

        @collections.abc.Sequence.register
        class Pools:
            def __len__(self): return 1
            def __getitem__(self, index): return ["system"][index]

        class Amount: pass
        numbers.Number.register(Amount)

        def run():
            match Pools():
                case [pool]: found = pool
                case _: found = None
            return found, isinstance(Amount(), numbers.Number), isinstance(Pools(), collections.abc.Mapping)
    """)
    assert again(handlers.run)() == handlers.run() == ("system", True, False)
