"""The program that `check` starts: rebuilds captured callables as the driver does, and looks at the results.

Run as ``python -IS checker.py JOB``; the job is a marshal document, the answer a line that Python can read.
Each callable is rebuilt in a process that has nothing but the driver's own modules, since that is all that it
finds at an event; what the comparison needs is loaded afterwards. What the user's modules print while they
are imported goes to standard error.
"""

import marshal
import posix
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def main(job_path: str) -> None:
    """Do the job, and write the answer to standard output."""
    answer_to = posix.dup(1)
    posix.dup2(2, 1)
    descriptor = posix.open(job_path, posix.O_RDONLY)
    job = marshal.loads(_read_all(descriptor))
    _load_driver(job)
    items = job["items"]
    _module(job, "rebuild")  # here and once, instead of in a process for each
    results = [_result(job, *items[0])] if len(items) == 1 else [_apart(job, item) for item in items]
    answer = {"version": sys.version_info[:2], "results": results}
    _write_all(answer_to, ascii(answer).encode() + b"\n")
    sys.stderr.flush()
    posix._exit(0)  # threads and exit functions of imported modules do not concern us


def _load_driver(job: "dict[str, Any]") -> None:
    """Bring this process to where the driver is when it rebuilds a function."""
    if job["bundle"]:
        names = {"__name__": "__main__", "bundle": job["bundle"], "marshal": marshal}
        exec(marshal.loads(job["bundle"]), names)
    else:
        package = sys.modules[job["package"]] = type(sys)(job["package"])
        package.__path__ = [job["driver"]]
    environment = _module(job, "environment")
    posix.chdir("/")
    environment.clean_environment({"TZ"}, {"PATH": job["path"]})
    environment.complete_interpreter()


def _module(job: "dict[str, Any]", name: str) -> "Any":
    __import__(f"{job['package']}.{name}")
    return sys.modules[f"{job['package']}.{name}"]


def _apart(job: "dict[str, Any]", item: "tuple[Any, ...]") -> "dict[str, Any]":
    """Rebuild one of several callables in a process of its own: what one imports, the next must not find."""
    reading, writing = posix.pipe()
    child = posix.fork()
    if not child:
        try:
            _write_all(writing, marshal.dumps(_result(job, *item)))
        finally:
            posix._exit(0)
    posix.close(writing)
    answer = _read_all(reading)
    _, status = posix.waitpid(child, 0)
    result: dict[str, Any] = (
        marshal.loads(answer)
        if answer
        else {"failed": f"the process ended (status {status})", "at": -1, "missing": []}
    )
    return result


def _result(
    job: "dict[str, Any]", form: str, body: bytes, original: "tuple[Any, ...]", imports: "tuple[str, ...]"
) -> "dict[str, Any]":
    try:
        function, plan = _module(job, "rebuild").rebuild(body, form)
    except ImportError as error:
        return {**_failure(error), "import": error.name or "", "missing": _missing(imports)}
    except BaseException as error:
        # A class of the user's or an imported module may raise anything, SystemExit included.
        return {**_failure(error), "missing": _missing(imports)}
    differs = _difference(job, [function, plan], *original) if job["compare"] else None
    return {"differs": differs, "missing": _missing(imports)}


def _failure(error: BaseException) -> "dict[str, Any]":
    """Return what went wrong, and the number of the step at which it did."""
    at = -1
    trace = error.__traceback__
    while trace is not None:
        held = trace.tb_frame.f_locals
        # In a bundle only parameters have their names: the step is known by what it is.
        if trace.tb_frame.f_code.co_name == "run" and "steps" in held:
            values = list(map(id, held.values()))
            at = next((number for number, step in enumerate(held["steps"]) if id(step) in values), -1)
        trace = trace.tb_next
    return {"failed": f"{type(error).__name__}: {error}", "at": at}


def _missing(imports: "tuple[str, ...]") -> "list[str]":
    """Return the modules that are not there, of those that the function imports when it runs."""
    if not imports:
        return []
    from importlib.util import find_spec

    missing = []
    for module in imports:
        try:
            if find_spec(module) is None:
                missing.append(module)
        except (ImportError, ValueError):
            missing.append(module)
    return missing


def _difference(
    job: "dict[str, Any]",
    roots: "list[object]",
    lines: "list[Any]",
    names: "dict[str, tuple[str, str]]",
    replaced: "dict[str, str]",
    uses: "dict[str, Any]",
) -> "tuple[int, tuple[str, object] | None] | None":
    """Look at what was rebuilt; return the place of the first thing that differs from the original."""
    package = sys.modules["arcapix_check"] = type(sys)("arcapix_check")
    package.__path__ = [job["capture"]]
    from arcapix_check import colours, digest, raw_state  # type: ignore[import-not-found]

    known = {}
    for text, (module, path) in names.items():
        try:
            found = _named(module, path)
        except (ImportError, AttributeError):
            continue
        known[raw_state.identity(found)] = text
    nothing: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
    looked = digest.Digest(
        lambda value: known.get(raw_state.identity(value)) or replaced.get(raw_state.birth_name(value)),
        lambda essence, _: uses.get(essence, nothing),
        {},
    )
    difference: tuple[int, tuple[str, object] | None] | None = colours.difference(lines, looked.record(roots))
    return difference


def _named(module: str, path: str) -> object:
    __import__(module)
    found: Any = sys.modules[module]
    for name in path.split(".") if path else ():
        found = getattr(found, name)
    return found


def _read_all(descriptor: int) -> bytes:
    pieces = []
    while piece := posix.read(descriptor, 1 << 20):
        pieces.append(piece)
    posix.close(descriptor)
    return b"".join(pieces)


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[posix.write(descriptor, data) :]


if __name__ == "__main__":
    main(sys.argv[1])
