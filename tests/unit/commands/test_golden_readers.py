from __future__ import annotations

import dataclasses
import datetime
from pathlib import Path

import pytest

from arcapix.fs.gpfs import commands
from arcapix.fs.gpfs.commands import process

READERS = Path(__file__).parents[2] / "golden" / "readers"
NAMES = sorted(path.stem for path in READERS.glob("*.json"))


def plainly(value):
    """Return a value in the words of the fixtures."""
    if dataclasses.is_dataclass(value):
        fields = {field.name: plainly(getattr(value, field.name)) for field in dataclasses.fields(value)}
        return {"record": type(value).__name__, **fields}
    if isinstance(value, datetime.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, dict):
        return {key: plainly(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plainly(item) for item in value]
    return value


def test_every_output_has_its_expectation():
    assert len(NAMES) >= 40
    assert sorted(path.stem for path in READERS.glob("*.txt")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_an_output_becomes_the_expected_records(name, golden, described):
    case = described(name)

    def cluster(argv, timeout):
        if case["form"] == "plain" and "-Y" in argv:
            return process.Completed(
                argv, 1, "", f"{Path(argv[0]).name}: Incorrect option: -Y\nUsage:\n  ...\n"
            )
        return process.Completed(argv, case.get("status", 0), golden(name), case.get("stderr", ""))

    function, *arguments = case["call"]
    with process.using(cluster):
        found = getattr(commands, function)(*arguments)

    assert plainly(found) == case["result"]
