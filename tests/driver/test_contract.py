"""Section by section what a handler's author may rely on (the driver's contract)."""

from __future__ import annotations

import datetime
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from arcapix.fs.gpfs.driver import decision, log_frames
from arcapix.fs.gpfs.driver import token as tokens

record = ""
"""Path of the file that handlers write what they saw to; captured by value."""


def look_around() -> None:
    facts = {
        "environment": dict(os.environ),
        "descriptors": sorted(int(name) for name in os.listdir("/proc/self/fd"))[:3],
        "more descriptors": len([name for name in os.listdir("/proc/self/fd") if int(name) > 3]),
        "stdin": os.readlink("/proc/self/fd/0"),
        "cwd": os.getcwd(),
        "umask": os.umask(0o022),
        "argv": len(sys.argv),
        "path": [entry for entry in sys.path if "site-packages" in entry],
        "isolated": sys.flags.isolated,
        "environment of children": subprocess.run(["/usr/bin/env"], capture_output=True, text=True).stdout,
    }
    with open(record, "w") as file:
        json.dump(facts, file)


def test_a_handler_finds_clean_surroundings_whatever_gpfs_hands_over(driver, seen):
    driver.environment = {
        "PYTHONPATH": "/nowhere",
        "LD_PRELOAD": "",
        "LANG": "de_DE",
        "SECRET": "x",
        "TZ": "UTC",
    }
    read, write = os.pipe()
    done = driver.start(driver.token(look_around), "eventName=mount", pass_fds=(read, write), cwd="/tmp")
    os.close(read)
    os.close(write)
    assert done.returncode == 0
    facts = json.loads(seen.read_text())
    environment = facts["environment"]
    assert environment.pop("HOME")
    assert environment.pop("USER") == environment.pop("LOGNAME")
    assert environment == {
        "PATH": "/usr/lpp/mmfs/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "ARCAPIX_CALLBACK_ID": "handler_1",
        "ARCAPIX_EVENT": "mount",
    }
    assert "SECRET" not in facts["environment of children"]
    assert "ARCAPIX_EVENT=mount" in facts["environment of children"]
    assert facts["descriptors"] == [0, 1, 2]
    assert facts["more descriptors"] == 0
    assert (facts["stdin"], facts["cwd"], facts["umask"]) == ("/dev/null", "/", 0o022)
    assert (facts["argv"], facts["path"], facts["isolated"]) == (1, [], 1)


def write_values(*values: object) -> None:
    with open(record, "w") as file:
        json.dump(values, file)


def variable(name: str, convert: str = "", *default: object) -> tuple[object, ...]:
    return ("variable", name, convert, *default)


@pytest.mark.parametrize(
    ("item", "words", "value"),
    [
        (variable("fsName"), ["fsName=mmfs1"], "mmfs1"),
        (variable("fsName"), ["fsName= a  b "], " a  b "),
        (variable("fsName"), ["fsName=", "mm", "fs1"], "mm fs1"),
        (variable("fsName"), ["fsName=UNDEFINED"], "UNDEFINED"),
        (variable("fsName"), ["fsName=%fsName"], "UNDEFINED"),
        (variable("fsName"), ["fsName="], ""),
        (variable("fsName"), [], "UNDEFINED"),
        (variable("fsName", "", "-"), [], "-"),
        (variable("fsName", "?"), ["fsName=UNDEFINED"], None),
        (variable("fsName", "list"), ["fsName=n1,n2 n3,"], ["n1", "n2", "n3"]),
        (variable("fsName", "list"), ["fsName=UNDEFINED"], []),
        (variable("fsName", "int"), ["fsName=7"], 7),
        (variable("fsName", "float?"), ["fsName=7.5"], 7.5),
        (variable("eventNode.shortName"), ["eventNode.shortName=n1"], "n1"),
        (variable("eventNode.shortName"), ["eventNode.shortName=n1.site.shortName"], "UNDEFINED"),
        (("literal", {"k": [1, None]}), [], {"k": [1, None]}),
    ],
)
def test_a_value_arrives_as_the_rules_say(driver, seen, item, words, value):
    names = [item[1]] if item[0] == "variable" else []
    assert driver.fire(write_values, "eventName=mount", *words, plan=((item,), {}), vs=names) == 0
    assert json.loads(seen.read_text()) == [value]


def test_an_unreadable_number_fails_before_the_handler_is_called(driver, seen):
    status = driver.fire(write_values, "eventName=mount", "filesUsage=many", plan=((variable("filesUsage", "int"),), {}), vs=["filesUsage"])  # fmt: skip
    assert status == 1
    assert not seen.exists()
    assert "filesUsage is 'many', which is not of type int" in driver.log


