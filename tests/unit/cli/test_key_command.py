"""``arcapix-gpfs key``: whom a key disowns, and what the driver of this node is told of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from arcapix.fs.gpfs import Cluster
from arcapix.fs.gpfs.cli import main
from arcapix.fs.gpfs.cli.trust import key as key_commands
from arcapix.fs.gpfs.deployment import cluster_key, installation
from arcapix.fs.gpfs.deployment.environment import DRIVER
from arcapix.fs.gpfs.driver.verification import from_another_node

COPYING = "copy it to every node, as root: scp -p KEY NODE:KEY.new && ssh NODE mv KEY.new KEY\n"


def handler() -> None:
    return None


def key(*words: str, answer: str | None = None) -> Result:
    return CliRunner().invoke(main, ["key", *words], input=answer)


@pytest.fixture
def stub(gpfs, tmp_path, monkeypatch) -> Path:
    settings = {"key": str(cluster_key.path()), "path": "/here", "emulated": True}
    path = installation.install(tmp_path / "driver", settings)
    monkeypatch.setenv(DRIVER, str(path))
    return path


def is_required(stub: Path) -> object:
    return installation.configuration_of(stub)["key_required"]


def test_a_key_that_disowns_nobody_is_made_at_once_and_the_driver_requires_it(stub):
    before = stub.read_text()
    done = key("create")
    path = cluster_key.path()
    assert (done.stdout, done.stderr) == (f"{path}\n", COPYING.replace("KEY", str(path)))
    assert is_required(stub) is True
    assert stub.read_text().replace("    key_required=True,\n", "") == before
    assert stub.stat().st_mode & 0o7777 == 0o755


def test_callbacks_that_a_key_disowns_are_named_and_nothing_is_made_where_nobody_can_be_asked(stub, script):
    Cluster().onShutdown.new("one", handler)
    Cluster().onShutdown.new("two", handler)
    Cluster().onShutdown.new("other", script)
    done = key("create")
    told = "2 callbacks made without a key will not run any more: one, two"
    assert (done.exit_code, done.stderr) == (
        1,
        f"arcapix-gpfs: nothing was changed: {told}; if that is meant, give --yes\n",
    )
    assert not cluster_key.path().exists()
    assert is_required(stub) is False
    done = key("create", "--yes")
    assert (done.exit_code, done.stdout, done.stderr) == (
        0,
        f"{cluster_key.path()}\n",
        f"{told}\n{COPYING.replace('KEY', str(cluster_key.path()))}",
    )


def test_callbacks_that_were_signed_with_a_key_that_is_gone_are_named_too_with_what_is_better(stub):
    Cluster().onShutdown.new("one", handler)
    cluster_key.create()
    Cluster().onShutdown.new("two", handler)
    cluster_key.path().unlink()
    done = key("create")
    told = (
        "1 callback made without a key will not run any more: one; "
        "1 callback made with a key that this node lacks will not run with another one: two; "
        f"rather than make one, {from_another_node(str(cluster_key.path()))}"
    )
    assert (done.exit_code, done.stderr) == (
        1,
        f"arcapix-gpfs: nothing was changed: {told}; if that is meant, give --yes\n",
    )
    assert not cluster_key.path().exists()


@pytest.mark.parametrize(("answer", "status"), [("y\n", 0), ("n\n", 1)])
def test_on_a_terminal_it_asks(stub, monkeypatch, answer, status):
    Cluster().onShutdown.new("one", handler)
    monkeypatch.setattr("arcapix.fs.gpfs.cli.agreement.can_ask", lambda: True)
    done = key("create", answer=answer)
    assert "1 callback made without a key will not run any more: one; go on? [y/N]" in done.stderr
    assert (done.exit_code, cluster_key.path().exists()) == (status, status == 0)


def test_where_callbacks_cannot_be_listed_it_says_so(stub, monkeypatch):
    monkeypatch.setattr(key_commands, "mmlscallback", unable)
    done = key("create")
    assert (done.exit_code, "they cannot be listed: GPFS is down; if that is meant" in done.stderr) == (
        1,
        True,
    )
    assert key("create", "--yes").exit_code == 0


def test_where_there_are_no_mm_commands_it_says_so_in_a_whole_sentence(stub, monkeypatch):
    monkeypatch.setattr(key_commands, "mmlscallback", missing)
    assert (
        "; they cannot be listed: no mm commands are in /nowhere; if that is meant, give --yes\n"
        in key("create").stderr
    )


def missing() -> None:
    from arcapix.fs.gpfs.exceptions import GPFSNotInstalled

    raise GPFSNotInstalled("/nowhere")


def unable() -> None:
    from arcapix.fs.gpfs import GPFSError

    raise GPFSError("GPFS is down\n  ran: mmlscallback")


def test_a_second_key_is_refused_without_a_question(stub):
    key("create")
    Cluster().onShutdown.new("one", handler)
    assert "there is a cluster key in" in key("create").stderr


def test_to_forget_the_key_is_the_way_back_which_names_whom_it_disowns(stub):
    before = installation.configuration_of(stub)
    key("create")
    Cluster().onShutdown.new("one", handler)
    told = "1 callback made with the key will not run any more: one"
    assert (
        key("forget").stderr == f"arcapix-gpfs: nothing was changed: {told}; if that is meant, give --yes\n"
    )
    assert cluster_key.path().exists()
    assert key("forget", "--yes").exit_code == 0
    assert not cluster_key.path().exists()
    assert installation.configuration_of(stub) == before


def test_a_key_that_is_gone_can_be_forgotten(stub):
    key("create")
    cluster_key.path().unlink()
    assert key("forget").exit_code == 0
    assert is_required(stub) is False


def test_an_installation_requires_the_key_that_is_there_or_that_the_driver_before_it_required(stub):
    settings = {"key": str(cluster_key.path()), "emulated": True}
    cluster_key.create()
    for _ in range(2):
        installation.install(stub.parent, settings)
        assert is_required(stub) is True
        cluster_key.path().unlink(missing_ok=True)
    key("forget")
    installation.install(stub.parent, settings)
    assert is_required(stub) is False


def test_a_driver_of_an_earlier_release_says_what_to_do(stub):
    stub.write_text(stub.read_text().replace("\nmain(", "\n    main("))
    done = key("create")
    assert (done.exit_code, "run: arcapix-gpfs driver install" in done.stderr) == (1, True)
    installation.install(stub.parent, {"key": str(cluster_key.path()), "emulated": True})
    assert is_required(stub) is True


def test_a_driver_that_looks_elsewhere_for_its_key_is_left_as_it_is(gpfs, tmp_path, monkeypatch):
    stub = installation.install(tmp_path / "driver", {"key": "/elsewhere", "emulated": True})
    monkeypatch.setenv(DRIVER, str(stub))
    assert key("create").exit_code == 0
    assert is_required(stub) is False
