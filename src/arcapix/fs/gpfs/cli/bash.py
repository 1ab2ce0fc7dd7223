"""Completion in bash, which takes the colon in ``fileset:mmfs1/x`` and ``=`` for words of their own."""

from __future__ import annotations

from typing import Any

from click.shell_completion import BashComplete, CompletionItem, add_completion_class

__all__ = ["register"]

_BREAKS = (":", "=")
_END = "    return 0\n"
_NO_BLANK = "    [[ ${COMPREPLY[0]-} == *[:=] ]] && compopt -o nospace\n"


class _Bash(BashComplete):
    """Puts together what bash has taken apart, and gives it back the part that it completes."""

    source_template = BashComplete.source_template.replace(_END, f"{_NO_BLANK}{_END}")
    """No blank follows a word that is to go on."""
    _given = ""
    """What of the word stands before the part that bash completes."""

    def get_completion_args(self) -> tuple[list[str], str]:
        words, incomplete = super().get_completion_args()
        joined: list[str] = []
        for word in (*words, incomplete):
            if joined and (word in _BREAKS or joined[-1].endswith(_BREAKS)):
                joined[-1] += word
            else:
                joined.append(word)
        *before, last = joined
        self._given = last.removesuffix("" if incomplete in _BREAKS else incomplete)
        return before, last

    def format_completion(self, item: CompletionItem[Any]) -> str:
        kind, comma, value = super().format_completion(item).partition(",")
        return f"{kind}{comma}{value.removeprefix(self._given)}"


def register() -> None:
    """Have click complete with this class in bash."""
    add_completion_class(_Bash)
