"""What the end of a function means to those who read about it: a status, and a reason in one line."""

from __future__ import annotations

AGAIN, NEVER = "again", "never"
"""What a function asks for that has failed; behind the first stand the seconds until then."""

_MOST_CHARACTERS = 1_000
"""Of a result, of an exit status, of a reason."""


def reason_of(error: BaseException) -> str:
    """Return the type of an exception, and the first line of what it says."""
    name = _name_of(type(error))
    try:
        lines = _exactly(str(error)).split("\n")
    except BaseException:  # an exception that says nothing is an exception
        return _cut(name)
    said = next(filter(None, map(str.strip, lines)), "")
    return _cut(f"{name}: {said}" if said else name)


def shown(error: BaseException, notes: list[str]) -> str:
    """Print a traceback, or add it to the notes on a run; return the reason in one line."""
    from .complaints import print_error
    from .ending import flush_standard_streams

    reason = reason_of(error)
    try:
        from . import traceback

        text = traceback.render(error)
        flush_standard_streams()
    except BaseException as second:
        text = f"{reason}\n(its traceback cannot be shown: {reason_of(second)})\n"
    if not print_error(text):
        notes.append(text.rstrip())
    return reason


def _name_of(kind: type[BaseException]) -> str:
    try:
        name = kind.__qualname__
        return name if kind.__module__ in ("builtins", "__main__") else f"{kind.__module__}.{name}"
    except BaseException:  # its class has a hostile class of its own
        return "an exception without a name"


def verdict_of(error: BaseException) -> str:
    """Return what an exception asks for, as those of `verdicts` do; nothing if it asks for nothing.

    The function has them from the installed package, not from this bundle of its modules.
    """
    try:
        names = [kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "arcapix.fs.gpfs"]
        if "GiveUp" in names:
            return NEVER
        if "RetryLater" in names:
            return f"{AGAIN} {float(error.delay)}"  # type: ignore[attr-defined]
    except Exception:  # a class of the function's may be anything
        return ""
    return ""


def shortened(value: object) -> str:
    """Return what stands for a result, or for the argument of ``sys.exit``."""
    try:
        return _cut(_exactly(repr(value)))
    except BaseException:  # a result that cannot be shown is a result
        return f"<{type(value).__name__} object whose repr raised>"


def is_success(code: object) -> bool:
    """Tell whether ``sys.exit`` was called with what means success."""
    try:
        return code is None or bool(code == 0)
    except BaseException:  # an object that cannot be compared is no status
        return False


def status_of_child(code: object) -> int:
    """Return the exit status that Python gives a process that ends by ``sys.exit(code)``."""
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    from .complaints import print_error

    print_error(f"{code}\n")
    return 1


def _exactly(text: str) -> str:
    """Return the characters of a text whose class may be one of the function's."""
    return "".join((text, ""))


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_CHARACTERS else text[:_MOST_CHARACTERS] + "..."
