"""Rows, as found in the field; a test for each bug that other readers of -Y had."""

from __future__ import annotations

import datetime

import pytest

from arcapix.fs.gpfs import commands
from arcapix.fs.gpfs.commands import values
from arcapix.fs.gpfs.commands.yformat import Listing, Row, decoded, parse

HEADER = "mmlsthing::HEADER:version:reserved:reserved:name:size:remarks:\n"


def test_a_row_is_read_by_name_in_any_letter_case():
    (row,) = parse(HEADER + "mmlsthing::0:1:::a:5:ok:\n", "mmlsthing").rows
    assert (row.get("NAME"), row.get("size"), row.get("Remarks")) == ("a", "5", "ok")
    assert row.get("absent") == ""
    assert row.get("absent", default="-") == "-"
    assert row.get("nosuch", "name") == "a"


def test_a_short_row_is_filled_and_a_long_one_keeps_its_surplus_apart():
    short, long = parse(
        HEADER + "mmlsthing::0:1:::a:5:\nmmlsthing::0:1:::b:6:ok:x:y%3Az:\n", "mmlsthing"
    ).rows
    assert (short.get("name"), short.get("remarks"), short.surplus) == ("a", "", ())
    assert (long.get("remarks"), long.surplus) == ("ok", ("x", "y:z"))


def test_a_header_may_end_in_a_blank_or_without_its_last_colon():
    for header in (HEADER.replace("remarks:", "remarks: "), HEADER.replace("remarks:", "remarks")):
        (row,) = parse(header + "mmlsthing::0:1:::a:5:ok:\n", "mmlsthing").rows
        assert row.get("remarks") == "ok"


def test_reserved_columns_are_ignored_and_of_twins_the_first_counts():
    text = "mmlsthing::HEADER:version:reserved:reserved:a:reserved:b:b:\nmmlsthing::0:1:::1:2:3:4:\n"
    (row,) = parse(text, "mmlsthing").rows
    assert "reserved" not in row.columns
    assert row.get("b") == "3"


def test_the_suffix_of_an_encoded_column_may_be_left_out():
    text = "mmlsthing::HEADER:version:reserved:reserved:comment_enc:note_enc:note:\nmmlsthing::0:1:::a%3Ab:x:y:\n"
    (row,) = parse(text, "mmlsthing").rows
    assert (row.get("comment"), row.get("comment_enc")) == ("a:b", "a:b")
    assert (row.get("note"), row.get("note_enc")) == ("y", "x")


def test_the_header_may_be_repeated_and_change():
    text = (
        HEADER
        + "mmlsthing::0:1:::a:5::\n"
        + HEADER.replace("name:size", "size:name")
        + "mmlsthing::0:1:::6:b::\n"
    )
    assert [(row.get("name"), row.get("size")) for row in parse(text, "mmlsthing").rows] == [
        ("a", "5"),
        ("b", "6"),
    ]


def test_sections_may_interleave_and_be_without_rows():
    text = (
        "mmx:one:HEADER:version:reserved:reserved:a:\nmmx:two:HEADER:version:reserved:reserved:b:\n"
        "mmx:none:HEADER:version:reserved:reserved:c:\n"
        "mmx:one:0:1:::1:\nmmx:two:0:1:::2:\nmmx:one:0:1:::3:\n"
    )
    listing = parse(text, "mmx")
    assert listing.sections == {"one", "two", "none"}
    assert [row.get("a") for row in listing.section("one")] == ["1", "3"]
    assert [row.get("b") for row in listing.section("TWO")] == ["2"]
    assert listing.section("none") == []


def test_a_row_of_another_command_is_noise():
    assert parse(HEADER + "mmother::0:1:::a:5:ok:\n", "mmlsthing").rows == ()


def test_the_mark_of_a_row_is_that_it_is_no_header():
    text = "mmaudit:::HEADER:version:RESERVED:RESERVED:a:\n"
    assert parse(text.replace(":::HEADER", "::HEADER") + "mmaudit:::3::::x:\n", "mmaudit").rows[0].fields == [
        "",
        "x",
    ]


def test_what_python_takes_for_the_end_of_a_line_may_stand_in_a_value():
    (row,) = parse(HEADER + "mmlsthing::0:1:::a\x85b\x0bc\u2028d:5::\n", "mmlsthing").rows
    assert row.get("name") == "a\x85b\x0bc\u2028d"


# Bugs of others (mm-formats, section 8), one by one.


