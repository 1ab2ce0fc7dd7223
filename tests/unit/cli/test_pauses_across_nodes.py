"""``pause``, ``resume`` and ``paused`` with other nodes, whatever those answer."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from arcapix.fs.gpfs import commands
from arcapix.fs.gpfs.cli import main
from arcapix.fs.gpfs.cli.act import pause
from arcapix.fs.gpfs.commands import ClusterRecord, NodeRecord, process
from arcapix.fs.gpfs.deployment import installation
from arcapix.fs.gpfs.deployment.environment import DRIVER
from arcapix.fs.gpfs.runs import pause_orders
from arcapix.fs.gpfs.runs.pause_orders import Order
from arcapix.fs.gpfs.runs.pauses import Answer, Pauses

Said = tuple[int, str, str]

ASKED_BEFORE = Order(3, "a", "logger", True, 1.0, None, "anna", "new disks")


class Others:
    """The other nodes of a cluster, each with state of its own, behind its remote shell."""

    def __init__(self, states: dict[str, Pauses]) -> None:
        self.states = states
        self.answers: dict[str, Callable[[], Said]] = {}
        self.asked: list[str] = []
        self.commands: list[str] = []

    def __call__(self, argv: tuple[str, ...], timeout: float) -> process.Completed:
        _, node, command = argv
        self.asked.append(node)
        self.commands.append(command)
        answer = self.answers.get(node) or (lambda: self.learn(node, shlex.split(command)))
        return process.Completed(argv, *answer())

    def learn(self, node: str, words: list[str]) -> Said:
        orders = pause_orders.parse(words[-1])
        return 0, json.dumps(self.states[node].learn(orders).fields()), ""


@pytest.fixture
def others(monkeypatch, tmp_path):
    """A cluster of three nodes, of which the first is this one."""
    monkeypatch.setenv(DRIVER, str(installation.install(tmp_path)))
    nodes = tuple(NodeRecord(n, f"n{n}.site", f"10.0.0.{n}", f"n{n}", "") for n in (1, 2, 3))
    cluster = ClusterRecord("c", "1", "c", "/remote/shell", "/remote/copy", None, None, "CCR", nodes)
    monkeypatch.setattr(commands, "mmlscluster", lambda: cluster)
    monkeypatch.setattr(commands, "mmlsnode_local", lambda: "n1.site")
    monkeypatch.setattr(commands, "mmlscallback", list)
    states = {}
    for name in ("n2", "n3"):
        (tmp_path / name).mkdir()
        states[name] = Pauses(tmp_path / name)
    there = Others(states)
    with process.using(there):
        yield there


def run(*words: str) -> Result:
    return CliRunner().invoke(main, words)


def unreachable() -> Said:
    return 255, "", "ssh: no route to host\n"


@pytest.mark.parametrize(
    "said",
    [
        "",
        "Welcome to n2!",
        "[]",
        "{}",
        '{"learned": 0, "orders": "[]"}',
        '{"learned": 0, "orders": "[]", "pauses": [1]}',
        '{"learned": 0, "orders": [], "pauses": []}',
        '{"learned": "some", "orders": "[]", "pauses": []}',
        '{"learned": 0, "orders": "[[1]]", "pauses": []}',
        '{"learned": 0, "orders": "[]", "pauses": [{"callback": "x", "since": 1, "until": null}]}',
    ],
)
def test_a_node_that_answers_nonsense_has_not_been_told(others, said):
    others.answers["n2"] = lambda: (0, said, "")
    done = run("pause", "--all", "--nodes", "all")
    assert (done.exit_code, done.stdout) == (1, "paused all callbacks on 2 of 3 nodes\n")
    assert done.stderr.startswith("arcapix-gpfs: n2.site has not been told: its answer is not about pauses: ")
    assert [each.callback for each in others.states["n3"].current()] == ["*"]


def test_a_list_of_pauses_that_is_none_is_told_of(others):
    others.answers["n2"] = lambda: (0, '[{"callback": "x"}]', "")
    done = run("paused", "--node", "n2")
    assert done.exit_code == 1
    assert done.stderr.endswith("arcapix-gpfs: n2.site: its answer is not a list of pauses\n")


@pytest.mark.parametrize("command", ["pause", "resume"])
@pytest.mark.parametrize(
    ("where", "nodes"),
    [
        ((), [os.uname().nodename]),
        (("--node", "n2"), ["n2.site"]),
        (("--nodes", "all"), ["n1.site", "n2.site", "n3.site"]),
    ],
)
def test_json_has_the_nodes_and_what_was_paused_or_resumed_there(others, command, where, nodes):
    if where[:1] != ("--nodes",):
        others.answers["n2"] = lambda: (0, "done\n", "")
    run("pause", "--all", *where)
    told = json.loads(run(command, "--all", *where, "--json").stdout)
    assert told == [{"node": node, "callback": "*"} for node in nodes]


def test_orders_that_are_none_are_refused(others):
    done = run("learn-pauses", "--", "[[1]]")
    assert done.exit_code == 2
    assert "not orders: " in done.stderr


def test_a_node_that_was_away_learns_from_any_that_answers(others):
    others.states["n3"].learn([ASKED_BEFORE])
    others.answers["n2"] = unreachable
    done = run("paused", "--catch-up", "--json")
    assert done.exit_code == 0
    assert done.stderr == "this node had missed a pause or resume, and knows of it now\n"
    assert [(each["callback"], each["by"]) for each in json.loads(done.stdout)] == [("logger", "anna")]


def test_one_that_meets_nobody_keeps_what_it_knows_and_says_so(others):
    run("pause", "--all")
    others.answers = {"n2": unreachable, "n3": unreachable}
    done = run("paused", "--catch-up")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "no other node says whether this one has missed a pause; it is told by the next " in done.stderr
    assert "n2.site: ssh: no route to host" in done.stderr and "n3.site: " in done.stderr
    assert len(json.loads(run("paused", "--json").stdout)) == 1


def test_the_only_node_of_a_cluster_has_missed_nothing(others, monkeypatch):
    cluster = commands.mmlscluster()
    monkeypatch.setattr(
        commands,
        "mmlscluster",
        lambda: ClusterRecord("c", "1", "c", "", "", None, None, "CCR", cluster.nodes[:1]),
    )
    assert run("paused", "--catch-up").exit_code == 0
    assert others.asked == []


def test_a_large_cluster_is_not_asked_whole(others, monkeypatch):
    nodes = tuple(NodeRecord(n, f"n{n}.site", f"10.0.0.{n}", f"n{n}", "") for n in range(1, 101))
    cluster = ClusterRecord("c", "1", "c", "/remote/shell", "", None, None, "CCR", nodes)
    monkeypatch.setattr(commands, "mmlscluster", lambda: cluster)
    for node in nodes:
        others.answers[node.admin_name] = lambda: (0, json.dumps(Answer(0, [], []).fields()), "")
    assert run("paused", "--catch-up").exit_code == 0
    assert len(set(others.asked)) == len(others.asked) == 16
    assert "n1" not in others.asked


def test_catching_up_is_about_the_local_node(others):
    assert run("paused", "--catch-up", "--nodes", "all").exit_code == 2
    assert others.asked == []


def test_each_callback_that_one_command_pauses_has_a_pause_of_its_own_which_counts(others, monkeypatch):
    monkeypatch.setattr(pause, "_check", lambda chosen: "")
    assert run("pause", "logger", "mailer", "--nodes", "all").exit_code == 0
    orders = others.states["n2"].orders()
    assert [order.callback for order in orders] == ["logger", "mailer"]
    assert len({order.pause().id for order in orders}) == 2


def test_what_is_still_paused_together_with_all_others_is_told_of_all_nodes_that_resume(others):
    run("pause", "--all", "--nodes", "all")
    others.states["n2"].add(["*"], None, "anna", "")
    others.states["n3"].add(["logger"], None, "anna", "")
    done = run("resume", "logger", "--nodes", "all")
    assert (done.exit_code, done.stdout) == (
        0,
        "the pause of logger has ended on all nodes; "
        "still paused together with all others on all nodes, run: arcapix-gpfs resume --all --nodes all\n",
    )


def test_another_node_is_told_what_it_is_called(others):
    others.answers["n2"] = lambda: (0, "resumed logger\n", "")
    assert run("resume", "logger", "--node", "n2").stdout == "n2.site: resumed logger\n"
    assert "--called n2.site" in others.commands[-1]


@pytest.mark.parametrize("where", [["--node", "n2"], ["--nodes", "all"]])
def test_a_damaged_line_on_another_node_is_told_of_with_its_name(others, where):
    said = json.dumps(Answer(0, [], []).fields()) if where == ["--nodes", "all"] else "[]"
    others.answers["n2"] = lambda: (
        0,
        said,
        "Welcome!\narcapix-gpfs: warning: /x/paused, line 2, is damaged\n",
    )
    done = run("paused", *where)
    assert done.exit_code == 0
    assert "arcapix-gpfs: warning: n2.site: /x/paused, line 2, is damaged\n" in done.stderr
    assert "Welcome" not in done.stderr


def test_a_list_of_nodes_is_told_node_by_node_and_who_does_not_answer_costs_no_other(others):
    others.answers = {"n2": unreachable, "n3": lambda: (0, "paused all callbacks\n", "")}
    done = run("pause", "--all", "--nodes", "n2,n3")
    assert (done.exit_code, done.stdout) == (1, "n3.site: paused all callbacks\n")
    assert done.stderr == "arcapix-gpfs: n2.site: ssh: no route to host\n"
    assert sorted(others.asked) == ["n2", "n3"]
