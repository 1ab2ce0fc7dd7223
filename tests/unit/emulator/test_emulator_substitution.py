"""What --parms becomes, under each switch."""

from __future__ import annotations

import pytest

from arcapix.fs.gpfs.emulator import substitution, switches
from arcapix.fs.gpfs.emulator.model import Node, State


def arguments(parms, variables=None, **chosen):
    one = Node(name="a.x.y", number=1, ip="10.0.0.1", admin_name="a.x.y")
    two = Node(name="b.x.y", number=2, ip="10.0.0.2", admin_name="b.x.y")
    state = State("c", "1", "x.y", nodes={"a.x.y": one, "b.x.y": two})
    for name, value in chosen.items():
        switches.check(name, value)
    values = substitution.Values(
        {"eventName": "mount", "fsName": "mmfs1", **(variables or {})},
        {"myNode": [one], "upNodes": [one, two], "downNodes": []},
        state,
        lambda name: switches.value(chosen, name),
    )
    return substitution.arguments(parms if isinstance(parms, list) else [parms], values)


def test_one_string_is_split_at_white_space_and_several_are_joined():
    assert arguments("-e  %eventName\t-f %fsName") == ["-e", "mount", "-f", "mmfs1"]
    assert arguments(["%eventName %fsName", "%eventName", "x"]) == ["mount", "mmfs1", "mount", "x"]
    assert arguments([]) == []


def test_the_longest_name_wins_and_case_matters():
    assert arguments("%nodeNames %nodeName", {"nodeNames": "p,q", "nodeName": "p"}) == ["p,q", "p"]
    assert arguments("%eventname") == ["%eventname"]


def test_literal_words_and_lone_per_cent_signs_stay():
    assert arguments("100% %% % -B 10000 %eventName.x") == ["100%", "%%", "%", "-B", "10000", "mount.x"]


def test_qualifiers_of_node_values():
    assert arguments("%myNode %myNode.shortName %myNode.ip %myNode.name") == [
        "a.x.y",
        "a",
        "10.0.0.1",
        "a.x.y",
    ]
    assert arguments("%upNodes.shortName") == ["a,b"]
    assert arguments("%myNode.ipx") == ["a.x.y.ipx"]


def test_switch_qualifiers_off_leaves_the_suffix():
    assert arguments("%myNode.shortName", qualifiers="off") == ["a.x.y.shortName"]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("UNDEFINED", ["UNDEFINED", "UNDEFINED", "x=UNDEFINED", "end"]),
        ("literal", ["%storagePool", "%downNodes.ip", "x=%reason", "end"]),
        ("empty", ["x=", "end"]),
    ],
)
def test_switch_undefined_value(answer, expected):
    assert arguments("%storagePool %downNodes.ip x=%reason end", undefined_value=answer) == expected


@pytest.mark.parametrize(("answer", "expected"), [("left", "%nope"), ("UNDEFINED", "UNDEFINED")])
def test_switch_unknown_variable(answer, expected):
    assert arguments("%nope", unknown_variable=answer) == [expected]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [("long", "a.x.y,b.x.y"), ("short", "a,b"), ("ip", "10.0.0.1,10.0.0.2"), ("number", "1,2")],
)
def test_switch_node_value_form(answer, expected):
    assert arguments("%upNodes", node_value_form=answer) == [expected]


def test_switch_node_list_separator():
    assert arguments("%upNodes", node_list_separator="blank") == ["a.x.y b.x.y"]
    assert arguments("%upNodes", node_list_separator="blank", substitution_order="substitute-first") == [
        "a.x.y",
        "b.x.y",
    ]


def test_switch_substitution_order():
    blank = {"filesetName": "my set"}
    assert arguments("a %filesetName b", blank) == ["a", "my set", "b"]
    assert arguments("a %filesetName b", blank, substitution_order="substitute-first") == [
        "a",
        "my",
        "set",
        "b",
    ]


def test_switch_substitution_inside_word():
    assert arguments("fs=%fsName %fsName") == ["fs=mmfs1", "mmfs1"]
    assert arguments("fs=%fsName %fsName", substitution_inside_word="off") == ["fs=%fsName", "mmfs1"]
    assert arguments("%myNode.ip", substitution_inside_word="off") == ["10.0.0.1"]
    both = {"substitution_inside_word": "off", "substitution_order": "substitute-first"}
    assert arguments("fs=%fsName %fsName", **both) == ["fs=%fsName", "mmfs1"]


def test_switch_fsname_form():
    assert arguments("%fsName", fsname_form="dev") == ["/dev/mmfs1"]


def test_switch_parms_quoting():
    assert arguments("'a b' c") == ["'a", "b'", "c"]
    assert arguments("'a b' c", parms_quoting="shell") == ["a b", "c"]
    assert arguments("it's", parms_quoting="shell") == ["it's"]


def test_unknown_variables_are_found_by_the_beginning_of_the_name():
    assert substitution.unknown_variables(["%eventName %nope", "%nodeNamesX %100"]) == ["nope"]
