"""Compiles captured texts at a function's first event on a node, under the user's own file names and lines.

What is compiled is kept on the node with these names, so that whatever shows a file and a line (a traceback,
a logger, a warning) shows the user's own, at no cost to later events. `source_lines` has the lines.

This module has no ``__future__`` import, because ``exec`` would pass it on to the text.
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import CodeType, FrameType
    from typing import Any

_Code = type((lambda: 0).__code__)

_NEVER_CALLED = (lambda: None).__code__


def compile_texts(sources: "tuple[tuple[Any, ...], ...]") -> "list[tuple[CodeType, list[CodeType]]]":
    """Return, for each text among the sources of a body, the code of its imports and that of its units.

    Raises:
        SyntaxError: This Python cannot read one of them.
    """
    texts = [source[1:] for source in sources if len(source) > 2]
    files = names_of_files(text for text, *_ in texts)
    codes = []
    for file, (text, names, *_) in zip(files, texts):
        codes.append(_taken_apart(_code_without_warning(text), text, names, file))
    return codes


def names_of_files(texts: "Iterable[str]") -> "list[str]":
    """Return the name of the file that each text comes from; two files of one name are told apart."""
    found: list[str] = []
    for text in texts:
        name = text[1 : text.index("\n")]
        while name in found:
            name += " (another file of this name)"
        found.append(name)
    return found


def units(text: str, names: str, whole: "CodeType") -> "list[tuple[CodeType, CodeType, int]]":
    """Return the units in the code of a text: wrapper, own code, first line in the user's file."""
    lines = text.split("\n")
    wrappers = {one.co_name: one for one in whole.co_consts if type(one) is _Code}
    found = []
    for number, path in enumerate(names.split()):
        wrapper = wrappers[f"k{number}"]
        line = int(lines[wrapper.co_firstlineno - 1].rpartition("#")[2])
        found.append((wrapper, dig(wrapper, path), line))
    return found


def dig(code: "CodeType", path: str) -> "CodeType":
    """Return the code object that lies in ``code`` under a path of names such as ``"Tool.go"``.

    Of several with the same name, the last one is meant: lambdas in the defaults of a lambda come before it.
    Scopes that the compiler makes for type parameters are skipped.
    """
    for name in path.split("."):
        code = _inner(code, name)
    return code


def _inner(code: "CodeType", name: str) -> "CodeType":
    generic = None
    for constant in reversed(code.co_consts):
        if type(constant) is _Code:
            if constant.co_name == name:
                return constant
            if generic is None and constant.co_name.startswith("<generic parameters of "):
                generic = constant
    if generic is None:
        raise ValueError(f"the text has no {name!r}")
    return _inner(generic, name)


def _code(text: str) -> "CodeType":
    """Return the code of a text, without `compile`, which would load the types of syntax trees.

    It is taken at the moment when it is about to be executed. Before that, the compiler may call what loads
    the module ``unicodedata``.
    """
    found: list[CodeType] = []
    namespace: dict[str, Any] = {}

    def called(frame: "FrameType", event: str, _: object) -> None:
        if event == "call" and frame.f_globals is namespace:
            found.append(frame.f_code)
            raise StopIteration

    sys.setprofile(called)
    try:
        exec(text, namespace)
    except StopIteration:
        return found[0]
    finally:
        sys.setprofile(None)
    raise AssertionError("unreachable: a text is executed")


def _code_without_warning(text: str) -> "CodeType":
    """Return the code of a text, and warn of nothing in it.

    Its author has seen the warnings; a newer compiler may have others, which would only clutter the output.
    """
    import _warnings

    ignored = ("ignore", None, Warning, None, 0)
    _warnings.filters.insert(0, ignored)
    try:
        return _code(text)
    finally:
        if ignored in _warnings.filters:
            _warnings.filters.remove(ignored)


def _taken_apart(whole: "CodeType", text: str, names: str, file: str) -> "tuple[CodeType, list[CodeType]]":
    own = [_moved(unit, file, line - unit.co_firstlineno) for _, unit, line in units(text, names, whole)]
    # The wrappers are made when the imports run, and removed again.
    constants = [_NEVER_CALLED if type(one) is _Code else one for one in whole.co_consts]
    return whole.replace(co_filename=f"{file}, imports", co_consts=tuple(constants)), own


def _moved(code: "CodeType", file: str, shift: int) -> "CodeType":
    """Return a code object, and all those in it, as one of another file and other lines."""
    constants = [_moved(one, file, shift) if type(one) is _Code else one for one in code.co_consts]
    line = code.co_firstlineno + shift
    return code.replace(co_filename=file, co_firstlineno=line, co_consts=tuple(constants))
