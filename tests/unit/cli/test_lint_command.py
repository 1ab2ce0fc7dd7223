from __future__ import annotations

import json

from click.testing import CliRunner, Result

from arcapix.fs.gpfs.cli import main

BAD = "def f(fsName):\n    input()\n"


def run(*words: object) -> Result:
    return CliRunner().invoke(main, ["lint", *map(str, words)])


def test_findings_are_lines_and_the_status_says_that_there_are_some(tmp_path):
    bad, good = tmp_path / "bad.py", tmp_path / "good.py"
    bad.write_text(BAD)
    good.write_text("def f(fsName):\n    print(fsName)\n")
    done = run(good, bad)
    assert done.exit_code == 1
    (line,) = done.stdout.splitlines()
    assert line.startswith(f"{bad}:2:5: GP304 reads from input")
    done = run(good)
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "nothing found in 1 handler\n")


def test_a_file_without_handlers_is_said_to_have_none(tmp_path):
    (tmp_path / "x.py").write_text("print(1)\n")
    assert run(tmp_path / "x.py").stderr == "no handlers found\n"


def test_json_is_one_array(tmp_path):
    (tmp_path / "bad.py").write_text(BAD)
    done = run("--json", tmp_path / "bad.py", tmp_path / "bad.py")
    told = json.loads(done.stdout)
    assert [(one["code"], one["line"]) for one in told] == [("GP304", 2)] * 2
    assert set(told[0]) == {"file", "line", "column", "code", "message", "hint"}


def test_a_file_that_is_no_python_is_said_and_the_others_are_read(tmp_path):
    (tmp_path / "bad.py").write_text(BAD)
    (tmp_path / "no.py").write_text("def f(:\n")
    done = run(tmp_path / "no.py", tmp_path / "bad.py", tmp_path / "none.py")
    assert done.exit_code == 2
    assert "GP304" in done.stdout
    first, second = done.stderr.splitlines()
    assert first.startswith(f"arcapix-gpfs: {tmp_path}/no.py:1:7: does not parse: ")
    assert second == f"arcapix-gpfs: {tmp_path}/none.py: cannot be read: No such file or directory"
