"""What came with Python 3.14 and 3.15: deferred annotations, lazy imports, docstrings made late, new built-ins.

This file has no future import: the annotations in it would be texts.
"""

import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path

import pytest

from arcapix.fs.gpfs import capture
from arcapix.fs.gpfs.exceptions import CaptureError

Own = Callable[..., types.ModuleType]
Again = Callable[..., Callable[..., object]]

deferred = pytest.mark.skipif(sys.version_info < (3, 14), reason="annotations are worked out at once")
only_3_15 = pytest.mark.skipif(sys.version_info < (3, 15), reason="this Python has none")


def installed(function: object) -> capture.Captured:
    (sound,) = capture.verify(capture.capture(function))
    return sound


UNDEFINED = """
    import dataclasses, typing
    if typing.TYPE_CHECKING:
        from nowhere import Thing

    @dataclasses.dataclass
    class Settings:
        limit: int = 3
        thing: Thing | None = None
        things: list[Thing] = dataclasses.field(default_factory=list)

    class Plain:
        other: Thing

    def check(thing: Thing = None) -> Thing: return thing

    def run(thing: Thing = None):
        shown = {name: str(one) for name, one in run.__annotations__.items()} if thing else None
        return Settings(), [one.name for one in dataclasses.fields(Settings)], check(2), Plain(), shown
"""


@deferred
def test_annotations_of_what_only_a_type_checker_imports_are_their_texts(own: Own, again: Again) -> None:
    handlers = own(UNDEFINED)
    settings, fields, checked, _, shown = again(handlers.run)(1)
    assert (settings.limit, settings.things, fields, checked) == (3, [], ["limit", "thing", "things"], 2)
    assert shown == {"thing": "Thing"}


@deferred
def test_such_annotations_keep_the_form_of_source_and_warn_of_nothing(own: Own) -> None:
    handlers = own(
        "import typing\nif typing.TYPE_CHECKING:\n    from nowhere import Thing\ndef f(x: Thing): return x"
    )
    found = installed(handlers.f)
    assert (found.form, found.warnings, found.minimum) == ("source", (), (3, 11))


@deferred
def test_an_undefined_annotation_inside_a_handler_needs_a_python_that_does_not_work_it_out(own: Own) -> None:
    handlers = own(
        "def f():\n    def g(x: Nowhere): return x\n    class C:\n        y: Nowhere\n    return g(1)"
    )
    found = installed(handlers.f)
    assert (found.form, found.warnings, found.minimum) == ("source", (), (3, 14))


def test_a_defined_annotation_inside_a_handler_needs_no_more(own: Own) -> None:
    handlers = own("from decimal import Decimal\ndef f():\n    def g(x: Decimal): return x\n    return g(1)")
    assert installed(handlers.f).minimum == (3, 11)


def test_capturing_leaves_the_annotations_of_a_class_as_they_were(own: Own) -> None:
    handlers = own("class C:\n    x: int = 1\n    y: str\ndef f(): return C")
    before = dict(vars(handlers.C))
    installed(handlers.f)
    assert dict(vars(handlers.C)) == before


def test_wrappers_give_the_annotations_of_what_they_wrap(own: Own, again: Again) -> None:
    handlers = own("""
        import functools, inspect, typing

        @functools.cache
        def kept(x: int) -> str: return str(x)

        @functools.wraps(kept)
        def around(x): return kept(x)

        def f():
            return around(1), typing.get_type_hints(around), str(inspect.signature(around)), typing.get_type_hints(kept)
    """)
    assert again(handlers.f)() == handlers.f() == ("1", HINTS, "(x: int) -> str", HINTS)


HINTS = {"x": int, "return": str}


@deferred
def test_annotations_can_be_asked_for_in_every_form(own: Own, again: Again) -> None:
    handlers = own("""
        import annotationlib
        def g(x: int) -> list[str]: return x
        def f(): return [annotationlib.get_annotations(g, format=form) for form in annotationlib.Format if form != 2]
    """)
    wanted = {"x": int, "return": list[str]}
    assert again(handlers.f)() == handlers.f() == [wanted, wanted, {"x": "int", "return": "list[str]"}]


def test_a_dataclass_whose_docstring_nobody_has_read_gets_the_usual_one(own: Own, again: Again) -> None:
    handlers = own(
        "import dataclasses\n@dataclasses.dataclass\nclass P:\n    x: int = 1\ndef f(): return P.__doc__, P(2)"
    )
    assert installed(handlers.f).form == "source"
    shown, _ = again(handlers.f)()
    assert shown == handlers.f()[0] == "P(x: int = 1)"


