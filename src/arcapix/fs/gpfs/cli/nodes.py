"""Other nodes: this program is run on them, and says what it says there."""

from __future__ import annotations

import json
import os
import shutil
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, TypeVar

from .. import commands
from ..commands import ClusterRecord, NodeRecord, node_table, process, remote
from ..commands.node_names import LOCAL, NodeNames
from ..deployment import installation
from ..deployment.environment import DRIVER, KEY, SITE
from ..exceptions import GPFSError, NotFound
from ..registration import header
from .terminal import PROGRAM, is_error_terminal, print_warning

Found = TypeVar("Found")

_AT_A_TIME = 16
"""How many other nodes are asked at the same time."""

_MANY = 3
"""From so many nodes on it is shown how many have answered."""

_USAGE = 2
"""The status of a program that was given an option which it does not know."""

_NOT_FOUND = 127
"""The status of a shell that has not found a program."""


class Nodes:
    """Nodes of the cluster, and how they are asked.

    Args:
        names: The wanted nodes, by any form of their names, or by node classes; none given: all nodes.
        of_driver: Whether the program that is started there is that of the Python which runs the callbacks'
            driver; otherwise it is this one, by its path here.

    Raises:
        NotFound: There is no such node or node class.
        GPFSError: A node class has no members.
    """

    def __init__(self, names: Sequence[str], *, of_driver: bool = True) -> None:
        self.cluster: ClusterRecord = commands.mmlscluster()
        here = commands.mmlsnode_local()
        self._local = node_table.find_node(self.cluster, here)
        self._deciding = threading.Lock()
        self._program: list[str] = [] if of_driver else _program("")
        wanted = [node for name in names for node in self._named(here if name == LOCAL else name)]
        self.nodes: list[NodeRecord] = list(dict.fromkeys(wanted)) if names else list(self.cluster.nodes)

    def _named(self, name: str) -> list[NodeRecord]:
        """Return the node with a name, or the members of the node class (``mmlsnodeclass``)."""
        node = node_table.find_node(self.cluster, name)
        if node is not None:
            return [node]
        every = [node.daemon_name for node in self.cluster.nodes]
        known = NodeNames()
        if not known.is_class(name):
            raise NotFound("node", name, [*every, *known.classes_within(tuple(every))])
        members = [node for node in self.cluster.nodes if known.include((name,), node.daemon_name)]
        if not members:
            raise GPFSError(f"node class {name!r} has no members")
        return members

    def is_local(self, node: NodeRecord) -> bool:
        """Tell whether a node is the one that this program runs on."""
        return node == self._local

    def each(
        self, act: Callable[[NodeRecord], Found], nodes: Sequence[NodeRecord]
    ) -> list[tuple[NodeRecord, Found | GPFSError | OSError]]:
        """Do something for nodes, several at the same time; return what each has given, or its error."""

        def attempt(node: NodeRecord) -> Found | GPFSError | OSError:
            try:
                return act(node)
            except (GPFSError, OSError) as error:
                return error
            finally:
                answered()

        with _progress(len(nodes)) as answered, ThreadPoolExecutor(_AT_A_TIME) as pool:
            return list(zip(nodes, pool.map(attempt, nodes)))

    def gather(
        self, words: Sequence[str], here: Callable[[], Any]
    ) -> list[tuple[NodeRecord, Any | GPFSError | OSError]]:
        """Ask all of the nodes the same, and return what each has answered, or why it has not.

        Args:
            words: What this program is started with on other nodes; it prints one JSON value there.
            here: Gives the value of this node, if that is one of them.
        """
        return self.each(lambda node: self.value(node, words, here), self.nodes)

    def value(self, node: NodeRecord, words: Sequence[str], here: Callable[[], Any]) -> Any:
        """Ask a node for one JSON value, as `gather` does.

        Raises:
            GPFSError: It cannot be reached, the program fails there, or prints something else.
        """
        if self.is_local(node):
            return here()
        said = self.answer(node, words, relays=True)
        try:
            return json.loads(said)
        except ValueError as error:
            raise GPFSError(f"its answer is no JSON: {first_line(said)[:80]!r}") from error

    def answer(self, node: NodeRecord, words: Sequence[str], *, relays: bool = False) -> str:
        """Run this program on another node, and return what it prints.

        Args:
            node: The node.
            words: What it is started with.
            relays: Whether what it complains about though it succeeds is told here, behind the node's name.

        Raises:
            GPFSError: The node cannot be reached, or the program fails there.
        """
        done = self.ask(node, words)
        if done.returncode == _NOT_FOUND:
            raise GPFSError(f"{self._program[-1]} is not there; install the package at the same path as here")
        if done.returncode != 0:
            said = first_line(done.stderr) or f"status {done.returncode}"
            if done.returncode == _USAGE:  # behind how it is used stands what it does not know
                said = done.stderr.strip().rpartition("\n")[2]
            raise GPFSError(said.removeprefix(f"{PROGRAM}: "))
        for line in done.stderr.splitlines() if relays else ():
            if line.startswith(f"{PROGRAM}: "):
                doubt = line.removeprefix(f"{PROGRAM}: ").removeprefix("warning: ")
                print_warning(f"{node.daemon_name}: {doubt}")
        return done.stdout

    def driver(self) -> Path:
        """Return the driver that callbacks are registered with, or else that of here; it need not be there.

        Raises:
            GPFSError: There are several.
        """
        recorded = "" if os.environ.get(DRIVER) else _recorded_driver()
        return Path(recorded) if recorded else installation.driver_place()

    def ask(self, node: NodeRecord, words: Sequence[str]) -> process.Completed:
        """Run this program on another node, for the callbacks' driver, and the key of here."""
        with self._deciding:
            self._program = self._program or _program(os.environ.get(DRIVER) or _recorded_driver())
        return remote.run_on(self.cluster, node, [*self._program, *words], timeout=process.LIST_LIMIT)


