from __future__ import annotations

import copy
import dataclasses
import pickle

import pytest

from arcapix.fs.gpfs import Run

EVERY = Run(
    timeout=90,
    run_as="alerts",
    umask=0o007,
    nice=-5,
    memory=512 * 1024**2,
    cpu_seconds=60,
    output=1024,
    every=3600,
    max_running=4,
    overflow="skip",
    reconcile=True,
    env={"B": "a b.c=d", "A": ""},
)


@pytest.mark.parametrize(
    ("given", "seconds"),
    [(30, 30), (30.0, 30), (0.5, 0.5), ("500ms", 0.5), ("30", 30), ("30s", 30), ("1.5m", 90), ("2 h", 7200)],
)
def test_a_duration_is_a_number_of_seconds_or_text_with_a_unit(given, seconds):
    assert Run(timeout=given) == Run(timeout=seconds)
    assert Run(timeout=given).timeout == seconds


@pytest.mark.parametrize(
    ("given", "number"), [(1000, 1000), ("1K", 1024), ("512M", 512 << 20), ("2g", 2 << 30), ("1T", 1 << 40)]
)
def test_a_size_is_a_number_of_bytes_or_text_with_a_binary_unit(given, number):
    assert (Run(memory=given).memory, Run(output=given).output) == (number, number)


@pytest.mark.parametrize("field", ["timeout", "cpu_seconds", "every"])
@pytest.mark.parametrize(
    "value", [0, -1, "0s", "-5s", "soon", "", "5 parsecs", float("nan"), float("inf"), 1e-9, "366d", 10**400]
)
def test_a_duration_that_cannot_be_read_or_kept_to_is_refused(field, value):
    with pytest.raises(ValueError, match=rf"^{field}=.*; give"):
        Run(**{field: value})


@pytest.mark.parametrize("field", ["memory", "output"])
@pytest.mark.parametrize("value", [0, -1, "0M", "-1M", "much", "", "1.5G", 2**63, "9" * 5000])
def test_a_size_that_cannot_be_read_or_kept_to_is_refused(field, value):
    with pytest.raises(ValueError, match=rf"^{field}=.*'512M'"):
        Run(**{field: value})


@pytest.mark.parametrize("text", ["077", "77", "0o77"])
def test_a_umask_as_text_is_octal(text):
    assert Run(umask=text) == Run(umask=0o077)


@pytest.mark.parametrize("value", [0.5, "500ms", 1.25])
def test_processor_time_is_counted_in_whole_seconds(value):
    with pytest.raises(ValueError, match="no whole number of seconds"):
        Run(cpu_seconds=value)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"umask": 0o1000}, "umask=0o1000 is not in 0o0 to 0o777; give one such as 0o077"),
        ({"umask": -1}, "umask"),
        ({"umask": "79"}, "umask='79' is no octal number; give one such as '077'"),
        ({"umask": "1000"}, "umask=0o1000 is not in 0o0 to 0o777; give one such as 0o077"),
        ({"nice": 20}, "nice=20 is not in -20 to 19; give one such as 10"),
        ({"nice": -21}, "nice"),
        ({"max_running": 0}, "max_running=0 is not in 1 to 1000; give one such as 4"),
        ({"max_running": 1001}, "max_running"),
        ({"max_running": 2, "overflow": "skp"}, "overflow='skp' is no known choice; did you mean 'skip'?"),
        ({"overflow": "skip"}, "overflow='skip' goes only with max_running=; give one such as 4"),
        ({"alone": True, "max_running": 4}, "alone=True contradicts max_running=4; leave one out"),
        ({"alone": False, "max_running": 1}, "alone=False contradicts max_running=1; leave one out"),
        ({"run_as": ""}, "run_as='' cannot be the name of a user"),
        ({"run_as": "a:b"}, "run_as='a:b' cannot be the name of a user"),
        ({"env": {"a b": "x"}}, "env 'a b' cannot name a variable"),
        ({"env": {"": "x"}}, "env '' cannot name a variable"),
        ({"env": {"A": "\0"}}, "env 'A' holds a character"),
        ({"env": {"A": "\ud800"}}, "env 'A' holds a character"),
        ({"env": {"PATH": "/bin"}}, "env 'PATH' is set by the driver"),
        ({"env": {"ARCAPIX_EVENT": "mount"}}, "env 'ARCAPIX_EVENT' is set by the driver"),
    ],
)
def test_a_value_out_of_range_is_refused_with_the_way_out(fields, text):
    with pytest.raises(ValueError) as refused:
        Run(**fields)
    assert str(refused.value).startswith(text)


