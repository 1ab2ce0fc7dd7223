"""A process as bare as the driver's that stays: it forks for each callable that is to be rebuilt.

``python -IS bare.py CHECKER``: reads requests from standard input, a line each, and answers on standard output.
``check JOB`` is what ``python -IS checker.py JOB`` does. ``run FILE`` rebuilds a callable and calls it with
`observer.look`; the file holds form, body, the observer's text and the names of the program's modules. The answer
is a line with the status of the child and the number of bytes, and then what the child has written.
"""

import marshal
import posix
import sys


def main(checker_path):
    checker = type(sys)("checker")
    exec(compile(read(checker_path), checker_path, "exec"), checker.__dict__)
    requests = open(0, encoding="utf-8")
    for request in requests:
        verb, path = request.rstrip("\n").split(" ", 1)
        job = marshal.loads(read(path))
        if verb == "load":
            checker._load_driver(job)
            package = job["package"]
            checker._load_driver = lambda job: None
            answer(0, b"")
        elif verb == "check":
            apart(checker.main, path)
        else:
            apart(run, checker, package, *job)


def run(checker, package, form, body, observer, own):
    writing = posix.dup(1)
    posix.dup2(2, 1)
    namespace = {"__name__": "observer"}
    try:
        __import__(package + ".rebuild")
        function, _ = sys.modules[package + ".rebuild"].rebuild(body, form)
    except BaseException as error:
        text = f"rebuilding raises {type(error).__name__}: {error}"
    else:
        exec(compile(observer, "observer", "exec"), namespace)
        text = function(lambda roots: namespace["look"](roots, own))
    checker._write_all(writing, text.encode("utf-8", "surrogatepass"))


def apart(work, *given):
    reading, writing = posix.pipe()
    child = posix.fork()
    if not child:
        try:
            posix.close(reading)
            posix.dup2(writing, 1)
            posix.close(writing)
            posix.close(0)
            posix.setpgid(0, 0)
            work(*given)
        except BaseException as error:
            import traceback

            traceback.print_exception(error)
            posix._exit(1)
        posix._exit(0)
    posix.close(writing)
    pieces = []
    while piece := posix.read(reading, 1 << 20):
        pieces.append(piece)
    posix.close(reading)
    _, status = posix.waitpid(child, 0)
    answer(status, b"".join(pieces))


def answer(status, data):
    data = f"{status} {len(data)}\n".encode() + data
    while data:
        data = data[posix.write(1, data) :]


def read(path):
    with open(path, "rb", buffering=0) as file:
        return file.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
