"""What level 1 of the probe asks about registering and deleting, and how the answers are read off."""

from __future__ import annotations

import re
from collections.abc import Callable

from .evidence import Observations, Unseen
from .growing import longest_parms
from .listing import entries
from .listing_questions import entry_of
from .questions import Found, Meaning, Question
from .registering import EVENTS
from .session import CHANGING, PREFIX

__all__ = ["QUESTIONS"]

_TIMED_OUT = re.compile(r"Timed out waiting for lock|lock is busy", re.IGNORECASE)
_RETRYING = re.compile(r"lock\. +Retrying", re.IGNORECASE)


def _refused(tag: str, yes: str, no: str) -> Callable[[Observations], Found]:
    """Return what answers a question by whether a command was refused."""

    def ask(seen: Observations) -> Found:
        return Found(yes if seen.refusal(tag) else no, [seen.last(tag)])

    return ask


def _there(seen: Observations, tag: str) -> set[str]:
    told = seen.last(tag)
    if told.failed:
        raise Unseen("the listing behind it failed")
    return {entry.identifier.removeprefix(PREFIX) for entry in entries(told.stdout)}


def _duplicate(seen: Observations) -> Found:
    first, added = seen.last("long"), seen.last("duplicate")
    if first.failed:
        raise Unseen("the first of the two was refused")
    if added.failed:
        return Found("error", [first, added])
    told = seen.last("duplicate listed")
    replaced = entry_of(told, "aa").values("parms") == ["second"]
    return Found("replace" if replaced else "ignored", [added, told])


def _event_case(seen: Observations) -> Found:
    added = seen.last("event case")
    if seen.refusal("event case"):
        return Found("exact", [added])
    told = seen.last("event case listed")
    if EVENTS[1] not in entry_of(told, "case").values("event"):
        raise Unseen("it was taken, and kept as it was typed")
    return Found("any", [added, told])


def _spec_file_partial(seen: Observations) -> Found:
    told = seen.last("spec file partial")
    there = _there(seen, "spec file partial listed") & {"before", "behind"}
    names = {frozenset(): "nothing", frozenset({"before"}): "stop", frozenset({"before", "behind"}): "skip"}
    return Found(names.get(frozenset(there), "another"), [told, seen.last("spec file partial listed")])


def _delete_partial(seen: Observations) -> Found:
    told, listed = seen.last("delete partial"), seen.last("delete partial listed")
    return Found("nothing" if "aa" in _there(seen, listed.tag) else "known", [told, listed])


def _message_stream(seen: Observations) -> Found:
    for told in seen:
        if told.words[0] in CHANGING and not told.failed and (told.stdout or told.stderr):
            return Found("stdout" if told.stdout else "stderr", [told])
    raise Unseen("")


def _lock(seen: Observations) -> Found:
    changes = [told for told in seen if told.words[0] in CHANGING]
    if not changes:
        raise Unseen("")
    busy = [told for told in changes if told.failed and _TIMED_OUT.search(told.stdout + told.stderr)]
    waited = [told for told in changes if _RETRYING.search(told.stdout + told.stderr)]
    if busy:
        return Found("timeout" if changes[-1] in busy else f"timeout:{len(busy)}", busy)
    return Found("retry", waited) if waited else Found("off", changes[-1:])


