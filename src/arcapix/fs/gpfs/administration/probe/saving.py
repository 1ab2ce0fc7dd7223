"""Keeps what the probe has found out in the site file, where registering callbacks looks for it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from ...exceptions import GPFSError
from ...registration import site
from ...registration.moments import shown
from .questions import Reply
from .session import Session

__all__ = ["save"]


def save(session: Session, replies: Sequence[Reply]) -> Path:
    """Write the answers to the site file, and return its path.

    Those of an earlier run stay that were not asked for this time, if it was the same release and cluster.

    Raises:
        GPFSError: What the answers are about is not known: the release, the cluster or this node.
        OSError: The file cannot be written.
    """
    answers = {reply.question.key: reply.answer for reply in replies if reply.answer is not None}
    release, path = answers.get("release", ""), site.path()
    if not release:
        raise GPFSError(f"{path} was not written: which release of GPFS has answered is not known")
    cluster = session.cluster.name
    earlier = _earlier(path)
    if earlier is not None and (earlier.release, earlier.cluster) == (release, cluster):
        answers = {**earlier.answers, **answers}
    site.write(path, site.Site(release, cluster, session.here.daemon_name, shown(time.time()), answers))
    return path


def _earlier(path: Path) -> site.Site | None:
    try:
        return site.read(path)
    except (GPFSError, OSError):
        return None
