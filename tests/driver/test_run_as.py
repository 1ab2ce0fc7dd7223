"""Functions that run as another user: its rights are all that they have.

This file has no ``__future__`` import: it would travel with the function, whose user may not be allowed to read the
library of Python.
"""

import os
import pwd

import pytest

from arcapix.fs.gpfs.registration import sealing

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root may become another user")


def show_user():
    print(os.getresuid(), os.getresgid(), sorted(os.getgroups()), os.environ["USER"], os.environ["HOME"])
    try:
        os.setuid(0)
    except PermissionError:
        return
    print("is root again")


def fail():
    raise RuntimeError("no")


def lie_to_the_supervisor():
    for descriptor in map(int, os.listdir("/proc/self/fd")):
        if descriptor > 2:
            try:
                os.write(descriptor, b"7\n" + b"!nosiop"[::-1])
            except OSError:
                continue


def options(user):
    return sealing.Written(sealing.write_pairs([("run_as", user)]))


def output_of(driver):
    return (driver.history.output(driver.history.runs()[-1]) or b"").decode()


def test_a_function_has_user_and_groups_of_whom_it_runs_as(driver):
    token = driver.token(show_user, ru=options("nobody"))
    user = pwd.getpwnam("nobody")
    groups = sorted(os.getgrouplist("nobody", user.pw_gid))
    shown = f"{(user.pw_uid,) * 3} {(user.pw_gid,) * 3} {groups} nobody {user.pw_dir}\n"
    for _ in ("first event", "later event"):
        done = driver.start(token, "eventName=mount")
        assert (done.returncode, done.stderr, output_of(driver)) == (0, "", shown)


def test_what_belongs_to_the_driver_stays_closed_to_the_user(driver):
    assert driver.fire(fail, "eventName=mount", ru=options("nobody")) == 1
    assert driver.runs[0]["reason"] == "RuntimeError: no"
    for path in (driver.folder / "state").rglob("*"):
        assert (path.stat().st_uid, path.stat().st_mode & 0o007) == (0, 0)


def test_the_node_remembers_the_function_and_nothing_that_it_says_of_itself(driver):
    token = driver.token(lie_to_the_supervisor, ru=options("nobody"))
    for _ in ("first event", "later event"):
        assert driver.start(token, "eventName=mount").returncode == 0
        (kept,) = (driver.folder / "state" / "cache").iterdir()
        assert b"lie_to_the_supervisor" in kept.read_bytes()
        assert b"poison!" not in kept.read_bytes()
