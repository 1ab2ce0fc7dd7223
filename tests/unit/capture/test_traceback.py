"""Tracebacks of rebuilt functions: the user's own file, lines and text."""

from __future__ import annotations

import linecache
import traceback
import types
from collections.abc import Callable
from typing import Any

import pytest

from arcapix.fs.gpfs import capture
from arcapix.fs.gpfs.driver import source_lines
from arcapix.fs.gpfs.driver import traceback as driver_traceback
from arcapix.fs.gpfs.driver.rebuild import rebuild

Own = Callable[..., types.ModuleType]

HANDLERS = """\
    import json

    LIMIT = 4


    class Tool:
        def check(self, rows):
            # a comment

            return [self.inner(row)
                    for row in rows]

        def inner(self, row):
            return (row +
                    missing(row))


    def outer(rows):
        try:
            Tool().check(rows)
        except NameError as error:
            raise ValueError(f"above {LIMIT}") from error


    def grouped():
        raise ExceptionGroup("all", [ValueError(1), KeyError(2)])


    bad = lambda: json.loads("{")
"""


def failing(function: object, *arguments: object) -> tuple[BaseException, bytes]:
    captured = capture.capture(function)
    rebuilt, _ = rebuild(captured.body, captured.form)
    with pytest.raises(Exception) as caught:
        rebuilt(*arguments)
    return caught.value, captured.body


def shown(error: BaseException, body: bytes) -> str:
    source_lines.fill(linecache.cache, body)
    return driver_traceback.render(error)


def test_a_traceback_shows_the_users_file_lines_and_text(own: Own) -> None:
    error, body = failing(own(HANDLERS).outer, [1])
    text = shown(error, body)
    assert '  File "handlers.py", line 20, in outer\n    Tool().check(rows)\n' in text
    assert '  File "handlers.py", line 10, in check\n    return [self.inner(row)\n' in text
    assert '  File "handlers.py", line 15, in inner\n    missing(row))\n' in text
    assert "NameError: name 'missing' is not defined" in text
    assert '  File "handlers.py", line 22, in outer\n    raise ValueError' in text
    assert text.endswith("ValueError: above 4\n")
    assert "<string>" not in text


def test_a_traceback_says_what_python_itself_would_have_said(own: Own) -> None:
    handlers = own(HANDLERS)
    error, body = failing(handlers.outer, [1])
    with pytest.raises(ValueError) as caught:
        handlers.outer([1])
    wanted = "".join(traceback.format_exception(caught.value)).replace(str(handlers.__file__), "handlers.py")
    assert _without_own_frames(shown(error, body)) == _without_own_frames(wanted)


def _without_own_frames(text: str) -> list[str]:
    kept, own = [], False
    for line in text.splitlines():
        if line.startswith("  File "):
            own = "test_traceback.py" in line
        elif not line.startswith("    "):
            own = False
        if not own:
            kept.append(line)
    return kept


def test_the_frames_of_the_library_stay_as_they_are(own: Own) -> None:
    error, body = failing(own(HANDLERS).bad)
    text = shown(error, body)
    assert 'File "handlers.py", line 29, in <lambda>\n    bad = ' not in text
    assert 'File "handlers.py", line 29, in <lambda>' in text
    assert "json/__init__.py" in text


def test_a_group_of_exceptions_is_shown_whole(own: Own) -> None:
    error, body = failing(own(HANDLERS).grouped)
    text = shown(error, body)
    assert 'File "handlers.py", line 26, in grouped' in text
    assert "ValueError: 1" in text and "KeyError: 2" in text


def test_functions_of_two_files_are_told_apart(own: Own) -> None:
    own("\n\ndef helper(): return 1 / 0", "other_tools")
    error, body = failing(own("from other_tools import helper\ndef f(): return helper()").f)
    text = shown(error, body)
    assert 'File "handlers.py", line 2, in f' in text
    assert 'File "other_tools.py", line 3, in helper' in text


def test_a_nested_function_and_its_file_are_one_file(own: Own) -> None:
    handlers = own("def helper(): return 1 / 0\ndef make():\n    def f(): return helper()\n    return f")
    error, body = failing(handlers.make())
    text = shown(error, body)
    assert 'File "handlers.py", line 3, in f' in text
    assert 'File "handlers.py", line 1, in helper' in text
    assert b"__future__" not in body


def test_two_files_of_one_name_keep_their_own_lines(own: Own) -> None:
    own("def helper(): return 1 / 0", "pkg.same")
    error, body = failing(own("from pkg.same import helper\ndef f(): return helper()", "same").f)
    text = shown(error, body)
    assert 'File "same.py", line 2, in f\n    def f(): return helper()' in text
    assert "line 1, in helper\n    def helper(): return 1 / 0" in text


def test_an_import_that_fails_is_shown(own: Own) -> None:
    own("LIMIT = 1", "here_only")
    body = capture.capture(own("import json\ndef f(): return json").f).body.replace(
        b"import json", b"import jsno"
    )
    with pytest.raises(ImportError) as caught:
        rebuild(body, "source")
    text = shown(caught.value, body)
    assert 'File "handlers.py, imports", line 2, in <module>\n    import jsno\n' in text


def test_without_a_body_the_traceback_is_the_usual_one() -> None:
    try:
        raise ValueError("before anything was rebuilt")
    except ValueError as error:
        assert driver_traceback.render(error).endswith("ValueError: before anything was rebuilt\n")


def test_the_frames_of_the_driver_that_lead_to_the_user_are_left_out(own: Own) -> None:
    error, body = failing(own(HANDLERS).outer, [1])
    trace: Any = error.__traceback__
    own_frame: dict[str, Any] = {}
    path = str(driver_traceback.__file__).replace("traceback", "main")
    exec(compile("def call(error):\n    raise error", path, "exec"), own_frame)
    try:
        own_frame["call"](error.with_traceback(trace.tb_next))
    except ValueError as again:
        text = shown(again.with_traceback(again.__traceback__.tb_next), body)  # type: ignore[union-attr]
    assert "main.py" not in text
    assert "line 22, in outer" in text


@pytest.mark.parametrize("character", "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029", ids=ascii)
def test_a_character_that_ends_no_line_in_a_program_leaves_lines_whole(character: str, own: Own) -> None:
    handlers = own(f"# {character}\ndef f():\n    x = '{character}'\n    return 'ü{character}b' + missing\n")
    error, body = failing(handlers.f)
    lines = shown(error, body).split("\n")
    assert '  File "handlers.py", line 4, in f' in lines
    (failed,) = (line for line in lines if "missing" in line and "return" in line)
    assert failed.split() == ["return", "'ü", "b'", "+", "missing"]
    marks = lines[lines.index(failed) + 1]
    assert marks.index("^") == failed.index("missing")
