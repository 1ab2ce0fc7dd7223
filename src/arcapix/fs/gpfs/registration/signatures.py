"""What a listing has to say about the token of a callback: who vouches for it, and where it was moved.

Everybody who can list callbacks or processes can read a token, and whoever may run ``mmaddcallback`` can
register it anew. The driver compares the event; nodes can be compared only here: that takes mm commands.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ..commands.node_names import NodeNames
from ..deployment import cluster_key, installation
from ..driver import token as tokens
from ..driver.verification import from_another_node
from ..exceptions import GPFSError
from . import header, moments, registry, sealing

if TYPE_CHECKING:
    from ..commands import CallbackRecord
    from ..deployment.cluster_key import Key
    from .header import Header

__all__ = ["Remark", "Signatures", "on_missing_key", "signer"]


class Remark(NamedTuple):
    """Something about a callback that an administrator has to know.

    Attributes:
        mark: Two or three words for a table.
        text: A sentence.
    """

    mark: str
    text: str


class Signatures:
    """Looks at callbacks of one listing.

    Args:
        keys: Those of this node; empty if the site has none, None if they cannot be read.
        key_required: Whether the driver of this node runs nothing without a key.
    """

    def __init__(self, keys: Sequence[Key] | None, *, key_required: bool = False) -> None:
        self._keys = keys
        self._key_required = key_required
        self._names = NodeNames()

    @classmethod
    def of_this_node(cls) -> Signatures:
        """Return what looks with the keys of this node, and knows whether its driver requires one.

        Raises:
            GPFSError: The keys cannot be read.
        """
        is_required = False
        with suppress(GPFSError, OSError):  # there is no driver here, or it is not ours
            is_required = installation.requires_key(installation.driver_path())
        return cls(cluster_key.keys(), key_required=is_required)

    def is_signed(self, record: CallbackRecord) -> bool | None:
        """Tell whether a key of this node vouches for a callable; None where it has no key."""
        if not self._keys or header.read(record) is None:
            return None
        return signer(record.parms[0], self._keys) is not None

    def remarks(self, record: CallbackRecord) -> list[Remark]:
        """Return what is to be said about a callback; nothing about a script."""
        if not header.is_driver(record.command):
            return []
        found = header.read(record)
        said = []
        if not installation.is_ours(record.command):
            said.append(Remark("another driver", f"{record.command} is no driver of this installation"))
        if found is None:
            return said
        said += self.vouching(record.parms[0], found)
        if sealing.is_signed(record.parms[0]):
            said += self.differences(record, found)
        return said

    def vouching(self, token: str, found: Header) -> Iterator[Remark]:
        """Yield why the keys of this node do not vouch for a token, or will not for long."""
        if not sealing.is_signed(token) and sealing.is_altered(token):
            yield Remark(
                "altered", "its token was altered: the driver refuses it; install the callback again"
            )
            return
        if self._keys is None:
            return
        if not self._keys:
            if sealing.is_signed(token):
                yield Remark("no key here", "its token was made with a cluster key, and this node has none")
            elif self._key_required:
                yield Remark(
                    "not signed", "its token was made without a cluster key, which the driver requires"
                )
            return
        if not sealing.is_signed(token):
            yield Remark("not signed", "its token was made without the cluster key: the driver refuses it")
            return
        key = signer(token, self._keys)
        if key is None:
            yield Remark("other key", "its token was altered, or made with another cluster key")
            return
        anew = "to sign it anew run: arcapix-gpfs key rotate"
        if key.until != float("inf"):
            end = moments.shown(key.until)
            yield Remark("old key", f"its token was made with a key that ends at {end}; {anew}")
        if not found.events:
            yield Remark("no events", f"an earlier release has signed its token, for any event; {anew}")

    def differences(self, record: CallbackRecord, found: Header) -> Iterator[Remark]:
        """Yield where GPFS lists something else than a token was signed for."""
        if record.identifier != found.identifier:
            yield Remark("other name", f"its token was signed as {found.identifier!r}")
        if found.events and header.lowered(found.events) != header.lowered(record.events):
            listed, signed = ", ".join(record.events), ", ".join(found.events)
            yield Remark("other events", f"GPFS has it for {listed}; its token was signed for {signed}")
        if not self._same_nodes(record, found):
            listed, signed = (", ".join(nodes) or "every node" for nodes in (record.nodes, found.nodes))
            yield Remark("other nodes", f"GPFS has it on {listed}; its token was signed for {signed}")
        if not header.is_complete(record, found):
            yield Remark("other words", "the words after its token are not those that it names")

    def _same_nodes(self, record: CallbackRecord, found: Header) -> bool:
        """Tell whether GPFS lists the nodes that were signed; a class may be listed as its members."""
        if not (record.nodes or record.nowhere):
            return set(found.nodes) <= {"all"}
        if not found.nodes or set(found.nodes) == set(record.nodes):
            return bool(found.nodes)
        try:
            return self._names.same_nodes(found.nodes, record.nodes)
        except GPFSError:  # what cannot be told is no reason to list nothing
            return False


def on_missing_key(file: Path, *, is_required: bool) -> str:
    """Return how a node gets a key; a new one would disown what another one has signed (one listing at most).

    Args:
        file: Where it is missed.
        is_required: Whether the driver runs nothing without it.
    """
    copying = from_another_node(str(file))
    if is_required:
        return f"{copying}; or, where no callback is signed, run: arcapix-gpfs key forget"
    try:
        signed = [sealing.is_signed(record.parms[0]) for record in registry.listed() if header.read(record)]
    except (GPFSError, OSError):
        return f"{copying}; or, where no callback is signed, run on one node: arcapix-gpfs key create"
    return copying if any(signed) else "run on one node: arcapix-gpfs key create"


def signer(token: str, keys: Sequence[Key]) -> Key | None:
    """Return the key that a token was made with, if it is one of these."""
    for key in keys:
        try:
            tokens.check(token, key.text)
        except tokens.TokenError:
            continue
        return key
    return None
