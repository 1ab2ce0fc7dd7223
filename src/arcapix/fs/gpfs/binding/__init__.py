"""Which parameter of a callable gets which variable or literal."""

from __future__ import annotations

from .algorithm import Binding, bind
from .parms import Literal, Variable, native_parms

__all__ = ["Binding", "Literal", "Variable", "bind", "native_parms"]
