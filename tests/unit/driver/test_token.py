from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arcapix.fs.gpfs.driver import token as tokens
from arcapix.fs.gpfs.registration import sealing

HEADER: dict[str, str | list[str]] = {
    "id": "logger_1",
    "fn": "__main__.logger",
    "py": "3.11",
    "vs": ["fsName"],
}
BODY = b"a captured function" * 20
KEY = b"k" * 32

texts = st.text(st.characters(codec=None), max_size=20)


def test_a_token_gives_back_header_and_body() -> None:
    header, body = tokens.check(sealing.make(HEADER, BODY))
    fields = tokens.fields(header)
    assert tokens.text(fields["fn"]) == "__main__.logger"
    assert tokens.items(fields["vs"]) == ["fsName"]
    assert tokens.unpack(body) == BODY


def test_a_token_holds_no_character_that_gpfs_or_a_shell_could_misread() -> None:
    token = sealing.make({"id": "x", "pm": ["%d:ü 'a\"\n,\t%fsName", ""]}, bytes(range(256)))
    assert set(token) <= set(string.ascii_letters + string.digits + "_-+/=.@")
    assert token[0].isalpha()


@pytest.mark.parametrize("key", [None, KEY])
def test_a_token_with_one_changed_character_is_refused(key: bytes | None) -> None:
    token = sealing.make(HEADER, BODY, key)
    for place, character in enumerate(token):
        altered = token[:place] + ("A" if character != "A" else "B") + token[place + 1 :]
        with pytest.raises(tokens.TokenError):
            tokens.check(altered, key)


def test_a_cut_token_is_recognised_by_looking_at_it() -> None:
    token = sealing.make(HEADER, BODY)
    for length in range(len(token)):
        with pytest.raises(tokens.TokenError) as refused:
            tokens.split(token[:length])
        if length >= len("A1.121@"):
            told = f"the token was cut: it has {length} characters instead of {len(token)}"
            assert str(refused.value) == told
        elif length > len("A1."):
            assert "was cut or altered" in str(refused.value)
    with pytest.raises(tokens.TokenError, match="was lengthened"):
        tokens.split(token + "x")


def test_with_a_key_a_token_made_without_it_is_refused() -> None:
    with pytest.raises(tokens.TokenError, match="without the cluster key"):
        tokens.check(sealing.make(HEADER, BODY), KEY)


def test_without_the_key_a_token_made_with_it_is_refused() -> None:
    with pytest.raises(tokens.TokenError, match="this node has none"):
        tokens.check(sealing.make(HEADER, BODY, KEY))


def test_a_token_made_with_another_key_is_refused() -> None:
    with pytest.raises(tokens.TokenError, match="another cluster key"):
        tokens.check(sealing.make(HEADER, BODY, KEY), b"other")


@pytest.mark.parametrize("length", [1, 31, 63, 64, 65, 200])
def test_the_keyed_digest_is_hmac_sha256(length: int) -> None:
    import hashlib
    import hmac

    key = bytes(range(length % 256))[:length] or b"x"
    token = sealing.make(HEADER, BODY, key)
    signed, _, digest = token.rpartition("@")
    expected = hmac.new(key, (signed + "@").encode(), hashlib.sha256).digest()[:16]
    assert digest == "k" + expected.hex()


@given(texts)
def test_a_header_text_comes_back_as_it_was(value: str) -> None:
    header, _ = tokens.check(sealing.make({"id": "x", "fn": value, "py": "3.11"}, b""))
    fields = tokens.fields(header)
    assert (tokens.text(fields["fn"]) if value else fields.get("fn", "")) == value


@given(st.lists(texts, min_size=1, max_size=5))
def test_a_list_field_comes_back_as_it_was(values: list[str]) -> None:
    header, _ = tokens.check(sealing.make({"id": "x", "pm": values}, b""))
    assert tokens.items(tokens.fields(header)["pm"]) == values


@given(st.lists(st.tuples(texts, st.none() | texts), min_size=1, max_size=5))
def test_a_field_of_pairs_comes_back_as_it_was(values: list[tuple[str, str | None]]) -> None:
    written = sealing.Written(sealing.write_pairs(values))
    header, _ = tokens.check(sealing.make({"id": "x", "bd": written}, b""))
    assert sealing.pairs(tokens.fields(header).get("bd")) == values or values == [("", None)]


@given(st.text(max_size=60) | st.builds(lambda a, b: a + "@" + b, st.text(), st.text()))
def test_any_other_text_is_refused_and_never_crashes(text: str) -> None:
    with pytest.raises(tokens.TokenError):
        tokens.check(text)
