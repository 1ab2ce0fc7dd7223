"""Arrays of numpy, which pickle themselves as something else."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import pytest

from arcapix.fs.gpfs import capture

Own = Callable[..., types.ModuleType]
Again = Callable[..., Any]

numpy: Any = pytest.importorskip("numpy")


@pytest.mark.parametrize(
    "options", ["", "mask=[0, 1]", "hard_mask=True, fill_value=7", "mask=True, fill_value=7", "shrink=False"]
)
def test_a_masked_array_keeps_its_mask_and_its_options(options: str, own: Own, again: Again) -> None:
    handlers = own(f"""
        import numpy
        x = numpy.ma.array([1, 2], {options})
        def f(): return x
    """)
    capture.verify(capture.capture(handlers.f))
    wanted = {name: repr(held) for name, held in vars(handlers.x).items()}
    assert {name: repr(held) for name, held in vars(again(handlers.f)()).items()} == wanted
    assert (again(handlers.f)().mask is numpy.ma.nomask) == (handlers.x.mask is numpy.ma.nomask)