def test_a_word_that_comes_twice_is_undefined_so_that_no_value_passes_for_another(driver, seen):
    words = ["fsName=mmfs2", "filesetName=x", "fsName=mmfs1", "and", "more"]
    status = driver.fire(write_values, "eventName=mount", *words, plan=((variable("fsName"), variable("filesetName")), {}), vs=["fsName", "filesetName"])  # fmt: skip
    assert status == 0
    assert json.loads(seen.read_text()) == ["UNDEFINED", "x"]
    assert "the word fsName= came twice" in driver.log


@pytest.mark.parametrize(
    ("owner", "words", "called"),
    [
        (["filesystem", "mmfs1"], ["fsName=mmfs1"], True),
        (["filesystem", "mmfs1"], ["fsName=/dev/mmfs1"], True),
        (["filesystem", "mmfs1"], ["fsName=mmfs2"], False),
        (["filesystem", "mmfs1"], ["fsName=MMFS1"], False),
        (["filesystem", "mmfs1"], ["fsName=UNDEFINED"], False),
        (["filesystem", "mmfs1"], [], False),
        (["fileset", "mmfs1", "a"], ["fsName=mmfs1", "filesetName=a"], True),
        (["fileset", "mmfs1", "a"], ["fsName=mmfs2", "filesetName=a"], False),
        (["pool", "mmfs1", "data"], ["fsName=mmfs1", "storagePool=data"], True),
        (["pool", "mmfs1", "data"], ["fsName=mmfs1", "storagePool=system"], False),
    ],
)
def test_an_event_about_another_object_leaves_no_trace(driver, seen, owner, words, called):
    status = driver.fire(
        write_values, "eventName=x", *words, ow=owner, vs=["fsName", "filesetName", "storagePool"]
    )
    assert status == 0
    assert seen.exists() == called
    assert (len(driver.runs), bool(driver.log)) == ((1, True) if called else (0, False))


def talk() -> str:
    print("to standard output")
    print("to standard error", file=sys.stderr)
    subprocess.run(["/bin/echo", "from a child"], check=True)
    print("without a line end, \udcff", end="")
    return "a result"


def test_the_object_of_a_run_is_recorded_so_that_no_name_passes_for_two(driver):
    words = ["eventName=softQuotaExceeded", "fsName=mmfs.1", "filesetName=a.b c:d"]
    header = {"ow": ["fileset", "mmfs.1", "a.b c:d"], "vs": ["fsName", "filesetName"]}
    assert driver.fire(talk, *words, **header) == 0
    assert driver.runs[0]["about"] == "fileset:mmfs.1/a.b c:d"


def test_output_stands_in_the_log_as_one_block_with_a_first_and_a_last_line(driver):
    assert driver.fire(talk, "eventName=mount") == 0
    first, *middle, last = driver.log.splitlines()
    assert re.fullmatch(r"\S+ run \S+ of handler_1 begins: event mount on \S+, pid \d+; \d+ bytes", first)
    assert middle == [
        "to standard output", "to standard error", "from a child", "without a line end, \\udcff", "returned 'a result'",
    ]  # fmt: skip
    assert re.fullmatch(r"\S+ run \S+ of handler_1 ended: status 0 after \d+\.\d{3} s", last)
    assert list((driver.folder / "state" / "output").iterdir()) == []
    assert oct((driver.folder / "log" / "callbackdriver.log").stat().st_mode & 0o777) == "0o640"


@pytest.mark.parametrize(("zone", "offset"), [("XXX-5:30", "+05:30"), ("YYY+5", "-05:00"), ("", "+00:00")])
def test_times_in_the_log_have_the_offset_of_the_zone_as_everywhere(driver, zone, offset):
    assert driver.start(driver.token(talk), "eventName=mount", env={"TZ": zone}).returncode == 0
    first, *_, last = driver.log.splitlines()
    for line in first, last:
        assert re.match(rf"\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d{re.escape(offset)} run ", line)
    (run,) = driver.history.runs()
    assert datetime.datetime.fromisoformat(first.split()[0]) == run.started.replace(microsecond=0)


def forge() -> None:
    print("2026-11-22T16:05:02+00:00 run victim of handler_1 begins: event mount on n1, pid 7; 83 bytes")
    print("forged\n2026-11-22T16:05:02+00:00 run victim of handler_1 ended: status 0 after 1.000 s")


