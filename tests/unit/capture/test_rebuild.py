"""The driver's side: what it loads, what it runs, and what it gives back."""

from __future__ import annotations

import marshal
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from arcapix.fs.gpfs import capture
from arcapix.fs.gpfs.driver.rebuild import rebuild

Own = Callable[..., types.ModuleType]
DRIVER = Path(capture.__file__).parents[1] / "driver"

LOADED = """
import sys
before = set(sys.modules)
package = type(sys)("arcapix_driver"); package.__path__ = [sys.argv[1]]; sys.modules["arcapix_driver"] = package
from arcapix_driver.rebuild import rebuild
imported = set(sys.modules) - before
function, plan = rebuild(bytes.fromhex(sys.argv[2]), "source")
function()
print(sorted(imported), "|", sorted(set(sys.modules) - before - imported))
"""


def loaded(body: bytes) -> tuple[str, str]:
    argv = [sys.executable, "-IS", "-c", LOADED, str(DRIVER), body.hex()]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    first, _, second = done.stdout.strip().partition(" | ")
    return first, second


def test_rebuilding_loads_only_what_the_function_needs(own: Own) -> None:
    handlers = own("""
        limit = 3; rows = [1, {"a": (1, 2)}, {4}]
        class Row:
            def __init__(self): self.x = limit
            @property
            def double(self): return self.x * 2
        row = Row()
        def f(): return Row().double, row.x, rows
    """)
    imported, needed = loaded(capture.capture(handlers.f).body)
    assert imported == "['arcapix_driver', 'arcapix_driver.operations', 'arcapix_driver.rebuild']"
    assert (
        needed == "['__future__', 'arcapix_driver.compiling', 'arcapix_driver.rebuild_objects', 'handlers']"
    )


def test_rebuilding_a_function_with_imports_and_constants_loads_nothing_more(own: Own) -> None:
    handlers = own("""
        import sys
        limit = 3
        def f(): return sys, limit
    """)
    assert loaded(capture.capture(handlers.f).body)[1] == "['arcapix_driver.compiling', 'handlers']"


def test_a_dataclass_loads_dataclasses_and_the_operations_for_it(own: Own) -> None:
    handlers = own(
        "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int = 1\ndef f(): return P()"
    )
    _, needed = loaded(capture.capture(handlers.f).body)
    assert "'arcapix_driver.rebuild_classes'" in needed and "'dataclasses'" in needed
    assert "'pickle'" not in needed and "'json'" not in needed


def test_no_line_of_the_users_runs(own: Own) -> None:
    handlers = own("""
        ran = []
        def note(x): ran.append(x); return x
        def deco(f): note("decorator"); return f
        class C:
            note("class body")
            def __init_subclass__(cls): note("hook")
        class D(C):
            @deco
            def m(self, x=note("default")) -> note("annotation"): pass
        @deco
        def f(x=note("default")) -> note("annotation"): return len(ran), D
        note("module")
    """)
    captured = len(handlers.ran)
    body = capture.capture(handlers.f).body
    count = len(handlers.ran)  # from Python 3.14 on that has worked out the annotation
    function, _ = rebuild(body, "source")
    assert captured <= function()[0] <= count
    assert len(handlers.ran) == count


def test_where_nothing_reads_annotations_none_brings_a_class_of_the_users(own: Own) -> None:
    handlers = own("""
        class Own: pass
        class C:
            x: int = 1
            y: "Later"
            z: list[int]
            w: Own
            def m(self, a: Own) -> Own: pass
        def f(a: Own) -> Own: return C
    """)
    function, _ = rebuild(capture.capture(handlers.f).body, "source")
    assert function.__annotations__ == function(1).m.__annotations__ == {"a": "Own", "return": "Own"}
    assert function(1).__annotations__ == {"x": int, "y": "Later", "z": list[int], "w": "Own"}


def test_the_plan_shares_its_objects_with_the_function(own: Own) -> None:
    handlers = own("rows = [1]\ndef f(x, y=rows): return x is rows, x is y")
    captured = capture.capture(
        handlers.f, ((("literal", handlers.rows), ("variable", "fsName", "", handlers.rows)), {})
    )
    function, plan = rebuild(captured.body, captured.form)
    assert function(plan[0][0][1]) == (True, True)
    assert plan[0][1][3] is plan[0][0][1]


@pytest.mark.parametrize(
    "plan",
    [
        (),
        ((), {}),
        (
            (("variable", "fsName", ""), ("variable", "downNodes", "list?", None), ("event",)),
            {"k": ("literal", "ü\ud800\n%")},
        ),
        ((("literal", b"\xff"), ("literal", 1.5), ("literal", {"a": [1, {2}]})), {}),
    ],
)
def test_any_plan_comes_back_as_it_was(plan: object, own: Own) -> None:
    captured = capture.capture(own("def f(): pass").f, plan)
    assert rebuild(captured.body, captured.form)[1] == plan


def test_two_rebuilt_functions_share_nothing(own: Own) -> None:
    body = capture.capture(own("rows = []\ndef f(x): rows.append(x); return rows").f).body
    first, second = (rebuild(body, "source")[0] for _ in range(2))
    assert first(1) == [1] and second(2) == [2]


def test_codes_of_a_cache_save_the_compiling(own: Own) -> None:
    handlers = own(
        "import json\nclass C:\n    def go(self): return json.dumps([1])\ndef f(): return C().go()"
    )
    body = capture.capture(handlers.f).body
    compiled: list[Any] = []
    rebuild(body, "source", compiled=compiled)
    function, _ = rebuild(body, "source", marshal.loads(marshal.dumps(compiled)))
    assert function() == "[1]"


def test_a_user_may_call_a_global_what_a_wrapper_is_called(own: Own) -> None:
    handlers = own("import json as k0\nk1 = 5\ndef f(): return k0.dumps(k1)")
    assert rebuild(capture.capture(handlers.f).body, "source")[0]() == "5"


def test_the_file_name_of_a_script_cannot_break_the_text(own: Own, tmp_path: Path) -> None:
    path = tmp_path / "odd\nimport nothing.py"
    path.write_text("def f(): return 1\n")
    namespace: dict[str, Any] = {"__name__": "odd"}
    exec(compile(path.read_text(), str(path), "exec", dont_inherit=True), namespace)
    assert rebuild(capture.capture(namespace["f"]).body, "source")[0]() == 1


def test_the_driver_part_uses_no_syntax_that_the_texts_would_inherit() -> None:
    assert "annotations" not in vars(sys.modules["arcapix.fs.gpfs.driver.rebuild"])


def test_a_body_is_the_same_bytes_for_the_same_callable(own: Own) -> None:
    text = "names = {'b', 'a', ('x', 1), None, 2.5}\nclass C: rows = {3: names}\ndef f(): return C, names"
    bodies = {capture.capture(own(text).f).body for _ in range(3)}
    assert len(bodies) == 1


def test_members_of_a_set_are_told_apart_whichever_is_looked_at_first(own: Own) -> None:
    text = """
        import abc
        class A(metaclass=abc.ABCMeta): p = property()
        class B(metaclass=abc.ABCMeta): p = property()
        class D(metaclass=abc.ABCMeta): p = property()
        class E(metaclass=abc.ABCMeta): p = property()
        x = {A, A()}, {B, B()}, {D, D()}, {E, E()}
        def f(): return x
    """
    kept, bodies = [], set()
    for size in range(20):  # the order in a set depends on addresses
        kept.append((own(text), [bytearray(100 * size) for _ in range(50)]))
        bodies.add(capture.capture(kept[-1][0].f).body)
    assert len(bodies) == 1
