"""``arcapix-gpfs history`` and ``output``, in this process; other nodes are played by a runner."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from arcapix.fs.gpfs import GPFSExecuteException, commands
from arcapix.fs.gpfs.cli import main
from arcapix.fs.gpfs.commands import CallbackRecord, ClusterRecord, NodeclassRecord, NodeRecord, process
from arcapix.fs.gpfs.deployment import installation
from arcapix.fs.gpfs.deployment.environment import DRIVER, KEY, SITE
from arcapix.fs.gpfs.driver import journal
from arcapix.fs.gpfs.registration import sealing
from arcapix.fs.gpfs.runs.history import RecordedRun

Answer = Callable[[list[str]], tuple[int, str, str]]


NOTHING = "no runs on this node; --nodes all shows those of every node"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


# This node


def test_runs_stand_in_a_table_the_newest_last(traces, driver):
    first = traces.ended(about="filesystem/mmfs1")
    second = traces.start(callback="other", node=os.uname().nodename)
    heading, *rows = run("history").stdout.splitlines()
    assert heading.split() == ["STARTED", "RUN", "CALLBACK", "EVENT", "ABOUT", "STATE", "SECONDS", "REASON"]
    assert [row.split()[1:6] for row in rows] == [
        [first, "logger", "mount", "filesystem:mmfs1", "succeeded"],
        [second, "other", "mount", "-", "interrupted"],
    ]
    assert "  its process is gone and recorded no end: " in rows[1]
    assert {row.index("mount") for row in rows} == {heading.index("EVENT")}


def test_json_has_all_that_is_known(traces, driver):
    run_ = traces.ended(variables={"fsName": "mmfs1"})
    (facts,) = json.loads(run("history", "--json").stdout)
    assert (facts["run"], facts["state"], facts["variables"]) == (run_, "succeeded", {"fsName": "mmfs1"})
    assert "T" in facts["started"]


def test_the_newest_may_be_asked_for_and_those_that_fit(traces, driver):
    runs = [traces.ended(callback=f"log{number}", event="mount") for number in range(4)]
    failed = traces.start(callback="alert", event="unmount")
    traces.end(failed, "failed", 1, "oh")

    def found(*options: str) -> list[str]:
        return [facts["run"] for facts in json.loads(run("history", "--json", *options).stdout)]

    assert found("--last", "2") == [runs[3], failed]
    assert found("--callback", "log*", "--last", "2") == runs[2:]
    assert found("--callback", "log1", "--callback", "alert") == [runs[1], failed]
    assert found("--event", "UnMount") == [failed]
    assert found("--state", "failed") == [failed]


def test_the_runs_of_an_object_may_be_asked_for_as_it_is_shown(traces, driver):
    abouts = [
        "filesystem/mmfs1",
        "fileset/mmfs1/a.b",
        "fileset.mmfs1.old",
        "pool/mmfs1/system",
        "",
        "filesystem/mmfs12",
    ]
    runs = [traces.ended(about=about) for about in abouts]

    def found(*objects: str) -> list[str]:
        options = [word for each in objects for word in ("--object", each)]
        newest = json.loads(run("history", "--json", "--last", "10", *options).stdout)
        assert json.loads(run("history", "--json", *options).stdout) == newest
        return [facts["run"] for facts in newest]

    assert found("filesystem:mmfs1") == [runs[0]]
    assert found("fileset:mmfs1/a.b", "pool:mmfs1/system") == [runs[1], runs[3]]
    assert found("fileset:mmfs1/old") == [runs[2]]
    assert found("cluster") == [runs[4]]
    for facts in json.loads(run("history", "--json").stdout):
        assert facts["run"] in found(facts["about"] or "cluster")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("filesystm:mmfs1", "'filesystm:mmfs1' begins with no kind of object; did you mean 'filesystem'?"),
        ("mmfs1", "'mmfs1' does not say which kind of object it is"),
        (
            "node:n2",
            "--object takes no node, since runs do not tell for which nodes their callback is; for what ran there give: --nodes n2",
        ),
        ("nodeclass:c", "--object takes no nodeclass"),
    ],
)
def test_what_is_no_object_of_a_run_is_an_error_of_usage(driver, given, said):
    done = run("history", "--object", given)
    assert (done.exit_code, said in done.stderr) == (2, True)


def test_a_name_that_nobody_has_verified_is_found_and_shown_as_such(traces, driver):
    traces.ended()
    refused = traces.start(mark=journal.UNVERIFIED)
    traces.end(refused, "refused", 3, "the token was altered")
    for options in [], ["--last", "1"]:
        row = run("history", "--callback", "logger", *options).stdout.splitlines()[-1].split()
        assert row[1:3] == [refused, "logger(unverified)"]
    facts = json.loads(run("history", "--json", "--callback", "logger").stdout)
    assert [run_["unverified"] for run_ in facts] == [False, True]


def test_a_drill_is_shown_as_such(traces, driver):
    traces.ended()
    traces.ended(mark=journal.DRILL)
    for options in [], ["--last", "2"]:
        rows = [row.split()[3] for row in run("history", *options).stdout.splitlines()[1:]]
        assert rows == ["mount", "mount(drill)"]
    assert [run_["drill"] for run_ in json.loads(run("history", "--json").stdout)] == [False, True]


def test_what_there_is_not_is_a_dash_in_the_table_and_null_in_json(traces, driver):
    traces.end(traces.start(callback="-", event="-"), "succeeded", 0)
    heading, row = run("history").stdout.splitlines()
    for name in ("CALLBACK", "EVENT", "ABOUT", "REASON"):
        assert row[heading.index(name) :].split()[0] == "-"
    (facts,) = json.loads(run("history", "--json").stdout)
    assert [facts[name] for name in ("callback", "event", "about", "reason")] == [None] * 4
    assert RecordedRun.from_fields(facts) == traces.history.runs()[0]


@pytest.fixture
def zone(monkeypatch):
    """A time zone that is not that of the machine: two hours and a half ahead of UTC."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "XYZ-2:30")
        time.tzset()
        yield
    time.tzset()


