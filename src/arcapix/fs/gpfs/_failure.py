"""Says why a run failed: the traceback in the user's own file and lines. Loaded only on failure."""

from __future__ import annotations
