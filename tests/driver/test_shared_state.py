"""Nodes that have one state folder: nobody judges what another one does by the processes of its own.

This file has no ``__future__`` import: it would travel with the handlers.
"""

import os
import time

import pytest

from arcapix.fs.gpfs.deployment import installation
from arcapix.fs.gpfs.driver import pending_reader
from arcapix.fs.gpfs.driver.claims import DELIVERER, Claims
from arcapix.fs.gpfs.driver.crowd import Crowd
from arcapix.fs.gpfs.driver.decision import Firing
from arcapix.fs.gpfs.driver.main import CONFIGURATION
from arcapix.fs.gpfs.driver.pending import Event, PendingEvents
from arcapix.fs.gpfs.driver.places import RUNNING, Places
from arcapix.fs.gpfs.driver.records import Records
from arcapix.fs.gpfs.exceptions import GPFSError
from arcapix.fs.gpfs.registration import sealing
from arcapix.fs.gpfs.runs.deliveries import Deliveries
from arcapix.fs.gpfs.runs.history import History

GONE = 1 << 22

record = ""
"""Path of the file that handlers write to; captured by value."""


def work() -> None:
    with open(record, "a") as file:
        file.write("worked\n")


def fail() -> None:
    work()
    raise ValueError("no")


@pytest.fixture
def start(driver):
    """Start the driver as a node does."""
    installation.install(driver.folder, {"key": str(driver.folder / "gpfs.key"), "node_variable": "NODE"})
    return lambda node, *words: driver.start(*words, env={"NODE": node}).returncode


@pytest.fixture
def history(driver):
    """What a node tells of the runs."""
    log = driver.folder / "log" / "callbackdriver.log"
    return lambda node: History(driver.folder / "state", log, node)


@pytest.fixture
def accepted(driver):
    """Have a node accept an event whose first attempt was killed with the node."""
    events = PendingEvents(str(driver.folder / "state"))
    made = []

    def accept(node: str, handler=work) -> Event:
        token = driver.token(handler, ru=sealing.Written("retries=1"))
        id = f"20261122T160501.{len(made):06d}-{GONE}"
        event = Event(id, time.time() - 60, "handler_1", 1, {"NODE": node}, [token, "eventName=mount"])
        event.node = node
        made.append(event)
        events.accept(event)
        return event

    return accept


def test_a_run_of_another_node_is_shown_as_its_records_say(traces_of_two, history):
    killed, ended = traces_of_two
    for node, state in (("n1", "interrupted"), ("n2", "running")):
        runs = {run.id: run for run in history(node).runs()}
        assert (runs[killed].state, runs[ended].state) == (state, "succeeded")
    assert runs[killed].reason == "on n1, as far as this node can know"
    assert history("n2").newest(2)[1].state == "running"
    assert history("n2").output(runs[killed]) == b"said\n"


def test_only_its_own_node_records_that_a_run_was_interrupted(traces_of_two, history):
    killed, _ = traces_of_two
    assert history("n2").mark_interrupted() == []
    assert [run.id for run in history("n1").mark_interrupted()] == [killed]
    assert history("n2").find(killed).state == "interrupted"


@pytest.fixture
def traces_of_two(driver, start, seen):
    """A run of n1 that was killed, and one of n1 that ended; what they are called."""
    assert start("n1", driver.token(work), "eventName=mount") == 0
    state = driver.folder / "state"
    (ended,) = [run.id for run in driver.history.runs()]
    killed = f"20261122T160501.000001-{GONE}"
    with open(state / "journal", "a") as file:
        file.write(f"\n+\t{killed}\t1795000000.000\tw\tmount\t\tn1\t{GONE}\troot\t1\t\t.")
    (state / "output").mkdir(exist_ok=True)
    (state / "output" / f"{killed}@n1").write_text("said\n")
    return killed, ended


def test_an_output_file_says_which_node_it_is_of(driver, start, seen, tmp_path):
    firing = Firing({**CONFIGURATION, "state": str(driver.folder / "state")})
    firing.node = "n1"
    assert Records(firing).output.endswith(f"-{os.getpid()}@n1")


def test_an_event_that_another_node_has_accepted_is_not_delivered_here(
    driver, start, accepted, seen, history
):
    accepted("n1")
    assert start("n2", "recover", "--wait") == 0
    assert not seen.exists()
    assert start("n1", "recover", "--wait") == 0
    assert seen.read_text() == "worked\n"
    assert [run.node for run in history("n2").runs()] == ["n1"]


def test_each_node_delivers_its_own_while_another_one_delivers(driver, start, accepted, seen):
    accepted("n1")
    claims = Claims(str(driver.folder / "state" / "pending"))
    try:
        assert claims.take(f"{DELIVERER}n2")
        assert start("n1", "recover", "--wait") == 0
    finally:
        claims.close()
    assert seen.read_text() == "worked\n"


def test_an_event_of_another_node_is_decided_about_there(driver, start, accepted, seen):
    event = accepted("n1")
    there, here = (Deliveries(driver.folder / "state", node) for node in ("n1", "n2"))
    assert [each.state for each in here.pending()] == ["waiting"]
    for decide in (lambda: here.retry([event.id]), lambda: here.discard([event.id], "root")):
        with pytest.raises(GPFSError, match=f"event {event.id} was accepted on n1; decide about it there"):
            decide()
    assert there.discard([event.id], "root") == [event.id]


def test_an_attempt_on_another_node_is_under_way_as_far_as_its_records_say(driver, accepted):
    event = accepted("n1")
    event.attempts = 1
    PendingEvents(str(driver.folder / "state")).note(">", event, "1", f"{event.id}.1-{GONE}", str(GONE))
    assert [each.state for each in Deliveries(driver.folder / "state", "n2").pending()] == ["running"]
    assert [each.state for each in Deliveries(driver.folder / "state", "n1").pending()] == ["waiting"]


def test_the_event_of_a_node_is_still_its_own_once_the_finished_ones_are_left_out(driver, accepted):
    events = PendingEvents(str(driver.folder / "state"))
    accepted("n1")
    for _ in range(600):
        events.settle(accepted("n2"), "=")
    before = os.stat(events.file).st_size
    pending_reader.tidy(events)
    assert os.stat(events.file).st_size < before / 2
    assert [event.node for event in pending_reader.read(events)] == ["n1"]
    assert pending_reader.read_waiting(events, "n2") == []


def test_a_process_of_ours_does_not_stand_for_a_run_of_another_node(driver):
    firing = Firing({**CONFIGURATION, "state": str(driver.folder / "state")})
    firing.node, firing.token = "n1", "A1.1@id=handler_1/fn=f@x@y"
    crowd = Crowd(firing, Records(firing))
    with open(f"/proc/{os.getpid()}/cmdline", "rb") as file:
        crowd.mark = file.read(20)
    assert crowd.is_mine(f"20261122T160501.000001-{os.getpid()}@n1")
    assert not crowd.is_mine(f"20261122T160501.000001-{os.getpid()}@n2")


def test_the_places_of_a_callback_are_those_of_a_node(tmp_path):
    first = Places(str(tmp_path), "watch", "n1")
    child = os.fork()
    if child == 0:
        status = 1
        try:
            status = 0 if Places(str(tmp_path), "watch", "n2").take(RUNNING, 1) else 2
        finally:
            os._exit(status)
    assert first.take(RUNNING, 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
