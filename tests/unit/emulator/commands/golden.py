"""Texts to the column: fixtures, recordings of their layouts, and the command that has to print them.

A fixture in ``tests/golden/emulator`` has the layout of recorded output, with names and values of our own. A case
reads the values out of the fixture, arranges a cluster that has them, and wants the fixture printed. The same is
done with the recordings themselves if ARCAPIX_GPFS_SAMPLES names a folder that holds them; those of the callback
commands lie in a folder "callbacks" beside it.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from arcapix.fs.gpfs.emulator.model import Filesystem, Node, State
from arcapix.fs.gpfs.emulator.usage import Amount, Usage

GOLDEN = Path(__file__).parents[3] / "golden" / "emulator"
SAMPLES = os.environ.get("ARCAPIX_GPFS_SAMPLES", "")
needs_recordings = pytest.mark.skipif(
    not SAMPLES, reason="ARCAPIX_GPFS_SAMPLES names no folder with recordings of real clusters"
)

Arranger = Callable[[State, str], Usage | Mapping[str, Usage] | None]
Defect = tuple[str, str | Callable[[re.Match[str]], str]]

DATE = r"\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}"
_PASSING = (
    (r"^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d ([A-Z]{3,4}|[+-]\d{2,4}) \d{4}(?=: )", "DATE"),
    (r"^Running (\d+ \w+ )*\d+ secs, pid \d+$", "Running # secs, pid PID"),
    (r"(?<='shutdown' command about to kill process )\d+$", "PID"),
    (rf"(?<= % complete on ){DATE}", "DATE"),
    (r"(?<=Unloading modules from /lib/modules/)\d[\w.+-]+(?=/extra$)", "KERNEL"),
)
"""What is of the moment, or of this machine."""
_REMARKS = re.compile(r"\A(#.*\n)+#--\n")
"""What stands before some recordings, about their origin."""
_WORDS = (
    (
        "FILESET",
        ",",
        r"named (\S+) does|mmlsfileset::0:1:::\w+:(\w+):|^Fileset (\S+) (?:created|linked|unlinked)",
    ),
    ("JUNCTION", "", r"linked at /[^/\s]+/(\S+)"),
    ("DEVICE", ",", r"File system (\S+) is|disks of (\S+) will"),
    ("DISKS", ";", r"^    (\S+): size \d+ MB"),
    ("USER", ",", r"USR:(\d+)"),
    ("SNAPSHOT", "", r"snapshot :(\S+?)\.\.\."),
    ("NODES", ",", r"Processing node (\S+)|^(?:\t| {8})(\S+)$|^(\S+):  The GPFS"),
)
"""Words that stand in a case's commands for what its text shows: separator (none: the first), pattern."""

BLANKS: Defect = (r"(?m)[ \t]+$", "")
"""The recording has lost blanks at the ends of lines."""
FIRST_LINE: Defect = (r"\A\s*\n", "")
"""The recording has lost an empty first line, or gained one, or has a blank in it."""
VOLUMES: Defect = (r"\b[0-9A-F]{16}\b", "0123456789ABCDEF")
"""Identifiers come from addresses and times of creation."""


@dataclass(frozen=True)
class Case:
    """A fixture, the recordings of its layout, and what to run."""

    fixture: str
    recording: str
    """Pattern of the names of the recordings of this layout."""
    release: str
    line: str
    """The command; several, one after another, are separated by semicolons."""
    arrange: Arranger
    stream: str = "stdout"
    unordered: bool = False
    """The recording is in another order than that of the ids."""
    defects: tuple[Defect, ...] = ()
    """Patterns and replacements, applied to both, for what cannot be the same; see the comments."""
    before: Callable[[str], Iterable[str]] = lambda _: ()
    """Commands that are run first, and whose output does not matter, for a text."""
    switches: Mapping[str, str] = field(default_factory=dict)


# -- reading texts


