"""What was asked of all nodes: whoever has heard of the same agrees on what is paused."""

from __future__ import annotations

import itertools
import json
import random

import pytest

from arcapix.fs.gpfs.driver.pause import ALL
from arcapix.fs.gpfs.runs import pause_orders
from arcapix.fs.gpfs.runs.pause_orders import Order


def order(number: int, callback: str, pauses: bool = True, maker: str = "a", reason: str = "") -> Order:
    return Order(number, maker, callback, pauses, 1.0, None, "root", reason)


def paused(orders: list[Order]) -> list[tuple[str, str]]:
    return [(each.callback, each.reason) for each in orders if each.pauses]


def test_the_order_with_the_largest_number_counts():
    first, last = order(1, "x", reason="first"), order(2, "x", reason="last")
    assert paused(pause_orders.merged([last], [first])) == [("x", "last")]
    assert paused(pause_orders.merged([order(3, "x", pauses=False)], [first, last])) == []


def test_of_two_with_the_same_number_all_nodes_take_the_same():
    one, other = order(1, "x", maker="a"), order(1, "x", maker="b")
    assert pause_orders.merged([one], [other]) == pause_orders.merged([other], [one])


def test_to_resume_all_undoes_what_was_asked_for_before_and_nothing_later():
    orders = [order(1, "x"), order(2, ALL), order(3, ALL, pauses=False), order(4, "y")]
    assert paused(pause_orders.merged(orders)) == [("y", "")]


def test_a_pause_of_all_leaves_that_of_one_and_outlives_it():
    orders = [order(1, "x"), order(2, ALL), order(3, "x", pauses=False)]
    assert paused(pause_orders.merged(orders[:2])) == [("x", ""), (ALL, "")]
    assert paused(pause_orders.merged(orders)) == [(ALL, "")]


def test_the_sequence_in_which_nodes_hear_of_orders_makes_no_difference():
    draw = random.Random(17)
    for _ in range(200):
        made = [
            order(draw.randint(1, 4), draw.choice(["x", "y", ALL]), draw.random() < 0.6, f"m{number}")
            for number in range(5)
        ]
        known = pause_orders.merged(made)
        for sequence in itertools.permutations(made):
            heard: list[Order] = []
            for each in sequence:
                heard = pause_orders.merged(heard, [each])
            assert heard == known, made


def test_a_text_stands_for_the_orders_it_was_made_of():
    orders = [order(1, "x", reason="tabs\tand\nlines"), order(2, ALL, pauses=False)]
    assert pause_orders.parse(pause_orders.text(orders)) == orders


@pytest.mark.parametrize(
    "given",
    [
        "",
        "null",
        "{}x",
        '["abcdefgh"]',
        "[[]]",
        "[1]",
        json.dumps([["1", "a", "x", True, 1.0, None, "root", ""]]),
        json.dumps([[1, "a/b", "x", True, 1.0, None, "root", ""]]),
        json.dumps([[1, "a", ["x"], True, 1.0, None, "root", ""]]),
        json.dumps([[1, "a", "x", "yes", 1.0, None, "root", ""]]),
        json.dumps([[1, "a", "x", True, "now", None, "root", ""]]),
        json.dumps([[1, "a", "x", True, 1.0, "later", "root", ""]]),
        json.dumps([[1, "a", "x", True, 1.0, None, None, ""]]),
        json.dumps([[1, "a", "x", True, 1.0, None, "root", "", "more"]]),
    ],
)
def test_a_text_that_stands_for_no_orders_is_refused(given):
    with pytest.raises(ValueError):
        pause_orders.parse(given)
