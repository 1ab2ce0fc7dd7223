"""The end of everything that a function started and left behind, as Python does it when it exits normally.

The function has done its work by then. What goes wrong here is remarked in the log, and changes nothing about
how the run ended.
"""

from __future__ import annotations

import gc
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any


def settle() -> list[str]:
    """End threads and exit functions, and write what is left in files; return what is to be remarked.

    All these may still print, so this comes before the output is copied to the log.
    """
    remarks = []
    for step in (_wait_for_threads, _run_exit_functions, gc.collect):
        try:
            step()
        except BaseException as error:
            remarks.append(f"at the end of the run: {type(error).__name__}: {error}")
    remarks += _flushed(_open_files())
    return list(dict.fromkeys(remarks))  # a text file and its buffer fail with the same words


def _wait_for_threads() -> None:
    threading = sys.modules.get("threading")
    if threading is not None:
        threading._shutdown()


def _run_exit_functions() -> None:
    atexit = sys.modules.get("atexit")
    if atexit is not None:
        atexit._run_exitfuncs()


def flush_standard_streams() -> None:
    """Write what is left in standard output and error, whatever the function has put in their places."""
    for _ in _flushed(_standard_streams()):
        continue


def _standard_streams() -> list[object]:
    return [getattr(sys, name, None) for name in ("stdout", "stderr", "__stdout__", "__stderr__")]


def _open_files() -> list[object]:
    import _io

    writers = (_io.TextIOWrapper, _io.BufferedWriter, _io.BufferedRandom)
    files: list[object] = [thing for thing in gc.get_objects() if issubclass(type(thing), writers)]
    return [*files, *_standard_streams()]


def _flushed(files: Iterable[Any]) -> Iterator[str]:
    """Write what is left in files; yield what could not be written, and why."""
    for file in files:
        try:
            if not file.closed:
                file.flush()
        except OSError as error:
            yield f"{_name(file)} could not be written: {error}"
        except BaseException:
            continue  # detached, or no file at all but what the function has put in its place


def _name(file: object) -> str:
    try:
        return repr(file.name)  # type: ignore[attr-defined]
    except BaseException:
        return f"a {type(file).__name__}"
