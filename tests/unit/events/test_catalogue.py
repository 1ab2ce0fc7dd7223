from __future__ import annotations

import subprocess
import sys

import pytest

from arcapix.fs.gpfs import events
from arcapix.fs.gpfs.driver.decision import SCOPES as NAMING
from arcapix.fs.gpfs.events import EVENTS, VARIABLES
from arcapix.fs.gpfs.exceptions import nearest

EVIDENCE = {"doc", "recorded", "field", "inferred", "unverified"}

# The table of the specification: events, Filesystem, Fileset, Pool.
TABLE = [
    ("afmFilesetExpired afmFilesetUnexpired", "global", "filesystem fileset"),
    (
        "nodeJoin nodeLeave quorumReached quorumLoss quorumNodeJoin quorumNodeLeave clusterManagerTakeover",
        "global",
        "",
    ),
    (
        "afmHomeConnected afmHomeDisconnected afmManualResyncComplete afmPrepopEnd afmRecoveryStart afmRecoveryEnd",
        "local",
        "filesystem fileset",
    ),
    (
        "deadlockDetected deadlockOverload mmProtocolTraceFileChange preShutdown preStartup sendRequestToNodes "
        "shutdown startup tiebreakerCheck",
        "local",
        "",
    ),
    ("diskFailure preMount preUnmount mount unmount", "local", "filesystem"),
    (
        "filesetLimitExceeded snapshotCreated softQuotaExceeded usageUnderSoftQuota",
        "local",
        "filesystem fileset",
    ),
    ("lowDiskSpace", "local", "filesystem pool"),
    ("noDiskSpace", "local", "filesystem fileset pool"),
]
SCOPES = {event: scope for names, scope, _ in TABLE for event in names.split()}
CELLS = [
    (event, kind, kind in yes.split())
    for names, _, yes in TABLE
    for event in names.split()
    for kind in ("filesystem", "fileset", "pool")
]

# Frozen: a name that is added or lost changes what functions get that are installed today.
THE_32 = """
    blockLimit blockQuota blockUsage clusterManager clusterName diskName downNodes eventName eventNode filesLimit
    filesQuota filesUsage filesetName filesetSize fsName homeServer myNode nodeNames prepopCompletedReads prepopData
    quorumNodes quotaID quotaOwnerName quotaType reason requestType snapshotID snapshotName storagePool upNodes
    userName waiterLength
"""


@pytest.mark.parametrize(("event", "kind", "expected"), CELLS)
def test_each_cell_of_the_table_of_events_and_objects_holds(event: str, kind: str, expected: bool) -> None:
    assert events.supports(kind, event) is expected


def test_the_table_has_the_35_events_that_arcapix_lists() -> None:
    assert {name for name, facts in EVENTS.items() if facts.in_arcapix} == set(SCOPES)
    assert len(SCOPES) == 35


@pytest.mark.parametrize("event", SCOPES)
def test_the_scope_of_each_published_event_is_the_one_in_the_table(event: str) -> None:
    assert EVENTS[event].scope == SCOPES[event]


@pytest.mark.parametrize("kind", ["cluster", "node", "nodeclass"])
def test_cluster_node_and_nodeclass_offer_every_event(kind: str) -> None:
    assert all(events.supports(kind, event) for event in EVENTS)
    assert len(events.attributes_of(kind)) == 57


@pytest.mark.parametrize("kind", events.OWNER_KINDS)
def test_an_event_nobody_knows_is_offered_only_where_nothing_has_to_be_compared(kind: str) -> None:
    assert events.supports(kind, "somethingNew") is (kind in ("cluster", "node", "nodeclass"))


def test_newer_events_follow_the_same_rule() -> None:
    assert EVENTS["fsstruct"].objects == {"cluster", "node", "nodeclass", "filesystem"}
    assert events.supports("fileset", "afmRPOMiss")
    assert not events.supports("pool", "afmRPOMiss")
    assert not events.supports("filesystem", "pdFailed")


def test_there_are_57_events_and_68_variables() -> None:
    assert len(EVENTS) == 57
    assert len(VARIABLES) == 68


def test_the_variables_taken_by_name_are_frozen() -> None:
    assert set(THE_32.split()) == events.TAKEN_BY_NAME
    assert len(events.TAKEN_BY_NAME) == 32


def test_the_published_node_valued_variables_take_qualifiers() -> None:
    published = "eventNode myNode clusterManager upNodes downNodes quorumNodes nodeNames"
    assert set(published.split()) == events.NODE_VALUED & events.TAKEN_BY_NAME
    assert set(events.QUALIFIERS) == {"name", "shortName", "ip"}


def test_the_variables_that_users_can_choose_are_known() -> None:
    assert {name for name, facts in VARIABLES.items() if facts.user_controlled} == {
        "filesetName", "homeServer", "quotaOwnerName", "reason", "snapshotName", "userName", "rgReason",
    }  # fmt: skip
    assert all(facts.user_controlled == bool(facts.user_controlled_why) for facts in VARIABLES.values())


