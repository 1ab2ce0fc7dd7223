"""Takes apart bound methods, of the user's own objects and of what is written in C."""

from __future__ import annotations

from types import BuiltinFunctionType, ClassMethodDescriptorType, MethodType, ModuleType
from typing import TYPE_CHECKING

from ..driver import operations
from . import instances
from .nodes import Node

if TYPE_CHECKING:
    from .walk import Walk


def expand(walk: Walk, node: Node, method: MethodType | BuiltinFunctionType) -> None:
    """Take apart a bound method, or name it if it travels by name."""
    found = walk.references.find(method)
    if found is not None:
        walk.by_name(node, *found)
    elif type(method) is MethodType:
        instance = walk.entry(method.__self__, node.path.then("instance"))
        node.operation, node.arguments = (
            operations.METHOD,
            (walk.entry(method.__func__, node.path), instance),
        )
    elif isinstance(method.__self__, ModuleType | None):
        raise walk.refuse(node.path, method, "its code is compiled; install its module on the nodes")
    elif isinstance(method.__self__, type) and _is_inherited(method, method.__self__):
        _expand_inherited(walk, node, method, method.__self__)
    else:
        instances.expand(walk, node)


def _is_inherited(method: BuiltinFunctionType, cls: type) -> bool:
    """Tell whether a class has a class method from a compiled class above it."""
    kinds = [type(vars(base).get(method.__name__)) for base in cls.__mro__]
    return ClassMethodDescriptorType in kinds[1:] and kinds[0] is not ClassMethodDescriptorType


def _expand_inherited(walk: Walk, node: Node, method: BuiltinFunctionType, cls: type) -> None:
    """Have a class method of a compiled class found above those classes that have one of their own."""
    kinds = [type(vars(base).get(method.__name__)) for base in cls.__mro__]
    before = cls.__mro__[kinds.index(ClassMethodDescriptorType) - 1]
    parts = (walk.entry(before, node.path), walk.entry(cls, node.path.then("class")))
    start = walk.anonymous(operations.CALL, (walk.entry(super, node.path), parts), node.path)
    node.operation = operations.CALL
    node.arguments = (walk.entry(getattr, node.path), (start, method.__name__))
