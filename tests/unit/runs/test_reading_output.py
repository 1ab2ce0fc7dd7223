"""What a run printed: its file while it runs, its block in the log once it ended."""

from __future__ import annotations

import os
import subprocess

import pytest


def output(traces, run: str) -> bytes | None:
    return traces.history.output(traces.history.find(run))


def test_of_a_run_that_ended_it_is_the_block_without_its_frame(traces):
    runs = [traces.ended() for _ in range(3)]
    traces.write_log(*[traces.block(run, f"one\n{run}\nreturned 5\n") for run in runs])
    assert output(traces, runs[1]) == f"one\n{runs[1]}\nreturned 5\n".encode()


def test_of_a_run_that_printed_nothing_it_is_empty(traces):
    run = traces.ended()
    traces.write_log(traces.block(run, ""))
    assert output(traces, run) == b""


@pytest.mark.parametrize("generation", [".1", ".2"])
def test_it_is_found_in_a_log_that_was_moved_aside(traces, generation):
    run, other = traces.ended(), traces.ended()
    traces.write_log(traces.block(run, "here\n"), generation=generation)
    traces.write_log(traces.block(other, "there\n"))
    assert output(traces, run) == b"here\n"


def test_of_a_run_that_runs_it_is_what_it_has_printed_so_far(traces, here):
    run = traces.start(**here)
    assert output(traces, run) == b""
    traces.print(run, b"so far")
    assert output(traces, run) == b"so far"


def test_a_run_that_ends_while_it_is_looked_at_is_read_from_the_log(traces, here):
    run = traces.start(**here)
    found = traces.history.find(run)
    traces.write_log(traces.block(run, "all of it\n"))
    assert traces.history.output(found) == b"all of it\n"


def test_a_run_that_has_removed_its_file_to_drop_its_rights_is_read_all_the_same(traces, wait):
    path = traces.output("known")
    with path.open("wb") as file:
        process = subprocess.Popen(["sh", "-c", "echo hello; exec sleep 60"], stdout=file)
    try:
        traces.start("known", pid=process.pid)
        wait(lambda: path.stat().st_size, "the process has written")
        path.unlink()
        assert output(traces, "known") == b"hello\n"
    finally:
        process.kill()
        process.wait()


def test_of_an_interrupted_run_it_is_the_file_that_it_left(traces):
    run = traces.start()
    traces.print(run, b"until the end")
    assert output(traces, run) == b"until the end"


def test_a_run_killed_behind_its_block_has_the_block_with_the_notes(traces):
    run = traces.start()
    traces.print(run, b"printed\n")
    traces.write_log(traces.block(run, "printed\nreturned 5\n"))
    assert output(traces, run) == b"printed\nreturned 5\n"


@pytest.mark.parametrize("says_length", [True, False], ids=["of now", "of an earlier release"])
def test_a_torn_block_is_passed_over_for_the_file(traces, says_length):
    run, other = traces.start(), traces.ended()
    traces.print(run, b"printed\nall\n")
    torn = traces.block(run, "printed\nall\n", says_length=says_length)[:-40]
    traces.write_log(torn, traces.block(other, "behind a torn one\n", says_length=says_length))
    assert output(traces, run) == b"printed\nall\n"
    assert output(traces, other) == b"behind a torn one\n"


@pytest.mark.parametrize("says_length", [True, False], ids=["of now", "of an earlier release"])
def test_a_copy_of_a_block_in_the_output_of_another_run_is_not_taken_for_it(traces, says_length):
    run, other = traces.ended(), traces.ended()
    block = traces.block(run, "the original\n", says_length=says_length)
    text = f"tail of the log:\n{block}and more\n"
    traces.write_log(block, traces.block(other, text, says_length=says_length))
    assert output(traces, run) == b"the original\n"
    assert output(traces, other) == f"tail of the log:\n{block}and more\n".encode()


