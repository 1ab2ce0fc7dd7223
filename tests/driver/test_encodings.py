"""GPFS may have been started in any locale: names are bytes until they are compared, and text is UTF-8."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from arcapix.fs.gpfs.registration import sealing

NAME = "Prüfung-été-日本"

record = ""


def note(filesetName: str) -> None:
    with open(record, "wb") as file:
        file.write(os.fsencode(filesetName))
    print(filesetName)


@pytest.fixture(scope="session", params=["en_US.ISO-8859-1", "ja_JP.EUC-JP"])
def locale(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a process in a locale with another encoding."""
    language, _, encoding = request.param.partition(".")
    folder = tmp_path_factory.mktemp("locales")
    if shutil.which("localedef") is None:
        pytest.skip("needs localedef: apt-get install libc-bin")
    done = subprocess.run(
        ["localedef", "-i", language, "-f", encoding, str(folder / request.param)],
        capture_output=True,
        text=True,
    )
    if not (folder / request.param).exists():
        pytest.skip(f"needs the sources of locales: apt-get install locales ({done.stderr.strip()[:100]})")
    return {"LOCPATH": str(folder), "LC_ALL": request.param}


@pytest.mark.parametrize("spelled", [NAME.encode(), "Prüfung".encode("latin-1"), b"\xff\xfe \xed\xb3\xa9"])
def test_a_fileset_is_recognised_by_its_bytes_in_any_locale(driver, seen, locale, spelled):
    owner = sealing.write_names(["fileset", "mmfs1", os.fsdecode(spelled)])
    plan = ((("variable", "filesetName", ""),), {})
    token = driver.token(note, plan, ow=owner, vs=["fsName", "filesetName"])
    for _ in ("first event", "later event"):
        done = driver.start(
            token, "eventName=softQuotaExceeded", "fsName=mmfs1", b"filesetName=" + spelled, env=locale
        )
        assert done.returncode == 0
        assert seen.read_bytes() == spelled
        seen.unlink()
    other = driver.start(
        token, "eventName=softQuotaExceeded", "fsName=mmfs1", b"filesetName=" + spelled + b"x", env=locale
    )
    assert (other.returncode, seen.exists(), len(driver.runs)) == (0, False, 2)


def test_text_is_utf_8_for_the_handler_in_any_locale(driver, seen, locale):
    def write() -> None:
        print(NAME)
        Path(record).write_text(NAME)

    assert driver.start(driver.token(write), "eventName=mount", env=locale).returncode == 0
    assert seen.read_bytes() == NAME.encode()
    assert NAME in driver.log
