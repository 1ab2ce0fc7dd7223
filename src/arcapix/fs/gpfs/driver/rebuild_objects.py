"""The operations of `rebuild` that make containers, instances and classes; few functions need them."""

from __future__ import annotations

import sys

from . import operations
from .rebuild import DEFERS_ANNOTATIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .rebuild import Program


def fixed(program: Program, *items: Any) -> None:
    """A tuple."""
    program.objects.append(tuple(program.values(items)))


def sequence(program: Program, *items: Any) -> None:
    """A list."""
    program.objects.append(program.values(items))


def extend(program: Program, number: int, *items: Any) -> None:
    """Further items of a list, or of an object that takes items as a list does."""
    append = program.objects[number].append
    for item in items:
        append(program.value(item))


def mapping(program: Program, *pairs: Any) -> None:
    """A dict, from keys and values in turn."""
    program.objects.append({})
    update(program, len(program.objects) - 1, *pairs)


def update(program: Program, number: int, *pairs: Any) -> None:
    """Further keys and values of a dict, or of an object that takes them as a dict does."""
    target = program.objects[number]
    for index in range(0, len(pairs), 2):
        target[program.value(pairs[index])] = program.value(pairs[index + 1])


def unique(program: Program, *items: Any) -> None:
    """A set."""
    program.objects.append(set(program.values(items)))


def add(program: Program, number: int, *items: Any) -> None:
    """Further members of a set."""
    program.objects[number].update(program.values(items))


def fixed_set(program: Program, *items: Any) -> None:
    """A frozenset."""
    program.objects.append(frozenset(program.values(items)))


def method(program: Program, function: Any, instance: Any) -> None:
    """A bound method."""
    bind: Any = type(program.run)
    program.objects.append(bind(program.value(function), program.value(instance)))


def own_module(program: Program, space: int) -> None:
    """The module object of a captured namespace."""
    program.objects.append(program.spaces[space])


def call(
    program: Program, function: Any, arguments: tuple[Any, ...] = (), keywords: dict[str, Any] | None = None
) -> None:
    """The result of a call; capture chose one that does nothing but make a value."""
    program.objects.append(
        program.value(function)(*program.values(arguments), **program.attributes(keywords or {}))
    )


def new(
    program: Program,
    cls: Any,
    arguments: tuple[Any, ...] = (),
    attributes: dict[str, Any] | None = None,
    keywords: dict[str, Any] | None = None,
) -> None:
    """An instance from its class's ``__new__``, without ``__init__``."""
    made = program.value(cls)
    program.objects.append(
        made.__new__(made, *program.values(arguments), **program.attributes(keywords or {}))
    )
    if attributes:
        fill_dict(program, len(program.objects) - 1, attributes)


def fill_dict(program: Program, number: int, attributes: dict[str, Any]) -> None:
    """The instance's own attributes."""
    program.objects[number].__dict__.update(program.attributes(attributes))


def set_state(program: Program, number: int, state: Any) -> None:
    """The state of an instance whose class has a ``__setstate__``."""
    program.objects[number].__setstate__(program.value(state))


def invoke(program: Program, number: int, method: str, *arguments: Any) -> None:
    """A call of a method that completes an object, such as the registrations of a singledispatch."""
    getattr(program.objects[number], method)(*program.values(arguments))


def apply(program: Program, number: int, function: Any, *arguments: Any) -> None:
    """A call of a function that completes an object, whatever the object's class has under the same name."""
    program.value(function)(program.objects[number], *program.values(arguments))


def apply_each(program: Program, number: int, function: Any, width: int, *items: Any) -> None:
    """Calls of such a function with one item, or with a key and its value, at a time."""
    for index in range(0, len(items), width):
        apply(program, number, function, *items[index : index + width])


def skeleton(
    program: Program,
    name: str,
    module: str,
    bases: tuple[Any, ...] = (),
    extra: dict[str, Any] | None = None,
    metaclass: Any = type,
) -> None:
    """A class without its attributes, so that no hook of a base class or metaclass can run."""
    namespace = {"__module__": module, "__qualname__": name, **program.attributes(extra or {})}
    if DEFERS_ANNOTATIONS:
        namespace["__annotations__"] = {}  # or they would be set where no code looks for them in its dict
    kinds = tuple(program.values(bases))
    program.objects.append(
        unhooked(kinds, lambda: type.__new__(program.value(metaclass), name, kinds, namespace))
    )


def unhooked(bases: tuple[Any, ...], make: Callable[[], Any]) -> Any:
    """Make a class whose base classes are not told of it: what their ``__init_subclass__`` did is captured.

    Except that of ``Generic``, which tokens of older releases rely on.
    """
    hook = "__init_subclass__"
    generic = getattr(sys.modules.get("typing"), "Generic", None)
    above = [cls for base in bases for cls in base.__mro__[:-1] if cls is not generic]
    hooked = {cls: vars(cls)[hook] for cls in above if hook in vars(cls)}
    try:
        for cls in hooked:
            type.__setattr__(cls, hook, classmethod(lambda *_, **__: None))
        return make()
    finally:
        for cls, held in hooked.items():
            type.__setattr__(cls, hook, held)


def set_attributes(program: Program, number: int, attributes: dict[str, Any]) -> None:
    """Attributes of a class or function, or slots; the user's ``__setattr__`` is not called."""
    target = program.objects[number]
    assign: Callable[..., None] = type.__setattr__ if isinstance(target, type) else object.__setattr__
    for name, entry in attributes.items():
        assign(target, name, program.attribute(entry))


def defer_annotations(function: Any) -> None:
    """Give a function code that works out its annotations, which is what wrappers copy since Python 3.14."""
    annotations = function.__annotations__

    def annotate(format: int) -> dict[str, Any]:
        if format == 2:  # with made-up globals: there are none to make up
            raise NotImplementedError
        if format == 4:
            import annotationlib  # type: ignore[import-not-found,unused-ignore]

            texts: dict[str, Any] = annotationlib.annotations_to_string(annotations)
            return texts
        kept: dict[str, Any] = annotations
        return kept

    function.__annotate__ = annotate


OPERATIONS: dict[str, Callable[..., None]] = {
    operations.METHOD: method,
    operations.CLASS: skeleton,
    operations.DICT: mapping,
    operations.LIST: sequence,
    operations.NEW: new,
    operations.CALL: call,
    operations.SET: unique,
    operations.TUPLE: fixed,
    operations.OWN_MODULE: own_module,
    operations.FROZENSET: fixed_set,
    operations.SET_ATTRIBUTES: set_attributes,
    operations.INVOKE: invoke,
    operations.APPLY: apply,
    operations.APPLY_EACH: apply_each,
    operations.UPDATE: update,
    operations.SET_STATE: set_state,
    operations.FILL_DICT: fill_dict,
    operations.EXTEND: extend,
    operations.ADD: add,
}
