"""What is sent upstream has the answers and their evidence, and nothing that belongs to the site alone."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import pytest

from arcapix.fs.gpfs.administration.probe import report
from arcapix.fs.gpfs.administration.probe.questions import judge
from arcapix.fs.gpfs.administration.probe.session import Session
from arcapix.fs.gpfs.administration.probe.table import LEVELS, QUESTIONS
from arcapix.fs.gpfs.commands import ClusterRecord, NodeRecord

NODES = (
    NodeRecord(1, "quetzal.moria.example", "192.0.2.71", "quetzal-adm.moria.example", "quorum"),
    NodeRecord(2, "zeppelin.moria.example", "fd00:12::72", "zeppelin.moria.example", ""),
)
CLUSTER = ClusterRecord(
    "rivendell.moria.example",
    "6170631",
    "lorien.example",
    "/usr/bin/ssh",
    "/usr/bin/scp",
    None,
    None,
    "CCR",
    NODES,
)


@pytest.fixture
def places() -> report.Placeholders:
    session = Session("rohanfs")
    session.known_cluster = CLUSTER
    session.classes = ["mordor", "arcapix_probe_class"]
    return report.of_session(session)


@pytest.mark.parametrize(
    ("text", "replaced"),
    [
        ("on quetzal.moria.example, QUETZAL and 192.0.2.71", "on NODE1, NODE1-short and NODE1-ip"),
        ("quetzal-adm.moria.example quetzal-adm", "NODE1-admin NODE1-admin-short"),
        ("zeppelin fd00:12::72", "NODE2-short NODE2-ip"),
        ("rivendell.moria.example 6170631 lorien.example", "CLUSTER1 CLUSTER1-id CLUSTER1-uid"),
        ("other.moria.example", "other.DOMAIN1"),
        ("/dev/rohanfs rohanfs_nsd1", "/dev/FILESYSTEM1 FILESYSTEM1_nsd1"),
        ("mordor arcapix_probe_class", "NODECLASS1 arcapix_probe_class"),
        ("203.0.113.9, 203.0.113.9 and 2001:db8::9", "ADDRESS1, ADDRESS1 and ADDRESS2"),
        ("/gpfs/shire/run /gpfs/shire/run /opt/x", "PATH1 PATH1 PATH2"),
        ("/bin/true /usr/lpp/mmfs/bin/mmsdrcli /dev/null", "/bin/true /usr/lpp/mmfs/bin/mmsdrcli /dev/null"),
        ('build: "5.1.7.0 ", zeppelins', 'build: "5.1.7.0 ", zeppelins'),
    ],
)
def test_each_name_has_one_placeholder_wherever_it_stands(
    places: report.Placeholders, text: str, replaced: str
) -> None:
    assert places.replaced(text) == replaced


def test_of_a_cluster_that_could_not_be_listed_addresses_and_paths_are_replaced() -> None:
    assert report.of_session(Session("rohanfs")).replaced("rohanfs 192.0.2.1") == "FILESYSTEM1 ADDRESS1"


def test_of_callbacks_of_the_site_a_report_has_events_and_lengths(
    gpfs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    parms = "frodo %fsName " + "baggins" * 40
    gpfs.switch(list_long_value="next-line")
    gpfs.emulator.run(
        ["mmaddcallback", "gandalf", "--command", "/opt/shire", "--event", "mount", "--parms", parms]
    )
    session = Session()
    for level in LEVELS[:2]:
        session.perform(level, lambda _: None)
    text = report.text(session, judge(QUESTIONS, session.seen, 1))
    assert not re.search("frodo|baggins|gandalf|shire", text, re.IGNORECASE)
    assert "CALLBACK1" in text
    assert re.search(r"event +=? *mount", text)
    assert re.search(r"command +=? *\(10 characters\)", text)
    for question in QUESTIONS:
        assert f"## {question.key}: {question.text}" in text
