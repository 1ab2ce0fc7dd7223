"""The node's store of compiled code: it gives back what was stored, or nothing, whatever was done to it."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from arcapix.fs.gpfs.driver import cache, cache_writer

from ..other_users import needs_giving_away

DATA = bytes(range(256)) * 40


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def stored(folder: Path, name: str = "abc") -> Path:
    cache_writer.store(str(folder), name, DATA)
    assert cache.load(str(folder), name) == DATA
    return folder / name


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_what_was_stored_is_found_under_its_name_only(folder):
    stored(folder)
    assert cache.load(str(folder), "abd") is None
    assert names(folder) == ["abc"]


def test_nothing_is_found_where_nothing_was_stored(folder):
    assert cache.load(str(folder), "abc") is None
    assert not folder.exists()


def test_folder_and_files_are_closed_to_others_whatever_the_umask(folder):
    before = os.umask(0)
    try:
        path = stored(folder)
    finally:
        os.umask(before)
    assert (folder.stat().st_mode & 0o777, path.stat().st_mode & 0o777) == (0o700, 0o600)


def test_a_key_names_the_text_and_the_interpreter():
    assert cache.key("abc").startswith(f"abc.{sys.implementation.cache_tag}-")
    assert "/" not in cache.key("abc")


def test_a_file_cut_at_any_place_is_not_taken(folder):
    path = stored(folder)
    whole = path.read_bytes()
    for length in [*range(64), *range(64, len(whole), 977), len(whole) - 1]:
        path.write_bytes(whole[:length])
        assert cache.load(str(folder), "abc") is None
    path.write_bytes(whole)
    assert cache.load(str(folder), "abc") == DATA


def test_a_file_with_pages_that_were_never_written_is_not_taken(folder):
    path = stored(folder)
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + bytes(len(whole) - 4096))
    assert cache.load(str(folder), "abc") is None


def test_a_file_with_one_changed_bit_is_not_taken(folder):
    path = stored(folder)
    whole = bytearray(path.read_bytes())
    for place in range(0, len(whole), 371):
        whole[place] ^= 4
        path.write_bytes(whole)
        assert cache.load(str(folder), "abc") is None
        whole[place] ^= 4


def test_a_file_under_another_name_is_not_taken(folder):
    stored(folder).rename(folder / "other")
    assert cache.load(str(folder), "other") is None


def test_storing_again_mends_a_file(folder):
    path = stored(folder)
    path.write_bytes(b"rubbish")
    assert cache.load(str(folder), "abc") is None
    stored(folder)


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o750, 0o755, 0o701])
def test_a_folder_that_is_open_to_others_is_ignored(folder, mode):
    stored(folder)
    folder.chmod(mode)
    assert cache.load(str(folder), "abc") is None
    cache_writer.store(str(folder), "new", DATA)
    assert names(folder) == ["abc"]
    folder.chmod(0o700)
    assert cache.load(str(folder), "abc") == DATA


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o640, 0o604])
def test_a_file_that_is_open_to_others_is_ignored(folder, mode):
    stored(folder).chmod(mode)
    assert cache.load(str(folder), "abc") is None


def test_a_folder_that_is_a_symbolic_link_is_ignored(folder, tmp_path):
    stored(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    assert cache.load(str(folder), "abc") is None
    cache_writer.store(str(folder), "new", DATA)
    assert names(tmp_path / "elsewhere") == ["abc"]


def test_a_file_that_is_a_symbolic_link_is_ignored(folder, tmp_path):
    stored(folder).rename(tmp_path / "moved")
    (folder / "abc").symlink_to(tmp_path / "moved")
    assert cache.load(str(folder), "abc") is None


@pytest.mark.parametrize("kind", ["folder", "pipe"])
def test_what_is_no_file_is_ignored_without_waiting(folder, kind):
    folder.mkdir(mode=0o700)
    if kind == "folder":
        (folder / "abc").mkdir(mode=0o700)
    else:
        os.mkfifo(folder / "abc", 0o600)
    assert cache.load(str(folder), "abc") is None
    cache_writer.store(str(folder), "abc", DATA)


@needs_giving_away
def test_a_folder_of_another_user_is_ignored(folder):
    stored(folder)
    os.chown(folder, 65534, 65534)
    assert cache.load(str(folder), "abc") is None
    cache_writer.store(str(folder), "new", DATA)
    assert names(folder) == ["abc"]


@needs_giving_away
def test_a_file_of_another_user_is_ignored(folder):
    path = stored(folder)
    os.chown(path, 65534, 65534)
    assert cache.load(str(folder), "abc") is None


@needs_giving_away
def test_a_user_without_rights_can_neither_read_nor_poison_and_is_not_hurt():
    program = (
        "import os, sys; from arcapix.fs.gpfs.driver import cache, cache_writer; os.setgid(65534); os.setuid(65534);"
        "print(cache.load(sys.argv[1], 'abc')); cache_writer.store(sys.argv[1], 'abc', b'poison')"
    )
    with tempfile.TemporaryDirectory() as reachable:
        os.chmod(reachable, 0o711)
        folder = Path(reachable) / "cache"
        stored(folder)
        # An empty environment, or `make coverage` would measure this process, which may write nowhere.
        done = subprocess.run([sys.executable, "-c", program, folder], capture_output=True, text=True, env={})
        assert (done.stdout, done.stderr) == ("None\n", "")
        assert cache.load(str(folder), "abc") == DATA


@pytest.mark.parametrize("place", ["missing/cache", "file", "file/cache"])
def test_a_place_that_cannot_be_had_is_harmless(tmp_path, place):
    (tmp_path / "file").write_text("a file")
    cache_writer.store(str(tmp_path / place), "abc", DATA)
    assert cache.load(str(tmp_path / place), "abc") is None
    assert names(tmp_path) == ["file"]


def test_a_full_disk_is_harmless_and_leaves_nothing(folder):
    stored(folder)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(DATA) // 2, hard))
    try:
        cache_writer.store(str(folder), "new", DATA)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert names(folder) == ["abc"]


def aged(path: Path, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(path, (then, then))


def test_the_number_of_files_is_bounded_and_the_oldest_go(folder, monkeypatch):
    monkeypatch.setattr(cache_writer, "MAXIMUM_FILES", 5)
    for number in range(9):
        aged(stored(folder, f"name{number}"), 100 - number)
    assert names(folder) == ["name4", "name5", "name6", "name7", "name8"]


def test_the_bytes_are_bounded_and_the_oldest_go(folder, monkeypatch):
    monkeypatch.setattr(cache, "MAXIMUM_BYTES", 2 * len(cache.whole("name0", DATA)) + 100)
    for number in range(6):
        aged(stored(folder, f"name{number}"), 100 - number)
    assert names(folder) == ["name4", "name5"]
    cache_writer.store(str(folder), "large", DATA * 3)
    assert names(folder) == ["name4", "name5"]


def test_what_a_killed_writer_left_is_removed_when_it_is_old(folder):
    stored(folder)
    for name, age in ((".left.1", 3600), (".busy.2", 1)):
        (folder / name).write_bytes(b"half")
        aged(folder / name, age)
    stored(folder, "next")
    assert names(folder) == [".busy.2", "abc", "next"]


WRITER = """
import sys
from arcapix.fs.gpfs.driver import cache, cache_writer
cache_writer.MAXIMUM_FILES = 6
folder, first = sys.argv[1], int(sys.argv[2])
hits = 0
for number in range(300):
    name = f"name{(first + number) % 8}"
    cache_writer.store(folder, name, name.encode() * 4000)
    for other in range(8):
        found = cache.load(folder, f"name{other}")
        assert found is None or found == f"name{other}".encode() * 4000, other
        hits += found is not None
assert hits > 300, hits
"""


def test_many_writers_and_readers_at_once_never_see_a_half(folder):
    processes = [subprocess.Popen([sys.executable, "-c", WRITER, folder, str(n)]) for n in range(4)]
    assert [process.wait(timeout=60) for process in processes] == [0, 0, 0, 0]
    assert not [name for name in names(folder) if name.startswith(".")]
    assert len(names(folder)) <= 6 + len(processes)


def test_a_writer_killed_at_any_instant_leaves_whole_files(folder):
    for delay in (0.0, 0.002, 0.005, 0.01, 0.02):
        program = WRITER.replace("folder, first", "print(flush=True); folder, first", 1)
        with subprocess.Popen(
            [sys.executable, "-c", program, folder, "0"], stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(delay)
            process.kill()
        for number in range(8):
            found = cache.load(str(folder), f"name{number}")
            assert found is None or found == f"name{number}".encode() * 4000
    stored(folder)
