"""``arcapix-gpfs key rotate``: another key in the place of the present one, and nothing is lost meanwhile."""

from __future__ import annotations

import time

import pytest
from click.testing import CliRunner

from arcapix.fs.gpfs import Cluster, GPFSError
from arcapix.fs.gpfs.cli import main, nodes
from arcapix.fs.gpfs.deployment import cluster_key
from arcapix.fs.gpfs.driver import token as tokens
from arcapix.fs.gpfs.driver.verification import checked, keys_of
from arcapix.fs.gpfs.registration import header, journal, registry, sealing

WEEK = 7 * 86_400


def handler():
    return None


def rotate(*words):
    return CliRunner().invoke(main, ["key", "rotate", *words])


def lines():
    return cluster_key.path().read_text().splitlines()


def copying():
    path = cluster_key.path()
    return f"scp -p {path} NODE:{path}.new && ssh NODE mv {path}.new {path}"


def made_with(identifier, key):
    """Whether a token is sound and was made with a key."""
    token = registry.get(identifier).parms[0]
    return token.rpartition("@")[2] == "k" + tokens.digest(
        token[: token.rindex("@") + 1].encode(), key.encode()
    )


class Others:
    """The other nodes, each with a file of its own, which an administrator copies."""

    def __init__(self):
        self.files = {}
        self.asked = []
        self.copy()

    def copy(self, *names):
        for name in names or ("n2.localnet", "mynode.localnet"):
            self.files[name] = cluster_key.path().read_bytes()

    def answer(self, there, node, words):
        assert words == ["key", "show"]
        self.asked.append(node.daemon_name)
        content = self.files.get(node.daemon_name)
        if content is None:
            raise GPFSError("no route to host\nand more")
        first, *others = keys_of(content)
        shown = [f"/etc/arcapix/gpfs.key {cluster_key.fingerprint_of(cluster_key.Key(*first))}"]
        return "\n".join(
            [*shown, *(f"next {cluster_key.fingerprint_of(cluster_key.Key(*one))}" for one in others)]
        )


@pytest.fixture
def others(gpfs, monkeypatch):
    cluster_key.create()
    found = Others()
    monkeypatch.setattr(nodes.Nodes, "answer", lambda self, node, words: found.answer(self, node, words))
    return found


@pytest.fixture
def installed(others):
    Cluster().callbacks.new("x", handler, "shutdown", "n1", priority=3)
    Cluster().callbacks.new("y", handler, "startup")


def test_a_rotation_from_the_first_step_to_the_last(gpfs, others, installed):
    (old,) = lines()
    first = rotate()
    assert first.exit_code == 0
    assert first.stdout == (
        f"{cluster_key.path()} has a new key beside the present one, which still signs; copy it to every node, "
        f"as root: {copying()}; then run once more: arcapix-gpfs key rotate\n"
    )
    present, coming = lines()
    kind, new = coming.split()
    assert (present, kind, len(new)) == (old, "next", 64) and new != old
    assert cluster_key.path().stat().st_mode & 0o777 == 0o600
    Cluster().callbacks.new("z", handler, "quorumLoss")
    assert all(made_with(name, old) for name in "xyz")

    others.copy()
    before = {record.identifier: record for record in registry.listed()}
    second = rotate()
    assert second.exit_code == 0, second.output
    assert "signed x\nsigned y\nsigned z\n" in second.stdout
    present, ending = lines()
    assert present == new
    kind, given, _, until = ending.split()
    assert (kind, given) == ("old", old) and WEEK - 60 < int(until) - time.time() <= WEEK
    assert all(made_with(name, new) for name in "xyz")
    for name, record in before.items():
        now = registry.get(name)
        assert (now.events, now.nodes, now.priority) == (record.events, record.nodes, record.priority)
        assert now.parms[1:] == record.parms[1:]
        assert tokens.split(now.parms[0])[1] == tokens.split(record.parms[0])[1]
        assert header.read(now).events == record.events

    third = rotate()
    assert third.exit_code == 1
    assert third.stderr.count("this node still signs with the old key") == 2
    others.copy()
    gpfs.calls.clear()
    last = rotate()
    assert (last.exit_code, last.stderr) == (0, "")
    assert last.stdout.startswith("the old key ends on ") and gpfs.changing == 0


