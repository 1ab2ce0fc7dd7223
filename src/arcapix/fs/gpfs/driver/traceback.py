"""Tracebacks in the user's own files and lines. Loaded only when something failed.

`exec` names every file ``<string>`` and counts from the top of the text that the token carries. The text says
which file and line each def came from, and it holds the lines themselves, which need not exist on this node.
"""

from __future__ import annotations

import linecache
import marshal
import traceback
import warnings
from dataclasses import dataclass
from types import CodeType, TracebackType

from .rebuild import dig

_BLANKS = {
    **dict.fromkeys(map(ord, "\x0b\x0c\x1c\x1d\x1e"), " "),
    0x85: "\xa0",
    **dict.fromkeys((0x2028, 0x2029), "\u2002"),
}
"""Characters that `str.splitlines` takes for the end of a line, and Python does not."""


@dataclass(frozen=True)
class Place:
    """Where the lines of a code object stand in the user's file."""

    file: str
    shift: int
    """Line in the file minus line in the text."""


def render(error: BaseException, body: bytes = b"", form: str = "source") -> str:
    """Return the text of a traceback, without the frames of the driver that lead to the user's.

    Args:
        error: What was raised.
        body: The body that the function was rebuilt from; empty if there was none yet.
        form: Its form. Bytecode names the user's files itself.
    """
    places = find_places(body) if body and form == "source" else {}
    summary = traceback.TracebackException.from_exception(error)
    _relocate(summary, error, places)
    return "".join(summary.format())


def find_places(body: bytes) -> dict[CodeType, Place]:
    """Return the places of all code objects of a source body, and give `linecache` the lines."""
    places: dict[CodeType, Place] = {}
    files: dict[str, dict[int, str]] = {}
    for _, text, names, *_ in marshal.loads(body)[0]:
        # Not splitlines, which also splits at characters that end no line in a program.
        lines = [f"{line}\n" for line in text.removesuffix("\n").split("\n")]
        file = lines[0][1:].rstrip("\n")
        while file in files:
            file += " (another file of this name)"
        shown = files[file] = {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            whole = compile(text, "<string>", "exec", dont_inherit=True)
        places[whole] = Place(f"{file}, imports", 0)
        files[f"{file}, imports"] = dict(enumerate(lines, 1))
        for number, path in enumerate(names.split()):
            wrapper = dig(whole, f"k{number}")
            unit = dig(wrapper, path)
            first = int(lines[wrapper.co_firstlineno - 1].rpartition("#")[2])
            place = Place(file, first - unit.co_firstlineno)
            _note_all(unit, place, places)
            last = _first_line_of_wrapper(whole, number + 1) or len(lines) + 1
            for line in range(unit.co_firstlineno, last):
                shown[line + place.shift] = lines[line - 1]
    for file, numbered in files.items():
        _give_lines(file, numbered)
    return places


def _first_line_of_wrapper(whole: CodeType, number: int) -> int | None:
    try:
        return dig(whole, f"k{number}").co_firstlineno
    except ValueError:
        return None


def _note_all(code: CodeType, place: Place, places: dict[CodeType, Place]) -> None:
    places[code] = place
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            _note_all(constant, place, places)


def _give_lines(file: str, numbered: dict[int, str]) -> None:
    lines = [numbered.get(number, "\n") for number in range(1, max(numbered, default=0) + 1)]
    # A traceback splits its lines at these characters; columns count bytes, so the blanks have as many.
    lines = [line.translate(_BLANKS) for line in lines]
    # A time of None keeps linecache from looking for the file.
    linecache.cache[file] = (sum(map(len, lines)), None, lines, file)


def _relocate(
    summary: traceback.TracebackException, error: BaseException, places: dict[CodeType, Place]
) -> None:
    """Put the user's files and lines into a traceback, and into those of its causes."""
    frames = list(_frames(error.__traceback__))
    relocated = [_relocated(shown, code, places) for shown, code in zip(summary.stack, frames)]
    summary.stack[: len(relocated)] = _from_the_user_on(relocated)
    for inner, reason in (
        (summary.__cause__, error.__cause__),
        (summary.__context__, error.__context__),
        *zip(summary.exceptions or (), getattr(error, "exceptions", ())),
    ):
        if inner is not None and reason is not None:
            _relocate(inner, reason, places)


def _frames(trace: TracebackType | None) -> list[CodeType]:
    codes = []
    while trace is not None:
        codes.append(trace.tb_frame.f_code)
        trace = trace.tb_next
    return codes


def _relocated(
    shown: traceback.FrameSummary, code: CodeType, places: dict[CodeType, Place]
) -> traceback.FrameSummary:
    place = places.get(code) if code.co_filename == "<string>" else None
    if place is None or shown.lineno is None:
        return shown
    return traceback.FrameSummary(
        place.file,
        shown.lineno + place.shift,
        shown.name,
        end_lineno=None if shown.end_lineno is None else shown.end_lineno + place.shift,
        colno=shown.colno,
        end_colno=shown.end_colno,
    )


def _from_the_user_on(frames: list[traceback.FrameSummary]) -> list[traceback.FrameSummary]:
    """Leave out the driver's own frames at the beginning, if there are others."""
    own = __file__.rpartition("/")[0]
    count = 0
    while count < len(frames) and frames[count].filename.rpartition("/")[0] == own:
        count += 1
    return frames[count:] if count < len(frames) else frames
