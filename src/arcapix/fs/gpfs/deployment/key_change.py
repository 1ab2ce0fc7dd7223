"""Changes the cluster key on this node, in two steps, so that tokens of both keys run meanwhile.

First the file gets the key that is to come; tokens are still made with the present one. Once every node has
that file, and the tokens have been signed anew, the new key takes the place of the old one, which ends at a
given time.
"""

from __future__ import annotations

import time

from ..exceptions import GPFSError
from . import cluster_key, whole_file
from .cluster_key import Key

__all__ = ["coming", "end", "finish", "prepare"]


def coming(keys: list[Key]) -> Key | None:
    """Return the key that is to take the place of the present one, if there is one."""
    return next((key for key in keys[1:] if key.until == float("inf")), None)


def prepare() -> Key:
    """Add a new key to the file, and return it.

    Raises:
        GPFSError: There is no usable key, or the file cannot be written.
    """
    present = cluster_key.existing()[0]
    new = cluster_key.new_key()
    _write(b"%b\nnext %b\n" % (present.text, new))
    return Key(new, float("inf"))


def finish(new: Key, keep: float) -> float:
    """Put the new key in the place of the present one, and return when that ends, in seconds since 1970.

    Args:
        new: What `prepare` has returned.
        keep: Seconds for which tokens of the present one still run.

    Raises:
        GPFSError: The file cannot be written.
    """
    return _end(new, cluster_key.existing()[:1], keep)


def end(keep: float) -> float:
    """Have the old key end at another time, and return that.

    Args:
        keep: Seconds from now on for which its tokens still run.

    Raises:
        GPFSError: The file cannot be written.
    """
    present, *old = cluster_key.existing()
    return _end(present, old, keep)


def _end(present: Key, old: list[Key], keep: float) -> float:
    until = int(time.time() + keep)
    _write(b"%b\n%b" % (present.text, b"".join(b"old %b until %d\n" % (one.text, until) for one in old)))
    return until


def _write(text: bytes) -> None:
    file = cluster_key.path()
    try:
        with whole_file.tidied(file.parent, file.name), whole_file.written(file, text, 0o600) as new:
            new.replace(file)
    except OSError as error:
        way_out = "; run this as root" if isinstance(error, PermissionError) else ""
        raise GPFSError(f"the cluster key {file} cannot be changed: {error.strerror}{way_out}") from None
