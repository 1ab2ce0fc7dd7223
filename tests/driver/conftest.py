"""The driver as GPFS starts it: an installed stub, an empty environment, a token and its words."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from arcapix.fs.gpfs import capture
from arcapix.fs.gpfs.deployment import installation
from arcapix.fs.gpfs.registration import sealing
from arcapix.fs.gpfs.runs.history import History

Handler = Callable[..., object]


@dataclass
class Driver:
    """An installed driver and what it leaves behind."""

    folder: Path
    stub: Path
    key: bytes | None = None
    environment: dict[str, str] = field(default_factory=dict)

    def token(
        self,
        handler: Handler,
        plan: tuple[tuple[object, ...], Mapping[str, object]] = ((), {}),
        **header: object,
    ) -> str:
        captured = capture.capture(handler, plan)
        fields: dict[str, object] = {
            "id": "handler_1",
            "fn": "tests.handler",
            "py": "{}.{}".format(*captured.minimum),
        }
        if captured.form == "bytecode":
            fields["fm"] = "b"
        return sealing.make({**fields, **header}, captured.body, self.key)  # type: ignore[arg-type]

    def start(self, *arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
        given: dict[str, object] = {
            "stdin": subprocess.DEVNULL, "capture_output": True, "text": True, "timeout": 60, "env": self.environment,
        }  # fmt: skip
        given.update(options)
        return subprocess.run([str(self.stub), *arguments], **given)  # type: ignore[call-overload, no-any-return]

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        """Start without waiting for the end."""
        streams: dict[str, int] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
        return subprocess.Popen([str(self.stub), *arguments], env=self.environment, text=True, **streams)

    def fire(self, handler: Handler, *words: str, plan: object = ((), {}), **header: object) -> int:
        done = self.start(self.token(handler, plan, **header), *words)  # type: ignore[arg-type]
        assert done.stderr == ""
        return done.returncode

    def make_key(self, content: bytes) -> None:
        """Give the node a cluster key, which is closed to others."""
        path = self.folder / "gpfs.key"
        path.touch(mode=0o600)
        path.write_bytes(content)

    @property
    def log(self) -> str:
        path = self.folder / "log" / "callbackdriver.log"
        return path.read_text() if path.exists() else ""

    def start_on_a_disk_of_its_own(self, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Start with another file system in the place of the state folder.

        Args:
            script: What mounts it at ``$1``, and executes the other words; 77 if it may not.
            arguments: As for `start`.
        """
        state = self.folder / "state"
        state.mkdir(exist_ok=True)
        words = ["unshare", "--map-root-user", "--mount", "sh", "-c", script, "disk", str(state)]
        command = [*words, str(self.stub), *arguments]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        if done.returncode == 77 or "unshare failed" in done.stderr:
            pytest.skip(f"no file system can be mounted here: {done.stderr}")
        return done

    @property
    def history(self) -> History:
        return History(self.folder / "state", self.folder / "log" / "callbackdriver.log")

    @property
    def runs(self) -> Sequence[dict[str, object]]:
        return [run.fields() for run in self.history.runs()]


@pytest.fixture
def driver(tmp_path: Path) -> Driver:
    folder = tmp_path / "driver"
    return Driver(folder, installation.install(folder, {"key": str(folder / "gpfs.key")}))


@pytest.fixture
def seen(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file whose path handlers find in the global ``record`` of their test module."""
    path = tmp_path / "seen"
    monkeypatch.setattr(request.module, "record", str(path))
    return path
