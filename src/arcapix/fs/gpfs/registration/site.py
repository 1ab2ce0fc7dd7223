"""What the probe has found out about the GPFS of this site, where registering callbacks goes by it.

``arcapix-gpfs probe --save`` writes the file. It is read once in a program, where something goes by it.
"""

from __future__ import annotations

import functools
import json
import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..deployment import whole_file
from ..deployment.environment import SITE
from ..driver import own_files
from ..exceptions import GPFSError
from .doubts import warn

__all__ = ["Site", "answer", "longest_parms", "path", "read", "write"]

_DEFAULT = Path("/etc/arcapix/gpfs-site.json")
_MOST_BYTES = 1 << 20
_READABLE = 0o644
_OTHERS_WRITE = 0o022
_BOUNDS = ("cut", "refuse")


@dataclass(frozen=True, slots=True)
class Site:
    """What the site file holds.

    Attributes:
        release: The release of GPFS that was asked.
        cluster: The name of the cluster.
        node: The node that asked.
        date: When, RFC 3339.
        answers: By the keys of questions.
    """

    release: str
    cluster: str
    node: str
    date: str
    answers: Mapping[str, str]


def path() -> Path:
    """Return where the site file is; it need not be there."""
    return Path(os.environ.get(SITE) or _DEFAULT)


def read(file: Path) -> Site:
    """Read a site file.

    Raises:
        FileNotFoundError: There is none.
        OSError: It cannot be read, or others could have written it.
        GPFSError: It is none.
    """
    data, status = whole_file.read(file, _MOST_BYTES)
    own_files.check_folder(str(file.parent))
    if status.st_uid not in (0, os.geteuid()):
        raise PermissionError(1, f"it belongs to the user with number {status.st_uid}", str(file))
    if stat.S_IMODE(status.st_mode) & _OTHERS_WRITE:
        raise PermissionError(1, "others may write to it", str(file))
    try:
        return _site(json.loads(data))
    except (KeyError, TypeError, ValueError):
        raise GPFSError(f"{file} is not what the probe writes") from None


def _site(fields: Mapping[str, Any]) -> Site:
    texts = {name: str(fields[name]) for name in ("release", "cluster", "node", "date")}
    return Site(**texts, answers={str(key): str(value) for key, value in fields["answers"].items()})


def write(file: Path, site: Site) -> None:
    """Write a site file, readable for all.

    Raises:
        OSError: It cannot be written.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(asdict(site), indent=2) + "\n"
    with whole_file.tidied(file.parent, file.name), whole_file.written(file, text.encode(), _READABLE) as new:
        new.replace(file)
    _answers.cache_clear()


def answer(key: str) -> str | None:
    """Return what GPFS has answered to a question here; None if nobody has asked, or the file is unusable."""
    return _answers(path()).get(key)


def longest_parms() -> int | None:
    """Return how many characters of parms GPFS keeps here; None if it keeps all, or nobody has asked."""
    kind, _, length = (answer("parms_max") or "").partition(":")
    with suppress(ValueError):
        return int(length) if kind in _BOUNDS else None
    return None


@functools.cache
def _answers(file: Path) -> Mapping[str, str]:
    try:
        return read(file).answers
    except FileNotFoundError:
        return {}
    except (GPFSError, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        warn([f"what the probe has found out is ignored: {file}: {reason}; run: arcapix-gpfs probe --save"])
        return {}
