"""The program behind the mm commands of an emulated cluster, and its remote shell and copy.

It stands alone: a copy of it lies below the cluster's folder and runs under ``python -IS``, where each import
costs time; hence `posix` and `_socket` instead of `os` and `socket`.

A request is a length and fields with a zero byte between them: ``run``, node, folder, process id, command and
arguments. The answer is one byte as soon as the request is taken, then, when it is done, three numbers (exit
status, length of standard output and of standard error) and the two texts.
"""

import _socket
import posix
import sys
import time

LENGTH = 4
TAKEN = b"\1"
ATTEMPTS = 8
PAUSE = 0.05
CANNOT_ASK = 1
NO_ROUTE = 255
_OWN_FOLDER = posix.O_RDONLY | posix.O_DIRECTORY | posix.O_CLOEXEC | posix.O_NOATIME
_PROGRAMS = ("bin", "libexec", "libexec/mm", "libexec/mmclient.py", "libexec/daemon", "libexec/__pycache__")
_PARTS = ("cluster.json", "run", "run/socket", *_PROGRAMS, "nodes", "runs")
"""What of a cluster's folder decides which programs run, who answers, and where is written."""
_CREATED = posix.O_CREAT | posix.O_NOFOLLOW | posix.O_CLOEXEC
_FORMAT = 0o170000
_LINK = 0o120000
_OPEN_TO_OTHERS = 0o022
_STICKY = 0o1000
_NOT_PERMITTED = 1
_SIGNALS = range(1, 32)
_FOLDER_OF_DAEMON = 3
"""The descriptor by which the daemon finds its program in the folder that was looked at."""
_CREDENTIALS = 12
"""Bytes of what the kernel says about who answers: process, user, group."""


def own_folder(directory: str) -> int:
    """Open the folder of a cluster, unless somebody else can have prepared what is started from it.

    Raises:
        PermissionError: It is another user's, or others may write to it, or to a part that matters.
    """
    try:
        # Only the owner may open it so, also where a namespace shows several users by one number.
        folder = posix.open(directory, _OWN_FOLDER)
    except PermissionError as error:
        if error.errno != _NOT_PERMITTED:
            raise
        raise _foreign(directory, posix.stat(directory).st_uid) from None
    try:
        _refuse_open(directory, posix.fstat(folder))
        for part in _PARTS:
            try:
                status = posix.stat(part, dir_fd=folder, follow_symlinks=False)
            except FileNotFoundError:
                continue
            _refuse_open(f"{directory}/{part}", status)
    except OSError:
        posix.close(folder)
        raise
    return folder


def _refuse_open(path: str, status: posix.stat_result) -> None:
    if status.st_uid != posix.geteuid():
        raise _foreign(path, status.st_uid)
    if status.st_mode & _FORMAT == _LINK:
        raise PermissionError(f"{path} is a link, and no part of an emulated cluster is one; remove it")
    if status.st_mode & _OPEN_TO_OTHERS:
        shared = status.st_mode & _STICKY
        way = "choose another folder with --dir" if shared else f"look at it, then run: chmod go-w {path}"
        raise PermissionError(
            f"{path} belongs to the user with number {status.st_uid}, but others may write to it, and an "
            f"emulated cluster runs what is in its folder; {way}"
        )


def _foreign(path: str, owner: int) -> PermissionError:
    return PermissionError(
        f"{path} belongs to the user with number {owner}, not to number {posix.geteuid()}, and an emulated "
        "cluster runs what is in its folder; use it as its owner, or choose another folder with --dir"
    )


def reason(directory: str, error: OSError) -> str:
    """Return in one sentence why the cluster in a folder cannot be used, and what to do."""
    if error.errno is None:  # the text is ours
        return str(error)
    where = f" ({error.filename})" if error.filename not in (None, directory) else ""
    return (
        f"the folder {directory} cannot be used: {error.strerror}{where}; choose another one with --dir, "
        "where you may write"
    )


def ask(directory: str, fields: list[bytes]) -> tuple[int, bytes, bytes]:
    """Send a request to the daemon, starting it if it is dead, and return its answer.

    A request that a dying daemon did not even take is sent again; one that it took is not, since nobody knows
    what became of it.
    """
    request = b"\0".join(fields)
    answer = b""
    for attempt in range(ATTEMPTS):
        time.sleep(attempt * PAUSE)
        answer = _exchange(directory, len(request).to_bytes(LENGTH, "big") + request)
        if answer:
            break
    head = 1 + 3 * LENGTH
    if len(answer) < head:
        raise ConnectionError(
            "the emulated GPFS ended before it answered; whether the command was done is not known"
        )
    numbers = [int.from_bytes(answer[at : at + LENGTH], "big") for at in range(1, head, LENGTH)]
    return numbers[0], answer[head : head + numbers[1]], answer[head + numbers[1] :]


def _exchange(directory: str, request: bytes) -> bytes:
    """Send a request and read until the daemon closes or dies."""
    connection = _connect(directory)
    answer = b""
    try:
        connection.sendall(request)
        while block := connection.recv(1 << 16):
            answer += block
    except (ConnectionResetError, BrokenPipeError):
        return answer
    finally:
        connection.close()
    return answer


def _connect(directory: str) -> _socket.socket:
    folder = own_folder(directory)
    try:
        return _connect_or_start(directory, folder)
    finally:
        posix.close(folder)


def _connect_or_start(directory: str, folder: int) -> _socket.socket:
    try:
        return _connect_once(directory)
    except PermissionError:
        raise
    except OSError:
        pass
    _refuse_stopped(folder)
    start = posix.open("run/start", posix.O_RDWR | _CREATED, 0o600, dir_fd=folder)
    try:
        posix.lockf(start, posix.F_LOCK, 0)
        _refuse_stopped(folder)
        try:
            return _connect_once(directory)
        except OSError:
            _start_daemon(directory, folder)
        try:
            return _connect_once(directory)
        except (FileNotFoundError, ConnectionRefusedError):
            raise ConnectionError(
                f"the emulated GPFS could not be started; see {directory}/run/daemon.log"
            ) from None
    finally:
        posix.close(start)


