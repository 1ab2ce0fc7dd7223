"""What has gone wrong before, or nearly: each of these once gave another code, another value or another object."""

from __future__ import annotations

import gc
import importlib.util
import os
import re
import subprocess
import sys
import textwrap
import types
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from arcapix.fs.gpfs import capture
from arcapix.fs.gpfs.driver.rebuild import rebuild
from arcapix.fs.gpfs.exceptions import CaptureError

Own = Callable[..., types.ModuleType]
Again = Callable[..., Any]


def test_a_method_of_a_name_that_is_imported_at_the_top_compiles_as_it_did(own: Own, again: Again) -> None:
    handlers = own("""
        import json

        def shadowing(json):
            return json.upper()

        def using():
            return json.dumps([1])
    """)
    assert again(handlers.shadowing)("a") == "A"
    assert again(handlers.using)() == "[1]"


def test_super_is_found_where_the_top_level_mentions_it(own: Own, again: Again) -> None:
    handlers = own("""
        builtin_super = super

        class A:
            def go(self): return "A"

        class B(A):
            def go(self): return super().go() + "B"

        def run(): return B().go()
    """)
    assert again(handlers.run)() == "AB"


def test_a_class_in_a_function_may_stand_on_a_line_whose_number_it_uses(own: Own, again: Again) -> None:
    handlers = own("""
        def one():
            class Q:
                a = 3; b = 4; c = 5
            return Q.a, Q.b, Q.c, Q.__qualname__
    """)
    assert again(handlers.one)() == (3, 4, 5, "one.<locals>.Q")


def test_a_recursive_closure_is_one_object(own: Own, again: Again) -> None:
    handlers = own("""
        def make(base):
            def count(n): return base if n == 0 else count(n - 1)
            return count
        count = make(7)
    """)
    count = again(handlers.count)
    assert count(3) == 7
    assert count.__closure__[1].cell_contents is count


def test_two_closures_share_their_cell(own: Own, again: Again) -> None:
    handlers = own("""
        def make():
            n = 0
            def add():
                nonlocal n
                n += 1
            def get(): return n
            return add, get
        add, get = make()
        def both(): add(); add(); return get(), add.__closure__[0] is get.__closure__[0]
    """)
    assert again(handlers.both)() == (2, True)


def test_an_empty_cell_stays_empty(own: Own, again: Again) -> None:
    handlers = own("""
        def make():
            def late(): return value
            if False: value = 1
            return late
        late = make()
    """)
    with pytest.raises(NameError):
        again(handlers.late)()


def test_a_mangled_free_variable_is_found(own: Own, again: Again) -> None:
    handlers = own("""
        class C:
            def make(self):
                __hidden = 4
                def inner(): return __hidden
                return inner
        inner = C().make()
    """)
    assert again(handlers.inner)() == 4


def test_of_three_lambdas_on_a_line_the_right_one_is_taken(own: Own, again: Again) -> None:
    handlers = own("""
        fs = [lambda x: x + 1, lambda x: x + 2, lambda x, f=lambda y: y * 10: f(x)]
        class C: key = lambda self: "in a class"
        texts = [f"{(lambda x: x - 1)(5)}", [(lambda x, k=k: x + k) for k in (7, 8)]]
    """)
    assert [again(f)(1) for f in handlers.fs] == [2, 3, 10]
    assert again(handlers.C().key)() == "in a class"
    assert [again(f)(1) for f in handlers.texts[1]] == [8, 9]