def test_at_each_moment_every_token_is_valid_on_each_node_that_has_the_file(gpfs, others, installed):
    rotate()
    others.copy()
    seen = []

    def look(words):
        if words[0] == "mmlscallback":
            return
        for record in registry.listed():
            for content in (*others.files.values(), cluster_key.path().read_bytes()):
                checked(record.parms[0], keys_of(content))
            seen.append(record.identifier)

    gpfs.after = look
    assert rotate().exit_code == 0
    assert {"x", "y"} <= set(seen)


@pytest.mark.parametrize("has", [[], ["n2.localnet"]])
def test_nothing_is_signed_while_a_node_has_not_the_new_key(gpfs, others, installed, has):
    rotate()
    for name in has:
        others.copy(name)
    before = lines()
    gpfs.calls.clear()
    done = rotate()
    missing = "; ".join(name for name in ("n2.localnet", "mynode.localnet") if name not in has)
    assert (done.exit_code, gpfs.changing, lines()) == (1, 0, before)
    assert (
        f"nothing was signed, since these nodes have not the new key: {missing}; copy the key to them: {copying()}, "
        in done.stderr
    )


def test_a_node_that_does_not_answer_lacks_it(gpfs, others, installed):
    rotate()
    others.copy()
    del others.files["mynode.localnet"]
    done = rotate()
    assert done.exit_code == 1
    assert "mynode.localnet (no route to host); copy" in done.stderr
    assert rotate("--without", "mynode").exit_code == 0
    assert made_with("x", lines()[0])


def test_nobody_is_asked_if_that_is_said(gpfs, others, installed):
    rotate("--yes")
    assert rotate("--yes").exit_code == 0
    assert others.asked == []
    assert made_with("x", lines()[0])


def test_the_old_key_ends_when_it_is_said(gpfs, others, installed):
    rotate()
    others.copy()
    assert rotate("--keep", "2h").exit_code == 0
    assert 7100 < int(lines()[1].split()[3]) - time.time() <= 7200
    assert rotate("--keep", "soon").exit_code == 2


@pytest.mark.parametrize(("keep", "seconds"), [("1s", 1), ("30d", 30 * 86_400)])
def test_the_end_of_an_old_key_that_still_lives_can_be_set_anew_and_that_is_told(
    gpfs, others, installed, keep, seconds
):
    old = lines()[0]
    rotate()
    others.copy()
    told = rotate().stdout.splitlines()[-1]
    assert "; to end it at once: arcapix-gpfs key rotate --keep 0s; or at another time: --keep 1h" in told
    others.copy()
    before = cluster_key.path().read_bytes()
    assert rotate().exit_code == 0
    assert cluster_key.path().read_bytes() == before, "nothing changes that nobody has asked for"
    done = rotate("--keep", keep)
    assert done.exit_code == 0, done.output
    assert "the old key was to end on " in done.stdout and "\nthe old key ends on " in done.stdout
    assert (
        f", which has changed; copy {cluster_key.path()} to every node, as root: {copying()}\n" in done.stdout
    )
    kind, given, _, until = lines()[1].split()
    assert (kind, given) == ("old", old) and seconds - 60 < int(until) - time.time() <= seconds


def test_an_old_key_can_end_at_once_and_then_another_rotation_begins(gpfs, others, installed):
    old = lines()[0]
    token = registry.get("x").parms[0]
    rotate()
    others.copy()
    rotate()
    others.copy()
    checked(token, keys_of(cluster_key.path().read_bytes()))
    done = rotate("--keep", "0s")
    assert done.stdout.endswith(
        "the old key has ended; the next run of key rotate begins another rotation\n"
    ), done.output
    with pytest.raises(tokens.TokenError):
        checked(token, keys_of(cluster_key.path().read_bytes()))
    assert made_with("x", lines()[0]) and lines()[0] != old
    assert rotate().stdout.startswith(f"{cluster_key.path()} has a new key beside the present one")


def test_after_the_end_of_the_old_key_the_next_rotation_begins(gpfs, others, installed):
    cluster_key.path().write_text(f"{'5' * 64}\nold {lines()[0]} until 1700000000\n")
    assert rotate().exit_code == 0
    assert [line.split()[0] for line in lines()] == ["5" * 64, "next"]


def test_without_a_key_there_is_nothing_to_rotate(gpfs):
    done = rotate()
    assert done.exit_code == 1
    assert "there is no cluster key in" in done.stderr and "run: arcapix-gpfs key create" in done.stderr


class Killed(BaseException):
    """What ends a program at once."""


