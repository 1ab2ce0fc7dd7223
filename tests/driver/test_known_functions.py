"""What a node keeps of a function after its first event there, and what that must not change."""

from __future__ import annotations

import marshal
import os
from pathlib import Path

import pytest

from arcapix.fs.gpfs.driver import cache

record = ""


def note(fsName: str) -> None:
    with open(record, "a") as file:
        file.write(fsName + "\n")


PLAN = ((("variable", "fsName", ""),), {})


def kept(driver) -> list[Path]:
    folder = driver.folder / "state" / "cache"
    return sorted(folder.iterdir()) if folder.exists() else []


def test_later_events_give_the_same_as_the_first(driver, seen):
    token = driver.token(note, PLAN, vs=["fsName"])
    for name in ("a", "b", "c"):
        assert driver.start(token, "eventName=mount", f"fsName={name}").returncode == 0
    assert seen.read_text() == "a\nb\nc\n"
    assert len(kept(driver)) == 1
    assert [run["state"] for run in driver.runs] == ["succeeded"] * 3


def über() -> None:
    maß = "µ"
    note(maß)


def test_a_name_outside_ascii_for_which_the_compiler_loads_a_module_is_kept_too(driver, seen):
    token = driver.token(über)
    for _ in range(2):
        assert driver.start(token, "eventName=mount").returncode == 0
    assert seen.read_text() == "µ\nµ\n"
    assert len(kept(driver)) == 1


def fail() -> None:
    raise RuntimeError("as ever")


def test_tracebacks_of_later_events_are_those_of_the_first(driver):
    token = driver.token(fail)
    for _ in range(2):
        assert driver.start(token, "eventName=mount").returncode == 1
    line = f'File "{Path(__file__).name}", line {fail.__code__.co_firstlineno + 1}, in fail'
    assert driver.log.count(line) == 2


def test_an_altered_token_is_refused_however_often_the_right_one_ran(driver, seen):
    token = driver.token(note, PLAN, vs=["fsName"])
    for _ in range(2):
        assert driver.start(token, "eventName=mount", "fsName=a").returncode == 0
    altered = token.replace("vs=fsName", "vs=fsname")
    assert driver.start(altered, "eventName=mount", "fsname=x").returncode == 3
    assert seen.read_text() == "a\na\n"


def test_a_cluster_key_that_comes_later_ends_what_was_allowed_before(driver, seen):
    token = driver.token(note, PLAN, vs=["fsName"])
    assert driver.start(token, "eventName=mount", "fsName=a").returncode == 0
    driver.make_key(b"a new key of the site\n")
    assert driver.start(token, "eventName=mount", "fsName=b").returncode == 3
    assert seen.read_text() == "a\n"


def test_a_key_that_was_changed_ends_what_the_old_one_allowed(driver, seen):
    driver.key = b"the first key"
    driver.make_key(driver.key)
    token = driver.token(note, PLAN, vs=["fsName"])
    assert driver.start(token, "eventName=mount", "fsName=a").returncode == 0
    driver.make_key(b"the second key")
    assert driver.start(token, "eventName=mount", "fsName=b").returncode == 3
    assert seen.read_text() == "a\n"


def test_another_key_of_the_same_length_and_date_is_noticed(driver, seen):
    path = driver.folder / "gpfs.key"
    driver.key = b"the first key"
    driver.make_key(driver.key)
    facts = path.stat()
    token = driver.token(note, PLAN, vs=["fsName"])
    assert driver.start(token, "eventName=mount", "fsName=a").returncode == 0
    path.write_bytes(b"the other key")
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (facts.st_ino, facts.st_mtime_ns)
    assert driver.start(token, "eventName=mount", "fsName=b").returncode == 3
    assert seen.read_text() == "a\n"


def test_the_same_key_written_again_costs_one_full_check(driver, seen):
    driver.key = b"the key"
    token = driver.token(note, PLAN, vs=["fsName"])
    contents = []
    for name in ("a", "b", "c"):
        if name != "c":
            driver.make_key(driver.key)
        assert driver.start(token, "eventName=mount", f"fsName={name}").returncode == 0
        (file,) = kept(driver)
        contents.append(file.read_bytes())
    assert contents[0] != contents[1] == contents[2]
    assert seen.read_text() == "a\nb\nc\n"