def test_strings_keep_their_columns_and_odd_comments_do_no_harm(own: Own, again: Again) -> None:
    lines = [
        "if True:", "\tdef outer(a):", "\t\tdef inner(x):", "# at the margin", "\t\t\ts = '''one", "  two", "\tthree'''",
        "\t\t\treturn s, x + \\", "1", "\t\treturn inner", "\tinner = outer(1)",
    ]  # fmt: skip
    handlers = own("\n".join(lines))
    assert again(handlers.inner)(1) == ("one\n  two\n\tthree", 2)


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        (b"def f():\r\n    return '''a\r\nb'''\r\n", "a\nb"),
        ("# -*- coding: latin-1 -*-\nx = 'ä'\ndef f(): return 'ü' + x\n".encode("latin-1"), "üä"),
        ("é = 'x'; ß = lambda: 'ü' + é\nf = ß\n".encode(), "üx"),
        ("\ufeffdef f(): return 'after a byte order mark'\n".encode(), "after a byte order mark"),
    ],
)
def test_files_are_decoded_as_python_does(data: bytes, wanted: str, tmp_path: Path, again: Again) -> None:
    path = tmp_path / "odd.py"
    path.write_bytes(data)
    namespace: dict[str, Any] = {"__name__": "odd"}
    exec(compile(data, str(path), "exec", dont_inherit=True), namespace)
    assert again(namespace["f"])() == wanted


def test_a_future_import_holds_for_its_own_file_only(own: Own, again: Again) -> None:
    own(
        "from __future__ import annotations\ndef lazy():\n    def g(x: Nope): pass\n    return g.__annotations__",
        "lazy_one",
    )
    handlers = own("""
        from lazy_one import lazy
        def eager():
            def g(x: int): pass
            return g.__annotations__
        def both(): return lazy(), eager()
    """)
    assert again(handlers.both)() == ({"x": "Nope"}, {"x": int})


def test_hooks_of_classes_ran_once_and_do_not_run_again(own: Own, again: Again) -> None:
    handlers = own("""
        calls = []
        class Meta(type):
            def __new__(m, n, b, d): calls.append("new " + n); return super().__new__(m, n, b, d)
            def __init__(c, n, b, d): calls.append("init " + n)
        class Field:
            def __set_name__(self, owner, name): calls.append("set " + name)
        class Base(metaclass=Meta):
            def __init_subclass__(cls): calls.append("sub " + cls.__name__)
        class Derived(Base):
            z = Field(); a = 1; m = 2
        def run(): return calls, [n for n in vars(Derived) if not n.startswith("__")]
    """)
    before = list(handlers.calls)
    assert again(handlers.run)() == (before, ["z", "a", "m"])
    assert handlers.calls == before


def test_a_method_of_a_dataclass_is_not_taken_for_generated_because_of_its_file(again: Again) -> None:
    import linecache

    text = textwrap.dedent("""
        from dataclasses import dataclass
        @dataclass(frozen=True)
        class P:
            x: int
            def __repr__(self): return "own"
        def run(): return repr(P(1)), P(1) == P(1)
    """)
    linecache.cache["<string>"] = (len(text), None, text.splitlines(True), "<string>")
    try:
        namespace: dict[str, Any] = {"__name__": "typed"}
        exec(compile(text, "<string>", "exec", dont_inherit=True), namespace)
        assert again(namespace["run"])() == ("own", True)
    finally:
        del linecache.cache["<string>"]


def test_a_global_that_is_only_named_like_an_attribute_is_not_captured(own: Own, again: Again) -> None:
    handlers = own("""
        import threading
        data = threading.Lock()
        class Row: data = 5
        def run(): return Row.data
    """)
    assert again(handlers.run)() == 5


def test_a_submodule_that_is_reached_through_its_package_is_imported(own: Own) -> None:
    handlers = own("""
        import xml.dom.minidom
        def run(): return xml.dom.minidom.parseString("<a/>").documentElement.tagName
    """)
    body = capture.capture(handlers.run).body
    assert b"import xml.dom.minidom" in body


def test_objects_travel_under_their_shortest_public_name(own: Own) -> None:
    handlers = own("""
        import json.encoder, pathlib, os.path, functools
        encode = json.encoder.c_make_encoder
        kind = type(pathlib.Path("/"))
        join = os.path.join
        table = {1: encode, 2: kind, 3: join, 4: functools.lru_cache, 5: print, 6: dict.fromkeys}
        def run(): return table
    """)
    body = capture.capture(handlers.run).body
    assert b"pathlib._local" not in body and b"posixpath" not in body
    function, _ = rebuild(body, "source")
    assert function() == handlers.table


