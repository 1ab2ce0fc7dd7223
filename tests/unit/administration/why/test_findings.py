from __future__ import annotations

from arcapix.fs.gpfs.administration.why.findings import Finding, grouped


def texts(*findings: Finding) -> list[str]:
    return [group.text for group in grouped(findings)]


def test_nodes_that_say_the_same_are_on_one_line() -> None:
    same = [
        Finding(node, "driver", "ok", "the driver is there", detail=f"on {node}") for node in ("n1", "n2")
    ]
    other = Finding("n3", "driver", "problem", "there is no driver", detail="looked at")
    assert texts(same[0], other, same[1]) == [
        "n1, n2: the driver is there",
        "n3: there is no driver (looked at)",
    ]


def test_of_many_nodes_the_first_are_named_and_the_others_counted() -> None:
    found = [Finding(f"n{number}", "key", "ok", "there is one") for number in range(1, 9)]
    assert texts(*found) == ["n1, n2, n3, n4, n5 and 3 more: there is one"]
    assert texts(*found[:5]) == ["n1, n2, n3, n4, n5: there is one"]


def test_a_node_that_says_the_same_twice_is_named_once() -> None:
    same = [Finding("n1", "runs", "note", "it runs now", detail=run) for run in ("a", "b")]
    assert texts(*same, Finding("n2", "runs", "note", "it runs now")) == ["n1, n2: it runs now"]


def test_a_text_that_names_its_node_gets_the_names_in_that_place() -> None:
    found = [Finding(node, "runs", "note", "never fired on {node}") for node in ("n1", "n2")]
    assert texts(*found) == ["never fired on n1, n2"]
    assert found[1].fields()["text"] == "never fired on n2"


def test_an_advice_is_for_all_of_the_nodes_if_it_is_the_same_on_them() -> None:
    found = [Finding(node, "pause", "problem", "paused", "resume x --node {node}") for node in ("n1", "n2")]
    assert grouped(found)[0].advice == "resume x --node n1 --node n2"
    assert found[1].fields()["advice"] == "resume x --node n2"


def test_an_advice_that_differs_is_that_of_the_first_node() -> None:
    found = [
        Finding(node, "runs", "problem", "failed", f"output {run} --node {{node}}")
        for node, run in (("n1", "one"), ("n2", "two"))
    ]
    assert grouped(found)[0].advice == "output one --node n1"


def test_what_programs_get_has_null_where_there_is_nothing() -> None:
    assert Finding(None, "token", "ok", "it is whole", detail="912 characters").fields() == {
        "node": None,
        "subject": "token",
        "state": "ok",
        "text": "it is whole (912 characters)",
        "advice": None,
    }
