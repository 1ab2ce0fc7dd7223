"""``arcapix-gpfs pause``, ``resume`` and ``paused`` on this node."""

from __future__ import annotations

import json
import time
from datetime import datetime

import pytest
from click.testing import CliRunner, Result

from arcapix.fs.gpfs import Cluster
from arcapix.fs.gpfs.cli import main
from arcapix.fs.gpfs.deployment import cluster_key, installation
from arcapix.fs.gpfs.deployment.environment import DRIVER
from arcapix.fs.gpfs.driver import pause_file
from arcapix.fs.gpfs.runs.pause_orders import Order
from arcapix.fs.gpfs.runs.pauses import Pauses


def handler():
    return None


@pytest.fixture(autouse=True)
def callbacks(gpfs, traces, monkeypatch, tmp_path):
    """Two callbacks, and a driver on this node."""
    monkeypatch.setenv(DRIVER, str(installation.install(tmp_path)))
    monkeypatch.setenv("SUDO_USER", "anna")
    for name in ("logger", "mailer"):
        Cluster().callbacks.new(name, handler, "shutdown")


def run(*words: str) -> Result:
    return CliRunner().invoke(main, words)


def listed() -> list[dict[str, object]]:
    return json.loads(run("paused", "--json").stdout)


def test_a_pause_is_listed_with_who_asked_for_it_and_why():
    done = run("pause", "logger", "--reason", "new disks")
    assert (done.exit_code, done.stdout, done.stderr) == (0, "paused logger\n", "")
    (found,) = listed()
    told = [found[name] for name in ("callback", "by", "reason", "until", "cluster", "skipped")]
    assert told == ["logger", "anna", "new disks", None, False, 0]
    heading, row = run("paused").stdout.splitlines()
    assert heading.split()[:4] == ["NODE", "CALLBACK", "SINCE", "UNTIL"]
    assert row.split()[1] == "logger"
    assert row.endswith("this node  new disks")


def test_json_has_the_node_as_the_driver_calls_it(tmp_path, monkeypatch):
    monkeypatch.setenv(DRIVER, str(installation.install(tmp_path / "other", {"node_variable": "NODE"})))
    monkeypatch.setenv("NODE", "n7")
    run("pause", "logger")
    cluster_key.create()
    for words in ["paused"], ["key", "show"]:
        assert {told["node"] for told in json.loads(run(*words, "--json").stdout)} == {"n7"}


def test_a_reason_of_the_longest_kind_in_any_language_is_kept():
    reason = "ß漢" * 250
    assert run("pause", "logger", "--reason", reason).exit_code == 0
    assert listed()[0]["reason"] == reason


