"""mmlscallback in every form that GPFS may print; the names of the tests are the open questions."""

from __future__ import annotations

import contextlib
import gc
import time

import pytest

from arcapix.fs.gpfs import commands
from arcapix.fs.gpfs.commands import CallbackRecord, process
from arcapix.fs.gpfs.exceptions import GPFSError, GPFSExecuteException

TOKEN = "A1." + "Kx_-9" * 60


def listed(text, *identifiers):
    with process.using(lambda argv, timeout: process.Completed(argv, 0, text, "")):
        return commands.mmlscallback(*identifiers)


def test_the_order_of_gpfs_is_kept():
    text = "".join(
        f"{name}\n        command         = /opt/{name}\n        event           = mount\n" for name in "zab"
    )
    assert [record.identifier for record in listed(text)] == ["z", "a", "b"]


@pytest.mark.parametrize("width", [1, 7, 8, 14, 16, 30])
@pytest.mark.parametrize("indent", ["  ", "        ", "\t"])
def test_any_key_width_and_indentation_is_read(width, indent):
    pairs = [
        ("command", "/opt/x"),
        ("event", "mount,unmount"),
        ("node", "n1.example"),
        ("parms", "%fsName a=b c"),
    ]
    text = "drill\n" + "".join(f"{indent}{key.ljust(width)}= {value}\n" for key, value in pairs)
    assert listed(text) == [
        CallbackRecord("drill", "/opt/x", ("mount", "unmount"), ("n1.example",), ("%fsName", "a=b", "c"))
    ]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\n\n"])
def test_any_line_end_is_read(line_end):
    text = line_end.join(["drill", "        command         = /opt/x", "        event           = mount", ""])
    assert listed(text) == [CallbackRecord("drill", "/opt/x", ("mount",))]


def test_a_missing_identifier_line_is_filled_from_the_request():
    text = "        command         = /opt/x\n        event           = mount\n"
    assert listed(text, "drill")[0].identifier == "drill"


def test_missing_identifier_lines_of_several_are_filled_in_order():
    text = "        command         = /opt/x\n        event           = mount\n" * 2
    assert [record.identifier for record in listed(text, "one", "two")] == ["one", "two"]


def test_an_identifier_line_wins_over_the_request():
    text = "drill\n        command         = /opt/x\n        event           = mount\n"
    assert listed(text, "DRILL")[0].identifier == "drill"


def test_a_callback_without_a_name_that_nobody_asked_for_is_an_error_not_a_guess():
    text = "        command         = /opt/x\n        event           = mount\n        parms           = secret\n"
    with pytest.raises(GPFSError, match="line 1, 'command = /opt/x', has no name above it") as caught:
        listed(text)
    assert "/opt/x" in str(caught.value)
    assert "secret" not in str(caught.value)


TWO = """\
drill
        command         = /opt/x
        event           = mount
        node            = n1.example
        priority        = 2
        parms           = -p secret
other
        command         = /opt/y
        event           = unmount
        parms           = -u
"""


@pytest.mark.parametrize(
    ("whole", "damaged", "line", "why"),
    [
        ("        command         = /opt/y\n", "", 7, "'other', belongs to no key"),
        ("        event           = unmount\n", "", 9, "'parms = ...', stands where 'event' belongs"),
        ("other\n", "", 7, "'command = /opt/y', has no name above it"),
        ("other\n", "=====\n", 8, "'command = /opt/y', has no name above it"),
        ("other\n", "drill\n", 7, "'drill', comes twice"),
        ("unmount\n        parms           = -u\n", "unmo", 9, "'event = unmo', has no line end"),
        ("        event           = unmount\n        parms           = -u\n", "", 7, "'other', has no 'event'"),
        ("x\n", "x", 2, "'command = /opt/x event', holds another key"),
        ("mount\n        node", "mount        node", 3, "'event = mount node', holds another key"),
        ("2\n        parms", "2        parms", 5, "'priority = 2 parms', holds another key"),
        ("        node            = n1", "         node            = n1", 4, "belongs to no key"),
        ("        priority        = 2", "        priority          2", 5, "'priority 2', belongs to no key"),
        ("mount\n        node", "mo unt\n        node", 3, "'event = mo unt', is no list with commas"),
        ("= -p secret", "=", 6, "'parms = ...', has no value"),
        ("= /opt/x", "=", 2, "'command =', has no value"),
        ("        priority", "n2:      priority", 5, "is a message that was run together with another line"),
    ],
)  # fmt: skip
def test_a_listing_with_a_line_that_cannot_stand_there_is_refused_with_that_line(whole, damaged, line, why):
    assert TWO.count(whole) >= 1
    with pytest.raises(GPFSError) as caught:
        listed(damaged.join(TWO.rsplit(whole, 1)))
    assert f"cannot be believed: line {line}, " in str(caught.value)
    assert why in str(caught.value)
    assert "try again" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_value_alone_on_its_line_that_is_a_banner_is_not_lost_unnoticed():
    text = "drill\n        command         = /opt/x\n        event           = mount\n        parms           =\n{}\n"
    assert listed(text.format("---x y"))[0].parms == ("---x", "y")
    with pytest.raises(GPFSError, match=r"line 4, 'parms = \.\.\.', has no value"):
        listed(text.format("=" * 40))


