"""Takes apart types and arrays of numpy, whose own pickling makes others of some.

It makes a second object of a type that exists once, turns an array of a foreign byte order into one of this
machine's, makes one that cannot be written to writable, and gives a masked array a mask that has none.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from ..driver import operations
from .nodes import Fill, Node

if TYPE_CHECKING:
    from .walk import Walk


def expand(walk: Walk, node: Node) -> bool:
    """Take apart a type that numpy has once, or an array of numbers or texts; tell whether it was one."""
    numpy: Any = sys.modules.get("numpy")
    value: Any = node.value
    if not hasattr(numpy, "ndarray"):
        return False
    if issubclass(type(value), numpy.dtype) and value.isbuiltin == 1:
        node.operation = operations.CALL
        node.arguments = (walk.entry(numpy.dtype, node.path), (value.char,))
        return True
    if type(value) is not numpy.ndarray or value.dtype.hasobject:
        return False
    order = "F" if value.flags.f_contiguous and not value.flags.c_contiguous else "C"
    node.kept = parts = (value.shape, value.dtype, value.tobytes(order), 0, None, order)
    entries = walk.entries(parts, node.path, "part")
    contents = walk.anonymous(operations.CALL, (walk.entry(numpy.ndarray, node.path), entries), node.path)
    node.operation, node.arguments = operations.CALL, (walk.entry(numpy.array, node.path), (contents,))
    if not value.flags.writeable:
        node.fills.append(Fill(operations.INVOKE, ("setflags", False)))
    return True


def keep_mask(walk: Walk, node: Node) -> None:
    """Have a masked array keep what its own pickling does not, such as that it has no mask."""
    numpy: Any = sys.modules.get("numpy")
    masked: Any = sys.modules.get("numpy.ma")
    value: Any = node.value
    if masked is not None and type(value) is masked.MaskedArray:
        held = [(name, vars(value)[name]) for name in ("_fill_value", "_hardmask", "_sharedmask", "_mask")]
        usual = [(name, part) for name, part in held if not isinstance(part, numpy.ndarray)]
        fields = walk.named(usual, node.path, "attribute")
        node.fills.append(Fill(operations.FILL_DICT, (fields,)))
