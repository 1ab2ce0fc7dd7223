"""What a fact looks like: a value, and the evidence for it.

The tables beside this module are written with five words, one for each kind of evidence::

    doc("fsName")                                IBM's documentation says so
    recorded("clusterManagerTakeOver")           real output or a real log shows it
    field("storagePool")                         sites, vendors and published scripts use it so
    inferred("local")                            a conclusion from the others
    unverified("reason", note="or forced")       recollection or hypothesis

What is unverified never refuses anything to a user; at most it warns.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Literal, NoReturn, TypeAlias

    Evidence: TypeAlias = Literal["doc", "recorded", "field", "inferred", "unverified"]
    OwnerKind: TypeAlias = Literal["cluster", "node", "nodeclass", "filesystem", "fileset", "pool"]
    Scope: TypeAlias = Literal["global", "local"]


class Marked:
    """Words that share one mark of evidence, and perhaps a note."""

    __slots__ = ("evidence", "note", "words")

    def __init__(self, evidence: Evidence, words: tuple[str, ...], note: str) -> None:
        self.evidence = evidence
        self.words = words
        self.note = note

    @property
    def word(self) -> str:
        """The only word."""
        (word,) = self.words
        return word


def doc(*words: str, note: str = "") -> Marked:
    """Mark what IBM's documentation says."""
    return Marked("doc", words, note)


def recorded(*words: str, note: str = "") -> Marked:
    """Mark what real output or a real log shows."""
    return Marked("recorded", words, note)


def field(*words: str, note: str = "") -> Marked:
    """Mark what third parties do: scripts, site notes, vendors' documentation, list posts."""
    return Marked("field", words, note)


def inferred(*words: str, note: str = "") -> Marked:
    """Mark a conclusion from the other kinds of evidence."""
    return Marked("inferred", words, note)


def unverified(*words: str, note: str = "") -> Marked:
    """Mark a recollection or a hypothesis."""
    return Marked("unverified", words, note)


class _Facts:
    """A read-only record; its ``evidence`` and ``notes`` are keyed by what they are about.

    Neither a dataclass, which would make the catalogue four times as slow to load, nor a NamedTuple, which
    would make it half as slow again. A test limits what the catalogue may load.
    """

    __slots__ = ()

    name: str
    evidence: Mapping[str, Evidence]
    notes: Mapping[str, str] = MappingProxyType({})

    def __init__(self, **facts: object) -> None:
        for name, value in facts.items():
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is read-only: {name!r} cannot be set")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"

    def marked(self, key: str) -> str:
        """Return a fact as text with its mark of evidence, and its note.

        Args:
            key: One of ``evidence``: of a fact such as ``scope``, or of one word, ``variables.fsName``.
        """
        _, dot, word = key.partition(".")
        text = word if dot else getattr(self, key)
        return f"{text} [{self.evidence[key]}]" + (f"; {self.notes[key]}" if key in self.notes else "")


class EventFacts(_Facts):
    """All that is known about one event.

    Attributes:
        name: GPFS's spelling.
        aliases: Other spellings that have been seen.
        category: The subject: ``"quota"``, ``"mount"`` …
        description: What has happened.
        in_arcapix: Whether the ArcaPix reference lists it.
        scope: ``"global"`` (runs on every node where the callback is installed) or ``"local"``.
        variables: The variables tied to the event; ``variables_of`` adds those of any event.
        objects: The kinds of owner object that offer it.
        fires_on: The node that raises it, in words; ``"unknown"`` if nobody says.
        repeats: ``"once per occurrence"``, ``"once per crossing"``, ``"periodic"`` or ``"unknown"``.
        interval: Seconds between the repetitions of a periodic one.
        sync: Advice about ``sync=True``: ``"normal"``, ``"discouraged"``, ``"do not use --sync"``,
            ``"required"``; empty if there is none.
        traps: What has surprised people, each with its evidence.
        first_seen: The oldest trace of it; None if there is none but recollection.
        sources: Keys of ``SOURCES``.
        evidence: The mark behind each fact: keys are ``name``, ``description``, ``scope``, ``fires_on``,
            ``repeats``, ``sync``, and ``variables.fsName``, ``objects.fileset``, ``aliases.LowDiskSpace``.
        notes: Remarks under the same keys, where there are any.
    """

    name: str
    aliases: tuple[str, ...]
    category: str
    description: str
    in_arcapix: bool
    scope: Scope
    variables: tuple[str, ...]
    objects: frozenset[OwnerKind]
    fires_on: str
    repeats: str
    interval: int | None
    sync: str
    traps: tuple[tuple[str, Evidence], ...]
    first_seen: str | None
    sources: tuple[str, ...]
    evidence: Mapping[str, Evidence]
    notes: Mapping[str, str]
    __slots__ = tuple(__annotations__)


