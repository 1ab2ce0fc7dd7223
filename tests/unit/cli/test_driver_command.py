"""``arcapix-gpfs driver install``: what it is given becomes the configuration of the driver."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from arcapix.fs.gpfs import CallbackWarning, Cluster, GPFSError, Run
from arcapix.fs.gpfs.cli import main
from arcapix.fs.gpfs.deployment import installation, python_files
from arcapix.fs.gpfs.deployment.environment import DRIVER
from arcapix.fs.gpfs.driver.main import CONFIGURATION

from ...checkout import needs_safe_checkout


def install(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["driver", "install", "--prefix", str(folder), *options])


def test_the_bounds_of_journal_and_log_are_set_in_bytes_or_with_a_unit(tmp_path):
    done = install(tmp_path, "--journal-bytes", "256M", "--log-bytes", "70000")
    found = installation.configuration_of(Path(done.stdout.strip()))
    assert (found["journal_bytes"], found["log_bytes"]) == (256 << 20, 70_000)


def test_what_is_not_given_is_the_default(tmp_path):
    found = installation.configuration_of(Path(install(tmp_path).stdout.strip()))
    assert {**found, "state": "", "log": ""} == {**CONFIGURATION, "state": "", "log": ""}


@pytest.mark.parametrize("option", ["--journal-bytes", "--log-bytes"])
@pytest.mark.parametrize(
    ("size", "said"),
    [("much", "'much' is not a size"), ("-1", "'-1' is not a size"), ("63K", "is less than 64K")],
)
def test_a_bound_that_is_none_is_refused_before_anything_is_written(tmp_path, option, size, said):
    done = install(tmp_path / "driver", option, size)
    assert (done.exit_code, said in done.stderr, "such as 64M" in done.stderr) == (2, True, True)
    assert not (tmp_path / "driver").exists()


@pytest.mark.parametrize("number", [0, 1, 1000])
def test_so_many_runs_may_go_on_as_a_callback_may_ask_for_or_any_number(tmp_path, number):
    done = install(tmp_path, "--max-running", str(number))
    assert installation.configuration_of(Path(done.stdout.strip()))["max_running"] == number
    assert number == 0 or Run(max_running=number)


@pytest.mark.parametrize("number", [1001, 2000, -1])
def test_more_runs_than_a_callback_may_ask_for_are_refused_in_the_same_words(tmp_path, number):
    done = install(tmp_path / "driver", "--max-running", str(number))
    assert done.exit_code == 2
    assert f"max_running={number} is not in 0 to 1000; give one such as 64" in done.stderr
    with pytest.raises(ValueError, match=f"max_running={number} is not in 1 to 1000; give one such as 4"):
        Run(max_running=number)
    assert not (tmp_path / "driver").exists()


@needs_safe_checkout
def test_what_others_can_change_is_not_installed_unless_the_site_accepts_that(tmp_path):
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    folder = tmp_path / "open" / "driver"
    done = install(folder)
    assert (done.exit_code, done.stderr) == (
        1,
        f"arcapix-gpfs: {tmp_path}/open can be written by everybody, who could change what the driver runs; "
        f"run: chmod go-w {tmp_path}/open, or accept that with: arcapix-gpfs driver install "
        f"--prefix {folder} --insecure\n",
    )
    assert not folder.exists()
    accepted = install(folder, "--insecure")
    assert accepted.exit_code == 0
    assert installation.configuration_of(folder / "callbackdriver.py")["insecure"] is True


@pytest.fixture
def insecure(gpfs, tmp_path, monkeypatch) -> Path:
    install(tmp_path / "driver", "--insecure")
    stub = tmp_path / "driver" / "callbackdriver.py"
    monkeypatch.setenv(DRIVER, str(stub))
    return stub


def handler() -> None:
    return None


def test_that_others_can_change_what_runs_is_said_at_new_and_in_every_listing(insecure):
    told = f"the driver {insecure} was installed with --insecure: others may be able to change what it runs"
    with pytest.warns(CallbackWarning) as warned:
        Cluster().onShutdown.new("x", handler)
    assert [str(warning.message) for warning in warned] == [told]
    for words in (["list"], ["list", "--json"], ["show", "x"]):
        done = CliRunner().invoke(main, words)
        assert (done.exit_code, done.stderr) == (0, f"arcapix-gpfs: warning: {told}\n")


def test_of_a_driver_as_it_should_be_nothing_is_said(gpfs):
    Cluster().onShutdown.new("x", handler)
    assert CliRunner().invoke(main, ["list"]).stderr == ""


@needs_safe_checkout
def test_nothing_is_registered_with_a_driver_that_others_can_change(gpfs, tmp_path, monkeypatch):
    stub = installation.install(tmp_path / "driver")
    monkeypatch.setenv(DRIVER, str(stub))
    stub.chmod(0o775 | 0o002)
    with pytest.raises(
        GPFSError,
        match=f"{stub} can be written by everybody, .*; run: arcapix-gpfs driver install --prefix {stub.parent}, or ",
    ):
        Cluster().onShutdown.new("x", handler)
    assert gpfs.changing == 0
    stub.chmod(0o755)
    Cluster().onShutdown.new("x", handler)


@needs_safe_checkout
def test_a_driver_that_others_could_change_is_written_anew_without_making_their_files_its_own(tmp_path):
    folder = tmp_path / "driver"
    stub = installation.install(folder)
    good = stub.read_text()
    for path in (stub, folder / "callbackdriver.unbundled"):
        path.write_text("harm")
        path.chmod(0o777)
    done = install(folder)
    assert (done.exit_code, stub.read_text(), stub.stat().st_mode & 0o777) == (0, good, 0o755)


def test_what_advises_to_install_a_driver_names_its_folder_unless_that_is_the_default(tmp_path, monkeypatch):
    monkeypatch.setenv(DRIVER, str(tmp_path / "callbackdriver.py"))
    with pytest.raises(GPFSError, match=f"run: arcapix-gpfs driver install --prefix {tmp_path}$"):
        installation.driver_path()
    monkeypatch.setattr(installation, "default_prefix", lambda: tmp_path)
    with pytest.raises(GPFSError, match=r"run: arcapix-gpfs driver install$"):
        installation.driver_path()


@needs_safe_checkout
def test_a_python_that_others_can_change_is_refused_before_anything_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(python_files, "danger", lambda _: "its library can be written by everybody; close it")
    done = install(tmp_path / "driver")
    command = f"arcapix-gpfs driver install --prefix {tmp_path / 'driver'} --insecure"
    told = f"its library can be written by everybody; close it, or accept that with: {command}"
    assert (done.exit_code, done.stderr) == (1, f"arcapix-gpfs: {told}\n")
    assert not (tmp_path / "driver").exists()
    assert install(tmp_path / "driver", "--insecure").exit_code == 0


@needs_safe_checkout
def test_what_a_driver_was_installed_with_stays_when_it_is_replaced_and_is_told(tmp_path):
    stub = tmp_path / "callbackdriver.py"
    first = install(tmp_path, "--max-running", "3", "--log-bytes", "64K", "--once-folder", "/mmfs1/once")
    before = stub.read_text()
    again = install(tmp_path)
    assert (first.stderr, again.stdout, stub.read_text()) == ("", f"{stub}\n", before)
    assert again.stderr == (
        "kept from the driver before, unless --defaults is given: "
        "log_bytes=65536, max_running=3, once_folder='/mmfs1/once'\n"
    )
    changed = install(tmp_path, "--max-running", "0")
    assert "max_running" not in changed.stderr
    found = installation.configuration_of(stub)
    assert (found["max_running"], found["log_bytes"]) == (0, 65536)


@needs_safe_checkout
def test_nothing_of_a_driver_stays_if_that_is_asked_for(tmp_path):
    install(tmp_path, "--max-running", "3", "--insecure")
    done = install(tmp_path, "--defaults")
    found = installation.configuration_of(tmp_path / "callbackdriver.py")
    assert (done.stderr, found["max_running"], found["insecure"]) == ("", 64, False)


@needs_safe_checkout
@pytest.mark.parametrize("text", ["#!/bin/sh\n", None], ids=["not a driver", "written by others"])
def test_nothing_of_a_driver_stays_that_others_could_have_written_or_nobody_can_read(tmp_path, text):
    stub = tmp_path / "callbackdriver.py"
    install(tmp_path, "--path", "/tmp/harm")
    if text:
        stub.write_text(text)
    else:
        stub.chmod(0o777)
    done = install(tmp_path)
    said = f"those of {stub} cannot be read" if text else f"{stub} can be written by everybody"
    assert done.stderr.startswith("arcapix-gpfs: warning: no setting ")
    assert done.stderr.endswith(f"was kept, since {said}\n")
    assert "harm" not in stub.read_text()


def test_state_and_log_stay_where_they_are_though_the_default_is_another(tmp_path):
    stub = tmp_path / "callbackdriver.py"
    installation.install(
        tmp_path, {"emulated": True, "state": str(tmp_path / "s"), "log": str(tmp_path / "l")}
    )
    install(tmp_path)
    found = installation.configuration_of(stub)
    assert (found["state"], found["log"]) == (str(tmp_path / "s"), str(tmp_path / "l"))


@needs_safe_checkout
class TestRemoval:
    def test_a_driver_that_no_callback_needs_is_removed_without_a_question(self, tmp_path, monkeypatch):
        monkeypatch.setenv("ARCAPIX_GPFS_BIN", str(tmp_path / "no-gpfs"))
        driver = Path(install(tmp_path / "driver").stdout.strip())
        done = CliRunner().invoke(main, ["driver", "remove", "--prefix", str(driver.parent)])
        assert (done.exit_code, done.stdout.splitlines()[0]) == (0, f"removed {driver}")
        assert not driver.exists()

    def test_callbacks_that_would_fail_are_named_and_keep_it_until_somebody_means_it(self, gpfs_cluster):
        driver = installation.driver_path()
        Cluster().onNodeJoin.new("first", print)
        Cluster().onNodeJoin.new("second", print)
        words = ["driver", "remove", "--prefix", str(driver.parent)]
        done = CliRunner().invoke(main, words)
        assert done.exit_code == 1
        assert "nothing was changed: 2 callbacks will fail here at each event: first, second" in done.stderr
        assert driver.exists()
        done = CliRunner().invoke(main, [*words, "--yes"])
        assert (done.exit_code, driver.exists()) == (0, False)

    def test_where_none_is_installed_that_is_an_error(self, tmp_path, monkeypatch):
        monkeypatch.setenv("ARCAPIX_GPFS_BIN", str(tmp_path / "no-gpfs"))
        done = CliRunner().invoke(main, ["driver", "remove", "--prefix", str(tmp_path)])
        assert (done.exit_code, f"no driver is installed at {tmp_path}" in done.stderr) == (1, True)


@needs_safe_checkout
def test_settings_that_go_with_a_driver_are_told(gpfs, tmp_path):
    folder = tmp_path / "driver"
    path = installation.install(folder, {"key": "/mmfs1/gpfs.key", "state": str(tmp_path / "state")})
    words = ["driver", "remove", "--prefix", str(folder)]
    told = CliRunner().invoke(main, words).stdout.splitlines()
    assert told[0] == f"removed {path}"
    assert told[-1] == (
        "it had settings that the next installation will not have by itself: "
        f"key='/mmfs1/gpfs.key', state='{tmp_path}/state'"
    )
    install(folder)
    assert "it had settings" not in CliRunner().invoke(main, words).stdout
