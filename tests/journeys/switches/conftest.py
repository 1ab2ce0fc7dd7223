"""The journeys of the API under every answer to the questions that nobody has settled about GPFS.

Each test here that asks for `world` runs once for each answer of each switch that is not the default, and
once with the defaults. `make test` runs the pairs of `SAMPLE`, `make test-all` runs all.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import pytest

from arcapix.fs.gpfs import CallbackWarning, Filesystem, GPFSExecuteException
from arcapix.fs.gpfs.commands import process
from arcapix.fs.gpfs.emulator import switches
from arcapix.fs.gpfs.registration import header
from arcapix.fs.gpfs.testing import EmulatedCluster, RunRecord
from arcapix.fs.gpfs.testing.cluster import emulated_cluster
from arcapix.fs.gpfs.testing.marker import Options

from ...waiting import wait

FILESYSTEM_SIZE = 1 << 20

OPEN_ANSWERS = {
    "list_key_width": ("30",),
    "parms_max": ("cut:255", "cut:1024", "cut:4096", "refuse:255", "refuse:1024", "refuse:4096"),
    "space_interval": ("0", "5"),
    "propagation_delay": ("0.2", "n2=0.3,n3=0.1"),
    "lock_busy": ("timeout:2",),
    "command_delay": ("0.02,0.05,1",),
}
"""Answers to try where a switch takes any number."""

WORDS_APART = "words_apart"
"""Stands for the other shape of our own words, ``name=`` and ``%name``, which a site can switch to."""

TOO_SHORT = ("parms_max=cut:255", "parms_max=refuse:255")
"""Under these no token can be registered; `test_switch_limits` says what happens then."""
NEVER_FREE = "lock_busy=timeout"
"""Under this nothing can be changed; `test_switch_limits` says what happens then."""

SAMPLE = {
    "test_a_function_runs_on_the_node_of_the_event": (
        "", "message_stream=stderr", "exec_environment=inherit", "propagation_delay=0.2", "lock_busy=timeout:2",
    ),
    "test_a_script_gets_the_words_that_gpfs_makes_of_its_parms": (
        "undefined_value=empty", "unknown_variable=UNDEFINED", "parms_max=cut:1024",
    ),
    "test_callbacks_are_listed_and_looked_up": (
        "list_empty=error", "list_long_value=next-line", "list_event_form=lines", "list_order=alphabetical",
    ),
    "test_a_function_is_added_to_and_changed_without_being_decoded": ("list_event_form=sorted", "duplicate_id=replace"),
    "test_a_script_is_changed_from_its_listing": ("list_option_keys=absent", "list_parms_join=lines"),
    "test_what_is_deleted_is_gone_and_can_be_created_again": ("delete_unknown=ignore",),
    "test_a_batch_installs_all_or_nothing": ("spec_file=off", "spec_file_partial=stop"),
    "test_a_change_that_was_cut_short_is_recovered": ("list_empty=error",),
    "test_a_batch_that_was_cut_short_is_undone": ("", "spec_file_partial=stop"),
    "test_an_object_sees_its_own_events_only": (
        "fsname_form=dev", "substitution_inside_word=off", "undefined_value=literal",
    ),
    "test_gpfs_waits_for_what_is_synchronous": ("sync_timeout_action=leave", "priority_rule=larger-first"),
    "test_nodes_and_node_classes_own_what_runs_on_them": ("list_node_form=class", "N_class_storage=expanded"),
    "test_a_variable_without_a_value_is_undefined": ("qualifiers=off", WORDS_APART),
    "test_a_value_with_blanks_shifts_no_other": ("substitution_order=substitute-first",),
    "test_global_events_run_where_gpfs_says": ("global_on=cluster-manager", "event_order=duplicated"),
    "test_causes_raise_events_that_handlers_answer_through_the_api": ("space_interval=0", "release=4.2.3"),
    "test_what_is_doubtful_is_warned_of_and_left_to_gpfs": ("event_unknown=accept", "N_mount_class=accept"),
}  # fmt: skip
"""Journey -> the answers that `make test` tries, "" for the defaults."""


@dataclass(frozen=True)
class Answers:
    """What is in force in one test: one answer that is not the default, or none."""

    switches: Mapping[str, str] = field(default_factory=dict)
    words_apart: bool = False

    def __getitem__(self, name: str) -> str:
        return switches.value(self.switches, name)


def every_answer() -> dict[str, Answers]:
    """Each answer of each switch that is not its default, by the name that a test has for it."""
    found = {"": Answers(), WORDS_APART: Answers(words_apart=True)}
    for switch in switches.SWITCHES.values():
        for value in dict.fromkeys((*switch.values[1:], *OPEN_ANSWERS.get(switch.name, ()))):
            # A GPFS that replaces whole words only needs the other shape of ours.
            apart = (switch.name, value) == ("substitution_inside_word", "off")
            found[f"{switch.name}={value}"] = Answers({switch.name: value}, words_apart=apart)
    return found


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "world" not in metafunc.fixturenames or metafunc.definition.get_closest_marker("parametrize"):
        return
    left_out = {NEVER_FREE, *(TOO_SHORT if "room_for_a_token" in metafunc.fixturenames else ())}
    sample = SAMPLE.get(metafunc.definition.name, ())
    cases = {name: answers for name, answers in every_answer().items() if name not in left_out}
    assert set(sample) <= set(cases), f"the sample of {metafunc.definition.name} names an answer that is none"
    metafunc.parametrize(
        "answers",
        [
            pytest.param(answers, id=name or "defaults", marks=() if name in sample else pytest.mark.slow)
            for name, answers in cases.items()
        ],
    )


@pytest.fixture
def all_answers() -> dict[str, Answers]:
    """Every answer, for tests that are about some of them."""
    return every_answer()


@pytest.fixture
def room_for_a_token() -> None:
    """Asked for by journeys that install functions: a token needs some 300 characters."""


class World:
    """A cluster that gives certain answers, and what a test asks of it again and again."""

    def __init__(self, cluster: EmulatedCluster, answers: Answers) -> None:
        self.cluster = cluster
        self.answers = answers
        self._seen = 0

    def mm(self, command: str, *arguments: str) -> None:
        """Run an mm command, again where the configuration lock was busy; the API does so by itself."""
        while True:
            try:
                self.cluster.mm(command, *arguments)
            except GPFSExecuteException as error:
                if "waiting for lock" not in error.stderr:
                    raise
            else:
                return

    def settle(self) -> None:
        """Wait until every node lists what this one lists."""
        wait(
            lambda: len({self._listing(node) for node in self.cluster.nodes}) == 1, "all nodes list the same"
        )

    def _listing(self, node: str) -> str:
        try:
            return self.cluster.mm("mmlscallback", node=node).stdout
        except GPFSExecuteException as error:
            return error.stdout

    def runs(self) -> list[RunRecord]:
        """The runs since this was asked last, all ended; one of two where events were delivered twice."""
        self.cluster.wait_idle()
        every = self.cluster.runs
        new, self._seen = every[self._seen :], len(every)
        if self.answers["event_order"] != "duplicated":
            return new
        new.sort(key=_what_ran)
        assert [_what_ran(run) for run in new[::2]] == [_what_ran(run) for run in new[1::2]]
        return new[::2]

    def happened(self) -> list[tuple[str, str, str]]:
        """(callback, node, event) of each run since the last look, sorted."""
        return sorted((run.callback, run.node, run.event) for run in self.runs())

    def device(self, name: str) -> str:
        """A file system, as %fsName names it."""
        return f"/dev/{name}" if self.answers["fsname_form"] == "dev" else name

    def node(self, label: str) -> str:
        """A node, as a variable names it."""
        number = label.removeprefix("n")
        forms = {"long": f"{label}.gpfs.test", "short": label, "ip": f"198.18.0.{number}", "number": number}
        return forms[self.answers["node_value_form"]]

    def nothing_listed(self) -> bool:
        """Tell whether GPFS lists no callback, however it says so."""
        try:
            return "command" not in self.cluster.mm("mmlscallback").stdout
        except GPFSExecuteException:
            return self.answers["list_empty"] == "error"


def _what_ran(run: RunRecord) -> tuple[object, ...]:
    return run.callback, run.node, run.event, run.arguments, run.output


@pytest.fixture
def world(answers: Answers, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A cluster of four nodes, three of them quorum and manager nodes, under the answers of this test."""
    sizes = {"mmfs1": FILESYSTEM_SIZE, "mmfs2": FILESYSTEM_SIZE}
    monkeypatch.setattr(header, "words_apart", answers.words_apart)
    if answers["lock_busy"].startswith("timeout"):
        monkeypatch.setattr(process, "_sleep", lambda _seconds: None)
    with emulated_cluster(Options(("n1", "n2", "n3", "n4"), sizes, answers.switches)) as cluster:
        yield World(cluster, answers)


@pytest.fixture
def doubtfully() -> Callable[[Callable[[], object]], object]:
    """Do something that warns of a doubt, and must."""

    def do(action: Callable[[], object]) -> object:
        with pytest.warns(CallbackWarning):
            return action()

    return do


@pytest.fixture
def quietly() -> Iterator[None]:
    """Let doubts pass."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CallbackWarning)
        yield


@pytest.fixture
def projects(world: World) -> Filesystem:
    """The file system mmfs1 with a linked independent fileset `projects`."""
    world.mm("mmcrfileset", "mmfs1", "projects", "--inode-space", "new", "--inode-limit", "128:64")
    mount_point = Filesystem("mmfs1").mountPoint
    world.mm("mmlinkfileset", "mmfs1", "projects", "-J", f"{mount_point}/projects")
    return Filesystem("mmfs1")
