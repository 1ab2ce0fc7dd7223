"""The logs of nodes, read on while they are written."""

from __future__ import annotations

import pytest

from arcapix.fs.gpfs.emulator import logs


@pytest.fixture
def node_log(cluster):
    """Writes lines into the log of n1."""
    node = cluster.state.nodes["n1.gpfs.test"]
    return lambda *texts: [cluster.emulator.log(node, text) for text in texts]


def texts(lines):
    return [line.partition(": ")[2] for line in lines]


def test_a_reader_goes_on_where_it_stopped(cluster, node_log):
    reader = logs.LogReader(cluster.emulator.place.log("n1"))
    assert reader.lines() == []
    node_log("one", "two")
    assert texts(reader.lines()) == ["one", "two"]
    assert reader.lines() == []
    node_log("three")
    assert texts(reader.lines()) == ["three"]


def test_a_line_is_read_when_it_is_whole(cluster, node_log):
    path = cluster.emulator.place.log("n1")
    node_log("one")
    reader = logs.LogReader(path)
    with path.open("a") as file:
        file.write("stamp: beg")
        file.flush()
        assert texts(reader.lines()) == ["one"]
        file.write("un\n")
        file.flush()
        assert texts(reader.lines()) == ["begun"]


def test_a_log_that_is_put_aside_is_read_to_its_end(cluster, node_log, monkeypatch):
    reader = logs.LogReader(cluster.emulator.place.log("n1"))
    node_log("one")
    assert texts(reader.lines()) == ["one"]
    monkeypatch.setattr(logs, "LARGEST", 10)
    node_log("two")
    assert reader.lines() == [], "it is read with the first line of the next one"
    monkeypatch.undo()
    node_log("three")
    assert texts(reader.lines()) == ["two", "three"]