class VariableFacts(_Facts):
    """All that is known about one variable.

    Attributes:
        name: GPFS's spelling, without the per cent sign; case matters.
        aliases: Other spellings that are recalled.
        meaning: What the value is.
        format: What the text looks like.
        in_arcapix: Whether the ArcaPix reference lists it; those are taken by name.
        common: Whether any event is said to have it.
        node_valued: Whether the value names nodes, so that a qualifier such as ``.shortName`` fits.
        list_valued: Whether the value may be a list.
        user_controlled: Whether somebody other than GPFS chooses the text.
        user_controlled_why: Who, then; else empty.
        traps: What has surprised people, each with its evidence.
        evidence: The mark behind each fact: keys are ``name``, ``meaning``, ``format``, ``common`` and
            ``aliases.quotaId``. The mark for an event that has the variable stands with the event.
    """

    name: str
    aliases: tuple[str, ...]
    meaning: str
    format: str
    in_arcapix: bool
    common: bool
    node_valued: bool
    list_valued: bool
    user_controlled: bool
    user_controlled_why: str
    traps: tuple[tuple[str, Evidence], ...]
    evidence: Mapping[str, Evidence]
    __slots__ = tuple(__annotations__)

    @property
    def naive_decode_hazard(self) -> bool:
        """Whether a decoder of URLs would destroy ``%name`` in a listing, taking ``%da`` for a character."""
        return all(character in "0123456789abcdefABCDEF" for character in self.name[:2])


class _Marks:
    """Gathers the marks and notes of one record under their keys."""

    def __init__(self, **singles: Marked | None) -> None:
        self.evidence: dict[str, Evidence] = {}
        self.notes: dict[str, str] = {}
        for key, marked in singles.items():
            if marked is not None:
                self._keep(key, marked)

    def _keep(self, key: str, marked: Marked) -> None:
        self.evidence[key] = marked.evidence
        if marked.note:
            self.notes[key] = marked.note

    def keep_all(self, key: str, groups: Iterable[Marked]) -> tuple[str, ...]:
        """Keep what each word of each group is marked with; return the words."""
        words: list[str] = []
        for marked in groups:
            for word in marked.words:
                self._keep(f"{key}.{word}", marked)
                words.append(word)
        return tuple(words)


def _with_evidence(traps: Iterable[Marked]) -> tuple[tuple[str, Evidence], ...]:
    return tuple((trap.word, trap.evidence) for trap in traps)


ONCE = inferred("once per occurrence")
OFFER_EVERY_EVENT = doc("cluster", "node", "nodeclass")
REPEATS_UNKNOWN = unverified("unknown")
GATEWAY = unverified("gateway node", note="the AFM gateway node of the fileset")


def event(
    name: Marked,
    description: Marked,
    *,
    category: str,
    scope: Marked,
    fires_on: Marked,
    sources: str,
    variables: Iterable[Marked] = (),
    objects: Iterable[Marked] = (),
    repeats: Marked = ONCE,
    interval: int | None = None,
    sync: Marked | None = None,
    traps: Iterable[Marked] = (),
    aliases: Iterable[Marked] = (),
    first_seen: str | None = None,
) -> EventFacts:
    """Make one row of the catalogue.

    ``objects`` are the kinds of object that the event's data name, with the evidence for the variable that
    does so; no filter is built on hearsay, which is why no quota event is about a pool.
    """
    marks = _Marks(
        name=name, description=description, scope=scope, fires_on=fires_on, repeats=repeats, sync=sync
    )
    known_from = tuple(sources.split())
    return EventFacts(
        name=name.word,
        aliases=marks.keep_all("aliases", aliases),
        category=category,
        description=description.word,
        in_arcapix="arcapix" in known_from,
        scope=scope.word,
        variables=marks.keep_all("variables", variables),
        objects=frozenset(marks.keep_all("objects", [OFFER_EVERY_EVENT, *objects])),
        fires_on=fires_on.word,
        repeats=repeats.word,
        interval=interval,
        sync=sync.word if sync else "",
        traps=_with_evidence(traps),
        first_seen=first_seen,
        sources=known_from,
        evidence=MappingProxyType(marks.evidence),
        notes=MappingProxyType(marks.notes),
    )


def variable(
    name: Marked,
    meaning: Marked,
    form: Marked,
    *,
    nodes: bool = False,
    many: bool = False,
    chosen_by: str = "",
    common: Evidence | None = None,
    traps: Iterable[Marked] = (),
    aliases: Iterable[Marked] = (),
    in_arcapix: bool = False,
) -> VariableFacts:
    """Make one row of the table of variables; ``common`` is the evidence that any event has it."""
    marks = _Marks(name=name, meaning=meaning, format=form)
    if common is not None:
        marks.evidence["common"] = common
    return VariableFacts(
        name=name.word,
        aliases=marks.keep_all("aliases", aliases),
        meaning=meaning.word,
        format=form.word,
        in_arcapix=in_arcapix,
        common=common is not None,
        node_valued=nodes,
        list_valued=many,
        user_controlled=bool(chosen_by),
        user_controlled_why=chosen_by,
        traps=_with_evidence(traps),
        evidence=MappingProxyType(marks.evidence),
    )