def test_a_value_may_be_made_by_a_captured_function(own: Own, again: Again) -> None:
    handlers = own("""
        FACTOR = 3
        def make(x): return Box(x * FACTOR // FACTOR)
        class Box:
            def __init__(self, x): self.x = x
            def __reduce__(self): return make, (self.x,)
        box = Box(4)
        def run(): return box.x
    """)
    assert again(handlers.run)() == 4


def test_a_cycle_through_a_tuple_keeps_its_identity(own: Own, again: Again) -> None:
    handlers = own(
        "items = []; pair = (items, 1); items.append(pair)\ndef run(): return pair[0][0] is pair, items is pair[0]"
    )
    assert again(handlers.run)() == (True, True)


def test_an_object_that_is_a_key_in_its_own_state_is_refused(own: Own) -> None:
    handlers = own("""
        class N:
            def __init__(self): self.peers = {self: 1}
            def __hash__(self): return 5
        n = N()
        def run(): return n
    """)
    with pytest.raises(CaptureError, match="a key inside itself"):
        capture.capture(handlers.run)


def test_a_file_that_was_changed_after_the_import_gives_bytecode(own: Own, tmp_path: Path) -> None:
    handlers = own("def f(): return 1")
    (tmp_path / "handlers.py").write_text("def f(): return 2")
    captured = capture.capture(handlers.f)
    assert captured.form == "bytecode"
    assert any("is not what was compiled" in warning for warning in captured.warnings)
    assert rebuild(captured.body, captured.form)[0]() == 1


def test_a_file_that_was_shifted_after_the_import_still_gives_source(
    own: Own, tmp_path: Path, again: Again
) -> None:
    handlers = own("def f(): return 1")
    (tmp_path / "handlers.py").write_text("import os\n\n\ndef g(): return 2\n\n\ndef f(): return 1\n")
    assert again(handlers.f)() == 1


def test_text_in_a_zip_file_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, again: Again) -> None:
    with zipfile.ZipFile(tmp_path / "tools.zip", "w") as archive:
        archive.writestr("zipped_tools.py", "def f(x): return x + 'z'  # \u2028 ends no line\n")
    monkeypatch.syspath_prepend(tmp_path / "tools.zip")
    import zipped_tools  # type: ignore[import-not-found]

    assert again(zipped_tools.f)("a") == "az"


def test_text_that_was_typed_into_ipython_is_found_even_if_it_is_no_longer_remembered(again: Again) -> None:
    cells = ["", "def f(): return 1", "def f(): return '\u2028'", "def g(): return f()"]
    namespace: dict[str, Any] = {"__name__": "__main__", "In": cells}
    for number, cell in enumerate(cells):
        exec(compile(cell, f"<ipython-input-{number}-6a3e>", "exec"), namespace)
    assert again(namespace["g"])() == "\u2028"


