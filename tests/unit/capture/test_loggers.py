"""Loggers: what of them travels, and what is told of the rest."""

from __future__ import annotations

import logging
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from arcapix.fs.gpfs import capture
from arcapix.fs.gpfs.driver.rebuild import rebuild
from arcapix.fs.gpfs.exceptions import CaptureError

Own = Callable[..., types.ModuleType]
Handlers = list[logging.Handler]


def forget() -> None:
    """Leave all loggers as a new process has them."""
    manager = logging.root.manager
    for logger in [logging.root, *list(manager.loggerDict.values())]:
        if isinstance(logger, logging.Logger) and (logger is logging.root or logger.name.startswith("own")):
            for handler in [*logger.handlers]:
                if type(handler).__module__ != "_pytest.logging":
                    logger.removeHandler(handler)
                    handler.close()
            logger.filters.clear()
            logger.setLevel(logging.WARNING if logger is logging.root else logging.NOTSET)
            logger.propagate, logger.disabled = True, False
    for name in [name for name in manager.loggerDict if name.startswith("own")]:
        del manager.loggerDict[name]


@pytest.fixture(autouse=True)
def _no_loggers() -> Iterator[None]:
    """Begin and end without configured loggers, but leave those of pytest."""
    level = logging.root.level
    forget()
    yield
    forget()
    logging.root.setLevel(level)


