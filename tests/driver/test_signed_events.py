"""A token that was made with the cluster key runs at the events that it was signed for, and at no others."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

KEY = b"4" * 64
NEXT = b"5" * 64

record = ""
"""Path of the file that the handler writes to; captured by value."""


def note() -> None:
    with open(record, "a") as file:
        file.write("ran\n")


@pytest.fixture
def keyed(driver):
    driver.key = KEY
    driver.make_key(KEY + b"\n")
    return driver


def runs(seen: Path) -> int:
    return len(seen.read_text().splitlines()) if seen.exists() else 0


@pytest.mark.parametrize("words", [["eventName=mount"], ["eventName=MOUNT"], ["eventName=", "Mount"]])
def test_an_event_that_was_signed_runs_in_any_case(keyed, seen, words):
    for _ in range(2):  # the second event takes what the node kept of the first
        assert keyed.fire(note, *words, ev=["shutdown", "mounT"]) == 0
    assert runs(seen) == 2


@pytest.mark.parametrize("is_known", [False, True], ids=["first event", "known function"])
def test_a_token_does_not_run_at_an_event_that_it_was_not_signed_for(keyed, seen, is_known):
    token = keyed.token(note, ev=["shutdown", "startup"])
    if is_known:
        assert keyed.start(token, "eventName=startup").returncode == 0
    for _ in range(2):
        assert keyed.start(token, "eventName=mount").returncode == 3
    assert runs(seen) == is_known
    last = keyed.runs[-1]
    assert (last["callback"], last["state"], last["event"]) == ("handler_1", "refused", "mount")
    assert last["reason"] == (
        "the token was signed for shutdown, startup, and somebody has registered it for 'mount'; "
        "delete the callback, or install the function again where the key is"
    )


@pytest.mark.parametrize("words", [[], ["eventName=UNDEFINED"], ["eventName=%eventName"], ["eventName="]])
def test_an_event_that_is_undefined_runs_and_the_log_says_so(keyed, seen, words):
    assert keyed.fire(note, *words, ev=["shutdown"]) == 0
    assert runs(seen) == 1
    assert "the event is undefined, so it was not compared with those that were signed" in keyed.log


def test_a_token_of_an_earlier_release_names_no_events_and_runs(keyed, seen):
    assert keyed.fire(note, "eventName=mount") == 0
    assert runs(seen) == 1


def write(driver, *lines: bytes) -> None:
    driver.make_key(b"\n".join(lines) + b"\n")


def old(until: float) -> bytes:
    return b"old %b until %d" % (KEY, until)


LATER = 4e9
"""Long after 2026."""


@pytest.mark.parametrize("lines", [(KEY, b"next " + NEXT), (NEXT, old(LATER))], ids=["next", "old"])
@pytest.mark.parametrize("key", [KEY, NEXT])
def test_while_keys_change_tokens_of_both_run(keyed, seen, lines, key):
    write(keyed, *lines)
    keyed.key = key
    assert keyed.fire(note, "eventName=mount", ev=["mount"]) == 0
    assert keyed.fire(note, "eventName=shutdown", ev=["mount"]) == 3
    assert runs(seen) == 1


def test_an_old_key_ends_at_its_time(keyed, seen):
    write(keyed, NEXT, old(time.time() - 1))
    assert keyed.fire(note, "eventName=mount", ev=["mount"]) == 3
    assert keyed.runs[-1]["reason"] == "the token was altered, or made with another cluster key"
    assert runs(seen) == 0


def test_an_old_key_ends_at_its_time_for_a_function_that_the_node_knows(
    keyed, seen, wait: Callable[..., object]
):
    end = int(time.time()) + 3
    write(keyed, NEXT, old(end))
    token = keyed.token(note, ev=["mount"])
    assert keyed.start(token, "eventName=mount").returncode == 0
    wait(lambda: time.time() > end, "the end of the key")
    assert keyed.start(token, "eventName=mount").returncode == 3
    assert "is not valid any more" in str(keyed.runs[-1]["reason"])
    assert runs(seen) == 1


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"next ",
        b"next " + NEXT[:10],
        b"next " + NEXT + b"5",
        b"old " + NEXT,
        b"old " + NEXT + b" until",
        b"old " + NEXT + b" until soon",
        b"old  until 4000000000",
        b"\xff\x00 until until",
        NEXT,
    ],
    ids=ascii,
)
def test_a_wrong_or_half_written_line_leaves_the_first_key_as_it_is(keyed, seen, line):
    write(keyed, KEY, line)
    assert keyed.fire(note, "eventName=mount", ev=["mount"]) == 0
    for other in (NEXT, NEXT[:10], b""):
        keyed.key = other
        assert keyed.fire(note, "eventName=mount", ev=["mount"]) == 3
    assert runs(seen) == 1
