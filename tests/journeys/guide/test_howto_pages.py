"""The pages for one task each: they are followed from the first block to the last, as the guide is."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.gpfs_cluster(expect_failures=True)

PAGES = (
    "howto/first-hour-on-a-cluster.md",
    "howto/install-on-a-cluster.md",
    "howto/move-from-scripts.md",
    "howto/pause-for-maintenance.md",
    "howto/when-a-callback-does-not-run.md",
    "howto/work-from-the-shell.md",
)


def test_a_section_of_a_page_prints_what_it_shows(session, section):
    session.follow(section)


def test_pages_of_a_real_cluster_name_no_place_of_the_emulated_one(read):
    for page in PAGES:
        for section in read(page):
            for block in section.blocks:
                assert "/home/alice/gpfs" not in block.text and "/home/alice/guide" not in block.text, section
