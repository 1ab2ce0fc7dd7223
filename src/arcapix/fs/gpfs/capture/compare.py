"""Whether two code objects mean the same: all that counts, without files, lines, columns and qualified names.

It imports nothing of ours, since the process that checks a capture uses it too.
"""

from __future__ import annotations

from types import CodeType

_NESTED = 0x10
_ITERABLE_COROUTINE = 0x100


def essence(code: CodeType) -> tuple[object, ...]:
    """Return what two code objects must have in common to be interchangeable.

    ``code ==`` will not do: it compares lines. ``types.coroutine`` sets a flag in a copy of the code; the
    flag is left out here and captured with the function.
    """
    if "__firstlineno__" in code.co_names:
        return _class_body(code)
    return (
        code.co_name,
        code.co_argcount,
        code.co_posonlyargcount,
        code.co_kwonlyargcount,
        code.co_flags & ~(_NESTED | _ITERABLE_COROUTINE),
        code.co_code,
        code.co_names,
        code.co_varnames,
        code.co_cellvars,
        code.co_freevars,
        code.co_exceptiontable,
        tuple(map(_constant, code.co_consts)),
    )


def _class_body(code: CodeType) -> tuple[object, ...]:
    """Return the essence of a class body of Python 3.13 or newer, which stores the number of its first line.

    That line may share its constant with one of the user's, so instructions are compared by what they mean.
    """
    import dis  # it costs more than the rest of this, and few functions have a class inside

    instructions: list[object] = []
    for instruction in dis.get_instructions(code):
        if instruction.opname == "STORE_NAME" and instruction.argval == "__firstlineno__":
            instructions.pop()
            instructions.append("the first line")
        instructions.append((instruction.opname, _constant(instruction.argval)))
    return (
        "class",
        code.co_name,
        code.co_flags & ~_NESTED,
        code.co_cellvars,
        code.co_freevars,
        code.co_exceptiontable,
        tuple(instructions),
    )


def _constant(value: object) -> object:
    if isinstance(value, CodeType):
        return essence(value)
    if type(value) is tuple:
        return ("tuple", *map(_constant, value))
    if type(value) is frozenset:
        return ("frozenset", *sorted(repr(_constant(item)) for item in value))
    return atom_key(value)


def is_definition(code: CodeType) -> bool:
    """Tell whether a code object is that of a def, lambda or class, not of a comprehension or the like."""
    return code.co_name[:1] != "<" or code.co_name == "<lambda>"


def can_be_written(qualified_name: str) -> bool:
    """Tell whether a text can give a function its qualified name: there is no lambda around it."""
    return all(part == "<locals>" or part.isidentifier() for part in qualified_name.split("."))


def atom_key(value: object) -> tuple[str, str]:
    """Return type and text of a value such as a number or a text; values that differ have different keys."""
    # Python refuses to write a very long int in decimal.
    return type(value).__name__, hex(value) if type(value) is int else repr(value)
