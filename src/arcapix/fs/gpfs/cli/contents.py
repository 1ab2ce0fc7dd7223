"""The commands of ``arcapix-gpfs``, in the sections of its help."""

from __future__ import annotations

from typing import NamedTuple


class Entry(NamedTuple):
    """A command, as long as it is not loaded.

    Attributes:
        place: Its module in this package, and its name there.
        what: The first sentence of its help.
    """

    place: str
    what: str


SECTIONS = {
    "Look": {
        "status": Entry("look.status:status", "Show the cluster on one screen."),
        "list": Entry(
            "look.callbacks:list_callbacks", "List the user callbacks of the cluster, whoever made them."
        ),
        "show": Entry("look.callbacks:show", "Show one callback, its source, and what was captured."),
        "events": Entry("look.catalogue:list_events", "List the events of GPFS, or tell all of one."),
        "variables": Entry(
            "look.catalogue:list_variables", "List the variables of events, or tell all of one."
        ),
        "history": Entry("look.history:history", "List the runs of Python callbacks, the newest last."),
        "output": Entry("look.history:output", "Print what a run has printed."),
        "why": Entry("look.why:why", "Say why a callback did not run, or how it ran."),
        "pending": Entry("act.deliveries:pending", "List events that were accepted and are not finished."),
        "paused": Entry("act.pause:paused", "List what is paused."),
    },
    "Act": {
        "add": Entry("act.add:add", "Install a callback: a function, or a script."),
        "change": Entry("act.change:change", "Change a callback: its events, nodes, function or options."),
        "kill": Entry("act.kill:kill", "End a run that goes on."),
        "delete": Entry("act.delete:delete", "Delete callbacks."),
        "pause": Entry("act.pause:pause", "Let the events of callbacks go, until `resume` or a time."),
        "resume": Entry("act.pause:resume", "End pauses."),
        "retry": Entry("act.deliveries:retry", "Try events again that have failed, or that wait."),
        "discard": Entry("act.deliveries:discard", "Give events up that have failed, or that wait."),
        "recover": Entry("act.recover:recover", "Put in order what was left half done on this node."),
        "reconcile": Entry("act.reconcile:reconcile", "Tell callbacks of what this node has missed."),
    },
    "Try": {
        "run": Entry("rehearse.run:run", "Call a function here and now, as the driver would for an event."),
        "drill": Entry(
            "rehearse.drill:drill", "Play an event through the callbacks that are registered for it."
        ),
        "lint": Entry("rehearse.lint:lint", "Find what is wrong with the handlers in files, by reading."),
        "emulate": Entry("emulate:emulate", "Run an emulated GPFS cluster on this machine."),
    },
    "Trust": {
        "doctor": Entry(
            "trust.doctor:doctor", "Tell whether what callbacks need is in order, on every node."
        ),
        "probe": Entry("trust.probe:probe", "Ask this cluster's GPFS what its documents leave open."),
        "driver": Entry("trust.driver:driver", "Install, check and remove the program that GPFS starts."),
        "version": Entry("trust.version:version", "Show which releases the nodes have."),
        "key": Entry("trust.key:key", "Make, compare and change the cluster key."),
    },
}
"""Whoever asks for help, or for one of them, does not wait for all to be loaded."""

UNLISTED = {"learn-pauses": Entry("act.pause:learn_pauses", "")}
"""What nodes run on each other."""

COMMANDS = {name: entry for group in (*SECTIONS.values(), UNLISTED) for name, entry in group.items()}
