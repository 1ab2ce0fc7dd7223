"""The plugin inside pytest: what it costs everybody, its errors and reports, and what it leaves behind."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from arcapix.fs.gpfs.testing.cluster import emulated_cluster
from arcapix.fs.gpfs.testing.marker import Options

pytest_plugins = ["pytester"]

HANGING = """
import time

import pytest

from arcapix.fs.gpfs import Cluster

def script(path, text):
    path.write_text("#!/bin/sh\\n" + text)
    path.chmod(0o755)
    return str(path)

@pytest.mark.gpfs_cluster(expect_failures=True)
@pytest.mark.parametrize("number", range(3))
def test_that_leaves_processes(gpfs_cluster, tmp_path, number):
    hanging = script(tmp_path / "hanging", "sleep 1000 & setsid sleep 1000 & touch $1; sleep 1000\\n")
    Cluster().callbacks.new("hanging", hanging, "mount", parms=[str(tmp_path / "begun")])
    gpfs_cluster.fire("mount")
    while not (tmp_path / "begun").exists():
        time.sleep(0.01)
"""


def _processes_of(folder: Path) -> list[str]:
    mark = f"ARCAPIX_GPFS_BIN={folder}/".encode()
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                if mark in (process / "environ").read_bytes():
                    found.append((process / "cmdline").read_text())
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                continue
    return found


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_no_process_and_no_file_is_left_behind(
    pytester: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
    workers: tuple[str, ...],
) -> None:
    temporary = tmp_path_factory.mktemp("t")
    monkeypatch.setenv("TMPDIR", str(temporary))
    pytester.makepyfile(HANGING)
    result = pytester.runpytest_subprocess("-W", "error", f"--basetemp={pytester.path / 'base'}", *workers)
    result.assert_outcomes(passed=3)
    assert list(temporary.glob("gpfs-*")) == []
    assert _processes_of(temporary) == []


def test_an_event_on_its_way_does_not_outlive_the_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest
        from arcapix.fs.gpfs import Cluster

        @pytest.mark.gpfs_cluster(switches={"event_order": "delayed"}, expect_failures=True)
        def test_a(gpfs_cluster):
            Cluster().callbacks.new("true", "/bin/true", "mount")
            gpfs_cluster.fire("mount")

        def test_b():
            import time
            time.sleep(1.2)
        """
    )
    pytester.runpytest_inprocess("-W", "error").assert_outcomes(passed=2)