def test_a_file_whose_name_is_not_utf_8_has_a_text(tmp_path: Path, again: Again) -> None:
    path = os.fsdecode(os.fsencode(tmp_path) + b"/h\xe4ndler.py")
    Path(path).write_text("def f(): return 1")
    spec = importlib.util.spec_from_file_location("handler", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert again(module.f)() == 1
    (unit,) = capture.describe(capture.capture(module.f).body, "source").units
    assert unit.file == "h\\udce4ndler.py"


def test_a_module_without_its_text_gives_bytecode(tmp_path: Path) -> None:
    import py_compile

    (tmp_path / "bare.py").write_text("def f(): return 5")
    compiled = py_compile.compile(str(tmp_path / "bare.py"), cfile=str(tmp_path / "bare.pyc"))
    (tmp_path / "bare.py").unlink()
    spec = importlib.util.spec_from_file_location("bare", compiled)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    captured = capture.capture(module.f)
    assert captured.form == "bytecode"
    assert any("no source text of 'f'" in warning for warning in captured.warnings)


PRINT_FORM = """
import sys
sys.path.append({root!r})
def f(): return 1
from arcapix.fs.gpfs import capture
print(capture.capture(f).form)
"""


def test_text_given_on_the_command_line_is_source_from_3_13_on() -> None:
    root = str(Path(capture.__file__).parents[4])
    program = PRINT_FORM.format(root=root)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ("source" if sys.version_info >= (3, 13) else "bytecode")


def test_a_script_that_has_left_its_folder_is_found(tmp_path: Path) -> None:
    root = str(Path(capture.__file__).parents[4])
    program = PRINT_FORM.format(root=root).replace("def f", "import os; os.chdir('/')\ndef f")
    (tmp_path / "script.py").write_text(program)
    done = subprocess.run(
        [sys.executable, "script.py"], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout.strip() == "source"


def test_rewritten_asserts_give_bytecode() -> None:
    def checked(x: int) -> int:
        assert x == 1
        return x

    assert capture.capture(checked).form == "bytecode"


def test_code_is_found_while_a_tracer_watches(own: Own, again: Again) -> None:
    handlers = own("def f(x): return [y for y in range(x)]")
    tracer = sys.gettrace()
    sys.settrace(lambda *_: None)
    try:
        handlers.f(3)
        assert again(handlers.f)(2) == [0, 1]
    finally:
        sys.settrace(tracer)


def test_a_generator_that_may_be_awaited_stays_one(own: Own, again: Again) -> None:
    handlers = own("import types\n@types.coroutine\ndef pause():\n    yield 1\ndef run(): return pause")
    assert again(handlers.run)().__code__.co_flags & 0x100


@pytest.mark.parametrize("level", ["-O", "-OO"])
def test_an_optimised_installer_is_warned(level: str, tmp_path: Path) -> None:
    root = str(Path(capture.__file__).parents[4])
    program = PRINT_FORM.format(root=root) + "print(capture.capture(f).warnings)\n"
    (tmp_path / "script.py").write_text(program.replace("return 1", "'doc'; assert 0; return 1"))
    done = subprocess.run(
        [sys.executable, level, "script.py"], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout.startswith("source")
    assert "under -O" in done.stdout


def test_code_with_a_doubtful_escape_warns_of_nothing_at_the_event(tmp_path: Path) -> None:
    path = tmp_path / "escapes.py"
    path.write_text("def f(): return '\\d'\n")
    namespace: dict[str, Any] = {"__name__": "escapes"}
    with pytest.warns((SyntaxWarning, DeprecationWarning)):
        exec(compile(path.read_text(), str(path), "exec", dont_inherit=True), namespace)
    captured = capture.capture(namespace["f"])
    program = (
        "import sys; p = type(sys)('arcapix_driver'); p.__path__ = [sys.argv[1]]; sys.modules['arcapix_driver'] = p\n"
        "from arcapix_driver.rebuild import rebuild\nbody = bytes.fromhex(sys.argv[2])\n"
        "print(rebuild(body, 'source', compiled=[])[0]())\n"
    )
    package = str(Path(capture.__file__).parents[1] / "driver")
    done = subprocess.run(
        [sys.executable, "-Walways", "-IS", "-c", program, package, captured.body.hex()],
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.stderr) == ("\\d\n", "")


def test_two_modules_may_use_the_same_name_for_different_things(own: Own, again: Again) -> None:
    own("LIMIT = 1\ndef low(): return LIMIT", "low_tools")
    own("LIMIT = 2\ndef high(): return LIMIT", "high_tools")
    handlers = own(
        "from low_tools import low\nfrom high_tools import high\nLIMIT = 3\ndef run(): return low(), high(), LIMIT"
    )
    assert again(handlers.run)() == (1, 2, 3)


def test_a_global_that_one_function_writes_is_read_by_the_other(own: Own, again: Again) -> None:
    handlers = own("""
        def write():
            global seen
            seen = 5
        def run(): write(); return seen
    """)
    assert capture.capture(handlers.run).warnings == ()
    assert again(handlers.run)() == 5


def test_a_changed_docstring_travels(own: Own, again: Again) -> None:
    handlers = own("def f():\n    'as written'\nf.__doc__ = 'as changed'\ndef g():\n    'as written'")
    assert again(handlers.f).__doc__ == "as changed"
    assert again(handlers.g).__doc__ == "as written"


@pytest.mark.parametrize("word", ["eval('1')", "exec('1')", "globals()", "vars()", "inspect.stack()"])
def test_what_capture_cannot_see_through_is_warned_of(word: str, own: Own) -> None:
    handlers = own(f"import inspect\ndef f(): return {word}")
    (warning,) = capture.capture(handlers.f).warnings
    assert "names that only it reaches are not captured" in warning


def test_an_attribute_called_eval_is_nothing_to_warn_of(own: Own) -> None:
    handlers = own("class Frame:\n    def eval(self, x): return x\ndef f(): return Frame().eval(1)")
    assert capture.capture(handlers.f).warnings == ()


def test_a_name_that_something_put_among_the_builtins_travels(
    own: Own, again: Again, monkeypatch: pytest.MonkeyPatch
) -> None:
    import builtins

    handlers = own("def translated(text): return text.upper()\ndef f(): return _('a')")
    monkeypatch.setattr(builtins, "_", handlers.translated, raising=False)
    function = again(handlers.f)
    monkeypatch.undo()
    assert function() == "A"


def test_whatever_a_program_put_among_the_builtins_travels_and_is_told(
    own: Own, again: Again, monkeypatch: pytest.MonkeyPatch
) -> None:
    import builtins

    handlers = own("""
        class Trace:
            def __call__(self, *values): return values
        class Base: pass
        def shown(value): return str(value)
        def f(): return trace(1, LIMIT), Root().__class__.__name__, text(2), exit, help, OSError, IOError, len, NotImplemented
    """)
    added = {"trace": handlers.Trace(), "LIMIT": 90, "Root": handlers.Base, "text": handlers.shown}
    for name, value in added.items():
        monkeypatch.setattr(builtins, name, value, raising=False)
    captured = capture.capture(handlers.f)
    monkeypatch.undo()
    assert rebuild(captured.body, "source")[0]()[:3] == ((1, 90), "Base", "2")
    warned = [warning for warning in captured.warnings if "comes from builtins" in warning]
    assert [next(name for name in added if f"{name!r} of 'f'" in warning) for warning in warned] == sorted(
        added
    )


def test_the_folder_of_the_file_does_not_change_the_body(tmp_path: Path) -> None:
    bodies = []
    for folder in ("one", "another"):
        path = tmp_path / folder / "same.py"
        path.parent.mkdir()
        path.write_text("def f(): return 1\n")
        namespace: dict[str, Any] = {"__name__": "__main__"}
        exec(compile(path.read_text(), str(path), "exec", dont_inherit=True), namespace)
        bodies.append(capture.capture(namespace["f"]).body)
    assert bodies[0] == bodies[1]
    assert os.fsencode(tmp_path) not in bodies[0]
    assert re.search(rb"#same\.py\n", bodies[0])


def test_a_garbage_collection_at_any_moment_changes_nothing(own: Own) -> None:
    handlers = own("""
        import enum
        from dataclasses import dataclass
        from typing import NamedTuple
        class Point(NamedTuple):
            x: int
            y: int = 4
            def sum(self): return self.x + self.y
        class Level(enum.IntFlag):
            LOW = 1
            HIGH = 2
        @dataclass(frozen=True)
        class Place:
            name: str
            level: Level = Level.LOW
        def f(): return Point(1).sum(), Place("a"), Level.HIGH
    """)
    usual = capture.capture(handlers.f).body
    gc.freeze()
    sys.setprofile(lambda *_: gc.collect() and None)
    try:
        again = capture.capture(handlers.f).body
    finally:
        sys.setprofile(None)
        gc.unfreeze()
    assert again == usual


def test_a_text_that_marks_something_is_the_same_wherever_it_is_compared(own: Own, again: Again) -> None:
    handlers = own("""
        MISSING = "<missing value>"
        MARK = b"a mark"
        class Settings: unset = MISSING
        table = {"a": MISSING, "b": [MARK]}
        def get(value=MISSING): return value is MISSING
        def f(): return get(), Settings.unset is MISSING, table["a"] is MISSING, table["b"][0] is MARK, get("x")
    """)
    assert again(handlers.f)() == (True, True, True, True, False)