def test_times_are_local_with_their_offset(traces, driver, zone):
    traces.ended(time=1_700_000_000)
    assert run("history").stdout.splitlines()[1].split()[0] == "2023-11-15T00:43:20+02:30"


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["--since", "2023-11-15T00:43:20"], [1, 2, 3]),
        (["--since", "2023-11-15T00:43:21"], [2, 3]),
        (["--since", "2023-11-14T22:13:21Z", "--until", "2023-11-15T00:43:30"], [2]),
        (["--until", "2023-11-15T00:43:20+02:30"], [0, 1]),
        (["--until", "2023-11-14"], [0]),
        (["--until", "2023-11-15"], [0, 1, 2]),
        (["--until", "2023-11-15T00"], [0, 1, 2]),
        (["--until", "20231115T0043"], [0, 1, 2]),
        (["--until", "2023-11-15T00:42"], [0]),
        (["--until", "2023-11-14T22:13+00:00"], [0, 1, 2]),
        (["--until", "2023-11-15T00:43:25"], [0, 1, 2]),
        (["--until", "2023-11-15T00:43:25.233"], [0, 1]),
        (["--until", "2023-11-15T00:43:25.234+02:30"], [0, 1, 2]),
        (["--since", "2023-11-15", "--until", "2023-11-15"], [1, 2]),
        (["--since", "2023-11-15", "--last", "2"], [2, 3]),
        (["--until", "2h", "--last", "1"], [2]),
        (["--since", "90m"], [3]),
    ],
)
def test_runs_since_and_until_a_time_are_shown(traces, driver, zone, options, found):
    times = [1_600_000_000, 1_700_000_000, 1_700_000_005.234, time.time() - 3600]
    runs = [traces.ended(time=when) for when in times]
    shown = [facts["run"] for facts in json.loads(run("history", "--json", *options).stdout)]
    assert shown == [runs[number] for number in found]


@pytest.mark.parametrize("column", ["STARTED", "started"])
def test_a_run_is_found_until_the_time_that_is_shown_for_it(traces, driver, zone, column):
    run_ = traces.ended(time=1_700_000_000.987)
    if column == "STARTED":
        shown = run("history").stdout.splitlines()[1].split()[0]
    else:
        shown = json.loads(run("history", "--json").stdout)[0]["started"]
    for options in (["--until", shown], ["--since", shown, "--until", shown]):
        assert [facts["run"] for facts in json.loads(run("history", "--json", *options).stdout)] == [run_]


