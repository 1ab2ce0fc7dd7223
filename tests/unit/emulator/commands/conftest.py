from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from arcapix.fs.gpfs.emulator import Completed, Emulator
from arcapix.fs.gpfs.emulator.model import Filesystem, State
from arcapix.fs.gpfs.emulator.switches import SWITCHES


class Cluster:
    """An emulated cluster, with the few questions that tests ask again and again."""

    def __init__(self, emulator: Emulator, folder: Path) -> None:
        self.emulator = emulator
        self.folder = folder

    @property
    def state(self) -> State:
        return self.emulator.state

    @property
    def filesystem(self) -> Filesystem:
        return self.emulator.state.filesystems["mmfs1"]

    @property
    def mount_point(self) -> Path:
        return Path(self.filesystem.mount_point)

    def run(self, line: str, cwd: Path | None = None) -> Completed:
        return self.emulator.run(line.split(), cwd=cwd or self.folder)

    def ok(self, line: str, cwd: Path | None = None) -> str:
        done = self.run(line, cwd)
        assert done.returncode == 0, done
        return done.stdout

    def fails(self, line: str, status: int = 1, cwd: Path | None = None) -> str:
        done = self.run(line, cwd)
        assert done.returncode == status, done
        return done.stderr

    def rows(self, line: str) -> list[dict[str, str]]:
        """The rows of a -Y listing, values as printed."""
        headers: dict[str, list[str]] = {}
        rows = []
        for text in self.ok(line).splitlines():
            fields = text.split(":")
            if fields[2:3] == ["HEADER"]:
                headers[fields[1]] = fields[6:-1]
            elif len(fields) > 6:
                rows.append(dict(zip(headers[fields[1]], fields[6:-1], strict=True)))
        return rows

    def arrange(self, change: Callable[[State], None]) -> None:
        """Replace the state by an altered one; no folder is made for it."""
        state = self.emulator.state.copy()
        change(state)
        self.emulator.state = state

    def write(self, path: str, size: int) -> Path:
        target = self.mount_point / path
        target.write_bytes(b"x" * size)
        return target


@pytest.fixture
def make_cluster(tmp_path: Path) -> Iterator[Callable[..., Cluster]]:
    with ExitStack() as stack:

        def make(**options: object) -> Cluster:
            switches = {name: str(options.pop(name)) for name in list(options) if name in SWITCHES}
            options.setdefault("filesystems", ("mmfs1",))
            emulator = Emulator(switches=switches, **options)  # type: ignore[arg-type]
            return Cluster(stack.enter_context(emulator), tmp_path)

        yield make


@pytest.fixture
def gpfs(make_cluster: Callable[..., Cluster]) -> Cluster:
    """Three nodes and the file system mmfs1."""
    return make_cluster()
