"""Secrets: those that travel by their place, and the warning about the others."""

from __future__ import annotations

import pickle
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path

import pytest

from arcapix.fs.gpfs import capture
from arcapix.fs.gpfs.capture import Secret
from arcapix.fs.gpfs.capture.secret_names import looks_secret, named_in
from arcapix.fs.gpfs.driver.rebuild import rebuild

Own = Callable[..., types.ModuleType]


def test_a_secret_is_read_when_it_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "key"
    secret = Secret.file(str(place))
    place.write_text("hunter2\n")
    assert secret.value == "hunter2"
    place.write_text("changed\r\n")
    assert secret.value == "changed"
    monkeypatch.setenv("SMTP_PASSWORD", "from the environment")
    assert Secret.env("SMTP_PASSWORD").value == "from the environment"


def test_a_secret_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        _ = Secret.file(str(tmp_path / "none")).value
    with pytest.raises(LookupError, match="'NOT_SET_ANYWHERE', a secret, is not set"):
        _ = Secret.env("NOT_SET_ANYWHERE").value


def test_no_text_of_a_secret_shows_its_value(tmp_path: Path) -> None:
    place = tmp_path / "key"
    place.write_text("hunter2")
    secret = Secret.file(str(place))
    assert "hunter2" not in f"{secret!r} {secret}" + repr(pickle.dumps(secret))
    assert repr(secret) == f"Secret.file({str(place)!r})"


def test_a_secret_is_made_by_its_place_and_stays_as_it_is() -> None:
    with pytest.raises(TypeError, match=r"Secret\.file"):
        Secret()
    with pytest.raises(ValueError, match="not an absolute path"):
        Secret.file("key")
    with pytest.raises(AttributeError):
        Secret.env("A")._place = "B"  # type: ignore[misc]
    assert Secret.env("A") == Secret.env("A") != Secret.file("/A")
    assert len({Secret.env("A"), Secret.env("A")}) == 1


def test_a_secret_travels_by_its_place(own: Own, tmp_path: Path) -> None:
    place = tmp_path / "key"
    place.write_text("hunter2")
    handlers = own(f"""
        from arcapix.fs.gpfs import Secret
        password = Secret.file({str(place)!r})
        def f(): return password.value
    """)
    captured = capture.capture(handlers.f)
    assert captured.form == "source"
    assert captured.warnings == ()
    assert b"hunter2" not in captured.body
    assert rebuild(captured.body, captured.form)[0]() == "hunter2"


def test_a_node_that_reads_a_secret_loads_nothing_of_the_installer() -> None:
    program = (
        "import sys; sys.path.append(sys.argv[1])\n"
        "from arcapix.fs.gpfs.capture import Secret\nSecret.env('A')\n"
        "print(*[name for name in sys.modules if name in ('ast', 'dis', 'dataclasses', 'cloudpickle', 'tokenize')])"
    )
    root = str(Path(capture.__file__).parents[4])
    done = subprocess.run(
        [sys.executable, "-IS", "-c", program, root], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "PASSWORD",
        "smtp_password",
        "smtpPassword",
        "passwd",
        "DB_PASSWD",
        "secret",
        "clientSecret",
        "SECRET",
        "token",
        "ACCESS_TOKEN_KEY",
        "authToken",
        "credential",
        "credentials",
        "api_key",
        "apiKey",
        "APIKey",
        "API_KEY",
        "consumer_secret_key",
        "secret_key",
        "private_key",
        "privateKey",
        "apikey",
    ],
)
def test_a_name_that_says_secret_is_recognised(name: str) -> None:
    assert looks_secret(name)


@pytest.mark.parametrize(
    "name",
    [
        "fsName",
        "key",
        "keyboard",
        "monkey",
        "passenger",
        "tokenizer",
        "secretary",
        "compass",
        "author",
        "sort_key",
        "pass_count",
        "x",
        "_",
        "日本",
    ],
)
def test_other_names_are_not_taken_for_secret(name: str) -> None:
    assert not looks_secret(name)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("api_key = 'x'\ndef f(): return api_key", "global 'api_key'"),
        (
            "def make(token):\n    def f(): return token\n    return f\nf = make('x')",
            "closure variable 'token'",
        ),
        ("def f(password='x'): return password", "default of parameter 'password'"),
        ("cfg = {'password': 'x'}\ndef f(): return cfg", "global 'cfg', item 'password'"),
        ("class C: pass\nc = C(); c.authToken = 'x'\ndef f(): return c", "global 'c', attribute 'authToken'"),
        ("class C: SECRET = 'x'\ndef f(): return C.SECRET", "global 'C', attribute 'SECRET'"),
        ("def f():\n    password = 'x'", "constant 'password'"),
        ("def f():\n    password: str = 'x'", "constant 'password'"),
        ("def f():\n    print(api_key := 'x')", "constant 'api_key'"),
        ("def f():\n    user, password = 'a', 'x'", "constant 'password'"),
        ("def f(thing):\n    thing.authToken = 'x'", "constant 'authToken'"),
        ("def f(thing):\n    thing['secret_key'] = 'x'", "constant 'secret_key'"),
        ("def f():\n    print(dict(user='a', password='x'))", "constant 'password'"),
        ("def f():\n    return {'user': 'a', 'password': 'x'}", "constant 'password'"),
        ("def f():\n    def g(a, passphrase='x'): pass", "constant 'passphrase'"),
        ("def f():\n    return lambda *, passphrase='x': 1", "constant 'passphrase'"),
        ("def g():\n    password = 'x'\ndef f(): g()", "constant 'password'"),
    ],
)
def test_a_captured_text_with_such_a_name_is_warned_of(text: str, what: str, own: Own) -> None:
    (warning,) = capture.capture(own(text).f).warnings
    assert warning == (
        f"the {what} of 'f' can be read by every local user while the callback runs, and by whoever may list "
        "callbacks; use Secret.file('/etc/...') or Secret.env('NAME')"
    )


