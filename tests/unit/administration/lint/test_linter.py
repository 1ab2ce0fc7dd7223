from __future__ import annotations

import sys
from pathlib import Path

import pytest

from arcapix.fs.gpfs.administration.lint.linter import NoPython, lint, lint_text

BAD = "import sys\ndef f(fsName):\n    print(sys.argv){comment}\n    input()\n"


def codes(text: str) -> list[str]:
    return [one.code for one in lint_text(text.encode(), "x.py").findings]


def test_a_finding_says_where_it_is_and_what_to_do():
    (first, second) = lint_text(BAD.format(comment="").encode(), "x.py").findings
    assert (first.line, first.column, first.code) == (3, 11, "GP301")
    assert str(first).startswith("x.py:3:11: GP301 reads sys.argv, ")
    assert str(first).endswith(" — keep what it needs in a global: that travels")
    assert second.fields()["line"] == 4


@pytest.mark.parametrize(
    ("comment", "kept"),
    [
        ("  # noqa: GP301", ["GP304"]),
        ("  # noqa: E501, GP301  # why", ["GP304"]),
        ("  # noqa:GP301,GP302", ["GP304"]),
        ("  # noqa: GP302", ["GP301", "GP304"]),
        ("  # noqa", ["GP301", "GP304"]),
        ("  # GP301", ["GP301", "GP304"]),
    ],
)
def test_a_comment_silences_the_rules_that_it_names_on_its_line(comment, kept):
    assert codes(BAD.format(comment=comment)) == kept


def test_nothing_of_a_file_is_executed(tmp_path):
    file = tmp_path / "handlers.py"
    file.write_text(
        "import unittest.__main__, not_there\n"
        "from arcapix.fs.gpfs import Cluster\n"
        f"open({str(tmp_path / 'made')!r}, 'w')\n"
        "thing = unittest.__main__.Foo()\n"
        "def f(fsName, x=open('/dev/null/no')) -> not_there.X:\n"
        "    print(thing)\n"
        "Cluster().onMount.new('a', f)\n"
    )
    assert lint(file).handlers == 1
    assert not (tmp_path / "made").exists()
    assert "not_there" not in sys.modules and "handlers" not in sys.modules


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"def f(:\n", "x.py:1:7: does not parse: "),
        (b"x = 1\n  y = 2\n", "x.py:2:"),
        (b"\0", "does not parse: "),
        (b"# -*- coding: nothing -*-\n", "does not parse: "),
        (b"\xff = 1\n", "does not parse: "),
    ],
)
def test_what_is_no_python_is_said_with_its_line(text, said):
    with pytest.raises(NoPython) as caught:
        lint_text(text, "x.py")
    assert said in str(caught.value)
    assert caught.value.exit_status == 2


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(NoPython, match="cannot be read: No such file or directory"):
        lint(tmp_path / "none.py")


def test_texts_in_other_encodings_are_read():
    text = "# -*- coding: latin-1 -*-\ndef f(fsName):\n    print('é', input())\n".encode("latin-1")
    assert [one.code for one in lint_text(text, "x.py").findings] == ["GP304"]


def test_findings_stand_in_the_order_of_their_lines_each_once():
    assert codes("def f(fsName):\n    h()\ndef g(fsName):\n    h()\ndef h():\n    input()\n") == ["GP304"]


@pytest.mark.parametrize(
    "example", sorted(Path(__file__).parents[4].glob("examples/*.py")), ids=lambda path: path.name
)
def test_nothing_is_found_in_the_examples(example):
    assert lint(example).findings == ()
