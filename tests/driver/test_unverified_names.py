"""A refused run names the callback that its token claims to be, and says that nobody has verified it."""

from __future__ import annotations

import pytest

from arcapix.fs.gpfs.registration import sealing

from ..checkout import needs_safe_checkout
from .conftest import Driver

KEY = b"the cluster key of this site"


def work() -> None:
    pass


def altered(driver: Driver) -> tuple[str, str]:
    token = driver.token(work)
    return token[:-1] + ("0" if token[-1] != "0" else "1"), "the token was altered"


def cut(driver: Driver) -> tuple[str, str]:
    token = driver.token(work)
    return token[:100], f"the token was cut: it has 100 characters instead of {len(token)}"


def cut_in_its_header(driver: Driver) -> tuple[str, str]:
    token = driver.token(work)
    length = token.index("/fn=") + 3
    return token[:length], f"the token was cut: it has {length} characters instead of {len(token)}"


def signed(driver: Driver) -> tuple[str, str]:
    driver.key = KEY
    return driver.token(work), "the token was made with a cluster key, and this node has none"


def unsigned(driver: Driver) -> tuple[str, str]:
    driver.make_key(KEY)
    return driver.token(work), "the token was made without the cluster key"


def changeable(driver: Driver) -> tuple[str, str]:
    driver.stub.chmod(0o777)
    return driver.token(work), "can be written by everybody"


@pytest.mark.parametrize(
    "refused",
    [
        altered,
        cut,
        cut_in_its_header,
        signed,
        unsigned,
        pytest.param(changeable, marks=needs_safe_checkout),
    ],
)
def test_a_refused_run_names_its_callback_as_unverified_and_says_why(driver, refused):
    token, reason = refused(driver)
    assert driver.start(token, "eventName=mount").returncode == 3
    (run,) = driver.runs
    assert (run["callback"], run["unverified"], run["state"]) == ("handler_1", True, "refused")
    assert reason in str(run["reason"])
    assert f"run {run['run']} of handler_1 (unverified) refused: " in driver.log
    assert [found.id for found in driver.history.newest(1)] == [run["run"]]


def test_a_run_whose_token_was_checked_is_verified_even_if_it_is_refused(driver):
    assert driver.fire(work, "eventName=mount") == 0
    assert driver.fire(work, "eventName=mount", py="3.99") == 4
    assert [(run["callback"], run["unverified"]) for run in driver.runs] == [("handler_1", False)] * 2


@pytest.mark.parametrize(
    "header",
    [
        "fn=m.f/py=3.11",
        "id=",
        "id=+zz",
        "id=+C3",
        "id=" + "x" * 256,
        "id=x+0A2026-11-22T16:05:01+2B0000",
        "id=x+20begins:+20event+20mount",
        "id=x+09mount",
        "id=x+2Fy",
    ],
)
def test_a_claim_that_is_no_identifier_is_not_repeated(driver, header):
    token = sealing.seal(header, "body")[:-1] + "x"
    assert driver.start(token, "eventName=mount").returncode == 3
    (run,) = driver.runs
    assert (run["callback"], run["unverified"]) == (None, False)
    assert driver.log.count("\n") == 1 and " of - refused: " in driver.log


def test_a_name_that_was_perhaps_cut_itself_is_not_claimed(driver):
    token = driver.token(work)
    assert driver.start(token[: token.index("handler_1") + 4], "eventName=mount").returncode == 3
    assert driver.runs[0]["callback"] is None


@pytest.mark.parametrize("name", ["x(unverified)", "x\tunverified", "unverified"])
def test_a_checked_token_cannot_take_the_mark_nor_can_an_unchecked_one_lose_it(driver, name):
    token = driver.token(work, id=name)
    assert driver.start(token, "eventName=mount").returncode == 0
    assert driver.start(token[:-1] + "x", "eventName=mount").returncode == 3
    verified, other = driver.runs
    assert (verified["callback"], verified["unverified"]) == (name, False)
    assert (other["callback"], other["unverified"]) in [("unverified", True), (None, False)]
