"""The environment variables of the API, and what each means."""

from __future__ import annotations

DRIVER = "ARCAPIX_GPFS_DRIVER"
"""The installed driver that callbacks are registered with; without it the one that ``arcapix-gpfs driver
install`` writes."""

KEY = "ARCAPIX_GPFS_KEY"
"""The file of the cluster key; without it ``/etc/arcapix/gpfs.key``."""

STATE = "ARCAPIX_GPFS_STATE"
"""The folder for what is kept on this node while a callback is changed, and for the length of the longest
token that GPFS has kept whole; without it ``/var/lib/arcapix/gpfs`` for root, and ``arcapix-gpfs`` below
``$XDG_STATE_HOME`` for others."""

SITE = "ARCAPIX_GPFS_SITE"
"""The file with what ``arcapix-gpfs probe --save`` has found out about GPFS here; without it
``/etc/arcapix/gpfs-site.json``."""

WORDS_APART = "ARCAPIX_GPFS_WORDS_APART"
"""With ``1``, new callbacks are sent each variable as two words, ``name=`` and ``%name``, for a GPFS that
replaces only whole words; with ``0`` as one. Without it the site file decides, and else it is one."""