@pytest.mark.parametrize(
    "thing",
    [
        "types.SimpleNamespace(password='x')",
        "argparse.Namespace(password='x')",
        "functools.partial(print, password='x')",
        "Mail('x')",
    ],
)
def test_a_name_that_the_user_chose_is_judged_in_an_object_of_a_library_too(thing: str, own: Own) -> None:
    handlers = own(f"""
        import argparse, email.message, functools, types
        class Mail(email.message.Message):
            def __init__(self, password): super().__init__(); self.password = password
        thing = {thing}
        def f(): return thing
    """)
    (warning,) = capture.capture(handlers.f).warnings
    assert warning.startswith("the global 'thing', ") and "'password'" in warning


def test_a_name_that_a_library_chose_is_not_judged(own: Own) -> None:
    handlers = own("""
        import email.message
        mail = email.message.EmailMessage()
        mail["Subject"] = "pool full"
        mail.set_content("text")
        def f(): return mail["Subject"]
    """)
    assert capture.capture(handlers.f).warnings == ()


@pytest.mark.parametrize("value", ["None", "''", "5", "['x']"])
def test_only_texts_are_warned_of(value: str, own: Own) -> None:
    assert capture.capture(own(f"password = {value}\ndef f(): return password").f).warnings == ()


def test_a_literal_given_by_name_is_warned_of() -> None:
    (warning,) = capture.capture(print, ((), {"password": ("literal", "x")})).warnings
    assert "literal for parameter 'password'" in warning


@pytest.mark.parametrize(
    "line",
    [
        "password = ''",
        "password = read()",
        "password = None",
        "password = Secret.file('/etc/x').value",
        "token_file = '/etc/x'",
        "print(password='%fsName')",
        "print('password')",
        "user, password = read()",
        "print({**read(), 5: 'x'}['password'])",
        "if password == 'x': pass",
    ],
)
def test_a_constant_that_is_no_secret_is_not_warned_of(line: str, own: Own) -> None:
    made = own(f"""
        from arcapix.fs.gpfs import Secret
        def read(): return {{}}
        def f(password=None):
            {line}
    """)
    assert capture.capture(made.f).warnings == ()


def test_a_literal_given_by_position_is_warned_of(own: Own) -> None:
    f = own("def f(fsName, /, password, *, token=None): pass").f
    plan = ((("variable", "fsName", ""), ("literal", "x")), {})
    (warning,) = capture.capture(f, plan).warnings
    assert "literal for parameter 'password'" in warning


@pytest.mark.parametrize("text", ["--password=hunter2", "user=a password=hunter2", "-v --api-key hunter2"])
def test_a_literal_that_names_a_secret_is_warned_of(text: str, own: Own) -> None:
    f = own("def f(line): pass").f
    (warning,) = capture.capture(f, ((("literal", text),), {})).warnings
    assert warning.startswith("the literal '") and "hunter2" not in warning


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["--password", "x"], ["password"]),
        (["-token", "x"], ["token"]),
        (["user=a", "password=x", "api-key=y"], ["password", "api-key"]),
        (["-v", "password=x"], ["password"]),
        (["--password", "--verbose"], []),
        (["--password"], []),
        (["--password="], []),
        (["--password-file", "/etc/x"], []),
        (["--password-file=/etc/x"], []),
        (["--token", "%fsName"], []),
        (["password", "x"], []),
        (["--no-password", "-v"], []),
        (["a--password", "x"], []),
        (["x=password=y"], []),
    ],
)
def test_words_of_a_script_show_which_of_them_look_secret(words: list[str], names: list[str]) -> None:
    assert named_in(words) == names
