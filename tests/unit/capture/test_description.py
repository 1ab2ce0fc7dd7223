"""What ``show`` prints of a body, without rebuilding it."""

from __future__ import annotations

import marshal
import types
from collections.abc import Callable

import pytest

from arcapix.fs.gpfs import capture
from arcapix.fs.gpfs.capture import core

Own = Callable[..., types.ModuleType]

SEPARATORS = "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
"""What `str.splitlines` takes for the end of a line, and Python does not."""


def test_units_are_shown_as_they_were_written(own: Own) -> None:
    handlers = own('''
        import os

        class Tool:
            def go(self, x):
                """Doc
                string."""
                # why
                return x + 1

        pick = lambda x: (x,
                          2)

        def f():
            return Tool().go(1), pick(os.sep)
    ''')
    shown = capture.describe(capture.capture(handlers.f).body, "source")
    texts = {unit.line: unit.text for unit in shown.units}
    assert texts[14] == "def f():\n    return Tool().go(1), pick(os.sep)"
    assert texts[5] == 'def go(self, x):\n    """Doc\n        string."""\n    # why\n    return x + 1'
    assert texts[11] == "(lambda x: (x,\n                  2))"
    assert {unit.file for unit in shown.units} == {"handlers.py"}
    assert shown.statements == ("import os",)


def test_captured_values_are_shown_much_like_python(own: Own) -> None:
    handlers = own("""
        import datetime, decimal, pathlib, enum
        from arcapix.fs.gpfs import Secret
        limit = 5; name = "x"; table = {"a": [1, (2, None)]}; loop = [1]; loop.append(loop); several = {3, 1}
        when = datetime.date(2026, 1, 2); price = decimal.Decimal("1.5"); place = pathlib.Path("/srv/x")
        class Row:
            def __init__(self): self.size = 4; self.kin = [self]
        row = Row(); add = row.kin.append; password = Secret.file("/etc/key")
        class Names(set): pass
        class Upper(dict):
            def __setitem__(self, name, value): super().__setitem__(name.upper(), value)
        names = Names({2}); upper = Upper(); upper["a"] = 1
        def helper(): return 1
        def f(): return limit, name, table, loop, several, when, price, place, row, Row, helper, password, add
        def g(): return names, upper
    """)
    shown = dict(capture.describe(capture.capture(handlers.f).body, "source").values)
    assert shown["limit"] == "5"
    assert shown["table"] == "{'a': [1, (2, None)]}"
    assert shown["loop"] == "[1, ...]"
    assert shown["several"] == "{1, 3}"
    assert shown["price"] == "decimal.Decimal('1.5')"
    assert shown["place"] in ("pathlib.PosixPath('/', 'srv', 'x')", "pathlib.PosixPath('/srv/x')")
    assert shown["when"].startswith("datetime.date(")
    assert shown["row"] == "Row(size=4, kin=[...])"
    assert shown["Row"] == "<class Row>"
    derived = dict(capture.describe(capture.capture(handlers.g).body, "source").values)
    assert (derived["names"], derived["upper"]) == ("Names(2)", "Upper('A': 1)")
    assert shown["helper"] == "<function at line 13 of handlers.py>"
    assert shown["password"] == "arcapix.fs.gpfs.Secret.file('/etc/key')"


@pytest.mark.parametrize("character", SEPARATORS, ids=ascii)
def test_a_character_that_ends_no_line_in_a_program_ends_none_where_it_is_shown(
    character: str, own: Own
) -> None:
    text = f"def first(name):\n    # pasted{character}\n    return 'a{character}b'"
    handlers = own(f"def f():\n    return first('x')\n\n\n{text}\n")
    shown = capture.describe(capture.capture(handlers.f).body, "source")
    assert {unit.line: unit.text for unit in shown.units} == {1: "def f():\n    return first('x')", 5: text}


def test_an_int_that_python_does_not_write_is_shown_in_hexadecimal(own: Own) -> None:
    handlers = own("""
        m = 1 << 20_000
        table = {"m": [m + 1, (m + 2,)], m: None}
        def f(): return m, table
    """)
    shown = dict(capture.describe(capture.capture(handlers.f).body, "source").values)
    assert shown["m"].startswith("0x1000")
    assert shown["table"].startswith("{'m': [0x1000")


def test_long_values_are_cut(own: Own) -> None:
    shown = dict(
        capture.describe(capture.capture(own("x = 'y' * 5000\ndef f(): return x").f).body, "source").values
    )
    assert len(shown["x"]) == 200 and shown["x"].endswith("...")