QUESTIONS = (
    Question(
        "duplicate_id",
        1,
        "What does mmaddcallback do with an identifier that exists?",
        "error",
        {
            "error": Meaning("it refuses it"),
            "replace": Meaning(
                "it replaces the callback", handled="new(), which looks whether an identifier is free"
            ),
            "ignored": Meaning(
                "it leaves the callback as it was", handled="new(), which looks whether an identifier is free"
            ),
        },
        _duplicate,
        switch="duplicate_id",
    ),
    Question(
        "event_case",
        1,
        "Does mmaddcallback take events in any case?",
        "any",
        {
            "any": Meaning("it does"),
            "exact": Meaning("it does not", handled="sending names as GPFS's documents spell them"),
        },
        _event_case,
        switch="event_case",
    ),
    Question(
        "event_unknown",
        1,
        "What does mmaddcallback do with an event that does not exist?",
        "error",
        {
            "error": Meaning("it refuses it"),
            "accept": Meaning("it takes it", handled="new(), which warns of events that it does not know"),
        },
        _refused("event unknown", "error", "accept"),
        switch="event_unknown",
    ),
    Question(
        "command_check",
        1,
        "Does mmaddcallback look whether the command exists?",
        "none",
        {
            "none": Meaning("it does not"),
            "exists": Meaning("it does", handled="new(), which wants the driver on this node"),
        },
        _refused("command missing", "exists", "none"),
        switch="command_check",
    ),
    Question(
        "onerror_values",
        1,
        "Does mmaddcallback know the values of --onerror?",
        "known",
        {
            "known": Meaning("it refuses others"),
            "any": Meaning("it takes any word", handled="new(), which refuses others"),
        },
        _refused("onerror", "known", "any"),
        switch="onerror_values",
    ),
    Question(
        "N_mount_class",
        1,
        "Does mmaddcallback take -N mount?",
        "error",
        {
            "error": Meaning("it does not"),
            "accept": Meaning("it does", handled="never sending it unless somebody asks for it"),
        },
        _refused("mount class", "error", "accept"),
        switch="N_mount_class",
    ),
    Question(
        "parms_max",
        1,
        "How long may --parms be?",
        "none",
        {
            "none": Meaning("as long as a callback may need"),
            "cut": Meaning(
                "what is longer is cut",
                handled="comparing what is listed; with --save by refusing what is longer before it is sent",
            ),
            "refuse": Meaning(
                "what is longer is refused", handled="saying so; with --save before anything is sent"
            ),
        },
        longest_parms,
        switch="parms_max",
    ),
    Question(
        "spec_file",
        1,
        "Does mmaddcallback have -S?",
        "on",
        {
            "on": Meaning("it has"),
            "off": Meaning("it refuses it", handled="batches, which with --save send one command each"),
        },
        _refused("spec file", "off", "on"),
        switch="spec_file",
    ),
    Question(
        "spec_file_partial",
        1,
        "What is registered of a spec file with a bad line?",
        "nothing",
        {
            "nothing": Meaning("nothing"),
            "stop": Meaning("what stands before it", handled="batches, which delete what was installed"),
            "skip": Meaning("all but that line", handled="batches, which delete what was installed"),
        },
        _spec_file_partial,
        switch="spec_file_partial",
    ),
    Question(
        "delete_unknown",
        1,
        "What does mmdelcallback do with an identifier that does not exist?",
        "error",
        {
            "error": Meaning("it refuses it"),
            "ignore": Meaning("nothing, with status 0", handled="taking what is gone for deleted"),
        },
        _refused("delete absent", "error", "ignore"),
        switch="delete_unknown",
    ),
    Question(
        "delete_partial",
        1,
        "What does mmdelcallback delete of a list in which one does not exist?",
        "nothing",
        {
            "nothing": Meaning("nothing"),
            "known": Meaning("those that exist", handled="listing after a failure"),
        },
        _delete_partial,
        switch="delete_partial",
    ),
    Question(
        "message_stream",
        1,
        "Where do commands print what they do?",
        "stdout",
        {
            "stdout": Meaning("on standard output"),
            "stderr": Meaning("on standard error", handled="reading both"),
        },
        _message_stream,
        switch="message_stream",
    ),
    Question(
        "lock_busy",
        1,
        "Was GPFS's lock busy?",
        "off",
        {
            "off": Meaning("it was free each time"),
            "retry": Meaning("a command had to wait for it", handled="waiting"),
            "timeout": Meaning("a command gave up", handled="repeating it for more than a minute"),
        },
        _lock,
        switch="lock_busy",
    ),
)
