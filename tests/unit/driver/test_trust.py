"""Who else could change a file: owners and rights of all that leads to it, as the kernel follows it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from arcapix.fs.gpfs.driver import trust

from ...access_lists import let_write
from ...other_users import needs_giving_away

ANOTHER = 12345
NOBODY = 3_999_999_990
"""A number that no user or group of any machine has."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "outer" / "inner" / "file"
    path.parent.mkdir(parents=True)
    path.write_text("x")
    for each in (path, *path.parents[:2]):
        each.chmod(0o755)
    return path


def test_what_only_its_owner_can_write_is_safe_below_a_sticky_folder_of_root(file):
    assert trust.danger([str(file), str(file.parent)]) == ""


@pytest.mark.parametrize("depth", [0, 1, 2])
@pytest.mark.parametrize("mode", [0o777, 0o757])
def test_what_everybody_can_write_on_the_way_is_named_with_the_way_out(file, depth, mode):
    place = (file, *file.parents)[depth]
    place.chmod(mode)
    told = "can be written by everybody, who could change what the driver runs; run: chmod go-w"
    assert trust.danger([str(file)]) == f"{place} {told} {place}"


def test_what_is_in_a_folder_counts_where_that_is_asked(file):
    link = file.with_name("link")
    link.symlink_to("/nowhere")
    folder = str(file.parent)
    assert trust.danger([folder], folders=[folder]) == ""
    file.chmod(0o666)
    assert trust.danger([folder]) == ""
    assert trust.danger([folder], folders=[folder]).startswith(f"{file} can be written by everybody")


def test_a_sticky_folder_is_safe_for_what_is_in_it_and_not_for_what_may_come(file):
    file.parent.chmod(0o1777)
    assert trust.danger([str(file)]) == ""
    assert trust.danger([str(file.parent)]).startswith(f"{file.parent} can be written by everybody")


@pytest.mark.parametrize(
    ("owner", "group", "is_open"),
    [
        (0, 0, False),
        (NOBODY, 0, False),
        (NOBODY, NOBODY, False),
        (0, NOBODY, True),
        (NOBODY, NOBODY + 1, True),
    ],
)
def test_what_a_group_can_write_is_safe_if_the_group_is_roots_or_the_owners_own(owner, group, is_open):
    assert trust.is_open("/nowhere", 0o100664, owner, group) == is_open
    assert not trust.is_open("/nowhere", 0o100644, owner, group)
    assert trust.is_open("/nowhere", 0o100666, owner, group)


@pytest.mark.parametrize(
    ("users", "groups", "is_private"),
    [
        ("alice:x:1001:1002:::", "alice:x:1002:", True),
        ("alice:x:1001:1002:::", "alice:x:1002:alice", True),
        ("alice:x:1001:1002:::", "alice:x:1002:alice,bob", False),
        ("alice:x:1001:1002:::\nbob:x:1003:1002:::", "alice:x:1002:", False),
        ("alice:x:1001:100:::", "alice:x:1002:", False),
        ("alice:x:1001:1002:::", "staff:x:50:", False),
        ("bob:x:1003:1003:::", "alice:x:1002:", False),
    ],
)
def test_a_group_is_a_users_own_if_it_is_the_first_one_and_nobody_else_is_in_it(
    tmp_path, users, groups, is_private
):
    (tmp_path / "passwd").write_text(f"root:x:0:0:::\n+\n{users}\n")
    (tmp_path / "group").write_text(f"root:x:0:\n{groups}\n")
    files = str(tmp_path / "passwd"), str(tmp_path / "group")
    assert trust.is_private(1001, 1002, *files) == is_private


@pytest.mark.parametrize(("members", "is_private"), [("", True), ("alice", True), ("alice,bob", False)])
def test_a_group_with_the_users_number_is_not_the_users_own_if_it_has_other_members(
    tmp_path, members, is_private
):
    (tmp_path / "passwd").write_text("alice:x:1001:100:::\n")
    (tmp_path / "group").write_text(f"alice:x:1001:{members}\n")
    assert trust.is_private(1001, 1001, str(tmp_path / "passwd"), str(tmp_path / "group")) == is_private
    assert trust.is_private(1001, 1001, str(tmp_path / "none"), str(tmp_path / "none"))


