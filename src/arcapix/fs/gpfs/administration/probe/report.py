"""The answers and their evidence as a text to be sent upstream, without what belongs to the site alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ...commands import NodeRecord
from ...exceptions import GPFSError, printable_lines, shown_command
from .evidence import Evidence
from .leftovers import is_of_probe
from .listing import entries
from .questions import Reply
from .session import PREFIX, Session

__all__ = ["Placeholders", "of_session", "text"]

_ADDRESS = re.compile(
    r"""(?<![\w."])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])|(?<![\w:])[0-9a-f]*(?::[0-9a-f]*){2,7}:[0-9a-f]+""",
    re.IGNORECASE,
)
_PATH = re.compile(r"(?<![\w/%.])/(?!(?:usr/lpp/mmfs/bin|bin|dev|nonexistent)/)[^\s,'\":;=]+")
_PAIR = re.compile(r"(?P<key>\s+(?P<name>[A-Za-z][\w.-]*)\s*=) ?(?P<value>.*)")
_SHOWN_LINES = 40
_SHOWN_CHARACTERS = 160
_COMMON_VARIABLES = frozenset(
    {"HOME", "LANG", "LC_ALL", "LOGNAME", "PATH", "PWD", "SHELL", "SHLVL", "TERM", "USER"}
)


class Placeholders:
    """Replaces names by placeholders, each name by the same one wherever it stands.

    Args:
        names: What something is, such as ``node``, and its names with what tells each from the others.
    """

    def __init__(self, names: Iterable[tuple[str, Mapping[str, str]]]) -> None:
        self._placeholders: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        for kind, forms in names:
            fresh = {name.lower(): form for name, form in forms.items() if name}
            if fresh.keys() - self._placeholders.keys():
                placeholder = self._next(kind)
                for name, form in fresh.items():
                    self._placeholders.setdefault(name, f"{placeholder}{form}")
        longest = sorted(self._placeholders, key=len, reverse=True)
        alternatives = "|".join(map(re.escape, longest)) or r"(?!)"
        self._known = re.compile(rf"(?<![^\W_])(?:{alternatives})(?![^\W_])", re.IGNORECASE)

    def _next(self, kind: str) -> str:
        self._counts[kind] = self._counts.get(kind, 0) + 1
        return f"{kind.upper()}{self._counts[kind]}"

    def _of(self, kind: str, text: str) -> str:
        return self._placeholders.get(text.lower()) or self._new(kind, text)

    def _new(self, kind: str, text: str) -> str:
        self._placeholders[text.lower()] = placeholder = self._next(kind)
        return placeholder

    def replaced(self, text: str) -> str:
        """Return a text without names, addresses and paths."""
        text = self._known.sub(lambda match: self._placeholders[match[0].lower()], text)
        text = _ADDRESS.sub(lambda match: self._of("address", match[0]), text)
        return _PATH.sub(lambda match: self._of("path", match[0]), text)


def of_session(session: Session) -> Placeholders:
    """Return placeholders for all that is known of this cluster."""
    names: list[tuple[str, Mapping[str, str]]] = [("filesystem", {session.filesystem or "": ""})]
    try:
        cluster = session.cluster
    except GPFSError:
        return Placeholders(names)
    short = cluster.name.partition(".")[0]
    names.append(
        ("cluster", {cluster.name: "", short: "-short", cluster.id: "-id", cluster.uid_domain: "-uid"})
    )
    domains = {cluster.name.partition(".")[2]}
    for node in cluster.nodes:
        names.append(("node", _forms(node)))
        domains |= {one.partition(".")[2] for one in (node.daemon_name, node.admin_name)}
    names += [("domain", {one: ""}) for one in sorted(domains)]
    names += [("nodeclass", {one: ""}) for one in session.classes if not is_of_probe(one)]
    listed = [entry for told in session.seen.every("list whole") for entry in entries(told.stdout)]
    names += [("callback", {one.identifier: ""}) for one in listed if not is_of_probe(one.identifier)]
    return Placeholders(names)


def _forms(node: NodeRecord) -> Mapping[str, str]:
    """Return the names of a node: which of them GPFS hands over is one of the questions."""
    return {
        node.ip: "-ip",
        node.admin_name.partition(".")[0]: "-admin-short",
        node.admin_name: "-admin",
        node.daemon_name.partition(".")[0]: "-short",
        node.daemon_name: "",
    }


def text(session: Session, replies: Sequence[Reply]) -> str:
    """Return the report."""
    places = of_session(session)
    lines = ["# What a GPFS cluster has answered, without its names, addresses and paths", ""]
    for reply in replies:
        lines += [f"## {reply.question.key}: {reply.question.text}", "", places.replaced(_said(reply)), ""]
        for evidence in reply.evidence:
            lines += [*(f"    {line}" for line in _shown(places, evidence)), ""]
    return "\n".join(lines)


def _said(reply: Reply) -> str:
    if reply.answer is None:
        return reply.follows
    meaning = reply.question.meaning(reply.answer).words
    return f"answered {reply.answer} ({meaning}); {reply.follows}"


def _shown(places: Placeholders, evidence: Evidence) -> list[str]:
    """Return a command, and what it has printed, line by line."""
    status = "stopped" if evidence.status is None else f"status {evidence.status}"
    printed = printable_lines(evidence.stdout + evidence.stderr).splitlines()
    if evidence.words[0] == "mmlscallback":
        printed = list(_of_callbacks(printed))
    lines = [f"$ {shown_command(evidence.words)}", *map(_common, printed[:_SHOWN_LINES]), f"({status})"]
    return [_short(places.replaced(line)) for line in lines]


def _of_callbacks(lines: Iterable[str]) -> Iterator[str]:
    """Return the lines of a listing without the values of callbacks of the site."""
    own, key = True, ""
    for line in lines:
        pair = _PAIR.fullmatch(line)
        if line.startswith("mmlscallback:") and ":HEADER:" not in line and PREFIX not in line:
            yield line if ": " in line else f"mmlscallback:: ({len(line)} characters)"
        elif pair:
            key = "" if pair["value"] else pair["name"]
            shown = own or pair["name"] == "event" or not pair["value"]
            yield line if shown else f"{pair['key']} ({len(pair['value'])} characters)"
        elif key and line.strip():
            key = ""
            yield line if own else f"({len(line)} characters)"
        else:
            own = own if not line.strip() else line.lower().startswith((PREFIX, "mm", "gpfs"))
            yield line


def _common(line: str) -> str:
    """Return a line about an environment with those names alone that are everywhere."""
    first, *names = line.split(" ")
    if first != "variables":
        return line
    others = len([name for name in names if name not in _COMMON_VARIABLES])
    return " ".join([first, *(name for name in names if name in _COMMON_VARIABLES), f"and {others} others"])


def _short(line: str) -> str:
    return line if len(line) <= _SHOWN_CHARACTERS else f"{line[:_SHOWN_CHARACTERS]}… ({len(line)} characters)"
