"""The declarations of the commands: synopses name what is declared, and usage errors print them."""

from __future__ import annotations

import pytest

from arcapix.fs.gpfs.emulator import registry
from arcapix.fs.gpfs.emulator.command import COMMANDS

registry.load()
NAMES = """
    mmlsfileset mmcrfileset mmchfileset mmlinkfileset mmunlinkfileset mmdelfileset mmlspool mmlspolicy mmdf mmsetquota
    mmrepquota mmlsquota mmlssnapshot mmcrsnapshot mmdelsnapshot mmsnapdir mmlsnodeclass mmcrnodeclass
    mmchnodeclass mmdelnodeclass mmaddnode mmdelnode mmchnode mmchlicense mmlslicense mmlsdisk mmchdisk mmlsnsd
    mmlsconfig mmchconfig
"""
OURS = [COMMANDS[name] for name in NAMES.split()]


@pytest.mark.parametrize("declared", OURS, ids=lambda declared: declared.name)
def test_the_synopsis_names_every_declared_option(declared):
    assert declared.usage.startswith(declared.name)
    missing = [option for option in (*declared.flags, *declared.values) if not declared.knows(option)]
    assert not missing


@pytest.mark.parametrize(
    "declared", [one for one in OURS if one.words[0] or one.required], ids=lambda declared: declared.name
)
def test_without_arguments_it_is_a_usage_error(cluster, declared):
    error = cluster.fails(declared.name)
    assert error.startswith(f"{declared.name}: Missing arguments.\nUsage:\n  {declared.name} ")


@pytest.mark.parametrize(
    "declared", [one for one in OURS if one.words[0]], ids=lambda declared: declared.name
)
def test_an_unknown_option_is_a_usage_error(cluster, declared):
    assert "Usage:" in cluster.fails(f"{declared.name} {'x ' * declared.words[0]} --frobnicate")


@pytest.mark.parametrize("asked", ["-h", "-?", "--help"])
@pytest.mark.parametrize("declared", COMMANDS.values(), ids=lambda declared: declared.name)
def test_every_command_tells_its_usage_and_does_nothing(make_cluster, declared, asked):
    cluster = make_cluster()
    before = repr(cluster.state)
    done = cluster.run(f"{declared.name} {asked}")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == ["Usage:", *[f"  {line}" for line in declared.usage.splitlines()]]
    assert repr(cluster.state) == before
