"""Whether others could change this checkout or its Python, as in CI, where another user owns it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from arcapix.fs.gpfs.deployment import python_files
from arcapix.fs.gpfs.driver import main, trust

_PACKAGE = Path(main.__file__).parent

DANGER = trust.danger(
    trust.parts("/nowhere/callbackdriver.py", str(_PACKAGE), "/nowhere/state", sys.executable),
    folders=(str(_PACKAGE), str(_PACKAGE.parent)),
) or python_files.danger(_PACKAGE)
"""Who could, and how; nothing if nobody could."""

needs_safe_checkout = pytest.mark.skipif(bool(DANGER), reason=f"needs a checkout of this user: {DANGER}")
