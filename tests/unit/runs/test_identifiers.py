"""Which run is offered to somebody who has misspelt one."""

from __future__ import annotations

import pytest

from arcapix.fs.gpfs.runs.identifiers import unknown

RUN = "20261129T031502.004711-815"


@pytest.mark.parametrize(
    "name",
    [
        RUN[:-1],
        RUN[:13],
        f"{RUN}0",
        RUN.replace("4711", "4771"),
        RUN.replace("4711", "471"),
    ],
)
def test_what_begins_so_or_differs_by_a_character_is_offered(name):
    error = unknown("run", name, ["20261128T020000.000001-7", RUN], "history")
    assert str(error) == f"no run {name!r} on this node; did you mean {RUN!r}?"


@pytest.mark.parametrize("name", [RUN.replace("4711", "4117"), RUN.replace("815", "8164"), "", "logger"])
def test_a_run_that_is_only_alike_is_another_one_and_other_nodes_are_named(name):
    assert str(unknown("run", name, [RUN, RUN.replace("T03", "T04")], "history")) == (
        f"no run {name!r} on this node; for one of another node give --node; which, tells: "
        "arcapix-gpfs history --nodes all"
    )