def test_synchronous_callbacks_that_hang_one_after_another_do_not_hang_the_end(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(
        """
        import time

        import pytest

        @pytest.mark.gpfs_cluster(expect_failures=True)
        def test_a(gpfs_cluster):
            for number in range(40):
                gpfs_cluster.mm(
                    "mmaddcallback", f"hang{number}", "--command", "/bin/sleep", "--event", "lowDiskSpace",
                    "--sync", "--parms", "1000",
                )
            gpfs_cluster.write("mmfs1", 62 << 20)
            while not gpfs_cluster.runs:
                time.sleep(0.01)
        """
    )
    begun = time.monotonic()
    pytester.runpytest_inprocess("-W", "error").assert_outcomes(passed=1)
    assert time.monotonic() - begun < 8


def test_a_failed_test_shows_what_its_callbacks_printed(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        from arcapix.fs.gpfs import Filesystem

        def handler(fsName):
            print("this is", fsName)
            raise LookupError(fsName)

        def test_a(gpfs_cluster):
            Filesystem("mmfs1").onMount.new("looker", handler)
            gpfs_cluster.fire("mount", fsName="mmfs1")
            gpfs_cluster.wait_idle()
            assert gpfs_cluster.runs[0].state == "succeeded"
        """
    )
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*- GPFS callbacks -*",
            "looker on n1, event mount, failed: LookupError*",
            "    given: eventName=mount fsName=mmfs1",
            "    this is mmfs1",
            "    Traceback (most recent call last):",
            "*raise LookupError(fsName)",
        ]
    )


def test_a_report_shows_what_callbacks_print_and_obeys_none_of_it(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        from arcapix.fs.gpfs import Filesystem

        def look(fsName):
            print("\\x1b[2J\\u202etabs\\tand\\nlines\\x0b of \\x85" + fsName)

        def test_a(gpfs_cluster):
            Filesystem("mmfs1").onMount.new("looker", look)
            gpfs_cluster.fire("mount", fsName="mmfs1")
            gpfs_cluster.wait_idle()
            assert False
        """
    )
    result = pytester.runpytest_inprocess()
    shown = "    \\x1b[2J\\u202etabs\tand\n    lines\\x0b of \\x85mmfs1\n"
    assert shown in result.stdout.str()


def test_a_failed_test_whose_callbacks_never_ran_shows_which_there_are(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        from arcapix.fs.gpfs import Cluster

        def test_a(gpfs_cluster):
            Cluster().callbacks.new("idle", "/bin/true", "mount,unmount")
            assert gpfs_cluster.runs
        """
    )
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["no callback ran; registered: idle for mount, unmount"])


def test_a_failed_test_that_did_not_wait_is_told_so(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import time

        from arcapix.fs.gpfs import Filesystem

        def report(fsName):
            time.sleep(0.3)
            print("seen")

        def test_too_early_for_what_was_written(gpfs_cluster):
            Filesystem("mmfs1").onNoDiskSpace.new("space", report)
            gpfs_cluster.write("mmfs1", 1000)
            assert gpfs_cluster.runs

        def test_too_early_for_what_was_played(gpfs_cluster):
            Filesystem("mmfs1").onMount.new("looker", report, node="n1")
            gpfs_cluster.fire("mount", node="n1", fsName="mmfs1")
            assert gpfs_cluster.runs[0].output == "seen"
        """
    )
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        [
            "no callback ran; registered: space for noDiskSpace of filesystem mmfs1",
            "    written by the test: mmfs1/written-1, 1000 bytes",
            "the test had not waited, so that an event may have been on its way; "
            "let it call gpfs_cluster.wait_idle() before it looks",
            "looker on n1, event mount, succeeded",
            "    seen",
            "1 run had not ended when the test failed; let it call gpfs_cluster.wait_idle() before it looks",
        ],
        consecutive=False,
    )


