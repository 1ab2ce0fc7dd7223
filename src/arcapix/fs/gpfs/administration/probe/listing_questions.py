"""What level 1 of the probe asks about the listing of callbacks, and how the answers are read off it."""

from __future__ import annotations

from .evidence import Evidence, Observations, Unseen
from .listing import Entry, entries
from .questions import Found, Meaning, Question
from .registering import CLASS, EVENTS
from .session import PREFIX

__all__ = ["QUESTIONS"]

_COMMON_KEYS = frozenset({"command", "event", "node", "parms"})
_OPTION_KEYS = frozenset({"priority", "sync", "timeout", "onerror"})


def entry_of(told: Evidence, name: str) -> Entry:
    """Return what a listing has of a callback of the probe.

    Raises:
        Unseen: It has nothing.
    """
    found = entries(told.stdout)
    named = [entry for entry in found if entry.identifier == f"{PREFIX}{name}"]
    alone = [entry for entry in found if not entry.identifier and len(found) == 1]
    for entry in (*named, *alone):
        return entry
    raise Unseen(f"{PREFIX}{name} is not in the listing")


def _event_form(seen: Observations) -> Found:
    told = seen.last("options listed")
    values = entry_of(told, "zz").values("event")
    if len(values) > 1:
        form = "lines"
    elif values[0] == ",".join(sorted(EVENTS)):
        form = "sorted"
    else:
        form = {",".join(EVENTS): "comma", ", ".join(EVENTS): "comma-blank"}.get(values[0], "another")
    return Found(form, [told])


def _parms_join(seen: Observations) -> Found:
    told = seen.last("options listed")
    values = entry_of(told, "zz").values("parms")
    joined = "blank" if values == ["first second third"] else "lines" if len(values) > 1 else "another"
    return Found(joined, [told])


def _option_keys(seen: Observations) -> Found:
    told = seen.last("options listed")
    others = {pair.key.lower() for pair in entry_of(told, "zz").pairs} - _COMMON_KEYS
    form = "absent" if not others else "keys" if others == _OPTION_KEYS else "other"
    return Found(form, [told])


def _long_value(seen: Observations) -> Found:
    told = seen.last("list own")
    below = any(pair.below for pair in entry_of(told, "aa").pairs)
    return Found("next-line" if below else "same-line", [told])


def _order(seen: Observations) -> Found:
    told = seen.last("list own")
    own = [f"{PREFIX}zz", f"{PREFIX}aa"]
    shown = [entry.identifier for entry in entries(told.stdout) if entry.identifier in own]
    if len(shown) < len(own):
        raise Unseen("the callbacks of the probe are not in the listing")
    return Found("registration" if shown == own else "alphabetical", [told])


def _nodes(told: Evidence, name: str) -> list[str]:
    return [node for value in entry_of(told, name).values("node") for node in value.replace(",", " ").split()]


def _node_form(seen: Observations) -> Found:
    alone, added = seen.last("options listed"), seen.last("options")
    typed = added.words[added.words.index("-N") + 1]
    shown = _nodes(alone, "zz")
    if shown == [typed]:
        return Found("typed", [added, alone])
    of_class = seen.last("class listed")
    return Found("class" if _nodes(of_class, "class") == [CLASS] else "long", [alone, of_class])


def _class_storage(seen: Observations) -> Found:
    before = seen.last("class listed")
    shown = _nodes(before, "class")
    if _node_form(seen).answer == "typed":
        raise Unseen("the listing shows nodes as they were typed, so that only a run would tell")
    if shown == [CLASS]:
        return Found("class", [before])
    after = seen.every("larger class listed")
    if not after:
        raise Unseen("no other node could be added to the node class")
    return Found("class" if len(_nodes(after[-1], "class")) > len(shown) else "expanded", [before, after[-1]])


def _quotes(seen: Observations) -> Found:
    added, told = seen.last("quotes"), seen.last("quotes listed")
    kept = " ".join(entry_of(told, "quotes").values("parms")) == added.words[-1]
    return Found("kept" if kept else "changed", [added, told])


_READ = "reading the listing by its keys"

QUESTIONS = (
    Question(
        "list_event_form",
        1,
        "How does mmlscallback show several events?",
        "comma",
        {
            "comma": Meaning("in the order in which they were given, with commas"),
            "comma-blank": Meaning("with a comma and a blank", handled=_READ),
            "lines": Meaning("a line for each", handled=_READ),
            "sorted": Meaning("in the order of the alphabet", handled="returning them in that order"),
        },
        _event_form,
        switch="list_event_form",
    ),
    Question(
        "list_parms_join",
        1,
        "How does mmlscallback show several --parms?",
        "blank",
        {
            "blank": Meaning("joined by blanks"),
            "lines": Meaning("a line for each", handled="reading them as one text"),
        },
        _parms_join,
        switch="list_parms_join",
    ),
    Question(
        "list_option_keys",
        1,
        "Does mmlscallback show priority, sync, timeout and onerror?",
        "keys",
        {
            "keys": Meaning("under these names"),
            "absent": Meaning(
                "it does not", handled="change(), which wants the options of a script to be restated"
            ),
            "other": Meaning(
                "under other names",
                handled="change(), which leaves a callback alone that it could not restore",
            ),
        },
        _option_keys,
        switch="list_option_keys",
    ),
    Question(
        "list_long_value",
        1,
        "Where does mmlscallback put a long value?",
        "same-line",
        {
            "same-line": Meaning("behind its key"),
            "next-line": Meaning("on the line below", handled="looking there"),
        },
        _long_value,
        switch="list_long_value",
    ),
    Question(
        "list_order",
        1,
        "In which order does mmlscallback show callbacks?",
        "registration",
        {
            "registration": Meaning("as they were registered"),
            "alphabetical": Meaning("by their names", handled="never going by the order"),
        },
        _order,
        switch="list_order",
    ),
    Question(
        "list_node_form",
        1,
        "How does mmlscallback show what was given with -N?",
        "long",
        {
            "long": Meaning("nodes by their long names, and the nodes in a class"),
            "class": Meaning("nodes by their long names, and classes by name", handled="comparing both"),
            "typed": Meaning("as it was typed", handled="comparing nodes by any of their names"),
        },
        _node_form,
        switch="list_node_form",
    ),
    Question(
        "N_class_storage",
        1,
        "Is a node class in -N kept as a class, so that later members count?",
        "class",
        {
            "class": Meaning("it is"),
            "expanded": Meaning(
                "the nodes of that moment are kept",
                unhandled="a node that joins a class does not run its callbacks: install them anew then",
            ),
        },
        _class_storage,
        switch="N_class_storage",
    ),
    Question(
        "parms_quotes_listed",
        1,
        "Does mmlscallback show quotes in --parms as they were given?",
        "kept",
        {
            "kept": Meaning("it does"),
            "changed": Meaning("it does not", handled="sending nothing that needs quotes"),
        },
        _quotes,
    ),
)