def test_what_an_earlier_release_has_pickled_is_not_shown_since_that_would_load_it() -> None:
    pickled = b"\x80\x04cnt\nsystem\n(S'false'\ntR."
    (step,) = capture.describe(pickled, "bytecode").steps
    assert step == "unpickle what an earlier release has made, which cannot be shown"


def test_of_bytecode_the_steps_are_shown(own: Own) -> None:
    handlers = own("limit = 5\ndef f(): return limit")
    body = core.as_compiled(capture.capture(handlers.f), "a test").body
    shown = capture.describe(body, "bytecode")
    (unit,) = shown.units
    assert unit.text == "# f, which has no text, only bytecode"
    assert shown.values == (("limit", "5"),)
    assert shown.steps[-1] == "call #0 with ()"


def test_nothing_is_imported_or_called(own: Own) -> None:
    import sys

    body = capture.capture(own("import json\ndef f(): return json").f).body.replace(
        b"import json", b"import zuul"
    )
    assert capture.describe(body, "source").statements == ("import zuul",)
    assert "zuul" not in sys.modules


def test_every_step_is_shown_and_the_call(own: Own) -> None:
    handlers = own("""
        table = {"a": [1]}; text = "y" * 5000
        def helper(): return table
        def f(eventName): return helper(), text, table
    """)
    captured = capture.capture(handlers.f, ((("variable", "eventName", ""),), {}))
    steps = capture.describe(captured.body, "source").steps
    assert len(steps) == len(marshal.loads(captured.body)[2]) + 1
    assert any("'y" in step and len(step) > 5000 for step in steps)
    assert steps[-1].startswith("call #") and "('variable', 'eventName', '')" in steps[-1]
    assert any(step.startswith("#") and " = function at line 3 of handlers.py" in step for step in steps)


def body_of(text: str, names: str = "f", spaces: object = (["m"],), steps: object = (("F", 0, 0),)) -> bytes:
    """What somebody may register who writes a body by hand."""
    return marshal.dumps((((0, text, names),), spaces, steps, frozenset({0}), ()))


WRAPPED = "def k0():#1\n def f(): pass\n"


@pytest.mark.parametrize(
    "executed",
    [
        "import os",
        "os.system('x')",
        "def k0(a=os.system('x')):\n    pass",
        "def k0(a: os.system('x')):\n    pass",
        "@os.system\ndef k0():\n    pass",
        "class k1:\n    os.system('x')",
        "if os.system('x'):\n    pass",
        "async def k0(a=os.system('x')):\n    pass",
    ],
)
def test_whatever_a_node_executes_of_a_text_is_shown(executed: str) -> None:
    for text in (f"#a.py\n{executed}\n{WRAPPED}", f"#a.py\n{WRAPPED}{executed}\n{WRAPPED}"):
        assert executed in capture.describe(body_of(text), "source").statements


def test_what_hides_behind_a_definition_on_one_line_is_shown() -> None:
    text = f"#a.py\ndef k0(): pass; os.system('x')\nimport a; os.system('y')\r{WRAPPED}"
    shown = capture.describe(body_of(text), "source")
    assert shown.statements == ("import a", "os.system('y')")
    assert [unit.text for unit in shown.units] == ["def f(): pass"]


def test_units_are_shown_in_whichever_order_they_stand() -> None:
    text = "#a.py\ndef k1():#9\n def g():\n  evil()\ndef k0():#1\n def f():\n  pass\n"
    shown = capture.describe(body_of(text, "f g", steps=(("F", 0, 0), ("F", 1, 0))), "source")
    assert [unit.text for unit in shown.units] == ["def f():\n pass", "def g():\n evil()"]


def test_a_call_that_makes_a_value_is_shown_with_what_it_calls() -> None:
    steps = (("G", "os", "system"), ("R", frozenset({0}), ("rm -rf /",)), ("F", 0, 0))
    shown = capture.describe(body_of(f"#a.py\n{WRAPPED}", spaces=(("m",),), steps=steps), "source")
    assert shown.steps[:2] == ("#0 = reference 'os' 'system'", "#1 = call #0 ('rm -rf /',)")
    assert shown.statements == ("import m",)


def test_a_step_that_this_release_does_not_know_is_shown_by_its_letter() -> None:
    shown = capture.describe(body_of(f"#a.py\n{WRAPPED}", steps=(("F", 0, 0), ("?", 1))), "source")
    assert shown.steps[1] == "#1 = '?' 1"
