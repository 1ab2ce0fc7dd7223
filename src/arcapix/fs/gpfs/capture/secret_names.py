"""Whether the name of a text that travels suggests that it is a secret."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

_PARTS = frozenset({"password", "passwd", "passphrase", "secret", "token", "credential"})
_PAIRS = frozenset(
    (kind, "key") for kind in ("api", "secret", "private", "access", "auth", "encryption", "signing")
)
_PLACES = ("/", "%", "$")
"""How a text begins that says where something is kept, or which variable of GPFS's."""

_NAMED = re.compile(r"(?<!\S)(?:-{0,2}([A-Za-z][\w-]*)=|--?([A-Za-z][\w-]*)\s+(?!-))(?=(\S+))")
"""``password=x``, ``--password=x`` and ``--password x``."""

_JOINED = frozenset({"apikey", "secretkey", "privatekey", "accesskey", "authkey"})


def looks_secret(name: str) -> bool:
    """Tell whether a part of the name, between underscores or changes of case, is a word for a secret."""
    parts = [part.removesuffix("s") if part != "pass" else part for part in _parts(name)]
    return any(part in _PARTS or part in _JOINED for part in parts) or any(
        pair in _PAIRS for pair in pairwise(parts)
    )


def is_given(text: object) -> bool:
    """Tell whether what stands beside such a name may be a secret itself, and not the place of one."""
    return isinstance(text, str) and bool(text) and not text.startswith(_PLACES)


def named_in(words: Iterable[str]) -> list[str]:
    """Return the names that look secret and have a value beside them, among the words of a command line."""
    found = [match[1] or match[2] for match in _NAMED.finditer(" ".join(words)) if is_given(match[3])]
    return [name for name in dict.fromkeys(found) if looks_secret(name)]


def exposed(what: str) -> str:
    """Return the warning of a text that looks secret."""
    return (
        f"{what} can be read by every local user while the callback runs, and by whoever may list callbacks; "
        "use Secret.file('/etc/...') or Secret.env('NAME')"
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