def seconds(date: str) -> float:
    return time.mktime(time.strptime(date, "%a %b %d %H:%M:%S %Y"))


def decoded(value: str) -> str:
    return re.sub("%([0-9A-F]{2})", lambda code: chr(int(code[1], 16)), value)


def rows(text: str) -> list[dict[str, str]]:
    """The rows of -Y output, with the section as `""`."""
    headers: dict[str, list[str]] = {}
    found = []
    for line in text.splitlines():
        fields = line.split(":")
        if fields[2:3] == ["HEADER"]:
            headers[fields[1]] = fields[6:-1]
        elif len(fields) > 6:
            values = dict(zip(headers[fields[1]], map(decoded, fields[6:-1]), strict=True))
            found.append({**values, "": fields[1]})
    return found


# -- arranging


def only(state: State, name: str) -> Filesystem:
    """The one file system of the cluster, under another name, mounted where nothing is."""
    filesystem = next(iter(state.filesystems.values()))
    filesystem.name, filesystem.mount_point = name, f"/nowhere/{name}"
    state.filesystems = {name: filesystem}
    return filesystem


def add_node(state: State, name: str, number: int = 0, /, **facts: Any) -> Node:
    """A node under this name for everything; the number is the next one unless given."""
    number = number or len(state.nodes) + 1
    address = f"198.18.{9 + number // 256}.{number % 256}"
    state.nodes[name] = Node(name, number, **{"ip": address, "admin_name": name, **facts})
    return state.nodes[name]


def nothing(state: State, _: str) -> None:
    only(state, "fs1")


def as_it_is(_state: State, _text: str) -> None:
    """For commands that need the folders of the cluster as it was made."""


# -- running


def printed(make_cluster: Callable[..., Any], case: Case, text: str) -> str:
    """What the case's commands print on a cluster that has what the text shows."""
    cluster = make_cluster(release=case.release, **case.switches)
    found: list[Usage | Mapping[str, Usage] | None] = []
    cluster.arrange(lambda state: found.append(case.arrange(state, text)))
    usages = found[0]

    def usage(filesystem: Filesystem) -> Usage:
        known = usages if isinstance(usages, Usage) else (usages or {}).get(filesystem.name, Usage())
        for name in filesystem.filesets:
            known.filesets.setdefault(name, Amount())
        return known

    cluster.emulator.usage = usage
    words = {"FS": next(iter(cluster.state.filesystems), "fs1")}
    for word, separator, pattern in _WORDS:
        matches = [match[match.lastindex or 1] for match in re.finditer(pattern, text, re.MULTILINE)]
        found_words = list(dict.fromkeys(matches)) or [word]
        words[word] = separator.join(found_words) if separator else found_words[0]

    def run(line: str) -> Any:
        return cluster.run(" ".join(words.get(word, word) for word in line.split()))

    for line in case.before(text):
        assert run(line).returncode == 0
    output = "".join(getattr(run(line), case.stream) for line in case.line.split(";"))
    return output.replace(f"{cluster.emulator.place.mounts}/mmfs1", f"/{words['FS']}")


def lasting(text: str) -> str:
    """A text with words in the place of what is of the moment, or of this machine."""
    for pattern, word in _PASSING:
        text = re.sub(pattern, word, text, flags=re.MULTILINE)
    return text


def recordings(case: Case) -> list[Path]:
    return sorted(Path(SAMPLES).glob(case.recording))


def compared(make_cluster: Callable[..., Any], case: Case) -> Iterator[tuple[str, str]]:
    """Each recording of a case and what is printed here, both without the case's defects."""
    for path in recordings(case):
        text = _REMARKS.sub("", path.read_text())
        ours = printed(make_cluster, case, text)
        texts = [lasting(text), lasting(ours)]
        for pattern, replacement in case.defects:
            texts = [re.sub(pattern, replacement, one) for one in texts]
        if case.unordered:
            texts = ["\n".join(sorted(one.splitlines())) for one in texts]
        yield texts[0], texts[1]