@pytest.mark.parametrize(
    ("since", "until"),
    [("2h", "3h"), ("2023-11-15T00:43:21", "2023-11-15T00:43:20"), ("2023-11-16", "2023-11-15")],
)
def test_a_beginning_behind_the_end_is_an_error_of_usage(traces, driver, since, until):
    done = run("history", "--since", since, "--until", until)
    assert done.exit_code == 2
    said = rf"--since {since} \(\S+T\S+\) is later than --until {until} \(\S+T\S+\); no run can be both"
    assert re.search(said, done.stderr)


def test_a_time_of_day_is_the_last_such_moment(traces, driver):
    now = time.time()
    traces.ended(time=now - 30 * 3600)
    recent = traces.ended(time=now - 1)
    begin = time.strftime("%H:%M", time.localtime(now - 60))
    shown = json.loads(run("history", "--json", "--since", begin).stdout)
    assert [facts["run"] for facts in shown] == [recent]


@pytest.mark.parametrize("option", ["--since", "--until"])
@pytest.mark.parametrize("text", ["yesterday", "2h ago", "-2h", "12"])
def test_what_is_no_time_is_refused_with_the_forms_there_are(traces, driver, option, text):
    done = run("history", f"{option}={text}")
    assert done.exit_code == 2
    assert f"{option}={text!r} is not a time; give a time of day" in done.stderr
    assert "or how long ago it was, such as 2h" in done.stderr


def test_what_is_followed_may_have_a_beginning_and_no_end(driver):
    done = run("history", "--follow", "--until", "2h")
    assert (done.exit_code, "goes with no --until" in done.stderr) == (2, True)


def test_where_nothing_fits_it_says_so_and_which_event_was_perhaps_meant(traces, driver):
    traces.ended()
    done = run("history", "--event", "mout")
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == f"{NOTHING}; no event 'mout' is known; did you mean 'mount'?\n"
    assert run("history", "--callback", "x", "--json").stdout == "[]\n"


def test_where_nothing_fits_a_misspelt_name_is_told_with_the_nearest(gpfs, traces, driver):
    gpfs.run("mmaddcallback logger --command /bin/true --event mount")
    traces.ended(callback="mailer")
    for given, near in (("loger", "logger"), ("mailr", "mailer")):
        assert run("history", "--callback", given).stderr == (
            f"{NOTHING}; no callback {given!r} is registered, or has run here; did you mean {near!r}?\n"
        )
    assert run("history", "--callback", "logger").stderr == f"{NOTHING}\n"
    assert run("history", "--object", "filesystem:mfms1").stderr == (
        f"{NOTHING}; no file system 'mfms1'; did you mean 'mmfs1'?\n"
    )


def test_that_other_nodes_were_not_asked_is_said_only_where_that_is_so(gpfs, traces, driver):
    assert run("history").stderr == f"{NOTHING}\n"
    assert run("history", "--node", "n1").stderr == "no runs\n"


@pytest.mark.parametrize("words", [[], ["--callback", "loger", "--json"]])
def test_where_nothing_is_misspelt_or_a_program_asks_gpfs_is_not_asked(gpfs, traces, driver, words):
    assert run("history", *words).exit_code == 0
    assert gpfs.taken() == []


def test_a_reason_cannot_move_the_cursor(traces, driver):
    run_ = traces.start()
    traces.end(run_, "failed", 1, "\x1b[2Jgone\udcff")
    assert "\\x1b[2Jgone\\udcff" in run("history").stdout


def test_for_this_node_only_what_reads_runs_is_loaded(traces, driver):
    traces.ended()
    program = (
        "import sys\nfrom arcapix.fs.gpfs.cli import main\n"
        "main(['history', '--last', '1'], standalone_mode=False)\n"
        "print(*{'subprocess', 'concurrent.futures', 'arcapix.fs.gpfs.cluster', 'arcapix.fs.gpfs.cli.emulate'}"
        " & {*sys.modules})"
    )
    lines = subprocess.check_output([sys.executable, "-c", program], text=True).split("\n")
    assert (len(lines), lines[2]) == (4, "")


