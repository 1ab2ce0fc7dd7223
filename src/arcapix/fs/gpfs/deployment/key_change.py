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

__all__ = ["coming", "ending", "finish", "prepare"]


def coming(keys: list[Key]) -> Key | None:
    """Return the key that is to take the place of the present one, if there is one."""
    return next((key for key in keys[1:] if key.until == float("inf")), None)


def ending(keys: list[Key]) -> Key | None:
    """Return the key whose place was taken last, while it is still valid."""
    return max((key for key in keys if key.until != float("inf")), key=lambda key: key.until, default=None)


def prepare() -> Key:
    """Add a new key to the file, and return it.

    Raises:
        GPFSError: There is no usable key, or the file cannot be written.
    """
    present = cluster_key.existing()[0]
    new = cluster_key.new_key()
    _write(b"%b\nnext %b\n" % (present.text, new))
    return Key(new, float("inf"))


def finish(new: Key, keep: float) -> Key:
    """Put the new key in the place of the present one, and return that.

    Args:
        new: What `prepare` has returned.
        keep: Seconds for which tokens of the present one still run.

    Raises:
        GPFSError: The file cannot be written.
    """
    old = Key(cluster_key.existing()[0].text, float(int(time.time() + keep)))
    _write(b"%b\nold %b until %d\n" % (new.text, old.text, old.until))
    return old


def _write(text: bytes) -> None:
    file = cluster_key.path()
    try:
        with whole_file.tidied(file.parent, file.name), whole_file.written(file, text, 0o600) as new:
            new.replace(file)
    except OSError as error:
        way_out = "; run this as root" if isinstance(error, PermissionError) else ""
        raise GPFSError(f"the cluster key {file} cannot be changed: {error.strerror}{way_out}") from None
