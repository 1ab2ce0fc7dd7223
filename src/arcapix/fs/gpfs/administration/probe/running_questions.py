"""What level 2 of the probe asks about callbacks that run, and how the answers are read off."""

from __future__ import annotations

from collections.abc import Sequence

from .evidence import Observations, Run, Unseen
from .questions import Found, Meaning, Question
from .snapshots import BLANK, CALLBACKS, EVENT, MAKING

__all__ = ["QUESTIONS"]

_LATE = 0.3
"""Seconds after the end of its cause from which on an event did not hold it up."""


def _own(seen: Observations) -> list[Run]:
    """Return the runs of level 2."""
    names = {one.name for one in CALLBACKS}
    return [run for run in seen.runs if run.name in names]


def _group(seen: Observations, name: str, number: int) -> tuple[Run, list[str]]:
    """Return what a callback got in one of its groups of words.

    Raises:
        Unseen: It was not started, or its words cannot be told apart.
    """
    run = seen.run(name)
    groups = run.groups()
    if number >= len(groups):
        raise Unseen("the words that arrived cannot be told apart")
    return run, groups[number]


def _found(answer: str, *runs: Run) -> Found:
    return Found(answer, [run.evidence() for run in runs])


def _text(words: Sequence[str], variable: str) -> str:
    """Return what stands where there was a variable, by the names of the switches."""
    text = " ".join(words)
    return "left" if text == variable else text or "empty"


def _inside_word(seen: Observations) -> Found:
    run, words = _group(seen, "values", 0)
    return _found("off" if "%" in "".join(words) else "on", run)


def _event_name(seen: Observations) -> Found:
    run, words = _group(seen, "values", 1)
    return _found(" ".join(words) or "empty", run)


def _filesystem(seen: Observations) -> Found:
    run, words = _group(seen, "values", 2)
    return _found("dev" if "".join(words).startswith("/dev/") else "bare", run)


def _order(seen: Observations) -> Found:
    made = seen.last(MAKING)
    if BLANK not in made.words:
        raise Unseen("GPFS took no name of a snapshot with a blank")
    run, words = _group(seen, "values", 3)
    if " ".join(words) != BLANK:
        raise Unseen("the name of the snapshot did not arrive")
    return _found("tokenise-first" if len(words) == 1 else "substitute-first", run)


def _undefined(seen: Observations) -> Found:
    run, words = _group(seen, "values", 4)
    text = _text(words, "%storagePool")
    return _found("literal" if text == "left" else text, run)


def _unknown(seen: Observations) -> Found:
    if "unknown variable" in {told.tag for told in seen}:
        told = seen.last("unknown variable")
        if told.failed:
            return Found("error", [told])
        if not seen.runs:
            raise Unseen("it was registered; level 2 asks what becomes of it")
    run, words = _group(seen, "unknown", 0)
    return _found(_text(words, "%arcapixProbe"), run)


def _separator(seen: Observations) -> Found:
    run, words = _group(seen, "values", 5)
    text = " ".join(words)
    if "," not in text and " " not in text:
        raise Unseen("only one node is up")
    return _found("comma" if "," in text else "blank", run)


def _qualifiers(seen: Observations) -> Found:
    run, words = _group(seen, "values", 6)
    return _found("off" if "".join(words).endswith(".shortName") else "on", run)


def _node_form(seen: Observations) -> Found:
    run = seen.run("values")
    value, node = run.arguments[3], run.node
    forms = {
        "long": node.daemon_name,
        "short": node.daemon_name.partition(".")[0],
        "ip": node.ip,
        "number": str(node.number),
        "admin": node.admin_name,
    }
    if "%" in value:
        raise Unseen("the name of the node did not arrive")
    return _found(next((form for form, name in forms.items() if name == value), "another"), run)


def _quoting(seen: Observations) -> Found:
    run, words = _group(seen, "quotes", 0)
    answers = {('"two', 'words"'): "none", ("two words",): "shell"}
    return _found(answers.get(tuple(words), "another"), run)