def test_an_unknown_identifier_is_an_empty_list_or_the_error_of_gpfs(answers):
    answers.will().will("", status=1, stderr="mmlscallback: nope was not found.\n")
    assert commands.mmlscallback("nope") == []
    with pytest.raises(GPFSExecuteException, match="nope was not found"):
        commands.mmlscallback("nope")


def test_a_long_value_below_its_key_belongs_to_that_key():
    text = (
        "drill\n        command         = /opt/x\n        event           = mount\n        parms           =\n"
        f"{TOKEN} eventName=%eventName\n"
        "other\n        command         = /opt/y\n        event           = mount\n        parms           = \n"
        f"{TOKEN}\n"
    )
    first, second = listed(text)
    assert first.parms == (TOKEN, "eventName=%eventName")
    assert (second.identifier, second.parms) == ("other", (TOKEN,))


def test_a_short_value_below_its_key_is_not_taken_for_an_identifier():
    text = (
        "drill\n        command         =\n/opt/x\n        event           =\nmount\n        node            =\nn1\n"
        "        parms           =\nword\n"
        "other\n        command         = /opt/y\n        event           = mount\n        parms           =\nlast\n"
    )
    assert listed(text) == [
        CallbackRecord("drill", "/opt/x", ("mount",), ("n1",), ("word",)),
        CallbackRecord("other", "/opt/y", ("mount",), (), ("last",)),
    ]


def test_an_identifier_of_255_characters_is_one():
    name = "x" * 255
    text = f"{name}\n        command         = /opt/x\n        event           = mount\n"
    assert listed(text)[0].identifier == name


def test_words_of_parms_that_look_like_keys_are_words():
    text = (
        "drill\n        command         = /opt/x\n        event           = mount\n"
        "        parms           = command = x\n"
        "                          node=%myNode\n"
        "                          priority = 3\n"
        "                          x=1\n"
        "        onerror         = continue\n"
    )
    (record,) = listed(text)
    assert record.parms == ("command", "=", "x", "node=%myNode", "priority", "=", "3", "x=1")
    assert (record.command, record.nodes, record.priority, record.onerror) == ("/opt/x", (), None, "continue")


@pytest.mark.parametrize("value", ["size = 10", "timeout = 5", "command = /opt/other", "%a = %b"])
def test_a_long_value_below_its_key_may_look_like_a_key(value):
    text = f"drill\n        command         = /opt/x\n        event           = mount\n        parms           =\n{value} {TOKEN}\n"
    (record,) = listed(text)
    assert record.parms == (*value.split(), TOKEN)
    assert (record.timeout, record.unknown) == (None, ())


@pytest.mark.parametrize("rest", ["b", "b c", "timeout = 5", "b = c", "command = /opt/other", "\nb", "mount"])
def test_what_follows_a_line_break_in_parms_is_not_lost_unnoticed(rest):
    text = (
        f"drill\n        command         = /opt/x\n        event           = mount\n        parms           = a\n{rest}\n"
        "\nother\n        command         = /opt/y\n        event           = mount\n"
    )
    first, other = listed(text)
    assert (first.command, first.parms, first.timeout) == ("/opt/x", ("a",), None)
    assert first.unknown == (("a line below parms", rest.strip()),)
    assert other.unknown == ()


def test_a_variable_beside_the_indentation_of_the_keys_is_a_word():
    text = (
        "drill\n        command         = /opt/x\n        event           = mount\n"
        f"        parms           = {TOKEN}\n        fsName=%fsName\n        node=%myNode\n        flag=1\n"
    )
    (record,) = listed(text)
    assert record.parms == (TOKEN, "fsName=%fsName", "node=%myNode", "flag=1")
    assert (record.nodes, record.unknown) == ((), ())


def test_only_blanks_part_the_words_of_parms():
    text = "drill\n        command         = /opt/x\n        event           = mount\n        parms           = a\xa0b \t c\u2003d\n"
    assert listed(text)[0].parms == ("a\xa0b", "c\u2003d")