def test_a_failed_test_that_waited_is_told_nothing_of_waiting(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        from arcapix.fs.gpfs import Filesystem

        def test_waited(gpfs_cluster):
            Filesystem("mmfs1").onMount.new("looker", lambda fsName: print(fsName), node="n1")
            gpfs_cluster.fire("mount", node="n1", fsName="mmfs1")
            gpfs_cluster.wait_idle()
            assert not gpfs_cluster.runs

        def test_waited_in_vain(gpfs_cluster):
            gpfs_cluster.fire("mount", node="n1", fsName="mmfs1")
            gpfs_cluster.wait_idle()
            assert gpfs_cluster.runs
        """
    )
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(failed=2)
    result.stdout.no_fnmatch_line("*before it looks*")


def test_a_failed_test_whose_event_was_about_another_object_shows_about_which(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(
        """
        from arcapix.fs.gpfs import Filesystem

        def test_a(gpfs_cluster):
            Filesystem("mmfs1").onMount.new("greeter", lambda fsName: print(fsName), node="n1")
            gpfs_cluster.fire("mount", fsName="mmfs2")
            gpfs_cluster.fire("unmount", fsName="mmfs1")
            gpfs_cluster.wait_idle()
            assert gpfs_cluster.runs
        """
    )
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "no callback ran; registered: greeter for mount of filesystem mmfs1 on n1*",
            "    played by the test: mount(fsName=mmfs2), noticed by * node*",
            "    played by the test: unmount(fsName=mmfs1), noticed by * node*",
            "    an event about another object was left by: greeter on n1, given eventName=mount fsName=mmfs2",
        ]
    )


FAILING = """
import pytest
from arcapix.fs.gpfs import Cluster, Filesystem

def look(fsName):
    print("this is", fsName)
    raise LookupError(fsName)

def hold():
    import time
    time.sleep(1000)

def fire(cluster, handler=look):
    Filesystem("mmfs1").onMount.new("looker", handler, node="n2")
    cluster.fire("mount", node="n2", fsName="mmfs1")
    cluster.wait_idle()
"""


def test_a_test_whose_callback_has_failed_unseen_fails_with_reason_and_traceback(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(
        FAILING
        + """
def test_a(gpfs_cluster):
    fire(gpfs_cluster)

def test_b(gpfs_cluster, tmp_path):
    script = tmp_path / "script"
    script.write_text("#!/bin/sh\\nexit 3")
    script.chmod(0o755)
    Cluster().onMount.new("script", str(script), node="n1")
    assert gpfs_cluster.runs == []
    gpfs_cluster.fire("mount", node="n1", fsName="mmfs1")
    gpfs_cluster.wait_idle()
"""
    )
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(passed=2, errors=2)
    result.stdout.fnmatch_lines(
        [
            "a callback has failed, and the test has not looked at it:",
            "looker on n2, event mount, failed: LookupError*",
            "    this is mmfs1",
            "    Traceback (most recent call last):",
            "*raise LookupError(fsName)",
            "look at gpfs_cluster.runs, or say: @pytest.mark.gpfs_cluster(expect_failures=True)",
            "script on n1, event mount, failed: exit status 3",
        ]
    )


def test_a_failure_that_was_looked_at_or_expected_fails_no_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        FAILING
        + """
def test_seen(gpfs_cluster):
    fire(gpfs_cluster)
    assert gpfs_cluster.runs[0].state == "failed"

@pytest.mark.gpfs_cluster(expect_failures=True)
def test_expected(gpfs_cluster):
    fire(gpfs_cluster)

def test_crash(gpfs_cluster, tmp_path):
    begun = tmp_path / "begun"

    def hang():
        begun.touch()
        hold()

    Filesystem("mmfs1").onMount.new("hanging", hang, node="n2")
    gpfs_cluster.fire("mount", node="n2", fsName="mmfs1")
    while not begun.exists():
        pass
    gpfs_cluster.crash("n2")
    gpfs_cluster.wait_idle()

def test_that_fails_itself(gpfs_cluster):
    fire(gpfs_cluster)
    assert False
"""
    )
    pytester.runpytest_inprocess().assert_outcomes(passed=3, failed=1)


def test_one_failure_that_was_looked_at_covers_no_later_one(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        FAILING
        + """
def test_a(gpfs_cluster):
    fire(gpfs_cluster)
    assert gpfs_cluster.runs[0].state == "failed"
    gpfs_cluster.fire("mount", node="n2", fsName="mmfs1")
    gpfs_cluster.wait_idle()
"""
    )
    pytester.runpytest_inprocess().assert_outcomes(passed=1, errors=1)


def test_what_a_test_has_not_waited_for_is_waited_for_and_may_fail_it(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        FAILING
        + """
def fire_only(cluster, handler):
    Filesystem("mmfs1").onMount.new("looker", handler, node="n2")
    cluster.fire("mount", node="n2", fsName="mmfs1")

def test_late_failure(gpfs_cluster):
    def look_late(fsName):
        import time
        time.sleep(0.3)
        raise LookupError(fsName)

    fire_only(gpfs_cluster, look_late)

def test_unnoticed_until_then(gpfs_cluster):
    Filesystem("mmfs1").onLowDiskSpace.new("space", look)
    gpfs_cluster.write("mmfs1", 62 << 20)

def test_success(gpfs_cluster):
    fire_only(gpfs_cluster, lambda fsName: print(fsName))

@pytest.mark.gpfs_cluster(expect_failures=True)
def test_expected(gpfs_cluster):
    fire_only(gpfs_cluster, look)
"""
    )
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(passed=4, errors=2)
    result.stdout.fnmatch_lines(
        [
            "looker on n2, event mount, failed: LookupError*",
            "space on n1, event lowDiskSpace, failed: LookupError*",
        ]
    )


def test_what_still_runs_some_seconds_after_the_end_fails_the_test_and_is_named(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("arcapix.fs.gpfs.testing.cluster.PATIENCE", 0.5)
    pytester.makepyfile(
        FAILING
        + """
def test_a(gpfs_cluster):
    Cluster().onMount.new("holder", hold, node="n2")
    gpfs_cluster.fire("mount", node="n2", fsName="mmfs1")

@pytest.mark.gpfs_cluster(switches={"event_order": "delayed"})
def test_b(gpfs_cluster):
    Cluster().onMount.new("delayed", "/bin/sleep", node="n2", parms="100")
    gpfs_cluster.fire("mount", node="n2")
"""
    )
    result = pytester.runpytest_inprocess("-W", "error")
    result.assert_outcomes(passed=2, errors=2)
    result.stdout.fnmatch_lines(
        [
            "still running 0.5 s after the end of the test: holder on n2, event mount, pid *",
            "let the test call gpfs_cluster.wait_idle(), or say: @pytest.mark.gpfs_cluster(expect_failures=True)",
            "still running 0.5 s after the end of the test: *",
        ]
    )


def test_the_attempt_that_is_made_is_waited_for_and_one_that_is_due_later_is_not(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(
        """
        from arcapix.fs.gpfs import Cluster, GiveUp, RetryLater

        def give_up_late():
            import time
            time.sleep(0.3)
            raise GiveUp("nothing there")

        def wait_an_hour():
            raise RetryLater("1h")

        def test_a(gpfs_cluster):
            Cluster().callbacks.new("late", give_up_late, "mount", node="n1", run={"retries": 1})
            gpfs_cluster.fire("mount", node="n1")

        def test_b(gpfs_cluster):
            Cluster().callbacks.new("later", wait_an_hour, "mount", node="n1", run={"retries": 3})
            gpfs_cluster.fire("mount", node="n1")
        """
    )
    result = pytester.runpytest_inprocess("-W", "error")
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["late on n1, event mount, failed: *nothing there*"])


@pytest.mark.parametrize(
    ("marker", "message"),
    [
        ("node=3", "the marker gpfs_cluster has no option 'node'; did you mean 'nodes'?"),
        (
            "colour='red'",
            "the marker gpfs_cluster has no option 'colour'; it has nodes, filesystems, switches, expect_failures",
        ),
        (
            "3",
            "the marker gpfs_cluster takes its options by name, not 3; it has nodes, filesystems, switches, expect_failures",
        ),
        ("nodes='n1'", "the marker gpfs_cluster takes nodes as a number or a list of names, not 'n1'"),
        (
            "filesystems=2",
            "the marker gpfs_cluster takes filesystems as a list of names or a mapping of names to sizes, not 2",
        ),
        ("filesystems={'a': 'big'}", "the marker gpfs_cluster cannot read a size: 'big' is not a size*"),
        (
            "switches=['release']",
            "the marker gpfs_cluster takes switches as a mapping of names to answers, not *",
        ),
        (
            "switches={'relase': '6.0.0'}",
            "no emulated cluster can be made: no switch 'relase'; did you mean 'release'?",
        ),
        (
            "expect_failures='yes'",
            "the marker gpfs_cluster takes expect_failures as True or False, not 'yes'",
        ),
        ("nodes=0", "no emulated cluster can be made: a cluster needs at least one node"),
    ],
)
def test_a_marker_that_cannot_be_understood_is_refused_in_one_line(
    pytester: pytest.Pytester, marker: str, message: str
) -> None:
    pytester.makepyfile(
        f"""
        import pytest

        @pytest.mark.gpfs_cluster({marker})
        def test_a(gpfs_cluster):
            pass
        """
    )
    result = pytester.runpytest_inprocess("--strict-markers")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([message])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_run_that_asks_for_no_cluster_loads_nothing_of_the_package(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import sys

        def test_a():
            ours = {name for name in sys.modules if name.startswith("arcapix.fs.gpfs")}
            assert ours == {"arcapix.fs.gpfs", "arcapix.fs.gpfs.testing"}
            assert not {"click", "cloudpickle"} & set(sys.modules)
        """
    )
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_the_plugin_is_loaded_in_a_few_milliseconds() -> None:
    code = "import pytest, time; t = time.process_time(); import arcapix.fs.gpfs.testing; print(time.process_time() - t)"
    times = [float(subprocess.check_output([sys.executable, "-c", code])) for _ in range(3)]
    assert min(times) < 0.01


@pytest.mark.slow  # a clock decides, so the machine has to be quiet
def test_a_cluster_costs_less_than_50_ms() -> None:
    options = Options(("n1", "n2", "n3"), {"mmfs1": 64 << 20, "mmfs2": 64 << 20}, {})
    # One quick one proves it; on a machine that others use most are slower, but none can be faster than it is.
    times = [1.0]
    deadline = time.monotonic() + 15
    while min(times) >= 0.05 and time.monotonic() < deadline:
        begun = time.perf_counter()
        with emulated_cluster(options):
            pass
        times.append(time.perf_counter() - begun)
    assert min(times) < 0.05