def test_what_an_access_list_lets_others_write_is_named_with_the_way_out(file):
    let_write(file.parent, ANOTHER)
    place = file.parent
    assert trust.danger([str(file)]) == (
        f"{place} can be written by whomever its access list (ACL) names, who could change what the driver runs; "
        f"run: setfacl -b {place}"
    )


def test_an_access_list_that_lets_nobody_write_is_safe(file):
    let_write(file.parent, ANOTHER)
    file.parent.chmod(0o755)  # the bound of all that the list names
    assert trust.danger([str(file)]) == ""


@needs_giving_away
def test_what_a_group_can_write_is_named_with_the_group(file):
    file.parent.chmod(0o775)
    os.chown(file.parent, 0, ANOTHER)
    assert f"{file.parent} can be written by its group, {ANOTHER}, who" in trust.danger([str(file)])


@needs_giving_away
@pytest.mark.parametrize("depth", [0, 1])
def test_what_belongs_to_another_user_is_named_with_the_way_out(file, depth):
    place = (file, *file.parents)[depth]
    os.chown(place, ANOTHER, 0)
    assert trust.danger([str(file)]) == (
        f"{place} belongs to user {ANOTHER}, who could change what the driver runs; "
        "what is in it may be theirs: move it away, and install it anew"
    )


@needs_giving_away
def test_a_link_of_another_user_in_a_sticky_folder_is_named(file, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(file)
    tmp_path.chmod(0o1777)
    assert trust.danger([str(link)]) == ""
    os.chown(link, ANOTHER, 0, follow_symlinks=False)
    assert trust.danger([str(link)]) == (
        f"{link} is a link and belongs to user {ANOTHER}, who could change what the driver runs; "
        f"look where it leads, and run: chown -h root {link}"
    )


@pytest.mark.parametrize("is_relative", [True, False])
def test_a_link_is_followed_through_its_own_folder_and_through_those_of_its_target(
    file, tmp_path, is_relative
):
    open_folder = tmp_path / "elsewhere"
    open_folder.mkdir()
    link = open_folder / "link"
    link.symlink_to("../outer/./inner//file" if is_relative else file)
    second = tmp_path / "second"
    second.symlink_to(link)
    assert trust.danger([str(second)]) == ""
    file.parent.chmod(0o777)
    assert trust.danger([str(second)]).startswith(f"{file.parent} can be")
    file.parent.chmod(0o755)
    open_folder.chmod(0o777)
    assert trust.danger([str(second)]).startswith(f"{open_folder} can be")


def test_what_does_not_exist_and_what_leads_nowhere_is_no_danger(file, tmp_path):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "dangling").symlink_to(tmp_path / "none")
    for name in ("none", "loop", "dangling", "outer/inner/file/below"):
        assert trust.danger([str(tmp_path / name)]) == ""


def test_a_relative_path_begins_in_the_working_folder(file, monkeypatch):
    file.chmod(0o666)
    monkeypatch.chdir(file.parent)
    assert trust.danger(["file"]).startswith(f"{file} can be")


@needs_giving_away
def test_who_is_outside_of_a_user_namespace_counts_as_root(file):
    os.chown(file, ANOTHER, ANOTHER)
    program = f"from arcapix.fs.gpfs.driver import trust; print(repr(trust.danger([{str(file)!r}])))"
    command = ["unshare", "--user", "--map-root-user", sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True)
    if "unshare failed" in done.stderr:
        pytest.skip(f"no user namespace can be made here: {done.stderr}")
    assert (done.stdout, done.stderr) == ("''\n", "")
    assert trust.danger([str(file)]) != ""


def test_all_that_the_interpreter_of_this_process_loads_is_a_part():
    parts = trust.parts("/d/callbackdriver.py", "/p", "/s", sys.executable)
    assert {"/d", "/d/callbackdriver.py", "/d/callbackdriver.unbundled", "/p", "/s"} <= set(parts)
    assert {sys.executable, sys.prefix, sys.base_prefix, str(Path(os.__file__).parent)} <= set(parts)
    assert str(Path(pytest.__file__).parents[1]) in parts
