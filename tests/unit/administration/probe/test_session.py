"""A run of the probe runs what it has announced, and takes down what it runs."""

from __future__ import annotations

from arcapix.fs.gpfs import commands
from arcapix.fs.gpfs.administration.probe.session import Level, Session, Step


def perform(session: Session, *steps: Step, take_back: Step | None = None) -> list[str]:
    told: list[str] = []
    session.perform(Level(1, "", lambda _: steps, take_back), lambda step: told.append(step.key))
    return told


def test_whatever_a_step_runs_is_taken_down(gpfs) -> None:
    session = Session()

    def run(session: Session) -> None:
        commands.mmlscallback()
        session.ask("absent", "mmlscallback", "absent")

    assert perform(session, Step("look", "looks", {"mmlscallback": 2}, run)) == ["look"]
    assert [(one.tag, one.words, one.status) for one in session.seen] == [
        ("look", ("mmlscallback",), 0),
        ("absent", ("mmlscallback", "absent"), 1),
    ]
    assert session.problems == []


def test_what_was_not_announced_is_not_run(gpfs) -> None:
    session = Session()
    steps = (
        Step("twice", "", {"mmlscallback": 1}, lambda s: [s.ask("one", "mmlscallback") for _ in range(2)]),
        Step("change", "", {"mmlscallback": 1}, lambda s: s.change("delete", "mmdelcallback", "some")),
    )
    assert perform(session, *steps) == ["twice", "change"]
    assert [one.words for one in session.seen] == [("mmlscallback",)]
    assert session.problems == [
        "twice: mmlscallback was not run: this step has not announced it",
        "change: mmdelcallback was not run: this step has not announced it",
    ]


def test_what_is_repeated_for_a_busy_lock_was_announced_once(gpfs, monkeypatch) -> None:
    monkeypatch.setattr("arcapix.fs.gpfs.commands.process._sleep", lambda _: None)
    gpfs.switch(lock_busy="timeout:2")
    session = Session()
    perform(session, Step("x", "", {"mmdelcallback": 1}, lambda s: s.change("x", "mmdelcallback", "absent")))
    assert session.problems == []
    assert [one.words for one in session.seen] == [("mmdelcallback", "absent")] * 3


def test_a_lock_that_stays_busy_ends_the_level_and_all_is_taken_back(gpfs, monkeypatch) -> None:
    monkeypatch.setattr("arcapix.fs.gpfs.commands.process._sleep", lambda _: None)
    gpfs.switch(lock_busy="timeout")
    session = Session()
    step = Step("x", "", {"mmdelcallback": 1}, lambda s: s.change("x", "mmdelcallback", "absent"))
    told = perform(session, step, step, take_back=Step("back", "", {}, lambda _: None))
    assert told == ["x", "back"]
    assert session.problems == ["GPFS's lock stayed busy; probe again when nobody changes anything"]


def test_an_interrupt_takes_back_before_it_goes_on(gpfs) -> None:
    def interrupt(_: Session) -> None:
        raise KeyboardInterrupt

    back: list[str] = []
    try:
        perform(
            Session(),
            Step("x", "", {}, interrupt),
            take_back=Step("back", "", {}, lambda _: back.append("back")),
        )
    except KeyboardInterrupt:
        back.append("interrupted")
    assert back == ["back", "interrupted"]


def test_what_a_level_will_run_is_announced_with_its_time(gpfs) -> None:
    session = Session()
    look = Step("look", "looks", {"mmlscallback": 2}, lambda s: s.ask("look", "mmlscallback"))
    change = Step("change", "changes", {"mmlscallback": 1, "mmdelcallback": 4}, lambda _: None)
    level = Level(
        1, "", lambda _: (look, change), Step("back", "takes back", {"mmdelcallback": 1}, lambda _: None)
    )
    assert session.announce(level).seconds is None
    perform(session, look)
    told = session.announce(level)
    assert told.does == ["looks", "changes", "takes back"]
    assert (told.commands, told.changes) == ({"mmlscallback": 3, "mmdelcallback": 5}, 5)
    (seen,) = session.seen
    assert told.seconds is not None and abs(told.seconds - 18 * seen.seconds) < 1e-6
