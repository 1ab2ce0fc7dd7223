"""Why a function is not called: a line in the log, start and end in the journal."""

from __future__ import annotations

from . import journal
from .records import Records, stamp

_NO_IDENTIFIER = "/"
"""The one character of tokens that no identifier has."""
_LONGEST = 255


def refuse(records: Records, status: int, reason: str, state: str = "refused") -> None:
    """Record a refusal; only the time, the callback and the reason, since no more may have been read.

    A token that was not checked may name any callback, so the record says that its name is not verified.

    Args:
        records: Where.
        status: The exit status.
        reason: Why the function is not called.
        state: What becomes of the run.
    """
    firing = records.firing
    claim = claimed(firing.token) if firing.callback == "-" else ""
    _tell(records, f"refused: {reason}; status {status}", f"{claim} (unverified)" if claim else "")
    firing.callback = claim or firing.callback
    start = records.start({}, f"{firing.mark} {journal.UNVERIFIED}".lstrip() if claim else "")
    records.record(start + journal.end_record(records.id, firing.started, state, status, reason))


def skip(records: Records, reason: str) -> None:
    """Record that an event does not reach its function, as was asked for: the exit status is 0."""
    _tell(records, f"skipped: {reason}")
    end = journal.end_record(records.id, records.firing.started, "skipped", 0, reason)
    records.record(records.start(records.firing.values) + end)


def claimed(token: str) -> str:
    """Return the identifier that a token claims, which may be cut or forged; nothing if none can be read."""
    from . import token as tokens  # a skipped event needs none of it

    header, at, _ = token.partition("@")[2].partition("@")
    fields = header.split("/")
    if not at:
        del fields[-1]  # the token may have been cut within it
    for field in fields:
        if field.startswith("id="):
            try:
                found = tokens.text(field[3:])
            except ValueError:
                return ""
            is_one = tokens.ALPHABET.issuperset(found) and _NO_IDENTIFIER not in found
            return found if is_one and len(found) <= _LONGEST else ""
    return ""


def _tell(records: Records, what: str, callback: str = "") -> None:
    firing = records.firing
    callback = callback or firing.callback
    mark = firing.mark and f", {firing.mark}"
    line = f"{stamp(records.began)} run {records.id} of {callback} {what}, pid {records.pid}{mark}"
    line = line.replace("\n", "\\n")  # else the values of an event could pass for the block of another run
    try:
        records.log(f"{line}\n".encode(errors="replace"))
    except OSError as error:
        records.complain(f"{what}; the log could not be written: {error}")
