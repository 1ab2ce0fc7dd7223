"""What is decided after an attempt at an event, and written down."""

from __future__ import annotations

import os
import posix
import time
from pathlib import Path

import pytest

from arcapix.fs.gpfs.driver import leftovers, pending_reader
from arcapix.fs.gpfs.driver.claims import Claims
from arcapix.fs.gpfs.driver.decision import Firing
from arcapix.fs.gpfs.driver.deliverer import Deliverer
from arcapix.fs.gpfs.driver.delivery import Delivery, _pause
from arcapix.fs.gpfs.driver.main import CONFIGURATION
from arcapix.fs.gpfs.driver.pending import FINISHED, Event, PendingEvents

from ..recorded_runs import NOBODY

NOW = 1000.0006


@pytest.fixture
def delivery(tmp_path: Path, monkeypatch) -> Delivery:
    monkeypatch.setattr(time, "time", lambda: NOW)
    places = {"state": str(tmp_path), "log": str(tmp_path / "log"), "syslog": str(tmp_path / "nowhere")}
    event = Event("e1", NOW, "alert_1", 3, {}, ["A1.token"])
    delivery = Delivery(Firing({**CONFIGURATION, **places}), event, PendingEvents(str(tmp_path)))
    delivery.events.accept(event)
    return delivery


def test_an_attempt_has_not_ended_later_than_somebody_reads_that_it_has(delivery):
    delivery.refuse(3, "the token cannot be read")
    (event,) = pending_reader.read(delivery.events)
    assert pending_reader.seconds_until_due(event, NOW) > 0.4


@pytest.mark.parametrize(
    ("delay", "seconds"),
    [("60.0", 60), ("inf", 31_536_000), ("1e+18", 31_536_000), ("nan", 0), ("-5.0", 0)],
)
def test_whatever_a_class_of_the_function_asks_for_it_waits_a_year_at_most(delivery, delay, seconds):
    delivery.judge(f"again {delay}", 1, "RetryLater")
    assert delivery.event.due == NOW + seconds


def test_an_event_is_seen_to_be_finished_that_a_coarse_clock_shows_unchanged(delivery):
    deliverer = Deliverer(delivery.firing, Claims(delivery.events.folder))
    (event,) = deliverer.waiting()
    when = os.stat(delivery.events.file).st_mtime_ns
    child = os.posix_spawn("/bin/true", ["true"], {})
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    deliverer.children[child], deliverer.not_before[event.id] = event, 0.0
    delivery.settle(FINISHED)
    os.utime(delivery.events.file, ns=(when, when))
    deliverer.reap()
    assert (deliverer.waiting(), deliverer.not_before) == ([], {})


@pytest.mark.parametrize(
    ("chance", "pauses"),
    [
        (b"\0\0", [0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]),
        (b"\xff\xff", [1.5, 3, 6, 12, 24, 48, 96, 192, 300, 300, 300, 300]),
    ],
)
def test_pauses_double_give_or_take_a_half_up_to_five_minutes(monkeypatch, chance, pauses):
    monkeypatch.setattr(posix, "urandom", lambda _: chance)
    assert [_pause(count) for count in range(1, 13)] == pauses
    assert _pause(1_000) == 300


@pytest.mark.parametrize(
    ("callbacks", "is_busy"),
    [
        (["a"] * 3, False),
        (["a"] * 4, True),
        (["b"] * 4 + ["c"] * 4, False),
        ([str(n) for n in range(16)], True),
    ],
)
def test_one_callback_leaves_room_for_the_others(delivery, callbacks, is_busy):
    deliverer = Deliverer(delivery.firing, Claims(delivery.events.folder))
    deliverer.children = {number: Event("e", 0.0, name, 1, {}, []) for number, name in enumerate(callbacks)}
    assert deliverer.is_busy("a") is is_busy


def block(run: str, printed: str) -> str:
    rest = f"{printed}2026-11-22T16:05:02+00:00 run {run} of alert_1 ended: status 0 after 1.000 s\n"
    first = f"2026-11-22T16:05:01+00:00 run {run} of alert_1 begins: event mount on n1, pid 7"
    return f"{first}; {len(rest)} bytes\n{rest}"


@pytest.mark.parametrize(
    ("log", "is_tried_again"), [(block("e1-1", ""), False), (block("e0-1", block("e1-1", "")), True)]
)
def test_only_its_own_block_in_the_log_tells_that_an_attempt_has_succeeded(
    delivery, tmp_path, log, is_tried_again
):
    delivery.event.attempts, delivery.event.run, delivery.event.pid = 1, "e1-1", NOBODY
    (tmp_path / "log").write_text(log)
    assert leftovers.settle(delivery) is is_tried_again
