"""The lowest Python whose compiler can read a text."""

from __future__ import annotations

import ast
import io
import sys
import tokenize
import warnings
from dataclasses import dataclass

Version = tuple[int, int]

LOWEST: Version = (3, 11)
DEFERRED_ANNOTATIONS: Version = (3, 14)
NEW_NAMES: dict[tuple[str, str], Version] = {
    ("builtins", "PythonFinalizationError"): (3, 13),
    ("builtins", "ImportCycleError"): (3, 15),
    ("builtins", "frozendict"): (3, 15),
    ("builtins", "sentinel"): (3, 15),
    ("argparse", "_identity"): (3, 14),
    ("argparse", "_colorless_theme"): (3, 15),
    ("_colorize", "Argparse"): (3, 14),
    ("configparser", "UNNAMED_SECTION"): (3, 13),
    ("configparser", "_Line"): (3, 13),
    ("configparser", "_CommentSpec"): (3, 14),
    ("typing", "_proto_hook"): (3, 12),
    ("typing", "NoExtraItems"): (3, 15),
}
"""Module and name -> the first Python that has it: built-ins, and what objects of the library refer to
without their user's knowledge. Whoever names something new in the library knows that."""
_UNPACKING_COMPREHENSIONS: Version = (3, 15)
_NESTED_F_STRINGS: Version = (3, 12)


def minimum_version(text: str) -> Version:
    """Return the lowest supported version whose syntax the text keeps to."""
    version = LOWEST
    while version < sys.version_info[:2] and not _parses(text, version):
        version = (version[0], version[1] + 1)
    if version < _NESTED_F_STRINGS <= sys.version_info[:2] and _has_new_f_string(text):
        version = _NESTED_F_STRINGS
    if version < _UNPACKING_COMPREHENSIONS <= sys.version_info[:2] and _unpacks_in_comprehension(text):
        version = _UNPACKING_COMPREHENSIONS
    return version


def _unpacks_in_comprehension(text: str) -> bool:
    """Tell whether a comprehension unpacks what it yields (PEP 798); ``ast`` lets it pass for any version."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp):
            if isinstance(node.elt, ast.Starred):
                return True
        elif isinstance(node, ast.DictComp) and getattr(node, "value", None) is None:
            return True
    return False


def _parses(text: str, version: Version) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(text, feature_version=version)
        except SyntaxError:
            return False
    return True


@dataclass
class _FString:
    """An f-string whose tokens are being read."""

    quote: str
    line: int


def _has_new_f_string(text: str) -> bool:
    """Tell whether an f-string does what only PEP 701 allows; ``ast`` cannot see it.

    That is, in an expression: the string's own quote, a backslash, a comment, or a line break if the string
    is not triple-quoted.
    """
    strings: list[_FString] = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        name = tokenize.tok_name[token.exact_type]
        if (
            strings
            and name not in ("FSTRING_MIDDLE", "FSTRING_START", "FSTRING_END")
            and _is_new(strings, token)
        ):
            return True
        if name == "FSTRING_START":
            quote = token.string.lstrip("fFrR")
            if any(
                quote == outer.quote or (len(outer.quote) == 1 and quote[0] == outer.quote)
                for outer in strings
            ):
                return True
            strings.append(_FString(quote, token.start[0]))
        elif name == "FSTRING_END":
            strings.pop()
    return False


def _is_new(strings: list[_FString], token: tokenize.TokenInfo) -> bool:
    """Tell whether a token in an f-string's expression could not have stood there before PEP 701."""
    if token.type == tokenize.COMMENT:
        return True
    for outer in strings:
        if len(outer.quote) == 1 and token.start[0] != outer.line:
            return True
        if token.type == tokenize.STRING and ("\\" in token.string or outer.quote in token.string):
            return True
    # A backslash at the end of a line is not a token; the next token is then on another line.
    return False
