"""The lines of the user's files, for whoever shows them: the files need not exist on this node.

Loaded when the function, or a library that it uses, imports ``linecache``, as everything does that shows
tracebacks; the texts are looked at only when a line is asked for.
"""

from __future__ import annotations

import functools
import marshal
import sys
import warnings

from .compiling import names_of_files, units
from .rebuild import PICKLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from typing import Any

_BLANKS = {
    **dict.fromkeys(map(ord, "\x0b\x0c\x1c\x1d\x1e"), " "),
    0x85: "\xa0",
    **dict.fromkeys((0x2028, 0x2029), "\u2002"),
}
"""Characters that `str.splitlines` takes for the end of a line, and Python does not; columns count bytes, so
the blanks have as many."""


def of_linecache(body: bytes, finder: object) -> ModuleSpec | None:
    """Return the spec of the library's ``linecache``, which is to have the lines once it is loaded.

    Args:
        body: The body that the function is rebuilt from.
        finder: The finder that was asked, and is not to be asked again.
    """
    for other in sys.meta_path:
        spec = None if other is finder else other.find_spec("linecache", None)
        if spec is not None:
            spec.loader = _filling(spec, body)
            return spec
    return None


def _filling(spec: ModuleSpec, body: bytes) -> Any:
    """Return a loader that does what the loader of a spec does, and fills the cache."""
    loader: Any = spec.loader

    def exec_module(module: Any) -> None:
        spec.loader = module.__loader__ = loader
        loader.exec_module(module)
        fill(module.cache, body)

    filling: Any = type(sys)("filling")  # a module will do; it is not worth a class
    filling.create_module, filling.exec_module = loader.create_module, exec_module
    return filling


def fill(cache: dict[str, Any], body: bytes) -> None:
    """Have the cache of ``linecache`` ask here for the lines of a body's files."""
    if body[:1] in (b"", PICKLE):
        return
    texts = [(text, names[0]) for _, text, *names in marshal.loads(body)[0] if names]
    files = names_of_files(text for text, _ in texts)
    for file, (text, names) in zip(files, texts):
        cache[file] = (functools.partial(_lines_of_file, text, names),)
        cache[f"{file}, imports"] = (functools.partial(_shown, text.split("\n")),)


def _lines_of_file(text: str, names: str) -> str:
    """Return what is known of a file: its lines in their places, and empty ones between them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        whole = compile(text, "<string>", "exec", dont_inherit=True)
    lines = text.removesuffix("\n").split("\n")  # splitlines would also split where no line of a program ends
    found = units(text, names, whole)
    ends = [wrapper.co_firstlineno for wrapper, _, _ in found[1:]] + [len(lines) + 1]
    known: dict[int, str] = {}
    for (_, unit, line), end in zip(found, ends):
        known.update(enumerate(lines[unit.co_firstlineno - 1 : end - 1], line))
    return _shown([known.get(number, "") for number in range(1, max(known, default=0) + 1)])


def _shown(lines: list[str]) -> str:
    return "\n".join(lines).translate(_BLANKS)