@pytest.mark.parametrize("command", ["mmdelcallback", "mmaddcallback"])
@pytest.mark.parametrize("number", [1, 2])
def test_whoever_is_killed_can_go_on(gpfs, others, installed, command, number):
    old = lines()[0]
    rotate()
    others.copy()
    count = 0

    def kill(words):
        nonlocal count
        count += words[0] == command
        if count == number and words[0] == command:
            gpfs.before = lambda words: None
            raise Killed

    gpfs.before = kill
    with pytest.raises(Killed):
        main(["key", "rotate"], standalone_mode=False)
    assert lines()[0] == old
    assert rotate().exit_code == 0
    assert all(made_with(name, lines()[0]) for name in "xy")
    assert list(journal.folder().glob("*.json")) == []


def test_what_nobody_vouches_for_is_left_and_named(gpfs, others, installed):
    gpfs.callbacks.alter("x", event="mount")
    key = cluster_key.path().read_bytes()
    cluster_key.path().unlink()
    Cluster().callbacks.new("unsigned", handler, "shutdown")
    cluster_key.path().write_bytes(key)
    cluster_key.path().chmod(0o600)
    rotate()
    others.copy()
    before = {name: dict(gpfs.callbacks[name]) for name in ("x", "unsigned")}
    done = rotate()
    assert done.exit_code == 1
    assert (
        "callback 'x' was not signed: GPFS has it for mount; its token was signed for shutdown\n"
        in done.stderr
    )
    assert "callback 'unsigned' was not signed: its token was made without the cluster key" in done.stderr
    assert {name: dict(gpfs.callbacks[name]) for name in before} == before
    assert made_with("y", lines()[0])


def test_what_an_earlier_release_has_signed_gets_its_events(gpfs, others, installed):
    token, *words = registry.get("y").parms
    text, body = tokens.split(token)
    token = sealing.seal(text.replace("/ev=startup", ""), body, cluster_key.read())
    gpfs.callbacks.alter("y", parms=" ".join([token, *words]))
    rotate()
    others.copy()
    rotate()
    assert header.read(registry.get("y")).events == ("startup",)


def test_between_the_steps_callbacks_can_be_changed_and_installed_again(gpfs, others, installed):
    rotate()
    Cluster().callbacks["x"].change(priority=4)
    others.copy()
    rotate()
    gpfs.calls.clear()
    Cluster().callbacks.new("y", handler, "startup", replace=True)
    assert gpfs.changing == 0
    Cluster().callbacks["x"].add(event="startup")
    assert Cluster().callbacks["x"].installed
    assert made_with("x", lines()[0])


def test_what_another_node_still_signs_with_the_old_key_can_be_changed_and_is_signed_at_last(
    gpfs, others, installed
):
    rotate()
    others.copy()
    rotate()
    mine = cluster_key.path().read_bytes()
    cluster_key.path().write_bytes(others.files["n2.localnet"])
    Cluster().callbacks.new("z", handler, "quorumLoss")
    Cluster().callbacks.new("v", handler, "quorumLoss")
    Cluster().callbacks.new("w", handler, "quorumLoss")
    cluster_key.path().write_bytes(mine)
    Cluster().callbacks["z"].change(priority=1)
    Cluster().callbacks.new("w", handler, "quorumLoss", replace=True)
    assert made_with("w", lines()[0]), "the same function is installed again, since the old key ends"
    assert made_with("z", lines()[0]) and not made_with("v", lines()[0])
    others.copy()
    assert "signed v\n" in rotate().stdout
    assert made_with("v", lines()[0])


def test_both_keys_are_shown_and_compared_and_neither_is_printed(gpfs, others, tmp_path):
    (shown,) = CliRunner().invoke(main, ["key", "show"]).stdout.splitlines()
    rotate()
    staged = CliRunner().invoke(main, ["key", "show"]).stdout
    assert staged.splitlines()[0] == shown
    assert staged.splitlines()[1].startswith("next ")
    assert not any(key in staged for line in lines() for key in line.split() if len(key) == 64)
    other = tmp_path / "other.key"
    other.write_text(lines()[0] + "\n")
    other.chmod(0o600)
    assert "are not the same" in CliRunner().invoke(main, ["key", "check", str(other)]).stderr
    other.write_bytes(cluster_key.path().read_bytes())
    assert CliRunner().invoke(main, ["key", "check", str(other)]).exit_code == 0
    others.copy()
    rotate()
    assert CliRunner().invoke(main, ["key", "show"]).stdout.splitlines()[1].startswith("old until ")
