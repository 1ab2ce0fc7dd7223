"""The program that `node_callbacks` starts: finds which modules a node lacks that captured functions import.

Run as ``python -I module_finder.py JOB`` by the interpreter of a driver; the job is a marshal document, the
answer a list in JSON with a list of names for each body. Nothing is rebuilt, imported or called: modules are
looked for where Python would look, one package after the other.
"""

from __future__ import annotations

import ast
import binascii
import itertools
import json
import marshal
import resource
import sys
import zlib
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from typing import Any

_MOST_BYTES = 512 << 20
"""Of memory; what `capture` makes takes a fraction."""

_MOST_UNPACKED = 32 << 20
_MOST_SECONDS = 20

_MODULE, _REFERENCE = "M", "G"
"""The steps that import, as in `driver.operations`: the driver's interpreter may lack this package."""


def main(job_path: str) -> None:
    """Do the job, and write the answer to standard output."""
    with open(job_path, "rb") as file:
        job = marshal.loads(file.read())
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_BYTES, _MOST_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_MOST_SECONDS, _MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    print(json.dumps([_missing(body, job["dictionary"]) for body in job["bodies"]]))


def _missing(body: str, dictionary: bytes) -> list[str]:
    """Return the modules that are not there; none for a body that was altered, or is of an early release."""
    try:
        packed = binascii.a2b_base64(body + "=" * (-len(body) % 4))
        content = zlib.decompressobj(-15, dictionary).decompress(packed, _MOST_UNPACKED)
        sources, spaces, steps, *_ = marshal.loads(content)
        return sorted({name for name in _imported(sources, spaces, steps) if not _is_there(name)})
    except Exception:
        return []


def _imported(sources: Any, spaces: Any, steps: Any) -> Iterator[str]:
    """Yield the modules that steps import, and those that the functions import when they run."""
    for space in spaces:
        if type(space) is tuple:
            yield from space
    for operation, *arguments in steps:
        if operation == _MODULE:
            yield from arguments
        elif operation == _REFERENCE:
            yield arguments[0]
    for _, text, *_ in sources:
        if type(text) is str:
            yield from _imports(ast.parse(text))


def _imports(node: ast.AST) -> Iterator[str]:
    """Yield what a text imports, but for what it can do without, or never executes."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level and node.module != "__future__":
        yield node.module
    if isinstance(node, ast.Try) and node.handlers:
        return
    if isinstance(node, ast.If) and isinstance(node.test, ast.Constant) and not node.test.value:
        return
    for child in ast.iter_child_nodes(node):
        yield from _imports(child)


def _is_there(name: str) -> bool:
    """Tell whether a module is there; what a package makes itself, such as ``os.path``, counts as there."""
    if name.partition(".")[0] == "__main__":
        return True
    path: Any = None
    for whole in itertools.accumulate(name.split("."), "{}.{}".format):
        spec = _found(whole, path)
        if spec is None:
            return False
        path = spec.submodule_search_locations
        if not path:
            break
    return True


def _found(name: str, path: Any) -> ModuleSpec | None:
    """Return where a module is, by the finders of Python, none of which imports what is above it."""
    for finder in sys.meta_path:
        spec = finder.find_spec(name, path)
        if spec is not None:
            return spec
    return None


if __name__ == "__main__":
    main(sys.argv[1])