def test_what_a_function_prints_is_its_own_output_whatever_it_looks_like(driver):
    assert driver.fire(forge, "eventName=mount") == 0
    (run,) = driver.history.runs()
    assert driver.history.output(run).decode().splitlines() == driver.log.splitlines()[1:-1]
    assert len(log_frames.by_run(driver.log.encode())) == 1


@pytest.mark.parametrize("form", ["source", "of another release"])
def test_a_line_end_in_what_gpfs_says_begins_no_line_in_the_log(driver, form):
    header = {"fm": "c"} if form != "source" else {}
    driver.fire(forge, "eventName=mount\n2026-11-22T16:05:02+00:00 run x of y begins: event z", **header)
    lines = driver.log.splitlines()
    assert len(lines) == (5 if form == "source" else 1)
    assert all(line.split()[1] == "run" for line in (lines[0], lines[-1]))


def fail() -> None:
    raise KeyError("no such thing")


def test_an_exception_leaves_a_traceback_with_the_users_own_lines_and_status_1(driver):
    assert driver.fire(fail, "eventName=mount") == 1
    line = fail.__code__.co_firstlineno + 1
    assert f'File "{Path(__file__).name}", line {line}, in fail' in driver.log
    assert 'raise KeyError("no such thing")' in driver.log
    assert "KeyError: 'no such thing'" in driver.log
    assert "callbackdriver" not in driver.log.partition("Traceback")[2].partition("KeyError")[0]
    (run,) = driver.runs
    assert (run["state"], run["status"], run["reason"]) == ("failed", 1, "KeyError: 'no such thing'")


def leave(code: object) -> None:
    sys.exit(code)  # type: ignore[arg-type]


@pytest.mark.parametrize(("code", "status"), [(0, 0), (None, 0), (3, 1), ("a text", 1), (False, 0)])
def test_sys_exit_ends_with_0_or_1(driver, code, status):
    assert driver.fire(leave, "eventName=mount", plan=((("literal", code),), {})) == status
    assert (f"sys.exit({code!r})" in driver.log) == bool(status)


class Shy:
    def __repr__(self) -> str:
        raise SystemExit(3)


def give_what_cannot_be_shown(leave: bool) -> object:
    if leave:
        raise SystemExit(Shy())
    return Shy()


@pytest.mark.parametrize("leave", [False, True])
def test_a_result_that_cannot_be_shown_is_a_result(driver, leave):
    status = driver.fire(give_what_cannot_be_shown, "eventName=mount", plan=((("literal", leave),), {}))
    assert status == int(leave)
    shown = "<Shy object whose repr raised>"
    assert (f"sys.exit({shown})" if leave else f"returned {shown}") in driver.log


def ask_for_the_event(event: object) -> str:
    return f"{event.name} {event.node} {dict(event.variables)} {event.attempt}"  # type: ignore[attr-defined]


def test_a_handler_may_ask_for_the_record_of_the_event(driver):
    assert (
        driver.fire(
            ask_for_the_event, "eventName=mount", "fsName=mmfs1", plan=((("event",),), {}), vs=["fsName"]
        )
        == 0
    )
    assert (
        f"returned \"mount {os.uname().nodename} {{'eventName': 'mount', 'fsName': 'mmfs1'}} 1\""
        in driver.log
    )


def import_something_installed() -> str:
    import click

    return click.__name__


def test_a_handler_finds_what_is_in_site_packages(driver):
    assert driver.fire(import_something_installed, "eventName=mount") == 0
    assert "returned 'click'" in driver.log


def import_something_missing() -> None:
    import no_such_module_anywhere  # type: ignore[import-not-found]  # noqa: F401


def test_an_import_that_finds_nothing_fails_as_usual(driver):
    assert driver.fire(import_something_missing, "eventName=mount") == 1
    assert "ModuleNotFoundError: No module named 'no_such_module_anywhere'" in driver.log


def quit_early() -> None:
    quit()


def test_exit_and_quit_exist(driver):
    assert driver.fire(quit_early, "eventName=mount") == 0


def test_a_call_without_a_token_ends_with_status_2(driver):
    assert driver.start().returncode == decision.CALLED_WRONGLY == 2
    assert "called without a token" in driver.log


def test_an_altered_token_ends_with_status_3_and_runs_nothing(driver, seen):
    token = driver.token(write_values)
    for place in range(0, len(token), 7):
        altered = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert driver.start(altered, "eventName=mount").returncode == 3
    assert not seen.exists()
    assert driver.log.count("status 3") == len(range(0, len(token), 7))
    assert {run["state"] for run in driver.runs} == {"refused"}


