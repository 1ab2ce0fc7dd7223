"""Events that are delivered at least once: in the file of pending events first, then attempted until it is well."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from arcapix.fs.gpfs import Event, GiveUp, RetryLater
from arcapix.fs.gpfs.deployment import installation
from arcapix.fs.gpfs.driver import pending_reader
from arcapix.fs.gpfs.driver.pending import FAILED, PendingEvents
from arcapix.fs.gpfs.registration import sealing
from arcapix.fs.gpfs.runs.deliveries import Deliveries

record = ""
"""Path of the file that handlers write to; captured by value."""

WORDS = ("eventName=mount", "fsName=mmfs1")


def attempts() -> int:
    """Note an attempt, and return how many there have been."""
    with open(record, "a") as file:
        file.write("x")
    return len(Path(record).read_text())


def succeed_at_third(event: Event) -> None:
    print(f"attempt {event.attempt} at {event.id}, {event.time:%H:%M:%S.%f}")
    if attempts() < 3:
        raise RetryLater("10ms", "not yet")


def fail() -> None:
    attempts()
    raise RuntimeError("as always")


def ask_for_another() -> None:
    attempts()
    raise RetryLater(0.01)


def hang_at_first_and_fail_then() -> None:
    number = attempts()
    if number == 1:
        time.sleep(300)
    elif number == 2:
        raise RetryLater(1)


def tell_the_site() -> None:
    with open(record, "a") as file:
        file.write(os.environ.get("SITE", "none") + "\n")
    raise RetryLater(2)


def give_up() -> None:
    attempts()
    raise GiveUp("it no longer exists")


def report_nonsense() -> None:
    text = b"again soon\0001\000why"
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            if int(name) > 2:
                os.write(int(name), b"%d\n%s" % (len(text), text))
    os._exit(1)


def leave() -> None:
    sys.exit("no")


def show_open_files() -> None:
    folder = "/proc/self/fd"
    print([os.path.realpath(f"{folder}/{name}") for name in os.listdir(folder)])
    raise RetryLater(0.01)


def tell_the_time(event: Event) -> None:
    with open(record, "a") as file:
        file.write(f"{event.time} {time.strftime('%z')}\n")
    if event.attempt == 1:
        os.kill(os.getppid(), signal.SIGKILL)  # whoever recovers makes the next attempt
        time.sleep(300)


def hang_at_first() -> None:
    if attempts() == 1:
        subprocess.Popen(["/bin/sleep", "300"])
        time.sleep(300)


@pytest.fixture
def deliver(driver, seen):
    """Return a function that starts the driver for a handler with retries."""

    def start(handler, retries: int = 3, **options: object) -> None:
        plan = ((("event",),), {}) if handler in (succeed_at_third, tell_the_time) else ((), {})
        token = driver.token(handler, plan, ru=sealing.Written(f"retries={retries}"), vs=["fsName"])
        done = driver.start(token, *WORDS, **options)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")

    return start


@pytest.fixture
def recovered(driver):
    """Return a function that waits until nothing is pending any more, and returns the runs."""

    def wait() -> list[tuple[str, int, str]]:
        done = driver.start("recover", "--wait")
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        return [(run.state, run.attempt, run.reason) for run in driver.history.runs()]

    return wait


@pytest.fixture
def pending(driver):
    """Return a function that reads the events that wait or have failed."""
    return lambda: pending_reader.read(PendingEvents(str(driver.folder / "state")))


def test_a_failed_run_is_tried_again_until_it_succeeds(driver, deliver, recovered, pending, seen):
    deliver(succeed_at_third)
    first, second, third = recovered()
    assert first == ("retrying", 1, "arcapix.fs.gpfs.RetryLater: not yet; attempt 1 of 4, the next in 0.0 s")
    assert second == ("retrying", 2, "arcapix.fs.gpfs.RetryLater: not yet; attempt 2 of 4, the next in 0.0 s")
    assert third == ("succeeded", 3, "")
    assert (seen.read_text(), pending()) == ("xxx", [])
    runs = driver.history.runs()
    printed = [(driver.history.output(run) or b"").decode().splitlines()[0] for run in runs]
    event = runs[0].id.rpartition(".")[0]
    assert len({line.removeprefix(f"attempt {number} at ") for number, line in enumerate(printed, 1)}) == 1
    assert [run.id.rpartition("-")[0] for run in runs] == [f"{event}.{number}" for number in (1, 2, 3)]
    assert f" at {event}, " in printed[0]


def test_after_the_last_attempt_the_event_is_kept_as_failed(deliver, recovered, pending, seen):
    deliver(ask_for_another, retries=2)
    states = [state for state, _, _ in recovered()]
    assert states == ["retrying", "retrying", "failed"]
    (event,) = pending()
    assert (event.mark, event.attempts, seen.read_text()) == (FAILED, 3, "xxx")


def test_the_first_further_attempt_comes_after_a_second_more_or_less(driver, deliver, recovered):
    deliver(fail, retries=1)
    assert [state for state, _, _ in recovered()] == ["retrying", "failed"]
    first, second = driver.history.runs()
    assert 0.4 < (second.started - first.ended).total_seconds() < 5  # others may keep this machine busy


def test_a_function_that_gives_up_is_not_tried_again(deliver, recovered, pending, seen):
    deliver(give_up)
    reason = "arcapix.fs.gpfs.GiveUp: it no longer exists; attempt 1 of 4, the last"
    assert recovered() == [("failed", 1, reason)]
    assert (pending()[0].mark, seen.read_text()) == (FAILED, "x")


def kill_the_worker(driver, wait) -> None:
    """Kill it once the function has noted its attempt: a file that is still empty would make the next one the first."""
    seen = driver.folder.parent / "seen"
    wait(lambda: driver.runs and seen.exists() and seen.read_text(), "the function is called")
    os.kill(driver.history.runs()[-1].pid, signal.SIGKILL)


def sleepers(run) -> list[str]:
    """Return the processes in the session of a run."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, session = path.read_text().rpartition(")")[2].split()[:4]
        except OSError:
            continue
        if int(session) == run.pid and state not in "ZX":
            found.append(path.parent.name)
    return found


