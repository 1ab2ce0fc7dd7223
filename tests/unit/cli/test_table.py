"""A table lines its columns up, and no line ends in blanks."""

from __future__ import annotations

import pytest

from arcapix.fs.gpfs.cli.table import Table


def test_columns_are_as_wide_as_their_widest_cell(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [("logger", "x"), ("a", "")]
    table = Table(("ID", "EVENTS"), rows)
    table.show_heading()
    table.show(rows)
    assert capsys.readouterr().out == "ID      EVENTS\nlogger  x\na\n"


def test_a_row_that_comes_later_keeps_the_columns(capsys: pytest.CaptureFixture[str]) -> None:
    table = Table(("ID", "STATE", "REASON"), [])
    table.show([("a", "failed", "-")])
    assert capsys.readouterr().out == "a   failed  -\n"
