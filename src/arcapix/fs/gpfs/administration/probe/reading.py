"""Level 0 of the probe: what can be read without changing anything."""

from __future__ import annotations

from statistics import median

from ... import commands
from ...commands import node, node_table
from ..releases import Releases
from .evidence import Evidence, Observations, Unseen
from .listing import entries
from .questions import Found, Meaning, Question
from .session import CHANGING, PREFIX, Level, Session, Step

__all__ = ["LEVEL", "QUESTIONS"]

_ABSENT = f"{PREFIX}absent"


def _look_at_cluster(session: Session) -> None:
    session.known_cluster = commands.mmlscluster()
    session.known_node = node_table.find_node(session.known_cluster, commands.mmlsnode_local())


def _look_at_callbacks(session: Session) -> None:
    session.ask("list whole", "mmlscallback")
    whole = session.ask("list whole", "mmlscallback")
    session.ask("list system", "mmlscallback", "system")
    for tag, word in (("list -Y", "-Y"), ("list absent", _ABSENT)):
        if session.ask(tag, "mmlscallback", word).failed:
            session.ask(tag, "mmlscallback", word)
    first = next((entry.identifier for entry in entries(whole.stdout) if entry.identifier), "")
    if first and not whole.failed:
        session.ask("list one", "mmlscallback", first)


def _look_at_classes(session: Session) -> None:
    session.classes = [one.name for one in commands.mmlsnodeclass()]


def _look_at_driver(session: Session) -> None:
    found = Releases.of_this_node()
    state = "none" if found.driver is None else "current" if found.driver_release else "another release"
    session.seen.add(Evidence("driver", ("driver",), 0, state, "", 0.0))


_STEPS = (
    Step(
        "cluster",
        "reads which nodes the cluster has, and which one this is",
        {"mmlscluster": 2, "mmlsnode": 2},
        _look_at_cluster,
    ),
    Step(
        "release",
        "reads the release of GPFS",
        {"mmdiag": 1},
        lambda session: session.ask("release", "mmdiag", "--version"),
    ),
    Step(
        "callbacks",
        "lists callbacks in every form that mmlscallback has, and one that does not exist",
        {"mmlscallback": 8},
        _look_at_callbacks,
    ),
    Step("classes", "lists the node classes", {"mmlsnodeclass": 2}, _look_at_classes),
    Step("driver", "looks at the driver on this node", {}, _look_at_driver),
)

LEVEL = Level(0, "it changes nothing", lambda _: _STEPS)


def _release(seen: Observations) -> Found:
    told = seen.last("release")
    release = node.release_in(told.stdout)
    if release is None:
        raise Unseen("mmdiag --version names no build")
    return Found(release, [told])


def _list_rows(seen: Observations) -> Found:
    told = seen.last("list -Y")
    refused = seen.refusal("list -Y") is not None or ":HEADER:" not in told.stdout
    return Found("off" if refused else "on", [told])


def _list_empty(seen: Observations) -> Found:
    told = seen.last("list whole")
    if entries(told.stdout):
        raise Unseen("callbacks are registered, so no listing was empty")
    if seen.refusal("list whole"):
        return Found("error", [told])
    return Found("sentence" if (told.stdout + told.stderr).strip() else "nothing", [told])


def _list_unknown(seen: Observations) -> Found:
    told = seen.last("list absent")
    return Found("error" if seen.refusal("list absent") else "nothing", [told])


def _identifier_line(seen: Observations) -> Found:
    told = seen.last("list one")
    first = next(iter(entries(told.stdout)), None)
    if told.failed or first is None:
        raise Unseen("no callback could be listed alone")
    return Found("yes" if first.identifier else "no", [told])


def _key_width(seen: Observations) -> Found:
    for tag in ("list system", "list whole", "list own"):
        for told in reversed(seen.every(tag)):
            widths = [pair.columns for entry in entries(told.stdout) for pair in entry.pairs]
            if widths:
                return Found(str(min(widths)), [told])
    raise Unseen("no callback was listed")


def _times(seen: Observations) -> Found:
    listings = [one for one in seen if one.words[0].startswith("mmls")]
    changes = [one for one in seen if one.words[0] in CHANGING]
    if not listings:
        raise Unseen("")
    middles = [median(one.seconds for one in ran) for ran in (listings, changes) if ran]
    shown = [max(ran, key=lambda one: one.seconds) for ran in (listings, changes) if ran]
    return Found(",".join(f"{seconds:.2f}" for seconds in middles), shown)


def _driver(seen: Observations) -> Found:
    told = seen.last("driver")
    return Found(told.stdout, [told])


_READ = "the listing is read by its keys, whatever stands around them"

QUESTIONS = (
    Question(
        "release",
        0,
        "Which release of GPFS is this?",
        "",
        {"": Meaning("the release that this node runs")},
        _release,
        switch="release",
    ),
    Question(
        "driver",
        0,
        "Is the driver of this release installed on this node?",
        "current",
        {
            "current": Meaning("it is"),
            "another release": Meaning(
                "that of another release is", handled="doctor, which says so on every node"
            ),
            "none": Meaning("none is", handled="new(), which says how it is installed"),
        },
        _driver,
    ),
    Question(
        "command_delay",
        0,
        "How many seconds does a listing take, and a change?",
        "",
        {"": Meaning("the middle of the times of all listings, and of all changes, that the probe made")},
        _times,
        switch="command_delay",
    ),
    Question(
        "list_Y",
        0,
        "Does mmlscallback have -Y?",
        "on",
        {
            "on": Meaning("it has"),
            "off": Meaning("it refuses it", handled="the plain listing, which is read first anyway"),
        },
        _list_rows,
        switch="list_Y",
    ),
    Question(
        "list_empty",
        0,
        "What does mmlscallback say when nothing is registered?",
        "nothing",
        {
            "nothing": Meaning("nothing, with status 0"),
            "sentence": Meaning("a sentence, with status 0", handled="reading nothing but keys"),
            "error": Meaning("an error", handled="listing GPFS's own callbacks, too: then it is empty"),
        },
        _list_empty,
        switch="list_empty",
    ),
    Question(
        "list_unknown_id",
        0,
        "What does mmlscallback say of an identifier that does not exist?",
        "error",
        {
            "error": Meaning("an error"),
            "nothing": Meaning("nothing, with status 0", handled="listing all, and looking there"),
        },
        _list_unknown,
        switch="list_unknown_id",
    ),
    Question(
        "list_identifier_line",
        0,
        "Does mmlscallback name a callback that it is asked for by name?",
        "yes",
        {
            "yes": Meaning("it does"),
            "no": Meaning("it does not", handled="taking the only entry for the one that was asked for"),
        },
        _identifier_line,
        switch="list_identifier_line",
    ),
    Question(
        "list_key_width",
        0,
        "How wide are the keys of mmlscallback?",
        "16",
        {"": Meaning("columns to the equals sign", handled=_READ)},
        _key_width,
        switch="list_key_width",
    ),
)