def _priority(seen: Observations) -> Found:
    if not seen.runs:
        raise Unseen("")
    registered = [one.name for one in CALLBACKS]
    started = [run.name for run in sorted(seen.runs, key=lambda run: run.process)]
    started = list(dict.fromkeys(name for name in started if name in registered))
    ranked = [name for name in started if name in ("first", "second", "third")]
    rest = [name for name in started if name not in ranked]
    if len(ranked) < 3 or len(rest) < 4:
        raise Unseen("not all of its callbacks were started")
    as_registered = rest == [name for name in registered if name in rest]
    runs = [seen.run(name) for name in started]
    if started != [*ranked, *rest] or not as_registered:
        return _found("shuffled", *runs)
    answers = {"first": "smaller-first", "third": "larger-first"}
    return _found(answers.get(ranked[0], "ignored"), *runs)


def _delivery(seen: Observations) -> Found:
    runs = _own(seen)
    if not runs:
        raise Unseen("")
    again = [run for run in runs if sum(other.name == run.name for other in runs) > 1]
    if again:
        return _found("duplicated", *again[:2])
    made = seen.last(MAKING)
    first = min(runs, key=lambda run: run.started)
    late = made.ended is not None and first.started - made.ended > _LATE
    return Found("delayed" if late else "as-raised", [made, first.evidence()])


def _environment(seen: Observations) -> Found:
    run = seen.run("values")
    return _found("inherit" if "PATH" in run.environment else "empty", run)


def _propagation(seen: Observations) -> Found:
    asked = [told for told in seen.every("propagation") if not told.failed]
    if not seen.runs:
        raise Unseen("")
    if not asked:
        raise Unseen("this node is the manager of the file system")
    return Found(str(int(asked[-1].seconds)), asked[-1:])


def _raised_on(seen: Observations) -> Found:
    asked = seen.every("propagation")
    runs = _own(seen)
    nodes = {run.node.admin_name for run in runs}
    if not nodes:
        raise Unseen("")
    if not asked:
        raise Unseen("this node is the manager of the file system")
    here = asked[-1].words[1] not in nodes
    answer = "here" if here else "manager" if len(nodes) == 1 else "both"
    return _found(answer, *runs[:1])


def _surroundings(seen: Observations) -> Found:
    run = seen.run("values")
    output = "none" if set(run.descriptors) <= {"/dev/null"} else "open"
    return _found(f"user {run.user}, folder {run.folder}, umask {run.mask}, output {output}", run)


_COUNT_AS_UNDEFINED = "the driver, for which it counts as undefined"

