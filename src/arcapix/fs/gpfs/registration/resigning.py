"""Signs tokens anew with the key that takes the place of another: one callback after the other.

Each is a change as any other, with its journal file; in between, tokens of both keys run on every node.
Whoever is killed has lost nothing: what is signed already is left alone the next time.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ..exceptions import NotFound
from . import composing, header, incoming, journal, outgoing, registry, replacement
from .signatures import Signatures, signer

if TYPE_CHECKING:
    from ..commands import CallbackRecord
    from ..deployment.cluster_key import Key

__all__ = ["sign_anew"]


def sign_anew(key: Key, keys: Sequence[Key], announce: Callable[[str], object]) -> list[str]:
    """Sign all tokens with a key that one of the valid keys vouches for.

    A token of an earlier release, which names no events, is signed for those that GPFS lists.

    Args:
        key: The new key.
        keys: Those that are valid.
        announce: Gets the identifier of each callback whose token was signed.

    Returns:
        Why tokens were left as they are, a line for each.

    Raises:
        GPFSError: GPFS refuses; what was signed before stays signed.
    """
    left = []
    signatures = Signatures(keys)
    for record in registry.listed():
        if header.read(record) is None:
            continue
        reason = _reason_to_leave(record, signatures)
        if reason:
            left.append(f"callback {record.identifier!r} was not signed: {reason}")
        elif not _is_done(record, key, keys) and _sign(record.identifier, key, keys, signatures):
            announce(record.identifier)
    return left


def _reason_to_leave(record: CallbackRecord, signatures: Signatures) -> str:
    """Return why nobody vouches for a callback as it stands in GPFS; nothing if somebody does."""
    found = header.read(record)
    if found is None or not signatures.is_signed(record):
        remarks = signatures.remarks(record)
    else:
        remarks = list(signatures.differences(record, found))
    return "; ".join(remark.text for remark in remarks)


def _is_done(record: CallbackRecord, key: Key, keys: Sequence[Key]) -> bool:
    found, made_with = header.read(record), signer(record.parms[0], keys)
    return found is not None and bool(found.events) and made_with is not None and made_with.text == key.text


def _sign(identifier: str, key: Key, keys: Sequence[Key], signatures: Signatures) -> bool:
    """Sign the token of a callback as GPFS lists it now; tell whether that was necessary, and possible."""
    signed = False

    def attempt() -> None:
        nonlocal signed
        since = time.monotonic()
        old = registry.find(identifier)
        if header.read(old) is None or _is_done(old, key, keys) or _reason_to_leave(old, signatures):
            return
        before = outgoing.unchanged(incoming.definition_of(old))
        token = composing.signed_with(before.parms[0], old, keys, key)
        new = dataclasses.replace(before, parms=(token, *before.parms[1:]))
        replacement.put(old, before, new, since)
        signed = True

    with journal.alone([identifier], needed=True):
        try:
            replacement.repeated(identifier, attempt)
        except NotFound:  # somebody has deleted it since it was listed
            return False
        journal.retire([identifier])
    return signed
