"""Times as users give them: how long a stretch each form stands for."""

from __future__ import annotations

import time

import pytest

from arcapix.fs.gpfs.registration import moments


@pytest.fixture(autouse=True)
def zone(monkeypatch):
    """A zone in which one day has 23 hours, and one 25."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-11-29", 86_400),
        ("20261129", 86_400),
        ("2026-W48-7", 86_400),
        ("2026-03-29", 23 * 3600),
        ("2026-10-25", 25 * 3600),
        ("2026-11-29T06", 3600),
        ("2026-11-29T06-05", 3600),
        ("2026-11-29T06:00", 60),
        ("2026-11-29 0600Z", 60),
        ("2026-11-29T06:00+01:00", 60),
        ("2026-11-29T06:00-0500", 60),
        ("2026-11-29T06:00:00", 1),
        ("20261129T060000Z", 1),
        ("2026-11-29T06:00:00-05:30", 1),
        ("2026-11-29T06:00:00.5", 0),
        ("2026-11-29T06:00:00,123+01:00", 0),
    ],
)
def test_a_time_stands_for_as_much_as_it_leaves_open(text, seconds):
    given = moments.parse("--until", text)
    assert given.ends - given.begins == seconds
    assert given.is_day == (seconds > 3600)
    assert given.begins <= given.last <= given.ends
    assert given.ends - given.last < 1e-5


@pytest.mark.parametrize(
    ("text", "form", "seconds"),
    [("18:00", "%H:%M", 60), ("06:30:10", "%H:%M:%S", 1), ("T00:00", "T%H:%M", 60), ("23:59", "%H:%M", 60)],
)
def test_a_time_of_day_is_the_next_such_moment_or_the_last(text, form, seconds):
    now = time.time()
    coming = moments.parse("--until", text)
    gone = moments.parse("--until", text, is_past=True)
    assert gone.begins <= time.time() and now < coming.begins
    assert 23 * 3600 - 1 < coming.begins - gone.begins < 25 * 3600 + 1
    for given in (coming, gone):
        assert time.strftime(form, time.localtime(given.begins)) == text
        assert (given.ends - given.begins, given.is_day) == (seconds, False)


def test_a_time_of_day_may_have_a_zone_of_its_own():
    given = moments.parse("--until", "18:00-05:30")
    assert time.strftime("%H:%M", time.gmtime(given.begins)) == "23:30"
    assert 0 < given.begins - time.time() <= 86_400


@pytest.mark.parametrize("text", ["18", "1800", "25:00", "18:00:", "18.00"])
def test_what_only_resembles_a_time_of_day_is_refused(text):
    with pytest.raises(ValueError, match="is not a time; give a time of day such as 18:00"):
        moments.parse("--until", text)


def test_how_long_ago_is_a_moment():
    given = moments.parse("--until", "2h", is_past=True)
    assert given.begins == given.ends == given.last == pytest.approx(time.time() - 7200, abs=60)


def test_a_day_without_an_end_in_the_calendar_is_refused_as_no_time():
    with pytest.raises(ValueError, match="--until='9999-12-31' is not a time; give a time of day"):
        moments.parse("--until", "9999-12-31")