QUESTIONS = (
    Question(
        "substitution_inside_word",
        2,
        "Is a variable replaced inside a longer word?",
        "on",
        {
            "on": Meaning("it is"),
            "off": Meaning("only whole words are", handled="words apart, once --save has written that down"),
        },
        _inside_word,
        switch="substitution_inside_word",
    ),
    Question(
        "substitution_order",
        2,
        "Is a value with a blank split into two words?",
        "tokenise-first",
        {
            "tokenise-first": Meaning("it stays one word"),
            "substitute-first": Meaning("it is split", handled="the driver, which joins it again"),
        },
        _order,
        switch="substitution_order",
    ),
    Question(
        "undefined_value",
        2,
        "What becomes of a variable that has no value?",
        "UNDEFINED",
        {
            "UNDEFINED": Meaning("the word UNDEFINED"),
            "literal": Meaning("the variable itself is left", handled=_COUNT_AS_UNDEFINED),
            "empty": Meaning("nothing is left", handled=_COUNT_AS_UNDEFINED),
        },
        _undefined,
        switch="undefined_value",
    ),
    Question(
        "unknown_variable",
        1,
        "What becomes of a %word that is no variable?",
        "left",
        {
            "left": Meaning("it is left"),
            "UNDEFINED": Meaning("the word UNDEFINED", handled=_COUNT_AS_UNDEFINED),
            "empty": Meaning("nothing is left", handled=_COUNT_AS_UNDEFINED),
            "error": Meaning("mmaddcallback refuses it", handled="new(), which warns of it before"),
        },
        _unknown,
        switch="unknown_variable",
    ),
    Question(
        "qualifiers",
        2,
        "Is there a short form of a node, such as %myNode.shortName?",
        "on",
        {
            "on": Meaning("there is"),
            "off": Meaning("the suffix is left", handled="asking for the variable alone"),
        },
        _qualifiers,
        switch="qualifiers",
    ),
    Question(
        "node_value_form",
        2,
        "In which form is a node handed over?",
        "long",
        {
            "long": Meaning("its daemon name"),
            "": Meaning("in another form", handled="passing it on as it is; only names are compared"),
        },
        _node_form,
        switch="node_value_form",
    ),
    Question(
        "node_list_separator",
        2,
        "What stands between the nodes of a list?",
        "comma",
        {
            "comma": Meaning("a comma"),
            "blank": Meaning("a blank", handled="the driver, which takes both"),
        },
        _separator,
        switch="node_list_separator",
    ),
    Question(
        "fsname_form",
        2,
        "Is a file system handed over as its name, or as its device?",
        "bare",
        {
            "bare": Meaning("as its name"),
            "dev": Meaning("with /dev/", handled="the driver, which compares without it"),
        },
        _filesystem,
        switch="fsname_form",
    ),
    Question(
        "event_name",
        2,
        f"How is the event {EVENT} spelled when it is handed over?",
        EVENT,
        {EVENT: Meaning("as in lists"), "": Meaning("otherwise", handled="comparing names in any case")},
        _event_name,
    ),
    Question(
        "parms_quoting",
        2,
        "Do quotes in --parms keep words together?",
        "none",
        {
            "none": Meaning("they do not"),
            "shell": Meaning("they do", handled="sending no word that has a quote or a blank"),
        },
        _quoting,
        switch="parms_quoting",
    ),
    Question(
        "priority_rule",
        2,
        "In which order are callbacks started?",
        "smaller-first",
        {
            "smaller-first": Meaning("smaller priorities first, the rest as registered"),
            "larger-first": Meaning(
                "larger priorities first", unhandled="give priorities the other way round"
            ),
            "ignored": Meaning("as registered", unhandled="priorities do nothing on this cluster"),
            "shuffled": Meaning(
                "in another order", handled="callbacks that do not count on an order among equals"
            ),
        },
        _priority,
        switch="priority_rule",
    ),
    Question(
        "event_order",
        2,
        "Does an event come once, and while its cause lasts?",
        "as-raised",
        {
            "as-raised": Meaning("it does"),
            "duplicated": Meaning("it comes twice", handled="once, if a callback asks for that"),
            "delayed": Meaning(
                "it comes after its cause has ended, so that others may overtake it",
                handled="handlers that ask GPFS how things are now",
            ),
        },
        _delivery,
        switch="event_order",
    ),
    Question(
        "exec_environment",
        2,
        "Does a callback find the environment of GPFS's daemon?",
        "empty",
        {
            "empty": Meaning("it finds no PATH"),
            "inherit": Meaning("it finds one", handled="the driver, which makes its own"),
        },
        _environment,
        switch="exec_environment",
    ),
    Question(
        "surroundings",
        2,
        "As whom, where and with what output is a callback started?",
        "",
        {"": Meaning("the driver sets all of that itself")},
        _surroundings,
    ),
    Question(
        "raised_on",
        2,
        f"On which node is {EVENT} raised?",
        "manager",
        {
            "manager": Meaning("on the manager of the file system"),
            "": Meaning("on another one", handled="installing callbacks on all nodes"),
        },
        _raised_on,
    ),
    Question(
        "propagation_delay",
        2,
        "How many seconds does it take until the manager lists a new callback?",
        "0",
        {
            "0": Meaning("none"),
            "": Meaning("some", handled="installed, which asks the node itself"),
        },
        _propagation,
        switch="propagation_delay",
    ),
)