def test_bug_1_a_name_that_begins_another_name_is_not_taken_for_it(answers, golden):
    answers.will(golden("mmlsfs-Y-5.0.4")).will(golden("mmrepquota-j"))
    assert set(commands.mmlsfs()) == {"TUNDRA1", "TUNDRA10"}
    assert {record.filesystem for record in commands.mmrepquota("barn", "j")} == {"barn"}


def test_bug_1_a_row_before_its_header_is_read_all_the_same():
    (row,) = parse("mmlsthing::0:1:::a:5:ok:\n" + HEADER, "mmlsthing").rows
    assert row.get("size") == "5"


def test_bug_1_a_row_without_any_header_can_be_read_by_position():
    (row,) = parse("mmlsthing::0:1:::a:5:o%6B:\n", "mmlsthing").rows
    assert (row.get("name"), row.at(0), row.at(2), row.at(9, "none")) == ("", "a", "ok", "none")


def test_bug_1_the_section_is_that_of_each_line_not_of_the_first(answers, golden):
    answers.will(golden("mmlscluster-Y-5.0.4"))
    cluster = commands.mmlscluster()
    assert cluster.name == "tundra.example"
    assert [node.number for node in cluster.nodes] == [1, 2, 7, 12]


def test_bug_2_an_ending_is_taken_off_as_a_whole_and_a_blank_line_is_no_error():
    text = "mmx::HEADER:version:reserved:reserved:cne_enc:\n\n   \n\nmmx::0:1:::v:\n\n"
    (row,) = parse(text, "mmx").rows
    assert row.get("cne") == "v"


def test_bug_3_one_user_may_have_quotas_in_several_filesets(answers, golden):
    answers.will(golden("mmrepquota-u-several-filesets"))
    roots = [record.fileset for record in commands.mmrepquota("home", "u") if record.name == "root"]
    assert roots == ["den", "lair"]


def test_bug_3_an_absent_section_short_lines_and_undeclared_fields_are_no_error():
    text = (
        "mmhealth:Event:HEADER:version:reserved:reserved:node:event:\n"
        "mmhealth\nmmhealth:\nmmhealth:Event:0:1::\nmmhealth:Event:0:1:::n1:up:message:TIP:info:\n"
    )
    listing = parse(text, "mmhealth")
    assert listing.section("State") == []
    assert [row.surplus for row in listing.rows] == [("message", "TIP", "info")]


def test_bug_4_nodes_of_one_short_name_in_two_domains_stay_two(answers):
    header = "mmgetstate::HEADER:version:reserved:reserved:nodeName:nodeNumber:state:\n"
    answers.will(f"{header}mmgetstate::0:1:::n1.east:1:active:\nmmgetstate::0:1:::n1.west:2:down:\n")
    assert commands.mmgetstate() == {"n1.east": "active", "n1.west": "down"}


def test_bug_4_a_value_with_a_colon_is_not_cut_at_it(answers):
    text = (
        "GPFS cluster information\n  GPFS cluster name:         a:b\n  Repository type:           CCR\n\n"
        " Node  Daemon node name  IP address  Admin node name  Designation\n"
        "   1   n1                fd00::7     n1               quorum\n"
    )
    answers.will("", status=1, stderr="Usage:\n").will(text)
    cluster = commands.mmlscluster()
    assert cluster.name == "a:b"
    assert cluster.nodes[0].ip == "fd00::7"


def test_bug_5_raw_colons_of_an_address_shift_only_what_follows_them():
    text = "mmx::HEADER:version:reserved:reserved:path:client:access:\nmmx::0:1:::%2Fa:fd00::7:RW:\n"
    (row,) = parse(text, "mmx").rows
    assert row.get("path") == "/a"
    assert row.surplus == ("7", "RW")


def test_bug_5_a_line_of_noise_between_header_and_row_is_stepped_over():
    text = HEADER + "Are you sure you want to continue connecting (yes/no)? yes\nmmlsthing::0:1:::a:5::\n"
    assert len(parse(text, "mmlsthing").rows) == 1


