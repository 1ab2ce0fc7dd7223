"""The cluster key: one file, root's, the same on every node; it tells tokens made with it from all others."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import NamedTuple

from ..driver import upkeep
from ..driver.main import CONFIGURATION
from ..driver.verification import from_another_node, keys_of, read_key
from ..exceptions import GPFSError
from . import whole_file
from .environment import KEY

__all__ = [
    "Key",
    "check",
    "copying",
    "create",
    "existing",
    "fingerprint",
    "fingerprint_of",
    "keys",
    "new_key",
    "path",
    "read",
]

_KEY_BYTES = 32
_FINGERPRINT_CHARACTERS = 16


def path() -> Path:
    """Return where the cluster key lies, or would lie."""
    return Path(os.environ.get(KEY) or str(CONFIGURATION["key"]))


class Key(NamedTuple):
    """One of the keys that tokens may be made with at present.

    Attributes:
        text: The key.
        until: The end of its life, in seconds since 1970; infinite unless another has taken its place.
    """

    text: bytes
    until: float


def read(file: Path | None = None) -> bytes | None:
    """Return the cluster key, with which tokens are made, or None if the site has not made one.

    Raises:
        GPFSError: See `keys`.
    """
    found = keys(file)
    return found[0].text if found else None


def keys(file: Path | None = None) -> list[Key]:
    """Return all keys that are valid, first the one that tokens are made with; none if there is no file.

    Args:
        file: A file other than the usual one.

    Raises:
        GPFSError: The key cannot be read, is empty or cut, a link, another user's, or open to others.
    """
    file = file or path()
    try:
        key, _ = read_key(str(file))
    except OSError as error:
        way_out = "; run this as root" if isinstance(error, PermissionError) else ""
        raise GPFSError(f"the cluster key {file} cannot be read: {error.strerror}{way_out}") from None
    except ValueError as error:
        raise GPFSError(str(error)) from None
    if key is None:
        return []
    now = time.time()
    return [Key(*one) for one in keys_of(key) if one[1] > now]


def new_key() -> bytes:
    """Return a key that nobody has had before."""
    return os.urandom(_KEY_BYTES).hex().encode()


def create() -> Path:
    """Make a new key on this node and return its path; an existing one is never overwritten.

    Raises:
        GPFSError: There is one already, or the folder cannot be written.
    """
    file = path()
    try:
        upkeep.make_folder(str(file.parent), 0o755)
        # A link never replaces an existing file; and an empty key would make the driver refuse every token.
        # Whoever is killed behind it leaves the key under a second name, which the next one removes.
        text = new_key() + b"\n"
        with whole_file.tidied(file.parent, file.name), whole_file.written(file, text, 0o600) as new:
            file.hardlink_to(new)
    except FileExistsError:
        raise GPFSError(
            f"there is a cluster key in {file}; a new one would disown every installed callback"
        ) from None
    except OSError as error:
        way_out = "; run this as root" if isinstance(error, PermissionError) else ""
        raise GPFSError(f"the cluster key {file} cannot be made: {error.strerror}{way_out}") from None
    return file


def fingerprint(file: Path | None = None) -> str:
    """Return a text for comparing the keys of two nodes; the key cannot be worked out from it.

    Raises:
        GPFSError: There is no usable key.
    """
    return fingerprint_of(existing(file)[0])


def fingerprint_of(key: Key) -> str:
    """Return the fingerprint of one of several keys."""
    from hashlib import sha256  # here and below: it loads OpenSSL, which an installation does without

    digest = sha256(b"fingerprint of an arcapix cluster key " + key.text).hexdigest()
    return digest[:_FINGERPRINT_CHARACTERS]


def check(other: Path | None = None) -> None:
    """Make sure that this node has a usable key, and that it is the same as another one.

    Args:
        other: The other file, such as one copied from another node.

    Raises:
        GPFSError: It has none, or the keys differ.
    """
    from hmac import compare_digest

    mine, theirs = (b"\n".join(key.text for key in existing(file)) for file in (None, other))
    if not compare_digest(mine, theirs):
        raise GPFSError(
            f"the cluster keys {path()} and {other} are not the same; see which one the nodes have: "
            "arcapix-gpfs key show"
        )


def existing(file: Path | None = None) -> list[Key]:
    """Return all keys that are valid, as `keys`.

    Raises:
        GPFSError: There is none, or it cannot be used.
    """
    found = keys(file)
    if not found:
        file = file or path()
        raise GPFSError(
            f"there is no cluster key in {file}; {from_another_node(str(file))}; "
            "or, if no node has one, run: arcapix-gpfs key create"
        )
    return found


def copying() -> str:
    """Return the two commands that give the key to another node, where no event finds half of it."""
    file = path()
    return f"scp -p {file} NODE:{file}.new && ssh NODE mv {file}.new {file}"
