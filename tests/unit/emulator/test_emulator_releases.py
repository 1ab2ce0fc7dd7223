"""The releases that are played, and since which of them a layout is printed."""

from __future__ import annotations

from arcapix.fs.gpfs.emulator import registry, releases
from arcapix.fs.gpfs.emulator.command import COMMANDS


def test_the_releases_stand_in_their_order():
    order = [releases.parsed(release) for release in releases.FORMATS]
    assert order == sorted(order)
    assert releases.DEFAULT in releases.FORMATS


def test_a_layout_holds_from_its_release_on():
    layout = releases.Layout("-L", "one site", since=(5, 1, 8))
    played = [name for name in releases.FORMATS if layout.holds(releases.parsed(name))]
    assert played[0] == "5.1.8"
    assert played == list(releases.FORMATS)[-len(played) :]


def test_every_layout_has_witnesses_and_begins_with_a_release_that_is_played():
    registry.load()
    played = [releases.parsed(name) for name in releases.FORMATS]
    beginnings = {release[:length] for release in played for length in range(4)}
    for command in COMMANDS.values():
        for layout in command.layouts:
            assert layout.witnesses, command.name
            assert layout.since in beginnings, command.name
        order = [(layout.form, layout.since) for layout in command.layouts]
        assert len(set(order)) == len(order), command.name
        for form in {form for form, _ in order}:
            since = [one for other, one in order if other == form]
            assert since == sorted(since), command.name
