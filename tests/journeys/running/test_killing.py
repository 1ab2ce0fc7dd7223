"""What tests that kill stand on: commands are killed at each of their system calls, before it is carried out."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from pathlib import Path

import pytest

from ... import killing, ptrace

MAKES_FOLDERS = "for name in 'abc': posix.mkdir(f'{sys.argv[1]}/{name}')"
IN_A_THREAD = f"""
def make(done):
    {MAKES_FOLDERS}
    done.release()

done = _thread.allocate_lock()
done.acquire()
_thread.start_new_thread(make, (done,))
done.acquire()
"""
LEAVES_A_PROCESS = """
waiting = 'until test -e "$0/go"; do sleep 0.01; done; mkdir "$0/alive"'
posix.posix_spawn("/bin/sh", ["sh", "-c", waiting, sys.argv[1]], posix.environ)
posix.mkdir(f"{sys.argv[1]}/made")
"""


def program(text: str, folder: Path) -> list[str]:
    return [sys.executable, "-IS", "-c", f"import _thread, posix, sys\n{text}", str(folder)]


@pytest.mark.parametrize("text", [MAKES_FOLDERS, IN_A_THREAD])
def test_a_command_is_killed_before_each_call_is_carried_out_and_in_the_end_it_is_not(tmp_path, text):
    made = []
    for end in killing.ends(program(text, tmp_path), since=f"{tmp_path}/"):
        names = sorted(path.name for path in tmp_path.iterdir())
        if end.call == 1:
            assert f"{str(tmp_path / 'a')!r}" in str(end)
        for name in names:
            (tmp_path / name).rmdir()
        made.append("".join(names))
    assert list(dict.fromkeys(made)) == ["", "a", "ab", "abc"]
    assert (made[0], made[-2]) == ("", "abc")
    assert not end.is_killed and end.status == 0


def test_calls_are_counted_from_the_start_of_the_program_unless_a_path_is_named(tmp_path):
    end = killing.run(program("", tmp_path), 1)
    assert (end.status, end.is_killed) == (-9, True)
    with pytest.raises(pytest.fail.Exception, match=r"no call of .* names /nowhere"):
        next(killing.ends(program("", tmp_path), since="/nowhere"))


def test_a_sample_is_killed_at_some_of_the_calls(tmp_path):
    ends = list(killing.ends(program("", tmp_path), step=100))
    assert [end.call for end in ends[:-1]] == [1 + 100 * number for number in range(len(ends) - 1)]
    assert len(ends) > 2


def test_a_process_that_the_command_has_started_lives_on(tmp_path, wait):
    end = killing.run(program(LEAVES_A_PROCESS, tmp_path), 1, since=tmp_path / "made")
    assert end.is_killed and list(tmp_path.iterdir()) == []
    (tmp_path / "go").touch()
    wait((tmp_path / "alive").exists, "the process goes on")


def test_a_command_gets_its_signals_and_its_end_is_told(tmp_path):
    text = 'trap "echo trapped; echo said >&2; exit 7" USR1; kill -USR1 $$; exit 1'
    end = killing.run(["/bin/sh", "-c", text], 10_000)
    assert (end.status, end.is_killed, end.stdout, end.stderr) == (7, False, "trapped\n", "said\n")


def children() -> set[str]:
    """The children of this process, those among them that tests before this one have left."""
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())


def test_where_nothing_may_be_followed_the_test_is_skipped_and_says_why(monkeypatch, tmp_path):
    def refuse(*_: object) -> int:
        ctypes.set_errno(errno.EPERM)
        return -1

    monkeypatch.setattr(ptrace, "_ptrace", refuse)
    before = children()
    with pytest.raises(pytest.skip.Exception, match="ptrace here: Operation not permitted"):
        killing.run(["/bin/true"], 1)
    assert children() <= before
