"""The environment variables of the command edge, and what each means."""

from __future__ import annotations

BIN = "ARCAPIX_GPFS_BIN"
"""The directory of the mm commands; without it ``/usr/lpp/mmfs/bin``."""

LOG = "ARCAPIX_GPFS_LOG"
"""Shows each mm command that is run on standard error, and all frames of errors, for ``debug``; it takes any
level of ``logging``."""