def _refuse_stopped(folder: int) -> None:
    try:
        stopped = posix.open(
            "run/stopped", posix.O_RDONLY | posix.O_NOFOLLOW | posix.O_CLOEXEC, dir_fd=folder
        )
    except FileNotFoundError:
        return
    with open(stopped) as file:
        raise ConnectionError(file.read().strip())


def _connect_once(directory: str) -> _socket.socket:
    connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    try:
        path = f"{directory}/run/socket"
        connection.connect(path)
        credentials = connection.getsockopt(_socket.SOL_SOCKET, _socket.SO_PEERCRED, _CREDENTIALS)
        owner = int.from_bytes(credentials[4:8], sys.byteorder)
        if owner != posix.geteuid():
            raise _foreign(f"what answers at {path}", owner)
    except OSError:
        connection.close()
        raise
    return connection


def _start_daemon(directory: str, folder: int) -> None:
    """Start the daemon, passing on nothing of ours but the time zone; return when it listens, or has failed.

    Signals that are ignored or blocked here are not so there. How it went is seen by connecting, since nobody
    learns how a child ended where SIGCHLD is ignored.
    """
    log = posix.open("run/daemon.log", posix.O_WRONLY | posix.O_APPEND | _CREATED, 0o600, dir_fd=folder)
    zone = {b"TZ": posix.environ[b"TZ"]} if b"TZ" in posix.environ else {}
    child = posix.posix_spawn(
        sys.executable,
        [sys.executable, "-IS", f"/proc/self/fd/{_FOLDER_OF_DAEMON}/libexec/daemon", directory],
        {b"PATH": b"/usr/sbin:/usr/bin:/sbin:/bin", b"LC_ALL": b"C.UTF-8", **zone},
        file_actions=[
            (posix.POSIX_SPAWN_OPEN, 0, "/dev/null", posix.O_RDONLY, 0),
            (posix.POSIX_SPAWN_DUP2, log, 1),
            (posix.POSIX_SPAWN_DUP2, log, 2),
            (posix.POSIX_SPAWN_DUP2, folder, _FOLDER_OF_DAEMON),
        ],
        setsid=True,
        setsigmask=(),
        setsigdef=_SIGNALS,
    )
    posix.close(log)
    try:
        posix.waitpid(child, 0)
    except ChildProcessError:  # it has ended
        return


def encode(text: str) -> bytes:
    """The bytes that a word of the command line was made of."""
    return text.encode("utf-8", "surrogateescape")


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[posix.write(descriptor, data) :]


def _fields(kind: bytes, words: list[str]) -> list[bytes]:
    try:
        folder = posix.getcwdb()
    except FileNotFoundError:
        folder = b"/"
    node = posix.environ.get(b"ARCAPIX_GPFS_NODE", b"")
    return [kind, node, folder, str(posix.getpid()).encode(), *map(encode, words)]


def run(directory: str, words: list[str]) -> int:
    """Run an mm command: print what it prints, and return its exit status."""
    name = words[0].rpartition("/")[2]
    try:
        status, output, errors = ask(directory, _fields(b"run", [name, *words[1:]]))
        _write(1, output)
        _write(2, errors)
    except BrokenPipeError:
        return 1
    except OSError as error:
        _write(2, encode(f"{name}: {reason(directory, error)}\n"))
        return CANNOT_ASK
    return status


def remote_shell(directory: str, words: list[str]) -> int:
    """``ssh [OPTIONS] [USER@]NODE COMMAND...``: run a shell command that knows it is on another node."""
    rest = words[1:]
    while rest and rest[0].startswith("-"):
        option = rest.pop(0)
        if option in ("-o", "-p", "-l", "-i", "-F", "-c", "-b") and rest:
            rest.pop(0)
    if not rest:
        _write(2, b"usage: ssh NODE COMMAND\n")
        return NO_ROUTE
    host = rest[0].rpartition("@")[2]
    label = _reach(directory, host)
    if not label:
        return NO_ROUTE
    environment = {name: value for name, value in posix.environ.items() if name != b"ARCAPIX_GPFS_CLUSTER"}
    environment[b"ARCAPIX_GPFS_NODE"] = label
    environment[b"ARCAPIX_GPFS_BIN"] = encode(f"{directory}/bin")
    command = " ".join(rest[1:])
    shell = ["sh", "-c", command] if command else ["sh"]
    posix.execve("/bin/sh", shell, environment)
    return NO_ROUTE


def remote_copy(directory: str, words: list[str]) -> int:
    """``scp [OPTIONS] SOURCE... [USER@]NODE:TARGET``: copy; all nodes share the machine's files."""
    names = []
    for word in words[1:]:
        host, colon, path = word.partition(":")
        if word.startswith("-"):
            continue
        if colon and "/" not in host:
            if not _reach(directory, host.rpartition("@")[2]):
                return NO_ROUTE
            word = path
        names.append(word)
    posix.execve("/bin/cp", ["cp", "-p", *names], posix.environ)
    return NO_ROUTE


def _reach(directory: str, host: str) -> bytes:
    """The label of a node, if it can be reached from this one; else say so."""
    try:
        status, label, _ = ask(directory, _fields(b"reach", [host]))
    except OSError as error:
        _write(2, encode(f"ssh: {reason(directory, error)}\n"))
        return b""
    if status:
        _write(2, encode(f"ssh: connect to host {host} port 22: No route to host\n"))
        return b""
    return label