def test_what_a_run_says_about_its_own_end_does_not_end_its_block(traces):
    run = traces.ended()
    text = f"I foresee: run {run} of logger ended: status 0 after 9 s\nand more\n"
    traces.write_log(traces.block(run, text))
    assert output(traces, run) == text.encode()


def test_a_run_can_end_its_own_block_no_earlier_than_it_ends_and_begin_none_for_another(traces):
    forger, victim = traces.ended(), traces.ended()
    forged = traces.block(forger, "harmless\n") + traces.block(victim, "forged\n")
    traces.write_log(traces.block(forger, forged), traces.block(victim, "true\n"))
    assert output(traces, forger) == forged.encode()
    assert output(traces, victim) == b"true\n"


def test_a_run_whose_log_is_gone_has_none_that_another_one_prints_for_it(traces):
    forger, victim = traces.ended(), traces.ended()
    traces.write_log(traces.block(forger, traces.block(victim, "forged\n")))
    assert output(traces, victim) is None


def test_a_run_that_is_gone_does_not_end_as_another_one_prints(traces):
    forger, victim = traces.ended(), traces.start()
    traces.write_log(traces.block(forger, traces.block(victim, "forged\n")))
    assert traces.history.find(victim).state == "interrupted"


def test_what_a_torn_block_holds_gives_way_to_what_stands_elsewhere(traces):
    forger, victim = traces.start(), traces.ended()
    torn = traces.block(forger, traces.block(victim, "forged\n") + "x" * 4000)[:-2000]
    traces.write_log(traces.block(victim, "true\n"), torn)
    assert output(traces, victim) == b"true\n"


def test_of_two_blocks_behind_the_beginning_of_a_torn_one_the_later_counts(traces):
    forger, victim = traces.start(), traces.ended()
    torn = traces.block(forger, traces.block(victim, "forged\n") + "x" * 4000)[:-2000]
    traces.write_log(torn, traces.block(victim, "true\n"))
    assert output(traces, victim) == b"true\n"


def test_blocks_of_an_earlier_release_are_read_among_those_of_now(traces):
    runs = [traces.ended() for _ in range(6)]
    blocks = [
        traces.block(run, f"of {run}\n", says_length=number % 2 == 0) for number, run in enumerate(runs)
    ]
    traces.write_log(*blocks)
    assert [output(traces, run) for run in runs] == [f"of {run}\n".encode() for run in runs]


def test_a_refusal_that_quotes_the_first_line_of_a_block_begins_none(traces):
    run, refused = traces.ended(), traces.ended()
    first = traces.block(run, "", says_length=False).partition("\n")[0]
    traces.write_log(
        f"2026-11-22T16:05:01+00:00 run {refused} of logger refused: what is {first}; status 5, pid 7\n",
        "and more\n",
        traces.block(run, "", says_length=False).partition("\n")[2],
    )
    assert output(traces, run) is None


def test_where_it_is_no_longer_kept_there_is_none(traces):
    run = traces.ended()
    assert output(traces, run) is None
    traces.write_log(traces.block(run, "any\n").partition("ended")[2])
    assert output(traces, run) is None


@pytest.mark.parametrize("state", ["refused", "skipped"])
def test_what_never_ran_has_printed_nothing(traces, state):
    run = traces.start()
    traces.end(run, state, 3, "why")
    assert output(traces, run) == b""
    traces.write_log(traces.block(run, "refused: why\n"))
    assert output(traces, run) == b"refused: why\n"


def test_of_very_much_the_beginning_and_the_end_are_shown(traces):
    run = traces.start()
    path = traces.print(run, b"first line\n")
    os.truncate(path, 40 << 20)
    with path.open("ab") as file:
        file.write(b"last line\n")
    printed = output(traces, run)
    assert printed.startswith(b"first line\n")
    assert printed.endswith(b"last line\n")
    assert b"bytes are left out" in printed
    assert len(printed) < 17 << 20