def test_without_a_driver_it_names_the_command(monkeypatch):
    monkeypatch.setenv(DRIVER, "/nowhere/callbackdriver.py")
    done = run("history")
    assert done.exit_code == 1
    assert done.stderr.startswith("arcapix-gpfs: ")
    assert "run: arcapix-gpfs driver install" in done.stderr


def test_output_is_printed_as_it_is(traces, driver):
    run_ = traces.start()
    traces.print(run_, b"\xff\x00 no line end")
    done = run("output", run_)
    assert (done.exit_code, done.stdout_bytes, done.stderr) == (0, b"\xff\x00 no line end", "")


def test_output_is_an_object_for_programs(traces, driver):
    run_ = traces.ended()
    traces.write_log(traces.block(run_, "a \x1b[31m\nline\n"))
    told = json.loads(run("output", run_, "--json").stdout)
    assert (told["run"], told["node"]) == (run_, "n1")
    assert told["text"].startswith("a \x1b[31m\nline\n")
    going = traces.start()
    traces.print(going, b"\xff\0 no line end")
    assert json.loads(run("output", going, "--json").stdout)["text"] == "\\xff\0 no line end"
    assert run("output", going, "--json", "--follow").exit_code == 2


def test_of_a_run_without_output_it_says_what_became_of_it(traces, driver):
    refused, lost = traces.start(), traces.ended()
    traces.end(refused, "refused", 3, "the token was altered")
    done = run("output", refused)
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == f"run '{refused}' has printed nothing; it was refused: the token was altered\n"
    done = run("output", lost)
    assert (done.exit_code, done.stderr) == (
        1,
        f"arcapix-gpfs: no output of run '{lost}' is kept; it succeeded\n",
    )


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("timed-out", "it timed out: why"),
        ("skipped", "it was skipped: why"),
        ("retrying", "it failed and is to be tried again: why"),
        ("discarded", "it was discarded: why"),
    ],
)
def test_of_every_state_it_says_the_reason(traces, driver, state, said):
    run_ = traces.start()
    traces.end(run_, state, 0, "why")
    traces.write_log(traces.block(run_, ""))
    assert run("output", run_).stderr == f"run '{run_}' has printed nothing; {said}\n"
    heading, row = run("history", "--state", state).stdout.splitlines()
    assert (row.split()[1], row[heading.index("STATE") :].split()[0], row[-5:]) == (run_, state, "  why")


def test_an_unknown_run_names_the_nearest(traces, driver):
    run_ = traces.ended()
    done = run("output", run_[:-1])
    assert done.exit_code == 3
    assert done.stderr == f"arcapix-gpfs: no run '{run_[:-1]}' on this node; did you mean '{run_}'?\n"


@pytest.mark.parametrize(
    "words", [["history"], ["history", "--json"], ["history", "--follow"], ["output", "x"]]
)
def test_a_journal_that_is_none_is_one_line_and_never_waited_for(traces, driver, words):
    os.mkfifo(traces.journal)
    done = run(*words)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == (
        f"arcapix-gpfs: {traces.journal} is a FIFO, where the driver's records should be; move it away\n"
    )


def test_a_damaged_line_costs_no_other(traces, driver):
    run_ = traces.ended()
    line = traces.journal.read_bytes().split(b"\n")[1].split(b"\t")
    with traces.journal.open("ab") as file:
        for time in (b"nan", b"inf", b"1e18", b"-1e300"):
            file.write(b"\n" + b"\t".join([line[0], b"other", time, *line[3:]]))
    assert [facts["run"] for facts in json.loads(run("history", "--json").stdout)] == [run_]


# Following the output


def when_it_waits(monkeypatch: pytest.MonkeyPatch, do: Callable[[], object]) -> None:
    """Have something done between two looks of whoever follows."""
    monkeypatch.setattr("arcapix.fs.gpfs.runs.history.time.sleep", lambda _: do())


