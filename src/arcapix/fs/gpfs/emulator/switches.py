"""What nobody has established about GPFS: one table of questions, each with the answers that can be played.

The evidence marks are those of the product's reference: doc, recorded, field, inferred, unverified.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from arcapix.fs.gpfs.emulator.errors import EmulatorError, did_you_mean
from arcapix.fs.gpfs.emulator.releases import DEFAULT, FORMATS

Evidence: TypeAlias = Literal["doc", "recorded", "field", "inferred", "unverified"]


@dataclass(frozen=True)
class Switch:
    """One question. `values` are its answers, the default first; `pattern` describes further ones."""

    name: str
    values: tuple[str, ...]
    about: str
    evidence: Evidence
    pattern: str = ""
    form: str = ""
    """How the values that match `pattern` are written, for messages and the reference."""

    @property
    def default(self) -> str:
        """The answer in force unless another one was chosen."""
        return self.values[0]

    def accepts(self, value: str) -> bool:
        """Tell whether this is one of the answers."""
        return value in self.values or bool(self.pattern and re.fullmatch(self.pattern, value))


_SECONDS = r"\d+(\.\d+)?"

_TABLE = (
    Switch(
        "release",
        (DEFAULT, *(release for release in FORMATS if release != DEFAULT)),
        "release whose layouts and texts are printed",
        "recorded",
    ),
    Switch(
        "duplicate_id", ("error", "replace"), "mmaddcallback with an identifier that exists", "unverified"
    ),
    Switch(
        "delete_partial",
        ("nothing", "known"),
        "mmdelcallback of a list with an unknown identifier: "
        "nothing is deleted, or those that exist, status 1",
        "unverified",
    ),
    Switch("delete_unknown", ("error", "ignore"), "mmdelcallback of an unknown identifier", "unverified"),
    Switch(
        "list_empty",
        ("nothing", "sentence", "error"),
        "mmlscallback when nothing is registered",
        "unverified",
    ),
    Switch("list_unknown_id", ("error", "nothing"), "mmlscallback of an unknown identifier", "unverified"),
    Switch(
        "list_key_width", ("16", "14"), "columns of a key in mmlscallback", "recorded", r"\d{1,2}", "a number"
    ),
    Switch(
        "list_identifier_line",
        ("yes", "no"),
        "the identifier's own line when one callback is asked for",
        "recorded",
    ),
    Switch("list_long_value", ("same-line", "next-line"), "where mmlscallback puts a long value", "recorded"),
    Switch(
        "list_event_form",
        ("comma", "comma-blank", "lines", "sorted"),
        "several events in mmlscallback",
        "unverified",
    ),
    Switch("list_parms_join", ("blank", "lines"), "several --parms in mmlscallback", "unverified"),
    Switch(
        "list_option_keys",
        ("keys", "absent", "other"),
        "priority, sync, timeout, onerror in mmlscallback: under these keys, absent, or under other names",
        "unverified",
    ),
    Switch("list_order", ("registration", "alphabetical"), "order of mmlscallback", "unverified"),
    Switch(
        "list_node_form",
        ("long", "typed", "class"),
        "nodes in mmlscallback: long names, classes expanded; as typed; long names, classes by name",
        "unverified",
    ),
    Switch("list_Y", ("on", "off"), "mmlscallback -Y; off: usage error", "unverified"),
    Switch("undefined_value", ("UNDEFINED", "literal", "empty"), "a variable without a value", "unverified"),
    Switch(
        "unknown_variable",
        ("left", "UNDEFINED", "error"),
        "a %word that is no variable; error: refused at registration",
        "unverified",
    ),
    Switch("qualifiers", ("on", "off"), "%name.shortName, .ip, .name; off: the suffix stays", "unverified"),
    Switch("node_value_form", ("long", "short", "ip", "number"), "form of a node in a value", "unverified"),
    Switch("node_list_separator", ("comma", "blank"), "between the nodes of a list", "unverified"),
    Switch(
        "substitution_order",
        ("tokenise-first", "substitute-first"),
        "whether a value with a blank is split",
        "unverified",
    ),
    Switch("substitution_inside_word", ("on", "off"), "fs=%fsName; off: whole words only", "unverified"),
    Switch("fsname_form", ("bare", "dev"), "%fsName as mmfs1 or /dev/mmfs1", "field"),
    Switch("parms_quoting", ("none", "shell"), "quotes in --parms", "unverified"),
    Switch(
        "parms_max",
        ("none",),
        "longest parms text: cut to N characters, or refused above N",
        "unverified",
        r"(cut|refuse):\d+",
        "cut:N or refuse:N",
    ),
    Switch(
        "sync_timeout_default",
        ("none", "30", "60"),
        "seconds for a synchronous callback without --timeout",
        "unverified",
        _SECONDS,
        "seconds",
    ),
    Switch(
        "sync_timeout_action",
        ("kill", "leave"),
        "a synchronous callback at its timeout: killed and counted as failed, or left running",
        "unverified",
    ),
    Switch(
        "onerror_values",
        ("known", "any"),
        "what --onerror takes: continue, quorumLoss, shutdown, or any word",
        "unverified",
    ),
    Switch(
        "priority_rule",
        ("smaller-first", "larger-first", "shuffled"),
        "order by --priority; shuffled: ties in any order",
        "unverified",
    ),
    Switch(
        "snapshot_waits",
        ("after", "at-once"),
        "whether mmcrsnapshot returns after the callbacks",
        "unverified",
    ),
    Switch("event_case", ("any", "exact"), "case of event names in mmaddcallback", "inferred"),
    Switch("event_unknown", ("error", "accept"), "an event name that GPFS does not know", "unverified"),
    Switch(
        "reserved_prefix_case",
        ("lower", "any"),
        "whether MM and GPFS are reserved as mm and gpfs are",
        "unverified",
    ),
    Switch("reserved_words", ("accept", "refuse"), "identifiers user, system, all", "unverified"),
    Switch(
        "command_check",
        ("none", "exists"),
        "whether mmaddcallback looks for the command on its node",
        "unverified",
    ),
    Switch("tiebreaker_guard", ("error", "accept"), "tiebreakerCheck while a daemon is up", "doc"),
    Switch("N_mount_class", ("error", "accept"), "-N mount in mmaddcallback", "unverified"),
    Switch(
        "N_class_storage",
        ("class", "expanded"),
        "a class in -N is kept, or expanded at registration",
        "unverified",
    ),
    Switch("global_on", ("every-node", "cluster-manager"), "where a global event runs", "field"),
    Switch("quorumReached_on", ("cluster-manager", "every-node"), "where quorumReached runs", "unverified"),
    Switch(
        "remount_events", ("on", "off"), "mount events for a remount after quorum came back", "unverified"
    ),
    Switch(
        "mount_repeat",
        ("once", "again", "refuse"),
        "mmmount and mmumount of what is being mounted or unmounted already, as in a synchronous preUnmount: "
        "done without the event, with it (16 times at most), or refused",
        "unverified",
    ),
    Switch(
        "space_interval",
        ("120",),
        "seconds between two lowDiskSpace of one pool; 0: at every look",
        "field",
        _SECONDS,
        "seconds",
    ),
    Switch(
        "quota_repeat", ("once", "always"), "softQuotaExceeded once per crossing, or at every look", "field"
    ),
    Switch(
        "event_order",
        ("as-raised", "shuffled", "duplicated", "delayed"),
        "delivery of events; shuffled and delayed ones do not hold up their cause",
        "inferred",
    ),
    Switch(
        "exec_environment",
        ("empty", "inherit"),
        "environment of a callback: what names node and cluster only, or the daemon's",
        "unverified",
    ),
    Switch("log_launch", ("on", "off"), "GPFS's line for each callback that it calls", "recorded"),
    Switch(
        "state_figures",
        ("middle", "right"),
        "where the figures of mmgetstate -L stand in their columns, from 5.1.8 on",
        "recorded",
    ),
    Switch(
        "no_quota_status",
        ("22", "0"),
        "status of mmlsquota where no file system has quotas enabled",
        "recorded",
    ),
    Switch("message_stream", ("stdout", "stderr"), "where progress messages go", "unverified"),
    Switch(
        "propagation_delay",
        ("0",),
        "seconds until other nodes know of a change, for all or per node",
        "doc",
        rf"{_SECONDS}|[^=,\s]+={_SECONDS}(,[^=,\s]+={_SECONDS})*",
        "seconds or NODE=seconds,...",
    ),
    Switch(
        "lock_busy",
        ("off", "retry", "timeout"),
        "the configuration lock: free; busy, then free (a retry "
        "line); never free; or not for the next N commands",
        "doc",
        r"timeout:\d+",
        "timeout:N",
    ),
    Switch(
        "command_delay",
        ("0,0,60",),
        "seconds that a listing and a changing command take, and that a change waits for another one",
        "inferred",
        rf"{_SECONDS}(,{_SECONDS}){{0,2}}",
        "LIST[,CHANGE[,LOCK]]",
    ),
    Switch("spec_file", ("on", "off"), "mmaddcallback -S; off: usage error", "doc"),
    Switch(
        "spec_file_partial",
        ("nothing", "stop"),
        "a bad line in a spec file: nothing is registered, or what stands before it",
        "unverified",
    ),
)

SWITCHES: Mapping[str, Switch] = {switch.name: switch for switch in _TABLE}


def check(name: str, value: str) -> None:
    """Refuse a switch or value that does not exist, naming what does.

    Raises:
        EmulatorError: There is no such switch, or it does not take this value.
    """
    switch = SWITCHES.get(name)
    if switch is None:
        raise EmulatorError(f"no switch '{name}'{did_you_mean(name, SWITCHES)}")
    if not switch.accepts(value):
        answers = ", ".join(switch.values)
        if switch.form:
            answers += f" or {switch.form}: {switch.about}"
        raise EmulatorError(f"switch '{name}' does not take '{value}'; it takes {answers}")


def value(chosen: Mapping[str, str], name: str) -> str:
    """The answer in force for a question, given the switches that were set."""
    return chosen.get(name, SWITCHES[name].default)


def delays(chosen: Mapping[str, str]) -> tuple[float, float, float]:
    """Seconds that a listing and a change take, and that a change waits for another; the rest by default."""
    given = value(chosen, "command_delay").split(",")
    rest = SWITCHES["command_delay"].default.split(",")[len(given) :]
    listing, change, lock = map(float, [*given, *rest])
    return listing, change, lock
