from __future__ import annotations

from pathlib import Path
from threading import Thread

from hypothesis import given, settings
from hypothesis import strategies as st

from arcapix.fs.gpfs.driver import journal
from arcapix.fs.gpfs.runs import journal_reader

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


def start(run: str, **given: object) -> bytes:
    facts: dict[str, object] = {
        "time": 1.5, "callback": "logger", "event": "mount", "about": "", "node": "n1",
        "pid": 7, "user": "root", "attempt": 1, "variables": {},
    }  # fmt: skip
    facts.update(given)
    return journal.start_record(run, **facts)  # type: ignore[arg-type]


def append(path: str, record: bytes, maximum: int = journal.MAXIMUM_BYTES) -> None:
    journal.append(journal.open_to_append(path, 0o600, maximum), record)


def read(path: str) -> dict[str, dict[str, object]]:
    """What the journal and its older generations say, by run."""
    runs: dict[str, dict[str, object]] = {}
    for generation in (f"{path}.2", f"{path}.1", path):
        if Path(generation).exists():
            for line in Path(generation).read_bytes().decode().split("\n"):
                journal_reader.read_record(line, runs)
    return runs


def test_a_run_that_ended_has_its_start_and_its_end(tmp_path: Path) -> None:
    path = str(tmp_path / "journal")
    append(path, start("r1", variables={"fsName": "mmfs1"}))
    append(path, journal.end_record("r1", 2.0, "failed", 1, "KeyError: 'x'"))
    run = read(path)["r1"]
    assert run["variables"] == {"fsName": "mmfs1"}
    assert (run["state"], run["status"], run["reason"], run["ended"]) == ("failed", 1, "KeyError: 'x'", 2.0)


def test_a_run_without_an_end_has_no_state(tmp_path: Path) -> None:
    path = str(tmp_path / "journal")
    append(path, start("r1"))
    assert "state" not in read(path)["r1"]


def test_a_record_torn_anywhere_costs_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    torn = start("torn", variables={"fsName": "a\tb\n"})
    for length in range(len(torn)):
        path.write_bytes(torn[:length] + start("whole"))
        assert list(read(str(path))) == ["whole"]


@given(st.dictionaries(texts.filter(lambda name: "=" not in name and name), texts, max_size=4), texts)
@settings(max_examples=60)
def test_any_text_comes_back_as_it_was(
    tmp_path_factory: object, variables: dict[str, str], about: str
) -> None:
    path = str(tmp_path_factory.mktemp("j") / "journal")  # type: ignore[attr-defined]
    append(path, start("r", variables=variables, about=about))
    run = read(path)["r"]
    assert (run["variables"], run["about"]) == (variables, about)


def test_records_of_many_writers_do_not_mix_and_the_file_stays_bounded(tmp_path: Path) -> None:
    path = str(tmp_path / "journal")

    def write(writer: int) -> None:
        for number in range(50):
            append(path, start(f"{writer}-{number}", about="x" * 200), maximum=200_000)

    threads = [Thread(target=write, args=(writer,)) for writer in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read(path)) == 400


def test_a_full_journal_moves_aside_and_the_oldest_generation_goes(tmp_path: Path) -> None:
    path = str(tmp_path / "journal")
    for number in range(100):
        append(path, start(str(number), about="x" * 100), maximum=2_000)
    names = ["journal", "journal.1", "journal.2"]
    assert sorted(file.name for file in tmp_path.iterdir()) == [".journal.lock", *names]
    assert all(file.stat().st_size < 2_400 for file in tmp_path.iterdir())
    runs = read(path)
    assert list(runs)[-1] == "99"
    assert len(runs) < 100
