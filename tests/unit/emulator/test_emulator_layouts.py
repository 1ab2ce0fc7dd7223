"""Values and dates as they are printed; what commands print is compared with fixtures beside the commands."""

from __future__ import annotations

from arcapix.fs.gpfs.emulator import layout


def test_values_of_colon_rows_are_encoded_paths_more_so():
    row = layout.y_row("mmlsfs", "", ("lab", "UID", "0A1C2E40:6BF01277", "100%"))
    assert row == "mmlsfs::0:1:::lab:UID:0A1C2E40%3A6BF01277:100%25:"
    row = layout.y_row("mmlsfs", "", ("lab-1", "defaultMountPoint", "/sites/my_lab-1", ""), paths=(2,))
    assert row == "mmlsfs::0:1:::lab-1:defaultMountPoint:%2Fsites%2Fmy%5Flab%2D1::"


def test_dates():
    seconds = 1685956442
    assert len(layout.date(seconds)) == 24
    assert layout.date(seconds).endswith(" 2023")
    assert layout.date(seconds, zone=True).split()[-1] == "2023"
    assert len(layout.date(seconds, zone=True).split()) == 6
