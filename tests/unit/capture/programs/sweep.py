"""Finds the text of every function that is alive after the standard library was imported; prints those without."""

from __future__ import annotations

import ast
import contextlib
import functools
import gc
import importlib
import io
import sys
import types
import warnings

NOT_IMPORTED = {"antigravity", "this", "idlelib", "tkinter", "turtle", "turtledemo", "__main__"}
FURTHER = [
    "asyncio",
    "email.mime.text",
    "concurrent.futures",
    "xml.dom.minidom",
    "http.server",
    "http.cookiejar",
    "unittest.mock",
    "logging.handlers",
    "multiprocessing.managers",
    "json.tool",
    "importlib.metadata",
    "urllib.request",
    "ctypes.util",
    "encodings.idna",
    "test.test_grammar",
    "test.test_generators",
    "test.test_descr",
    "test.test_super",
    "test.test_dataclasses",
    "test.test_functools",
    "test.test_typing",
    "test.test_lambda",
    "test.test_scope",
    "test.test_patma",
    "test.test_fstring",
    "test.test_enum",
    "test.test_except_star",
    "test.test_asyncgen",
    "test.test_contextlib",
    "test.test_named_expressions",
    "test.test_type_params",
    "test.test_compile",
    "test.test_dis",
    "test.test_listcomps",
]


@functools.cache
def defined_in(path: str) -> set[str]:
    """Return the names of the defs of a file, and that of lambdas."""
    with open(path, "rb") as file:
        tree = ast.parse(file.read())
    named = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    return named | {"<lambda>"}


def main(root: str) -> None:
    sys.path.append(root)
    warnings.simplefilter("ignore")
    from arcapix.fs.gpfs.capture.locate import NoSource, unit

    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        for name in [*sorted(sys.stdlib_module_names - NOT_IMPORTED), *FURTHER]:
            with contextlib.suppress(BaseException):
                importlib.import_module(name)
    seen, found, lost = set(), 0, []
    for function in gc.get_objects():
        if type(function) is not types.FunctionType or id(function.__code__) in seen:
            continue
        code = function.__code__
        seen.add(id(code))
        # The evaluators of type aliases and bounds are functions without a def.
        if not code.co_filename.endswith(".py") or code.co_name not in defined_in(code.co_filename):
            continue
        try:
            unit(code, function.__globals__)
            found += 1
        except NoSource as error:
            lost.append(f"{code.co_filename}:{code.co_firstlineno} {error}")
    print(found, *lost, sep="\n")


if __name__ == "__main__":
    main(sys.argv[1])
