"""The reference pages say what the code says: their generated parts are compared, their written ones checked."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest

import arcapix.fs.gpfs as package
from arcapix.fs.gpfs import events
from arcapix.fs.gpfs.cli.emulate import emulate
from arcapix.fs.gpfs.emulator import messages, registry
from arcapix.fs.gpfs.emulator.command import COMMANDS
from arcapix.fs.gpfs.emulator.switches import SWITCHES

PAGES = (
    "../ARCHITECTURE.md",
    "reference/commands.md",
    "reference/emulator.md",
    "reference/environment.md",
    "reference/events.md",
    "reference/lint.md",
    "reference/probe.md",
    "reference/python.md",
    "reference/statuses.md",
)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_as_the_generator_writes_it(generate, docs: Path, page: str):
    text = (docs / page).read_text()
    assert generate.filled(text, generate.PAGES[page]) == text, "run: make docs"


def test_every_page_of_the_generator_is_tested(generate):
    assert sorted(generate.PAGES) == sorted(PAGES)


def test_a_stale_page_is_named_and_left_alone(generate, docs: Path, tmp_path: Path, monkeypatch, capsys):
    page = tmp_path / "reference" / "statuses.md"
    page.parent.mkdir()
    stale = (docs / "reference" / "statuses.md").read_text().replace("| 8 |", "| 9 |")
    page.write_text(stale)
    monkeypatch.setattr(generate, "PAGES", {"reference/statuses.md": generate.PAGES["reference/statuses.md"]})
    monkeypatch.setattr(generate, "__file__", str(tmp_path / "generate.py"))
    assert generate.main(["--check"]) == 1
    assert capsys.readouterr().out == "docs/reference/statuses.md is stale; run: make docs\n"
    assert page.read_text() == stale
    assert generate.main([]) == 0
    assert page.read_text() == (docs / "reference" / "statuses.md").read_text()
    assert generate.main(["--check"]) == 0


def test_a_page_without_one_of_its_regions_is_refused(generate):
    with pytest.raises(ValueError, match="the page has the regions a; generated are a, b"):
        generate.filled("<!-- generated: a -->\n<!-- end of generated -->", {"a": str, "b": str})


def test_every_command_switch_and_event_is_on_its_page(docs: Path):
    registry.load()
    emulator = (docs / "reference" / "emulator.md").read_text()
    for name in COMMANDS:
        assert re.search(rf"^### {name}$|Also called .*`{name}`", emulator, re.MULTILINE), name
    for name in (*SWITCHES, *events.EVENTS):
        assert f"\n| `{name}` |" in emulator, name
    catalogue = (docs / "reference" / "events.md").read_text()
    for name in events.EVENTS:
        assert f"\n### {name}\n" in catalogue
    for name in events.VARIABLES:
        assert f"\n| `%{name}` [" in catalogue, name


def test_every_module_of_messages_is_on_the_page(generate):
    modules = {path.resolve() for path in Path(messages.__file__).parent.glob("*.py")}
    shown = {Path(str(module.__file__)).resolve() for module in generate.emulator.MESSAGE_MODULES.values()}
    assert shown == modules


def test_every_verb_of_the_emulator_is_on_its_page(docs: Path):
    table = (
        (docs / "reference" / "emulator.md").read_text().partition("| verb | does |")[2].partition("\n\n")[0]
    )
    for verb in emulate.commands:
        assert f"`{verb}" in table, verb


def test_an_option_that_the_page_calls_emulated_is_declared_and_the_others_are_answered(
    make_emulator, docs: Path
):
    emulator = make_emulator()
    page = (docs / "reference" / "emulator.md").read_text()
    sections = re.findall(
        r"^### (mm\w+)\n[^#]*?^emulated: (.*?)(?:; not emulated: (.*))?$", page, re.MULTILINE
    )
    assert len(sections) == len({command.run for command in COMMANDS.values()})
    for name, emulated, lacking in sections:
        for option in re.findall(r"`(-[^`]+)`", emulated):
            assert option in (*COMMANDS[name].flags, *COMMANDS[name].values)
        for option in re.findall(r"`(-[^`]+)`", lacking):
            done = emulator.run((name, option))
            assert (done.returncode, done.stderr) == (124, f"{name}: option {option} is not emulated\n")


def test_a_command_that_the_page_calls_not_emulated_says_so(make_emulator, docs: Path):
    emulator = make_emulator()
    page = (docs / "reference" / "emulator.md").read_text()
    (block,) = re.findall(r"<!-- generated: unemulated -->(.*?)<!-- end", page, re.DOTALL)
    names = re.findall(r"`(mm\w+)`", block)
    assert set(names) == registry.UNEMULATED
    done = emulator.run((names[0], "x"))
    assert (done.returncode, done.stderr) == (124, f"{names[0]}: this command is not emulated\n")


def test_an_event_that_the_emulator_raises_has_a_cause_on_the_page(docs: Path):
    page = (docs / "reference" / "emulator.md").read_text()
    with_cause = set(re.findall(r"^\| `(\w+)` \| yes \|", page, re.MULTILINE))
    source = Path(registry.__file__).parent
    named = {
        node.value
        for path in source.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in events.EVENTS
    }
    never_raised = {
        "tiebreakerCheck",
        "ccrFileChange",
    }  # guarded at registration; listed with internal callbacks
    assert named - never_raised == with_cause


def test_every_public_name_has_a_line(docs: Path):
    page = (docs / "reference" / "python.md").read_text()
    for name in package.__all__:
        assert re.search(rf"^### {name}$|^\| `{name}` \|", page, re.MULTILINE), name


def test_no_page_names_a_place_of_this_machine(docs: Path):
    for path in docs.rglob("*.md"):
        text = path.read_text()
        for place in (docs.parent, Path.home(), Path(sys.prefix)):
            assert f"{place}/" not in text, path


def test_every_link_between_pages_leads_somewhere(docs: Path):
    root = docs.parent
    pages = [*docs.rglob("*.md"), root / "README.md", root / "ARCHITECTURE.md", root / "CONTRIBUTING.md"]
    for page in pages:
        for target, anchor in re.findall(r"\]\(([\w./-]*)(#[\w-]+)?\)", page.read_text()):
            file = (page.parent / target) if target else page
            assert file.exists(), f"{page.name} links to {target}"
            if anchor and file.suffix == ".md":
                headings = re.findall(r"^#+ (.*)$", file.read_text(), re.MULTILINE)
                slugs = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
                assert anchor[1:] in slugs, f"{page.name} links to {target}{anchor}"