@pytest.mark.parametrize(
    ("variable", "expected"),
    [
        ("filesetName", True),
        ("fsName", False),
        ("eventNode.shortName", False),
        ("filesetName.name", True),
        ("unheardOf", True),
    ],
)
def test_a_variable_counts_as_chosen_by_users_unless_it_is_known_not_to_be(
    variable: str, expected: bool
) -> None:
    assert events.chosen_by_users(variable) is expected


@pytest.mark.parametrize("event", EVENTS)
def test_every_fact_of_an_event_has_its_evidence(event: str) -> None:
    facts = EVENTS[event]
    expected = {"name", "description", "scope", "fires_on", "repeats"}
    expected |= {f"variables.{name}" for name in facts.variables}
    expected |= {f"objects.{kind}" for kind in facts.objects}
    expected |= {f"aliases.{alias}" for alias in facts.aliases}
    expected |= {"sync"} if facts.sync else set()
    assert set(facts.evidence) == expected
    assert set(facts.evidence.values()) | {mark for _, mark in facts.traps} <= EVIDENCE
    assert set(facts.notes) <= expected


@pytest.mark.parametrize("event", EVENTS)
def test_the_facts_of_an_event_fit_each_other(event: str) -> None:
    facts = EVENTS[event]
    assert facts.name == event
    assert facts.scope in ("global", "local")
    assert set(facts.variables) <= set(VARIABLES)
    assert len(set(facts.variables)) == len(facts.variables)
    assert facts.objects <= set(events.OWNER_KINDS)
    assert {"cluster", "node", "nodeclass"} <= facts.objects
    assert "filesystem" in facts.objects or not facts.objects & {"fileset", "pool"}
    assert (facts.interval is not None) == (facts.repeats == "periodic")
    assert facts.sources
    assert set(facts.sources) <= set(events.SOURCES)
    assert (facts.first_seen is None) == (facts.sources == ("recalled",))
    assert facts.description.endswith(".")


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_supplies_what_the_driver_compares_for_each_object_that_offers_it(event: str) -> None:
    facts = EVENTS[event]
    for kind, variables in NAMING.items():
        if kind in facts.objects:
            assert set(variables) <= set(facts.variables)
            assert facts.evidence[f"objects.{kind}"] == facts.evidence[f"variables.{variables[-1]}"]
        elif kind != "pool" or facts.category == "space":  # a pool in a quota event is hearsay
            assert variables[-1] not in facts.variables


@pytest.mark.parametrize("variable", VARIABLES)
def test_every_fact_of_a_variable_has_its_evidence(variable: str) -> None:
    facts = VARIABLES[variable]
    expected = {"name", "meaning", "format", *(f"aliases.{alias}" for alias in facts.aliases)}
    assert set(facts.evidence) == expected | ({"common"} if facts.common else set())
    assert set(facts.evidence.values()) | {mark for _, mark in facts.traps} <= EVIDENCE


def test_what_only_recollection_knows_is_marked_so() -> None:
    for facts in EVENTS.values():
        if facts.sources == ("recalled",):
            assert set(facts.evidence.values()) - {"doc"} == {"unverified"} or not facts.variables
            assert facts.evidence["name"] == "unverified"


def test_every_source_is_used() -> None:
    assert {source for facts in EVENTS.values() for source in facts.sources} == set(events.SOURCES)


def test_the_two_space_events_repeat_every_two_minutes() -> None:
    assert {name for name, facts in EVENTS.items() if facts.interval} == {"lowDiskSpace", "noDiskSpace"}
    assert EVENTS["lowDiskSpace"].interval == 120
    assert EVENTS["lowDiskSpace"].evidence["repeats"] == "field"
    assert EVENTS["noDiskSpace"].evidence["repeats"] == "unverified"


def test_no_raid_event_is_to_run_synchronously() -> None:
    assert {facts.sync for facts in EVENTS.values() if facts.category == "raid"} == {"do not use --sync"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("shutdown", "shutdown"),
        ("SHUTDOWN", "shutdown"),
        ("LowDiskSpace", "lowDiskSpace"),
        ("clusterManagerTakeOver", "clusterManagerTakeover"),
        ("afmprepopend", "afmPrepopEnd"),
        ("afmfilesetunmounted", "afmFilesetUnmounted"),
        ("fileSetLimitExceeded", "filesetLimitExceeded"),
        ("pdPathFailed", "pdPathDown"),
        ("PDPATHFAILED", "pdPathDown"),
        ("snapshotDeleted", None),
        ("shutdown ", None),
        ("", None),
        ("*", None),
    ],
)
def test_event_names_are_taken_in_any_case_and_under_other_known_names(
    given: str, expected: str | None
) -> None:
    assert events.canonical(given) == expected


def test_no_two_events_share_a_spelling() -> None:
    spellings = [name.lower() for name in EVENTS]
    spellings += [
        alias.lower()
        for facts in EVENTS.values()
        for alias in facts.aliases
        if alias.lower() != facts.name.lower()
    ]
    assert len(spellings) == len(set(spellings))


