"""How objects are written and read as text: ``filesystem:mmfs1``, ``fileset:mmfs1/projects``."""

from __future__ import annotations

from ..exceptions import nearest
from .owner import CLASS_OF

__all__ = ["FORMS", "parse", "shown"]

FORMS: dict[str, str] = {
    "cluster": "cluster",
    "node": "node:NODE",
    "nodeclass": "nodeclass:NODECLASS",
    "filesystem": "filesystem:FILESYSTEM",
    "fileset": "fileset:FILESYSTEM/FILESET",
    "pool": "pool:FILESYSTEM/POOL",
}
"""Kind of owner object -> how one of that kind is written, in the order in which they are offered."""

_FEW = "filesystem:mmfs1, fileset:mmfs1/projects or cluster"
_NUMBER_OF_NAMES = {kind: form.count(":") + form.count("/") for kind, form in FORMS.items()}


def shown(scope: tuple[str, ...]) -> str:
    """Return an object as text: its kind, then the names that tell it from others."""
    kind, *names = scope
    return f"{kind}:{'/'.join(names)}" if names else kind


def parse(text: str) -> tuple[str, ...]:
    """Return the kind and the names of an object; the counterpart of `shown`.

    Nobody is asked whether there is such an object.

    Raises:
        ValueError: It names none, or none of a kind that can have callbacks.
    """
    kind, colon, rest = text.partition(":")
    if kind not in FORMS:
        raise ValueError(_unknown(text, kind, has_names=bool(colon)))
    form = FORMS[kind]
    names = rest.split("/") if colon else []
    if not all(names) or len(names) != _NUMBER_OF_NAMES[kind]:
        raise ValueError(f"{text!r} is not how a {CLASS_OF[kind].lower()} is written; give {form}")
    return kind, *names


def _unknown(text: str, kind: str, *, has_names: bool) -> str:
    near = nearest(kind, FORMS)
    if near:
        return f"{text!r} begins with no kind of object; did you mean {near!r}? It is written {FORMS[near]}"
    if has_names:
        return f"{text!r} begins with no kind of object; give one of {', '.join(FORMS.values())}"
    return f"{text!r} does not say which kind of object it is; give one such as {_FEW}"
