"""Functions that an administrator names: ``FILE.py:name`` and ``package.module:name``."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from arcapix.fs.gpfs.administration import functions
from arcapix.fs.gpfs.exceptions import GPFSError, NotFound


def load(text: object) -> object:
    with functions.loaded(str(text)) as function:
        return function


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "low_space.py"
    path.write_text(
        "import besides\n\nLIMIT = 3\n\ndef mail(): return besides.text()\n\nclass Pager:\n    def page(): pass\n"
    )
    (tmp_path / "besides.py").write_text("def text(): return 'from besides'\n")
    return path


def test_a_function_of_a_file_finds_what_lies_beside_the_file(file):
    with functions.loaded(f"{file}:mail") as mail:
        assert mail() == "from besides"
        assert (mail.__module__, mail.__name__) == ("low_space", "mail")
        assert sys.path[0] == str(file.parent)


def test_nothing_is_left_of_the_file_afterwards(file):
    before = list(sys.path), set(sys.modules)
    load(f"{file}:mail")
    assert (sys.path, set(sys.modules)) == before


def test_a_function_of_a_module_is_found_and_so_is_one_within_a_class(file):
    assert load("posixpath:join") is sys.modules["posixpath"].join
    assert load(f"{file}:Pager.page").__qualname__ == "Pager.page"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("low_space.py:mail", "no file 'low_space.py'"),
        (
            "{folder}/low_spice.py:mail",
            "no file '{folder}/low_spice.py'; did you mean '{folder}/low_space.py'?",
        ),
        ("{folder}/low_space.py:mial", "no function 'mial'; did you mean 'mail'?"),
        ("{folder}/low_space.py:Pager.pag", "no function 'pag'; did you mean 'page'?"),
        ("posixpath:jion", "no function 'jion'; did you mean 'join'?"),
    ],
)
def test_what_is_not_there_is_told_with_what_is_nearest(file, text, said):
    with pytest.raises(NotFound) as caught:
        load(text.format(folder=file.parent))
    assert str(caught.value) == said.format(folder=file.parent)


def test_a_module_that_python_does_not_have_is_named_with_that_python():
    with pytest.raises(
        GPFSError, match=f"^{sys.executable} has no module 'sitez'; install it there, or give FILE.py"
    ):
        load("sitez.events:tell")


@pytest.mark.parametrize("text", ["mail", ":mail", "low_space.py:", "low_space.py"])
def test_a_text_of_another_form_is_refused_with_both_forms(text):
    with pytest.raises(ValueError, match=r"names no function; give FILE\.py:name or package\.module:name$"):
        load(text)


def test_what_cannot_be_called_is_refused_by_its_type(file):
    with pytest.raises(GPFSError, match=r"^'LIMIT' in .*low_space\.py is of type int, and cannot be called$"):
        load(f"{file}:LIMIT")


def test_a_file_that_fails_is_told_by_its_own_lines_alone(file):
    file.write_text("def broken():\n    raise ValueError('no disk')\n\nbroken()\n")
    with pytest.raises(GPFSError) as caught:
        load(f"{file}:mail")
    assert str(caught.value).splitlines() == [
        f"{file} cannot be loaded, it raised ValueError:",
        "Traceback (most recent call last):",
        f'  File "{file}", line 4, in <module>',
        "    broken()",
        *[line for line in str(caught.value).splitlines() if "~" in line or "^" in line],
        f'  File "{file}", line 2, in broken',
        "    raise ValueError('no disk')",
        "ValueError: no disk",
    ]


def test_a_folder_that_is_called_like_a_module_of_python_hides_no_line(tmp_path):
    folder = tmp_path / "importlib"
    folder.mkdir()
    (folder / "broken.py").write_text("raise ValueError('no disk')\n")
    with pytest.raises(GPFSError, match=r'File ".*/importlib/broken\.py", line 1'):
        load(f"{folder}/broken.py:mail")


def test_a_file_that_ends_the_program_or_is_no_python_is_told_too(file):
    file.write_text("raise SystemExit(3)\n")
    with pytest.raises(GPFSError, match="it raised SystemExit:"):
        load(f"{file}:mail")
    file.write_text("def mail(:\n")
    with pytest.raises(GPFSError, match=r'it raised SyntaxError:\n  File ".*low_space\.py", line 1'):
        load(f"{file}:mail")


def test_a_file_that_would_hide_a_module_of_python_is_refused(tmp_path):
    (tmp_path / "email.py").write_text("def mail(): pass\n")
    with pytest.raises(
        GPFSError, match=r"email\.py is called like a module of Python's, 'email'.*; rename it$"
    ):
        load(f"{tmp_path}/email.py:mail")


def test_an_absolute_path_is_a_script_unless_it_names_a_function():
    assert functions.is_script("/usr/local/bin/mail")
    assert functions.is_script("/srv/mail.py")
    assert not functions.is_script("/srv/mail.py:mail")
    assert not functions.is_script("mail.py:mail")