def _progress(nodes: int) -> AbstractContextManager[Callable[[], object]]:
    """Return what shows on a terminal how many nodes have answered, if they are many."""
    if nodes < _MANY or not is_error_terminal():
        return nullcontext(lambda: None)
    from .progress import counted

    return counted(nodes)


def _recorded_driver() -> str:
    """Return the driver that the cluster's callbacks are registered with; empty if there are none.

    Raises:
        GPFSError: They are registered with several, of which none is the one of this installation.
    """
    recorded = {record.command for record in commands.mmlscallback() if header.read(record) is not None}
    own = str(installation.default_prefix() / installation.STUB)
    if own in recorded or not recorded:
        return own if recorded else ""
    if len(recorded) > 1:
        several = ", ".join(sorted(recorded))
        raise GPFSError(f"the callbacks have several drivers, {several}; set {DRIVER} to one")
    return recorded.pop()


def _program(driver: str) -> list[str]:
    """Return how this program is started on other nodes: the one of the Python that runs the driver.

    Where there is no driver to go by, or it is not on this node, it is this one, by its path here.
    """
    passed = [f"{name}={os.environ[name]}" for name in (KEY, SITE) if os.environ.get(name)]
    if not driver:
        return [*(["env", *passed] if passed else []), _own_path()]
    try:
        found = Path(installation.interpreter_of(Path(driver))).with_name(PROGRAM)
    except (GPFSError, OSError):
        found = Path()
    return ["env", f"{DRIVER}={driver}", *passed, str(found) if found.is_file() else _own_path()]


def _own_path() -> str:
    """Return this program's path, the same on every node: a remote shell may not look there by itself."""
    started = Path(sys.argv[0])
    if started.name == PROGRAM and started.is_file():
        return str(started.absolute())
    return shutil.which(PROGRAM) or PROGRAM


def read_answer(
    answer: Any, read: Callable[[Any], Found], otherwise: str, advice: str = ""
) -> Found | Exception:
    """Return what a node has answered in the form that is wanted, or why there is nothing of that form.

    Args:
        answer: Its JSON value, or the error that came instead.
        read: Makes of it what is wanted; raises KeyError, TypeError or ValueError if it is not that.
        otherwise: What to say of it then.
        advice: What to do then.
    """
    if isinstance(answer, Exception):
        return answer
    try:
        return read(answer)
    except (KeyError, TypeError, ValueError):
        return GPFSError(f"{otherwise}: {str(answer)[:80]!r}{advice}")


def first_line(text: str) -> str:
    """Return the first line of what a program said."""
    return text.strip().partition("\n")[0]
