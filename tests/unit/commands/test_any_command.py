"""``run_command``: which names it takes, how long it waits, and that it stands on the one seam."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

from arcapix.fs.gpfs import Completed, GPFSExecuteException, GPFSNotInstalled, run_command


def test_the_words_arrive_as_they_are_and_the_answer_comes_back(fake_mm):
    command = fake_mm("mmlsthing", 'printf "%s|" "$@"; echo said >&2')
    done = run_command("mmlsthing", "-Y", "a b", "$(id)", "", Path("/gpfs/x"))
    assert done == Completed(
        (str(command), "-Y", "a b", "$(id)", "", "/gpfs/x"), 0, "-Y|a b|$(id)||/gpfs/x|", "said\n"
    )


@pytest.mark.parametrize(
    ("name", "mend"),
    [
        ("/usr/lpp/mmfs/bin/mmlsfs", "give 'mmlsfs' alone; ARCAPIX_GPFS_BIN says which directory it is in"),
        ("../bin/mmlsfs", "give 'mmlsfs' alone"),
        ("mmlsfs all -Y", "give each word as an argument: run_command('mmlsfs', 'all', '-Y')"),
        ("ls", "those begin with 'mm'; use subprocess for other programs"),
        ("/bin/ls", "those begin with 'mm'"),
        ("../mm", "those begin with 'mm'"),
        ("mm", "those begin with 'mm'"),
        ("MMLSFS", "those begin with 'mm'"),
        ("mmlsfs\n", "those begin with 'mm'"),
        ("", "those begin with 'mm'"),
    ],
)
def test_what_is_no_name_of_a_command_is_refused_with_the_way_out_before_it_runs(answers, name, mend):
    answers.will()
    with pytest.raises(ValueError, match=re.escape(f"{name!r} is not the name of an mm command: {mend}")):
        run_command(name)
    assert answers.asked == []


@pytest.mark.parametrize("words", [["mmlsfs", "mmfs1"], ("mmlsfs", "mmfs1"), b"mmlsfs", None])
def test_whoever_gives_no_text_for_the_name_is_told_how_it_is_called(answers, words):
    answers.will()
    said = f"{words!r} is not text; give each word as an argument: run_command('mmlsfs', 'mmfs1')"
    with pytest.raises(TypeError, match=re.escape(said)):
        run_command(words)
    assert answers.asked == []


def test_an_argument_that_is_no_text_is_refused_before_it_runs(answers):
    answers.will()
    with pytest.raises(TypeError, match="mmsetquota: argument 5 is not text; give '5'"):
        run_command("mmsetquota", "mmfs1:a", "--files", 5)
    assert answers.asked == []


@pytest.mark.parametrize("timeout", [0, -1, math.nan])
def test_a_limit_that_is_none_is_refused_before_it_runs(answers, timeout):
    answers.will()
    with pytest.raises(ValueError, match=f"mmdf: timeout={timeout!r} is not a positive number of seconds"):
        run_command("mmdf", "mmfs1", timeout=timeout)
    assert answers.asked == []


@pytest.mark.parametrize(
    ("name", "timeout", "limit"),
    [("mmdf", None, 300), ("mmshutdown", None, 600), ("mmunmount", None, 600), ("mmshutdown", 5, 5)],
)
def test_without_a_limit_of_ones_own_it_has_the_products(answers, name, timeout, limit):
    answers.will()
    run_command(name, timeout=timeout)
    assert answers.limits == [limit]


def test_there_may_be_no_limit(fake_mm):
    fake_mm("mmrestripefs", "sleep 0.2; echo done")
    assert run_command("mmrestripefs", "mmfs1", timeout=math.inf).stdout == "done\n"


def test_at_the_limit_it_is_ended(fake_mm):
    fake_mm("mmrestripefs", "echo begun; sleep 60")
    with pytest.raises(GPFSExecuteException, match=r"no end within 0\.3 s") as caught:
        run_command("mmrestripefs", "mmfs1", timeout=0.3)
    assert (caught.value.returncode, caught.value.stdout) == (None, "begun\n")


def test_a_failure_has_the_words_of_the_command(answers):
    answers.will("half\n", status=2, stderr="mmchfs: File system x is not known.\n")
    with pytest.raises(
        GPFSExecuteException, match="exited with status 2: File system x is not known"
    ) as caught:
        run_command("mmchfs", "x", "-Q", "yes")
    assert (caught.value.returncode, caught.value.stdout) == (2, "half\n")


def test_a_failure_with_status_0_is_one_too(answers):
    answers.will(stderr="mmchfs: Command failed. Examine previous error messages.\n")
    with pytest.raises(GPFSExecuteException, match="its output says that it failed"):
        run_command("mmchfs", "x", "-Q", "yes")


def test_a_busy_lock_is_an_error_and_nothing_is_repeated(answers):
    answers.will(status=1, stderr="6027-1229 Timed out waiting for lock. Try again later.\n")
    with pytest.raises(GPFSExecuteException, match="Timed out waiting for lock"):
        run_command("mmchfs", "x", "-Q", "yes")
    assert len(answers.asked) == 1


def test_without_gpfs_it_says_so():
    with pytest.raises(GPFSNotInstalled):
        run_command("mmlsfs", "all")