@pytest.mark.parametrize(
    "fields",
    [
        {"timeout": True},
        {"timeout": [30]},
        {"memory": 1.5},
        {"memory": True},
        {"output": None},
        {"umask": None},
        {"nice": 1.5},
        {"nice": False},
        {"max_running": "4"},
        {"max_running": True},
        {"overflow": None},
        {"alone": 1},
        {"run_as": 1000},
        {"env": ["A=1"]},
        {"env": None},
        {"env": {"A": 1}},
        {"env": {1: "A"}},
    ],
)
def test_a_value_of_another_type_is_refused(fields):
    with pytest.raises(TypeError, match=rf"^{next(iter(fields))} "):
        Run(**fields)


@pytest.mark.parametrize(
    ("name", "near"),
    [("timout", "timeout='5m'"), ("user", "run_as='alerts'"), ("mem", "memory"), ("Nice", "nice=10")],
)
def test_an_unknown_field_names_the_nearest_one(name, near):
    with pytest.raises(TypeError, match=rf"Run has no field '{name}'; .*{near}"):
        Run(**{name: 1})


def test_what_a_newer_release_installed_cannot_be_given():
    with pytest.raises(TypeError, match="Run has no field 'newer'"):
        Run(newer=())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("on_failure", "mailto://root@example.com"),
    ],
)
def test_a_field_of_a_later_version_takes_nothing_but_its_default(field, value):
    with pytest.raises(ValueError, match=f"^{field} comes in a later version"):
        Run(**{field: value})
    default = getattr(Run(), field)
    assert Run(**{field: default}) == Run()


def test_alone_is_another_way_to_write_one_at_a_time():
    assert Run(alone=True) == Run(max_running=1) == Run(alone=True, max_running=1)
    assert Run(alone=False) == Run()
    assert [Run(max_running=number).alone for number in (None, 1, 2)] == [False, True, False]
    assert dataclasses.replace(Run(alone=True), max_running=None) == Run()
    assert dataclasses.replace(Run(nice=5), alone=True) == Run(nice=5, max_running=1)
    with pytest.raises(ValueError, match="alone=False contradicts max_running=1"):
        dataclasses.replace(Run(alone=True), alone=False)


def test_only_what_differs_from_the_defaults_is_shown():
    assert repr(Run()) == "Run()"
    assert repr(Run(timeout="5m", umask=0o022, run_as="alerts")) == "Run(timeout=300, run_as='alerts')"
    assert repr(Run(umask=0o077)) == "Run(umask=0o77)"
    assert eval(repr(EVERY)) == EVERY


def test_an_administrator_reads_it_with_units():
    assert str(EVERY) == (
        "timeout 90 s, run as alerts, umask 007, nice -5, memory 512M, processor time 60 s, output 1K, "
        "every 3600 s, max_running 4, overflow skip, told of missed events, env A=, env B=a b.c=d"
    )
    assert str(Run(memory=1000)) == "memory 1000 bytes"


def test_it_is_a_value():
    assert pickle.loads(pickle.dumps(EVERY)) == copy.deepcopy(EVERY) == EVERY != Run()
    assert len({EVERY, copy.copy(EVERY), Run(timeout=90)}) == 2
    assert dataclasses.replace(EVERY, timeout="5s").timeout == 5
    assert dataclasses.replace(EVERY, timeout=90) == EVERY
    with pytest.raises(dataclasses.FrozenInstanceError):
        EVERY.timeout = 5


def test_what_becomes_of_the_given_environment_later_does_not_matter():
    given = {"A": "1"}
    run = Run(env=given)
    given["A"] = "2"
    assert run.env == {"A": "1"}