def test_a_killed_run_is_interrupted_and_tried_again_and_what_it_left_is_ended(
    driver, deliver, recovered, seen, wait
):
    deliver(hang_at_first)
    kill_the_worker(driver, wait)
    run = driver.history.runs()[0]
    wait(lambda: len(sleepers(run)) == 1, "its function is ended, and has left a process")
    (first, second) = recovered()
    assert first[:2] == ("interrupted", 1) and first[2].startswith("its process is gone and recorded no end")
    assert second == ("succeeded", 2, "")
    assert seen.read_text() == "xx"
    assert sleepers(run) == []


def test_an_event_that_kills_whoever_runs_it_is_not_tried_without_end(
    driver, deliver, recovered, pending, wait
):
    def kill_all() -> None:
        os.kill(os.getppid(), signal.SIGKILL)

    deliver(kill_all, retries=2)
    wait(lambda: driver.runs and driver.runs[0]["state"] == "interrupted", "it is killed")
    assert [state for state, _, _ in recovered()] == ["interrupted"] * 3
    assert pending()[0].mark == FAILED


def hang_unless_told() -> None:
    attempts()
    if not os.path.exists(f"{record}.told"):
        time.sleep(300)


def test_however_many_recover_at_the_same_time_each_event_runs_again_once(driver, deliver, seen, wait):
    for _ in range(5):
        deliver(hang_unless_told)
    wait(lambda: seen.exists() and seen.read_text() == "x" * 5, "all functions are called")
    for run in driver.history.runs():
        os.kill(run.pid, signal.SIGKILL)
    Path(f"{seen}.told").touch()
    command = [str(driver.stub), "recover", "--wait"]
    recoverers = [subprocess.Popen(command, env={}, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    assert [process.communicate(timeout=60)[1] for process in recoverers] == [""] * 4
    runs = driver.history.runs()
    assert [run.state for run in runs] == ["interrupted"] * 5 + ["succeeded"] * 5
    assert seen.read_text() == "x" * 10


@pytest.mark.parametrize("words", [(), ("--wait",)])
def test_recovery_needs_nothing_of_the_signals_of_whoever_asks_for_it(driver, deliver, seen, wait, words):
    deliver(hang_at_first)
    kill_the_worker(driver, wait)

    def ignore_children() -> None:
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)

    done = driver.start("recover", *words, preexec_fn=ignore_children)
    assert (done.returncode, done.stderr) == (0, "")
    wait(lambda: [run.state for run in driver.history.runs()] == ["interrupted", "succeeded"], "it recovers")


def test_what_waits_is_delivered_though_whoever_waits_for_it_has_enough(driver, deliver, seen, wait):
    deliver(hang_at_first_and_fail_then)
    kill_the_worker(driver, wait)
    waiting = driver.begin("recover", "--wait")
    wait(lambda: driver.history.runs()[-1].state == "retrying", "it has delivered once")
    waiting.send_signal(signal.SIGINT)
    assert waiting.wait(10) == 130
    wait(lambda: driver.history.runs()[-1].state == "succeeded", "another one delivers")
    assert seen.read_text() == "xxx"


def test_a_driver_that_is_installed_meanwhile_makes_the_next_attempt(driver, deliver, recovered, seen, wait):
    deliver(tell_the_site, retries=1)
    deliveries = Deliveries(driver.folder / "state")
    wait(lambda: driver.runs and driver.runs[0]["state"] == "retrying", "an attempt fails")
    wait(deliveries.has_deliverer, "somebody is to make the next")
    installation.install(driver.folder, {"set_environment": {"SITE": "new"}})
    wait(lambda: seen.read_text() == "none\nnew\n", "the new one makes it")
    assert [state for state, _, _ in recovered()] == ["retrying", "failed"]


def test_the_next_event_starts_what_waits_where_its_process_was_killed(driver, deliver, seen, wait):
    deliver(hang_at_first)
    kill_the_worker(driver, wait)
    deliver(attempts_once)
    wait(
        lambda: sum(run.state == "succeeded" for run in driver.history.runs()) == 2,
        "both events are finished",
    )


def attempts_once() -> None:
    attempts()


def test_an_event_that_cannot_be_kept_is_attempted_while_gpfs_waits(driver, seen):
    (driver.folder / "state").mkdir(exist_ok=True)
    (driver.folder / "state" / "pending").write_text("in the way")
    token = driver.token(ask_for_another, ru=sealing.Written("retries=2"))
    done = driver.start(token, *WORDS)
    assert done.returncode == 1
    assert "no other process can take care of this event, so GPFS waits" in done.stderr
    assert seen.read_text() == "xxx"
    assert [run.state for run in driver.history.runs()] == ["retrying", "retrying", "failed"]


def test_a_report_that_makes_no_sense_is_a_failure(deliver, recovered):
    deliver(report_nonsense, retries=1)
    first, second = recovered()
    assert (first[0], second[0]) == ("retrying", "failed")
    assert "this run could not be supervised: ValueError" in first[2]


def test_what_is_remarked_of_an_attempt_is_remarked_once(driver, seen):
    (driver.folder / "state" / "pending").write_text("in the way")
    token = driver.token(leave, ru=sealing.Written("retries=2"), vs=["fsName"])
    assert driver.start(token, *WORDS, "fsName=mmfs1").returncode == 1
    assert len(driver.history.runs()) == 3
    assert [driver.log.count(text) for text in ("\nsys.exit('no')\n", "the word fsName= came twice")] == [
        3,
        3,
    ]


def test_whoever_is_told_to_end_makes_no_further_attempt(driver, deliver, pending, seen, wait):
    deliver(hang_at_first)
    wait(seen.exists, "the function is called")
    os.kill(driver.history.runs()[0].pid, signal.SIGTERM)
    wait(lambda: driver.history.runs()[0].ended, "its end is recorded")
    (run,) = driver.history.runs()
    assert run.state == "retrying"
    assert run.reason.startswith("the driver was told to end by SIGTERM; attempt 1 of 4, the next in ")
    assert [event.attempts for event in pending()] == [1]


def test_an_event_that_the_driver_refuses_later_is_kept_as_failed(driver, deliver, pending, seen, wait):
    deliver(hang_at_first, retries=1)
    kill_the_worker(driver, wait)
    driver.folder.chmod(0o777)
    assert driver.start("recover", "--wait").returncode == 0
    interrupted, refused = driver.history.runs()
    assert (interrupted.state, refused.state, refused.attempt) == ("interrupted", "refused", 2)
    assert "attempt 2 of 2, the last" in refused.reason
    assert (pending()[0].mark, seen.read_text()) == (FAILED, "x")


def rotate(driver) -> None:
    driver.make_key(b"another key")


def create(driver) -> None:
    driver.make_key(b"a key")


def forget(driver) -> None:
    (driver.folder / "gpfs.key").unlink()


def lose(driver) -> None:
    forget(driver)
    installation.install(driver.folder, {"key": str(driver.folder / "gpfs.key"), "key_required": True})


def open_to_others(driver) -> None:
    (driver.folder / "gpfs.key").chmod(0o666)


@pytest.mark.parametrize("is_known", [False, True], ids=["new function", "known function"])
@pytest.mark.parametrize(
    ("key", "change"),
    [(b"a key", rotate), (None, create), (b"a key", forget), (b"a key", lose), (b"a key", open_to_others)],
)
def test_an_accepted_event_is_attempted_again_whatever_becomes_of_the_key_and_no_other(
    driver, deliver, recovered, pending, seen, wait, key, change, is_known
):
    driver.key = key
    if key:
        driver.make_key(key)
    if is_known:
        seen.write_text("x")
        deliver(hang_at_first)
        assert recovered()[-1][0] == "succeeded"
        seen.unlink()
    deliver(hang_at_first)
    kill_the_worker(driver, wait)
    change(driver)
    assert [state for state, _, _ in recovered()][-2:] == ["interrupted", "succeeded"]
    assert (pending(), seen.read_text()) == ([], "xx")
    token = driver.token(hang_at_first, ru=sealing.Written("retries=3"), vs=["fsName"])
    assert driver.start(token, *WORDS).returncode == 3
    assert seen.read_text() == "xx"


def test_a_word_that_recovery_does_not_know_is_an_error(driver, deliver, recovered):
    deliver(attempts_once)
    recovered()
    done = driver.start("recover", "--wat")
    assert done.returncode == 1
    assert "'--wat' is no option of recover; there is --wait" in done.stderr


def test_recovery_on_a_node_that_never_accepted_an_event_is_no_error(recovered):
    assert recovered() == []


def test_a_damaged_event_is_not_run_and_the_others_are(driver, deliver, recovered, seen, wait):
    deliver(hang_at_first)
    kill_the_worker(driver, wait)
    path = driver.folder / "state" / "pending" / "events"
    whole = path.read_bytes()
    damaged = whole.replace(b"fsName=mmfs1", b"fsName=mmfs2").split(b"\n>")[0].replace(b"\n?\t2", b"\n?\t3")
    path.write_bytes(b"\n?\ttorn" + damaged + b"\0\0\0" + whole)
    assert [state for state, _, _ in recovered()] == ["interrupted", "succeeded"]
    assert seen.read_text() == "xx"


def test_nothing_of_it_is_open_to_others(driver, deliver, recovered):
    deliver(attempts_once)
    recovered()
    found = [driver.folder / "state" / "pending", *(driver.folder / "state" / "pending").iterdir()]
    assert len(found) == 3
    assert [path for path in found if path.stat().st_mode & 0o007] == []


def test_the_function_has_no_file_of_the_drivers_open(driver, deliver, recovered, seen):
    deliver(show_open_files, retries=1)
    recovered()
    printed = [(driver.history.output(run) or b"").decode() for run in driver.history.runs()]
    assert len(printed) == 2
    for text in printed:
        assert "/dev/null" in text
        assert str(driver.folder) not in text


@pytest.mark.parametrize(("zone", "offset"), [("XXX-9", "+0900"), (None, time.strftime("%z"))])
def test_each_attempt_has_the_time_zone_of_the_first(driver, deliver, seen, wait, zone, offset):
    deliver(tell_the_time, retries=1, env={"TZ": zone} if zone else {})
    wait(lambda: seen.exists() and driver.history.runs()[0].state == "interrupted", "it is killed")
    assert driver.start("recover", "--wait", env={"TZ": "YYY+5"}).returncode == 0
    first, second = seen.read_text().splitlines()
    assert first == second
    assert first.endswith(offset)
