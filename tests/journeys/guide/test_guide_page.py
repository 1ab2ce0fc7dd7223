"""The guide: it is followed from its first block to its last, and shows what comes out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from arcapix.fs.gpfs.binding import bind

DOCS = Path(__file__).parents[3] / "docs"

pytestmark = pytest.mark.gpfs_cluster(nodes=["mynode", "n2", "n3"], expect_failures=True)


@pytest.mark.timeout(300)
def test_the_guide_prints_what_it_shows_typed_in_one_go(newcomer, read):
    for section in read("guide.md"):
        newcomer.follow(section)
        if newcomer.cluster.exists():
            assert newcomer.type("mmlscallback") == "", f"{section} has left callbacks"
        files = {path.name for path in newcomer.folder.glob("*") if path.is_file()}
        assert files <= newcomer.programs, f"{section} has left files"
    assert not newcomer.cluster.exists() and not newcomer.folder.exists()


def test_every_program_of_the_page_is_run(read):
    for section in read("guide.md"):
        programs = [
            block.text.split()[1]
            for block in section.blocks
            if block.kind == "python" and block.text.startswith("# ")
        ]
        commands = "".join(block.text for block in section.blocks if block.kind == "console")
        assert [name for name in programs if name not in commands] == [], section


def test_a_block_that_shows_something_else_is_reported_with_its_line(session, read, tmp_path):
    page = tmp_path / "page.md"
    page.write_text("## One\n\n```console\n$ echo one\ntwo\n```\n")
    (section,) = read(str(page))
    with pytest.raises(AssertionError, match=re.escape("page.md, line 4: $ echo one\n--- shown\ntwo")):
        session.follow(section)


def test_a_typed_block_that_answers_something_else_is_reported_with_its_line(session, read, tmp_path):
    page = tmp_path / "page.md"
    page.write_text("## One\n\n```python\n>>> 1 + 1\n3\n```\n")
    (section,) = read(str(page))
    with pytest.raises(AssertionError, match=re.escape("page.md, line 4")):
        session.follow(section)


VALUES = {
    "fsName": "mmfs1",
    "eventNode.shortName": "n2",
    "eventTime": "2026-11-22_14:10:09",
    "event": "the record",
}


def called(signature: str, parms: object) -> object:
    """What the parameters of a function hold when it is called for an event with these values."""
    function = made(signature)
    positional, keywords = bind(function, parms, events=("mount",)).plan

    def value(item: tuple[object, ...]) -> object:
        return item[1] if item[0] == "literal" else VALUES[str(item[1] if item[0] == "variable" else item[0])]

    return function(*map(value, positional), **{name: value(item) for name, item in keywords.items()})


def made(signature: str):
    """A function that returns what its parameters hold."""
    namespace: dict[str, object] = {}
    exec(f"def {signature}: return locals()", namespace)
    return namespace["f"]


def test_the_table_of_parameters_is_true():
    text = (DOCS / "guide.md").read_text()
    table = text.partition("| function | parms | called as |\n|---|---|---|\n")[2].partition("\n\n")[0]
    lines = [line.strip("| ").split(" | ") for line in table.splitlines()]
    assert len(lines) > 10
    for function, *parms, shown in lines:
        (signature,) = re.findall(r"`(f.*)`", function)
        call = re.findall(r"`(f\(.*?\))`", shown)[0].replace("<Event ...>", "'the record'")
        expected = eval(call, {"f": made(signature)})
        for entries in re.findall(r"`([^`]*)`", parms[0]) if parms else ["()"]:
            assert called(signature, eval(entries)) == expected, (function, entries)
