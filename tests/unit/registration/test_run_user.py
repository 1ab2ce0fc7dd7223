from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from arcapix.fs.gpfs import Callback, CallbackWarning, Cluster, GPFSError, NotFound, Run
from arcapix.fs.gpfs.commands import process
from arcapix.fs.gpfs.commands.process import Completed
from arcapix.fs.gpfs.registration import run_user

SHELL = "/bin/sh"
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")


def handler():
    return None


@pytest.fixture
def public():
    """A folder that every user may look into, which those of pytest are not."""
    folder = Path(tempfile.mkdtemp(prefix="run-user-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def asked(monkeypatch):
    """Root, for whom another process answers that all is well; the list of what it was asked."""
    started = []

    def answer(argv, timeout):
        started.append((argv, process._user.get()))
        return Completed(argv, 0, "\n[]\n", "")

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with process.using(answer):
        yield started


# who


def test_a_user_that_is_not_there_is_refused_with_the_nearest_name(gpfs):
    with pytest.raises(NotFound, match="no user 'nobdy'; did you mean 'nobody'"):
        Cluster().onMount.new("x", handler, run=Run(run_as="nobdy"))
    assert not gpfs.callbacks


def test_a_change_to_a_user_that_is_not_there_is_refused(gpfs):
    callback = Cluster().onMount.new("x", handler)
    with pytest.raises(NotFound, match="no user 'nobdy'"):
        callback.change(run=Run(run_as="nobdy"))
    assert Cluster().callbacks["x"].run is None


def test_a_batch_with_a_user_that_is_not_there_installs_nothing(gpfs):
    with pytest.raises(NotFound, match="no user 'nobdy'"), Cluster().callbacks.batch() as batch:
        batch.new("a", handler, "mount")
        batch.new("b", handler, "mount", run=Run(run_as="nobdy"))
    assert not gpfs.callbacks


def test_a_definition_asks_for_no_user():
    assert Callback("x", handler, "mount", run=Run(run_as="nobdy")).run == Run(run_as="nobdy")


def test_another_change_of_a_callback_whose_user_is_not_there_is_made(gpfs, monkeypatch):
    user = pwd.getpwuid(os.geteuid())
    callback = Cluster().onMount.new("x", handler, run=Run(run_as=user.pw_name))
    monkeypatch.setattr(pwd, "getpwnam", {}.__getitem__)
    callback.add(event="unmount")
    callback.change(run=Run(run_as=user.pw_name, timeout=5))
    assert callback.run == Run(run_as=user.pw_name, timeout=5)


# whether root can be asked


def test_the_user_that_installs_it_needs_no_look(gpfs, recwarn):
    Cluster().onMount.new("x", handler, run=Run(run_as=pwd.getpwuid(os.geteuid()).pw_name))
    assert gpfs.checks == 1
    assert not recwarn.list


def test_another_user_is_doubted_without_the_rights_of_root(gpfs, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 54321)
    with pytest.warns(CallbackWarning, match="runs as 'nobody' only where root starts the driver"):
        callback = Cluster().onMount.new("x", handler, run=Run(run_as="nobody"))
    assert gpfs.checks == 1
    callback.change(run=None)
    with pytest.warns(CallbackWarning, match="runs as 'nobody' only where root starts the driver"):
        callback.change(run=Run(run_as="nobody"))


def test_root_asks_the_interpreter_as_that_user_with_all_groups(asked):
    user = pwd.getpwnam("nobody")
    assert run_user.check("x", "nobody", "/opt/python", ["json", "csv"]) == []
    ((argv, identity),) = asked
    assert (argv[0], argv[-2:]) == ("/opt/python", ("csv", "json"))
    assert (identity["user"], identity["group"]) == (user.pw_uid, user.pw_gid)
    assert identity["extra_groups"] == os.getgrouplist("nobody", user.pw_gid)
    assert process._user.get() is None


def test_nothing_is_asked_where_there_is_no_driver(asked):
    assert run_user.check("x", "nobody", None, ["json"]) == []
    assert asked == []


def test_a_function_is_asked_for_with_what_it_imports(gpfs, monkeypatch):
    seen = []

    def check(identifier, run_as, interpreter, modules=()):
        seen.append((identifier, run_as, interpreter, modules))
        return ["doubted"]

    def imports(fsName):
        import csv

        return csv, shutil.which(fsName), stat.S_IRWXU

    monkeypatch.setattr(run_user, "check", check)
    with pytest.warns(CallbackWarning, match="doubted"):
        Cluster().onMount.new("x", imports, run=Run(run_as="nobody"))
    ((identifier, run_as, interpreter, modules),) = seen
    assert (identifier, run_as, interpreter) == ("x", "nobody", sys.executable)
    assert {"csv", "shutil", "stat"} <= set(modules)


def test_without_a_user_nothing_is_asked(gpfs, monkeypatch):
    monkeypatch.setattr(run_user, "check", None)
    callback = Cluster().onMount.new("x", handler, run=Run(timeout=5))
    callback.change(run=Run(timeout=6))
    callback.change(run=None)


# what the user may not read


def python(folder, text):
    """A program that stands for an interpreter."""
    path = folder / "python3"
    path.write_text(f"#!{SHELL}\n{text}\n")
    path.chmod(0o755)
    return str(path)


@needs_root
def test_an_interpreter_in_a_closed_folder_is_refused_with_that_folder(public):
    closed = public / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(GPFSError) as refused:
        run_user.check("x", "nobody", python(closed, "echo []"))
    assert str(refused.value).startswith(
        f"callback 'x' cannot run as 'nobody': {closed}/python3, the driver's"
    )
    assert f"that user may not read {closed}; " in str(refused.value)


@needs_root
def test_a_link_to_an_interpreter_in_a_closed_folder_is_refused_with_that_folder(public):
    closed = public / "closed"
    closed.mkdir(mode=0o700)
    (public / "link").symlink_to(python(closed, "echo []"))
    with pytest.raises(GPFSError, match=f"that user may not read {closed}; "):
        run_user.check("x", "nobody", str(public / "link"))


@needs_root
def test_an_interpreter_that_cannot_be_read_is_refused(public):
    path = python(public, "echo []")
    os.chmod(path, 0o700)
    with pytest.raises(GPFSError, match=f"that user may not read {path}; "):
        run_user.check("x", "nobody", path)


@needs_root
def test_an_interpreter_without_its_library_is_refused_with_what_it_says(public):
    with pytest.raises(GPFSError, match="since ModuleNotFoundError: No module named 'encodings'; "):
        text = "echo \"ModuleNotFoundError: No module named 'encodings'\" >&2; exit 1"
        run_user.check("x", "nobody", python(public, text))


def python_that_lacks(folder, module, place):
    """A program that stands for an interpreter in which another user than root cannot import a module."""
    failed = f"[('{module}', '{module}', 'ImportError: no')]"
    return python(folder, f'test $(id -u) = 0 && echo "[{place!r}]" || echo "{failed}"')


@needs_root
def test_a_module_in_a_closed_folder_is_refused_with_that_folder(public):
    closed = public / "closed"
    closed.mkdir(mode=0o700)
    program = python_that_lacks(public, "tools", f"{closed}/tools.py")
    with pytest.raises(GPFSError, match=f"needs tools, and that user may not read {closed}; open that"):
        run_user.check("x", "nobody", program, ["tools"])


@needs_root
def test_a_module_that_fails_for_another_reason_is_doubted(public):
    (public / "tools.py").touch(mode=0o644)
    program = python_that_lacks(public, "tools", f"{public}/tools.py")
    doubts = run_user.check("x", "nobody", program, ["tools"])
    assert doubts == ["callback 'x': 'nobody' cannot import tools here: ImportError: no"]


@needs_root
def test_the_interpreter_runs_as_that_user_and_in_those_groups(public):
    user = pwd.getpwnam("nobody")
    program = python(public, "echo $(id -u) $(id -g) >&2; exit 1")
    with pytest.raises(GPFSError, match=f"since {user.pw_uid} {user.pw_gid}; "):
        run_user.check("x", "nobody", program)


@pytest.mark.skipif(not os.access("/usr/bin/python3", os.X_OK), reason="there is no Python for every user")
@needs_root
def test_a_package_in_a_closed_folder_does_not_pass_for_a_namespace(public):
    subprocess.run(["/usr/bin/python3", "-m", "venv", "--without-pip", public / "venv"], check=True)
    (packages,) = public.glob("venv/lib/python3*/site-packages")
    for name, mode in (("open", 0o755), ("closed", 0o700), ("namespace", 0o755)):
        (packages / name).mkdir(mode=mode)
        if name != "namespace":
            (packages / name / "__init__.py").touch()
    interpreter = str(public / "venv" / "bin" / "python3")
    assert run_user.check("x", "nobody", interpreter, ["open", "namespace", "sys"]) == []
    with pytest.raises(GPFSError, match=f"needs closed, and that user may not read {packages}/closed; "):
        run_user.check("x", "nobody", interpreter, ["open", "closed"])


@pytest.mark.skipif(not os.access("/usr/bin/python3", os.X_OK), reason="there is no Python for every user")
@needs_root
def test_a_python_for_every_user_is_accepted_and_what_nobody_has_is_for_others_to_tell():
    assert run_user.check("x", "nobody", "/usr/bin/python3", ["json", "os.path", "no_such_module"]) == []
