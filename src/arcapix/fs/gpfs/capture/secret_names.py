"""Whether the name of a captured text suggests that it is a secret."""

from __future__ import annotations

from itertools import pairwise

_PARTS = frozenset({"password", "passwd", "passphrase", "secret", "token", "credential"})
_PAIRS = frozenset(
    (kind, "key") for kind in ("api", "secret", "private", "access", "auth", "encryption", "signing")
)
_JOINED = frozenset({"apikey", "secretkey", "privatekey", "accesskey", "authkey"})


def looks_secret(name: str) -> bool:
    """Tell whether a part of the name, between underscores or changes of case, is a word for a secret."""
    parts = [part.removesuffix("s") if part != "pass" else part for part in _parts(name)]
    return any(part in _PARTS or part in _JOINED for part in parts) or any(
        pair in _PAIRS for pair in pairwise(parts)
    )


def _parts(name: str) -> list[str]:
    """Return the words of ``apiKey``, ``API_KEY`` or ``HTTPToken`` in lower case."""
    spaced = ""
    for index, character in enumerate(name):
        before, after = name[index - 1 : index], name[index + 1 : index + 2]
        if character.isupper() and (
            before.islower() or before.isdigit() or (before.isupper() and after.islower())
        ):
            spaced += "_"
        spaced += character if character.isalnum() else "_"
    return [part for part in spaced.lower().split("_") if part]