def test_nothing_of_the_key_is_kept(driver):
    driver.key = b"the key of this site"
    driver.make_key(driver.key)
    assert driver.start(driver.token(fail), "eventName=mount").returncode == 1
    (file,) = kept(driver)
    for start in range(len(driver.key) - 3):
        assert driver.key[start : start + 4] not in file.read_bytes()


def test_an_event_about_another_object_leaves_a_checked_token_and_the_function_to_be_compiled(driver, seen):
    token = driver.token(note, PLAN, ow=["filesystem", "mmfs1"], vs=["fsName"])
    sizes = []
    for name in ("mmfs2", "mmfs2", "mmfs1", "mmfs2", "mmfs1"):
        assert driver.start(token, "eventName=mount", f"fsName={name}").returncode == 0
        (file,) = kept(driver)
        sizes.append(file.stat().st_size)
    assert sizes[0] == sizes[1] < sizes[2] == sizes[3] == sizes[4]
    assert seen.read_text() == "mmfs1\nmmfs1\n"


def test_a_file_of_another_release_is_not_used(driver, seen):
    token = driver.token(note, PLAN, vs=["fsName"])
    assert driver.start(token, "eventName=mount", "fsName=a").returncode == 0
    (file,) = kept(driver)
    for other in (
        (token, b""),
        (token, 1, 2),
        (token, ((), None), b""),
        (token, ((), None), b"", 4),
        token,
        None,
    ):
        data = marshal.dumps(other)
        file.write_bytes(cache.whole(file.name, data))
        assert driver.start(token, "eventName=mount", "fsName=b").returncode == 0
    assert seen.read_text() == "a\n" + 6 * "b\n"


@pytest.mark.parametrize("damage", ["cut", "emptied", "one byte", "rubbish"])
def test_a_damaged_file_is_not_used(driver, seen, damage):
    token = driver.token(note, PLAN, vs=["fsName"])
    assert driver.start(token, "eventName=mount", "fsName=a").returncode == 0
    (file,) = kept(driver)
    data = file.read_bytes()
    damaged = {
        "cut": data[: len(data) // 2],
        "emptied": b"",
        "one byte": data[:-5] + bytes([data[-5] ^ 1]) + data[-4:],
        "rubbish": b"rubbish" * 100,
    }
    file.write_bytes(damaged[damage])
    assert driver.start(token, "eventName=mount", "fsName=b").returncode == 0
    assert seen.read_text() == "a\nb\n"


def test_a_folder_that_others_may_write_to_is_not_used(driver, seen):
    token = driver.token(note, PLAN, vs=["fsName"])
    folder = driver.folder / "state" / "cache"
    folder.mkdir()
    folder.chmod(0o777)
    assert driver.start(token, "eventName=mount", "fsName=a").returncode == 0
    assert kept(driver) == []
    assert seen.read_text() == "a\n"


def evil() -> None:
    os.write(2, b"poisoned")


def test_a_file_made_for_another_token_is_not_used(driver, seen):
    token = driver.token(note, PLAN, vs=["fsName"])
    other = driver.token(evil)
    assert driver.start(other, "eventName=mount").returncode == 0
    (file,) = kept(driver)
    _, _, data = file.read_bytes().partition(b"\n")
    assert marshal.loads(data)[0] == other
    file.rename(file.with_name(token[-33:] + file.name[33:]))
    assert driver.start(token, "eventName=mount", "fsName=a").returncode == 0
    assert "poisoned" not in driver.log.partition("fsName")[2]
    assert seen.read_text() == "a\n"


def test_where_nothing_can_be_kept_every_event_compiles(driver, seen):
    token = driver.token(note, PLAN, vs=["fsName"])
    (driver.folder / "state" / "cache").write_text("a file where the folder should be")
    for _ in range(2):
        assert driver.start(token, "eventName=mount", "fsName=a").returncode == 0
    assert seen.read_text() == "a\na\n"
