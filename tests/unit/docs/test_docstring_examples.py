"""The examples in docstrings: each is typed into an interpreter on an emulated cluster of its own."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import arcapix.fs.gpfs as package
from arcapix.fs.gpfs.testing import EmulatedCluster


def examples() -> list[doctest.DocTest]:
    """The docstrings with examples, each once, wherever else its class may be imported."""
    found = {}
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        loaded = importlib.import_module(module.name)
        for test in doctest.DocTestFinder().find(loaded, module.name, loaded, globs={"__name__": "__main__"}):
            if test.examples:
                found[test.filename, test.lineno] = test
    return sorted(found.values(), key=lambda test: test.name)


EXAMPLES = examples()


def test_there_are_examples():
    assert len(EXAMPLES) > 20


@pytest.mark.parametrize(
    "example", EXAMPLES, ids=lambda example: example.name.removeprefix(f"{package.__name__}.")
)
def test_an_example_answers_as_its_docstring_shows(gpfs_cluster: EmulatedCluster, example: doctest.DocTest):
    report: list[str] = []
    doctest.DocTestRunner(verbose=False).run(example, out=report.append)
    assert not report, "".join(report)
