"""Something else where the journal, the log or an output should be: said in one line, and never waited for."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from arcapix.fs.gpfs import GPFSError
from arcapix.fs.gpfs.runs import files

from ...sockets import make_socket

KINDS = {
    "is a directory, where the driver's records should be; move it away": Path.mkdir,
    "is a FIFO, where": os.mkfifo,
    "is a socket, where": make_socket,
    "is a link, where the driver's records should be; move": lambda path: path.symlink_to(path.name),
    "is a link, where the driver's records": lambda path: path.symlink_to("/nowhere/at/all"),
    "is a link, where the": lambda path: path.symlink_to("/dev/null"),
}
each_kind = pytest.mark.parametrize(("said", "make"), KINDS.items(), ids=lambda value: str(value)[:14])


@each_kind
@pytest.mark.parametrize("name", ["journal", "journal.1", "journal.2"])
def test_the_history_says_what_stands_in_the_place_of_the_journal(traces, said, make, name):
    make(traces.state / name)
    with pytest.raises(GPFSError, match=re.escape(f"{traces.state / name} {said}")) as caught:
        traces.history.runs()
    assert len(str(caught.value).splitlines()) == 1


@each_kind
def test_output_says_what_stands_in_the_place_of_the_log(traces, said, make):
    run = traces.history.find(traces.ended())
    make(traces.log)
    with pytest.raises(GPFSError, match=re.escape(f"{traces.log} {said}")):
        traces.history.output(run)


@each_kind
def test_output_says_what_stands_in_the_place_of_the_output_file(traces, here, said, make):
    for run in (traces.start(), traces.start(**here)):
        make(traces.output(run))
        found = traces.history.find(run)
        with pytest.raises(GPFSError, match=re.escape(f"{traces.output(run)} {said}")):
            traces.history.output(found)


@each_kind
def test_a_killed_run_is_listed_whatever_stands_in_the_place_of_its_output(traces, said, make):
    make(traces.output(traces.start()))
    (run,) = traces.history.runs()
    assert (run.state, run.reason[:19]) == ("interrupted", "its process is gone")


def test_a_link_to_a_journal_elsewhere_is_not_followed(traces, tmp_path):
    traces.ended()
    traces.journal.rename(tmp_path / "elsewhere")
    traces.journal.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(GPFSError, match="journal is a link, where the driver's records should be"):
        traces.history.runs()


def test_a_file_in_the_place_of_the_state_folder_is_told(traces):
    (traces.state / "output").rmdir()
    traces.state.rmdir()
    traces.state.write_text("")
    with pytest.raises(GPFSError, match="journal cannot be read: Not a directory"):
        traces.history.runs()


def test_a_fifo_that_takes_the_place_of_a_journal_while_it_is_followed_is_told(traces):
    traces.ended()
    looks = traces.history.follow(pause=0)
    assert len(next(looks)) == 1
    traces.journal.unlink()
    os.mkfifo(traces.journal)
    with pytest.raises(GPFSError, match="journal is a FIFO"):
        next(looks)


def test_a_fifo_that_is_put_there_between_the_look_and_the_opening_is_not_waited_for(traces, monkeypatch):
    os.mkfifo(traces.journal)
    checked = files._check
    monkeypatch.setattr(files, "_check", lambda path, status: monkeypatch.setattr(files, "_check", checked))
    with pytest.raises(GPFSError, match="journal is a FIFO"):
        traces.history.runs()


def test_a_disk_that_does_not_give_what_it_holds_is_told():
    path = Path("/proc/self/mem")
    with path.open("rb") as file, pytest.raises(GPFSError, match="mem cannot be read: Input/output error"):
        files.read(file, path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become a user without rights")
def test_who_may_not_read_the_log_is_told_whose_it_is(traces):
    run = traces.history.find(traces.ended())
    traces.write_log(traces.block(run.id, "printed\n"))
    os.seteuid(65534)
    try:
        with pytest.raises(GPFSError, match="log may be read only by the user that the driver runs as"):
            traces.history.output(run)
    finally:
        os.seteuid(0)
