"""A table lines its columns up, and no line ends in blanks."""

from __future__ import annotations

import pytest

from arcapix.fs.gpfs.cli.table import Table


def test_columns_are_as_wide_as_their_widest_cell(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [("logger", "x"), ("a", "y")]
    table = Table(("ID", "EVENTS"), rows)
    table.show_heading()
    table.show(rows)
    assert capsys.readouterr().out == "ID      EVENTS\nlogger  x\na       y\n"


def test_a_row_that_comes_later_keeps_the_columns(capsys: pytest.CaptureFixture[str]) -> None:
    table = Table(("ID", "STATE", "REASON"), [])
    table.show([("a", "failed", "-")])
    assert capsys.readouterr().out == "a   failed  -\n"


@pytest.mark.parametrize("nothing", ["", None])
def test_a_cell_that_holds_nothing_is_a_dash_unless_its_column_has_no_name(
    capsys: pytest.CaptureFixture[str], nothing: str | None
) -> None:
    table = Table(("ID", "REASON", ""), [])
    table.show([("a", nothing, nothing)])
    assert capsys.readouterr().out == "a   -\n"