def test_derived_descriptors_are_made_with_what_they_hold(own: Own, again: Again) -> None:
    handlers = own("""
        import functools
        class counted(staticmethod):
            def __new__(cls, function, count): return super().__new__(cls, function)
            def __init__(self, function, count): super().__init__(function); self.count = count
        class fixed(functools.partialmethod): pass
        class P:
            g = counted(lambda x: x, 9)
            j = fixed(lambda self, a, b: (a, b), 1, b=2)
        def f(): return P.g(1), vars(P)["g"].count, P().j()
    """)
    assert again(handlers.f)() == (1, 9, (1, 2))


LAZY = """
    lazy import json
    lazy import os.path as place
    lazy from os import sep
    lazy import nowhere_at_all
    def f(): return json.dumps(place.join("a", "b")), sep
    def g(): return nowhere_at_all.x
"""


@only_3_15
def test_lazy_imports_are_captured_as_imports(own: Own, again: Again) -> None:
    handlers = own(LAZY)
    found = installed(handlers.f)
    assert (found.form, found.minimum, found.warnings) == ("source", (3, 11), ())
    assert again(handlers.f)() == ('"a/b"', "/")


@only_3_15
def test_a_lazy_import_that_fails_is_told_when_it_is_installed(own: Own) -> None:
    with pytest.raises(CaptureError, match=r"'nowhere_at_all'.*its import fails here: No module named"):
        capture.capture(own(LAZY).g)


@only_3_15
def test_imports_that_a_file_makes_lazy_by_a_list_are_captured_too(own: Own, again: Again) -> None:
    handlers = own("__lazy_modules__ = ['json']\nimport json\ndef f(): return json.dumps(1)")
    assert again(handlers.f)() == "1"


@only_3_15
@pytest.mark.parametrize(
    "text", ["d = frozendict(a=1)\ndef f(): return d['a']", "def f(): return frozendict(a=1)"]
)
def test_a_new_built_in_needs_the_python_that_has_it(own: Own, again: Again, text: str) -> None:
    assert installed(own(text).f).minimum == (3, 15)


@pytest.mark.skipif(sys.version_info < (3, 13), reason="this Python has no such exception")
def test_a_built_in_exception_of_3_13_needs_3_13(own: Own) -> None:
    assert installed(own("def f():\n    raise PythonFinalizationError").f).minimum == (3, 13)


ITERATORS = pytest.mark.parametrize("made", ["chain([1], [2])", "cycle([1, 2])", "islice([1, 2], 1)"])


@deferred
@ITERATORS
def test_iterators_that_this_python_cannot_make_again_are_refused(own: Own, made: str) -> None:
    handlers = own(f"import itertools\nheld = itertools.{made}\ndef f(): return next(held)")
    with pytest.raises(CaptureError, match=r"its global 'held' \(itertools\."):
        capture.capture(handlers.f)


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="this Python cannot take them apart")
@pytest.mark.filterwarnings("ignore:Pickle, copy, and deepcopy support:DeprecationWarning")
@ITERATORS
def test_iterators_that_newer_pythons_cannot_make_again_are_told_by_name(own: Own, made: str) -> None:
    handlers = own(f"import itertools\nheld = itertools.{made}\ndef f(): return next(held)")
    (warning,) = installed(handlers.f).warnings
    assert warning.startswith(
        "the global 'held' of 'f' is an iterator of itertools, which a node with Python 3.14"
    )


@pytest.mark.skipif(sys.version_info < (3, 12), reason="this Python has no hook of its own for protocols")
def test_what_only_newer_libraries_have_asks_for_a_newer_python(own: Own) -> None:
    handlers = own("import typing\nclass P(typing.Protocol):\n    def go(self): ...\ndef f(): return P")
    assert installed(handlers.f).minimum == (3, 12)


@deferred
def test_a_parser_of_arguments_asks_for_the_python_that_has_made_it(own: Own) -> None:
    handlers = own("import argparse\np = argparse.ArgumentParser('x')\ndef f(): return p.parse_args([])")
    assert installed(handlers.f).minimum >= (3, 14)


COMPILED = """
import sys
package = type(sys)("d"); package.__path__ = [sys.argv[1]]; sys.modules["d"] = package
from d.compiling import compile_texts
text = "#x.py\\ndef k0():#1\\n def f():\\n  try: return 1\\n  finally: return '\\\\d'\\n"
print(compile_texts(((0, text, "f"),))[0][1][0].co_name)
"""


def test_what_only_a_newer_compiler_warns_of_clutters_no_output() -> None:
    folder = Path(capture.__file__).parents[1] / "driver"
    done = subprocess.run([sys.executable, "-IS", "-c", COMPILED, folder], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("f\n", "")