@pytest.fixture
def on_a_node(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Rebuilds a function where no logger is configured, calls it, and returns what it prints."""

    def printed(captured: capture.Captured, *arguments: Any) -> str:
        forget()
        capsys.readouterr()
        rebuild(captured.body, captured.form)[0](*arguments)
        out, err = capsys.readouterr()
        return str(out + err)

    return printed


def test_a_logger_as_the_library_makes_it_travels_by_its_name_alone(own: Own) -> None:
    handlers = own("import logging\nlog = logging.getLogger('own.pool')\ndef f(): return log")
    captured = capture.capture(handlers.f)
    assert captured.warnings == ()
    assert rebuild(captured.body, captured.form)[0]() is logging.getLogger("own.pool")
    assert dict(capture.describe(captured.body, "source").values)["log"] == "logging.getLogger('own.pool')"


CONFIGURED = """
    import logging, sys

    class Loud(logging.Formatter):
        def format(self, record): return super().format(record).upper()

    def only_pools(record): return "pool" in record.getMessage()

    log = logging.getLogger("own.pool")
    log.setLevel(logging.INFO)
    log.propagate = False
    log.addFilter(only_pools)
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(Loud("%(levelname)s %(message)s"))
    handler.setLevel("INFO")
    log.addHandler(handler)

    def f():
        log.debug("pool 1"); log.info("pool 2"); log.error("fileset 3")

    tagged = logging.LoggerAdapter(log, {"pool": "system"})
    def by_adapter(): tagged.info("pool 2")

    def by_name(): logging.getLogger("own.pool").info("pool 2")

    def by_name_of_child():
        import logging as library
        library.getLogger("own.pool").getChild("inner").info("pool 2")
"""


@pytest.mark.parametrize("name", ["f", "by_adapter", "by_name", "by_name_of_child"])
def test_level_filters_and_handlers_of_standard_output_travel(
    name: str, own: Own, on_a_node: Callable[..., str]
) -> None:
    captured = capture.capture(getattr(own(CONFIGURED), name))
    assert captured.warnings == (
        f"what the logger 'own.pool' of '{name}' writes is in the output of a run, which 'arcapix-gpfs output' shows",
    )
    assert on_a_node(captured) == "INFO POOL 2\n"
    assert on_a_node(captured) == "INFO POOL 2\n"


@pytest.mark.parametrize(
    "statement",
    [
        "log.info('x')",
        "logging.info('x')",
        "logging.getLogger().info('x')",
        "logging.getLogger(__name__).info('x')",
        "from logging import info; info('x')",
        "say('x')",
    ],
)
def test_what_the_root_logger_writes_is_written_on_a_node_too(
    statement: str, own: Own, on_a_node: Callable[..., str]
) -> None:
    handlers = own(f"""
        import logging, sys
        from logging import info as say
        handler = logging.StreamHandler(sys.stdout)
        handler.setFormatter(logging.Formatter("%(message)s!"))
        logging.root.addHandler(handler)
        logging.root.setLevel(logging.INFO)
        log = logging.getLogger("own.pool")
        def f(): {statement}
    """)
    captured = capture.capture(handlers.f)
    assert captured.warnings == (
        "what the logger 'root' of 'f' writes is in the output of a run, which 'arcapix-gpfs output' shows",
    )
    assert on_a_node(captured) == "x!\n"


def test_a_function_that_configures_logging_itself_is_left_alone(own: Own) -> None:
    handlers = own("""
        import logging, sys
        logging.root.addHandler(logging.StreamHandler(sys.stderr))
        log = logging.getLogger("own.pool")
        def f(): logging.basicConfig(filename="/var/log/own.log"); log.info("x"); logging.info("x")
    """)
    captured = capture.capture(handlers.f)
    assert captured.warnings == ()
    forget()
    rebuild(captured.body, captured.form)
    assert not any(type(handler) is logging.StreamHandler for handler in logging.root.handlers)


def test_handlers_that_stay_behind_are_told_by_name(own: Own, tmp_path: Path) -> None:
    handlers = own(f"""
        import io, logging
        logging.root.addHandler(logging.FileHandler({str(tmp_path / "root.log")!r}))
        log = logging.getLogger("own.pool")
        log.addHandler(logging.FileHandler({str(tmp_path / "own.log")!r}))
        log.addHandler(logging.StreamHandler(io.StringIO()))
        def f(): log.warning("x")
    """)
    assert capture.capture(handlers.f).warnings == (
        f"the logger 'own.pool' of 'f' has no FileHandler {tmp_path}/own.log, StreamHandler on a node; "
        "add its handlers inside the function",
        f"the logger 'root' of 'f' has no FileHandler {tmp_path}/root.log on a node; "
        "add its handlers inside the function",
    )


def test_loggers_above_count_as_far_as_records_go(own: Own, tmp_path: Path) -> None:
    handlers = own(f"""
        import logging
        logging.root.addHandler(logging.FileHandler({str(tmp_path / "root.log")!r}))
        logging.getLogger("own").addHandler(logging.NullHandler())
        logging.getLogger("own").propagate = False
        log = logging.getLogger("own.pool")
        log.setLevel("DEBUG")
        def f(): log.warning("x")
        logging.getLogger("own").setLevel("DEBUG")
    """)
    captured = capture.capture(handlers.f)
    assert captured.warnings == (
        "what the logger 'own' of 'f' writes is in the output of a run, which 'arcapix-gpfs output' shows",
    )
    forget()
    rebuild(captured.body, captured.form)
    above = logging.getLogger("own")
    assert [type(handler) for handler in above.handlers] == [logging.NullHandler]
    assert above.propagate is False and logging.getLogger("own.pool").level == logging.DEBUG


def test_a_logger_of_ones_own_class_is_told_and_one_that_nobody_finds_is_refused(own: Own) -> None:
    handlers = own("""
        import logging
        class Audit(logging.Logger):
            def audit(self, text): self.info(text)
        logging.setLoggerClass(Audit)
        log = logging.getLogger("own.audit")
        logging.setLoggerClass(logging.Logger)
        stray = logging.Logger("own.stray")
        def f(): log.audit("x")
        def g(): stray.info("x")
    """)
    (warning,) = capture.capture(handlers.f).warnings
    assert warning.startswith("the logger 'own.audit' of 'f' is a plain Logger on a node, and no Audit")
    with pytest.raises(CaptureError, match=r"its global 'stray' \(logging\.Logger\)"):
        capture.capture(handlers.g)


def test_the_handlers_by_which_pytest_watches_are_not_the_programs(
    own: Own, caplog: pytest.LogCaptureFixture
) -> None:
    logging.root.addHandler(caplog.handler)
    handlers = own("import logging\nlog = logging.getLogger('own.pool')\ndef f(): log.info('x')")
    assert capture.capture(handlers.f).warnings == ()
