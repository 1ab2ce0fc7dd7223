"""The bytecode form, where the source form cannot be had."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
import tomllib
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cloudpickle  # type: ignore[import-untyped]
import pytest
from cloudpickle import cloudpickle as internals
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from arcapix.fs.gpfs import capture
from arcapix.fs.gpfs.capture import fallback
from arcapix.fs.gpfs.driver.rebuild import rebuild
from arcapix.fs.gpfs.exceptions import CaptureError

Own = Callable[..., types.ModuleType]


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
    program = "import pickle, sys, site; site.main(); print(pickle.loads(bytes.fromhex(sys.argv[1]))[0]())"
    argv = [sys.executable, "-IS", "-c", program, captured.body.hex()]
    done = subprocess.run(argv, capture_output=True, text=True, cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("3\n", "")


def test_a_readable_file_is_refused_and_not_copied(own: Own) -> None:
    path = Path(capture.__file__)
    handlers = own(
        f"exec('def f(): return g()')\nclass C:\n  def __call__(self): pass\ng = C(); g.file = open({str(path)!r})"
    )
    with handlers.g.file, pytest.raises(CaptureError, match="its global 'g', attribute 'file'"):
        capture.capture(handlers.f)


def test_what_only_the_pickler_reaches_is_refused_too(own: Own) -> None:
    # cloudpickle takes a module that it does not find by name whole, with all its globals.
    own("import threading\nlock = threading.Lock()\ndef helper(): return 1", "whole_module")
    handlers = own("import whole_module\nexec('def f(): return whole_module.helper()')")
    with pytest.raises(CaptureError, match=r"_thread\.lock"):
        capture.capture(handlers.f)


def test_cloudpickle_is_left_as_it_was(own: Own) -> None:
    handlers = own("class C: pass\nexec('def f(): return C')")
    before = dict(internals._DYNAMIC_CLASS_TRACKER_BY_CLASS), internals.list_registry_pickle_by_value()
    capture.capture(handlers.f)
    assert (
        dict(internals._DYNAMIC_CLASS_TRACKER_BY_CLASS),
        internals.list_registry_pickle_by_value(),
    ) == before


def test_classes_get_numbers_that_are_not_drawn_by_lot(own: Own) -> None:
    handlers = own("class C:\n    def go(self): return 1\nexec('def f(): return C().go()')")
    bodies = [capture.capture(handlers.f).body for _ in range(2)]
    assert b"arcapix-" in bodies[0]
    assert bodies[0] == bodies[1]


def test_streams_and_objects_of_the_library_are_named(own: Own, capsys: pytest.CaptureFixture[str]) -> None:
    handlers = own(
        "import sys, random\nout = sys.stdout; pick = random.choice\nexec('def f(): print(pick([5]), file=out)')"
    )
    function: Any = rebuild(capture.capture(handlers.f).body, "bytecode")[0]
    function()
    assert capsys.readouterr().out == "5\n"
    import random

    assert function.__globals__["pick"].__self__ is random._inst  # type: ignore[attr-defined]


def test_a_module_that_the_user_takes_by_value_stays_so(own: Own) -> None:
    tools = own("def go(): return 1", "taken_by_the_user")
    handlers = own("from taken_by_the_user import go\nexec('def f(): return go()')")
    cloudpickle.register_pickle_by_value(tools)
    try:
        capture.capture(handlers.f)
        assert "taken_by_the_user" in cloudpickle.list_registry_pickle_by_value()
    finally:
        cloudpickle.unregister_pickle_by_value(tools)


# The versions of cloudpickle


def allowed() -> SpecifierSet:
    """The versions that the package may be installed with."""
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())["project"]
    (found,) = [
        requirement.specifier
        for requirement in map(Requirement, project["dependencies"])
        if requirement.name == "cloudpickle"
    ]
    return found


def test_cloudpickle_is_bounded_above_and_this_is_one_of_the_versions_allowed() -> None:
    assert any(bound.operator in ("<", "<=") for bound in allowed())
    assert cloudpickle.__version__ in allowed()
    assert "99" not in allowed()


def test_one_name_of_cloudpickles_own_is_used() -> None:
    text = Path(str(fallback.__file__)).read_text()
    assert re.findall(r'internals\.(\w+)|internals, "(\w+)"', text) == [
        ("", "_DYNAMIC_CLASS_TRACKER_BY_CLASS")
    ]
    assert not re.search(r"cloudpickle\._[a-zA-Z]", text)


def test_a_cloudpickle_that_lacks_it_is_named_with_the_way_out(own: Own) -> None:
    handlers = own("exec('def f(): return 1')")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cloudpickle, "__version__", "99.0")
        patch.delattr(internals, "_DYNAMIC_CLASS_TRACKER_BY_CLASS")
        importlib.reload(fallback)
        with pytest.raises(CaptureError, match=r"there is no|is not what") as caught:
            capture.capture(handlers.f)
    importlib.reload(fallback)
    assert "no pickle can be made with cloudpickle 99.0: it is newer than this package knows" in str(
        caught.value
    )
    assert capture.capture(handlers.f).form == "bytecode"
