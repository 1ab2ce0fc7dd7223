"""ownership.py: whose the files are, and what a function can still do that has given root's rights up."""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import stat
import tempfile
from pathlib import Path

import pytest

from ..shells import example

pytestmark = pytest.mark.xdist_group("examples: ownership")

OTHER = "nobody"
GROUPS = (0, 1) if os.geteuid() == 0 else None
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
needs_no_root = pytest.mark.skipif(
    os.geteuid() == 0, reason="root may be any user; see the tests beside this one"
)


@pytest.fixture
def public_folder():
    """A folder that every user may look into, which those of pytest are not."""
    folder = Path(tempfile.mkdtemp(prefix="ownership-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(autouse=True)
def no_callbacks_left(shell):
    yield
    shell.ok("mmdelcallback", "mount-log,mount-report")


def mount_again(shell, node):
    shell.ok("mmumount", "mmfs1", "-N", node)
    shell.ok("mmmount", "mmfs1", "-N", node)


def described(path):
    status = path.lstat()
    return (
        pwd.getpwuid(status.st_uid).pw_name,
        grp.getgrgid(status.st_gid).gr_gid,
        oct(stat.S_IMODE(status.st_mode)),
    )


@needs_root
def test_a_log_made_by_root_belongs_to_the_user_and_stays_so(shell, public_folder):
    other = pwd.getpwnam(OTHER)
    log = public_folder / "mounts.log"
    shell.ok(*example("ownership.py"), "mmfs1", OTHER, log, public_folder / "report")
    mount_again(shell, "n2")
    assert shell.lines(log, 1) == ["mmfs1 was mounted on n2.gpfs.test"]
    assert described(log) == (OTHER, other.pw_gid, "0o640")
    mount_again(shell, "n3")
    assert shell.lines(log, 2)[1:] == ["mmfs1 was mounted on n3.gpfs.test"]
    assert described(log) == (OTHER, other.pw_gid, "0o640")


@needs_root
def test_a_symbolic_link_in_the_place_of_the_log_is_not_followed(shell, public_folder):
    log, target = public_folder / "mounts.log", public_folder / "passwd"
    target.write_text("root\n")
    log.symlink_to(target)
    shell.ok(*example("ownership.py"), "mmfs1", OTHER, log, public_folder / "report")
    (process,) = shell.processes_after(lambda: mount_again(shell, "n2"), "mount-log")
    assert process.status == 1
    assert "Too many levels of symbolic links" in shell.runs("mount-log")[-1]["reason"]
    assert target.read_text() == "root\n"
    assert described(target)[0] == "root"


@needs_root
def test_a_function_that_gave_roots_rights_up_writes_as_the_user(shell, public_folder):
    other = pwd.getpwnam(OTHER)
    folder = public_folder / "reports"
    folder.mkdir()
    os.chown(folder, other.pw_uid, other.pw_gid)
    report = folder / "mounts"
    shell.ok(*example("ownership.py"), "mmfs1", OTHER, public_folder / "mounts.log", report)
    mount_again(shell, "n2")
    ids = f"uid {other.pw_uid}, gid {other.pw_gid}, groups []"
    assert shell.lines(report, 1) == [f"mmfs1 was mounted on n2.gpfs.test; written as {ids}"]
    assert described(report) == (OTHER, other.pw_gid, "0o640")


@needs_root
def test_a_function_that_gave_roots_rights_up_cannot_write_where_root_could(shell, public_folder):
    report = public_folder / "mounts"  # the folder is root's
    shell.ok(*example("ownership.py"), "mmfs1", OTHER, public_folder / "mounts.log", report)
    (process,) = shell.processes_after(lambda: mount_again(shell, "n2"), "mount-report")
    assert process.status == 1
    assert "PermissionError" in shell.runs("mount-report")[-1]["reason"]
    assert not report.exists()


@needs_root
def test_the_record_of_a_run_that_gave_roots_rights_up_is_complete(shell, public_folder):
    other = pwd.getpwnam(OTHER)
    report = public_folder / "mounts"
    report.touch()
    os.chown(report, other.pw_uid, other.pw_gid)
    shell.ok(*example("ownership.py"), "mmfs1", OTHER, public_folder / "mounts.log", report)
    (process,) = shell.processes_after(lambda: mount_again(shell, "n2"), "mount-report")
    assert process.status == 0
    run = shell.runs("mount-report")[-1]
    assert run.get("state") == "succeeded"
    assert f"run {run['run']} of mount-report ended: status 0" in shell.driver_log("n2")


@needs_no_root
def test_an_ordinary_users_files_are_its_own_and_closed_to_others(shell, tmp_path):
    user = pwd.getpwuid(os.geteuid())
    log, report = tmp_path / "mounts.log", tmp_path / "report"
    shell.ok(*example("ownership.py"), "mmfs1", user.pw_name, log, report)
    mount_again(shell, "n2")
    shell.lines(log, 1)
    shell.lines(report, 1)
    assert described(log) == described(report) == (user.pw_name, user.pw_gid, "0o640")


@needs_no_root
def test_an_ordinary_user_cannot_become_another_and_the_run_says_so(shell, tmp_path):
    report = tmp_path / "report"
    shell.ok(*example("ownership.py"), "mmfs1", "root", tmp_path / "mounts.log", report)
    (process,) = shell.processes_after(lambda: mount_again(shell, "n2"), "mount-report")
    assert process.status == 1
    assert "PermissionError" in shell.runs("mount-report")[-1]["reason"]
    assert not report.exists()
