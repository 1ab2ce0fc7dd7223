"""Tells wrong values of options as errors of usage, and what the API says in the words of options."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from ..exceptions import GPFSError, GPFSExecuteException

__all__ = ["checked", "in_words", "keywords_as_options"]

Replacement = str | Callable[[re.Match[str]], str]

_NAMED = {"node": "on-nodes", "command": "function", "identifier": "id"}
"""Keywords of the API -> how the options are called that do the same, where that is another name."""
_KEYWORD = re.compile(r"(?<![\w'\"-])([a-z_]+)=(?:True\b)?")
_BEFORE_A_STOP = re.compile(r" (?=[ ,.;:)]|$)")


class _InWords(GPFSError):
    """An error of the API, with its exit status."""

    def __init__(self, text: str, exit_status: int) -> None:
        self.exit_status = exit_status
        super().__init__(text)


@contextmanager
def checked() -> Iterator[None]:
    """Within the block, a `TypeError` or `ValueError` that is none of ours is an error of usage."""
    try:
        yield
    except GPFSError:
        raise
    except (TypeError, ValueError) as error:
        raise click.UsageError(str(error)) from None


@contextmanager
def keywords_as_options() -> Iterator[None]:
    """Within the block, what the API says is said in the words of the command line.

    What it refuses is an error of usage, if it is none of ours.
    """
    with warnings.catch_warnings():
        tell = warnings.showwarning
        warnings.showwarning = lambda doubt, *others, **more: tell(in_words(str(doubt)), *others, **more)
        try:
            with checked():
                yield
        except click.UsageError as error:
            raise click.UsageError(in_words(error.message)) from None
        except GPFSExecuteException:
            raise  # it holds the words of an mm command
        except GPFSError as error:
            text = in_words(str(error))
            if text == str(error):
                raise
            raise _InWords(text, error.exit_status) from None


def in_words(text: str) -> str:
    """Return what the API says in the words of the command line: ``sync=True`` is ``--sync`` there."""
    for pattern, replacement in _PHRASES:
        text = pattern.sub(replacement, text)
    return _BEFORE_A_STOP.sub("", _KEYWORD.sub(_option, text))


def _option(keyword: re.Match[str]) -> str:
    return "a run option " if keyword[1] == "run" else f"--{_called(keyword[1])} "


def _called(keyword: str) -> str:
    return _NAMED.get(keyword, keyword).replace("_", "-")


def _of_change(call: re.Match[str]) -> str:
    """Return the options for the keywords of a call of ``change``."""
    options = []
    for argument in call[1].split(", "):
        keyword, _, value = argument.partition("=")
        if keyword != "...":
            options.append(
                f"--default {_called(keyword)}"
                if value == "None"
                else f"--{_called(keyword)} {value.strip('.')}".strip()
            )
    return " and ".join(options)


def _several(parms: re.Match[str]) -> str:
    return " ".join(f"--parms {word}" for word in parms[1].split(", "))


_PHRASES: tuple[tuple[re.Pattern[str], Replacement], ...] = (
    (re.compile(r"\bchange\(([^()]*)\)"), _of_change),
    (re.compile(r"; write Variable\('[^']*'\) if GPFS knows it"), ""),
    (re.compile(r"[;,]? Literal\('[^']*'\) (?:is|for) the text"), ""),
    (re.compile(r"give a list: parms=\[([^\]]*)\]"), lambda parms: f"give: {_several(parms)}"),
    (re.compile(r"Once\(within=\.\.\., folder=('[^']*')\)"), r"--once-folder \1"),
    (re.compile(r"\brun= (?=allows|has|asks)"), "it "),
    (
        re.compile(r"Cluster\(\)\.callbacks\.new\(\.\.\., node=\.\.\.\)"),
        "the object 'cluster' with --on-nodes",
    ),
)
"""What the API says of its calls, and what there is in their place; a shell has no `Literal`."""
