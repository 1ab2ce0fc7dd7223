"""How small a token is; the whole token has a header and a digest of 130 to 145 characters on top."""

from __future__ import annotations

import random
import types
import zlib
from collections.abc import Callable

import pytest

from arcapix.fs.gpfs import capture
from arcapix.fs.gpfs.driver.dictionary import DICTIONARY

Own = Callable[..., types.ModuleType]
HEADER_AND_DIGEST = 145


def characters(function: object, plan: object) -> int:
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zlib.Z_DEFAULT_STRATEGY, DICTIONARY)
    packed = deflate.compress(capture.capture(function, plan).body) + deflate.flush()
    return -(-len(packed) * 4 // 3) + HEADER_AND_DIGEST


def test_the_dictionary_is_small() -> None:
    assert 500 < len(DICTIONARY) < 2_048


def test_a_function_that_logs_a_shutdown_fits_420_characters(own: Own) -> None:
    handlers = own("""
        import datetime

        def note_shutdown():
            with open("/srv/site-logs/node-events.log", "a") as log:
                log.write("{0}: the daemon has gone down\\n".format(datetime.datetime.today()))
    """)
    assert characters(handlers.note_shutdown, ((), {})) <= 420


def test_a_function_that_sends_a_mail_fits_560_characters(own: Own) -> None:
    handlers = own("""
        import smtplib
        from email.mime.text import MIMEText

        def warn_by_mail(fsName):
            text = MIMEText("File system %s is filling up" % fsName)

            text["Subject"] = "Storage is running out"
            text["From"] = "storage@site.example"
            text["To"] = "operators@site.example"

            relay = smtplib.SMTP("relay.site.example")
            relay.sendmail("storage@site.example",
                           ["operators@site.example"], text.as_string())
            relay.quit()
    """)
    assert characters(handlers.warn_by_mail, ((("variable", "fsName", ""),), {})) <= 560


def test_a_function_with_a_time_of_installation_fits_680_characters(own: Own) -> None:
    handlers = own("""
        from datetime import datetime

        installed = datetime.now()

        def note_both_times():

            with open("/srv/site-logs/times.log", "a") as log:

                # the time at which the script was run
                log.write(installed.strftime("INSTALLED ON: %d %B %Y (%A) AT %H:%M\\n"))

                # the time at which the event came
                called = datetime.now()
                log.write(called.strftime("CALLED ON: %d %B %Y (%A) AT %H:%M\\n"))
    """)
    assert characters(handlers.note_both_times, ((), {})) <= 680


def test_a_function_of_300_lines_fits_5600_characters(own: Own) -> None:
    chance = random.Random(5)
    words = [
        "usage",
        "path",
        "report",
        "files",
        "quota",
        "limit",
        "state",
        "total",
        "result",
        "record",
        "message",
        "status",
        "node",
        "pool",
        "fileset",
        "group",
    ]
    lines = ["import os, time", "LIMIT = 20", "def big(fsName, eventName):"]
    for number in range(75):
        a, b, c = (chance.choice(words) for _ in range(3))
        lines += [
            f'    {a}_{number} = os.path.join("/{b}", fsName, "{c}-{chance.randrange(10**6)}")',
            f"    if len({a}_{number}) > LIMIT + {chance.randrange(10**4)}:",
            f'        print("{b} of %s: %d {c} {a}" % (eventName, {chance.randrange(10**5)}))',
            f"        time.sleep({chance.random():.4f})",
        ]
    handlers = own("\n".join(lines))
    assert (
        characters(handlers.big, ((("variable", "fsName", ""), ("variable", "eventName", "")), {})) <= 5_600
    )


def test_the_largest_names_come_first(own: Own) -> None:
    handlers = own("TABLE = {i: str(i) * 9 for i in range(500)}\nsmall = 'x'\ndef f(): return TABLE, small\n")
    sizes = capture.capture(handlers.f).sizes
    assert sizes[0][0] == "TABLE"
    assert sizes[0][1] > 10_000
    assert [size for _, size in sizes] == sorted((size for _, size in sizes), reverse=True)
    assert {"TABLE", "small", "f"} <= {name for name, _ in sizes}


@pytest.mark.parametrize("lines", [0, 40])
def test_comments_above_a_function_add_nothing(lines: int, own: Own) -> None:
    handlers = own("# a comment\n" * lines + "def f(): return 1\n")
    assert len(capture.capture(handlers.f).body) < 200