def test_bytes_that_are_no_text_are_kept():
    text = "drill\n        command         = /opt/caf\udce9\n        event           = mount\n        parms           = \udcff\n"
    (record,) = listed(text)
    assert (record.command, record.parms) == ("/opt/caf\udce9", ("\udcff",))


@pytest.mark.parametrize(
    ("line", "sync"),
    [
        ("sync            = yes", True),
        ("sync            = True", True),
        ("sync            = 1", True),
        ("sync            = sync", True),
        ("sync            = no", False),
        ("sync            = async", False),
        ("mode            = sync", True),
        ("mode            = Synchronous", True),
        ("mode            = async", False),
        ("execution mode  = asynchronous", False),
        ("async           = yes", False),
        ("async           = no", True),
        ("async           = sync", True),
        ("sync/async      = sync", True),
        ("sync            =", False),
    ],
)
def test_the_mode_is_read_under_every_plausible_name(line, sync):
    (record,) = listed(
        f"drill\n        command         = /opt/x\n        event           = mount\n        {line}\n"
    )
    assert record.sync is sync
    assert record.unknown == ()


@pytest.mark.parametrize(
    ("text", "seconds", "unknown"),
    [
        ("30", 30, ()),
        ("30.0", 30, ()),
        ("30 s", 30, ()),
        ("45 seconds", 45, ()),
        ("none", None, ()),
        ("-", None, ()),
        ("half a minute", None, (("timeout", "half a minute"),)),
    ],
)
def test_a_time_limit_is_seconds_and_one_that_cannot_be_read_is_kept_raw(text, seconds, unknown):
    (record,) = listed(
        f"drill\n        command         = /opt/x\n        event           = mount\n        timeout = {text}\n"
    )
    assert (record.timeout, record.unknown) == (seconds, unknown)


def test_unknown_keys_are_kept_with_their_values():
    (record,) = listed(
        "drill\n        command         = /opt/x\n        event           = mount\n        Retry Policy    = a = b\n"
    )
    assert record.unknown == (("Retry Policy", "a = b"),)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "No callbacks were found.\n",
        "mmlscallback: There are no user callbacks.\n",
        "nothing\n",
        "   \n",
    ],
)
def test_an_empty_listing_with_status_0_is_empty(text):
    assert listed(text) == []


def test_an_empty_listing_with_another_status_is_an_error(answers):
    answers.will("", status=1, stderr="mmlscallback: No callbacks were found.\n")
    with pytest.raises(GPFSExecuteException):
        commands.mmlscallback()


def fastest(count, token_length=600):
    block = (
        "        command         = /opt/arcapix/lib/callbackdriver.py\n"
        "        event           = mount,unmount\n"
        "        node            = n1.localnet,n2.localnet\n"
        f"        parms           = A1.{'x' * token_length} eventName=%eventName fsName=%fsName\n"
    )
    text = "".join(f"cb_{number:06d}\n{block}" for number in range(count))
    times = []
    for _ in range(5):
        gc.collect()
        began = time.process_time()
        assert len(listed(text)) == count
        times.append(time.process_time() - began)
    return min(times)


@pytest.mark.slow  # a clock decides, so the machine has to be quiet
def test_ten_thousand_callbacks_are_read_in_a_fraction_of_a_second():
    assert fastest(10_000) < 0.25


@pytest.mark.slow  # a clock decides, so the machine has to be quiet
def test_reading_takes_time_linear_in_the_number_and_the_size_of_callbacks():
    few, many = fastest(1_000), fastest(8_000)
    assert many / few < 20
    short, long = fastest(300, 600), fastest(300, 60_000)
    assert long / short < 100


@pytest.mark.parametrize(
    "filler",
    [
        "x\n",
        "        x\n",
        "\n",
        "  \n",
        "x = y\n",
        "        parms           =\n",
        "a b=c\n",
        "        x=\n",
        "|\n",
    ],
)
def test_no_text_makes_reading_slow(filler):
    text = "drill\n        command         = /opt/x\n        event           = mount\n" + filler * 50_000
    began = time.process_time()
    with contextlib.suppress(GPFSError):
        listed(text)
    assert time.process_time() - began < 5


def test_no_line_makes_reading_slow():
    for line in (
        "=" * 200_000,
        "a" + " " * 200_000 + "=",
        "x " * 100_000,
        "x  b= " + "x " * 100_000,
        "x=" * 100_000,
        " x =" * 50_000,
        ("\t" * 90 + "x =") * 2_000,
        "a  =" * 50_000,
    ):
        text = f"drill\n        command         = /opt/x\n        event           = mount\n        parms           = {line}\n{line}\n"
        began = time.process_time()
        with contextlib.suppress(GPFSError):
            listed(text)
        assert time.process_time() - began < 5