@pytest.mark.parametrize(("uid", "name"), [(0, "root"), (2**31 - 9, f"user {2**31 - 9}")])
def test_who_asked_is_told_by_name_where_there_is_one(monkeypatch, uid, name):
    for variable in ("SUDO_USER", "USER"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr("os.getuid", lambda: uid)
    run("pause", "logger")
    assert listed()[0]["by"] == name


@pytest.mark.parametrize(
    "words", [["paused"], ["paused", "--json"], ["pause", "logger"], ["resume", "--all"]]
)
def test_a_damaged_line_is_told_of_with_its_number(traces, words):
    run("pause", "logger", "mailer")
    file = traces.state / "paused"
    file.write_bytes(file.read_bytes().replace(b"mailer", b"mailre"))
    done = run(*words)
    assert done.exit_code == 0
    assert done.stderr == (
        f"arcapix-gpfs: warning: {file}, line 3, is damaged: the driver passes over it, so that it pauses nothing; "
        "the next change of the file removes it\n"
    )
    if words[0] == "paused":
        assert [each["callback"] for each in listed()] == ["logger"]
    else:
        assert run("paused").stderr in ("", "nothing is paused\n")


def test_a_resumed_callback_is_not_paused_any_more():
    run("pause", "logger", "mailer")
    assert run("resume", "logger").stdout == "resumed logger; 0 events were let go\n"
    assert [each["callback"] for each in listed()] == ["mailer"]


def test_all_are_paused_and_resumed_together():
    run("pause", "--all")
    refused = run("resume", "logger")
    assert refused.exit_code == 1
    assert "paused together with all others; run: arcapix-gpfs resume --all" in refused.stderr
    assert run("resume", "--all").stdout == "resumed all callbacks; 0 events were let go\n"
    assert (run("paused").stdout, run("paused").stderr) == ("", "nothing is paused\n")


def test_what_is_still_paused_together_with_all_others_is_not_called_resumed():
    run("pause", "logger")
    run("pause", "--all")
    done = run("resume", "logger")
    assert (done.exit_code, done.stdout, done.stderr) == (
        0,
        "the pause of logger alone has ended, 0 events were let go; "
        "still paused together with all others, run: arcapix-gpfs resume --all\n",
        "",
    )


@pytest.mark.parametrize("given", ["logger", "--all"])
def test_what_is_still_paused_on_all_nodes_is_not_called_resumed(traces, given):
    run("pause", "logger")
    Pauses(traces.state).learn([Order(1, "a", "logger", True, 1.0, None, "anna", "")])
    done = run("resume", given)
    assert (done.exit_code, done.stdout) == (
        0,
        "the pause of logger here has ended, 0 events were let go; "
        "still paused on all nodes, run: arcapix-gpfs resume logger --nodes all\n",
    )
    refused = run("resume", "logger")
    assert (refused.exit_code, refused.stderr) == (
        1,
        "arcapix-gpfs: 'logger' is paused on all nodes; run: arcapix-gpfs resume logger --nodes all\n",
    )


@pytest.mark.parametrize("also_alone", [True, False])
def test_the_command_that_ends_what_holds_on_another_node_names_it(also_alone):
    run("pause", "--all")
    if also_alone:
        run("pause", "logger")
    done = run("resume", "--called", "n2.site", "logger")
    assert "; run: arcapix-gpfs resume --all --node n2.site\n" in (done.stdout + done.stderr).replace(
        ", run", "; run"
    )


def test_another_pause_of_the_same_callback_takes_its_place():
    run("pause", "logger", "--reason", "one")
    run("pause", "logger", "--reason", "two")
    assert [each["reason"] for each in listed()] == ["two"]


def test_it_ends_after_a_duration():
    run("pause", "logger", "--for", "2h")
    until = datetime.fromisoformat(str(listed()[0]["until"])).timestamp()
    assert 7100 < until - time.time() <= 7200


def test_it_ends_at_a_local_time():
    run("pause", "logger", "--until", "2100-01-01T06:00")
    assert datetime.fromisoformat(str(listed()[0]["until"])).replace(tzinfo=None) == datetime(2100, 1, 1, 6)


def test_a_time_of_day_is_the_next_such_moment():
    run("pause", "logger", "--until", "18:00")
    until = datetime.fromisoformat(str(listed()[0]["until"]))
    assert (until.hour, until.minute) == (18, 0)
    assert 0 < until.timestamp() - time.time() <= 25 * 3600


def test_a_date_alone_is_the_end_of_that_day():
    run("pause", "logger", "--until", "2100-01-01")
    assert datetime.fromisoformat(str(listed()[0]["until"])).replace(tzinfo=None) == datetime(2100, 1, 2)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["pause"], "give callbacks, or --all"),
        (["pause", "logger", "--all"], "give callbacks, or --all"),
        (["resume"], "give callbacks, or --all"),
        (["pause", "--all", "--for", "soon"], "is not a duration"),
        (["pause", "--all", "--until", "tomorrow"], "--until='tomorrow' is not a time; give a time of day"),
        (["pause", "--all", "--until", ""], "--until='' is not a time; give a time of day such as 18:00"),
        (["pause", "--all", "--reason", "x" * 501], "--reason has 501 characters; give 500 at most"),
        (["pause", "--all", "--reason", "new\x1b[2Jdisks"], "--reason holds '\\x1b'; give one line"),
        (["pause", "--all", "--reason", "new\ndisks"], "--reason holds '\\n'; give one line"),
        (
            ["pause", "--all", "--node", "n2", "--nodes", "all"],
            "--node n2 and --nodes all exclude each other",
        ),
        (
            ["resume", "--all", "--node", "n2", "--nodes", "all"],
            "--node n2 and --nodes all exclude each other",
        ),
        (["paused", "--node", "n2", "--nodes", "all"], "--node n2 and --nodes all exclude each other"),
        (["history", "--node", "n2", "--nodes", "all"], "--node n2 and --nodes all exclude each other"),
        (["pause", "--all", "--until", "2020-01-01"], "is past"),
        (["pause", "--all", "--for", "1h", "--until", "2100-01-01"], "exclude each other"),
    ],
)
def test_what_makes_no_sense_is_refused(words, said):
    done = run(*words)
    assert done.exit_code == 2
    assert said in done.stderr
    assert listed() == []


def test_an_unknown_callback_is_refused_with_the_nearest():
    done = run("pause", "mailer", "loger")
    assert done.exit_code == 3
    assert done.stderr == "arcapix-gpfs: no callback 'loger'; did you mean 'logger'?\n"
    assert listed() == []


def test_a_script_cannot_be_paused(script):
    Cluster().callbacks.new("tool", script, "mount")
    done = run("pause", "logger", "tool")
    assert done.exit_code == 1
    assert done.stderr == (
        f"arcapix-gpfs: nothing was paused: 'tool' is a script, {script}, which GPFS starts itself; "
        "to let its events go, delete it: arcapix-gpfs delete tool\n"
    )
    assert listed() == []


def test_a_pause_of_all_leaves_scripts_out_and_says_so(script):
    for name in ("tool", "other"):
        Cluster().callbacks.new(name, script, "mount")
    done = run("pause", "--all")
    assert (done.exit_code, done.stdout) == (0, "paused all callbacks\n")
    assert done.stderr == "arcapix-gpfs: warning: scripts run on, since no pause holds them: tool, other\n"


def test_a_callback_that_is_not_paused_cannot_be_resumed():
    run("pause", "mailer")
    done = run("resume", "mailr")
    assert (done.exit_code, done.stderr) == (
        3,
        "arcapix-gpfs: no paused callback 'mailr'; did you mean 'mailer'?\n",
    )


def test_without_gpfs_the_callback_is_paused_with_a_warning(monkeypatch, tmp_path):
    def refuse(*_: object) -> None:
        raise OSError("GPFS is down")

    monkeypatch.setattr("arcapix.fs.gpfs.registration.registry.listed", refuse)
    done = run("pause", "anything")
    assert done.exit_code == 0
    assert done.stderr.endswith("GPFS cannot be asked whether there is such a callback: GPFS is down\n")
    assert [each["callback"] for each in listed()] == ["anything"]


def test_of_one_cause_there_is_one_error(monkeypatch, traces):
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("arcapix.fs.gpfs.registration.registry.listed", refuse)
    monkeypatch.setattr(pause_file, "change", refuse)
    done = run("pause", "logger")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == (
        f"arcapix-gpfs: the pauses in {traces.state} cannot be changed: Permission denied; "
        "only the user that the driver runs as may, usually root\n"
    )
