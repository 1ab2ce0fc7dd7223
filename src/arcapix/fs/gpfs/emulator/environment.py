"""The environment variables that tell a process which emulated cluster and which node it is on."""

from __future__ import annotations

BIN = "ARCAPIX_GPFS_BIN"
"""The directory of the mm commands, here those of the emulated cluster."""

CLUSTER = "ARCAPIX_GPFS_CLUSTER"
"""The folder of the emulated cluster of an administrator's shell; no crash of a node kills that shell."""

NODE = "ARCAPIX_GPFS_NODE"
"""The node of the emulated cluster that a process is on; without it the one that the shell is on."""
