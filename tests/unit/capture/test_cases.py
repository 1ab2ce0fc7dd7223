"""The callables of ``cases/``: rebuilt in a new process they give the right result, or they are refused."""

from __future__ import annotations

import sys
from typing import Any

import pytest

pytestmark = pytest.mark.xdist_group("capture cases")
"""Many cases share one process, so all of them should be in one worker."""

HERE = f"{sys.version_info[0]}.{sys.version_info[1]}"
VERSIONS = ("3.11", "3.12", "3.13")

BLIND = {"inspect_self", "globals_eval", "globals_dynamic"}
"""They reach names in ways that capture cannot see, and the installer is warned of it."""

REFUSED_BY_DESIGN = {"instance_self_key"}
"""An object that is a key in its own state could not be hashed before it is complete."""

OF_THE_MOMENT = {"class_state", "file_changed", "refused_too_deep"}
"""They hold the time, or the name of a temporary file."""

NOT_THERE = ("ModuleNotFoundError: No module named 'numpy'",)
"""What a callable ends with under another Python that lacks a library which is no part of the product."""

SHOWN_DIFFERENTLY = {"docstring", "import_forms", "generic"}
"""Their results are written differently by different versions of Python: dedented docstrings, an OrderedDict's repr,
what may be None."""


def _expected(case: Any) -> str:
    if "expect=R" in case.options or case.name in REFUSED_BY_DESIGN:
        return "refused"
    return "bytecode" if "expect=B" in case.options else "source"


def _same(wanted: str, found: str) -> bool:
    """Compare two results, without the addresses of functions in them."""
    return _without_addresses(wanted) == _without_addresses(found)


def _without_addresses(text: str) -> list[str]:
    return [piece.partition(">")[2] if number else piece for number, piece in enumerate(text.split(" at 0x"))]


def _check(case: Any, installed: dict[str, Any], called: dict[str, str], *, elsewhere: bool = False) -> None:
    answer = installed[case.name]
    if answer["outcome"] == "not here":
        pytest.skip(answer["why"])
    assert answer["outcome"] == _expected(case), answer.get("why") or answer.get("warnings")
    if answer["outcome"] == "refused":
        return
    if case.name in BLIND:
        assert any("not captured" in warning for warning in answer["warnings"])
    elif elsewhere and called.get(case.name) in NOT_THERE:
        pytest.skip(called[case.name])
    elif case.name in called and not (elsewhere and case.name in SHOWN_DIFFERENTLY):
        assert _same(answer["wanted"], called[case.name])


def test_a_rebuilt_callable_gives_the_right_result_or_was_refused(case: Any, batches: Any) -> None:
    _check(case, batches.installed(HERE, sample=False), batches.called(HERE, HERE, sample=False))


def test_a_callable_rebuilt_from_cached_code_gives_the_same_result(sampled: Any, batches: Any) -> None:
    installed = batches.installed(HERE, sample=False)
    usual = batches.called(HERE, HERE, sample=False)
    assert batches.called(HERE, HERE, sample=False, codes=True).get(sampled.name) == usual.get(
        sampled.name
    ), installed


@pytest.mark.parametrize("which", ["some", pytest.param("all", marks=pytest.mark.slow)])
def test_capturing_again_in_another_process_gives_the_same_bytes(
    laboratory: Any, batches: Any, which: str
) -> None:
    first = batches.installed(HERE, sample=False)
    names = [name for name, answer in first.items() if answer["outcome"] in ("source", "bytecode")]
    cases = [case for case in _cases(which) if case.name in names and case.name not in OF_THE_MOMENT]
    assert len(cases) > 20
    second = laboratory.install(HERE, cases)
    assert [case.name for case in cases if first[case.name]["body"] != second[case.name]["body"]] == []


def _cases(which: str) -> list[Any]:
    conftest = sys.modules[next(name for name in sys.modules if name.endswith("unit.capture.conftest"))]
    return [case for name, case in conftest.CASES.items() if which == "all" or name in conftest.SAMPLE]


@pytest.mark.parametrize("by", [version for version in VERSIONS if version != HERE])
def test_a_sample_gives_the_right_result_under_another_python(by: str, sampled: Any, batches: Any) -> None:
    called = batches.called(HERE, by, sample=False)
    _check(sampled, batches.installed(HERE, sample=False), called, elsewhere=True)


@pytest.mark.slow
@pytest.mark.parametrize("by", VERSIONS)
@pytest.mark.parametrize("version", VERSIONS)
def test_a_callable_of_one_python_gives_the_right_result_under_another(
    version: str, by: str, case: Any, batches: Any
) -> None:
    called = batches.called(version, by, sample=False)
    _check(case, batches.installed(version, sample=False), called, elsewhere=by != version)