@pytest.mark.parametrize(
    ("event", "attribute"),
    [
        ("softQuotaExceeded", "onSoftQuotaExceeded"),
        ("mount", "onMount"),
        ("mmProtocolTraceFileChange", "onMmProtocolTraceFileChange"),
        ("afmRPOMiss", "onAfmRPOMiss"),
    ],
)
def test_an_attribute_is_on_and_the_event(event: str, attribute: str) -> None:
    assert events.attribute(event) == attribute
    assert events.event_of(attribute) == event


def test_attributes_and_events_go_back_and_forth() -> None:
    assert [events.event_of(events.attribute(event)) for event in EVENTS] == list(EVENTS)
    assert len({events.attribute(event) for event in EVENTS}) == 57


@pytest.mark.parametrize("attribute", ["onmount", "mount", "on", "", "onNothing", "OnMount"])
def test_what_is_not_exactly_an_attribute_has_no_event(attribute: str) -> None:
    assert events.event_of(attribute) is None


@pytest.mark.parametrize(
    ("kind", "count"), [("cluster", 57), ("node", 57), ("nodeclass", 57), ("filesystem", 26), ("fileset", 18), ("pool", 2)]
)  # fmt: skip
def test_the_attributes_of_each_kind_are_a_fixed_list(kind: str, count: int) -> None:
    attributes = events.attributes_of(kind)
    assert len(attributes) == count
    assert list(attributes) == [events.attribute(name) for name in EVENTS if events.supports(kind, name)]


@pytest.mark.parametrize(
    ("event", "text"),
    [
        ("mount", "a file system"),
        ("softQuotaExceeded", "a fileset or a file system"),
        ("lowDiskSpace", "a storage pool or a file system"),
        ("noDiskSpace", "a storage pool, a fileset or a file system"),
        ("quorumLoss", "the cluster"),
        ("shutdown", "a node"),
        ("pdFailed", "a recovery group"),
        ("sendRequestToNodes", "GPFS itself"),
        ("MOUNT", "a file system"),
        ("unheardOf", ""),
    ],
)
def test_it_says_what_an_event_is_about(event: str, text: str) -> None:
    assert events.about(event) == text


def test_something_can_be_said_about_every_event() -> None:
    assert all(events.about(event) for event in EVENTS)


def test_an_event_supplies_its_own_variables_and_those_of_any_event() -> None:
    assert events.variables_of("lowDiskSpace") == {"fsName", "storagePool"} | events.COMMON
    assert events.variables_of("LOWDISKSPACE") == events.variables_of("lowDiskSpace")
    assert events.variables_of("unheardOf") == events.COMMON
    assert {"eventName", "myNode", "upNodes", "eventTime"} < events.COMMON
    assert len(events.COMMON) == 9


def test_a_listing_decoder_is_warned_of_names_that_look_encoded() -> None:
    assert {name for name, facts in VARIABLES.items() if facts.naive_decode_hazard} == {
        "ccrObjectName", "ccrObjectValue", "ccrObjectVersion", "daName", "daRemainingRedundancy",
    }  # fmt: skip


def test_the_nearest_name_is_offered() -> None:
    assert nearest("shutdwn", EVENTS) == "shutdown"
    assert nearest("qqqq", EVENTS) is None
    assert nearest("eventname", events.VARIABLES) == "eventName"
    assert nearest("onMuont", events.attributes_of("filesystem")) == "onMount"
    assert nearest("onMount", events.attributes_of("pool")) is None


def test_what_people_expect_and_gpfs_lacks_is_no_event() -> None:
    assert not set(events.NOT_EVENTS) & set(EVENTS)
    assert "snapshotDeleted" in events.NOT_EVENTS


def test_facts_are_read_only() -> None:
    with pytest.raises(AttributeError, match="read-only"):
        EVENTS["mount"].scope = "global"  # type: ignore[misc]
    with pytest.raises(TypeError):
        EVENTS["mount"] = EVENTS["unmount"]  # type: ignore[index]
    with pytest.raises(TypeError):
        EVENTS["mount"].evidence["scope"] = "doc"  # type: ignore[index]
    assert repr(EVENTS["mount"]) == "<EventFacts mount>"
    assert not any(hasattr(facts, "__dict__") for facts in (EVENTS["mount"], VARIABLES["fsName"]))


def test_the_catalogue_loads_nothing_heavy() -> None:
    # It takes 2 ms. dataclasses alone takes 7 ms; NamedTuples, whose annotations typing compiles, take 1 ms more.
    heavy = "{'typing', 'dataclasses', 'inspect', 'json', 'difflib', 're', 'enum', 'collections'}"
    code = f"import sys; import arcapix.fs.gpfs; before = set(sys.modules); from arcapix.fs.gpfs import events; print(sorted({heavy} & (set(sys.modules) - before)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
