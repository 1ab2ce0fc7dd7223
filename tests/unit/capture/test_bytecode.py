"""The bytecode form: where a function has no text, the code that is in memory travels in its place."""

from __future__ import annotations

import enum
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from arcapix.fs.gpfs import capture
from arcapix.fs.gpfs.driver.rebuild import rebuild
from arcapix.fs.gpfs.exceptions import CaptureError

Own = Callable[..., types.ModuleType]

DRIVER = Path(capture.__file__).parents[1] / "driver"


def test_the_form_is_bound_to_this_python_and_a_warning_names_the_cause(own: Own) -> None:
    captured = capture.capture(own("exec('def f(a, b=2): return a + b')").f)
    version = sys.version_info[:2]
    assert (captured.form, captured.minimum) == ("bytecode", version)
    (warning,) = captured.warnings
    begin, _, cause = warning.partition(": ")
    assert begin == f"'f' is captured as bytecode, which only Python {version[0]}.{version[1]} can run"
    # From 3.13 on, what this process was started with by -c is found under this name.
    assert cause in (
        "there is no source text of 'f' (<string>)",
        "the text of 'f' in <string> is not what was compiled",
    )
    assert rebuild(captured.body, captured.form)[0](1) == 3


def test_the_plan_travels_with_the_function(own: Own) -> None:
    handlers = own("exec('def f(x): return x is shared')\nshared = [1]")
    captured = capture.capture(handlers.f, ((("literal", handlers.shared),), {}))
    function, plan = rebuild(captured.body, captured.form)
    assert plan == ((("literal", [1]),), {})
    assert function(plan[0][0][1])


def test_modules_of_ones_own_travel_by_value(own: Own, tmp_path: Path) -> None:
    own("LIMIT = 3\nclass Tool:\n    def go(self): return LIMIT", "own_for_bytecode")
    handlers = own("from own_for_bytecode import Tool\nexec('def f(): return Tool().go()')")
    captured = capture.capture(handlers.f)
    program = (
        "import sys; package = sys.modules['d'] = type(sys)('d'); package.__path__ = [sys.argv[1]]\n"
        "from d.rebuild import rebuild; print(rebuild(bytes.fromhex(sys.argv[2]), 'bytecode')[0]())"
    )
    argv = [sys.executable, "-IS", "-c", program, str(DRIVER), captured.body.hex()]
    done = subprocess.run(argv, capture_output=True, text=True, cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("3\n", "")


def test_a_function_with_a_text_and_one_without_travel_together(own: Own) -> None:
    handlers = own("def f(): return 1\nexec('def g(): return f() + h()')\ndef h(): return f() * 10")
    captured = capture.capture(handlers.g)
    assert captured.form == "bytecode"
    assert rebuild(captured.body, captured.form)[0]() == 11
    assert capture.verify(captured) == [captured]


def test_classes_and_enums_come_back_as_in_the_source_form(own: Own) -> None:
    handlers = own(
        "import enum\nclass Level(enum.Enum):\n    LOW = 1\n    FLOOR = 1\n"
        "exec('def f(): return Level[\"FLOOR\"] is Level.LOW, Level')"
    )
    captured = capture.capture(handlers.f)
    (checked,) = capture.verify(captured)
    same, level = rebuild(checked.body, checked.form)[0]()
    assert same and issubclass(level, enum.Enum) and list(level.__members__) == ["LOW", "FLOOR"]


def test_a_readable_file_is_refused_and_not_copied(own: Own) -> None:
    path = Path(capture.__file__)
    handlers = own(
        f"exec('def f(): return g()')\nclass C:\n  def __call__(self): pass\ng = C(); g.file = open({str(path)!r})"
    )
    with handlers.g.file, pytest.raises(CaptureError, match="its global 'g', attribute 'file'"):
        capture.capture(handlers.f)


def test_of_a_module_only_what_is_used_travels(own: Own) -> None:
    own("import threading\nlock = threading.Lock()\ndef helper(): return 1", "module_with_lock")
    handlers = own("import module_with_lock\nexec('def f(): return module_with_lock.helper()')")
    assert rebuild(capture.capture(handlers.f).body, "bytecode")[0]() == 1


def test_the_same_code_gives_the_same_bytes(own: Own) -> None:
    handlers = own('class C:\n    def go(self): return 1\nexec(\'def f(): return C().go(), {"a", "b"}\')')
    assert capture.capture(handlers.f).body == capture.capture(handlers.f).body


def test_streams_and_objects_of_the_library_are_named(own: Own, capsys: pytest.CaptureFixture[str]) -> None:
    handlers = own(
        "import sys, random\nout = sys.stdout; pick = random.choice\nexec('def f(): print(pick([5]), file=out)')"
    )
    function: Any = rebuild(capture.capture(handlers.f).body, "bytecode")[0]
    function()
    assert capsys.readouterr().out == "5\n"
    import random

    assert function.__globals__["pick"].__self__ is random._inst  # type: ignore[attr-defined]


def test_a_code_object_as_a_value_makes_it_bytecode(own: Own) -> None:
    handlers = own("code = compile('5 + 1', 'sum', 'eval')\ndef f(): return eval(code)")
    captured = capture.capture(handlers.f)
    assert captured.form == "bytecode"
    assert any("the global 'code' is a code object" in warning for warning in captured.warnings)
    assert rebuild(captured.body, captured.form)[0]() == 6
    assert capture.verify(captured) == [captured]
