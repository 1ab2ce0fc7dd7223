"""From a definition to what GPFS is given.

A callable is bound, captured and made into a token here, once, when it is installed. A registered one is
passed on as text: no part of it is decoded.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from .. import capture, commands
from ..binding import Binding, bind, native_parms
from ..binding.callables import NameInCallback, name_of
from ..binding.parms import labels, unknown_variables
from ..capture.secret_names import exposed, named_in
from ..commands.node_names import NodeNames
from ..deployment import cluster_key, installation
from ..driver import token as tokens
from ..driver.verification import without_key
from ..exceptions import GPFSError, PayloadTooLarge, ScopeError
from . import composing, header, once_folder, programs, run_user, sealing, site
from .definition import Definition
from .doubts import about

if TYPE_CHECKING:
    from ..capture import Captured
    from ..commands import CallbackRecord

__all__ = [
    "Prepared",
    "carried",
    "doubts_about_once",
    "doubts_about_user",
    "doubts_about_words",
    "prepare",
    "replacing",
    "unchanged",
    "verified",
]


class Prepared(NamedTuple):
    """A callback that is ready to be sent.

    Attributes:
        definition: What it was made from, with its nodes settled.
        record: What GPFS is given.
        doubts: What to warn about before anything is changed.
        binding: How the callable is called; None if nothing was captured.
        captured: The captured callable; None if nothing was captured.
    """

    definition: Definition
    record: CallbackRecord
    doubts: tuple[str, ...] = ()
    binding: Binding | None = None
    captured: Captured | None = None

    @property
    def largest(self) -> Sequence[tuple[str, int]]:
        """Names and sizes of what was captured, largest first."""
        return self.captured.sizes if self.captured is not None else ()


def prepare(definition: Definition) -> Prepared:
    """Bind and capture a callable, or spell out a script; nothing is changed, no callback is listed.

    Raises:
        BadCallable, BindingError, CaptureError, PayloadTooLarge: The callable cannot be installed.
        ScopeError: ``node=`` contradicts the owner.
        GPFSError: No driver is installed, it is not executable, others could change what it runs, or the
            cluster key cannot be used, or is gone though the driver requires it.
    """
    if not definition.events:
        raise ValueError(f"callback {definition.identifier!r} has no event; give event=")
    if definition.registered:
        return Prepared(definition, carried(definition))
    if isinstance(definition.command, str):
        return _script(_placed(definition))
    driver = installation.driver_path()
    installation.make_sure(driver)
    installation.make_sure_of_start(driver)
    name = _name_of(definition)
    binding = bind(definition.command, definition.parms, events=definition.events, name=name)
    variables = definition.run.env if definition.run is not None else ()
    captured = capture.capture(definition.command, binding.plan, variables, name, labels(definition.parms))
    definition = _placed(definition)
    record = _callable(definition, str(driver), binding, captured)
    return Prepared(definition, record, _doubts(definition, binding, captured), binding, captured)


def _name_of(definition: Definition) -> str:
    """Return what messages call a callable: with the identifier of its callback, if a user gave that."""
    name = name_of(definition.command)
    return name if definition.generated else NameInCallback.of(name, definition.identifier)


def _doubts(definition: Definition, binding: Binding, captured: Captured) -> tuple[str, ...]:
    return about(definition, [*binding.warnings, *captured.warnings])


def _callable(definition: Definition, driver: str, binding: Binding, captured: Captured) -> CallbackRecord:
    key = _key_of(Path(driver))
    fields = composing.compose(definition, binding, captured, signed=key is not None)
    token = sealing.make(fields, captured.body, key)
    if len(token) > sealing.LIMIT:
        raise PayloadTooLarge(captured.name, len(token), sealing.LIMIT, captured.sizes)
    apart = site.answer("substitution_inside_word") == "off"
    return _fitting(_record(definition, driver, header.words(token, fields["vs"], apart)), captured)


def _key_of(driver: Path) -> bytes | None:
    """Return the key that tokens are made with; None where the site has none.

    Raises:
        GPFSError: It cannot be used; or there is none, and the driver runs nothing without it.
    """
    key = cluster_key.read()
    if key is None and installation.requires_key(driver):
        raise GPFSError(without_key(str(cluster_key.path())))
    return key


def _fitting(record: CallbackRecord, captured: Captured | None = None) -> CallbackRecord:
    """Return what is to be sent, unless GPFS was found to keep less of it here.

    Raises:
        PayloadTooLarge: It was, and it has captured something.
        GPFSError: It was.
    """
    limit, size = site.longest_parms(), len(" ".join(record.parms))
    if limit is None or size <= limit:
        return record
    if captured is not None:
        raise PayloadTooLarge(captured.name, size, limit, captured.sizes, found_in=str(site.path()))
    raise GPFSError(
        f"callback {record.identifier!r}: its parms have {size:,} characters, and GPFS keeps {limit:,} here, "
        f"as {site.path()} says; shorten them"
    )


def verified(prepared: Sequence[Prepared]) -> list[Prepared]:
    """Rebuild captured callables in one new process, as the driver will, and return what is to be sent.

    Where the text of a function does not mean what is in memory, its bytecode is sent instead.

    Raises:
        CaptureError: A callable does not come out as it went in.
        GPFSError: The user that it is to run as cannot run it; see `run_user.check`.
    """
    captured = [one.captured for one in prepared if one.captured is not None]
    if not captured:
        return list(prepared)
    driver = installation.driver_path()
    interpreter = installation.interpreter_of(driver)
    sound = iter(capture.verify(*captured, interpreter=interpreter))
    insecurity = installation.insecurity(driver)
    return [
        one
        if one.captured is None
        else _with_once(_with_user(_renewed(one, next(sound), insecurity), interpreter))
        for one in prepared
    ]


def _with_user(prepared: Prepared, interpreter: str) -> Prepared:
    """Return what is to be sent, after a look at whether the user that it runs as can run it."""
    run = prepared.definition.run
    if run is None or run.run_as is None:
        return prepared
    modules = prepared.captured.modules if prepared.captured is not None else ()
    doubts = run_user.check(prepared.definition.identifier, run.run_as, interpreter, modules)
    return prepared._replace(doubts=(*prepared.doubts, *doubts))


def _with_once(prepared: Prepared) -> Prepared:
    """Return what is to be sent, once the folder is ready by which the nodes agree who runs."""
    doubts = doubts_about_once(prepared.definition, Path(prepared.record.command))
    return prepared._replace(doubts=(*prepared.doubts, *doubts))


def doubts_about_once(wanted: Definition, driver: Path) -> list[str]:
    """Make the folder ready by which the nodes agree who runs, and return doubts about it.

    Raises:
        GPFSError: No folder is named.
    """
    if wanted.run is None or wanted.run.once is None:
        return []
    return once_folder.prepare(wanted.run.once, wanted.identifier, wanted.events, driver)


def doubts_about_user(known: Definition, wanted: Definition) -> list[str]:
    """Return doubts about the user that a registered function is to run as from now on.

    What the function imports is not known, as no part of it is decoded.

    Raises:
        NotFound, GPFSError: See `run_user.check`.
    """
    run = wanted.run
    if not wanted.registered or run is None or run.run_as is None:
        return []
    if known.run is not None and known.run.run_as == run.run_as:
        return []
    driver = Path(str(wanted.command))
    interpreter = installation.interpreter_of(driver) if driver.is_file() else None
    return run_user.check(wanted.identifier, run.run_as, interpreter)


def _renewed(prepared: Prepared, captured: Captured, insecurity: list[str]) -> Prepared:
    """Return what is to be sent if the verification chose another form of the callable."""
    if captured is prepared.captured or prepared.binding is None:
        return prepared._replace(doubts=(*insecurity, *prepared.doubts))
    record = _callable(prepared.definition, prepared.record.command, prepared.binding, captured)
    doubts = (*insecurity, *_doubts(prepared.definition, prepared.binding, captured))
    return prepared._replace(record=record, doubts=doubts, captured=captured)


def _script(definition: Definition) -> Prepared:
    path = str(definition.command)
    text = " ".join(native_parms(definition.parms))
    doubts = [*_doubts_about_program(path, definition.identifier), *doubts_about_words(definition)]
    return Prepared(definition, _fitting(_record(definition, path, tuple(text.split()))), tuple(doubts))


def _doubts_about_program(path: str, identifier: str) -> list[str]:
    """Return why GPFS could not start a script, as far as this node has it."""
    program = Path(path)
    everywhere = "on every node where the callback can fire"
    if not program.exists():
        return [
            f"{path} of callback {identifier!r} does not exist on this node; it has to exist {everywhere}"
        ]
    if not program.is_file():
        return [f"{path} of callback {identifier!r} is no file on this node; it has to be one {everywhere}"]
    if not program.stat().st_mode & 0o111:
        return [f"{path} of callback {identifier!r} is not executable; run {everywhere}: chmod 755 {path}"]
    interpreter = programs.missing_interpreter(program)
    if interpreter:
        return [
            f"{path} of callback {identifier!r} has {interpreter} in its first line, which does not exist on "
            f"this node; it has to exist {everywhere}"
        ]
    return []


def doubts_about_words(definition: Definition) -> list[str]:
    """Return doubts about the words that a script is given."""
    if definition.is_callable:
        return []
    words = definition.parms if definition.registered else native_parms(definition.parms)
    names = named_in(map(str, words))
    secrets = [exposed(f"{name!r} in the parms of {definition.identifier!r}") for name in names]
    misspelt = [doubt for word in words for doubt in unknown_variables(str(word))]
    return [*secrets, *about(definition, misspelt)]


def carried(definition: Definition) -> CallbackRecord:
    """Return the record of a registered callback after a change, with a new header if it needs one."""
    if not definition.token:
        return unchanged(definition)
    with _vouched(definition.identifier):
        _refuse_unsigned(definition)
        token = composing.resealed(definition.token, definition, cluster_key.keys)
    words = header.rearranged(token, definition.token, tuple(map(str, definition.parms)))
    return _fitting(_record(definition, str(definition.command), words))


def unchanged(definition: Definition) -> CallbackRecord:
    """Return the record of a registered callback as it is, its token as it stands in GPFS."""
    token = (definition.token,) if definition.token else ()
    return _record(definition, str(definition.command), (*token, *map(str, definition.parms)))


def _refuse_unsigned(definition: Definition) -> None:
    """Refuse to sign what somebody without the key has registered a signed token for."""
    left = header.lowered(definition.events)
    unsigned = [event for event in definition.unsigned if event.lower() in left]
    if unsigned:
        raise tokens.TokenError(
            f"GPFS lists {', '.join(unsigned)} for it, which its token was not signed for; "
            f"remove(event={','.join(unsigned)!r}) leaves it as it was signed"
        )


def replacing(record: CallbackRecord, old: CallbackRecord) -> CallbackRecord:
    """Return what is sent in place of a registered callback: the header of a callable says of which."""
    with _vouched(record.identifier):
        return _fitting(composing.replacing(record, old, cluster_key.keys))


@contextlib.contextmanager
def _vouched(identifier: str) -> Iterator[None]:
    """Refuse to seal a token anew whose digest this node cannot check."""
    try:
        yield
    except tokens.TokenError as error:
        raise GPFSError(
            f"callback {identifier!r} cannot be changed: {error}; "
            "change(command=..., parms=...) installs the function anew"
        ) from None


def _record(definition: Definition, command: str, words: tuple[str, ...]) -> CallbackRecord:
    return commands.CallbackRecord(
        identifier=definition.identifier,
        command=command,
        events=definition.events,
        nodes=definition.nodes,
        parms=words,
        priority=composing.priority_text(definition.priority),
        sync=definition.sync,
        timeout=definition.timeout,
        onerror=definition.onerror,
    )


def _placed(definition: Definition) -> Definition:
    """Return a definition with the node of its owner, and the real name of this node for ``localhost``."""
    table = NodeNames()
    nodes = tuple(dict.fromkeys(map(table.real, definition.nodes)))
    kind, *names = definition.scope
    if kind in ("node", "nodeclass"):
        owner = table.real(names[0]) if kind == "node" else names[0]
        if nodes and not _names_only(nodes, owner, kind, table):
            given = ",".join(definition.nodes)
            raise ScopeError(
                f"node={given!r} contradicts {kind} {names[0]!r}, the owner of the callback; "
                "leave it out, or use Cluster().callbacks.new(..., node=...)"
            )
        nodes = (owner,)
    return replace(definition, nodes=nodes)


def _names_only(nodes: tuple[str, ...], owner: str, kind: str, table: NodeNames) -> bool:
    if nodes == (owner,):
        return True
    return kind == "node" and len(nodes) == 1 and table.same(nodes[0], owner)
