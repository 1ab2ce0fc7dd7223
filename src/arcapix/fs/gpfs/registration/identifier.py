"""Identifiers of callbacks: which ones are legal, and one made from the command when none is given."""

from __future__ import annotations

import os
import re
from collections.abc import Callable

from ..binding.callables import name_of
from ..exceptions import BadIdentifier

__all__ = ["check", "generate"]

_LONGEST = 255
_LONGEST_BASE = 60

_LEGAL = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@+=-]*", re.ASCII)
_FIRST_CHARACTER = re.compile(r"[A-Za-z0-9_]", re.ASCII)
_ILLEGAL_CHARACTER = re.compile(r"[^A-Za-z0-9_.@+=-]", re.ASCII)
_NOT_IN_A_BASE = re.compile(r"[^A-Za-z0-9_]", re.ASCII)

# Those of GPFS's own callbacks; longest first, so that the message names the whole prefix.
_RESERVED_PREFIXES = ("gpfs", "mm")
# mmlscallback takes these words as selectors: a callback with such a name could not be listed alone.
_SELECTORS = ("user", "system", "all")


def check(identifier: str) -> tuple[str, ...]:
    """Refuse an identifier that GPFS refuses, a shell could misread, or nobody could address later.

    Returns:
        Doubts that stop nothing, for ``CallbackWarning``.

    Raises:
        BadIdentifier: It is refused; the text proposes a legal one.
        TypeError: It is not text.
    """
    if not isinstance(identifier, str):
        raise TypeError(f"an identifier is a str, not {type(identifier).__name__}")
    problem = _problem(identifier)
    if problem:
        raise BadIdentifier(identifier, problem, _legal_form(identifier))
    folded = identifier.lower()
    if folded in _SELECTORS:
        return (f"{identifier!r} differs only in case from {folded!r}, a word that mmlscallback reserves",)
    prefix = _reserved_prefix(folded)
    if prefix:
        return (
            f"{identifier!r} begins with {identifier[: len(prefix)]!r}: GPFS keeps {prefix!r} for itself, "
            "perhaps in any case",
        )
    return ()


def generate(command: Callable[..., object] | str | os.PathLike[str]) -> str:
    """Make an identifier for a command: its name, ``_`` and 12 random hexadecimal digits.

    Args:
        command: A callable, or the path of a script.
    """
    return f"{_base(name_of(command))}_{os.urandom(6).hex()}"


def _problem(identifier: str) -> str:
    if not identifier:
        return "is empty"
    if len(identifier) > _LONGEST:
        return f"has {len(identifier)} characters, but at most {_LONGEST} are allowed"
    illegal = _ILLEGAL_CHARACTER.search(identifier)
    if illegal:
        return f"holds {illegal.group()!r}; letters, digits and _ . @ + = - are allowed"
    if not _LEGAL.fullmatch(identifier):
        return f"begins with {identifier[0]!r}; the first character is a letter, a digit or _"
    if identifier in _SELECTORS:
        return "is a word that mmlscallback reserves"
    prefix = _reserved_prefix(identifier)
    return f"begins with {prefix!r}, which GPFS keeps for itself" if prefix else ""


def _reserved_prefix(text: str) -> str:
    return next((prefix for prefix in _RESERVED_PREFIXES if text.startswith(prefix)), "")


def _legal_form(identifier: str) -> str:
    """A legal identifier as close to the given one as possible."""
    proposal = _ILLEGAL_CHARACTER.sub("_", identifier) or "callback"
    folded = proposal.lower()
    if not _FIRST_CHARACTER.match(proposal) or folded in _SELECTORS or _reserved_prefix(folded):
        proposal = f"cb_{proposal}"
    return proposal[:_LONGEST]


def _base(name: str) -> str:
    base = _NOT_IN_A_BASE.sub("_", name).strip("_") or "callback"
    if base[0].isdigit() or _reserved_prefix(base.lower()):
        base = f"cb_{base}"
    return base[:_LONGEST_BASE]
