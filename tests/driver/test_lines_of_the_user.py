"""Whatever shows a file and a line while a handler runs shows the user's own, at the first event and later."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

FILE = Path(__file__).name


def fail() -> None:
    raise LookupError("on purpose")


def catch_and_print() -> None:
    import traceback

    try:
        fail()
    except LookupError:
        print(traceback.format_exc())


def log_it() -> None:
    import logging

    logging.basicConfig(stream=sys.stdout, format="%(filename)s:%(lineno)d %(funcName)s %(message)s")
    try:
        fail()
    except LookupError:
        logging.exception("caught")


def warn_of_it() -> None:
    import warnings

    warnings.simplefilter("always")
    warnings.warn("on purpose", stacklevel=1)


def fail_in_a_thread() -> None:
    import threading

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()


def fail_at_exit() -> None:
    import atexit

    atexit.register(fail)


def fail_when_collected() -> None:
    class Thing:
        def __del__(self) -> None:
            fail()

    Thing()


def fail_in_a_child() -> None:
    import multiprocessing

    process = multiprocessing.get_context("fork").Process(target=fail)
    process.start()
    process.join()


def look_at_the_caller() -> None:
    import inspect

    frame = inspect.stack()[0]
    print(f'File "{frame.filename}", line {frame.lineno}, in {frame.function}')
    print(*(frame.code_context or ()))


def look_at_the_source() -> None:
    import inspect
    import textwrap

    print(textwrap.dedent(inspect.getsource(fail)))


def line_of(function: Callable[[], None], below: int = 1) -> int:
    return function.__code__.co_firstlineno + below


@pytest.fixture
def log_of_two(driver) -> Callable[[Callable[[], None]], str]:
    def log(handler: Callable[[], None]) -> str:
        token = driver.token(handler)
        for _ in range(2):
            assert driver.start(token, "eventName=mount").returncode == 0
        return driver.log

    return log


FAILED = f'File "{FILE}", line {line_of(fail)}, in fail\n'


@pytest.mark.parametrize("handler", [catch_and_print, log_it, fail_in_a_child])
def test_a_traceback_taken_by_a_handler_has_the_files_lines_and_texts_of_the_user(log_of_two, handler):
    assert log_of_two(handler).count(f'{FAILED}    raise LookupError("on purpose")\n') == 2


@pytest.mark.parametrize("handler", [fail_in_a_thread, fail_at_exit, fail_when_collected])
def test_what_python_itself_shows_of_an_exception_has_the_files_and_lines_of_the_user(log_of_two, handler):
    log = log_of_two(handler)
    assert log.count(FAILED) == 2
    assert log.count("LookupError: on purpose") == 2


def test_a_logger_names_the_users_file_line_and_function(log_of_two):
    assert log_of_two(log_it).count(f"{FILE}:{line_of(log_it, 7)} log_it caught\n") == 2


def test_a_warning_names_the_users_file_and_line(log_of_two):
    log = log_of_two(warn_of_it)
    assert log.count(f"{FILE}:{line_of(warn_of_it, 4)}: UserWarning: on purpose\n") == 2
    assert log.count('  warnings.warn("on purpose", stacklevel=1)\n') == 2


def test_a_handler_that_looks_at_its_own_frame_finds_the_users_line(log_of_two):
    log = log_of_two(look_at_the_caller)
    line = line_of(look_at_the_caller, 3)
    assert log.count(f'File "{FILE}", line {line}, in look_at_the_caller\n') == 2
    assert log.count("frame = inspect.stack()[0]\n") == 2


def test_a_handler_can_read_the_text_of_a_function(log_of_two):
    assert (
        log_of_two(look_at_the_source).count('def fail() -> None:\n    raise LookupError("on purpose")') == 2
    )


def test_what_shows_no_lines_loads_nothing_for_them(driver):
    def handler() -> list[str]:
        return [
            name for name in ("linecache", "traceback", "arcapix_driver.source_lines") if name in sys.modules
        ]

    assert driver.fire(handler, "eventName=mount") == 0
    assert "returned []" in driver.log