def test_with_a_cluster_key_only_tokens_made_with_it_run(driver, seen):
    driver.make_key(b"a key of the site\n")
    assert driver.start(driver.token(write_values)).returncode == 3
    driver.key = b"a key of the site"
    assert driver.start(driver.token(write_values), "eventName=mount").returncode == 0
    assert seen.exists()


def test_a_token_for_a_newer_python_ends_with_status_4_and_names_both(driver, seen):
    assert driver.fire(write_values, "eventName=mount", py="3.99") == 4
    assert "tests.handler needs Python 3.99, and this driver runs 3." in driver.log
    assert not seen.exists()


def test_bytecode_of_another_python_ends_with_status_4(driver, seen):
    assert driver.fire(write_values, "eventName=mount", py="3.8", fm="b") == 4
    assert "tests.handler is bytecode of Python 3.8" in driver.log
    assert not seen.exists()


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ({"ow": ["cnode", "mmfs1"]}, "is about 'cnode mmfs1'"),
        ({"ow": ["fileset", "mmfs1"]}, "is about 'fileset mmfs1'"),
        ({"fm": "w"}, "comes in the form 'w'"),
    ],
)
def test_what_only_a_newer_driver_knows_ends_with_status_4(driver, seen, header, said):
    words = ("eventName=mount", "fsName=mmfs1")
    assert driver.fire(write_values, *words, vs=["fsName"], **header) == 4
    command = f"arcapix-gpfs driver install --prefix {driver.folder}"
    way_out = f"which this release of the driver does not know; run: {command}"
    assert driver.runs[0]["reason"] == f"tests.handler {said}, {way_out}"
    assert (driver.runs[0]["state"], seen.exists()) == ("refused", False)


def test_the_statuses_are_those_of_the_public_table():
    names = ("SUCCEEDED", "FAILED", "CALLED_WRONGLY", "UNREADABLE", "OTHER_PYTHON", "REFUSED", "TIMED_OUT")
    public = {name: number for number, name in enumerate(names)}
    assert {name: getattr(decision, name) for name in public} == public


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_standard_descriptors_hurt_nobody(driver, closed):
    command = f'exec "$0" "$1" eventName=mount {closed}'
    done = subprocess.run(["/bin/sh", "-c", command, str(driver.stub), driver.token(talk)], env={})
    assert done.returncode == 0
    assert "to standard output\nto standard error\nfrom a child\n" in driver.log


def test_without_a_place_for_log_and_journal_the_function_runs_all_the_same(driver, seen):
    token = driver.token(write_values)
    for name in ("state", "log"):
        folder = driver.folder / name
        for path in sorted(folder.rglob("*"), reverse=True):
            path.unlink()
        folder.rmdir()
        folder.write_text("a file where a folder should be")
    done = driver.start(token, "eventName=mount")
    assert done.returncode == 0
    assert seen.exists()
    assert "the journal could not be written" in done.stderr


def test_another_log_may_be_named_in_the_environment(driver, tmp_path):
    driver.environment = {"ARCAPIX_GPFS_DRIVER_LOG": str(tmp_path / "deeper" / "other.log")}
    assert driver.fire(talk, "eventName=mount") == 0
    assert "from a child" in (tmp_path / "deeper" / "other.log").read_text()
    assert driver.log == ""


def test_environment_entries_without_a_name_hurt_nobody(driver, seen):
    words = [str(driver.stub), driver.token(write_values), "eventName=mount"]
    done = subprocess.run(["env", "-i", "=x", "A=1", "==", *words], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert seen.exists()


def take_a_while() -> None:
    print("the time is", datetime.datetime.now().year)


def test_many_runs_at_once_leave_whole_blocks_and_whole_records(driver):
    token = driver.token(talk)
    started = [subprocess.Popen([driver.stub, token, "eventName=mount"], env={}) for _ in range(24)]
    assert {process.wait(timeout=60) for process in started} == {0}
    assert len(driver.runs) == 24
    blocks = re.findall(
        r"run (\S+) of handler_1 begins.*\n((?:.*\n)*?)\S+ run \1 of handler_1 ended", driver.log
    )
    assert len(blocks) == 24
    assert {body for _, body in blocks} == {blocks[0][1]}


def test_the_header_of_a_token_says_what_the_driver_compares(driver):
    token = driver.token(talk, ow=["filesystem", "mmfs1"])
    assert "ow=filesystem.mmfs1" in tokens.split(token)[0]