@pytest.mark.parametrize("option", ["--follow", "-f"])
def test_output_is_followed_until_the_run_has_ended(traces, here, driver, monkeypatch, option):
    run_ = traces.start(**here)
    path = traces.print(run_, b"\xff so far")

    def end() -> None:
        path.write_bytes(b"\xff so far and further\n")
        traces.write_log(traces.block(run_, "so far and further\n"))
        traces.end(run_, "failed", 1, "oh")

    when_it_waits(monkeypatch, end)
    done = run("output", option, run_)
    assert (done.exit_code, done.stdout_bytes, done.stderr) == (0, b"\xff so far and further\n", "")


@pytest.mark.parametrize("text", ["", "all of it\n"])
def test_a_run_that_ends_before_it_is_followed_is_printed_as_ever(traces, here, driver, monkeypatch, text):
    run_ = traces.start(**here)

    def end() -> None:
        traces.write_log(traces.block(run_, text))
        traces.end(run_)

    when_it_waits(monkeypatch, end)
    done = run("output", "-f", run_)
    assert (done.exit_code, done.stdout) == (0, text)
    assert done.stderr == ("" if text else f"run '{run_}' has printed nothing; it succeeded\n")
    assert run("output", "-f", run_).stdout == text


def test_ctrl_c_ends_following_quietly(traces, here, driver, monkeypatch):
    run_ = traces.start(**here)
    traces.print(run_, b"so far")

    def interrupt() -> None:
        raise KeyboardInterrupt

    when_it_waits(monkeypatch, interrupt)
    done = run("output", "--follow", run_)
    assert (done.exit_code, done.stdout, done.stderr) == (130, "so far", "")


# Other nodes

RUN = {
    "run": "r", "node": "n2", "callback": "c", "event": "mount", "about": "", "variables": {}, "user": "root", "pid": 7,
    "attempt": 1, "started": "2026-11-22T16:05:01+00:00", "ended": None, "state": "interrupted", "status": None,
    "reason": "",
}  # fmt: skip