def test_bug_6_one_real_row_is_one_row():
    text = (
        "mmgetstate::HEADER:version:reserved:reserved:nodeName:nodeNumber:state:quorum:nodesUp:totalNodes:remarks:cnfsState:\n"
        "mmgetstate::0:1:::ib-stor7.example:11:active:4:7:1100::(undefined):\n"
    )
    (row,) = parse(text, "mmgetstate").rows
    assert row.get("cnfsState") == "(undefined)"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("a+b", "a+b"),
        ("a\\nb\\041", "a\\nb\\041"),
        ("%2Ffs%mmfs1", "/fs%mmfs1"),
        ("100%", "100%"),
        ("%", "%"),
        ("%%3A", "%:"),
        ("%253A", "%3A"),
        ("%2f%3a", "%2f%3a"),
        ("%daName %ccrObjectName %FF %00 %0A %1F %80", "%daName %ccrObjectName %FF %00 %0A %1F %80"),
        ("%21%23%24%26%27%28%29%2A%2B%2C%2F%3A%3B%3D%3F%40%5B%5D", "!#$&'()*+,/:;=?@[]"),
        ("%2D%5F", "-_"),
        ("Sat Jan 31 23%3A59%3A59 2026", "Sat Jan 31 23:59:59 2026"),
    ],
)
def test_bugs_7_and_8_a_field_is_decoded_as_gpfs_encodes_once_and_leniently(field, value):
    assert decoded(field) == value


def test_bug_9_a_field_is_decoded_after_the_row_is_split():
    (row,) = parse(HEADER + "mmlsthing::0:1:::a%3Ab%3Ac:5:10%3A41:\n", "mmlsthing").rows
    assert (row.get("name"), row.get("size"), row.get("remarks")) == ("a:b:c", "5", "10:41")
    assert row.surplus == ()


# Merged lines and prefixes.


def test_two_lines_that_were_run_together_are_two_rows():
    text = HEADER + "mmlsthing::0:1:::a:5:okmmlsthing::0:1:::b:6::mmlsthing::0:1:::c:7::\n"
    assert [(row.get("name"), row.get("remarks")) for row in parse(text, "mmlsthing").rows] == [
        ("a", "ok"),
        ("b", ""),
        ("c", ""),
    ]


def test_a_header_that_was_run_together_with_noise_or_a_row_is_a_header():
    text = "yes/no? " + HEADER.rstrip("\n") + "mmlsthing::0:1:::a:5::\nn2:  mmlsthing::0:1:::b:6::\n"
    assert [row.get("name") for row in parse(text, "mmlsthing").rows] == ["a", "b"]


def test_a_value_that_is_the_commands_name_does_not_split_its_row():
    (row,) = parse(HEADER + "mmlsthing::0:1:::mmlsthing:5:mmlsthing:\n", "mmlsthing").rows
    assert (row.get("name"), row.get("size"), row.get("remarks")) == ("mmlsthing", "5", "mmlsthing")


def test_empty_text_is_an_empty_listing():
    assert parse("", "mmx") == Listing(frozenset(), ())
    assert Row("", {}, []).surplus == ()


# Values.


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sat Jan 31 23:59:59 2026", datetime.datetime(2026, 1, 31, 23, 59, 59)),
        ("Thu Apr  4 01:00:16 2019", datetime.datetime(2019, 4, 4, 1, 0, 16)),
        ("Wed Nov  1 16:01:09 KST 2017", datetime.datetime(2017, 11, 1, 16, 1, 9)),
        ("Mit Dez  1 10:00:00 2021", None),
        ("Thu Feb 30 10:00:00 2021", None),
        ("-", None),
        ("", None),
    ],
)
def test_a_date_is_local_time_in_english_only(text, expected):
    assert values.date(text) == expected


@pytest.mark.parametrize(
    ("text", "count"), [("0", 0), (" 17 ", 17), ("-", 0), ("", 0), ("none", 0), ("1.5", 0), ("²", 0)]
)
def test_a_number_is_an_integer_or_absent(text, count):
    assert values.number(text) == count


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("8 MB", 8 << 20),
        ("256 KB", 256 << 10),
        ("1 GiB", 1 << 30),
        ("4M", 4 << 20),
        ("512", 512),
    ],
)
def test_a_size_is_bytes(text, count):
    assert values.size(text) == count


@pytest.mark.parametrize("text", ["8 cows", "1.5 GB", "٣ MB", "-1", ""])
def test_what_is_no_size_is_told(text):
    with pytest.raises(ValueError, match="is not a size"):
        values.size(text)


@pytest.mark.parametrize("text", ["", "-", "--", "none", "NONE", "(undefined)", " - "])
def test_what_gpfs_prints_for_nothing_is_none(text):
    assert values.present(text) is None
