"""What is said of nodes, from their answers alone: the faults that are looked for at three in the morning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from arcapix.fs.gpfs import Once, Run
from arcapix.fs.gpfs.administration.checks.finding import Finding
from arcapix.fs.gpfs.administration.why import chain
from arcapix.fs.gpfs.administration.why.facts import NodeFacts
from arcapix.fs.gpfs.administration.why.findings import grouped
from arcapix.fs.gpfs.registration.header import Header
from arcapix.fs.gpfs.runs.history import RecordedRun
from arcapix.fs.gpfs.runs.pauses import CurrentPause

NOW = datetime(2026, 11, 29, 3, 0, tzinfo=UTC)
HEADER = Header(
    "alert", "handlers.alert", "root", "20261128T030000Z", "3.11", "3.11", False, (), (), (), (), (), (),
    None, False, None, None, "", None,
)  # fmt: skip
ASKED = chain.Asked("alert", HEADER, None, "1.0", NOW)


def run(state: str = "succeeded", reason: str = "", *, ago: float = 60, took: float = 0.01, **facts: Any):
    started = NOW - timedelta(seconds=ago)
    values: dict[str, Any] = {
        "id": f"run-{ago:g}", "node": "n1", "callback": "alert", "event": "mount", "about": "", "variables": {},
        "user": "root", "pid": 815, "attempt": 1, "started": started,
        "ended": None if state in ("running", "interrupted") else started + timedelta(seconds=took),
        "state": state, "status": 0, "reason": reason,
    }  # fmt: skip
    return RecordedRun(**{**values, **facts})


def facts(*runs: RecordedRun, **others: Any) -> NodeFacts:
    checks = [Finding("driver", "ok", "the driver is there")]
    return NodeFacts(
        **{
            "release": "1.0",
            "interpreter": "/py",
            "checks": checks,
            "knows_runs": True,
            "runs": list(runs),
            **others,
        }
    )


def pause(**fields: Any) -> CurrentPause:
    values: dict[str, Any] = {
        "callback": "alert", "since": NOW.timestamp(), "until": None, "by": "alice", "reason": "too loud",
        "cluster": False, "skipped": 3,
    }  # fmt: skip
    return CurrentPause(**{**values, **fields})


def said(
    nodes: Mapping[str, NodeFacts], daemons: Mapping[str, str] | None = None, asked: chain.Asked = ASKED
) -> list[str]:
    """The lines of the answer, the last one included."""
    groups = grouped(chain.of_nodes(asked, nodes, daemons or {}))
    return [*[f"{group.state} {group.text}" for group in groups], chain.what_to_do("alert", groups)]


def with_options(**options: Any) -> chain.Asked:
    return replace(ASKED, header=HEADER._replace(run=Run(**options)))


def test_a_run_that_succeeded_is_all_well() -> None:
    driver, last_run, advice = said({"n1": facts(run())})
    assert driver == "ok n1: what GPFS starts is there, and can be started"
    assert last_run.startswith("ok n1: its last run succeeded (run run-60 at 2026-11-29T")
    assert last_run.endswith(", 0.010 s)")
    assert advice == "all is well: nothing keeps it from running"


def test_where_it_never_ran_that_is_said_with_what_tells_whether_it_was_started(
    monkeypatch, tmp_path
) -> None:
    log = tmp_path / "mmfs.log.latest"
    monkeypatch.setattr(chain, "LOG", log)
    lines = said({"n1": facts(), "n2": facts()})
    assert lines[1] == "note never fired on n1, n2"
    asks = (
        "nothing keeps it from running; whether GPFS has started it, its log tells on the node of the event"
    )
    assert lines[-1] == f"{asks}: a line with 'user exit script alert'"
    log.touch()
    assert said({"n1": facts()})[-1] == f"{asks}: grep 'user exit script alert' {log}"


def test_a_missing_module_is_named_with_the_python_that_lacks_it() -> None:
    reason = "ModuleNotFoundError: No module named 'requests'"
    nodes = {"n1": facts(run("failed", reason)), "n2": facts(run("failed", reason))}
    *_, cause, advice = said(nodes)
    assert cause == f"problem n1, n2: its last run failed: {reason}"
    assert advice == "what to do: install the module 'requests' on n1,n2, for /py"


def test_an_exception_is_told_with_how_to_read_its_traceback() -> None:
    *_, cause, advice = said({"n1": facts(run(), run("failed", "KeyError: 'data'", ago=9))})
    assert cause.startswith("problem n1: its last run failed: KeyError: 'data' (run run-9 at ")
    assert advice == "what to do: arcapix-gpfs output run-9 --node n1"


def test_how_often_it_has_failed_in_a_row_is_told() -> None:
    runs = [
        run(ago=50),
        run("failed", "E", ago=40),
        run("timed-out", "E", ago=30),
        run("failed", "E", ago=20),
    ]
    assert ", 3 in a row)" in said({"n1": facts(*runs)})[-2]


def test_a_killed_run_is_told_with_what_ended_it() -> None:
    *_, cause, advice = said({"n1": facts(run("interrupted", "killed by SIGKILL"))})
    assert cause.startswith("problem n1: its last run was interrupted: killed by SIGKILL (run run-60")
    assert advice == "what to do: arcapix-gpfs output run-60 --node n1"


def test_a_run_that_the_kernel_killed_for_memory_is_told_so() -> None:
    *_, cause, advice = said({"n1": facts(run("interrupted", "gone"), killed_for_memory=["run-60"])})
    assert "was interrupted: killed by SIGKILL, since the node had no memory left" in cause
    assert advice == (
        "what to do: bound what it takes, such as by: arcapix-gpfs change alert --memory 512M; "
        "or give n1 more memory"
    )


@pytest.mark.parametrize(
    ("earlier", "seconds"), [([run(took=0.01, ago=9000)], 5), ([run(took=2, ago=9000)], 20)]
)
def test_a_run_hangs_once_it_takes_much_longer_than_usual_or_ten_minutes(
    earlier: list[RecordedRun], seconds: float
) -> None:
    *_, line, last = said({"n1": facts(*earlier, run("running", ago=seconds - 1))})
    assert line.startswith("ok n1: it runs now (run run-")
    assert last.startswith("all is well")
    *_, line, last = said({"n1": facts(*earlier, run("running", ago=seconds))})
    assert line.startswith(f"problem n1: it hangs: it has been running for {seconds:g} s")
    assert ", pid 815)" in line
    assert last == f"what to do: arcapix-gpfs kill run-{seconds:g} --node n1"


def test_a_first_run_that_goes_on_is_told_with_the_way_to_end_it_and_hangs_after_ten_minutes() -> None:
    *_, line, last = said({"n1": facts(run("running", ago=599)), "n2": facts(run())})
    assert line.startswith("ok n2: its last run succeeded")
    *_, line, last = said({"n1": facts(run("running", ago=599))})
    assert line.startswith("note n1: it runs now, for the first time (run run-599 at ")
    assert last.startswith("it has been running since 2026-11-29T")
    assert last.endswith("; to end it: arcapix-gpfs kill run-599 --node n1")
    *_, line, last = said({"n1": facts(run("running", ago=600))})
    assert line.startswith("problem n1: it hangs: it has been running for 600 s (run run-600")
    assert last == "what to do: arcapix-gpfs kill run-600 --node n1"


def test_where_the_journal_was_not_read_nothing_is_said_to_have_never_fired() -> None:
    unread = facts(knows_runs=False, unknown=["what has run cannot be told: no rights"])
    lines = said({"n1": unread, "n2": facts()})
    assert "note never fired on n2" in lines
    assert lines[-1] == "nothing is wrong as far as it can be told; what cannot is marked unknown"


def test_what_only_root_may_read_is_the_first_to_see_to() -> None:
    (finding,) = chain.of_rights({"n1": facts(needs_root=True), "n2": facts()})
    assert finding.state == "problem"
    assert grouped([finding])[0].text.endswith("recorded on n1: run this as root")
    assert chain.what_to_do("alert", grouped([finding])) == "what to do: run this as root"


def test_what_could_not_be_told_is_no_success() -> None:
    assert chain.is_untold(chain.of_nodes(ASKED, {"n1": facts(unknown=["no rights"])}, {}))
    checks = [Finding("release", "unknown", "not compared")]
    assert not chain.is_untold(chain.of_nodes(ASKED, {"n1": facts(checks=checks)}, {}))


def test_a_check_that_could_not_be_made_is_not_called_well() -> None:
    checks = [Finding("key", "unknown", "not this user's to read", "run this as root")]
    lines = said({"n1": facts(checks=checks)})
    assert lines[0] == "unknown n1: not this user's to read"
    assert "what GPFS starts is there" not in "".join(lines)


def test_a_key_that_does_not_vouch_for_the_token_is_told_before_the_refusals_that_follow() -> None:
    text = "its token was altered, or made with another cluster key"
    refused = run(
        "refused", "the token was altered, or made with another cluster key", status=3, unverified=True
    )
    lines = said({"n1": facts(run()), "n2": facts(refused, key=[("other key", text)])})
    assert f"problem n2: {text}" in lines
    assert lines[-1].startswith("what to do first: compare the keys, on n2 and on the node where it was")
    assert any("(unverified: its token only calls itself so)" in line for line in lines)


def test_a_key_that_ends_soon_keeps_nothing_from_running() -> None:
    lines = said({"n1": facts(run(), key=[("old key", "it ends")])})
    assert "note n1: it ends" in lines
    assert lines[-1].startswith("all is well")


def test_a_driver_that_is_not_executable_is_the_first_to_see_to() -> None:
    check = Finding("driver", "problem", "the driver /d is not executable", "run: chmod 755 /d")
    lines = said({"n1": facts(run()), "n2": facts(run("failed", "E"), checks=[check])})
    assert lines[1] == "problem n2: the driver /d is not executable"
    assert lines[-1] == "what to do first: on n2 run: chmod 755 /d"


def test_a_check_that_advises_nothing_leaves_the_advice_to_the_next_problem() -> None:
    check = Finding("driver", "problem", "it is odd")
    assert said({"n1": facts(run("failed", "E"), checks=[check])})[-1].startswith("what to do first: arcapix")


def test_another_release_on_a_node_is_noted() -> None:
    assert "note n2: release 0.9 is installed there, and 1.0 here" in said(
        {"n2": facts(run(), release="0.9")}
    )


def test_a_pause_is_told_with_who_asked_and_the_way_out() -> None:
    lines = said({"n1": facts(pauses=[pause()]), "n2": facts(pauses=[pause(callback="other")])})
    assert any(
        line.startswith("problem n1: it is paused by alice, since ")
        and line.endswith(": too loud (let go so far: 3)")
        for line in lines
    )
    assert lines[-1] == "what to do: arcapix-gpfs resume alert --node n1"


def test_a_pause_of_all_nodes_ends_on_all_of_them() -> None:
    lines = said({node: facts(pauses=[pause(cluster=True)]) for node in ("n1", "n2")})
    assert lines[-1] == "what to do: arcapix-gpfs resume alert --nodes all"


def test_a_failure_from_before_the_callback_was_installed_anew_is_no_problem_any_more() -> None:
    lines = said({"n1": facts(run("failed", "E", ago=2 * 86_400))})
    assert lines[1].startswith("note n1: its last run failed: E; it was installed anew since")
    assert "what to do" not in lines[-1]


def test_a_refusal_of_a_token_that_is_taken_now_is_no_problem_any_more() -> None:
    refused = run("refused", "the token was altered", status=3, unverified=True)
    lines = said({"n1": facts(refused, is_taken=True)})
    assert lines[1].startswith("note n1: its last run was refused: the token was altered ")
    assert "; its token is taken there now (" in lines[1]
    signed = run("refused", "the token was signed for others", status=3)
    assert said({"n1": facts(signed, is_taken=True)})[1].startswith("problem ")
    assert said({"n1": facts(refused)})[1].startswith("problem ")


def test_a_skipped_event_is_told_beside_the_last_run() -> None:
    lines = said({"n1": facts(run(ago=90), run("skipped", "once: n2 has run it"))})
    assert lines[1].startswith("ok n1: its last run succeeded (run run-90")
    assert lines[2].startswith("note n1: its last event was skipped: once: n2 has run it (run run-60")


def test_where_every_event_was_skipped_the_last_is_told() -> None:
    lines = said({"n1": facts(run("skipped", "paused", ago=90), run("skipped", "once: n2 has run it"))})
    assert lines[1].startswith("note n1: its last event was skipped: once: n2 has run it (run run-60")


def test_an_earlier_skip_is_not_told() -> None:
    lines = said({"n1": facts(run("skipped", "once: n2 has run it", ago=90), run())})
    assert not any("skipped" in line for line in lines)


def test_only_runs_of_the_event_that_is_asked_about_count() -> None:
    asked = replace(ASKED, event="MOUNT")
    runs = [run("failed", "E"), run("failed", "E", event="unmount", ago=9), run("refused", event="-", ago=5)]
    assert any("run was refused" in line for line in said({"n1": facts(*runs)}, asked=asked))
    assert any("run run-60" in line for line in said({"n1": facts(*runs[:2])}, asked=asked))


def test_which_node_ran_it_for_all_is_told() -> None:
    nodes = {"n1": facts(run(ago=50)), "n2": facts(run(ago=40)), "n3": facts(run("failed", "E", ago=30))}
    lines = said(nodes, asked=with_options(once=Once(folder="/shared")))
    assert any(line.startswith("note once: of these nodes n2 ran it last, at ") for line in lines)
    lines = said({"n1": facts()}, asked=with_options(once=Once(folder="/shared")))
    assert "note once: none of these nodes has run it with success" in lines


def test_nodes_that_ran_on_their_own_as_the_folder_of_once_was_lost_are_a_problem() -> None:
    why = "once: the folder /shared cannot be used: [Errno 2] No such file or directory: '/shared/alert'"
    nodes = {
        "n1": facts(run("succeeded", why, ago=50)),
        "n2": facts(run("failed", f"RuntimeError: not here; {why}", ago=40)),
        "n3": facts(run("skipped", "once: n1 has run it", ago=30)),
    }
    *lines, advice = said(nodes, asked=with_options(once=Once(folder="/shared")))
    assert f"problem once did not work: 2 of 3 nodes ran it on their own: n1, n2; {why}" in lines
    assert "what to do" in advice
    later = {**nodes, "n1": facts(run("succeeded", why, ago=50), run(ago=20)), "n2": facts()}
    lines = said(later, asked=with_options(once=Once(folder="/shared")))
    assert any(line.startswith("note once: of these nodes n1 ran it last") for line in lines)


def test_an_open_window_is_told_with_its_end() -> None:
    asked = with_options(every="1h")
    assert any("are dropped until" in line for line in said({"n1": facts(run())}, asked=asked))
    assert not any("are dropped" in line for line in said({"n1": facts(run(ago=3601))}, asked=asked))


def test_as_many_runs_as_there_may_be_are_told() -> None:
    runs = [run("running", ago=2), run("running", ago=1)]
    lines = said({"n1": facts(*runs)}, asked=with_options(max_running=2, overflow="skip"))
    assert "note 2 go on at n1, as many as max_running allows: further events are skipped" in lines
    lines = said({"n1": facts(*runs)}, asked=with_options(max_running=3))
    assert not any("max_running" in line for line in lines)


def pending(state: str, due: float | None = None) -> dict[str, Any]:
    when = None if due is None else (NOW + timedelta(seconds=due)).isoformat()
    return {"id": "event-1", "state": state, "due": when}


def test_events_that_were_given_up_wait_for_a_decision() -> None:
    lines = said({"n1": facts(run(), pending=[pending("failed"), pending("failed")])})
    assert (
        "problem n1: events were given up after all attempts, until somebody decides (there are 2)" in lines
    )
    assert lines[-1].startswith("what to do: arcapix-gpfs retry event-1 event-1 --node n1; or discard")


def test_events_that_wait_are_a_problem_only_if_nobody_delivers_them() -> None:
    late = [pending("waiting", due=-61)]
    assert said({"n1": facts(run(), pending=late)})[-1] == "what to do: on n1 run: arcapix-gpfs recover"
    assert said({"n1": facts(run(), pending=late, has_deliverer=True)})[-1].startswith("all is well")
    assert said({"n1": facts(run(), pending=[pending("waiting", due=5)])})[-1].startswith("all is well")


def test_a_node_whose_daemon_is_down_raises_no_event() -> None:
    lines = said({"n1": facts(run()), "n2": facts()}, {"n1": "active", "n2": "down"})
    assert "problem n2: GPFS is down there: no event comes from it" in lines
    assert lines[-1] == "what to do: mmstartup -N n2"
    assert said({}, {"n2": "arbitrating"})[-1] == "what to do: see whether there is quorum: mmgetstate -aL"


def test_what_cannot_be_told_is_marked_and_is_no_problem() -> None:
    lines = said(
        {"n1": facts(run(), unknown=["what is paused cannot be told: no rights"])}, {"n1": "unknown"}
    )
    assert "unknown n1: what is paused cannot be told: no rights" in lines
    assert "unknown n1: whether GPFS runs there cannot be told" in lines
    assert lines[-1] == "nothing is wrong as far as it can be told; what cannot is marked unknown"