class Others:
    """The other nodes of a cluster, behind its remote shell."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[tuple[str, list[str]]] = []

    def __call__(self, argv: tuple[str, ...], timeout: float) -> process.Completed:
        if argv[0] != "/remote/shell":
            return process.Completed(argv, 1, "", f"{argv[0]}: GPFS is down on this node\n")
        _, node, command = argv
        words = shlex.split(command)
        self.asked.append((node, words))
        return process.Completed(argv, *self.answers[node](words))


@pytest.fixture
def others(driver, monkeypatch):
    nodes = tuple(NodeRecord(n, f"n{n}.site", f"10.0.0.{n}", f"n{n}.admin", "") for n in (1, 2, 3))
    cluster = ClusterRecord("c", "1", "c", "/remote/shell", "/remote/copy", None, None, "CCR", nodes)
    monkeypatch.setattr(commands, "mmlscluster", lambda: cluster)
    monkeypatch.setattr(commands, "mmlsnode_local", lambda: "n1.site")
    classes = {"protocol": ("n2.site", "n3.site"), "both": ("protocol", "n1.site"), "hollow": ()}
    records = [NodeclassRecord(name, members) for name, members in classes.items()]
    monkeypatch.setattr(commands, "mmlsnodeclass", lambda *, system: records)
    monkeypatch.delenv(KEY)
    monkeypatch.delenv(SITE)
    there = Others()
    with process.using(there):
        yield there


def runs_of(traces, node: str, when: float) -> Answer:
    """Answer as the command does on that node."""
    traces.start(f"run-of-{node}", time=when, node=node)
    traces.end(f"run-of-{node}")
    text = json.dumps([traces.history.find(f"run-of-{node}").fields()])
    traces.journal.unlink()
    return lambda words: (0, text, "")


def test_the_runs_of_all_nodes_stand_in_one_table_by_time(traces, others):
    others.answers = {"n2.admin": runs_of(traces, "n2", 300.0), "n3.admin": runs_of(traces, "n3", 100.0)}
    traces.ended(time=200.0)
    heading, *rows = run("history", "--nodes", "all").stdout.splitlines()
    assert heading.split()[:3] == ["STARTED", "NODE", "RUN"]
    assert [row.split()[1] for row in rows] == ["n3", "n1", "n2"]
    assert sorted(node for node, _ in others.asked) == ["n2.admin", "n3.admin"]


def test_only_the_named_nodes_are_asked_whatever_form_their_names_have(traces, others):
    others.answers = {"n2.admin": runs_of(traces, "n2", 300.0)}
    traces.ended(time=200.0)
    for names in (["n2"], ["10.0.0.2", "2"]):
        options = [word for name in names for word in ("--node", name)]
        assert [facts["node"] for facts in json.loads(run("history", "--json", *options).stdout)] == ["n2"]
    assert len(others.asked) == 2
    assert [
        facts["node"] for facts in json.loads(run("history", "--json", "--node", "localhost").stdout)
    ] == ["n1"]
    assert len(others.asked) == 2


@pytest.mark.parametrize(
    ("names", "nodes"),
    [
        ("n2", ["n2"]),
        ("n3,10.0.0.2", ["n2", "n3"]),
        ("protocol", ["n2", "n3"]),
        ("n2, protocol", ["n2", "n3"]),
        ("both", ["n1", "n2", "n3"]),
        ("localhost", ["n1"]),
    ],
)
def test_a_list_names_nodes_and_classes_and_asks_each_node_once(traces, others, names, nodes):
    others.answers = {f"{n}.admin": runs_of(traces, n, when) for n, when in (("n2", 300.0), ("n3", 400.0))}
    traces.ended(time=200.0)
    found = json.loads(run("history", "--json", "--nodes", names).stdout)
    assert [facts["node"] for facts in found] == nodes
    assert sorted(node for node, _ in others.asked) == [f"{n}.admin" for n in nodes if n != "n1"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("n2.sit", "no node 'n2.sit'; did you mean 'n2.site'?"),
        ("protocl", "no node 'protocl'; did you mean 'protocol'?"),
        ("hollow", "node class 'hollow' has no members"),
    ],
)
def test_a_list_with_a_name_of_nothing_asks_nobody_and_names_the_nearest(others, name, said):
    for command in (["history"], ["paused"], ["pause", "--all"], ["resume", "--all"]):
        done = run(*command, "--nodes", f"n2,{name}")
        assert (done.exit_code != 0, done.stdout, done.stderr) == (True, "", f"arcapix-gpfs: {said}\n")
    assert others.asked == []


def test_the_output_of_a_run_is_not_looked_for_on_a_class_of_nodes(others):
    done = run("output", "--node", "protocol", "x")
    assert done.exit_code == 2
    assert "--node takes the name of a node; protocol is a class of several" in done.stderr


def test_what_is_wanted_is_asked_there_and_arrives_as_it_is(traces, others, driver):
    others.answers = {"n2.admin": lambda words: (0, "[]", "")}
    options = [
        "--callback",
        "a 'b*;$(c)",
        "--event",
        "mount",
        "--object",
        "fileset:mmfs1/a b",
        "--state",
        "failed",
        "--last",
        "5",
    ]
    assert run("history", "--node", "n2", "--json", *options).exit_code == 0
    ((_, words),) = others.asked
    assert words[:2] == ["env", f"ARCAPIX_GPFS_DRIVER={driver}"]
    assert Path(words[2]).name == "arcapix-gpfs"
    assert words[3:] == ["history", "--json", *options]


def test_another_node_is_asked_for_the_same_times_whatever_its_zone_is(traces, others, zone):
    others.answers = {"n2.admin": lambda words: (0, "[]", "")}
    options = ["--since", "2023-11-15T00:43:20", "--until", "2023-11-15T00:43:21.5"]
    assert run("history", "--node", "n2", *options).exit_code == 0
    ((_, words),) = others.asked
    assert words[-4:] == [
        "--since",
        "2023-11-14T22:13:20+00:00",
        "--until",
        "2023-11-14T22:13:21.500000+00:00",
    ]
    assert run("history", "--node", "n2", "--until", "2023-11-15T00:43:21").exit_code == 0
    assert others.asked[-1][1][-2:] == ["--until", "2023-11-14T22:13:21.999999+00:00"]


@pytest.mark.parametrize("command", [["history"], ["pause", "x"], ["resume", "x"], ["paused"]])
@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--nodes", "n1,,n2"], "--nodes 'n1,,n2' lacks a name between commas; give all, or such as n1,n2"),
        (["--nodes", ""], "--nodes '' lacks a name between commas"),
        (["--nodes", "all,n1"], "--nodes 'all,n1': 'all' stands alone; it means every node"),
        (["--node", "all"], "--node takes the name of a node; for every node give: --nodes all"),
        (["--node", "n1,n2"], "--node takes one name; for several give: --nodes n1,n2"),
        (["--node", "n1", "--nodes", "all"], "--node n1 and --nodes all exclude each other"),
        (["--node", "n1", "--nodes", "n2,n3"], "--node n1 and --nodes n2,n3 exclude each other"),
    ],
)
def test_the_options_for_nodes_are_the_same_everywhere_and_tell_which_is_meant(command, options, told):
    done = run(*command, *options)
    assert (done.exit_code, told in done.stderr) == (2, True)


def test_the_output_of_a_run_is_on_one_node(driver):
    for name in ("all", "n1,n2"):
        done = run("output", "--node", name, "x")
        assert done.exit_code == 2
        assert "--node takes the name of a node\n" in done.stderr or "--node takes one name" in done.stderr


def program_asked_for(others, monkeypatch, *drivers: str) -> list[str]:
    """Return how the program is started on n2 when callbacks have these drivers."""
    monkeypatch.delenv(DRIVER)
    token = sealing.make({"id": "x", "fn": "m.f", "py": "3.11"}, b"")
    records = [CallbackRecord(f"c{n}", driver, ("mount",), (), (token,)) for n, driver in enumerate(drivers)]
    monkeypatch.setattr(
        commands, "mmlscallback", lambda: [*records, CallbackRecord("s", "/bin/x", ("mount",))]
    )
    others.answers = {"n2.admin": lambda words: (0, "[]", "")}
    done = run("history", "--node", "n2")
    assert len(others.asked) == (not done.exit_code), done.stderr
    return others.asked[0][1][: others.asked[0][1].index("history")] if others.asked else [done.stderr]


def test_another_node_starts_the_program_of_the_driver_that_callbacks_are_registered_with(
    traces, others, tmp_path, monkeypatch
):
    python = tmp_path / "there" / "python3"
    python.parent.mkdir()
    python.touch()
    python.with_name("arcapix-gpfs").touch()
    monkeypatch.setattr(sys, "executable", str(python))
    driver = str(installation.install(tmp_path / "recorded"))
    asked = program_asked_for(others, monkeypatch, driver, driver)
    assert asked == ["env", f"{DRIVER}={driver}", str(python.with_name("arcapix-gpfs"))]


def test_another_node_has_the_key_and_the_site_file_of_here(traces, others, monkeypatch):
    monkeypatch.setenv(KEY, "/site/gpfs.key")
    monkeypatch.setenv(SITE, "/site/site.json")
    assert program_asked_for(others, monkeypatch)[:3] == [
        "env",
        f"{KEY}=/site/gpfs.key",
        f"{SITE}=/site/site.json",
    ]


def test_a_driver_that_this_node_lacks_is_asked_for_all_the_same(traces, others, monkeypatch):
    _, variable, program = program_asked_for(others, monkeypatch, "/elsewhere/callbackdriver.py")
    assert variable == f"{DRIVER}=/elsewhere/callbackdriver.py"
    assert program.endswith("arcapix-gpfs")


def test_without_any_callback_of_ours_another_node_takes_its_own_driver(traces, others, monkeypatch):
    (program,) = program_asked_for(others, monkeypatch)
    assert program.endswith("arcapix-gpfs")


def test_of_several_drivers_one_has_to_be_chosen(traces, others, monkeypatch):
    (said,) = program_asked_for(others, monkeypatch, "/a/callbackdriver.py", "/b/callbackdriver.py")
    assert (
        "several drivers, /a/callbackdriver.py, /b/callbackdriver.py; set ARCAPIX_GPFS_DRIVER to one" in said
    )


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (
            (127, "", "sh: arcapix-gpfs: not found\n"),
            f"{Path(sys.executable).with_name('arcapix-gpfs')} is not there; install the package",
        ),
        ((2, "", "Usage: arcapix-gpfs history\n\nError: No such option: --json\n"), "Error: No such option"),
        ((255, "", ""), "status 255"),
        ((1, "", "arcapix-gpfs: no driver is installed\nmore\n"), "no driver is installed"),
        ((0, "Welcome to n2\n", ""), "its answer is no JSON: 'Welcome to n2'"),
        ((0, '[{"run": 1}]', ""), "its answer is not a list of runs: "),
        ((0, "5", ""), "its answer is not a list of runs: '5'"),
        ((0, '[{"run": 5}]', ""), "its answer is not a list of runs: "),
        ((0, json.dumps([{**RUN, "reason": 5}]), ""), "its answer is not a list of runs: "),
        ((0, json.dumps([{**RUN, "started": "0001-01-01T00:00:00+14:00"}]), ""), "its answer is not a list"),
    ],
)
def test_a_node_that_cannot_be_read_costs_only_its_own_runs(traces, others, answer, said):
    others.answers = {"n3.admin": runs_of(traces, "n3", 100.0), "n2.admin": lambda words: answer}
    done = run("history", "--nodes", "all", "--json")
    assert done.exit_code == 1
    assert done.stderr.startswith(f"arcapix-gpfs: n2.site cannot be read: {said}")
    assert len(done.stderr.splitlines()) == 1
    assert [facts["node"] for facts in json.loads(done.stdout)] == ["n3"]


def test_a_node_that_does_not_answer_in_time_is_named(traces, others):
    def hang(words: list[str]) -> tuple[int, str, str]:
        raise GPFSExecuteException(("/remote/shell", "n2"), None, "", "", note="no end within 60 s")

    others.answers = {"n2.admin": hang}
    done = run("history", "--node", "n2")
    assert done.exit_code == 1
    assert "n2.site cannot be read: " in done.stderr


def test_a_remote_shell_that_is_not_there_is_named(traces, others):
    process.set_runner(None)
    done = run("history", "--node", "n2")
    assert done.exit_code == 1
    assert "the cluster's remote shell '/remote/shell' cannot be started" in done.stderr


def test_an_unknown_node_is_refused(others):
    done = run("history", "--node", "nn2.site")
    assert (done.exit_code, done.stderr) == (3, "arcapix-gpfs: no node 'nn2.site'; did you mean 'n2.site'?\n")


def test_other_nodes_cannot_be_followed_from_here(others):
    done = run("history", "--nodes", "all", "--follow")
    assert done.exit_code == 2
    assert "ssh NODE arcapix-gpfs history --follow" in done.stderr


def test_output_on_another_node_cannot_be_followed_from_here(traces, others, here):
    done = run("output", "some-run", "--node", "n2", "--follow")
    assert done.exit_code == 2
    assert "there: ssh n2 arcapix-gpfs output -f some-run" in done.stderr
    run_ = traces.ended(**here)
    traces.write_log(traces.block(run_, "here\n"))
    assert run("output", run_, "--node", "n1", "--follow").stdout == "here\n"


def test_the_output_of_a_run_of_another_node_is_an_object_as_well(others):
    others.answers = {"n2.admin": lambda words: (0, '{"run": "some-run"}\n', "")}
    assert json.loads(run("output", "some-run", "--node", "n2", "--json").stdout) == {"run": "some-run"}
    assert others.asked[0][1][-4:] == ["output", "--json", "--", "some-run"]


def test_the_output_of_a_run_of_another_node_is_printed_as_it_is(others):
    others.answers = {"n2.admin": lambda words: (0, "\udcff\0 no line end", "said\n")}
    done = run("output", "some-run", "--node", "n2")
    assert (done.exit_code, done.stdout_bytes, done.stderr) == (0, b"\xff\x00 no line end", "said\n")
    assert others.asked[0][1][3:] == ["output", "--", "some-run"]
    others.answers = {"n2.admin": lambda words: (3, "", "arcapix-gpfs: no run 'some-run'\n")}
    done = run("output", "some-run", "--node", "n2")
    assert (done.exit_code, done.stderr) == (3, "arcapix-gpfs: no run 'some-run'\n")
